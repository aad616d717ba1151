"""Giving a delegation and taking it back: what would do nothing is said, not passed over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from loa.services import delegating
from loa.services.delegating import DelegationView
from tests.units.conftest import Desk, Province
from tests.units.test_keeping_units import loa


def give(desk: Desk, to: str, what: str = "approve", *, officer: str = "", days: int = 30) -> DelegationView:
    until = desk.workspace.now() + timedelta(days=days)
    return delegating.give(desk.workspace, desk.people["duyet"], to, what, until, to_officer=officer)


def test_an_officer_whom_nobody_knows_is_given_nothing(keyed: Province):
    with pytest.raises(NotFound, match="không có cán bộ nào tên “duyeet00002”") as met:
        give(keyed.a, "00002", officer="duyeet00002")
    assert "loa user list" in str(met.value)
    assert give(keyed.a, "00002", officer="duyet00002").to_officer == "duyet00002"


def test_nor_is_one_of_another_unit_as_far_as_can_be_seen(keyed: Province):
    with pytest.raises(NotFound):
        give(keyed.a, "00002", officer=keyed.a.people["duyet"].name)
    with pytest.raises(NotFound):
        give(keyed.house, "00002", officer=keyed.a.people["duyet"].name)


def test_seeing_is_for_the_whole_unit_and_says_so(keyed: Province):
    with pytest.raises(UsageError, match="cả đơn vị"):
        give(keyed.a, "00002", "see", officer="duyet00002")


def test_the_same_again_names_the_one_that_stands(keyed: Province):
    first = give(keyed.a, "00002")
    with pytest.raises(RefusedByRule, match=f"số {first.id}, đến hết ngày 09/12/2026"):
        give(keyed.a, "00002")
    with pytest.raises(RefusedByRule):
        give(keyed.a, "00002", days=10)
    assert give(keyed.a, "00002", days=60).id > first.id, "longer is another word"
    assert give(keyed.a, "00002", "see").what == "see"


def test_ending_it_twice_says_that_it_was_ended(keyed: Province):
    a, given = keyed.a, give(keyed.a, "00002")
    delegating.take_back(a.workspace, a.people["duyet"], given.id)
    with pytest.raises(RefusedByRule, match="đã được rút trước đó"):
        delegating.take_back(a.workspace, a.people["duyet"], given.id)
    keyed.clock.forward(minutes=1)
    assert give(keyed.a, "00002").id != given.id, "and the same may be given again"


def test_what_only_the_database_says_is_ended_can_still_be_taken_back(keyed: Province):
    a, given = keyed.a, give(keyed.a, "00002")
    keyed.sql("UPDATE delegation SET ended_at = now()")
    delegating.take_back(a.workspace, a.people["duyet"], given.id)


@pytest.mark.parametrize("desk", ["a", "house"])
def test_to_itself_has_a_sentence_of_its_own(keyed: Province, desk: str):
    one: Desk = getattr(keyed, desk)
    with pytest.raises(LoaError, match="chính đơn vị mình"):
        give(one, one.code)


def test_the_day_that_was_typed_is_the_day_that_is_shown(keyed: Province):
    last = f"{date.today() + timedelta(days=9):%d/%m/%Y}"  # noqa: DTZ011  the command has the machine's clock
    a = {"user": "duyet00001", "folder": keyed.a.workspace.folder}
    code, _, said = loa(keyed, "unit", "delegate", "approve", "00002", "--until", last, **a)
    assert (code, f"đến hết ngày {last}." in said) == (0, True), said
    code, told, _ = loa(keyed, "unit", "delegations", **a)
    assert last in told
