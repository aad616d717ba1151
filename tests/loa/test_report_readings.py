"""A report is made when its period is over: what came in afterwards counts where it is of the period."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from loa.reports import tables
from loa.services import counter, report_periods, reporting
from loa.services.report_facts import Facts
from scheduler.store.tables import delivery, reading
from tests.loa.conftest import Loa
from tests.support.access_log import HOST, MOT, get, line
from tests.support.office import Office
from tests.support.reached import out, read

NOVEMBER = report_periods.named("thang-11-2026")
FIRST_OF_DECEMBER = datetime(2026, 12, 1, 1, tzinfo=UTC)


def november(desk: Office) -> Facts:
    return reporting.facts(desk.workspace, "periodic", NOVEMBER)


def test_readers_of_the_period_count_whenever_its_log_is_imported(desk: Office, tmp_path: Path) -> None:
    out(desk, "mot", 1, "website")
    address = update(delivery).values(url=HOST + MOT)
    desk.workspace.database.run(lambda c: c.execute(address))
    desk.clock.instant = datetime(2026, 12, 3, 1, tzinfo=UTC)
    days = [f"{day:02d}/Nov/2026" for day in range(9, 31)] + ["01/Dec/2026", "02/Dec/2026"]
    lines = [line(f"198.51.100.{n}", f"0{n}:00:00", get(MOT), day=day) for day in days for n in range(3)]
    (tmp_path / "access.log").write_text("\n".join(lines) + "\n", "utf-8")
    counter.import_logs(desk.workspace, "website", [tmp_path / "access.log"])
    desk.clock.forward(hours=1)
    told = november(desk)
    views = told.of("website", "views")
    assert views is not None
    assert (views.total, views.known) == (22 * 3, 1), "December is not November"
    assert views.sources == ("access log 2026-11-09/2026-11-30",)
    assert (told.read_late, told.unread, told.unavailable) == (0, 0, 0)
    december = reporting.facts(desk.workspace, "periodic", report_periods.named("quy-4-2026"))
    assert [one.total for one in december.summaries if one.metric == "views"] == [24 * 3]


def test_a_log_that_begins_after_the_period_says_nothing_of_it(desk: Office, tmp_path: Path) -> None:
    out(desk, "mot", 1, "website")
    desk.workspace.database.run(lambda c: c.execute(update(delivery).values(url=HOST + MOT)))
    desk.clock.instant = datetime(2026, 12, 3, 1, tzinfo=UTC)
    (tmp_path / "access.log").write_text(line("198.51.100.1", "08:00:00", get(MOT), day="02/Dec/2026") + "\n")
    counter.import_logs(desk.workspace, "website", [tmp_path / "access.log"])
    desk.clock.forward(hours=1)
    told = november(desk)
    assert {one.value for one in told.readings} == {None}, "not counted is not 0"
    assert told.unavailable == 1


def test_a_platforms_first_reading_after_the_period_stands_in_for_a_missing_one(desk: Office) -> None:
    out(desk, "mot", 1, "fanpage")
    desk.clock.instant = FIRST_OF_DECEMBER
    read(desk, "mot@fanpage", "views", 70)
    desk.clock.forward(days=3)
    read(desk, "mot@fanpage", "views", 90)
    [one] = november(desk).readings
    assert (one.value, one.taken_at) == (70, datetime(2026, 12, 1, 0, tzinfo=UTC)), "the first, with its time"
    assert november(desk).read_late == 1


def test_a_reading_of_the_period_is_not_replaced_by_a_later_one(desk: Office) -> None:
    out(desk, "mot", 1, "fanpage")
    read(desk, "mot@fanpage", "views", 40)
    desk.clock.instant = FIRST_OF_DECEMBER
    read(desk, "mot@fanpage", "views", 70)
    told = november(desk)
    assert ([one.value for one in told.readings], told.read_late) == ([40], 0)


@pytest.mark.parametrize("newer", ["typed", "log"])
def test_of_a_typed_and_a_counted_figure_the_newer_is_told(desk: Office, tmp_path: Path, newer: str) -> None:
    out(desk, "mot", 1, "website")
    desk.workspace.database.run(lambda c: c.execute(update(delivery).values(url=HOST + MOT)))
    desk.clock.forward(hours=30)
    (tmp_path / "access.log").write_text(line("198.51.100.1", "08:00:00", get(MOT)) + "\n")
    counter.import_logs(desk.workspace, "website", [tmp_path / "access.log"])
    taken = datetime(2026, 11, 29 if newer == "typed" else 9, 2, tzinfo=UTC)
    with desk.workspace.database.read() as connection:
        seq = connection.execute(select(delivery.c.seq)).scalar_one()
    row = {"metric": "views", "value": 500, "definition": "", "source": "typed:soan", "note": ""}
    typed = insert(reading).values(delivery_seq=seq, taken_at=taken, **row)
    desk.workspace.database.run(lambda c: c.execute(typed))
    desk.clock.instant = FIRST_OF_DECEMBER
    [views] = [one for one in november(desk).readings if one.metric == "views"]
    assert views.value == (500 if newer == "typed" else 1)


def test_reading_now_is_advised_only_where_it_can_help(desk: Office, at_desk: Loa) -> None:
    out(desk, "mot", 1, "fanpage")
    desk.clock.instant = FIRST_OF_DECEMBER
    assert "loa reach pull" in at_desk("report", "periodic", "--period", "thang-11-2026").err
    desk.workspace.database.run(lambda c: c.execute(update(delivery).values(status="removed")))
    told = at_desk("report", "periodic", "--period", "thang-11-2026").err
    assert "chưa ai đọc số liệu" in told
    assert "loa reach pull" not in told


def analytics(desk: Office, value: int, counted_to: str) -> None:
    """A reading of now that is of the days up to `counted_to`."""
    with desk.workspace.database.read() as connection:
        seq = connection.execute(select(delivery.c.seq)).scalar_one()
    row = {"metric": "analytics_views", "value": value, "definition": "views", "source": "yt", "note": ""}
    row |= {"delivery_seq": seq, "taken_at": desk.clock.now(), "counted_to": counted_to}
    desk.workspace.database.run(lambda c: c.execute(insert(reading).values(**row)))


def test_a_figure_that_the_platform_tells_late_is_provisional_until_it_is_of_the_whole_period(
    desk: Office, at_desk: Loa
) -> None:
    out(desk, "mot", 1, "fanpage")
    desk.clock.instant = datetime(2026, 11, 29, 1, tzinfo=UTC)
    analytics(desk, 100, "2026-11-25")
    desk.clock.instant = datetime(2026, 12, 2, 1, tzinfo=UTC)
    told = november(desk)
    views = told.of("fanpage", "analytics_views")
    assert views is not None
    assert (views.total, views.counted_to) == (100, date(2026, 11, 25))
    zone = desk.workspace.config.zone
    assert "Số tạm tính: nền tảng mới tính đến hết ngày 25/11/2026." in tables.sentence(told, views)
    assert "1/1, tạm tính đến hết 25/11/2026" in tables.names()["so-lieu"](told, zone).rows[0]
    assert "yt, tính đến hết 25/11/2026" in tables.names()["tung-bai"](told, zone).rows[0]

    analytics(desk, 130, "2026-11-28")  # read in December, of days of November
    assert november(desk).of("fanpage", "analytics_views").total == 130  # type: ignore[union-attr]
    desk.clock.instant = datetime(2026, 12, 4, 12, tzinfo=UTC)
    analytics(desk, 150, "2026-11-30")
    desk.clock.forward(days=5)
    analytics(desk, 190, "2026-12-05")
    told = november(desk)
    views = told.of("fanpage", "analytics_views")
    assert views is not None
    assert (views.total, views.counted_to, told.read_late) == (150, None, 0), "December is not November"
    assert "tạm tính" not in tables.sentence(told, views)
    with desk.workspace.database.read() as connection:
        assert len(connection.execute(select(reading)).all()) == 4, "nothing that was read is rewritten"


def test_a_late_figure_of_days_after_the_period_stands_in_only_where_there_is_none(desk: Office) -> None:
    out(desk, "mot", 1, "fanpage")
    desk.clock.instant = datetime(2026, 12, 9, 1, tzinfo=UTC)
    analytics(desk, 190, "2026-12-05")
    told = november(desk)
    assert ([one.value for one in told.readings], told.read_late) == ([190], 1)


def test_a_damaged_day_of_a_figure_takes_no_report_along(desk: Office) -> None:
    out(desk, "mot", 1, "fanpage")
    analytics(desk, 190, "")
    assert [one.value for one in november(desk).readings] == [190]
    analytics(desk, 191, "hôm qua")
    desk.clock.forward(days=40)
    assert november(desk).readings[0].value in (190, 191)


def test_a_metric_that_its_platform_gives_up_keeps_what_was_read_of_it_with_its_time(desk: Office) -> None:
    out(desk, "mot", 8, "fanpage")
    read(desk, "mot@fanpage", "views", 70, 90)
    desk.clock.forward(days=10)
    read(desk, "mot@fanpage", "views", None)
    [one] = november(desk).readings
    assert (one.value, one.taken_at) == (90, datetime(2026, 11, 8, 22, tzinfo=UTC))
