"""Times: every form officers write, and the clock changes that make a local time doubtful."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.moment import MomentError, as_utc, parse_moment, show
from content.wording import use_language

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 8, 23, 59, 50, 400, tzinfo=UTC)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-09 07:00",
        "2026-11-09T07:00",
        "2026-11-09 07:00:00",
        "2026/11/9 7:00",
        "09/11/2026 07:00",
        "9/11/2026, 7:00",
        "9-11-2026 7h",
        "09.11.2026 7h00",
        "7h 09/11/2026",
        "07:00 ngày 09/11/2026",
        "7 giờ ngày 9/11/2026",
        "7 gio 00 phut, ngay 9/11/2026",
        "  09/11/2026   lúc 7h  ",
        "7H 09/11/2026",
    ],
)
def test_a_time_without_zone_is_the_units_own_and_that_is_said(written: str) -> None:
    moment, findings = parse_moment(written, HANOI, place="tin.md:3")
    assert moment == at(2026, 11, 9)
    assert moment.tzinfo is UTC
    (hint,) = findings
    assert (hint.rule, hint.severity, hint.place) == ("content.zone_assumed", "hint", "tin.md:3")
    assert "Thứ Hai 09/11/2026 07:00 (Asia/Ho_Chi_Minh, UTC+07:00)" in hint.message


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-09T07:00+07:00", at(2026, 11, 9)),
        ("2026-11-09T00:00Z", at(2026, 11, 9)),
        ("2026-11-09 07:00:05.25 +0700", at(2026, 11, 9, 0, 0, 5, 250_000)),
        ("09/11/2026 07:00 +07", at(2026, 11, 9)),
        ("09/11/2026 07:00 UTC+07:00", at(2026, 11, 9)),
        ("2026-11-08T19:00-05:00", at(2026, 11, 9)),
        ("7h30+07:00 09/11/2026", at(2026, 11, 9, 0, 30)),
    ],
)
def test_a_written_offset_is_obeyed_without_a_remark(written: str, expected: datetime) -> None:
    assert parse_moment(written, NEW_YORK) == (expected, [])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+30s", at(2026, 11, 9, 0, 0, 20)),
        ("+5m", at(2026, 11, 9, 0, 4, 50)),
        ("+2h", at(2026, 11, 9, 1, 59, 50)),
        ("+1h30m", at(2026, 11, 9, 1, 29, 50)),
        ("+1d", at(2026, 11, 9, 23, 59, 50)),
    ],
)
def test_a_wait_counts_from_now_across_midnight(written: str, expected: datetime) -> None:
    assert parse_moment(written, HANOI, now=NOW) == (expected, [])


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-09 00:00", at(2026, 11, 8, 17)),
        ("2026-11-09 23:59", at(2026, 11, 9, 16, 59)),
        ("2026-12-01 06:00", at(2026, 11, 30, 23)),
        ("2027-01-01 00:30", at(2026, 12, 31, 17, 30)),
        ("2028-02-29 00:00", at(2028, 2, 28, 17)),
        ("2028-03-01 01:00", at(2028, 2, 29, 18)),
    ],
)
def test_days_months_and_years_turn_at_the_units_midnight(local: str, expected: datetime) -> None:
    assert parse_moment(local, HANOI)[0] == expected


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("07:00", "time_without_date"),
        ("7h30", "time_without_date"),
        ("09/11/2026", "date_without_time"),
        ("2026-11-09", "date_without_time"),
        ("+5m", "time_relative_here"),
        ("29/02/2027 07:00", "time_impossible"),
        ("31/04/2026 07:00", "time_impossible"),
        ("11/23/2026 07:00", "time_impossible"),
        ("09/11/2026 24:00", "time_impossible"),
        ("09/11/2026 7h75", "time_impossible"),
        ("09/11/1926 07:00", "time_impossible"),
        ("09/11/2206 07:00", "time_impossible"),
        ("2026-11-09T07:00+19:00", "time_impossible"),
        ("2026-11-09T07:00+07:75", "time_impossible"),
        ("09/11/26 07:00", "time_unread"),
        ("sáng mai", "time_unread"),
        ("", "time_unread"),
        ("-5m", "time_unread"),
        ("٠٩/١١/2026 07:00", "time_unread"),
    ],
)
def test_a_time_that_leaves_doubt_is_refused_with_the_way_to_write_it(written: str, rule: str) -> None:
    with pytest.raises(MomentError) as caught:
        parse_moment(written, HANOI, place="due")
    assert caught.value.finding.rule == f"content.{rule}"
    assert "→" in str(caught.value)


@pytest.mark.parametrize("written", ["+999999d", "+99999d"])
def test_a_wait_beyond_the_calendar_is_refused(written: str) -> None:
    with pytest.raises(MomentError, match="Không có thời điểm"):
        parse_moment(written, HANOI, now=NOW)


@pytest.mark.parametrize(
    ("zone", "written", "offsets"),
    [
        (NEW_YORK, "2026-03-08 02:30", "2026-03-08T02:30-05:00, 2026-03-08T02:30-04:00"),
        (BERLIN, "29/03/2026 2h00", "2026-03-29T02:00+01:00, 2026-03-29T02:00+02:00"),
    ],
)
def test_a_local_time_skipped_by_the_clock_asks_for_an_offset(
    zone: ZoneInfo, written: str, offsets: str
) -> None:
    with pytest.raises(MomentError) as caught:
        parse_moment(written, zone)
    assert caught.value.finding.rule == "content.time_skipped"
    assert offsets in caught.value.finding.remedy


@pytest.mark.parametrize(("zone", "written"), [(NEW_YORK, "01/11/2026 01:30"), (BERLIN, "2026-10-25 02:59")])
def test_a_local_time_that_comes_twice_asks_for_an_offset_that_is_then_taken(
    zone: ZoneInfo, written: str
) -> None:
    with pytest.raises(MomentError) as caught:
        parse_moment(written, zone)
    assert caught.value.finding.rule == "content.time_twice"
    offered = str(caught.value.finding.values["offsets"]).split(", ")
    first, second = (parse_moment(choice, zone)[0] for choice in offered)
    assert second - first == timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "written", "expected"),
    [
        (BERLIN, "2026-03-29 01:59", at(2026, 3, 29, 0, 59)),
        (BERLIN, "2026-03-29 03:00", at(2026, 3, 29, 1, 0)),
        (NEW_YORK, "2026-11-01 02:00", at(2026, 11, 1, 7, 0)),
        (NEW_YORK, "2026-11-01 00:59", at(2026, 11, 1, 4, 59)),
    ],
)
def test_the_minutes_beside_a_change_of_clocks_are_plain(
    zone: ZoneInfo, written: str, expected: datetime
) -> None:
    assert parse_moment(written, zone)[0] == expected


def test_what_is_shown_names_weekday_date_and_zone() -> None:
    assert show(at(2026, 11, 9), HANOI) == "Thứ Hai 09/11/2026 07:00 (Asia/Ho_Chi_Minh, UTC+07:00)"
    assert (
        show(at(2026, 11, 8, 17, 0, 9), HANOI) == "Thứ Hai 09/11/2026 00:00:09 (Asia/Ho_Chi_Minh, UTC+07:00)"
    )
    assert show(at(2026, 11, 1, 6), NEW_YORK) == "Chủ nhật 01/11/2026 01:00 (America/New_York, UTC-05:00)"
    use_language("en")
    try:
        assert show(at(2026, 7, 1), BERLIN) == "Wednesday 2026-07-01 02:00 (Europe/Berlin, UTC+02:00)"
    finally:
        use_language("vi")


def test_a_naive_datetime_is_a_bug_and_says_so() -> None:
    naive = datetime(2026, 11, 9)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        show(naive, HANOI)
    with pytest.raises(ValueError, match="naive"):
        as_utc(naive)
    with pytest.raises(ValueError, match="naive"):
        parse_moment("+5m", HANOI, now=naive)


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([HANOI, BERLIN, NEW_YORK]),
)
def test_an_iso_time_with_offset_always_comes_back(moment: datetime, zone: ZoneInfo) -> None:
    assert parse_moment(moment.astimezone(zone).isoformat(), HANOI)[0] == moment


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(written: str) -> None:
    try:
        moment, _ = parse_moment(written, HANOI, now=NOW)
    except MomentError:
        return
    assert moment.tzinfo is UTC
