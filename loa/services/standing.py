"""How each channel stood when its platform was last asked: kept, so that showing it asks nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, delete, insert, select

from connectors.contract import Health
from connectors.redact import redact
from content.typed import typed
from content.wording import say
from loa.services.workspace import Workspace
from loa.speech import moment
from scheduler import audit
from scheduler.audit import MACHINE
from scheduler.store.tables import standing

WARN_DAYS = (14, 3)
"""People are told once at each of these many days before an access ends."""
DAILY = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """What the platform said last. `expires_at` None: it never ends, or the platform does not say."""

    channel: str
    checked_at: datetime
    ok: bool
    problem: str
    facts: Mapping[str, Any]
    expires_at: datetime | None
    name: str
    warned_days: int | None


@dataclass(frozen=True)
class Kept:
    """Whether anything was written, and the threshold (days) of which people are to be told now."""

    written: bool
    threshold: int | None = None


def by_channel(workspace: Workspace) -> dict[str, Standing]:
    """Channels that have been asked at least once, in the order of their ids."""
    with workspace.database.read() as connection:
        rows = connection.execute(select(standing).order_by(standing.c.channel_id)).all()
    return {row.channel_id: _standing(row) for row in rows}


def expiring(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Channels whose access ends soon or has ended, the most pressing first, with its end."""
    soon = standing.c.expires_at <= now + timedelta(days=max(WARN_DAYS))
    rows = connection.execute(select(standing).where(soon).order_by(standing.c.expires_at)).all()
    return {row.channel_id: row.expires_at for row in rows}


def keep(
    connection: Connection, channel_id: str, health: Health, now: datetime, *, warn: bool = False
) -> Kept:
    """Write what a platform said, on a change or once a day.

    With `warn` a threshold that the end of the access has newly come within is written in the audit too, so
    that it is told once.
    """
    row = connection.execute(select(standing).where(standing.c.channel_id == channel_id)).first()
    before = _standing(row) if row else None
    warned, news = _warned(health.expires_at, now, before.warned_days if before else None)
    if not warn and news is not None:
        warned, news = before.warned_days if before else None, None
    told = Standing(
        channel_id, now, health.ok, health.problem, _facts(health), health.expires_at, health.name, warned
    )
    if before and _same(before, told) and now - before.checked_at < DAILY:
        return Kept(written=False)
    connection.execute(delete(standing).where(standing.c.channel_id == channel_id))
    connection.execute(
        insert(standing).values(
            channel_id=channel_id,
            checked_at=now,
            ok=told.ok,
            problem=told.problem,
            facts=json.dumps(told.facts, ensure_ascii=False, sort_keys=True),
            expires_at=told.expires_at,
            name=told.name,
            warned_days=warned,
        )
    )
    if news is not None:
        audit.record(
            connection,
            at=now,
            actor=MACHINE,
            action="channel_expires",
            subject=channel_id,
            days=news,
            expires_at=health.expires_at,
        )
    return Kept(written=True, threshold=news)


def days_left(expires_at: datetime, now: datetime) -> int:
    """Whole days, rounded down; negative once it is over."""
    return (expires_at - now) // timedelta(days=1)


def is_soon(expires_at: datetime | None, now: datetime) -> bool:
    """Time for a person to sign in again."""
    return expires_at is not None and expires_at - now <= timedelta(days=max(WARN_DAYS))


def in_short(expires_at: datetime | None, now: datetime) -> str:
    """`còn 12 ngày`, for a table's cell; a dash where nothing ends."""
    if expires_at is None:
        return "–"
    left = days_left(expires_at, now)
    return say("login.expires.over_short") if left < 0 else say("login.expires.left_short", days=left)


def in_words(expires_at: datetime | None, now: datetime, zone: ZoneInfo, channel: str) -> str:
    """What expires when and what to do about it; empty where nothing ends."""
    if expires_at is None:
        return ""
    left = days_left(expires_at, now)
    key = "over" if left < 0 else "soon" if is_soon(expires_at, now) else "left"
    return say(f"login.expires.{key}", days=left, date=moment(expires_at, zone), channel=typed(channel))


def _warned(expires_at: datetime | None, now: datetime, warned: int | None) -> tuple[int | None, int | None]:
    """(threshold people know of from now on, threshold that is news). A renewal makes them forget it."""
    if expires_at is None:
        return None, None
    left = expires_at - now
    if warned is not None and left > timedelta(days=warned + 1):  # a day of play: ends may be rounded
        warned = None
    due = min((days for days in WARN_DAYS if left <= timedelta(days=days)), default=None)
    if due is None or (warned is not None and warned <= due):
        return warned, None
    return due, due


def _same(before: Standing, told: Standing) -> bool:
    def essence(one: Standing) -> tuple[object, ...]:
        words = {key: fact for key, fact in one.facts.items() if isinstance(fact, str)}  # no mere counters
        return one.ok, one.problem, words, one.expires_at, one.name, one.warned_days

    return essence(before) == essence(told)


def _facts(health: Health) -> dict[str, Any]:
    """Plain values only, each looked at for anything shaped like a secret."""
    plain = {key: value for key, value in health.values.items() if isinstance(value, str | int | float)}
    return {key: redact(value) if isinstance(value, str) else value for key, value in plain.items()}


def _standing(row: Row[tuple[object, ...]]) -> Standing:
    return Standing(
        row.channel_id,
        row.checked_at,
        row.ok,
        row.problem,
        json.loads(row.facts),
        row.expires_at,
        row.name,
        row.warned_days,
    )
