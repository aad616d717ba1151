"""Reading how far published deliveries reached. A figure that cannot be read is stored as not available."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select

from connectors.contract import Figure, Measures, Published
from connectors.errors import ConnectorError, Refused
from content.wording import say
from scheduler import counting
from scheduler.clock import Clock
from scheduler.lane import Connect
from scheduler.status import Status
from scheduler.store.database import Transactions
from scheduler.store.tables import delivery, reading

TYPED = "typed:"
"""Begins the `source` of a figure that a person typed in; the officer's name follows."""
log = logging.getLogger("loa.reach")
Progress = Callable[[str, int, int], None]


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
) -> int:
    """Ask every platform once per delivery; one that fails leaves the others their figures.

    Returns how many figures with a value were stored.
    """
    stored = 0
    for done, row in enumerate(rows, start=1):
        try:
            figures = asked(connect, row)
        except ConnectorError as error:
            log.warning("%s: reach was not read: %s", row.id, error)
            figures = [Figure("reach", None, "", "", str(error))]
        stored += keep(transactions, row, figures, clock.now(), zone)
        progress(str(row.id), done, len(rows))
    return stored


def asked(connect: Connect, row: Row[Any]) -> list[Figure]:
    """What the platform tells of one delivery.

    Raises the connector's errors but Refused: where it is not to be had, that is the answer.
    """
    if not row.remote_id:  # settled by hand with an address only: there is nothing to ask by
        return [Figure("views", None, "", "", say("scheduler.no_remote_id"))]
    try:
        connector = connect(row.channel_id)
        if isinstance(connector, Measures):
            return connector.measure(Published(row.remote_id, row.url, row.published_at))
        return [Figure("views", None, "", "", say("scheduler.no_counter"))]
    except Refused as error:
        log.warning("%s: reach was not read: %s", row.id, error)
        return [Figure("reach", None, "", "", str(error))]
    except ConnectorError:
        raise
    except Exception as error:  # one that cannot be read leaves the others their figures
        log.exception("%s: reach was not read", row.id)
        return [Figure("reach", None, "", "", f"loa:fault: {type(error).__name__}")]


def keep(
    transactions: Transactions,
    row: Row[Any],
    told: Sequence[Figure],
    taken_at: datetime,
    zone: ZoneInfo,
    planned_at: datetime | None = None,
) -> int:
    """Commit what a platform told, and what the unit has counted itself; how many figures have a value."""

    def work(connection: Connection) -> int:
        counted = counting.figures(connection, row, zone, counting.coverage(connection, row.channel_id))
        figures = filled(told, counted)
        store(connection, row.seq, figures, taken_at, planned_at)
        return sum(figure.value is not None for figure in figures)

    return transactions.run(work)


def store(
    connection: Connection,
    delivery_seq: int,
    figures: Sequence[Figure],
    taken_at: datetime,
    planned_at: datetime | None = None,
) -> None:
    """One reading of each figure; `planned_at` where the plan asked for it."""
    values = [
        {
            "delivery_seq": delivery_seq,
            "metric": figure.metric,
            "value": figure.value,
            "definition": figure.definition,
            "source": figure.source,
            "note": figure.note,
            "taken_at": taken_at,
            "planned_at": planned_at,
        }
        for figure in figures
    ]
    if values:
        connection.execute(insert(reading), values)


def filled(told: Sequence[Figure], counted: Sequence[Figure]) -> list[Figure]:
    """What the platform tells, and what the unit has counted itself where the platform tells nothing."""
    known = {figure.metric for figure in told if figure.value is not None}
    own = [figure for figure in counted if figure.metric not in known]
    hidden = {figure.metric for figure in own}
    return [figure for figure in told if figure.metric not in hidden] + own


def changed(
    connection: Connection, delivery_seq: int, figures: Sequence[Figure], counted: tuple[str, ...]
) -> list[Figure]:
    """Those that tell something else than the newest reading of their metric and kind of source.

    None where a platform tells that metric: `counted` is how the sources of the unit's own counts begin.
    """
    rows = connection.execute(
        select(reading)
        .where(reading.c.delivery_seq == delivery_seq)
        .order_by(reading.c.taken_at, reading.c.id)
    )
    told, platforms = dict[tuple[str, str], tuple[int | None, str, str]](), set[str]()
    for row in rows:
        told[row.metric, _kind(row.source)] = (row.value, row.definition, row.note)
        if row.value is not None and not row.source.startswith((TYPED, *counted)):
            platforms.add(row.metric)
    return [
        figure
        for figure in figures
        if figure.metric not in platforms
        and told.get((figure.metric, _kind(figure.source))) != (figure.value, figure.definition, figure.note)
    ]


def _kind(source: str) -> str:
    """Without what follows a space: versions, days."""
    return source.partition(" ")[0]
