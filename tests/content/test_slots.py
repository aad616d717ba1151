"""Posting slots and quiet hours: what a unit writes, what it means on every day, and over midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.calendar import Calendar
from content.calendar.quiet import Hours, QuietHours
from content.calendar.slots import Slot, SlotError, parse_slots, upcoming
from content.calendar.weekdays import weekday, weekdays

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
WORKDAYS = (0, 1, 2, 3, 4)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
SOME = st.builds(
    Slot,
    clocks,
    st.none() | st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    st.booleans(),
)


def local(moments: list[datetime]) -> list[str]:
    return [f"{moment.astimezone(HERE):%a %d/%m %H:%M}" for moment in moments]


# ---- days of the week


@pytest.mark.parametrize(
    "names",
    [
        "T2 thứ-Hai Hai Monday mon",
        "T3 thu-ba Ba tue",
        "T4 wed thứ-Tư Tư tu TƯ",
        "T7 Sat Bảy",
        "CN sun Sunday",
    ],
)
def test_a_day_of_the_week_has_many_names(names: str) -> None:
    assert len({weekday(name.replace("-", " ")) for name in names.split()}) == 1


def test_a_range_may_run_over_sunday() -> None:
    assert weekdays("T7-T2") == (5, 6, 0)
    assert weekdays("mon – fri") == WORKDAYS
    assert weekdays("T2-gì") is None
    assert weekday("T8") is None


def test_a_bare_vietnamese_name_is_its_day_and_thu_without_a_day_is_none() -> None:
    """RFC 5545 writes TU for Tuesday; whoever writes Tư here means Wednesday, a day later."""
    assert [weekday(name) for name in ["Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "CN"]] == list(range(7))
    assert [weekday(name) for name in ["hai", "ba", "tu", "nam", "sau", "bay", "cn"]] == list(range(7))
    assert weekdays("Ba-Sáu") == (1, 2, 3, 4)
    assert (weekday("tue"), weekday("thu"), weekday("Thứ"), weekday("WE")) == (1, 3, None, None)
    assert parse_slots("Tư 07:30", "k") == (Slot(time(7, 30), (2,)),)
    with pytest.raises(SlotError, match="thứ"):
        parse_slots("thứ 7:30", "k")


# ---- slots


def test_days_and_times_are_read_as_people_write_them() -> None:
    vietnamese = parse_slots("T2-T6 07:30, 11h30; Thứ Bảy 19:30", "slots.fanpage")
    assert vietnamese == parse_slots("mon-fri 07:30, 11:30; sat 19:30", "slots.fanpage")
    assert vietnamese == (
        Slot(time(7, 30), WORKDAYS),
        Slot(time(11, 30), WORKDAYS),
        Slot(time(19, 30), (5,)),
    )
    assert parse_slots("T2, T4 8h", "k") == (Slot(time(8), (0, 2)),)
    assert parse_slots("thu 7:30", "k") == parse_slots("thứ 5 7h30", "k") == (Slot(time(7, 30), (3,)),)
    assert parse_slots("thứ bảy, chủ nhật 8h", "k") == (Slot(time(8), (5, 6)),)
    assert parse_slots("", "k") == ()


@pytest.mark.parametrize(
    ("written", "word"),
    [("T9 07:30", "t9"), ("T2 25:00", "25:00"), ("T2", "t2"), ("07:30 T2", "t2"), ("T2 sáng", "sang")],
)
def test_what_cannot_be_read_is_named_with_its_key(written: str, word: str) -> None:
    with pytest.raises(SlotError) as error:
        parse_slots(written, "slots.fanpage")
    assert "slots.fanpage" in str(error.value)
    assert f"“{word}”" in str(error.value)


def test_a_slot_without_a_day_is_on_working_days_only_make_up_days_included() -> None:
    """Over Quốc khánh 2027: 2/9 is a Thursday; the unit works on Saturday 4/9 instead of Friday 3/9."""
    own = '[[day]]\ndate = 2027-09-03\nname = "Nghỉ"\n[[day]]\ndate = 2027-09-04\noff = false\n'
    found = upcoming(
        parse_slots("08:00", "k"), datetime(2027, 9, 1, tzinfo=HERE), HERE, Calendar(own), days=5
    )
    assert local(list(found)) == ["Wed 01/09 08:00", "Sat 04/09 08:00", "Mon 06/09 08:00"]


@pytest.mark.parametrize(("mark", "days"), [("", ["Sat 04/09", "Thu 09/09"]), (" +nghỉ", ["Thu 02/09"])])
def test_a_day_that_is_named_is_meant_but_not_a_public_holiday_unless_told(
    mark: str, days: list[str]
) -> None:
    slots = parse_slots(f"T5, T7 08:00{mark}", "k")
    found = upcoming(slots, datetime(2027, 9, 1, tzinfo=HERE), HERE, Calendar(), days=9)
    assert [one[:9] for one in local(list(found))][: len(days)] == days


@given(slots=st.lists(SOME, max_size=4), minutes=st.integers(0, 4 * 366 * 1440))
def test_slots_come_in_order_once_each_and_all_of_them(slots: list[Slot], minutes: int) -> None:
    """Against every quarter of an hour that the slots could be, asked one by one."""
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    calendar = Calendar()
    found = list(upcoming(slots, since, HERE, calendar, days=20))
    assert found == sorted(set(found))
    first = since.astimezone(HERE).date()
    wanted = {
        datetime.combine(day, slot.at, HERE)
        for day in (first + timedelta(days=n) for n in range(21))
        for slot in slots
        if (slot.weekdays is None or day.weekday() in slot.weekdays)
        and (slot.on_holidays or not any(one.off for one in calendar.holidays(day)))
        and (slot.weekdays is not None or slot.on_holidays or day.weekday() < 5)
    }
    assert set(found) == {moment for moment in wanted if moment > since}


def test_a_change_of_clocks_leaves_a_slot_at_its_local_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = upcoming(
        parse_slots("mon-sun 08:00", "k"), datetime(2026, 3, 27, tzinfo=UTC), berlin, Calendar(), days=3
    )
    assert [moment.astimezone(berlin).hour for moment in found] == [8, 8, 8, 8]


# ---- quiet hours


@given(start=clocks, end=clocks, asked=clocks)
def test_quiet_hours_cover_what_a_clock_passes_from_their_start_to_their_end(
    start: time, end: time, asked: time
) -> None:
    """Walking a day minute by minute from the start on, as a clock's hand does."""
    if start == end:
        with pytest.raises(ValueError, match=f"{start:%H:%M}"):
            Hours.parse(f"{start:%H:%M}-{end:%H:%M}")
        return
    hours = Hours.parse(f"{start:%H:%M}-{end:%H:%M}")
    assert hours is not None
    assert str(hours) == f"{start:%H:%M}-{end:%H:%M}"

    def minutes(at: time) -> int:
        return (at.hour * 60 + at.minute - start.hour * 60 - start.minute) % 1440

    assert hours.covers(asked) == (minutes(asked) < minutes(end))


@pytest.mark.parametrize("written", ["22-6", "22:00", "25:00-06:00", "đêm", "22:00-06:60"])
def test_what_is_no_span_of_hours_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Hours.parse(written)


def test_the_channel_has_the_first_word_then_the_platform_then_the_default() -> None:
    default, zalo = Hours(time(22), time(6)), Hours(time(21, 30), time(6, 30))
    quiet = QuietHours({"default": default, "zalo": zalo, "oa-xa": None})
    assert quiet.of("fanpage", "facebook") == default
    assert quiet.of("oa-huyen", "zalo") == zalo
    assert quiet.of("oa-xa", "zalo") is None, "this channel says: none"
    assert QuietHours().of("fanpage", "facebook") is None


def test_a_remark_names_the_time_the_channel_and_its_hours() -> None:
    quiet = QuietHours({"zalo": Hours(time(21, 30), time(6, 30))})
    late = datetime(2027, 1, 9, 23, 15, tzinfo=HERE)
    found = quiet.remark(late, "oa", "zalo", HERE, {})
    assert found is not None
    assert (found.rule, found.severity, found.place) == ("time.quiet", "warn", "oa")
    assert "23:15" in found.message
    assert "21:30-06:30" in found.message
    assert quiet.remark(late.replace(hour=7), "oa", "zalo", HERE, {}) is None
    assert quiet.remark(late, "oa", "zalo", HERE, {"time.quiet": "off"}) is None
    graver = quiet.remark(late, "oa", "zalo", HERE, {"time.quiet": "block"})
    assert graver is not None
    assert graver.severity == "block"


def test_weekdays_are_those_of_pythons_own_calendar() -> None:
    for n in range(7):
        day = date(2027, 1, 4) + timedelta(days=n)
        assert weekday(f"{day:%A}") == day.weekday()
