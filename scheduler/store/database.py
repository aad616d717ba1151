"""Opening a database and running transactions on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from content.errors import LoaError, RefusedByRule
from scheduler.store import evicting, postgres

if TYPE_CHECKING:
    from alembic.config import Config

T = TypeVar("T")
Work = Callable[[Connection], T]

HEAD = "0018"
"""Newest migration; numbered, so that they compare (a test holds this to Alembic's head)."""
BUSY_TIMEOUT_MS = 15_000
HURRIED_TIMEOUT_MS = 2_000
"""For a publisher that is being ended: long enough for anybody who is just writing."""
LEFT = "moved"
"""The revision of a database whose rows went to another (`loa db move`): nobody writes to it any more."""
_LOOKING = next(iter(postgres.LOOKING))
_BESIDE = "loa_beside_others"
_PATIENCE = "loa_patience_ms"
_MAGIC = b"SQLite format 3\x00"
_REVISION = text("SELECT version_num FROM alembic_version")


class Transactions(Protocol):
    """Runs work in a transaction; returns when it is committed."""

    def run(self, work: Work[T]) -> T: ...


class Shared(Protocol):
    """What a transaction that writes tells other machines, and hears of them (`scheduler.notes`)."""

    def before(self, connection: Connection) -> None: ...
    def after(self, connection: Connection) -> None: ...
    def has_more(self) -> bool: ...


class Database:
    """One database, SQLite or PostgreSQL. `run` writes, `read` only looks."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine: Engine = create_engine(self.url, hide_parameters=True)
            event.listen(self.engine, "connect", _configure_sqlite)
        else:
            self.engine = postgres.engine(self.url)
        event.listen(self.engine, "begin", self._begin)
        self.patience_ms = BUSY_TIMEOUT_MS
        """How long a transaction waits for others that write."""
        self.shared: Shared | None = None
        """Where several machines may work on it; None for a file."""

    @property
    def file(self) -> Path | None:
        """The SQLite file, None on a server."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @property
    def place(self) -> str:
        """Where it is, as a person may read it: without a password."""
        return str(self.file or postgres.address_of(self.url))

    def _begin(self, connection: Connection) -> None:
        if connection.get_execution_options().get(_LOOKING):
            return
        if not self.is_sqlite:
            beside = bool(connection.get_execution_options().get(_BESIDE))
            postgres.begin(connection, self.patience_ms, beside=beside)
            return
        if connection.info.get(_PATIENCE, BUSY_TIMEOUT_MS) != self.patience_ms:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={self.patience_ms}")
            connection.info[_PATIENCE] = self.patience_ms  # the pool hands this connection out again
        # IMMEDIATE: a transaction that reads first and writes later must not find itself outrun in between.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def run(self, work: Work[T], *, beside: bool = False) -> T:
        """Raises LoaError where the rows have moved away, also for whoever was waiting for that;
        RefusedByRule for what a server keeps from the session's unit.

        `beside`: others that say so too may run meanwhile, on a server; only for `scheduler.side_by_side`.
        """
        engine = self.engine.execution_options(**{_BESIDE: True}) if beside else self.engine
        try:
            with engine.begin() as connection:
                if connection.execute(_REVISION).scalar() == LEFT:
                    raise LoaError("store.left")
                if self.shared is None:
                    return work(connection)
                self.shared.before(connection)
                done = work(connection)
                self.shared.after(connection)
                return done
        except DBAPIError as error:
            if refused := postgres.kept_apart(error):
                raise RefusedByRule(refused) from error
            if postgres.waited_in_vain(error):
                evicting.end_stuck(self.engine)  # the next try meets them no more
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for looking: it takes no lock and sees each statement's latest commit."""
        looking: dict[str, Any] = {_LOOKING: True}
        if not self.is_sqlite:
            looking["isolation_level"] = "AUTOCOMMIT"
        with self._open_to_look().execution_options(**looking) as connection:
            yield connection

    @contextmanager
    def instant(self) -> Iterator[Connection]:
        """A connection for looking that sees one instant throughout, however long it looks."""
        with self._open_to_look() as connection:
            options: dict[str, Any] = {_LOOKING: True}
            if self.is_sqlite:
                connection.execution_options(**options).exec_driver_sql("BEGIN")
            else:
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True, **options
                )
            yield connection

    def _open_to_look(self) -> Connection:
        try:
            return self.engine.connect()
        except OperationalError as error:
            still = self._still() if _cannot_be_opened(error) else None
            if still is None:
                raise
            try:
                return still.connect()
            except OperationalError:
                raise error from None

    def _still(self) -> Engine | None:
        """Reads the file as it lies there, which needs no index beside it: on a full or read-only disk SQLite
        cannot make one. None where that would be wrong: its log holds commits, so the file is not all."""
        file = self.file
        if file is None or not file.is_file() or not _is_database(file):
            return None
        log = Path(f"{file}-wal")
        if log.exists() and log.stat().st_size:
            return None
        query = {"mode": "ro", "immutable": "1", "uri": "true"}
        name = f"file:{quote(str(file.resolve()))}"
        # No pool: a connection that was told that nothing changes must not live to see a change.
        return create_engine(
            URL.create("sqlite", database=name, query=query), poolclass=NullPool, hide_parameters=True
        )

    def migrate(self) -> None:
        """Bring the schema to this version of Loa; refuses a schema from a newer one.

        Alembic is imported only when there is something to do: it would double the start-up time.
        """
        current = self.revision()
        if current == HEAD:
            self._renew()
            return
        if current == LEFT:
            raise LoaError("store.left")
        if current is not None and current > HEAD:
            raise LoaError("scheduler.schema_too_new", revision=current, known=HEAD)
        from alembic import command

        from scheduler.store import row_security

        with self.engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            row_security.install(connection)  # of tables that are new as well

    def _renew(self) -> None:
        """Rules and triggers of a server that an older Loa made, without a migration in between.

        Of several machines one does it: whoever has the database alone looks again. Everybody waits for it,
        so it gives way to whoever is reading: the next start does it then.
        """
        if self.is_sqlite:
            return
        from scheduler.store import row_security, tally

        with self.read() as connection:
            if not row_security.must_be_renewed(connection):
                return
        try:
            with self.engine.begin() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {HURRIED_TIMEOUT_MS}")
                if row_security.must_be_renewed(connection):
                    tally.install(connection)
                    row_security.install(connection)
        except DBAPIError as error:
            if not postgres.waited_in_vain(error):
                raise

    def revision(self) -> str | None:
        """The schema's revision, None for an empty database."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(_REVISION).scalar()

    def close(self) -> None:
        self.engine.dispose()


def _cannot_be_opened(error: OperationalError) -> bool:
    """For want of room or rights; not for a lock, whose holder may be changing the file."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return code in (
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
    )


def _is_database(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def alembic_config() -> Config:
    """Alembic's settings, made here so that no ini file has to lie about."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _configure_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by Database, not guessed by sqlite3
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a power cut must not forget that something was published
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")
