"""A database as its bare driver has it: every row of every table with its types, past all code of Loa's."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

Rows = dict[str, Counter[tuple[Any, ...]]]
"""By table, in the order of the columns' names; each value with the name of its type before it."""

MADE_ANEW = (
    "alembic_version",
    "delivery_search",
    "delivery_tally",
    "sqlite_",
    "note",
    "machine",
    "media_part",
)
"""How names begin of what is not carried over: where it stands, the index, the counts, SQLite's own."""


def of_file(file: Path, *, as_stored: bool = False) -> Rows:
    """`as_stored`: with the types that SQLite stores; else with those that are meant by the columns."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return dict(_of_file(connection, as_stored))


def _of_file(
    connection: sqlite3.Connection, as_stored: bool
) -> Iterator[tuple[str, Counter[tuple[Any, ...]]]]:
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table.startswith(MADE_ANEW):
            continue
        declared = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
        columns = sorted(declared)
        meant = [_MEANT.get(declared[name], _typed) if not as_stored else _typed for name in columns]
        found = connection.execute(f"SELECT {', '.join(columns)} FROM {table}")
        yield table, Counter(_rows(found, meant))


def of_server(address: str) -> Rows:
    with psycopg.connect(address) as connection:
        return dict(_of_server(connection))


def _of_server(connection: psycopg.Connection) -> Iterator[tuple[str, Counter[tuple[Any, ...]]]]:
    columns: dict[str, list[str]] = {}
    told = "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
    told += " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    for table, column in connection.execute(told):
        columns.setdefault(table, []).append(column)
    for table, names in columns.items():
        if table.startswith(MADE_ANEW):
            continue
        listed = sql.SQL(", ").join(map(sql.Identifier, sorted(names)))
        found = connection.execute(sql.SQL("SELECT {} FROM {}").format(listed, sql.Identifier(table)))
        yield table, Counter(_rows(found, [_typed] * len(names)))


def shape_of_file(file: Path) -> dict[str, str]:
    """The statement that made each table, index, view and trigger."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return dict(connection.execute("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master"))


def differing(before: Rows, after: Rows) -> list[str]:
    """A line for each row that only one of the two has; nothing where they are equal."""
    lines = [f"table {name}: only in one" for name in sorted(before.keys() ^ after.keys())]
    for name in sorted(before.keys() & after.keys()):
        lines += [f"{name}: gone {row}" for row in (before[name] - after[name]).elements()]
        lines += [f"{name}: new {row}" for row in (after[name] - before[name]).elements()]
    return lines


def _rows(
    found: Iterable[tuple[Any, ...]], meant: list[Callable[[Any], tuple[str, Any]]]
) -> Iterator[tuple[Any, ...]]:
    for row in found:
        yield tuple(mean(value) for mean, value in zip(meant, row, strict=True))


def _typed(value: Any) -> tuple[str, Any]:
    if isinstance(value, datetime):
        return ("time", value.astimezone(UTC).isoformat())
    return (type(value).__name__, value)


def _time(value: Any) -> tuple[str, Any]:
    """Text in UTC without a zone: raises ValueError for anything else."""
    return _typed(value if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC))


def _yes_or_no(value: Any) -> tuple[str, Any]:
    assert value in (None, 0, 1), value
    return _typed(value if value is None else bool(value))


_MEANT: dict[str, Callable[[Any], tuple[str, Any]]] = {"DATETIME": _time, "BOOLEAN": _yes_or_no}
