"""A yes that would be void at the minute is told of before it is given, not on the day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loa.services import posts
from tests.loa.conftest import Loa
from tests.support.office import Office


def told(desk: Office, days: int) -> list[str]:
    desk.import_post(due=(desk.clock.now() + timedelta(days=days)).isoformat())
    return [
        one.message for one in posts.check(desk.workspace, "hoi-dap") if one.rule == "time.approval_lapses"
    ]


@pytest.mark.parametrize(("days", "lapses"), [(29, False), (30, True), (200, True)])
def test_who_approves_long_before_the_minute_is_told_when_to(desk: Office, days: int, lapses: bool):
    assert bool(told(desk, days)) is lapses


def test_it_stops_nobody(desk: Office, run_loa: Loa):
    assert told(desk, 200)
    answer = run_loa("-w", desk.folder, "post", "check", "hoi-dap")
    assert answer.code == 0, answer.err
    assert "đến giờ bài sẽ bị giữ lại" in answer.err
    assert "approval.expires_days" in answer.err
