"""Reading how far published deliveries reached. A figure that cannot be read is stored as not available."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, func, insert, not_, or_, select

from connectors.contract import Figure
from content.wording import say
from scheduler import asking, coverage
from scheduler.clock import Clock
from scheduler.counting import SOURCES
from scheduler.lane import Connect
from scheduler.status import Status
from scheduler.store.database import Transactions
from scheduler.store.tables import delivery, reading, view_count

TYPED = "typed:"
"""Begins the `source` of a figure that a person typed in; the officer's name follows."""
Progress = Callable[[str, int, int], None]
Counted = dict[str, list[coverage.Coverage]]
"""What was counted of each channel's days: read once in a round, filled as its deliveries come."""


class Pulled(NamedTuple):
    """How many figures with a value were `stored`, and which deliveries could not be asked (`unread`)."""

    stored: int
    unread: Sequence[str] = ()


def published(connection: Connection) -> Sequence[Row[Any]]:
    """Every published delivery, oldest first."""
    return connection.execute(
        select(delivery).where(delivery.c.status == Status.PUBLISHED).order_by(delivery.c.published_at)
    ).all()


def pull(
    rows: Sequence[Row[Any]],
    transactions: Transactions,
    connect: Connect,
    clock: Clock,
    zone: ZoneInfo,
    progress: Progress = lambda _name, _done, _of: None,
) -> Pulled:
    """Ask every platform about all of them; what cannot be read leaves the others their figures.

    Of one that cannot be asked now nothing is stored: what is known of it stands, and the plan asks again.
    A channel whose login is lost, or that asks for a pause, is asked no further.
    """
    by_channel: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_channel.setdefault(row.channel_id, []).append(row)
    stored, done, unread, counted = 0, 0, list[str](), Counted()
    for channel_id, waiting in by_channel.items():
        at_once, stopped = asking.manner(connect, channel_id).at_once, False
        while waiting:
            batch, waiting = waiting[:at_once], waiting[at_once:]
            told = asking.Asked({}) if stopped else asking.ask(connect, batch)
            if told.alone:
                at_once, waiting = 1, [*batch, *waiting]
                continue
            stopped = stopped or told.stops_channel() is not None
            figures = [(row, read) for row in batch if isinstance(read := told.answers.get(row.seq), list)]
            stored += keep(
                transactions, [(row, read, None) for row, read in figures], clock.now(), zone, counted
            )
            read_now = {row.seq for row, _ in figures}
            for row in batch:
                if row.seq not in read_now:
                    unread.append(str(row.id))
                done += 1
                progress(str(row.id), done, len(rows))
    return Pulled(stored, unread)


def keep(
    transactions: Transactions,
    told: Sequence[tuple[Any, Sequence[Figure], datetime | None]],
    taken_at: datetime,
    zone: ZoneInfo,
    counted: Counted,
) -> int:
    """Commit, all at once, what a platform told of these deliveries (each with the point of the plan that
    asked for it) and what the unit has counted itself; how many figures have a value."""
    if not told:
        return 0

    def work(connection: Connection) -> int:
        known = 0
        for row, figures, planned_at in told:
            if row.channel_id not in counted:
                counted[row.channel_id] = coverage.coverage(connection, row.channel_id, zone)
            days = counted[row.channel_id]
            sums = coverage.sums(connection, view_count.c.delivery_seq == row.seq) if days else {}
            all_of_it = filled(figures, coverage.figures(row, days, sums))
            store(connection, [(row.seq, figure) for figure in all_of_it], taken_at, planned_at)
            known += sum(figure.value is not None for figure in all_of_it)
        return known

    return transactions.run(work)


def store(
    connection: Connection,
    figures: Sequence[tuple[int, Figure]],
    taken_at: datetime,
    planned_at: datetime | None = None,
) -> None:
    """One reading of each figure, each with its delivery; `planned_at` where the plan asked for it."""
    values = [
        {
            "delivery_seq": delivery_seq,
            "metric": figure.metric,
            "value": figure.value,
            "definition": figure.definition,
            "source": figure.source,
            "note": figure.note,
            "counted_to": figure.counted_to.isoformat() if figure.counted_to else None,
            "taken_at": taken_at,
            "planned_at": planned_at,
        }
        for delivery_seq, figure in figures
    ]
    if values:
        connection.execute(insert(reading), values)


def filled(told: Sequence[Figure], counted: Sequence[Figure]) -> list[Figure]:
    """What the platform tells, and what the unit has counted itself where the platform tells nothing."""
    known = {figure.metric for figure in told if figure.value is not None}
    own = [figure for figure in counted if figure.metric not in known]
    hidden = {figure.metric for figure in own}
    return [figure for figure in told if figure.metric not in hidden] + own


@dataclass(frozen=True)
class Told:
    """What the readings of a channel say of the metrics that the unit counts, by delivery and metric."""

    newest: Mapping[tuple[int, str], Figure]
    """The newest that nobody has typed in."""
    platforms: frozenset[tuple[int, str]]
    """Which ones a platform tells itself."""

    def changed(self, delivery_seq: int, figures: Sequence[Figure]) -> list[Figure]:
        """Those that say something else than the newest reading; none where a platform tells the metric.

        Without any figure, what was counted before and is counted no longer becomes "not available".
        """
        if not figures:
            gone = [self.newest.get((delivery_seq, metric)) for metric in coverage.METRICS]
            note = say("counter.note.forgotten")
            figures = [
                Figure(one.metric, None, "", one.source, note)
                for one in gone
                if one and one.value is not None and one.source.startswith(tuple(SOURCES.values()))
            ]
        return [
            figure
            for figure in figures
            if (delivery_seq, figure.metric) not in self.platforms
            and _said(self.newest.get((delivery_seq, figure.metric))) != _said(figure)
        ]


def _said(figure: Figure | None) -> tuple[object, ...]:
    """Without the source: it names the days that were counted, and another day alone is no news."""
    return (figure.value, figure.definition, figure.note) if figure else ()


def told(connection: Connection, channel_id: str) -> Told:
    typed = reading.c.source.startswith(TYPED)
    own = or_(*(reading.c.source.startswith(begin) for begin in SOURCES.values()))
    mine = and_(delivery.c.channel_id == channel_id, reading.c.metric.in_(coverage.METRICS), not_(typed))
    which = (reading.c.delivery_seq, reading.c.metric)
    place = func.row_number().over(
        partition_by=which, order_by=(reading.c.taken_at.desc(), reading.c.id.desc())
    )
    with_delivery = reading.join(delivery, delivery.c.seq == reading.c.delivery_seq)
    placed = select(reading, place.label("place")).select_from(with_delivery).where(mine).subquery()
    newest = {
        (row.delivery_seq, row.metric): Figure(row.metric, row.value, row.definition, row.source, row.note)
        for row in connection.execute(select(placed).where(placed.c.place == 1))
    }
    theirs = select(*which).select_from(with_delivery).where(mine, not_(own), reading.c.value.is_not(None))
    return Told(newest, frozenset((row[0], row[1]) for row in connection.execute(theirs.distinct())))
