"""Triggers that keep one table in step with another, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True)
class Trigger:
    """`event` of a row of `table` (`AFTER INSERT`, …) and the statements that follow it, each with its `;`.

    `changed` names columns: it runs only where one of them is another afterwards. `at_the_end`: on a server
    at the commit (or `SET CONSTRAINTS`), for what touches rows that every transaction touches.
    """

    name: str
    event: str
    table: str
    body: str
    changed: tuple[str, ...] = ()
    at_the_end: bool = False


def make(connection: Connection, trigger: Trigger) -> None:
    server = connection.dialect.name == "postgresql"
    other = "IS DISTINCT FROM" if server else "IS NOT"
    differs = " OR ".join(f"old.{one} {other} new.{one}" for one in trigger.changed)
    when = f"WHEN ({differs})" if differs else ""
    head = f"CREATE TRIGGER {trigger.name} {trigger.event} ON {trigger.table}"
    if not server:
        connection.exec_driver_sql(f"{head} {when} BEGIN {trigger.body} END")
        return
    goes_on = "old" if "DELETE" in trigger.event else "new"
    connection.exec_driver_sql(
        f"CREATE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {trigger.body} RETURN {goes_on}; END $$"
    )
    if trigger.at_the_end:
        head = f"{head.replace('TRIGGER', 'CONSTRAINT TRIGGER', 1)} DEFERRABLE INITIALLY DEFERRED"
    connection.exec_driver_sql(f"{head} FOR EACH ROW {when} EXECUTE FUNCTION {trigger.name}()")


def remove(connection: Connection, trigger: Trigger) -> None:
    """Nothing where there is none."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {trigger.name}() CASCADE")
    else:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger.name}")


def are_there(connection: Connection, triggers: Collection[Trigger]) -> bool:
    """Whether all of them are, by name."""
    known = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if connection.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    return {one.name for one in triggers} <= set(connection.exec_driver_sql(known).scalars())
