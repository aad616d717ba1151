"""Writes that count only under the fence they were made for.

Each lease of a lane has a number of its own, and so has the delivery that is claimed under it. A worker that
slept through its lease holds an old number, and changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from scheduler import audit
from scheduler import statements as sql
from scheduler.audit import MACHINE
from scheduler.claim import Claim
from scheduler.policy import LEASE
from scheduler.status import Status


def write(connection: Connection, seq: int, fence: int, values: dict[str, Any], now: datetime) -> bool:
    """False when the delivery was taken out of our hands (cancelled) although the lane is ours."""
    written = {**values, "updated_at": now}
    bound = {f"v_{name}": value for name, value in written.items()} | {"b_seq": seq, "b_fence": fence}
    return connection.execute(sql.update_delivery(*sorted(written)), bound).rowcount == 1


def renew(connection: Connection, claim: Claim, now: datetime) -> bool:
    """False when the lane is another worker's by now."""
    held = {"b_channel": claim.channel, "b_fence": claim.fence, "b_until": now + LEASE}
    return connection.execute(sql.RENEW, held).rowcount == 1


def free(connection: Connection, claim: Claim) -> None:
    """Give the lane back."""
    connection.execute(sql.FREE, {"b_channel": claim.channel, "b_fence": claim.fence})


def set_aside(
    connection: Connection,
    row: Row[Any],
    status: Status,
    reason: str,
    now: datetime,
    *,
    since: datetime | None = None,
) -> None:
    """What may not go on, with its reason: no worker comes to it again by itself, but to call it back.

    `since`: it may be public since then, so a worker comes to look for it, at once.
    """
    values: dict[str, Any] = {"status": status, "wake_at": None, "last_error": reason}
    if status is Status.RECALLING:
        # By the lane, at once; the fence matches no claim, so a hand-over under way can save nothing more.
        # What stands in `last_error` from now on is why a recall failed.
        values |= {"wake_at": now, "fence": -1, "tries": 0, "last_error": ""}
    elif since:
        values |= {"wake_at": now, "looks": 0, "first_try_at": min(since, row.first_try_at or since)}
    write(connection, row.seq, row.fence, values, now)
    audit.record(connection, at=now, actor=MACHINE, action=status, subject=row.id, reason=reason)
