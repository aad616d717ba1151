"""PostgreSQL as the store: how its connections are set up, and what its errors mean.

Transactions that write come one at a time, as they do on SQLite: each takes one lock of the database first.
So code that reads and then writes is never outrun in between, and there is one set of rules on both. Whoever
only looks takes no lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

DRIVER = "postgresql+psycopg"
TOPIC = "loa"
"""Of LISTEN and NOTIFY: somebody has committed something."""
WRITERS = 0x10A0
"""The advisory lock of whoever writes; the audit's own is 0x10A (scheduler.audit)."""
POOL, MORE = 8, 72
"""Connections that are kept, and how many more a publisher's threads may open."""
LINE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # ms
}
"""For libpq: a server that is suddenly gone (a pulled cable) is noticed within a minute, not after hours."""
_WAIT = "SET LOCAL lock_timeout = {ms}"
_ALONE = f"SELECT pg_advisory_xact_lock({WRITERS}), pg_notify('{TOPIC}', '')"


def engine(url: URL) -> Engine:
    """An engine whose sessions count in UTC, so that a day is the same day as in SQLite's text."""
    made = create_engine(
        url.set(drivername=DRIVER),
        hide_parameters=True,
        pool_size=POOL,
        max_overflow=MORE,
        pool_pre_ping=True,  # a server that was restarted has closed what the pool keeps
        connect_args={**LINE, "application_name": "loa"},
    )
    event.listen(made, "connect", _configure)
    return made


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


def begin(connection: Connection, patience_ms: int) -> None:
    """Wait for the other writers, and tell at the commit whoever listens."""
    connection.exec_driver_sql(_WAIT.format(ms=patience_ms))
    connection.exec_driver_sql(_ALONE)
