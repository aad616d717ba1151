"""Reading how far published deliveries reached. A figure that cannot be read is stored as not available."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select

from connectors.contract import Figure, Measures, Published
from connectors.errors import ConnectorError
from content.wording import say
from scheduler.clock import Clock
from scheduler.lane import Connect
from scheduler.status import Status
from scheduler.store.database import Transactions
from scheduler.store.tables import delivery, reading

log = logging.getLogger("loa.reach")
Progress = Callable[[str, int, int], None]


def published(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Every published delivery, oldest first."""
    return connection.execute(
        select(delivery).where(delivery.c.status == Status.PUBLISHED).order_by(delivery.c.published_at)
    ).all()


def pull(
    rows: Sequence[Row[tuple[object, ...]]],
    transactions: Transactions,
    connect: Connect,
    clock: Clock,
    progress: Progress = lambda _name, _done, _of: None,
) -> int:
    """Ask every platform once per delivery; one that fails leaves the others their figures.

    Returns how many figures with a value were stored.
    """
    stored = 0
    for done, row in enumerate(rows, start=1):
        figures = _figures(connect, row)
        taken_at = clock.now()
        transactions.run(lambda c, r=row, f=figures, t=taken_at: _store(c, r, f, t))  # type: ignore[misc]
        stored += sum(figure.value is not None for figure in figures)
        progress(str(row.id), done, len(rows))
    return stored


def _figures(connect: Connect, row: Row[tuple[object, ...]]) -> list[Figure]:
    if not row.remote_id:  # settled by hand with an address only: there is nothing to ask by
        return [Figure("views", None, "", "", say("scheduler.no_remote_id"))]
    try:
        connector = connect(row.channel_id)
        if isinstance(connector, Measures):
            return connector.measure(Published(row.remote_id, row.url, row.published_at))
        return [Figure("views", None, "", "", say("scheduler.no_counter"))]
    except ConnectorError as error:
        log.warning("%s: reach was not read: %s", row.id, error)
        return [Figure("reach", None, "", "", str(error))]
    except Exception as error:  # one that cannot be read leaves the others their figures
        log.exception("%s: reach was not read", row.id)
        return [Figure("reach", None, "", "", f"loa:fault: {type(error).__name__}")]


def _store(
    connection: Connection, row: Row[tuple[object, ...]], figures: list[Figure], taken_at: datetime
) -> None:
    values = [
        {
            "delivery_seq": row.seq,
            "metric": figure.metric,
            "value": figure.value,
            "definition": figure.definition,
            "source": figure.source,
            "note": figure.note,
            "taken_at": taken_at,
        }
        for figure in figures
    ]
    if values:
        connection.execute(insert(reading), values)
