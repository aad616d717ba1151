"""Who did what: an append-only chain, written in the same transaction as the change it tells of."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from scheduler.store.tables import audit_event

GENESIS = "0" * 64
MACHINE = "publisher"
"""The name for what no person did."""
_NEWEST = select(audit_event.c.hash).order_by(audit_event.c.id.desc()).limit(1)
_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(0x10A))
_APPEND = insert(audit_event)


def record(
    connection: Connection, *, at: datetime, actor: str, action: str, subject: str, **detail: object
) -> None:
    """Append one event. `detail` must be JSON-able and free of secrets."""
    if connection.dialect.name == "postgresql":  # SQLite's writers come one at a time anyway
        connection.execute(_ONE_AT_A_TIME)
    previous = connection.execute(_NEWEST).scalar() or GENESIS
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
    connection.execute(
        _APPEND,
        {
            "at": at,
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": text,
            "previous": previous,
            "hash": chain(previous, at, actor, action, subject, text),
        },
    )


def chain(previous: str, at: datetime, actor: str, action: str, subject: str, detail: str) -> str:
    """Hash of one event: every field and the hash before it, so that no row can change, go or move."""
    fields = [previous, at.astimezone(UTC).isoformat(timespec="microseconds"), actor, action, subject, detail]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode("utf-8")).hexdigest()


def broken_link(connection: Connection) -> int | None:
    """Id of the first event that does not follow from the one before; None when the chain is whole."""
    previous = GENESIS
    for row in connection.execute(select(audit_event).order_by(audit_event.c.id)).mappings():
        expected = chain(previous, row["at"], row["actor"], row["action"], row["subject"], row["detail"])
        if row["previous"] != previous or row["hash"] != expected:
            return int(row["id"])
        previous = expected
    return None
