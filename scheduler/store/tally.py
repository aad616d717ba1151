"""How many deliveries there are by day and status, kept by the database itself.

Counting a million rows at every commit would keep a core busy, and a place in the middle of the queue is
found by counting what is before it. So triggers keep a row for every day (UTC, of the due time) and status,
in the transaction that changes a delivery: no code can forget it. SQLite's; a server's come with issue 8.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from scheduler.store.tables import delivery, delivery_tally

NO_DAY = ""
"""The day of deliveries that have no time yet; before every other."""

_DAY = "coalesce(substr({row}.due_at, 1, 10), '')"


def _count(row: str, by: int) -> str:
    day = _DAY.format(row=row)
    return (
        f"INSERT INTO delivery_tally (day, status, number) VALUES ({day}, {row}.status, {by})"
        f" ON CONFLICT (day, status) DO UPDATE SET number = number + {by};"
    )


_OTHER = f"old.status IS NOT new.status OR {_DAY.format(row='old')} IS NOT {_DAY.format(row='new')}"

TRIGGERS = {
    "tally_new": f"AFTER INSERT ON delivery BEGIN {_count('new', 1)} END",
    "tally_gone": f"AFTER DELETE ON delivery BEGIN {_count('old', -1)} END",
    "tally_changed": (
        f"AFTER UPDATE OF status, due_at ON delivery WHEN {_OTHER}"
        f" BEGIN {_count('old', -1)} {_count('new', 1)} END"
    ),
}


def install(connection: Connection) -> None:
    """Make the triggers and count anew. To be called by every migration that makes `delivery` anew."""
    remove(connection)
    for name, body in TRIGGERS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {body}")
    connection.exec_driver_sql("DELETE FROM delivery_tally")
    connection.exec_driver_sql(
        f"INSERT INTO delivery_tally (day, status, number)"
        f" SELECT {_DAY.format(row='delivery')} AS day, status, count(*) FROM delivery GROUP BY day, status"
    )


def remove(connection: Connection) -> None:
    for name in TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def counts(connection: Connection) -> dict[str, int]:
    """Deliveries by status; a status without any is left out."""
    number = func.sum(delivery_tally.c.number)
    query = select(delivery_tally.c.status, number).group_by(delivery_tally.c.status).having(number > 0)
    return {status: int(count) for status, count in connection.execute(query)}


def days(connection: Connection, statuses: Collection[str] = ()) -> list[tuple[str, int]]:
    """Days (`YYYY-MM-DD`, or NO_DAY) in order with the deliveries of these statuses, none for all."""
    number = func.sum(delivery_tally.c.number)
    query = select(delivery_tally.c.day, number).group_by(delivery_tally.c.day).order_by(delivery_tally.c.day)
    if statuses:
        query = query.where(delivery_tally.c.status.in_(statuses))
    return [(day, int(count)) for day, count in connection.execute(query.having(number > 0))]


def is_right(connection: Connection) -> bool:
    """Whether the triggers are there and counted what a count of all rows finds."""
    counted = select(delivery.c.status, func.count()).group_by(delivery.c.status)
    real = {status: int(number) for status, number in connection.execute(counted)}
    there = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
    return counts(connection) == real and set(TRIGGERS) <= set(there)
