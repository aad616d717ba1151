"""Lunar dates and days off, against dates that others published."""

from __future__ import annotations

from datetime import date

import pytest

from content.calendar import Calendar, CalendarError, lunar

TET = {  # published dates of the first day of the lunar year; 1985 and 2007 differ from the Chinese calendar
    1985: "01-21", 2007: "02-17", 2026: "02-17", 2027: "02-06", 2030: "02-02",
}  # fmt: skip


@pytest.mark.parametrize("year", TET)
def test_the_lunar_year_begins_when_it_did_in_vietnam(year: int) -> None:
    found = lunar(date.fromisoformat(f"{year}-{TET[year]}"))
    assert found is not None
    assert (found.day, found.month, found.year) == (1, 1, year)


def test_a_leap_month_says_so() -> None:
    found = lunar(date(2025, 8, 1))  # 2025 had a second sixth month
    assert found is not None
    assert found.short() == "8/6N"


def test_a_year_that_nobody_checked_has_no_lunar_date() -> None:
    assert lunar(date(2150, 1, 1)) is None


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2027, 1, 1), "Tết Dương lịch"),
        (date(2027, 2, 5), "Tết Nguyên đán"),  # the last day of the old year
        (date(2027, 2, 9), "Tết Nguyên đán"),
        (date(2026, 4, 26), "Giỗ Tổ Hùng Vương"),  # 10/3 of the lunar year
        (date(2027, 9, 2), "Quốc khánh"),
    ],
)
def test_public_holidays_are_days_off(day: date, name: str) -> None:
    assert [one.name for one in Calendar().holidays(day)] == [name]
    assert Calendar().is_off(day)


def test_law_day_is_marked_and_is_no_day_off() -> None:
    assert Calendar().holidays(date(2026, 11, 9))[0].name == "Ngày Pháp luật Việt Nam"
    assert not Calendar().is_off(date(2026, 11, 9))


def test_what_nobody_read_at_its_source_is_marked() -> None:
    assert not Calendar().holidays(date(2026, 11, 24))[0].verified
    assert Calendar().holidays(date(2025, 11, 24)) == ()


def test_the_units_own_days_come_over_the_rules() -> None:
    own = """
[[day]]
date = 2027-02-10
name = "Nghỉ bù Tết"
[[day]]
date = 2027-02-20
off = false
[[day]]
date = 2026-11-24
off = false
"""
    known = Calendar(own)
    assert known.is_off(date(2027, 2, 10))
    assert not known.is_off(date(2027, 2, 20)), "a Saturday on which people make up for a day off"
    assert not known.is_off(date(2026, 11, 24))
    assert known.next_working_day(date(2027, 2, 5)) == date(2027, 2, 11)
    assert known.previous_working_day(date(2027, 2, 10)) == date(2027, 2, 4)


@pytest.mark.parametrize(
    "own",
    [
        "[[day]\n",
        '[[day]]\ndate = "2027-02-10"\nname = "Nghỉ bù"\n',
        "[[day]]\ndate = 2027-02-10\n",
        "[[day]]\ndate = 2027-02-10T07:00:00\nname = 'x'\n",
        "[[day]]\ndate = 2027-02-10\nname = 'x'\nnghi = true\n",
        "day = 5\n",
        "#" * 70_000,
    ],
)
def test_a_file_that_cannot_be_taken_says_why(own: str) -> None:
    with pytest.raises(CalendarError, match=r"ngay-nghi\.toml"):
        Calendar(own)
