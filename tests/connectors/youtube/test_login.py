"""Signing in: a person, a browser, and a conversation that ends with a refresh token or a plain sentence."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.errors import AuthLost, NotSent, Throttled
from connectors.extras import Ask, Choose, Conversation, Granted, Pause, Question, Tell, Visit
from connectors.http import Http
from connectors.practice.youtube import PracticeYouTube
from connectors.youtube import login
from content.wording import say
from tests.connectors.youtube.harness import CHANNEL, CLIENT_ID, CLIENT_SECRET, ChannelHarness, Clock

ROOT = "https://www.googleapis.com/auth/"
FORCE, FULL, READ = f"{ROOT}youtube.force-ssl", f"{ROOT}youtube", f"{ROOT}youtube.readonly"
MEASURE = f"{ROOT}yt-analytics.readonly"
MOST = 60


@dataclass
class Person:
    """Answers questions as told, and does in a browser what the practice pages ask for.

    `does` tells at each visit what comes back; by default every box is ticked and the first channel taken.
    `answers` are used up one by one for a question's key; then a sensible answer is given. `on` a key,
    something happens first.
    """

    http: Http
    clock: Clock
    way: str = "browser"
    does: list[Callable[[Visit], str]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    at_pause: list[Callable[[], None]] = field(default_factory=list)
    on: dict[str, Callable[[], None]] = field(default_factory=dict)
    heard: list[Question] = field(default_factory=list)

    def sign_in(self, conversation: Conversation) -> Granted:
        question = next(conversation)
        for _ in range(MOST):
            self.heard.append(question)
            if self.on.get(question.key):
                self.on.pop(question.key)()
            try:
                question = conversation.send(self.answer(question))
            except StopIteration as end:
                return end.value
        raise AssertionError(f"no end after {MOST} questions: {self.topics()[-5:]}")

    def reach_visit(self, conversation: Conversation) -> Visit:
        question = next(conversation)
        while not isinstance(question, Visit):
            question = conversation.send(self.answer(question))
        return question

    def answer(self, question: Question) -> str:
        sentence = say(question.key, **question.values)
        assert "{" not in sentence
        assert "youtube.login" not in sentence, "no wording"
        key = question.key.removeprefix("youtube.login.")
        if self.answers.get(key):
            return self.answers[key].pop(0)
        match question:
            case Visit():
                return self.does.pop(0)(question) if self.does else self.allow()(question)
            case Ask(name="client_id"):
                return CLIENT_ID
            case Ask():
                assert question.secret
                return CLIENT_SECRET
            case Choose():
                assert all("youtube." not in said for _, said in question.options)
                return {"way": self.way, "consent_screen": "production"}.get(key, question.options[0][0])
            case Pause():
                self.clock.advance(seconds=question.seconds)
                if self.at_pause:
                    self.at_pause.pop(0)()
                return ""
            case Tell():
                return ""
        raise AssertionError(question)

    def topics(self) -> list[str]:
        return [question.key.removeprefix("youtube.login.") for question in self.heard]

    def told(self, key: str) -> str:
        """What was read about that."""
        found = [q for q in self.heard if q.key == f"youtube.login.{key}"]
        assert found, f"{key} was never told, but {self.topics()}"
        return say(found[0].key, **found[0].values)

    # at the browser

    def allow(self, *, ticked: tuple[str, ...] | None = None, channel: str = "") -> Callable[[Visit], str]:
        def act(visit: Visit) -> str:
            page = self.http.call("GET", visit.address, creates=False)
            assert page.status == 200, page.excerpt()
            text = page.body.decode()
            boxes = [unescape(v) for v in re.findall(r'name="scope" value="([^"]+)"', text)]
            shown = [unescape(v) for v in re.findall(r'name="channel" value="([^"]+)"', text)]
            form = {
                "answer": "allow",
                "channel": channel or shown[0],
                "scope": [box for box in boxes if ticked is None or box in ticked],
            }
            return self.send(visit.address, form)

        return act

    def deny(self, visit: Visit) -> str:
        return self.send(visit.address, {"answer": "deny"})

    def send(self, address: str, form: dict[str, object]) -> str:
        answer = self.http.call("POST", address, creates=True, data=form)
        assert answer.status == 303, answer.excerpt()
        return answer.headers["location"]

    def at_device(self, address: str, code: str, *, says: str = "allow") -> None:
        page = f"{address}?user_code={code}"
        assert CHANNEL in self.http.call("GET", page, creates=False).body.decode()
        answer = self.http.call("POST", page, creates=True, data={"answer": says, "channel": CHANNEL})
        assert answer.status == 200


@pytest.fixture
def person(http: Http, clock: Clock) -> Person:
    return Person(http, clock)


@pytest.fixture
def newcomer(harness: ChannelHarness) -> Iterator[ChannelHarness]:
    """No account and no secrets yet."""
    harness.safe.values.clear()
    yield harness
    harness.server.violations[:] = [v for v in harness.server.violations if "no scope that allows" not in v]


def signing_in(harness: ChannelHarness, *, account: str = "") -> Conversation:
    return harness.connector(account=account).login()


def assert_works(harness: ChannelHarness, granted: Granted) -> None:
    harness.safe.values.update(granted.secrets)
    health = harness.connector(account=granted.account, **granted.settings).health()
    assert health.ok, health


# by browser


def test_a_browser_login_brings_the_channel_and_all_its_secrets(
    newcomer: ChannelHarness, person: Person
) -> None:
    granted = person.sign_in(signing_in(newcomer))
    assert (granted.account, granted.name) == (CHANNEL, "Sở Tư pháp tỉnh A")
    assert set(granted.secrets) == {"client_id", "client_secret", "refresh_token"}
    assert granted.secrets["refresh_token"] == newcomer.channel.refresh_token
    assert granted.settings == {"login": "browser", "login_ends_at": ""}
    assert_works(newcomer, granted)
    assert newcomer.safe.events == [], "nothing is stored before the end"


def test_the_address_asks_for_what_is_needed_and_guards_the_code(
    newcomer: ChannelHarness, person: Person
) -> None:
    person.sign_in(signing_in(newcomer))
    (visit,) = (question for question in person.heard if isinstance(question, Visit))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(visit.address).query).items()}
    assert asked["redirect_uri"] == visit.listen
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", visit.listen)
    assert asked["scope"].split() == [FORCE, READ, MEASURE]
    assert asked["access_type"] == "offline"
    assert "consent" in asked["prompt"].split()
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 32
    assert CLIENT_SECRET not in visit.address


def test_each_try_has_a_state_and_a_verifier_of_its_own(newcomer: ChannelHarness, person: Person) -> None:
    person.does = [person.deny]
    person.sign_in(signing_in(newcomer))
    asked = [parse_qs(urlsplit(q.address).query) for q in person.heard if isinstance(q, Visit)]
    assert len(asked) == 2
    assert asked[0]["state"] != asked[1]["state"]
    assert asked[0]["code_challenge"] != asked[1]["code_challenge"]


def test_another_port_is_taken_when_somebody_listens_there(
    newcomer: ChannelHarness, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr(login, "PORT", other.getsockname()[1])
        person.sign_in(signing_in(newcomer))
    (visit,) = (question for question in person.heard if isinstance(question, Visit))
    assert urlsplit(visit.listen).port not in (None, 0, login.PORT)


def test_a_denial_is_told_and_asked_again(newcomer: ChannelHarness, person: Person) -> None:
    person.does = [person.deny]
    assert person.sign_in(signing_in(newcomer)).account == CHANNEL
    assert "từ chối" in person.told("denied")


@pytest.mark.parametrize(
    "pasted", ["", "4/0AbCdEf", "http://127.0.0.1:8765/", "http://[::1", "https://vi.wikipedia.org/"]
)
def test_something_else_than_the_address_is_asked_for_again(
    newcomer: ChannelHarness, person: Person, pasted: str
) -> None:
    person.does = [lambda _: pasted]
    person.sign_in(signing_in(newcomer))
    assert "http://127.0.0.1" in person.told("stuck")
    addresses = [q.address for q in person.heard if isinstance(q, Visit)]
    assert addresses[0] == addresses[1], "the page that is open still serves"


def test_a_code_of_another_sign_in_is_not_used(newcomer: ChannelHarness, person: Person) -> None:
    def forged(visit: Visit) -> str:
        return re.sub(r"state=[^&]+", "state=of-somebody-else", person.allow()(visit))

    person.does = [forged]
    person.sign_in(signing_in(newcomer))
    assert person.told("strange_state")
    assert newcomer.operations().count("token") == 1, "the foreign code was never sent"


def test_a_code_that_was_spent_is_told(newcomer: ChannelHarness, person: Person) -> None:
    person.does = [lambda visit: re.sub(r"code=[^&]+", "code=4%2F0spent", person.allow()(visit))]
    person.sign_in(signing_in(newcomer))
    assert person.told("code_spent")


def test_the_platform_refuses_a_code_without_its_verifier(
    newcomer: ChannelHarness, person: Person, server: PracticeYouTube
) -> None:
    conversation = signing_in(newcomer)
    question = person.reach_visit(conversation)
    code = parse_qs(urlsplit(person.allow()(question)).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": question.listen,
        "code_verifier": "guessed",
    }
    stolen = person.http.call("POST", f"{server.url}/token", creates=False, data=form)
    assert (stolen.status, stolen.json()["error"]) == (400, "invalid_grant")
    conversation.close()


def test_an_unticked_box_that_is_needed_is_named_and_asked_for_again(
    newcomer: ChannelHarness, person: Person
) -> None:
    person.does = [person.allow(ticked=(READ, MEASURE))]
    person.sign_in(signing_in(newcomer))
    assert "youtube.force-ssl" in person.told("unticked")
    assert newcomer.channel.scopes == (FORCE, READ, MEASURE)


@pytest.mark.parametrize(("choice", "visits"), [("again", 2), ("go_on", 1)])
def test_an_unticked_box_that_is_useful_is_named_and_left_to_the_person(
    newcomer: ChannelHarness, person: Person, choice: str, visits: int
) -> None:
    person.does = [person.allow(ticked=(FORCE,))]
    person.answers["unticked_useful"] = [choice]
    granted = person.sign_in(signing_in(newcomer))
    assert "yt-analytics.readonly" in person.told("unticked_useful")
    assert sum(isinstance(question, Visit) for question in person.heard) == visits
    assert_works(newcomer, granted)


def test_no_refresh_token_is_told_with_the_way_out(newcomer: ChannelHarness, person: Person) -> None:
    newcomer.channel.withheld = 1
    granted = person.sign_in(signing_in(newcomer))
    assert "myaccount.google.com" in person.told("no_refresh_token")
    assert granted.secrets["refresh_token"]


def test_a_wrong_secret_is_asked_for_again(newcomer: ChannelHarness, person: Person) -> None:
    person.answers["client_secret"] = ["", "GOCSPX-wrong"]
    person.sign_in(signing_in(newcomer))
    assert person.told("client_secret_odd")
    assert "client secret sai" in person.told("client_refused")


def test_a_client_id_that_google_shows_an_error_for_can_be_entered_again(
    newcomer: ChannelHarness, person: Person
) -> None:
    def error_page(visit: Visit) -> str:
        page = person.http.call("GET", visit.address, creates=False)
        assert page.status == 401
        assert "invalid_client" in page.body.decode()
        return visit.address

    person.answers["client_id"] = ["99-x.apps.googleusercontent.com"]
    person.answers["stuck"] = ["client"]
    person.does = [error_page]
    assert person.sign_in(signing_in(newcomer)).secrets["client_id"] == CLIENT_ID


def test_what_is_known_of_the_client_need_not_be_typed_again(harness: ChannelHarness, person: Person) -> None:
    person.answers["client_id"], person.answers["client_secret_again"] = [""], [""]
    granted = person.sign_in(signing_in(harness, account=CHANNEL))
    assert (granted.secrets["client_id"], granted.secrets["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)


def test_at_google_a_client_id_looks_like_one(newcomer: ChannelHarness) -> None:
    conversation = newcomer.connector(account="", base_url="https://youtube.googleapis.com").login()
    heard = [next(conversation)]
    for answer in ("browser", "", "mine", "10-a b.apps.googleusercontent.com", ""):
        heard.append(conversation.send(answer))
        if heard[-1].key.endswith("client_id_odd"):
            heard.append(conversation.send(""))
    assert [q.key.rpartition(".")[2] for q in heard].count("client_id_odd") >= 2
    conversation.close()
    assert newcomer.traffic() == 0


def test_an_account_without_a_channel_is_told(newcomer: ChannelHarness, person: Person) -> None:
    newcomer.channel.signed_up = False

    def now_with_one(visit: Visit) -> str:
        newcomer.channel.signed_up = True
        return person.allow()(visit)

    person.does = [person.allow(), now_with_one]
    person.sign_in(signing_in(newcomer))
    assert "không có kênh" in person.told("no_channel")


def test_googles_word_for_an_account_without_a_channel_is_told_too(
    newcomer: ChannelHarness, person: Person
) -> None:
    newcomer.server.fault("reason_youtubeSignupRequired", operation="channels.list", times=2)
    person.sign_in(signing_in(newcomer))
    assert person.told("no_channel")


def test_of_several_channels_a_person_chooses(newcomer: ChannelHarness, person: Person) -> None:
    other = newcomer.server.add_channel("UCkhac-0000000000000002", "Chi cục")
    newcomer.channel.siblings = (other.id,)
    person.answers["which_channel"] = ["neither", other.id]
    granted = person.sign_in(signing_in(newcomer))
    assert (granted.account, granted.name) == (other.id, "Chi cục")


def test_a_new_login_of_another_channel_is_not_taken(harness: ChannelHarness, person: Person) -> None:
    harness.server.add_channel(
        "UCkhac-0000000000000002", "Chi cục", client_id=CLIENT_ID, client_secret=CLIENT_SECRET
    )
    person.does = [person.allow(channel="UCkhac-0000000000000002")]
    assert person.sign_in(signing_in(harness, account=CHANNEL)).account == CHANNEL
    assert "Chi cục" in person.told("other_channel")
    assert CHANNEL in person.told("other_channel")


def test_an_api_that_is_off_can_be_switched_on_meanwhile(newcomer: ChannelHarness, person: Person) -> None:
    newcomer.server.fault("reason_accessNotConfigured", operation="channels.list", times=2)
    person.sign_in(signing_in(newcomer))
    assert person.topics().count("api_off") == 2
    assert sum(isinstance(question, Visit) for question in person.heard) == 1


# how long it lasts


def test_google_tells_when_the_login_of_a_testing_app_ends(newcomer: ChannelHarness, person: Person) -> None:
    newcomer.channel.testing = True
    granted = person.sign_in(signing_in(newcomer))
    assert "08:00 29/11/2026" in person.told("testing")
    assert granted.settings["login_ends_at"] == "2026-11-29T01:00:00+00:00"
    assert "consent_screen" not in person.topics()
    assert_works(newcomer, granted)
    person.clock.advance(days=7, minutes=1)
    assert newcomer.connector(**granted.settings).health().problem == "youtube.problems.login_lost"


@pytest.mark.parametrize(
    ("screen", "told", "ends"),
    [("testing", "testing", "2026-11-29T01:00:00+00:00"), ("unknown", "maybe_testing", "")],
)
def test_where_google_does_not_tell_the_person_is_asked(
    newcomer: ChannelHarness, person: Person, screen: str, told: str, ends: str
) -> None:
    person.answers["consent_screen"] = [screen]
    granted = person.sign_in(signing_in(newcomer))
    assert "bảy ngày" in person.told(told)
    assert granted.settings["login_ends_at"] == ends


# by device code


def test_a_device_login_publishes_and_is_told_what_it_cannot(
    newcomer: ChannelHarness, person: Person
) -> None:
    person.way = "device"
    person.at_pause = [lambda: None, lambda: person.at_device(f"{newcomer.server.url}/device", "LOA-0001")]
    granted = person.sign_in(signing_in(newcomer))
    assert "LOA-0001" in person.told("device")
    assert "phụ đề" in person.told("device_client")
    assert person.topics().count("device_waits") == 2
    assert granted.settings["login"] == "device"
    assert newcomer.channel.scopes == (FULL,)
    assert_works(newcomer, granted)
    connector, job = newcomer.connector(**granted.settings), newcomer.job(pictures=1)
    connector.reveal(job, connector.prepare(job, {}, lambda _: None))
    assert newcomer.public(job) == 1
    with_captions = newcomer.job(pictures=2)
    assert [f.rule for f in connector.check(with_captions.variant)] == ["youtube.captions_by_device"]


def test_asking_too_often_is_asked_less_often(newcomer: ChannelHarness, person: Person) -> None:
    person.way = "device"
    hasty = timedelta(seconds=-3)

    def back() -> None:
        person.clock.now += hasty

    person.at_pause = [
        lambda: None,
        back,
        lambda: person.at_device(f"{newcomer.server.url}/device", "LOA-0001"),
    ]
    person.sign_in(signing_in(newcomer))
    waits = [question.seconds for question in person.heard if isinstance(question, Pause)]
    assert waits == [5, 5, 10]


def test_a_line_that_breaks_meanwhile_ends_nothing(newcomer: ChannelHarness, person: Person) -> None:
    person.way = "device"
    newcomer.server.fault("cut_before", operation="token")
    newcomer.server.fault("500", operation="token")
    person.at_pause = [lambda: person.at_device(f"{newcomer.server.url}/device", "LOA-0001")]
    person.sign_in(signing_in(newcomer))
    assert [question.seconds for question in person.heard if isinstance(question, Pause)] == [5, 10, 20]


def test_a_denial_at_the_device_begins_anew(newcomer: ChannelHarness, person: Person) -> None:
    person.way, address = "device", f"{newcomer.server.url}/device"
    person.at_pause = [
        lambda: person.at_device(address, "LOA-0001", says="deny"),
        lambda: person.at_device(address, "LOA-0002"),
    ]
    person.sign_in(signing_in(newcomer))
    assert person.told("denied")


def test_a_code_that_nobody_enters_ends_and_another_is_given(
    newcomer: ChannelHarness, person: Person
) -> None:
    person.way = "device"
    person.at_pause = [
        lambda: person.clock.advance(minutes=31),
        lambda: person.at_device(f"{newcomer.server.url}/device", "LOA-0002"),
    ]
    person.sign_in(signing_in(newcomer))
    assert person.told("device_expired")


def test_a_desktop_client_has_no_device_codes_and_a_tv_client_no_redirect(
    newcomer: ChannelHarness, person: Person, server: PracticeYouTube
) -> None:
    newcomer.channel.client_kind = "desktop"
    person.way = "device"

    def other_kind() -> None:
        newcomer.channel.client_kind = "tv"

    person.on["youtube.login.client_refused"] = other_kind
    person.at_pause = [lambda: person.at_device(f"{server.url}/device", "LOA-0001")]
    person.sign_in(signing_in(newcomer))
    assert "TVs and Limited Input" in person.told("client_refused")
    page = person.http.call("GET", f"{server.url}/o/oauth2/v2/auth?client_id={CLIENT_ID}", creates=False)
    assert "redirect_uri_mismatch" in page.body.decode()


# what the conversation cannot mend


@pytest.mark.parametrize("kind", ["500", "cut_before", "html_502", "wrong_types_200", "list_200"])
def test_trouble_with_the_line_ends_it_and_nothing_needs_undoing(
    newcomer: ChannelHarness, person: Person, kind: str
) -> None:
    newcomer.server.fault(kind, operation="token")
    with pytest.raises(NotSent) as caught:
        person.sign_in(signing_in(newcomer))
    assert CLIENT_SECRET not in repr(caught.value)
    assert "4/0practice" not in repr(caught.value)


def test_an_empty_quota_and_a_refusal_are_raised(newcomer: ChannelHarness, person: Person) -> None:
    newcomer.server.fault("reason_quotaExceeded", operation="channels.list")
    with pytest.raises(Throttled):
        person.sign_in(signing_in(newcomer))
    newcomer.server.fault("reason_channelSuspended", operation="channels.list")
    with pytest.raises(AuthLost):
        person.sign_in(signing_in(newcomer))


def test_no_secret_is_shown_in_what_was_granted(newcomer: ChannelHarness, person: Person) -> None:
    granted = person.sign_in(signing_in(newcomer))
    assert granted.secrets["refresh_token"] not in repr(granted)
    assert CLIENT_SECRET not in repr(granted)
    told = " ".join(say(question.key, **question.values) for question in person.heard)
    assert granted.secrets["refresh_token"] not in told
    assert CLIENT_SECRET not in told


# the practice pages


def test_the_consent_page_speaks_vietnamese_and_ticks_nothing_by_itself(
    newcomer: ChannelHarness, person: Person
) -> None:
    conversation = signing_in(newcomer)
    question = person.reach_visit(conversation)
    page = person.http.call("GET", question.address, creates=False).body.decode()
    for text in ("xin quyền truy cập", "Đồng ý", "Từ chối", "Sở Tư pháp tỉnh A", "CHẾ ĐỘ TẬP HUẤN"):
        assert text in page
    assert 'type="checkbox"' in page
    assert not re.search(r'type="checkbox"[^>]*checked', page)
    assert "youtube.practice" not in page
    foreign = person.http.call(
        "POST",
        question.address,
        creates=True,
        data={"answer": "allow"},
        headers={"Origin": "http://evil.example"},
    )
    assert foreign.status == 403
    conversation.close()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri_mismatch"),
        ({"scope": f"{ROOT}drive"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"client_id": "99-x.apps.googleusercontent.com"}, "invalid_client"),
    ],
)
def test_what_google_shows_an_error_page_for_is_not_sent_anywhere(
    server: PracticeYouTube, http: Http, change: dict[str, str], word: str
) -> None:
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": "http://127.0.0.1:8765/",
        "response_type": "code",
        "scope": FORCE,
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    address = f"{server.url}/o/oauth2/v2/auth"
    assert http.call("GET", address, creates=False, params=query).status == 200
    for method in ("GET", "POST"):
        page = http.call(method, address, creates=False, params={**query, **change})
        assert page.status in (400, 401)
        assert word in page.body.decode()


def test_the_device_page_asks_for_the_code(server: PracticeYouTube, http: Http) -> None:
    empty = http.call("GET", f"{server.url}/device", creates=False).body.decode()
    assert "Nhập mã" in empty
    wrong = http.call("GET", f"{server.url}/device?user_code=XYZ", creates=False).body.decode()
    assert "Không có mã XYZ" in wrong
    assert http.call("POST", f"{server.url}/device?user_code=XYZ", creates=True).status == 403


def test_only_short_scopes_come_by_device(server: PracticeYouTube, http: Http) -> None:
    form = {"client_id": CLIENT_ID, "scope": FORCE}
    answer = http.call("POST", f"{server.url}/device/code", creates=False, data=form)
    assert answer.json()["error"] == "invalid_scope"
