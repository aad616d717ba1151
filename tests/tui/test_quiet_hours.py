"""Who moves a post into quiet hours is told before it is moved."""

from __future__ import annotations

from datetime import datetime

from loa import config
from loa.services import calendar
from tests.support.office import Office
from tui.rooms.calendar_words import consequences


def test_the_move_tells_that_the_new_time_is_quiet(office: Office) -> None:
    office.workspace.config = config.parse('[quiet_hours]\nfacebook = "21:30-06:30"')
    office.import_post("tin.md")
    zone = office.workspace.config.zone

    def told(delivery: str, hour: int) -> str:
        at = datetime(2026, 11, 12, hour, tzinfo=zone)
        return "\n".join(consequences(calendar.prospect(office.workspace, delivery, at), zone))

    assert "21:30-06:30" in told("tin@fanpage", 22)
    assert "21:30-06:30" not in told("tin@fanpage", 8)
    assert "21:30-06:30" not in told("tin@website", 22)
