"""PostgreSQL as the store: how its connections are set up, and what its errors mean.

Transactions that write come one at a time, as they do on SQLite: each takes one lock of the database first.
So code that reads and then writes is never outrun in between, and there is one set of rules on both. Those of
the hot path take it together (`scheduler.side_by_side`). Whoever only looks takes no lock.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from content.errors import LoaError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

DRIVER = "postgresql+psycopg"
TOPIC = "loa"
"""Of LISTEN and NOTIFY: somebody has committed something."""
WRITERS = 0x10A0
"""The advisory lock of whoever writes; the audit's own is 0x10A (scheduler.audit)."""
POOL, MORE = 8, 8
"""Connections that are kept, and how many more may be open at once. A new one costs the server a process and
some 10 ms, so no herd of threads may ask for one each (`loa.services.connecting`); a server's usual 100 are
enough for several workers."""
LINE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # ms
}
"""For libpq: a server that is suddenly gone (a pulled cable) is noticed within a minute, not after hours."""
LOOKING = {"loa_only_looks": True}
"""Execution options of a connection that takes no lock (`Database.read`)."""
_WAIT = "SET LOCAL lock_timeout = {ms}"
_ALONE = f"SELECT pg_advisory_xact_lock({WRITERS}), pg_notify('{TOPIC}', '')"
HOT_IDLE_S = 10
"""A worker that is suspended in the middle of such a transaction: its locks are free after so long, before
anybody's patience (`Database.patience_ms`) is at its end."""
_BESIDE_OTHERS = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '{HOT_IDLE_S}s', true),"
    f" pg_advisory_xact_lock_shared({WRITERS})"
)
"""Without a word to those who listen, since commits that notify wait for each other: a worker tells for all
of its own, some times a second."""
TELL = f"SELECT pg_notify('{TOPIC}', '')"


def engine(url: URL) -> Engine:
    """An engine whose sessions count in UTC, so that a day is the same day as in SQLite's text.

    Raises LoaError where the driver was not installed (the extra `postgres`).
    """
    try:
        made = create_engine(
            url.set(drivername=DRIVER),
            hide_parameters=True,
            pool_size=POOL,
            max_overflow=MORE,
            pool_use_lifo=True,  # the one just used has its statements prepared; all by turns, none has
            pool_pre_ping=True,  # a server that was restarted has closed what the pool keeps
            connect_args={**LINE, "application_name": "loa"},
        )
    except ModuleNotFoundError:
        raise LoaError("store.no_driver") from None
    # Before SQLAlchemy asks the server anything: in another encoding it could not read the answer.
    event.listen(made, "connect", partial(_must_be_utf8, address_of(url)), insert=True)
    event.listen(made, "connect", _configure)
    return made


def address_of(url: URL, username: str | None = None) -> str:
    """A server's address as settings hold it, for this account or the same: never with a password."""
    who = username or url.username
    bare = URL.create("postgresql", who, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string()


def _must_be_utf8(place: str, connection: Any, _record: Any) -> None:
    """Raises LoaError. The server has said it with its greeting, so this asks nothing."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise LoaError("store.not_utf8", place=place, encoding=encoding)


def _configure(connection: DBAPIConnection, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    # Who is gone in the middle of a transaction must not hold up everybody else for hours.
    cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
    # And the server must notice whose machine lost its power.
    cursor.execute("SET tcp_keepalives_idle = 30")
    cursor.execute("SET tcp_keepalives_interval = 10")
    cursor.execute("SET tcp_keepalives_count = 3")
    cursor.close()
    connection.commit()


def kept_apart(error: DBAPIError) -> str:
    """The sentence for what a server refuses because the row is another unit's; empty for any other error.

    A name that another unit has taken is no secret, whose it is is one: the server does not tell it either.
    """
    told = error.orig
    code = getattr(told, "sqlstate", "") or ""
    if code == "42501" and "row-level security" in str(told):
        return "unit.not_yours"
    diagnosis = getattr(told, "diag", None)
    hidden = code == "23505" and diagnosis is not None and not diagnosis.message_detail
    return "unit.taken" if hidden else ""


def waited_in_vain(error: DBAPIError) -> bool:
    """Whether somebody held a lock for longer than this session was ready to wait."""
    return getattr(error.orig, "sqlstate", "") == "55P03"  # lock_not_available


def begin(connection: Connection, patience_ms: int, *, beside: bool = False) -> None:
    """Wait for the other writers, and tell at the commit whoever listens; `beside`: only for those alone."""
    connection.exec_driver_sql(_WAIT.format(ms=patience_ms))
    connection.exec_driver_sql(_BESIDE_OTHERS if beside else _ALONE)
