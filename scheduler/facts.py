"""What the lines of a witness file say, as a table: the newest value of each fact, and how far was read.

The same in memory and in a file (`scheduler.witness_index`). The lines are the truth, this is only quicker to
ask: facts and the place up to which they were read change in one transaction, so that whoever is killed
leaves a table that is behind, never one that says something else.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from scheduler.travelled import MARKS, Fact, Travelled, allowed

FORMAT = 1
"""Another number: the table is made anew from the lines."""
PIECE_BYTES = 1024 * 1024
TAIL_BYTES = 4096
"""So much before the place that was read up to must be there unchanged."""
VOID, AGAIN = "void", "again"
_STOPS = ("freeze", "blackout")
_TABLES = """
CREATE TABLE fact (kind TEXT, name TEXT, value TEXT, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE waiting (position INTEGER PRIMARY KEY, kind TEXT, name TEXT, value TEXT);
CREATE TABLE place (inode TEXT, offset INTEGER, tail TEXT, machine TEXT, n INTEGER, mac TEXT);
INSERT INTO place VALUES ('', 0, '', '', 0, '');
"""
_BY_VALUE = "CREATE INDEX IF NOT EXISTS given ON fact (value) WHERE kind = 'given'"
_LEARN = """INSERT INTO fact VALUES (?, ?, ?) ON CONFLICT (kind, name)
DO UPDATE SET value = excluded.value WHERE fact.kind != 'approval' OR fact.value != 'void'"""
# the first WHERE is there because ON would else be taken for a join's
_SORTED = """INSERT INTO fact SELECT * FROM unsorted WHERE true ORDER BY kind, name, rowid ON CONFLICT
(kind, name) DO UPDATE SET value = excluded.value WHERE fact.kind != 'approval' OR fact.value != 'void'"""
_WAIT = "INSERT INTO waiting (kind, name, value) VALUES (?, ?, ?)"
_WAITING = "SELECT kind, name, value FROM waiting ORDER BY position"
_OLDEST = "DELETE FROM waiting WHERE position IN (SELECT position FROM waiting ORDER BY position LIMIT ?)"


class OtherFile(Exception):
    """The table does not belong to the file as it is now."""


class Facts:
    """The table on a connection of its own (autocommit); the caller lets one thread in at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def empty(cls, connection: sqlite3.Connection) -> Facts:
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        return cls(connection)

    def must_be_ours(self) -> None:
        """Raises OtherFile for a table of another version of Loa."""
        if self._connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            raise OtherFile

    # ---- asking

    def look(self, kind: str, name: str) -> str:
        """Empty for what was never said."""
        found = self._connection.execute(
            "SELECT value FROM fact WHERE kind = ? AND name = ?", (kind, name)
        ).fetchone()
        return found[0] if found else ""

    def all(self, kind: str) -> dict[str, str]:
        return dict(self._connection.execute("SELECT name, value FROM fact WHERE kind = ?", (kind,)))

    def given_to(self, delivery_id: str) -> list[str]:
        """Names of the approvals that were ever given to a delivery."""
        # the kind is written out: else the index of part of the table would not be taken
        told = "SELECT name FROM fact WHERE kind = 'given' AND value = ? ORDER BY name"
        return [name for (name,) in self._connection.execute(told, (delivery_id,))]

    def everything(self) -> dict[str, dict[str, str]]:
        told: dict[str, dict[str, str]] = {}
        for kind, name, value in self._connection.execute("SELECT kind, name, value FROM fact"):
            told.setdefault(kind, {})[name] = value
        return told

    def travelled(self, *, waiting: bool = True) -> Travelled:
        machine, n, mac = self._connection.execute("SELECT machine, n, mac FROM place").fetchone()
        facts: list[Fact] = list(self._connection.execute(_WAITING)) if waiting and machine else []
        return Travelled(machine, n, mac, facts)

    # ---- reading on

    def read_on(self, path: Path, *, many: bool = False) -> tuple[int, int]:
        """Learn the whole lines that were added; returns the file's inode and size, as they were then.

        `many`: put in order before they are taken in, which a tree larger than the memory needs.
        Raises OtherFile, having changed nothing, when what was read before is not in this file; OSError;
        sqlite3.Error.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            with path.open("rb") as file:
                seen = self._read_on(file, _Sorter if many else _Learner)
            self._connection.execute("COMMIT")
            return seen
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _read_on(self, file: BinaryIO, way: type[_Learner]) -> tuple[int, int]:
        inode, offset, tail = self._connection.execute("SELECT inode, offset, tail FROM place").fetchone()
        status = os.fstat(file.fileno())  # after the place was read: the file is never behind it
        size = status.st_size
        if offset and (str(status.st_ino) != inode or size < offset or _tail(file, offset) != tail):
            raise OtherFile
        begun, rest, learner = offset, b"", way(self, self._connection)
        file.seek(offset)
        while offset + len(rest) < size:
            fresh = file.read(min(PIECE_BYTES, size - offset - len(rest)))
            if not fresh:
                break
            rest += fresh
            whole = rest[: rest.rfind(b"\n") + 1]  # the rest is being written, or was never finished
            learner.learn(whole)
            offset, rest = offset + len(whole), rest[len(whole) :]
        learner.end()
        if offset > begun:
            place = (str(status.st_ino), offset, _tail(file, offset))
            self._connection.execute("UPDATE place SET inode = ?, offset = ?, tail = ?", place)
        return status.st_ino, size

    def index_by_value(self) -> None:
        """Last of all: sorted at once it is quicker than fact by fact."""
        self._connection.execute(_BY_VALUE)

    def close(self) -> None:
        self._connection.close()


class _Learner:
    """Takes lines in, in their order, within a transaction."""

    def __init__(self, facts: Facts, connection: sqlite3.Connection) -> None:
        self._facts = facts
        self._connection = connection
        self._follows = bool(facts.travelled(waiting=False).machine)
        self._travelled: Travelled | None = None
        self._plain: list[Fact] = []

    def learn(self, lines: bytes) -> None:
        for line in lines.splitlines():
            try:
                told = json.loads(line)
                if told[0] in MARKS:
                    self._flush()
                    self._learn_of_others(told)
                    continue
                kind, name, value = told
                fact = (str(kind), str(name), str(value))
                "".join(fact).encode()  # no machine writes half a letter
            except (ValueError, TypeError, IndexError, KeyError, RecursionError):
                continue  # cut short by a crash, before what it speaks of was committed
            self._plain.append(fact)
        self._flush()

    def end(self) -> None:
        """All lines have been learnt."""

    def _flush(self) -> None:
        own, self._plain = self._plain, []
        if own:
            self._learn(own)
            if self._follows:
                self._connection.executemany(_WAIT, own)
                if self._travelled is not None:
                    self._travelled.waiting += own

    def _learn(self, facts: list[Fact]) -> None:
        self._connection.executemany(_LEARN, _as_known(facts))

    def _learn_of_others(self, told: list[Any]) -> None:
        """What has travelled, in the order of all machines' notes; what has not yet comes after it."""
        if self._travelled is None:
            self._travelled = self._facts.travelled()
        known = self._travelled
        waited = len(known.waiting)
        facts, begins = known.learn(told)
        self._follows = bool(known.machine)
        self._connection.execute(_OLDEST, (waited - len(known.waiting),))
        place = (known.machine, known.n, known.mac)
        self._connection.execute("UPDATE place SET machine = ?, n = ?, mac = ?", place)
        if begins:  # whom to believe stands in the trust file, which came along
            self._connection.execute("DELETE FROM fact WHERE kind = 'trust'")
        for fact, signed in facts:
            if signed or allowed(fact, self._standing(fact)):
                self._learn([fact])
        if facts:
            self._learn(known.waiting)

    def _standing(self, fact: Fact) -> dict[str, dict[str, str]]:
        kind, name, _ = fact
        return {kind: {name: self._facts.look(kind, name)}} if kind in _STOPS else {}


class _Sorter(_Learner):
    """Keeps plain facts back until a line speaks of others', or the end."""

    def __init__(self, facts: Facts, connection: sqlite3.Connection) -> None:
        super().__init__(facts, connection)
        self._kept = self._at_once = False
        connection.execute("CREATE TEMP TABLE unsorted (kind TEXT, name TEXT, value TEXT)")

    def _learn(self, facts: list[Fact]) -> None:
        if self._at_once:
            super()._learn(facts)
            return
        self._connection.executemany("INSERT INTO unsorted VALUES (?, ?, ?)", _as_known(facts))
        self._kept = True

    def _learn_of_others(self, told: list[Any]) -> None:
        self._sort()
        self._at_once = True  # what may be said depends on what was said before
        super()._learn_of_others(told)
        self._at_once = False

    def _sort(self) -> None:
        """Of one name in the order in which they were said."""
        if self._kept:
            self._connection.execute(_SORTED)
            self._connection.execute("DELETE FROM unsorted")
        self._kept = False

    def end(self) -> None:
        self._sort()
        self._connection.execute("DROP TABLE unsorted")


def _as_known(facts: list[Fact]) -> Iterator[Fact]:
    for kind, name, value in facts:
        yield kind, name, "" if kind == "approval" and value == AGAIN else value


def _tail(file: BinaryIO, offset: int) -> str:
    begin = max(0, offset - TAIL_BYTES)
    file.seek(begin)
    return hashlib.sha256(file.read(offset - begin)).hexdigest()
