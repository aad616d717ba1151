"""A year of an office on the practice platforms; its reports recounted from what the platforms hold and said.

`make test-year N=1000` is the full size (half an hour); LOA_YEAR_TABLE=bench/year.md writes the figures down.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, update

from loa.reports import forms, writing
from loa.services import report_periods, reporting
from loa.services.report_facts import Facts
from loa.services.report_periods import Period
from scheduler.store.tables import attempt, audit_event, delivery, reading
from tests.support.year import compare, script
from tests.support.year.compare import Checked, Expected
from tests.support.year.life import Town, live, opened
from tests.support.year.recount import Recount, campaign_days

pytestmark = pytest.mark.slow

POSTS = int(os.environ.get("LOA_YEAR_POSTS", "40"))
TABLE = os.environ.get("LOA_YEAR_TABLE", "")
FORMATS: dict[str, Callable[[bytes, Expected, Checked, str], None]] = {
    ".json": compare.raw,
    ".csv": compare.text,
    ".xlsx": compare.xlsx,
    ".html": compare.html,
    ".docx": compare.docx,
}
SPRING, SUMMER, YEAR = report_periods.named("6-thang-dau-2026"), report_periods.named("quy-3-2026"), 2026
WHOLE = report_periods.named(str(YEAR))
BEFORE = {
    SPRING: (date(2025, 7, 1), date(2025, 12, 31)),
    SUMMER: (date(2026, 4, 1), date(2026, 6, 30)),
    WHOLE: (date(2025, 1, 1), date(2025, 12, 31)),
}


@dataclass
class Told:
    """What the year came to, for people to read."""

    rows: list[str] = field(default_factory=list)
    numbers: int = 0
    wrong: list[str] = field(default_factory=list)


def look(
    town: Town, pieces: list[script.Piece], told: Told, kind: str, period: Period | None, campaign: str = ""
) -> None:
    """Make one report in every format, now, and recount each file."""
    workspace = town.office.workspace
    begin = time.perf_counter()
    recount = Recount(town, pieces)
    if period is None:
        period = reporting.whole_campaign(workspace, campaign)
        assert (period.first, period.last) == campaign_days(recount, campaign)
        length = period.last - period.first
        days = period.before
        assert days.last - days.first == length
        before = (days.first, days.last)
    else:
        before = BEFORE[period]
    expected = Expected(
        recount, recount.count(period.first, period.last, before=before, campaign=campaign), names(town)
    )
    recounted_s = time.perf_counter() - begin
    begin = time.perf_counter()
    facts = reporting.facts(workspace, kind, period, campaign)
    counted_s = time.perf_counter() - begin
    made = []
    for ending, compared in FORMATS.items():
        begin = time.perf_counter()
        target = town.office.folder / f"{kind}-{period.first}-{town.clock.now():%m%d}{ending}"
        target.unlink(missing_ok=True)
        writing.write(workspace, facts, target, period.last)
        made.append((ending, time.perf_counter() - begin, target.stat().st_size))
        checked = Checked()
        compared(target.read_bytes(), expected, checked, f"{kind} {period.label} {ending}")
        told.numbers += checked.numbers
        told.wrong += checked.wrong or []
    told.numbers += 4
    told.wrong += form_differs(town, facts, expected)
    cells = " | ".join(f"{seconds:.1f} s, {size / 1024:,.0f} KiB" for _, seconds, size in made)
    told.rows.append(
        f"| {kind}, {period.label} (at {town.clock.now():%Y-%m-%d}) | {facts.deliveries:,} "
        f"| {len(facts.readings):,} | {counted_s:.1f} s | {cells} | {recounted_s:.1f} s |"
    )


def unnoticed(town: Town, pieces: list[script.Piece], metric: str) -> list[str]:
    """The lies that the recount does not notice: the newest figure of `metric` was wrong by one."""

    def newest(connection: Connection) -> int:
        told = (
            select(reading.c.id)
            .join(delivery, delivery.c.seq == reading.c.delivery_seq)
            .where(reading.c.metric == metric, reading.c.value > 0, reading.c.source.startswith("youtube"))
            .where(reading.c.taken_at < WHOLE.until(script.ZONE), delivery.c.due_at >= at("2026-01-02"))
            .order_by(reading.c.taken_at.desc())
            .limit(1)
        )
        found: int = connection.execute(told).scalar_one()
        return found

    def lie(connection: Connection, row: int, by: int) -> None:
        connection.execute(update(reading).where(reading.c.id == row).values(value=reading.c.value + by))

    database, told = town.office.workspace.database, Told()
    row = database.run(newest)
    database.run(lambda connection: lie(connection, row, 1))
    look(town, pieces, told, "periodic", WHOLE)
    database.run(lambda connection: lie(connection, row, -1))
    return [metric] if len(told.wrong) < len(FORMATS) else []


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=script.ZONE)


def form_differs(town: Town, facts: Facts, expected: Expected) -> list[str]:
    """The form of the half-year report: its formulas over the same facts."""
    form = forms.get(town.office.folder, "so-lieu-ky")
    found = {row.name: row.value for row in forms.fill(form, facts)}
    out, pieces = expected.count.out, expected.recount.pieces
    plan = expected.plan[-1]
    wanted = {
        "Số tài liệu đăng tải trên Internet": len({post for post, _ in out}),
        "Trong đó: video": len({post for post, _ in out if pieces[post].film}),
        "Số lượt đăng trên các kênh": len(out),
        "Lượt đăng trên mạng xã hội": sum(channel in ("fanpage", "youtube", "zalo") for _, channel in out),
        "Lượt đăng trên cổng, trang thông tin điện tử": sum(
            channel in ("website", "cong") for _, channel in out
        ),
        "Tỷ lệ thực hiện kế hoạch": plan[2] * 100 / plan[1],
    }
    return [
        f"form, {name}: {found[name]} is not {value}"
        for name, value in wanted.items()
        if found[name] != value
    ]


def names(town: Town) -> dict[str, str]:
    return {place.channel: place.name for place in town.hall.places()} | {"website": "website"}


def test_every_number_of_every_report_of_a_year_is_what_the_platforms_hold_and_said(tmp_path: Path) -> None:
    pieces, told = script.drawn(POSTS), Told()
    begin = time.perf_counter()
    with opened(tmp_path / "xa", pieces) as town:

        def finish() -> None:
            look(town, pieces, told, "periodic", WHOLE)
            look(town, pieces, told, "engagement", SUMMER)
            for campaign in script.CAMPAIGNS:
                look(town, pieces, told, "campaign", None, campaign)

        looks = {
            at("2026-07-06"): lambda: look(town, pieces, told, "periodic", SPRING),
            at("2026-10-05"): lambda: look(
                town, pieces, told, "engagement", WHOLE
            ),  # not over: compared in part
            at("2027-01-06"): finish,
        }
        live(town, pieces, at("2027-01-06"), looks)
        lived_s = time.perf_counter() - begin
        figures = written(town, told, lived_s)
        blind = [name for metric in ("views", "analytics_views") for name in unnoticed(town, pieces, metric)]
    print(f"\n{figures}")  # noqa: T201 the figures of the issue
    if TABLE:
        Path(TABLE).write_text(figures, "utf-8")
    some = "\n".join(told.wrong[:20])
    assert not told.wrong, f"{len(told.wrong)} of {told.numbers} numbers differ:\n{some}"
    assert told.numbers > POSTS * 100
    assert not blind, f"a figure in the database was changed by one, and no file differed: {blind}"


def written(town: Town, told: Told, lived_s: float) -> str:
    workspace = town.office.workspace
    with workspace.database.read() as connection:
        readings, missing, deliveries, steps, events = (
            connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()
            for table, where in (
                (reading, reading.c.id > 0),
                (reading, reading.c.value.is_(None)),
                (delivery, delivery.c.seq > 0),
                (attempt, attempt.c.id > 0),
                (audit_event, audit_event.c.id > 0),
            )
        )
    size = sum(file.stat().st_size for file in town.office.folder.glob("loa.db*"))
    by_status = select(delivery.c.status, func.count()).group_by(delivery.c.status)
    with workspace.database.read() as connection:
        statuses = {row[0]: row[1] for row in connection.execute(by_status)}
    states = ", ".join(
        f"{count:,} {name}" for name, count in sorted(statuses.items(), key=lambda one: -one[1])
    )
    head = " | ".join(("report", "deliveries", "figures", "counted", *FORMATS, "recounted"))
    return "\n".join(
        [
            "# A year of simulated life",
            "",
            f"`make test-year N={POSTS} LOA_YEAR_TABLE=bench/year.md`: Python "
            f"{platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs. One run beside other "
            "work on the machine; the office and the platforms that it calls over HTTP share one process.",
            "",
            f"{POSTS:,} posts of 2026 (and {len(town.asked) - POSTS:,} of December 2025), each on four of "
            f"five channels: {deliveries:,} deliveries ({states}; "
            f"{len(town.vanished):,} deleted on the platform behind Loa's back). A week without publisher, "
            f"{len(town.rounds):,} rounds of reading, {town.witness.calls:,} HTTP calls answered by "
            f"Facebook, YouTube, Zalo and WordPress as practised; all lived in {lived_s / 60:.1f} min.",
            "",
            f"- readings stored: {readings:,}, of them {missing:,} “not available”",
            f"- attempts: {steps:,}; audit events: {events:,}",
            f"- database: {size / 1024 / 1024:.1f} MiB",
            f"- numbers in the report files that were recounted from the platforms' own state and answers: "
            f"{told.numbers:,}; differing: {len(told.wrong)}",
            "",
            f"| {head} |",
            f"|{'---|' * 10}",
            *told.rows,
            "",
        ]
    )
