"""How many deliveries there are by day and status, kept by the database itself.

Counting a million rows at every commit would keep a core busy, and a place in the middle of the queue is
found by counting what is before it. So triggers keep a row for every day (UTC, of the due time) and status,
in the transaction that changes a delivery: no code can forget it.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from scheduler.store import triggers
from scheduler.store.tables import delivery, delivery_tally
from scheduler.store.triggers import Trigger

NO_DAY = ""
"""The day of deliveries that have no time yet; before every other."""

_DAYS = {
    "sqlite": "coalesce(substr({row}.due_at, 1, 10), '')",
    "postgresql": "coalesce(to_char({row}.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), '')",
}


def triggers_of(dialect: str) -> list[Trigger]:
    def count(row: str, by: int) -> str:
        day = _DAYS[dialect].format(row=row)
        return (
            f"INSERT INTO delivery_tally (day, status, number) VALUES ({day}, {row}.status, {by})"
            f" ON CONFLICT (day, status) DO UPDATE SET number = delivery_tally.number + {by};"
        )

    other = ("status", "due_at")
    return [
        Trigger("tally_new", "AFTER INSERT", "delivery", count("new", 1)),
        Trigger("tally_gone", "AFTER DELETE", "delivery", count("old", -1)),
        Trigger(
            "tally_changed",
            "AFTER UPDATE OF status, due_at",
            "delivery",
            count("old", -1) + count("new", 1),
            other,
        ),
    ]


def install(connection: Connection) -> None:
    """Make the triggers and count anew. To be called by every migration that makes `delivery` anew."""
    remove(connection)
    dialect = connection.dialect.name
    for trigger in triggers_of(dialect):
        triggers.make(connection, trigger)
    connection.exec_driver_sql("DELETE FROM delivery_tally")
    connection.exec_driver_sql(
        f"INSERT INTO delivery_tally (day, status, number)"
        f" SELECT {_DAYS[dialect].format(row='delivery')}, status, count(*) FROM delivery GROUP BY 1, 2"
    )


def remove(connection: Connection) -> None:
    for trigger in triggers_of(connection.dialect.name):
        triggers.remove(connection, trigger)


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
    return counts(connection) == real and triggers.are_there(connection, triggers_of(connection.dialect.name))
