"""Signing in, step by step: what is asked, what is asked again, and what is kept at the end."""

from __future__ import annotations

import pytest

from connectors.errors import NotSent
from connectors.extras import Ask, Choose, Granted, LogsIn, Question, Tell
from connectors.facebook import FacebookPage
from content.wording import say
from tests.connectors.facebook.harness import PAGE, TOKEN, PageHarness

PERSON, APP_ID, SECRET = "practice-user-token", "999000111222333", "3c0ffee5practice"


class Officer:
    """Answers by the name of a question; what is not a list is answered so every time."""

    def __init__(self, page: PageHarness, *, channel_of: str = "", **answers: object):
        self.page, self.answers, self.asked, self.told = page, answers, [], []
        connector = page.connector()
        self.connector = FacebookPage(connector._context) if channel_of else self._without_account(page)

    @staticmethod
    def _without_account(page: PageHarness) -> FacebookPage:
        from dataclasses import replace

        context = page.connector()._context
        return FacebookPage(replace(context, account=replace(context.account, account="", secrets={})))

    def sign_in(self) -> Granted:
        talk, answer = self.connector.login(), None
        while True:
            try:
                question = talk.send(answer)
            except StopIteration as end:
                return end.value
            answer = self._answer(question)

    def _answer(self, question: Question) -> str:
        said = say(question.key, **question.values)
        assert not said.startswith("facebook."), f"{question.key} has no wording"
        assert "{" not in said
        if isinstance(question, Tell):
            self.told.append(question.key.removeprefix("facebook.login."))
            return ""
        name = question.name if isinstance(question, Ask) else question.key.rpartition(".")[2]
        self.asked.append(name)
        answer = self.answers[name]
        chosen = answer.pop(0) if isinstance(answer, list) else answer
        if isinstance(question, Choose):
            assert chosen in [value for value, _ in question.options]
        elif name != "app_id":
            assert question.secret
        return str(chosen)


def by_person(page: PageHarness, **other: object) -> Officer:
    page.server.world.pages[PAGE].app_secret = SECRET
    given = {
        "way": "person",
        "app_id": APP_ID,
        "app_secret": SECRET,
        "user_token": PERSON,
        "which_page": PAGE,
    }
    return Officer(page, **{**given, **other})


def test_a_page_can_be_signed_in(two_step: PageHarness):
    assert isinstance(two_step.connector(), LogsIn)


def test_from_an_app_and_a_persons_token_to_the_pages_own(two_step: PageHarness):
    two_step.server.add_page("555", "Trang khác", "EAAother")
    officer = by_person(two_step)
    granted = officer.sign_in()
    assert officer.asked == ["way", "app_id", "app_secret", "user_token", "which_page"]
    assert (granted.account, granted.name) == (PAGE, "Sở Tư pháp tỉnh A")
    assert granted.secrets == {"page_token": TOKEN, "app_secret": SECRET}
    assert PERSON not in repr(granted)


def test_the_channel_of_a_page_is_not_asked_which(two_step: PageHarness):
    two_step.server.add_page("555", "Trang khác", "EAAother")
    officer = by_person(two_step, channel_of=PAGE)
    assert officer.sign_in().account == PAGE
    assert "which_page" not in officer.asked


def test_wrong_answers_are_asked_again_with_the_reason(two_step: PageHarness):
    officer = by_person(
        two_step,
        app_id=["mười", "123", APP_ID],
        app_secret=[SECRET, "sai-bét", "wrong", SECRET],
        user_token=["", "nonsense", "nonsense", PERSON],
    )
    officer.answers["app_id"] = ["mười", "123", APP_ID, APP_ID]
    officer.answers["user_token"] = ["", "nonsense", PERSON, "nonsense", PERSON]
    assert officer.sign_in().account == PAGE
    told = [key for key in officer.told if key not in ("before", "find_app", "find_token")]
    assert told == [
        "not_an_app_id",
        "not_a_token",
        "app_refused",
        "not_a_token",
        "app_refused",
        "token_refused",
    ]


def test_an_expired_token_is_asked_again(two_step: PageHarness):
    two_step.server.add_person(token="old", long_token="old-60", expired=True)
    officer = by_person(two_step, user_token=["old", PERSON])
    assert officer.sign_in().account == PAGE
    assert "token_refused" in officer.told


def test_without_the_task_or_the_page_it_says_so(two_step: PageHarness):
    two_step.server.add_person(token="reader", long_token="reader-60", tasks={PAGE: ("ANALYZE",)})
    two_step.server.add_person(token="nobody", long_token="nobody-60", tasks={"1": ("MANAGE",)})
    officer = by_person(two_step, user_token=["reader", "nobody", PERSON])
    assert officer.sign_in().account == PAGE
    assert [key for key in officer.told if key.startswith("no_")] == ["no_task", "no_page"]


def test_an_unticked_right_is_named(two_step: PageHarness):
    page = two_step.server.world.pages[PAGE]
    page.scopes = ("pages_show_list", "pages_read_engagement")
    officer = by_person(two_step, user_token=[PERSON])
    with pytest.raises(IndexError):  # asked once more, and the officer gives up
        officer.sign_in()
    assert officer.told[-2:] == ["missing_scopes", "find_token"]


def test_a_pasted_page_token_is_enough(two_step: PageHarness):
    two_step.server.world.pages[PAGE].app_secret = ""
    officer = Officer(two_step, way="page", page_token=TOKEN, app_secret="")
    assert officer.sign_in().secrets == {"page_token": TOKEN}


def test_a_pasted_token_of_a_person_or_another_page_is_told_apart(two_step: PageHarness):
    two_step.server.world.pages[PAGE].app_secret = ""
    two_step.server.add_page("555", "Trang khác", "EAAother")
    officer = Officer(
        two_step, channel_of=PAGE, way="page", page_token=["rubbish", "EAAother", TOKEN], app_secret=""
    )
    assert officer.sign_in().account == PAGE
    assert officer.told == ["before", "token_refused", "other_page"]
    person = Officer(two_step, way="page", page_token=[PERSON, TOKEN], app_secret="")
    assert person.sign_in().account == PAGE
    assert person.told == ["before", "not_page_token"]


@pytest.mark.parametrize("kind", ["code_100", "code_200", "code_190"])
def test_whoever_has_no_role_on_the_app_can_sign_in_all_the_same(two_step: PageHarness, kind: str):
    two_step.server.fault(kind, method="GET", object="debug_token")
    two_step.server.world.pages[PAGE].app_secret = ""
    officer = Officer(two_step, way="page", page_token=TOKEN, app_secret="")
    assert officer.sign_in().account == PAGE
    assert officer.told == ["before"]


def test_trouble_on_the_way_is_not_the_officers_fault(two_step: PageHarness):
    two_step.server.fault("html_502", object="oauth")
    with pytest.raises(NotSent):
        by_person(two_step).sign_in()


def test_no_secret_is_in_what_is_told(two_step: PageHarness):
    officer = by_person(two_step, user_token=["rubbish-token-1", PERSON])
    seen: list[str] = []
    talk, answer = officer.connector.login(), None
    while True:
        try:
            question = talk.send(answer)
        except StopIteration:
            break
        seen.append(say(question.key, **question.values))
        answer = officer._answer(question)
    for secret in (SECRET, PERSON, TOKEN, "rubbish-token-1"):
        assert all(secret not in said for said in seen)
