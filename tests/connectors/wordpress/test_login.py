"""Signing a site in: what is asked, what is told when it cannot be used, and what is kept at the end."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import NotSent
from connectors.extras import Ask, Granted, LogsIn, Question, Tell
from content.wording import say
from tests.connectors.wordpress.harness import PASSWORD, USER, SiteHarness


def talk(harness: SiteHarness, *answers: str, **settings: str) -> tuple[Granted, list[Question]]:
    """Give the answers to the questions as they come; every sentence said must exist in the catalogue."""
    harness.login = {}
    connector: Any = harness.connector(**settings)
    assert isinstance(connector, LogsIn)
    conversation, waiting, said = connector.login(), list(answers), []
    answer: str | None = None
    while True:
        try:
            question = conversation.send(answer)  # type: ignore[arg-type]
        except StopIteration as end:
            assert waiting == [], "not everything was asked for"
            return end.value, said
        said.append(question)
        assert not say(question.key, **question.values).startswith("wordpress."), question
        answer = waiting.pop(0) if isinstance(question, Ask) else ""


def keys(said: list[Question]) -> list[str]:
    return [question.key.removeprefix("wordpress.") for question in said]


def test_address_user_and_password_make_a_login(harness: SiteHarness) -> None:
    granted, said = talk(harness, harness.site.url, USER, PASSWORD, base_url="")
    assert keys(said) == ["login.site", "login.where", "login.user", "login.password"]
    assert granted.account == harness.site.url
    assert "Xã Thống Nhất" in granted.name
    assert granted.secrets == {"user": USER, "app_password": PASSWORD}
    assert granted.settings == {"base_url": harness.site.url}
    assert PASSWORD not in repr(granted)
    assert said[1].values["address"].endswith("/wp-admin/authorize-application.php?app_name=Loa")
    assert [question.name for question in said if isinstance(question, Ask) and question.secret] == [
        "app_password"
    ]


def test_a_known_channel_keeps_its_address_as_it_is_written(harness: SiteHarness) -> None:
    granted, said = talk(harness, USER, PASSWORD.replace(" ", ""), base_url=harness.site.url + "/")
    assert keys(said)[0] == "login.where"
    assert granted.settings == {"base_url": harness.site.url + "/"}


def test_an_address_from_the_dashboard_leads_to_the_site(harness: SiteHarness) -> None:
    granted, _ = talk(harness, f"{harness.site.url}/wp-admin/index.php", USER, PASSWORD, base_url="")
    assert granted.settings == {"base_url": harness.site.url}


def test_a_wrong_password_is_told_and_asked_for_again(harness: SiteHarness) -> None:
    granted, said = talk(harness, USER, "sai", USER, PASSWORD)
    assert keys(said)[3] == "problems.login"
    assert isinstance(said[4], Ask)
    assert said[4].default == USER
    assert granted.secrets["app_password"] == PASSWORD


def test_an_account_that_may_not_publish_is_told_which_right_it_lacks(harness: SiteHarness) -> None:
    harness.site.add_user("cong-tac-vien", "mat khau ung dung", role="contributor")
    _, said = talk(harness, "cong-tac-vien", "mat khau ung dung", USER, PASSWORD)
    (told,) = [question for question in said if question.key == "wordpress.problems.rights"]
    assert "publish_posts" in str(told.values["missing"])


def test_nothing_typed_is_no_login(harness: SiteHarness) -> None:
    _, said = talk(harness, USER, "", USER, PASSWORD)
    assert "login.both_needed" in keys(said)


@pytest.mark.parametrize("address", ["http://", "xa .vn", "ftp://xa.vn", "http://127.0.0.1:9"])
def test_an_address_that_leads_nowhere_is_asked_for_again(harness: SiteHarness, address: str) -> None:
    _, said = talk(harness, address, harness.site.url, USER, PASSWORD, base_url="")
    assert keys(said)[1] in ("problems.base_url", "login.unreachable")
    assert isinstance(said[1], Tell)
    assert keys(said)[2] == "login.site"


def test_a_site_that_offers_no_application_passwords_says_why_before_anybody_types_one(
    harness: SiteHarness,
) -> None:
    harness.world.passwords = False
    harness.login = {}
    conversation = harness.connector().login()
    told = next(conversation)
    assert told.key == "wordpress.problems.passwords_http"
    again = conversation.send("")
    assert isinstance(again, Ask)
    assert again.default == harness.site.url
    harness.world.passwords = True
    assert conversation.send(harness.site.url).key == "wordpress.login.where"


def test_a_site_without_the_api_is_told_apart_from_one_that_is_down(harness: SiteHarness) -> None:
    harness.world.rest = False
    harness.login = {}
    assert next(harness.connector().login()).key == "wordpress.problems.no_api"


def test_an_api_that_is_shut_to_strangers_is_tried_with_the_password(harness: SiteHarness) -> None:
    harness.world.strangers = False
    granted, said = talk(harness, USER, PASSWORD)
    assert granted.secrets["user"] == USER
    assert str(said[0].values["address"]).endswith("/wp-admin/profile.php")


def test_what_health_warns_of_is_told(harness: SiteHarness) -> None:
    _, said = talk(harness, USER, PASSWORD, categories="Không có")
    assert said[-1].key == "wordpress.login.warning"


def test_a_line_that_breaks_ends_the_conversation(harness: SiteHarness) -> None:
    harness.site.fault("cut_before", method="GET", edge="users/me")
    with pytest.raises(NotSent):
        talk(harness, USER, PASSWORD)
