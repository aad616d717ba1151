"""Sessions of units' logins that keep everybody waiting are ended by the owner's, who publishes for all.

Whoever signs in may take the locks that every writer takes, by a laptop that was closed in the middle or on
purpose; and that it gives up after a while, as our own sessions say, another program need not say.
The server lets the owner end them because it is a member of each unit's role (`row_security.grant`).
"""

from __future__ import annotations

import logging
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from content.events import about
from content.wording import say
from scheduler.store import postgres

log = logging.getLogger("loa.store")

PATIENCE_S = 60
"""Our own sessions give up by themselves after so long (`scheduler.store.postgres`)."""
_HOLDS = (
    "EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted"
    " AND l.locktype <> 'virtualxid' AND l.mode <> 'AccessShareLock'"  # it only reads, as a backup does
)
_ADVISORY = " AND l.locktype = 'advisory' AND l.classid = 0 AND l.objid = {key})"
_END = (
    # MATERIALIZED: else the server may well end a session before it looks at what it holds
    "WITH found AS MATERIALIZED (SELECT a.pid, a.usename FROM pg_stat_activity a"
    " JOIN unit_login u ON u.login = a.usename WHERE a.datname = current_database() AND ({held}))"
    " SELECT usename FROM found WHERE pg_terminate_backend(pid, {wait_ms})"
)
WAIT_MS = 2_000
"""For a session that is ended to be gone, and its locks with it."""
_STUCK = _END.format(
    held=f"a.xact_start < clock_timestamp() - interval '{PATIENCE_S} s' AND {_HOLDS})"
    f" OR a.xact_start IS NULL AND a.state = 'idle' AND {_HOLDS})",  # outside a transaction ours holds none
    wait_ms=WAIT_MS,
)


def end_stuck(engine: Engine) -> int:
    """After a wait in vain: end the units' sessions that hold locks for longer than any of ours would; how
    many. Nothing for who may not: a unit's own session, or an owner that is no member of the role."""
    return _end(engine, _STUCK)


def end_holders(engine: Engine, key: int) -> int:
    """Likewise those that hold an advisory lock which no unit's session of ours ever takes."""
    return _end(engine, _END.format(held=_HOLDS + _ADVISORY.format(key=key), wait_ms=WAIT_MS))


def _end(engine: Engine, statement: str) -> int:
    ended: list[str] = []
    with suppress(DBAPIError), engine.connect() as connection:
        looking = connection.execution_options(isolation_level="AUTOCOMMIT", **postgres.LOOKING)
        ended = list(looking.exec_driver_sql(statement).scalars())
    for login in ended:
        log.warning(say("logs.session_ended", login=login), extra=about("store.session_ended", target=login))
    return len(ended)
