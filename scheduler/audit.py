"""Who did what: an append-only chain, written in the same transaction as the change it tells of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, func, insert, select, text

from scheduler.store.tables import audit_event

GENESIS = "0" * 64
MACHINE = "publisher"
"""The name for what no person did."""
BEFORE_ALL = -(2**63)
"""Before any row's number, a forged one's too: where a walk through all rows begins."""
LATER = "loa_audit_later"
"""Option of a connection: a list in which events wait for the transaction's end (scheduler.side_by_side)."""
_NEWEST = (
    select(audit_event.c.hash)
    .where(audit_event.c.unit == bindparam("b_unit"))
    .order_by(audit_event.c.id.desc())
    .limit(1)
)
_WHOSE = text(
    "SELECT coalesce((SELECT unit FROM delivery WHERE id = subject),"
    " (SELECT unit FROM channel WHERE id = subject),"
    " (SELECT unit FROM post WHERE id = subject), loa_unit())"
    " FROM unnest(CAST(:subjects AS text[])) WITH ORDINALITY AS asked (subject, place) ORDER BY place"
)
"""Whose record an event belongs in: the publisher has no unit of its own, and a delegate acts in
another's."""
_PAGE = (
    select(audit_event)
    .where(audit_event.c.id > bindparam("b_last", type_=BigInteger))
    .order_by(audit_event.c.id)
    .limit(500)
)
_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(0x10A))
_APPEND = insert(audit_event)


def record(
    connection: Connection, *, at: datetime, actor: str, action: str, subject: str, **detail: object
) -> None:
    """Append one event. `detail` must be JSON-able and free of secrets."""
    record_of(connection, None, at=at, actor=actor, action=action, subject=subject, **detail)


def record_of(
    connection: Connection,
    unit: str | None,
    /,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    **detail: object,
) -> None:
    """The same in the record of this unit, where the subject (a tag, "all") cannot tell whose it is."""
    told = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
    event = {"at": at, "actor": actor, "action": action, "subject": subject, "detail": told}
    event |= {} if unit is None else {"unit": unit}
    waiting = connection.get_execution_options().get(LATER)
    if waiting is None:
        append(connection, [event])
    else:
        waiting.append(event)


def append(connection: Connection, events: Sequence[dict[str, Any]]) -> None:
    """Write events to the ends of their units' chains, in this order. Until the commit nobody else can.

    Whose it is goes by the subject in an event that has no `unit` of its own.
    """
    if not events:
        return
    units = [""] * len(events)
    if connection.dialect.name == "postgresql":  # SQLite's writers come one at a time anyway
        asked = {"subjects": [event["subject"] for event in events]}
        found = connection.execute(_WHOSE, asked).scalars()
        units = [event.get("unit", unit) for event, unit in zip(events, found, strict=True)]
        one_at_a_time(connection)
    ends = {unit: connection.execute(_NEWEST, {"b_unit": unit}).scalar() or GENESIS for unit in set(units)}
    rows = []
    for event, unit in zip(events, units, strict=True):
        previous, row = ends[unit], {**event, "unit": unit}
        ends[unit] = chain(previous, **row)
        rows.append({**row, "previous": previous, "hash": ends[unit]})
    connection.execute(_APPEND, rows)


def one_at_a_time(connection: Connection) -> None:
    """On a server: until the commit nobody else is at the end of a transaction that appends."""
    connection.execute(_ONE_AT_A_TIME)


def chain(
    previous: str, at: datetime, actor: str, action: str, subject: str, detail: str, unit: str = ""
) -> str:
    """Hash of one event: every field and the hash before it, so that no row can change, go or move."""
    fields = [previous, at.astimezone(UTC).isoformat(timespec="microseconds"), actor, action, subject, detail]
    fields += [unit] if unit else []
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode("utf-8")).hexdigest()


def broken_link(connection: Connection, rest: Callable[[], None] = lambda: None) -> int | None:
    """Id of the first event that does not follow from the one before; None when all is whole.

    Each unit's events are a chain of their own, so that it can verify by itself all that it sees. Read in
    pages, whatever is appended meanwhile; `rest` is called after each.
    """
    heads: dict[str, str] = {}
    last = BEFORE_ALL
    while page := connection.execute(_PAGE, {"b_last": last}).all():
        for row in page:
            previous = heads.get(row.unit, GENESIS)
            expected = chain(previous, row.at, row.actor, row.action, row.subject, row.detail, row.unit)
            if row.previous != previous or row.hash != expected:
                return int(row.id)
            heads[row.unit] = expected
        last = page[-1].id
        rest()
    return None
