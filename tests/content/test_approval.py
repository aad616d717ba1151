"""What is missing until a seal is covered: the reason that is told is the one whose remedy will do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from content.approval import Approval, ApprovalRules, Role

NOW = datetime(2026, 11, 9, tzinfo=UTC)
YES = Approval("lan", Role.APPROVER, "s", NOW, NOW + timedelta(days=30))
WAITS = replace(YES, genuine=False, unpinned=(("lan", "00001"),))
UNDONE = replace(YES, officer="mai", genuine=False, undelegated=True)
FORGED = replace(YES, officer="la", genuine=False)
OVER = {"expires_at": NOW}


def lacks(*given: Approval, required: tuple[Role, ...] = (Role.APPROVER,)) -> str | None:
    rules = ApprovalRules(required=required)
    return rules.lacks(given, kind="post", seal="s", contributors={"soan"}, now=NOW)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([YES], None),
        ([WAITS], "approval.unpinned"),
        ([UNDONE], "approval.undelegated"),
        ([FORGED], "approval.forged"),
        ([FORGED, WAITS, UNDONE], "approval.forged"),
        ([YES, FORGED, UNDONE], None),
        ([WAITS, UNDONE], "approval.unpinned"),
        ([replace(WAITS, voided=True)], "approval.none"),
    ],
)
def test_what_counts_for_nothing_says_why(given: list[Approval], reason: str | None):
    assert lacks(*given) == reason


@pytest.mark.parametrize("one", [WAITS, UNDONE])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (OVER, "approval.expired"),
        ({"officer": "soan"}, "approval.own"),
        ({"role": "reviewer"}, "approval.role"),
    ],
)
def test_what_would_not_do_either_way_is_not_promised(one: Approval, change: dict[str, object], reason: str):
    """Pinned, it would be refused again: for that somebody else has to approve."""
    assert lacks(replace(one, **change)) == reason


def test_of_two_levels_the_one_that_waits_is_told_of_only_where_it_is_all_that_lacks():
    two = (Role.REVIEWER, Role.APPROVER)
    checked = replace(YES, officer="tham", role="reviewer")
    assert lacks(checked, WAITS, required=two) == "approval.unpinned"
    assert lacks(checked, UNDONE, required=two) == "approval.undelegated"
    assert lacks(YES, replace(WAITS, officer="tu"), required=two) == "approval.role"
    assert lacks(checked, replace(WAITS, **OVER), required=two) == "approval.role"
    unpinned_and_undone = (replace(WAITS, role="reviewer"), UNDONE)
    assert lacks(*unpinned_and_undone, required=two) == "approval.undelegated", "pinning alone would not do"
