"""Health of a Page: whose token, which rights, until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import NotSent, Throttled
from connectors.facebook.standing import standing
from content.wording import say
from tests.connectors.facebook.harness import PAGE, START, TOKEN, PageHarness


def test_a_sound_page_tells_its_name_and_no_end(two_step: PageHarness):
    health = two_step.connector().health()
    assert health.ok
    assert health.name == "Sở Tư pháp tỉnh A"
    assert health.expires_at is None
    assert not health.values


def test_the_earlier_of_both_ends_is_told(two_step: PageHarness):
    page = two_step.server.world.pages[PAGE]
    page.expires_at, page.data_access_expires_at = 1_900_000_000, 1_800_000_000
    assert two_step.connector().health().expires_at == datetime.fromtimestamp(1_800_000_000, UTC)


@pytest.mark.parametrize("kind", ["code_190", "code_190_463", "code_200", "code_10"])
def test_a_lost_right_is_told_with_its_code(two_step: PageHarness, kind: str):
    two_step.server.fault(kind, method="GET", edge="")
    health = two_step.connector().health()
    assert not health.ok
    assert health.problem == "facebook.problems.token_lost"
    assert "fb:" in say(health.problem, **health.values)


def test_a_wrong_token_is_lost(two_step: PageHarness):
    two_step.token = "EAAsomebodyElse"
    health = two_step.connector().health()
    assert health.problem == "facebook.problems.token_lost"
    assert health.values["code"] == "fb:190/463"


def test_the_token_of_another_page_is_noticed(two_step: PageHarness):
    two_step.server.add_page("555", "Trang khác", "EAAother")
    two_step.token = "EAAother"
    health = two_step.connector().health()
    assert health.problem == "facebook.problems.other_page"
    assert health.values["found"] == "555"


def test_a_page_that_is_not_there_is_named(two_step: PageHarness):
    world = two_step.server.world
    world.pages["777"] = world.pages.pop(PAGE)
    health = two_step.connector().health()
    assert health.problem == "facebook.problems.no_such_page"
    assert PAGE in say(health.problem, **health.values)


def test_missing_rights_are_named(two_step: PageHarness):
    two_step.server.world.pages[PAGE].scopes = ("pages_show_list", "read_insights")
    health = two_step.connector().health()
    assert health.problem == "facebook.problems.missing_scopes"
    assert health.values["scopes"] == "pages_manage_posts, pages_read_engagement"


class Told:
    """Stands for a PageGraph whose token was examined with the given result."""

    version_alarm = ""
    used_per_cent: int | None = None

    def __init__(self, token: Any):
        self.token = token

    def get_object(self, page: str, fields: str) -> dict[str, str]:
        return {"id": page, "name": "Trang"}

    def debug_token(self) -> Any:
        return self.token


def test_a_right_for_other_pages_only_is_missing():
    scopes = ["pages_manage_posts", "pages_read_engagement", "read_insights"]
    granular = [{"scope": "pages_manage_posts", "target_ids": ["555"]}, {"scope": "read_insights"}, None]
    told = Told({"is_valid": True, "scopes": scopes, "granular_scopes": granular})
    health = standing(told, PAGE, wants_insights=True)
    assert health.values["scopes"] == "pages_manage_posts"


def test_a_token_of_a_person_is_not_a_pages():
    health = standing(Told({"is_valid": True, "type": "USER"}), PAGE, wants_insights=True)
    assert health.problem == "facebook.problems.not_page_token"
    assert "USER" in say(health.problem, **health.values)


@pytest.mark.parametrize(
    "token", [{}, {"scopes": "?", "expires_at": "soon"}, {"expires_at": True, "error": 1}]
)
def test_an_odd_examination_is_no_trouble(token: dict[str, Any]):
    assert standing(Told(token), PAGE, wants_insights=True).ok


def test_a_nearly_spent_allowance_is_a_warning():
    told = Told({})
    told.used_per_cent = 85
    assert "85 %" in str(standing(told, PAGE, wants_insights=True).values["warning"])


def test_a_missing_right_to_measure_is_a_warning_only(two_step: PageHarness):
    two_step.server.world.pages[PAGE].scopes = ("pages_manage_posts", "pages_read_engagement")
    health = two_step.connector().health()
    assert health.ok
    assert "read_insights" in str(health.values["warning"])


def test_a_token_that_may_not_be_examined_is_judged_by_the_page_alone(two_step: PageHarness):
    two_step.server.fault("code_100", object="debug_token")
    assert two_step.connector().health().ok


def test_another_version_is_a_warning(two_step: PageHarness, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("connectors.practice.app.served_version", lambda _: "v21.0")
    health = two_step.connector().health()
    assert health.ok
    assert "v21.0" in str(health.values["warning"])


def test_trouble_on_the_way_is_not_a_verdict_on_the_token(two_step: PageHarness):
    two_step.server.fault("500", method="GET", edge="")
    with pytest.raises(NotSent):
        two_step.connector().health()
    two_step.server.fault("code_4", method="GET", edge="")
    with pytest.raises(Throttled):
        two_step.connector().health()


def test_no_secret_is_told(two_step: PageHarness):
    two_step.server.fault("code_190", method="GET")
    assert TOKEN not in repr(two_step.connector().health())


def test_the_earlier_of_the_tokens_two_ends_is_told_as_a_date_and_not_in_words(two_step: PageHarness):
    page = two_step.server.world.pages[PAGE]
    page.data_access_expires_at = int(START.timestamp()) + 13 * 86_400
    health = two_step.connector().health()
    assert health.ok
    assert health.expires_at == START + timedelta(days=13)
    assert not health.values


def test_followers_are_told_and_a_token_that_may_not_see_them_still_publishes(two_step: PageHarness):
    told = two_step.connector().health().followers
    assert told is not None
    assert told.value == 120
    two_step.server.fault("code_10", method="GET", edge="", object=PAGE, skip=1)
    health = two_step.connector().health()
    assert health.ok
    assert health.followers is not None
    assert health.followers.value is None
    assert health.followers.note
