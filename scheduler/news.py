"""Whether another connection has committed something: how a change is seen across processes."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from scheduler.store.postgres import LINE, TOPIC

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from scheduler.store.database import Database


class News(Protocol):
    """Asked several times a second, so a look costs next to nothing."""

    def came(self) -> bool:
        """Whether somebody committed since last asked; raises the driver's error when nobody can tell."""
        ...

    def close(self) -> None: ...


def of(database: Database) -> News:
    file = database.file
    return FileNews(file) if file else ServerNews(database)


class FileNews:
    """Commits to one SQLite file by `PRAGMA data_version`, which reads no table (some 20 µs)."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, check_same_thread=False)
        self._seen = self._version()

    def came(self) -> bool:
        version, before = self._version(), self._seen
        self._seen = version
        return version != before

    def close(self) -> None:
        self._connection.close()

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class ServerNews:
    """Commits to a PostgreSQL database, which every writer notifies of (`scheduler.store.postgres`).

    A connection that was lost is made anew; what was committed meanwhile nobody can tell, so that is news.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: psycopg.Connection | None = None
        self._listen()

    def came(self) -> bool:
        import psycopg

        try:
            if self._connection is None:
                self._listen()
                return True
            return any(True for _ in self._connection.notifies(timeout=0))
        except psycopg.OperationalError:
            self.close()
            return True  # whoever looks now is told by the database itself what is wrong with it

    def close(self) -> None:
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
            self._connection = None

    def _listen(self) -> None:
        import psycopg

        address = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(address, autocommit=True, **LINE, application_name="loa-news")
        self._connection.execute(f"LISTEN {TOPIC}")
