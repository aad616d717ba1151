"""What every engine does for a post: one POST through Loa's own HTTP layer, and the outcome committed.

A peer that keeps no outcome by itself writes one committed row, as an application would: Loa's figure
includes that. SQLite runs in WAL with `synchronous=FULL`, PostgreSQL with fsync and synchronous_commit on.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any, Protocol

from bench.peers.posts import CONCURRENCY, Task
from connectors.http import Http

TABLE = "CREATE TABLE IF NOT EXISTS outcome (key TEXT NOT NULL, remote TEXT NOT NULL)"
COUNT = "SELECT count(*) FROM outcome"


class Outcomes(Protocol):
    def record(self, key: str, remote: str) -> None: ...


class Nowhere:
    """For engines whose own store keeps what the task returned."""

    def record(self, key: str, remote: str) -> None: ...


class InSqlite:
    """One writing connection behind a lock: faster on SQLite than one for each thread."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=30)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        self._connection.execute(TABLE)
        self._lock = threading.Lock()

    def record(self, key: str, remote: str) -> None:
        with self._lock:
            self._connection.execute("INSERT INTO outcome VALUES (?, ?)", (key, remote))


class InPostgres:
    """A connection for each thread, each row a commit."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._own = threading.local()

    def record(self, key: str, remote: str) -> None:
        import psycopg

        if not hasattr(self._own, "connection"):
            self._own.connection = psycopg.connect(self._dsn, autocommit=True)
        self._own.connection.execute("INSERT INTO outcome VALUES (%s, %s)", (key, remote))


def outcomes(task: Task) -> Outcomes:
    match task.setup["outcome"]:
        case "sqlite":
            return InSqlite(Path(task.folder) / "outcome.db")
        case "postgresql":
            return InPostgres(task.dsn)
        case _:
            return Nowhere()


class Handler:
    """Safe to call from many threads."""

    def __init__(self, task: Task) -> None:
        self._http = Http(proxies={}, pool=2 * CONCURRENCY)
        self._url = f"{task.sink}/posts"
        self._outcomes = outcomes(task)

    def __call__(self, body: dict[str, Any]) -> str:
        answer = self._http.call("POST", self._url, creates=True, json=body)
        assert answer.status == 200, answer.excerpt()
        remote = str(answer.json()["id"])
        self._outcomes.record(body["key"], remote)
        return remote

    def close(self) -> None:
        self._http.close()
