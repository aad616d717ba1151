"""How many deliveries there are by day and status, kept by the database itself.

Counting a million rows at every commit would keep a core busy, and a place in the middle of the queue is
found by counting what is before it. So triggers keep a row for every day (UTC, of the due time) and status,
in the transaction that changes a delivery: no code can forget it.

Those rows are few and everybody's. On a server, where several workers write side by side, they are counted at
the end of the transaction: touched at once, one worker's whole transaction would wait for another's.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, inspect, select

from scheduler.store import triggers
from scheduler.store.tables import delivery, delivery_tally
from scheduler.store.triggers import Trigger

NO_DAY = ""
"""The day of deliveries that have no time yet; before every other."""

_DAYS = {
    "sqlite": "coalesce(substr({row}.due_at, 1, 10), '')",
    "postgresql": "coalesce(to_char({row}.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), '')",
}


def triggers_of(dialect: str, *, units: bool = True) -> list[Trigger]:
    """`units` False: of the migrations before 0017, whose rows are no unit's."""
    unit, whose = ("unit, ", "{row}.unit, ") if units else ("", "")

    def count(row: str, by: int) -> str:
        day = _DAYS[dialect].format(row=row)
        return (
            f"INSERT INTO delivery_tally ({unit}day, status, number)"
            f" VALUES ({whose.format(row=row)}{day}, {row}.status, {by})"
            f" ON CONFLICT ({unit}day, status) DO UPDATE SET number = delivery_tally.number + {by};"
        )

    other = ("status", "due_at")
    return [
        Trigger("tally_new", "AFTER INSERT", "delivery", count("new", 1), at_the_end=True),
        Trigger("tally_gone", "AFTER DELETE", "delivery", count("old", -1), at_the_end=True),
        Trigger(
            "tally_changed",
            "AFTER UPDATE OF status, due_at",
            "delivery",
            count("old", -1) + count("new", 1),
            other,
            at_the_end=True,
        ),
    ]


def install(connection: Connection) -> None:
    """Make the triggers and count anew. To be called by every migration that makes `delivery` anew."""
    remove(connection)
    dialect = connection.dialect.name
    columns = {column["name"] for column in inspect(connection).get_columns("delivery_tally")}
    for trigger in triggers_of(dialect, units="unit" in columns):
        triggers.make(connection, trigger)
    unit = "unit, " if "unit" in columns else ""
    connection.exec_driver_sql("DELETE FROM delivery_tally")
    connection.exec_driver_sql(
        f"INSERT INTO delivery_tally ({unit}day, status, number) SELECT {unit}"
        f"{_DAYS[dialect].format(row='delivery')} AS day, status, count(*)"
        f" FROM delivery GROUP BY {unit}{_DAYS[dialect].format(row='delivery')}, status"
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
