"""Signing in: by consent in both PKCE modes and by a pasted pair, on the practice platform's pages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.errors import NotSent
from connectors.extras import Ask, Choose, Granted, LogsIn, Pause, Question, Tell, Visit
from connectors.zalo import ZaloOA, login
from connectors.zalo.grant import Grant
from connectors.zalo.signing import challenge_of
from content.wording import LANGUAGES, catalogue, say
from tests.connectors.zalo.harness import APP_ID, APP_SECRET, OA, OaHarness


class Person:
    """Answers questions; `answers` by the name or key of what is asked, a list is used up in order.

    `heard` is all that was said, in words; a question asked too often ends the test.
    """

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.heard: list[str] = []
        self.visited: list[Visit] = []

    def answer(self, question: Question) -> str:
        words = say(question.key, **question.values)
        assert words != question.key, question.key
        self.heard.append(words)
        assert len(self.heard) < 40, "it goes round in circles"
        match question:
            case Tell() | Pause():
                return ""
            case Ask():
                return self._next(question.name) or question.default
            case Choose():
                assert all(words and not words.startswith("zalo.") for _, words in question.options)
                return self._next("way")
            case Visit():
                self.visited.append(question)
                return self._next("visit")

    def _next(self, name: str) -> str:
        given = self.answers.get(name, "")
        if isinstance(given, list):
            given = given.pop(0) if len(given) > 1 else given[0]
        return given() if callable(given) else given

    def visit(self, choice: str = "agree") -> str:
        """Open the consent page, press a button, and read the browser's address bar."""
        address = self.visited[-1].address
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        page = requests.get(address, timeout=5)
        if "error_code" in page.url:
            return page.url
        root = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        told = {**asked, "oa": OA, "answer": choice}
        return requests.get(f"{root}/practice/consent", params=told, timeout=5).url

    def talk(self, connector: LogsIn) -> Granted:
        conversation = connector.login()
        question = next(conversation)
        while True:
            try:
                question = conversation.send(self.answer(question))
            except StopIteration as end:
                return cast("Granted", end.value)


def person(way: str, **answers: Any) -> Person:
    given = {"app_id": APP_ID, "app_secret": APP_SECRET, "way": way, **answers}
    someone = Person(**given)
    someone.answers.setdefault("visit", someone.visit)
    return someone


@pytest.fixture
def stranger(harness: OaHarness) -> Callable[..., ZaloOA]:
    """A connector of a channel that does not exist yet: no account, no secrets."""

    def make(*, account: str = "", **settings: str) -> ZaloOA:
        context = harness.connector(**settings)._context
        new = replace(context.account, account=account, secrets={})
        return ZaloOA(replace(context, account=new, secrets=None), wait=harness.clock.advance)

    return make


def landing(harness: OaHarness) -> str:
    return harness.server.url + "/practice/landed"


def test_by_consent_with_a_verifier_for_each_request(harness: OaHarness, stranger: Any):
    someone = person("consent", redirect_uri=landing(harness))
    granted = someone.talk(stranger(pkce_mode="request"))
    assert (granted.account, granted.name) == (OA, "Sở Tư pháp tỉnh A")
    assert granted.settings == {"redirect_uri": landing(harness)}
    assert granted.secrets["refresh_token"] == harness.oa.refresh_token
    grant = Grant.of(granted.secrets)
    assert grant.access_until is not None
    assert (grant.refresh_until - harness.clock()).days == 90, "its end is known from the start"
    assert "gói tăng trưởng" in " ".join(someone.heard).lower()
    harness.store.values = dict(granted.secrets)
    assert harness.connector().health().ok


def test_by_consent_with_the_one_challenge_of_the_console(harness: OaHarness, stranger: Any):
    link = f"{harness.server.url}/v4/oa/permission?app_id={APP_ID}&redirect_uri={landing(harness)}"

    def save_challenge() -> str:
        told = next(words for words in someone.heard if "Code Challenge" in words)
        harness.oa.challenge = told.rsplit(" ", 1)[-1]
        return link

    someone = person("consent", consent_url=save_challenge)
    granted = someone.talk(stranger(pkce_mode="console"))
    assert granted.account == OA
    assert challenge_of(granted.secrets["code_verifier"]) == harness.oa.challenge
    assert granted.settings == {"consent_url": link}
    harness.store.values = dict(granted.secrets)
    again = person("consent", app_secret="")
    kept = again.talk(harness.connector(pkce_mode="console", consent_url=link))
    assert kept.secrets["code_verifier"] == granted.secrets["code_verifier"]
    assert not any("Code Challenge" in words for words in again.heard), "the verifier there is stays"


def test_a_fresh_verifier_fails_where_the_console_holds_the_challenge(harness: OaHarness, stranger: Any):
    harness.oa.challenge = challenge_of("v" * 43)
    access, refresh = harness.oa.access_token, harness.oa.refresh_token
    someone = person("consent", redirect_uri=landing(harness), access_token=access, refresh_token=refresh)
    someone.answers["way"] = ["consent", "pair"]
    granted = someone.talk(stranger(pkce_mode="request"))
    assert any("Code Challenge" in words and "không nhận" in words for words in someone.heard)
    assert granted.secrets["refresh_token"] == refresh, "and the other way still leads in"


def test_what_is_pasted_wrongly_is_asked_for_again_with_the_reason(harness: OaHarness, stranger: Any):
    back = landing(harness)
    pasted = [
        "",
        f"{back}?code=x&oa_id=999",
        f"{back}?code=x&oa_id={OA}&state=other",
        f"{back}?code=x",
        f"{harness.server.url}/v4/permission/error?error_code=-14003",
        lambda: someone.visit("refuse"),
        lambda: someone.visit(),
    ]
    someone = person("consent", redirect_uri=["tin-nhan", back], visit=pasted)
    granted = someone.talk(stranger(account=OA, pkce_mode="request"))
    assert granted.account == OA
    reasons = " ".join(visit.values["why"] for visit in someone.visited)  # type: ignore[misc]
    for part in ("chép thiếu", "OA 999", "lần đăng nhập khác", "không có mã OA", "-14003", "Từ chối"):
        assert part in reasons
    assert harness.calls("oa/access_token") == 1, "no code but the last was redeemed"


def test_the_browser_may_be_listened_for_on_this_machine_only(harness: OaHarness, stranger: Any):
    someone = person("consent", redirect_uri=landing(harness))
    someone.talk(stranger(pkce_mode="request"))
    assert someone.visited[0].listen == landing(harness)
    away = person("consent", redirect_uri="https://xa.example.gov.vn/zalo", visit=KeyboardInterrupt)
    conversation = stranger(pkce_mode="request").login()
    question = next(conversation)
    while not isinstance(question, Visit):
        question = conversation.send(away.answer(question))
    assert question.listen == ""
    conversation.close()


def test_by_a_pasted_pair_whose_age_is_not_guessed(harness: OaHarness, stranger: Any):
    access, refresh = harness.oa.access_token, harness.oa.refresh_token
    someone = person("pair", access_token=access, refresh_token=refresh)
    granted = someone.talk(stranger())
    assert granted.account == OA
    grant = Grant.of(granted.secrets)
    assert (grant.access, grant.refresh) == (access, refresh)
    assert (grant.access_until, grant.refresh_until, grant.in_doubt) == (None, None, False)
    assert harness.calls("oa/access_token") == 0, "a single-use token is not spent to look at it"
    harness.store.values = dict(granted.secrets)
    assert harness.connector().health().ok


def test_a_pair_of_another_oa_or_a_broken_one_is_named_and_asked_for_again(harness: OaHarness, stranger: Any):
    other = harness.server.add_oa("999", "Xã khác", app_id=APP_ID, app_secret=APP_SECRET)
    access, refresh = harness.oa.access_token, harness.oa.refresh_token
    someone = person(
        "pair",
        access_token=["", refresh, "có dấu", "practice-access-wrong", other.access_token, access],
        refresh_token=["", refresh, refresh, refresh, other.refresh_token, refresh],
    )
    granted = someone.talk(stranger(account=OA))
    assert granted.secrets["access_token"] == access
    told = " ".join(someone.heard)
    for part in ("có ký tự lạ", "giống nhau", "không nhận mã truy cập", "OA 999 (Xã khác)"):
        assert part in told
    assert harness.calls("oa/access_token") == 0


def test_a_wrong_app_secret_is_asked_for_again(harness: OaHarness, stranger: Any):
    someone = person("consent", app_secret=["wrong-secret", APP_SECRET], redirect_uri=landing(harness))
    someone.answers["app_id"] = ["abc", APP_ID]
    granted = someone.talk(stranger(pkce_mode="request"))
    assert granted.secrets["app_secret"] == APP_SECRET
    assert any("khóa bí mật sai" in words for words in someone.heard)


def test_a_wrong_proof_is_told_as_the_secrets_fault(harness: OaHarness, stranger: Any):
    harness.oa.needs_proof = True
    access, refresh = harness.oa.access_token, harness.oa.refresh_token
    someone = person("pair", app_secret="wrong-secret", access_token=access, refresh_token=refresh)
    conversation = stranger(appsecret_proof="yes").login()
    question = next(conversation)
    while "appsecret_proof" not in " ".join(someone.heard):
        question = conversation.send(someone.answer(question))
    conversation.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"package": "Cơ bản"}, "không có Zalo OpenAPI"),
        ({"rights": ("message",)}, "quản lý bài viết"),
        ({"package": ""}, "không cho biết"),
        ({"package": "Nâng cao"}, "không rõ gói này"),
    ],
)
def test_an_oa_that_may_not_publish_is_signed_in_and_told_so(
    harness: OaHarness, stranger: Any, change: dict[str, Any], said: str
):
    for name, value in change.items():
        setattr(harness.oa, name, value)
    access, refresh = harness.oa.access_token, harness.oa.refresh_token
    someone = person("pair", access_token=access, refresh_token=refresh)
    assert someone.talk(stranger()).account == OA
    assert said in " ".join(someone.heard)


@pytest.mark.parametrize(
    "kind", ["cut_after_accept", "html_504_after_accept", "empty_200", "wrong_types_200"]
)
def test_a_code_that_got_no_clear_answer_is_not_sent_twice(harness: OaHarness, stranger: Any, kind: str):
    harness.server.fault(kind, path="oa/access_token")
    someone = person("consent", redirect_uri=landing(harness))
    granted = someone.talk(stranger(pkce_mode="request"))
    assert granted.secrets["access_token"] == harness.oa.access_token
    assert len(someone.visited) == 2, "a new consent each time"
    assert any("Hãy làm lại" in words for words in someone.heard)


def test_zalo_out_of_reach_ends_it_with_nothing_stored(harness: OaHarness, stranger: Any):
    someone = person("pair", access_token="a-token", refresh_token="b-token")
    with pytest.raises(NotSent):
        someone.talk(stranger(base_url="http://127.0.0.1:9"))
    assert harness.store.log == []


def test_nothing_said_carries_a_secret(harness: OaHarness, stranger: Any):
    harness.server.fault("truncated_200_after_accept", path="oa/access_token")
    someone = person("consent", app_secret=["wrong-secret", APP_SECRET], redirect_uri=landing(harness))
    granted = someone.talk(stranger(pkce_mode="request"))
    told = " ".join(someone.heard) + repr(granted)
    assert not [secret for secret in (*harness.secrets, "wrong-secret") if secret in told]


def test_every_sentence_of_the_login_is_there_in_both_languages():
    folder = Path(inspect.getfile(login)).parent
    text = (folder / "login.py").read_text("utf-8") + (folder / "signing.py").read_text("utf-8")
    used = set(re.findall(r'"zalo\.login\.(\w+)"|_Again\(\s*"(\w+)"|return "", "(\w+)"', text))
    names = {name for found in used for name in found if name}
    assert len(names) > 15
    for language in LANGUAGES:
        assert [name for name in sorted(names) if f"zalo.login.{name}" not in catalogue(language)] == []
