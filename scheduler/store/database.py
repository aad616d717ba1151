"""Opening a database and running transactions on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text

from content.errors import LoaError

if TYPE_CHECKING:
    from alembic.config import Config

T = TypeVar("T")
Work = Callable[[Connection], T]

HEAD = "0007"
"""Newest migration; numbered, so that they compare (a test holds this to Alembic's head)."""
BUSY_TIMEOUT_MS = 15_000
_LOOKING = "loa_only_looks"


class Transactions(Protocol):
    """Runs work in a transaction; returns when it is committed."""

    def run(self, work: Work[T]) -> T: ...


class Database:
    """One database, SQLite or PostgreSQL. `run` writes, `read` only looks."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: Engine = create_engine(self.url, hide_parameters=True)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _configure_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @property
    def file(self) -> Path | None:
        """The SQLite file, None on a server."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    def run(self, work: Work[T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for looking: it takes no lock and sees each statement's latest commit."""
        with self.engine.connect().execution_options(**{_LOOKING: True}) as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the schema to this version of Loa; refuses a schema from a newer one.

        Alembic is imported only when there is something to do: it would double the start-up time.
        """
        current = self.revision()
        if current == HEAD:
            return
        if current is not None and current > HEAD:
            raise LoaError("scheduler.schema_too_new", revision=current, known=HEAD)
        from alembic import command

        with self.engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def revision(self) -> str | None:
        """The schema's revision, None for an empty database."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def close(self) -> None:
        self.engine.dispose()


def alembic_config() -> Config:
    """Alembic's settings, made here so that no ini file has to lie about."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _configure_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not guessed by sqlite3
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a power cut must not forget that something was published
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(_LOOKING):
        return
    # IMMEDIATE: a transaction that reads first and writes later must not find itself outrun in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
