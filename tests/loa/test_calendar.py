"""The plan by day, in the unit's zone."""

from __future__ import annotations

import json
from datetime import date

from loa.services import calendar
from tests.loa.conftest import Loa
from tests.support.office import Office


def test_a_day_begins_at_midnight_in_the_units_zone(office: Office) -> None:
    office.import_post("dem.md", due="2026-11-10T00:10+07:00", channels="[website]")
    days = {day.date: day for day in calendar.span(office.workspace, date(2026, 11, 9), 3)}
    assert [view.id for view in days[date(2026, 11, 10)].deliveries] == ["dem@website"]
    assert days[date(2026, 11, 9)].deliveries == []
    assert days[date(2026, 11, 9)].lunar == "1/10"


def test_a_month_is_shown_in_whole_weeks(office: Office) -> None:
    days = calendar.month(office.workspace, date(2026, 11, 15))
    assert (days[0].date, days[-1].date) == (date(2026, 10, 26), date(2026, 12, 6))
    assert len(days) % 7 == 0


def test_the_units_own_days_off_count(office: Office) -> None:
    entry = '[[day]]\ndate = 2026-11-10\nname = "Nghỉ bù"\n'
    (office.folder / calendar.OWN).write_text(entry, "utf-8")
    [day] = calendar.span(office.workspace, date(2026, 11, 10), 1)
    assert day.off


def test_from_the_command_line(desk: Office, at_desk: Loa) -> None:
    desk.import_post("dem.md", due="2026-11-10T00:10+07:00", channels="[website]")
    told = at_desk("calendar", "11/2026").out
    assert "T2 · 09/11/2026 · 1/10 âm lịch · Ngày Pháp luật Việt Nam" in told
    assert "00:10  nháp  dem@website" in told.replace("Nháp", "nháp")
    days = json.loads(at_desk("calendar", "2026-11", "--json").out)
    assert len(days) == 30
    assert at_desk("calendar", "tháng mười một").code == 2
