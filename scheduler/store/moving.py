"""All rows of one database into another, SQLite or PostgreSQL, compared row by row before they count."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, CursorResult, Integer, String, Table, exists, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from content.errors import RefusedByRule
from scheduler.store import search, tally
from scheduler.store.database import LEFT, Database
from scheduler.store.row_security import OWNERS
from scheduler.store.tables import METADATA, delivery_tally, machine, media_part, note
from scheduler.store.units import is_kept_apart

AT_ONCE = 1_000
Progress = Callable[[str, int], None]
"""Told the name of a table and how many of its rows are there."""

_COUNTED = frozenset({delivery_tally.name})
"""Kept by triggers: counted anew, not copied."""
_OF_A_SERVER = frozenset({note.name, machine.name, media_part.name})
"""What machines share on one server: each has it in its folder, and brings it to the next server itself."""


def tables() -> list[Table]:
    """What is moved, each after what it refers to."""
    return [table for table in METADATA.sorted_tables if table.name not in _COUNTED | _OF_A_SERVER]


def is_empty(database: Database) -> bool:
    """Whether no row of Loa's is in it (a schema may be)."""
    if database.revision() is None:
        return True
    with database.read() as connection:
        kept = [table for table in METADATA.sorted_tables if table.name not in _COUNTED]
        return not any(connection.execute(select(exists(table.select()))).scalar() for table in kept)


def move(
    source: Database,
    target: Database,
    progress: Progress = lambda _table, _rows: None,
    then: Callable[[Connection], None] = lambda _new: None,
    settle: Callable[[], None] = lambda: None,
) -> int:
    """Copy every row into an empty database; returns how many. Nobody else writes to either meanwhile.

    All of it, and what is to be done `then`, is one transaction of the target's, committed when each row read
    back is the row that was read: killed before that, the target is as empty as it was. Raises RefusedByRule
    naming table and row otherwise. `settle` says where the truth is from now on, while the source still keeps
    everybody waiting; then it is left for good: what was written there later would be lost, and a publisher
    that still knew it would send everything a second time.
    """
    target.migrate()

    def fill(old: Connection, new: Connection) -> int:
        moved = _bring(old, new, progress)
        then(new)
        return moved

    def work(old: Connection) -> int:
        moved = target.run(lambda new: fill(old, new))
        settle()
        old.execute(text("UPDATE alembic_version SET version_num = :left"), {"left": LEFT})
        return moved

    return source.run(work)


def snapshot(source: Database, target: Database) -> int:
    """The rows of one instant in an empty database, as `move` does it; nobody who writes waits for it."""
    target.migrate()
    with source.instant() as old:
        return target.run(lambda new: _bring(old, new, lambda _table, _rows: None))


def _bring(old: Connection, new: Connection, progress: Progress) -> int:
    tally.remove(new)
    search.remove(new)
    # At a unit's connection: what it sees.
    seen = [table for table in tables() if not (is_kept_apart(old) and table.name in OWNERS)]
    moved = sum(_copy(table, old, new, progress) for table in seen)
    for table in seen:
        _compare(table, old, new)
    tally.install(new)
    search.install(new)  # and with it who sees which rows
    return moved


def _copy(table: Table, old: Connection, new: Connection, progress: Progress) -> int:
    done = 0
    with _in_order(table, old) as found:
        for rows in found.mappings().partitions():
            try:
                new.execute(insert(table), [dict(row) for row in rows])
            except (
                DBAPIError
            ) as error:  # a value that only SQLite takes: it does not look at the column's type
                first = ", ".join(str(rows[0][column.name]) for column in table.primary_key)
                raise RefusedByRule(
                    "store.row_refused", table=table.name, first=first, rows=len(rows), why=error.orig
                ) from None
            done += len(rows)
            progress(table.name, done)
    if new.dialect.name == "postgresql" and done:
        _count_on(table, new)
    return done


def _compare(table: Table, old: Connection, new: Connection) -> None:
    with _in_order(table, old) as before, _in_order(table, new) as after:
        for one, other in zip_longest(before.mappings(), after.mappings()):
            if one != other:
                known = one or other
                key = ", ".join(str(known[column.name]) for column in table.primary_key)
                raise RefusedByRule("store.row_differs", table=table.name, key=key)


def _in_order(table: Table, connection: Connection) -> CursorResult[Any]:
    """All rows, some at a time, in an order that both databases have: text by its bytes, as SQLite has it."""
    server = connection.dialect.name == "postgresql"
    order = [
        column.collate("C") if server and isinstance(column.type, String) else column
        for column in table.primary_key
    ]
    return connection.execute(select(table).order_by(*order), execution_options={"yield_per": AT_ONCE})


def _count_on(table: Table, new: Connection) -> None:
    """The next number a server gives is one that no row bears."""
    keys = list(table.primary_key)
    if len(keys) != 1 or not isinstance(keys[0].type, Integer):
        return
    sequence = text("SELECT pg_get_serial_sequence(:table, :column)")
    name = new.execute(sequence, {"table": table.name, "column": keys[0].name}).scalar()
    if name:
        last = new.execute(select(func.max(keys[0]))).scalar()
        new.execute(text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": name, "last": last})
