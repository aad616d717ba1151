"""Every column and every row of every table, changed by a hand in the database (from the schema itself).

All of it takes minutes and is slow; a sample of what matters most runs every time.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scheduler.status import Status
from scheduler.store.tables import SQLModel
from tests.tampering.columns import COPIES_HARMLESS, HARMLESS, ROWS_HARMLESS
from tests.tampering.scene import HOSTILE, Scene, database_of

TABLES = list(SQLModel.metadata.sorted_tables)
COLUMNS = [f"{table.name}.{column.name}" for table in TABLES for column in table.columns]

SHIFT = 1_000_000
ALL = bool(os.environ.get("LOA_TAMPER_ALL"))
"""Every hostile value of harmless columns too, which takes several minutes."""

TABLE = os.environ.get("LOA_TAMPER_TABLE", "")
"""A file for the table of all attacks, what came of them, and who reports each."""


SAMPLE = frozenset(
    {
        "delivery",
        "delivery.handle",
        "delivery.marker",
        "delivery.payload",
        "delivery.remote_id",
        "approval.signature",
        "approval.voided_at",
        "waiver",
        "waiver.signature",
        "blackout.scopes",
        "channel.account",
        "post.source",
        "heartbeat",
    }
)


def swept(names: Iterable[str]) -> list[Any]:
    """As parameters of a test: what is not in the sample is slow."""
    return [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.slow) for name in names]


def table_of(column: str) -> str:
    return column.partition(".")[0]


@dataclass(frozen=True)
class Tamper:
    """One hostile change: what it is called, and what it does to the open database."""

    name: str
    change: Callable[[sqlite3.Connection], None]

    def __call__(self, folder: Path) -> None:
        refused = suppress(sqlite3.IntegrityError)  # by the schema itself
        with closing(sqlite3.connect(database_of(folder))) as raw, refused:
            self.change(raw)
            raw.commit()


@dataclass(frozen=True)
class Several:
    """Many changes at once."""

    name: str
    tampers: Sequence[Tamper]

    def __call__(self, folder: Path) -> None:
        for tamper in self.tampers:
            tamper(folder)


def tampers(table: str, column: str, kind: str) -> Iterator[Tamper]:
    """Plausible and hostile values for all rows at once."""
    where = f'"{table}"."{column}"'

    def assign(value: str) -> Callable[[sqlite3.Connection], None]:
        return lambda raw: raw.execute(f'UPDATE "{table}" SET "{column}" = {value}') and None

    yield Tamper(f"{where}: each row has the next one's", lambda raw: rotate(raw, table, column))
    yield Tamper(f"{where}: NULL", assign("NULL"))
    if where == '"delivery"."status"':
        for status in Status:  # and awake, else the machine would not come to it
            value = f"'{status}', wake_at = '2026-11-08 23:45:00'"
            yield Tamper(f"{where}: all {status}", assign(value))
    elif "DATE" in kind:
        for name, by in (("two hours earlier", "-2 hours"), ("ninety days later", "+90 days")):
            yield Tamper(
                f"{where}: {name}", assign(f"strftime('%Y-%m-%d %H:%M:%f000', \"{column}\", '{by}')")
            )
        yield Tamper(f"{where}: no time at all", assign("'chiều nay'"))
    elif "INT" in kind or "BOOL" in kind:
        yield Tamper(f"{where}: the other way round", assign(f'NOT "{column}"'))
        yield Tamper(f"{where}: larger", assign(f'"{column}" + 7'))
    else:
        yield Tamper(f"{where}: more text", assign(f"\"{column}\" || ' {HOSTILE}'"))
        yield Tamper(f"{where}: empty", assign("''"))
        yield Tamper(f"{where}: other words", assign(f"replace(\"{column}\", 'Nội dung', '{HOSTILE}')"))


def rotate(raw: sqlite3.Connection, table: str, column: str) -> None:
    """Every row gets the value of the next one; with two rows they are swapped."""
    rows = raw.execute(f'SELECT rowid, "{column}" FROM "{table}" ORDER BY rowid').fetchall()
    following = [value for _, value in rows[1:] + rows[:1]]
    about = next(info for info in raw.execute(f'PRAGMA table_info("{table}")') if info[1] == column)
    shift = 0
    if about[5] and "INT" in about[2]:  # it is the rowid itself: all out of the way first
        shift = SHIFT
        raw.execute(f'UPDATE "{table}" SET "{column}" = "{column}" + {shift}')
    elif "CHAR" in about[2] or "TEXT" in about[2]:
        raw.execute(f'UPDATE "{table}" SET "{column}" = "{column}" || rowid')
    for (rowid, _), value in zip(rows, following, strict=True):
        raw.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (value, rowid + shift))


def row_tampers(table: str) -> Iterator[Tamper]:
    """All rows gone, the newest gone, every row a second time."""
    yield Tamper(f"{table}: every row deleted", lambda raw: raw.execute(f'DELETE FROM "{table}"') and None)
    last = f'DELETE FROM "{table}" WHERE rowid = (SELECT max(rowid) FROM "{table}")'
    yield Tamper(f"{table}: newest row deleted", lambda raw: raw.execute(last) and None)
    yield Tamper(f"{table}: every row twice", lambda raw: double(raw, table))


def double(raw: sqlite3.Connection, table: str) -> None:
    """A copy of each row under another key; uniqueness is taken out of the way as an attacker would."""
    raw.execute(f'CREATE TABLE copy AS SELECT * FROM "{table}"')
    for _, name, kind, _, _, key in raw.execute(f'PRAGMA table_info("{table}")').fetchall():
        if key or name in ("marker", "id"):
            other = f'"{name}" + {SHIFT}' if "INT" in kind else f"\"{name}\" || '2'"
            raw.execute(f'UPDATE copy SET "{name}" = {other}')
    if table == "delivery":  # UNIQUE (post_id, channel_id): on the other Page, on the other post
        raw.execute("UPDATE copy SET channel_id = replace(channel_id, 'fanpage', 'fanpage2')")
        raw.execute("DELETE FROM copy WHERE channel_id NOT LIKE 'fanpage2' OR channel_id = 'fanpage22'")
        raw.execute(
            "INSERT INTO approval (delivery_seq, seal, officer, role, at, expires_at, signature, void_reason)"
            f" SELECT delivery_seq + {SHIFT}, seal, officer, role, at, expires_at, signature, void_reason"
            " FROM approval"
        )
    raw.execute(f'INSERT INTO "{table}" SELECT * FROM copy')
    raw.execute("DROP TABLE copy")


def check(scene: Scene, tamper: Tamper | Several, *, harmless: bool) -> str:
    """What is wrong with what came of it; empty when the promises were kept."""
    calm, after = scene.calm(), scene.after(tamper)
    wrong = scene.wrong(after.public)
    note(tamper.name, wrong, sorted(after.reports - calm.reports))
    if wrong:
        return f"{tamper.name}\n    PUBLIC: " + "; ".join(wrong)
    reported = after.reports - calm.reports
    lost = len(after.public) < len(calm.public)
    if not reported and lost:
        return f"{tamper.name}\n    something did not come out, and nobody is told"
    if not reported and not harmless and changes(scene, tamper):
        return f"{tamper.name}\n    nobody is told, and the column is not written down as harmless"
    return ""


def note(name: str, wrong: list[str], reported: list[tuple[str, str]]) -> None:
    """One line of the table: what was changed, what came of it, who reports it."""
    if TABLE:
        who = ", ".join(dict.fromkeys(f"{by}: {what}" for by, what in reported)) or "nobody"
        with Path(TABLE).open("a", encoding="utf-8") as file:
            file.write(f"{name}\t{'; '.join(wrong) or 'nothing wrong is public'}\t{who}\n")


def changes(scene: Scene, tamper: Tamper | Several) -> bool:
    """Whether it changes the database at all: NULL over NULL, or what the schema refuses, does not."""
    with scene.attacked() as office:
        file = database_of(office.folder)
        office.workspace.close()
        before = dump(file)
        tamper(office.folder)
        return dump(file) != before


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as raw:
        return list(raw.iterdump())


def of_column(column: str) -> list[Tamper]:
    table, _, name = column.partition(".")
    kind = str(SQLModel.metadata.tables[table].columns[name].type.compile()).upper()
    return list(tampers(table, name, kind))


@pytest.mark.parametrize("column", swept(name for name in COLUMNS if name not in HARMLESS))
def test_a_changed_column_publishes_nothing_unapproved_and_is_reported(scene: Scene, column: str):
    found = [check(scene, tamper, harmless=False) for tamper in of_column(column)]
    assert list(filter(None, found)) == []


@pytest.mark.parametrize(
    "column", swept(n for n in COLUMNS if n in HARMLESS and table_of(n) not in ROWS_HARMLESS)
)
def test_a_harmless_column_is_harmless(scene: Scene, column: str):
    found = [
        check(scene, tamper, harmless=True)
        for tamper in (of_column(column) if ALL else of_column(column)[::2])
    ]
    assert list(filter(None, found)) == []


@pytest.mark.parametrize("table", swept(ROWS_HARMLESS))
def test_the_columns_of_a_harmless_table_are_harmless_all_together(scene: Scene, table: str):
    columns = [of_column(name) for name in COLUMNS if table_of(name) == table]
    found = []
    for number in range(max(map(len, columns))):
        some = [tampers[number] for tampers in columns if number < len(tampers)]
        found.append(check(scene, Several(f"{table}: {number}", some), harmless=True))
    assert list(filter(None, found)) == []


@pytest.mark.parametrize("table", swept(table.name for table in TABLES))
def test_rows_that_go_or_come_publish_nothing_unapproved_and_are_reported(scene: Scene, table: str):
    gone, newest, twice = row_tampers(table)
    found = [check(scene, tamper, harmless=table in ROWS_HARMLESS) for tamper in (gone, newest)]
    found.append(check(scene, twice, harmless=table in {*ROWS_HARMLESS, *COPIES_HARMLESS}))
    assert list(filter(None, found)) == []


def test_every_harmless_column_and_everything_in_the_sample_exists():
    assert HARMLESS.keys() <= set(COLUMNS)
    assert {*COLUMNS, *(table.name for table in TABLES)} >= SAMPLE
