"""Recurring days, each law against a second source: a day-by-day enumerator, published dates, `holidays`."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.calendar import Calendar, lunar
from content.calendar.recurrence import (
    LONGEST_YEARS,
    MOST,
    LunarDay,
    Recurrence,
    RecurrenceError,
    days,
    instant,
    last_day,
    parse_rule,
    shifted,
)
from content.calendar.spoken import in_words, lunar_day, lunar_in_words, rule_of
from content.calendar.weekdays import ICAL
from tests.support.examples import some

FIRST, LAST = date(2024, 1, 1), date(2034, 12, 31)
"""Eleven years: three leap years, and Law Day on every day of the week."""
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
TET = {  # first day of the lunar year, as the yearly notices and the state almanac publish it
    2024: "02-10", 2025: "01-29", 2026: "02-17", 2027: "02-06", 2028: "01-26", 2029: "02-13", 2030: "02-02",
    2031: "01-23", 2032: "02-11", 2033: "01-31", 2034: "02-19",
}  # fmt: skip


def every_day(first: date = FIRST, last: date = LAST) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def found(
    rule: str, *, start: date = FIRST, until: date | None = LAST, count: int | None = None
) -> list[date]:
    return days(Recurrence(start, rule, until=until, count=count), most=5_000)


# ---- against an enumerator that knows nothing of dateutil


def naive(rule: str, start: date, until: date) -> list[date]:
    """Every day is asked by itself; BYSETPOS picks among those of its period. Written from RFC 5545 alone."""
    told = dict(part.split("=") for part in rule.split(";"))
    freq, interval = told["FREQ"], int(told.get("INTERVAL", "1"))
    week_start = ICAL.index(told.get("WKST", "MO"))

    def numbers(name: str) -> list[int]:
        return [int(one) for one in told[name].split(",")] if name in told else []

    by_month, by_day_of_month, by_position = map(numbers, ("BYMONTH", "BYMONTHDAY", "BYSETPOS"))
    by_weekday = told["BYDAY"].split(",") if "BYDAY" in told else []
    if not (by_month or by_day_of_month or by_weekday):
        by_weekday = [ICAL[start.weekday()]] if freq == "WEEKLY" else []
        by_day_of_month = [start.day] if freq in ("MONTHLY", "YEARLY") else []
        by_month = [start.month] if freq == "YEARLY" else []
    elif by_month and not (by_day_of_month or by_weekday):
        by_weekday = [ICAL[start.weekday()]] if freq == "WEEKLY" else []
        by_day_of_month = [start.day] if freq in ("MONTHLY", "YEARLY") else []

    def week(day: date) -> date:
        return day - timedelta(days=(day.weekday() - week_start) % 7)

    def period(day: date) -> tuple[int, ...]:
        return {
            "DAILY": ((day - start).days,),
            "WEEKLY": ((week(day) - week(start)).days // 7,),
            "MONTHLY": ((day.year - start.year) * 12 + day.month - start.month,),
            "YEARLY": (day.year - start.year,),
        }[freq]

    def is_nth(day: date, nth: int) -> bool:
        in_month = freq == "MONTHLY" or bool(by_month)
        if in_month:
            length, place = months.monthrange(day.year, day.month)[1], day.day
        else:
            length, place = 366 if months.isleap(day.year) else 365, day.timetuple().tm_yday
        return nth == (place - 1) // 7 + 1 if nth > 0 else -nth == (length - place) // 7 + 1

    def is_weekday(day: date) -> bool:
        return any(
            one[-2:] == ICAL[day.weekday()] and (len(one) == 2 or is_nth(day, int(one[:-2])))
            for one in by_weekday
        )

    def is_day_of_month(day: date) -> bool:
        length = months.monthrange(day.year, day.month)[1]
        return any(day.day == (n if n > 0 else length + 1 + n) for n in by_day_of_month)

    by_period: dict[tuple[int, ...], list[date]] = {}
    for day in every_day(start - timedelta(days=366), until + timedelta(days=366)):
        if (
            period(day)[0] % interval == 0
            and (not by_month or day.month in by_month)
            and (not by_day_of_month or is_day_of_month(day))
            and (not by_weekday or is_weekday(day))
        ):
            by_period.setdefault(period(day), []).append(day)
    picked = []
    for group in by_period.values():
        if by_position:
            places = {n - 1 if n > 0 else len(group) + n for n in by_position}
            group = [day for place, day in enumerate(group) if place in places]
        picked += group
    return sorted(day for day in picked if start <= day <= until)


some_days = st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=3, unique=True)
some_months = st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True)


@st.composite
def rules(draw: st.DrawFn) -> str:
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={freq}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 5))}")
    if draw(st.booleans()):
        parts.append("BYMONTH=" + ",".join(map(str, draw(some_months))))
    if freq != "WEEKLY" and draw(st.booleans()):
        parts.append("BYMONTHDAY=" + ",".join(map(str, draw(some_days))))
    if draw(st.booleans()):
        ordinal = st.just("")
        if freq in ("MONTHLY", "YEARLY"):
            ordinal |= st.sampled_from(["1", "2", "-1", "5", "-2"])
        names = draw(st.lists(st.tuples(ordinal, st.sampled_from(ICAL)), min_size=1, max_size=3, unique=True))
        parts.append("BYDAY=" + ",".join(number + name for number, name in names))
    if len([part for part in parts if part.startswith("BY")]) and draw(st.booleans()):
        parts.append("BYSETPOS=" + draw(st.sampled_from(["1", "-1", "2", "1,-1"])))
    if freq == "WEEKLY" and draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(ICAL))}")
    return ";".join(parts)


@settings(max_examples=some(300), deadline=None)
@given(rule=rules(), start=st.dates(FIRST, date(2032, 12, 31)), length=st.integers(0, 900))
def test_a_rule_gives_the_days_that_asking_every_day_gives(rule: str, start: date, length: int) -> None:
    until = min(start + timedelta(days=length), LAST)
    wanted = naive(rule, start, until)
    try:
        got = found(rule, start=start, until=until)
    except RecurrenceError as error:
        if error.key != "time.never":
            raise
        got = []
    assert got == wanted, rule


@pytest.mark.parametrize(
    ("rule", "start", "first"),
    [
        ("FREQ=MONTHLY;BYDAY=MO,1TU", date(2024, 1, 1), date(2024, 1, 1)),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1", date(2024, 2, 6), date(2024, 2, 12)),
    ],
)
def test_where_dateutil_itself_reads_a_rule_otherwise_the_rfc_decides(
    rule: str, start: date, first: date
) -> None:
    """It takes days that are both Monday and first Tuesday, and counts from the start, not from Monday."""
    assert found(rule, start=start)[0] == first


def can_be(rule: str, start: date, end: date) -> bool:
    """Whether there is any such day, by the enumerator alone."""
    return bool(naive(rule, start, end))


@given(rule=rules(), start=st.dates(FIRST, LAST), count=st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_a_count_gives_the_first_days_of_the_same_rule(rule: str, start: date, count: int) -> None:
    end = start.replace(year=start.year + LONGEST_YEARS, day=min(start.day, 28))
    try:
        counted = found(rule, start=start, until=None, count=count)
    except RecurrenceError:  # fewer than that in twenty years
        assert len(found(rule, start=start, until=end) if can_be(rule, start, end) else []) < count
        return
    assert len(counted) == count
    assert counted == found(rule, start=start, until=min(counted[-1], end))


@given(rule=rules())
@settings(deadline=None)
def test_a_rule_in_its_canonical_form_says_the_same(rule: str) -> None:
    once = parse_rule(rule)
    again = parse_rule(f"RRULE:{once.text.lower()}")
    assert again == once


# ---- month ends and leap days, 2024-2034


def test_the_31st_is_skipped_in_short_months_and_the_last_day_never_is() -> None:
    on_31 = found(rule_of("month", "31"))
    last = found(rule_of("month", "cuối"))
    assert on_31 == [day for day in every_day() if day.day == 31]
    assert last == [date(year, month, months.monthrange(year, month)[1]) for year in range(2024, 2035)
                    for month in range(1, 13)]  # fmt: skip
    assert (len(on_31), len(last)) == (77, 132)


def test_29_february_is_in_leap_years_only() -> None:
    assert found(rule_of("year", "29/2")) == [date(year, 2, 29) for year in (2024, 2028, 2032)]
    assert found(rule_of("năm", "cuối/2")) == [
        date(year, 2, 29 if months.isleap(year) else 28) for year in range(2024, 2035)
    ]
    in_every_month = found(rule_of("month", "29"))
    assert [day for day in in_every_month if day.month == 2] == found(rule_of("year", "29/2"))
    assert len(in_every_month) == 11 * 11 + 3


# ---- Law Day


def test_law_day_meets_a_sunday_twice_and_a_saturday_once_in_eleven_years() -> None:
    """Python's own calendar names the weekdays; a working-day shift moves exactly these three."""
    law_days = found(rule_of("year", "9/11"))
    assert law_days == [date(year, 11, 9) for year in range(2024, 2035)]
    names = {day.year: months.day_name[months.weekday(day.year, 11, 9)] for day in law_days}
    off = [day for day in law_days if Calendar().is_off(day)]
    assert [day for day in off if names[day.year] == "Sunday"] == [date(2025, 11, 9), date(2031, 11, 9)]
    assert [day for day in off if names[day.year] == "Saturday"] == [date(2024, 11, 9), date(2030, 11, 9)]
    assert len(off) == 4
    on_work = {day.year: shifted(day, "next", Calendar()) for day in law_days}
    assert on_work[2025] == date(2025, 11, 10)
    assert on_work[2031] == date(2031, 11, 10)
    assert on_work[2030] == date(2030, 11, 11)
    assert shifted(date(2031, 11, 9), "previous", Calendar()) == date(2031, 11, 7)
    assert all(on_work[day.year] == day for day in law_days if day not in off)


# ---- the moon


def test_tet_is_on_the_published_dates() -> None:
    """The lunar calendar's first of the first; the day before it is the last of the twelfth month."""
    new_year = days(Recurrence(FIRST, lunar=(LunarDay(1, 1),), until=LAST))
    assert new_year == [date.fromisoformat(f"{year}-{day}") for year, day in TET.items()]
    eve = days(Recurrence(FIRST, lunar=(lunar_day("cuối tháng chạp"),), until=LAST))
    assert eve == [day - timedelta(days=1) for day in new_year]


def test_a_lunar_series_gives_the_days_that_asking_every_day_gives() -> None:
    wanted = [day for day in every_day() if (moon := lunar(day)) and moon.day in (1, 15)]
    got = days(Recurrence(FIRST, lunar=(lunar_day("rằm"), lunar_day("mùng một")), until=LAST), most=5_000)
    assert got == wanted
    gaps = {(after - before).days for before, after in pairwise(got)}
    assert gaps <= {14, 15, 16}
    months_of_29 = days(Recurrence(FIRST, lunar=(LunarDay(30),), until=LAST))
    last = days(Recurrence(FIRST, lunar=(LunarDay(-1),), until=LAST), most=500)
    assert len(months_of_29) < len(last)
    assert set(months_of_29) <= set(last)


def test_a_leap_month_counts_for_what_is_monthly_and_not_for_what_is_yearly() -> None:
    """The lunar year 2025 has a second sixth month, 25 July to 22 August."""
    year = {"start": date(2025, 1, 29), "until": date(2026, 2, 16)}
    monthly = days(Recurrence(lunar=(LunarDay(15),), **year))  # type: ignore[arg-type]
    assert date(2025, 8, 8) in monthly
    assert len(monthly) == 13
    yearly = days(Recurrence(lunar=(LunarDay(15, 6),), **year))  # type: ignore[arg-type]
    assert yearly == [date(2025, 7, 9)]


# ---- days off, against the package `holidays`


def test_every_day_off_of_eleven_years_is_that_of_the_package_holidays_or_is_explained() -> None:
    """The package adds what the yearly notices decide or usually decide, which here is the unit's own file:
    days off in place of weekend ones (nghỉ bù, around Tết too), swapped days, the second day of Quốc khánh.
    """
    ours = Calendar()
    theirs = holidays.country_holidays("VN", years=range(2024, 2035), language="vi")
    only_ours, only_theirs, both = [], {}, 0
    for day in every_day():
        here = any(one.off for one in ours.holidays(day))
        there = day in theirs
        if here and there:
            both += 1
        elif here:
            only_ours.append(day)
        elif there:
            only_theirs[day] = theirs.get(day)
    why: dict[str, list[date]] = {"bridging": [], "swapped": [], "tet": [], "national": []}
    for day, name in only_theirs.items():
        if "thay cho ngày" in name:
            why["swapped"].append(day)
        elif "nghỉ bù" in name:
            why["bridging"].append(day)
        elif (
            "Tết" in name and (moon := lunar(day)) and (moon.month, moon.day) not in ((1, 1), (1, 2), (1, 3))
        ):
            why["tet"].append(day)
        elif name.startswith("Quốc khánh") and (day.month, day.day) in ((9, 1), (9, 3)):
            why["national"].append(day)
        else:
            pytest.fail(f"{day}: {name}")
    assert (only_ours, both) == ([], 119), "of 4,018 days"
    assert len(why["national"]) == 11, "one a year, on 1 or 3 September"
    new_years = [date.fromisoformat(f"{year}-{day}") for year, day in TET.items()]
    assert all(min(abs(day - tet).days for tet in new_years) <= 6 for day in why["tet"])
    assert all(day.weekday() < 5 for reason in ("bridging", "swapped", "tet") for day in why[reason])


@pytest.mark.parametrize("year", range(2024, 2035))
def test_30_april_and_1_may_are_off_whatever_day_they_are(year: int) -> None:
    """A post for 30/4 that keeps to working days goes to the first one after both, weekend included."""
    theirs = holidays.country_holidays("VN", years=year, observed=False)
    eve, day = date(year, 4, 30), date(year, 5, 1)
    assert Calendar().is_off(eve)
    assert Calendar().is_off(day)
    assert eve in theirs
    assert day in theirs
    assert found("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=30", start=date(year, 1, 1), until=date(year, 12, 31)) == [
        eve
    ]
    moved = shifted(eve, "next", Calendar())
    wanted = next(
        d for d in every_day(date(year, 5, 2), date(year, 5, 9)) if months.weekday(*d.timetuple()[:3]) < 5
    )
    assert moved == wanted


# ---- zones


def test_the_time_of_day_is_the_zones_own_over_changes_of_clocks() -> None:
    """As RFC 5545 settles it: what is skipped is read with the offset before, of two the first counts."""
    assert instant(date(2027, 1, 9), time(8), HERE) == datetime(2027, 1, 9, 1, 0, tzinfo=UTC)
    assert instant(date(2026, 3, 28), time(8), BERLIN) == datetime(2026, 3, 28, 7, 0, tzinfo=UTC)
    assert instant(date(2026, 3, 29), time(8), BERLIN) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
    assert instant(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert instant(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_end_given_as_an_instant_is_one() -> None:
    rule = parse_rule("FREQ=DAILY;UNTIL=20270109T010000Z")
    assert rule.until is not None
    assert last_day(rule.until, time(8), HERE) == date(2027, 1, 9)
    assert last_day(rule.until, time(8, 1), HERE) == date(2027, 1, 8)
    assert last_day(date(2027, 1, 9), time(23, 59), HERE) == date(2027, 1, 9)


# ---- what is refused


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("FREQ=SECONDLY", "FREQ=SECONDLY"),
        ("FREQ=MINUTELY", "FREQ=MINUTELY"),
        ("", "FREQ="),
        ("FREQ=DAILY;BYHOUR=8", "BYHOUR=8"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO=20"),
        ("FREQ=YEARLY;BYEASTER=0", "BYEASTER=0"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,32", "BYMONTHDAY=32"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY=1"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH=-1"),
        ("FREQ=WEEKLY;BYDAY=T2", "BYDAY=T2"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY=1MO"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY=6MO"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS=1"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;INTERVAL=99999", "INTERVAL=99999"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"),
        ("FREQ=DAILY;COUNT=-3", "COUNT=-3"),
        ("FREQ=DAILY;UNTIL=2027-12-31", "UNTIL=2027-12-31"),
        ("FREQ=DAILY;UNTIL=20271331", "UNTIL=20271331"),
        ("FREQ=DAILY;WKST=XX", "WKST=XX"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ=WEEKLY"),
    ],
)
def test_a_rule_that_cannot_be_taken_names_its_part(rule: str, part: str) -> None:
    with pytest.raises(RecurrenceError) as error:
        parse_rule(rule)
    assert part in str(error.value)


@given(st.text(max_size=60) | st.text("FREQ=DAILYBYM;,-123456789", max_size=60))
def test_whatever_is_written_as_a_rule_is_a_rule_or_is_refused(text: str) -> None:
    try:
        rule = parse_rule(text)
    except RecurrenceError:
        return
    assert parse_rule(rule.text).text == rule.text


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
     "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1", "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=300"],
)  # fmt: skip
def test_a_rule_without_any_day_is_told_at_once(rule: str) -> None:
    with pytest.raises(RecurrenceError) as error:
        found(rule, start=date(2027, 1, 1), until=None, count=3)
    assert error.value.key == "time.never"


def test_a_series_is_bounded() -> None:
    with pytest.raises(RecurrenceError, match="hơn 120"):
        days(Recurrence(FIRST, "FREQ=DAILY", until=LAST))
    assert len(days(Recurrence(FIRST, "FREQ=DAILY", count=MOST))) == MOST
    with pytest.raises(RecurrenceError):
        days(Recurrence(FIRST, "FREQ=DAILY", count=MOST + 1))
    with pytest.raises(RecurrenceError):
        days(Recurrence(FIRST, "FREQ=DAILY"))
    with pytest.raises(RecurrenceError):
        days(Recurrence(FIRST, "FREQ=YEARLY", until=date(2100, 1, 1)))


def test_an_exception_counts_as_one_of_the_count() -> None:
    """As RFC 5545 has it with EXDATE."""
    told = Recurrence(FIRST, "FREQ=MONTHLY;BYMONTHDAY=9", count=3, excluded=(date(2024, 2, 9),))
    assert days(told) == [date(2024, 1, 9), date(2024, 3, 9)]


# ---- an officer's words


@pytest.mark.parametrize(
    ("every", "on", "rule"),
    [
        ("tháng", "9", "FREQ=MONTHLY;BYMONTHDAY=9"),
        ("Tháng", "1, 15", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
        ("month", "last", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("month", "1 T2", "FREQ=MONTHLY;BYDAY=1MO"),
        ("tháng", "cuối T6", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("quý", "1", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1"),
        ("2 tuần", "T2-T4, CN", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,SU"),
        ("tuần", "Tư", "FREQ=WEEKLY;BYDAY=WE"),
        ("tháng", "1 Tư, cuối Năm", "FREQ=MONTHLY;BYDAY=1WE,-1TH"),
        ("week", "", "FREQ=WEEKLY"),
        ("ngày", "", "FREQ=DAILY"),
        ("3 days", "", "FREQ=DAILY;INTERVAL=3"),
        ("năm", "9/11", "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=9"),
        ("year", "1/3, 1/9", "FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1"),
        ("year", "1/3, 8/3", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1,8"),
    ],
)
def test_an_officers_words_become_a_rule(every: str, on: str, rule: str) -> None:
    assert rule_of(every, on) == rule
    assert parse_rule(rule).text == rule


@pytest.mark.parametrize(
    ("every", "on"),
    [("giờ", ""), ("0 tuần", ""), ("", "9"), ("tháng", "T2"), ("tháng", "9, 1 T2"), ("tháng", "32"),
     ("tuần", "9"), ("năm", "9"), ("năm", "9/13"), ("năm", "9/11, 2/9"), ("ngày", "T2"), ("tháng", "²"),
     ("tuần", "thứ")],
)  # fmt: skip
def test_words_that_make_no_rule_are_refused_with_examples(every: str, on: str) -> None:
    with pytest.raises(RecurrenceError) as error:
        rule_of(every, on)
    assert "--every" in str(error.value) or "--on" in str(error.value)


@pytest.mark.parametrize(
    ("written", "day"),
    [("15", "15"), ("rằm", "15"), ("Ngày rằm", "15"), ("mùng một", "1"), ("mồng 3", "3"), ("15/7", "15/7"),
     ("rằm tháng bảy", None), ("rằm tháng 7", "15/7"), ("mùng 3 tháng giêng", "3/1"), ("cuối/12", "last/12"),
     ("last", "last"), ("31", None), ("0", None), ("15/13", None), ("15/0", None), ("", None)],
)  # fmt: skip
def test_lunar_days_in_words(written: str, day: str | None) -> None:
    if day is None:
        with pytest.raises(RecurrenceError):
            lunar_day(written)
    else:
        assert str(lunar_day(written)) == day
        assert lunar_day(day) == lunar_day(written)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=9", "mỗi tháng, ngày 9"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-1", "mỗi tháng, ngày 1, cuối"),
        ("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=9", "mỗi năm, ngày 9/11"),
        ("FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1", "mỗi năm, ngày 1, trong tháng 3, 9"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "2 tuần một lần, Thứ Ba, Thứ Năm"),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR", "mỗi tháng, Thứ Hai đầu tiên, Thứ Sáu cuối cùng"),
        ("FREQ=MONTHLY;BYDAY=+2TU", "mỗi tháng, Thứ Ba lần thứ 2"),
        ("FREQ=YEARLY;BYMONTHDAY=9", "mỗi tháng, ngày 9"),
        ("FREQ=DAILY;BYMONTHDAY=9;BYMONTH=11", "mỗi năm, ngày 9/11"),
        ("FREQ=MONTHLY;BYMONTHDAY=9;BYMONTH=3,9", "mỗi năm, ngày 9, trong tháng 3, 9"),
        ("FREQ=YEARLY;BYDAY=MO", "mỗi tuần, Thứ Hai"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=MO", "mỗi tuần, Thứ Hai, trong tháng 11"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "mỗi năm, Chủ nhật đầu tiên, trong tháng 11"),
        *(
            (same, same)
            for same in (
                "FREQ=YEARLY;BYMONTH=11;BYDAY=-2SU",
                "FREQ=YEARLY;INTERVAL=2;BYMONTHDAY=9",
                "FREQ=YEARLY;INTERVAL=2;BYDAY=MO",
                "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
                "FREQ=MONTHLY;BYDAY=MO,1TU",
            )
        ),
        ("FREQ=DAILY", "mỗi ngày"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1"),
    ],
)
def test_a_rule_is_said_in_an_officers_words_where_there_are_some(rule: str, words: str) -> None:
    assert in_words(rule) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [(LunarDay(15), "15"), (LunarDay(15, 7), "15/7"), (LunarDay(-1), "cuối tháng"),
     (LunarDay(-1, 12), "cuối tháng 12")],
)  # fmt: skip
def test_a_lunar_day_is_said_in_vietnamese(day: LunarDay, words: str) -> None:
    assert lunar_in_words(day) == words
