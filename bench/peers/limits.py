"""What this machine's disk and servers can do at best: committed rows a second, without any engine."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

SECONDS = 1.0
CONNECTIONS = 16
TOGETHER = 500
ROW = ("bai-0001@xa1", "1" * 40)


def measure(dsn: str, seconds: float = SECONDS) -> dict[str, float]:
    """Rows or blocks a second by name; PostgreSQL's only where there is a server."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as name:
        folder = Path(name)
        found = {
            "fdatasync of 4 KiB": _rate(_synced(folder / "block"), seconds),
            "SQLite WAL FULL, a row a commit": _rate(_sqlite(folder / "one.db", 1), seconds),
            "SQLite WAL FULL, 500 rows a commit": TOGETHER
            * _rate(_sqlite(folder / "500.db", TOGETHER), seconds),
        }
    if dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            one = _rate(lambda: _insert(connection), seconds)
        found["PostgreSQL, a row a commit, 1 connection"] = one
        found[f"PostgreSQL, a row a commit, {CONNECTIONS} connections"] = _many(dsn, seconds)
    return {what: round(per_s) for what, per_s in found.items()}


def _rate(work: Callable[[], object], seconds: float) -> float:
    began, times = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        work()
        times += 1
    return times / (time.perf_counter() - began)


def _synced(file: Path) -> Callable[[], None]:
    block, open_file = os.urandom(4096), os.open(file, os.O_RDWR | os.O_CREAT)

    def work() -> None:
        os.pwrite(open_file, block, 0)
        os.fdatasync(open_file)

    return work


def _sqlite(file: Path, rows: int) -> Callable[[], None]:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("CREATE TABLE outcome (key TEXT NOT NULL, remote TEXT NOT NULL)")

    def work() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO outcome VALUES (?, ?)", [ROW] * rows)
        connection.execute("COMMIT")

    return work


def _insert(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO outcome VALUES (%s, %s)", ROW)


def _many(dsn: str, seconds: float) -> float:
    def one(_number: int) -> float:
        with psycopg.connect(dsn, autocommit=True) as connection:
            return _rate(lambda: _insert(connection), seconds)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(one, range(CONNECTIONS)))
