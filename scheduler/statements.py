"""The queue's statements, built once: building one costs more than running it.

Bind names start with `b_`, since SQLAlchemy keeps plain column names for itself. Times are aware UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from scheduler.reasons import Reason
from scheduler.status import SENDABLE, Status
from scheduler.store.tables import attempt, channel, delivery, freeze, lane, post

_now: BindParameter[Any] = bindparam("b_now")
_channel: BindParameter[Any] = bindparam("b_channel")
_fence: BindParameter[Any] = bindparam("b_fence")
_NO_TIME_FROM = datetime(9000, 1, 1, tzinfo=UTC)
"""Text that is no time sorts behind every time: a lane must not wait for it for ever."""
_urgency = case(
    (delivery.c.status.in_([Status.RECALLING, Status.READY]), 0),
    (delivery.c.status.in_([Status.REVEALING, Status.UNKNOWN]), 1),
    (delivery.c.status.in_([Status.QUEUED, Status.PREPARING, Status.HANDED_OVER]), 2),
    else_=3,
)
"""What must not be seen, or must, goes first, then what is in doubt, what is to be prepared, read-backs."""

_in_order = (_urgency, delivery.c.due_at, delivery.c.seq)
_may_go = or_(channel.c.state == "ok", delivery.c.status == Status.RECALLING)
"""On a stopped channel nothing leaves; but what its platform may still publish is called back."""
_due_here = select(delivery.c.seq).where(
    delivery.c.channel_id == lane.c.channel_id, delivery.c.wake_at <= _now
)

_work_here = _due_here.where(channel.c.id == delivery.c.channel_id, _may_go)

FREEZES = select(freeze.c.scope, freeze.c.target, freeze.c.unit).where(freeze.c.lifted_at.is_(None))
"""What stands still now; usually nothing."""

HOLD_STOPPED = (
    update(delivery)
    .where(
        delivery.c.wake_at <= _now,
        delivery.c.channel_id.in_(select(channel.c.id).where(channel.c.state != "ok")),
        # not the bare column: SQLite would take its index and go through all that is queued, at every claim
        func.coalesce(delivery.c.status, "").in_(SENDABLE),
    )
    # fence -1 matches no claim: a worker that is still preparing it can write nothing more
    .values(status=Status.HELD, wake_at=None, last_error=Reason.CHANNEL_STOPPED, fence=-1, updated_at=_now)
    .returning(delivery.c.id)
)
"""Due deliveries of stopped channels wait for a person instead of waking the machine for nothing."""
_among: BindParameter[Any] = bindparam("b_channels", expanding=True)
HOLD_STOPPED_AMONG = HOLD_STOPPED.where(delivery.c.channel_id.in_(_among))

_lost = and_(
    delivery.c.channel_id.in_(bindparam("b_channels", expanding=True)),
    delivery.c.wake_at <= _now,
    delivery.c.post_id.not_in(select(post.c.id)),
)
HOLD_LOST = (
    update(delivery)
    .where(_lost)
    .values(
        status=case((delivery.c.status.in_(SENDABLE), Status.HELD), else_=Status.UNKNOWN),
        wake_at=None,
        last_error=Reason.ROW_DAMAGED,
        updated_at=_now,
    )
    .returning(delivery.c.id, delivery.c.status)
)
"""Deliveries whose post is gone are nobody's head: they would keep their lane looking due for ever."""


def _over(instant: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(instant.is_(None), instant <= _now, instant >= _NO_TIME_FROM)


FREE_NOW = (
    select(lane.c.channel_id, lane.c.fence)
    .where(
        _over(lane.c.lease_until),
        _over(lane.c.rest_until),
        exists(_work_here),
    )
    .order_by(
        exists(_due_here.where(delivery.c.status == Status.READY)).desc(), lane.c.served_at.nulls_first()
    )
    .limit(bindparam("b_limit"))
)
"""Lanes that have due work and nobody at it: those with something to be seen, then the longest unserved."""

# Locked on PostgreSQL; on SQLite the transaction has the file alone.
FREE_LANES = FREE_NOW.with_for_update(of=lane, skip_locked=True)
UNSERVED_LANES = FREE_LANES.order_by(None).order_by(lane.c.served_at.nulls_first())
READY_LANES = UNSERVED_LANES.where(exists(_due_here.where(delivery.c.status == Status.READY)))
"""The same in two, each in the order of an index: in a herd the first few lanes are found without a look at
all the others."""

FREE_AMONG = FREE_LANES.where(lane.c.channel_id.in_(bindparam("b_channels", expanding=True)))

LEASE_LANE = (
    update(lane)
    .where(lane.c.channel_id == _channel)
    .values(owner=bindparam("b_owner"), fence=_fence, lease_until=bindparam("b_until"), served_at=_now)
)

_held = and_(lane.c.channel_id == _channel, lane.c.fence == _fence, lane.c.owner != "")
RENEW = update(lane).where(_held).values(lease_until=bindparam("b_until"))
RENEW_AT_WORK = (
    update(lane)
    .where(
        lane.c.channel_id.in_(bindparam("b_channels", expanding=True)), lane.c.owner == bindparam("b_owner")
    )
    .values(lease_until=bindparam("b_until"))
)
"""By the heartbeat of a live process: a long upload keeps its lane."""

LANE_AFTER = RENEW.values(
    owner=bindparam("b_owner"),
    failures=bindparam("b_failures"),
    rest_until=bindparam("b_rest_until"),
    served_at=_now,
)
"""After a step: the lane is kept for its next delivery, or given back (no owner, no lease)."""

FREE = update(lane).where(_held).values(owner="", lease_until=None)

_all_the_gate_looks_at = (
    delivery,
    post.c.source,
    post.c.contributors,
    channel.c.platform,
    channel.c.account,
    channel.c.version.label("channel_version"),
    channel.c.unit.label("channel_unit"),
    lane.c.failures,
)
_with_all = (
    select(*_all_the_gate_looks_at)
    .join(post, post.c.id == delivery.c.post_id)
    .join(channel, channel.c.id == delivery.c.channel_id)
    .join(lane, lane.c.channel_id == delivery.c.channel_id)
)
_joined = _with_all.where(_may_go)

AT_PLATFORMS = _with_all.where(delivery.c.status == Status.HANDED_OVER).with_for_update(of=delivery)
"""What platforms hold, on stopped channels too."""
ANY_HELD = select(delivery.c.seq).where(delivery.c.status == Status.HANDED_OVER).limit(1)

_placed = (
    select(
        delivery.c.seq,
        func.row_number().over(partition_by=delivery.c.channel_id, order_by=_in_order).label("place"),
    )
    .where(delivery.c.channel_id.in_(bindparam("b_channels", expanding=True)), delivery.c.wake_at <= _now)
    .subquery()
)
_heads = and_(_placed.c.seq == delivery.c.seq, _placed.c.place == 1)
# Due is asked of the row itself too: whoever waited for its lock gets it as another worker has left it.
HEADS = _joined.join(_placed, _heads).where(delivery.c.wake_at <= _now).with_for_update(of=delivery)
"""The most urgent due delivery of each of many lanes. Locked, so that no person changes it meanwhile."""

HEAD = (
    _joined.where(delivery.c.channel_id == _channel, delivery.c.wake_at <= _now)
    .order_by(*_in_order)
    .limit(1)
    .with_for_update(of=delivery)
)
"""The same for one lane, which is cheaper without a window."""

SAME_OBJECT = (
    select(delivery.c.id)
    .where(
        delivery.c.channel_id == _channel,
        delivery.c.remote_id == bindparam("b_remote_id"),
        delivery.c.remote_id != "",
        delivery.c.seq != bindparam("b_seq"),
        delivery.c.status == Status.PUBLISHED,
    )
    .limit(1)
)
"""Another delivery that already counts this object of the platform as its own."""

ANY_DUE = select(delivery.c.seq).where(delivery.c.channel_id == _channel, delivery.c.wake_at <= _now).limit(1)

_lease_end = select(func.min(lane.c.lease_until)).where(lane.c.lease_until > _now)
_rest_end = select(func.min(lane.c.rest_until)).where(lane.c.rest_until > _now)
_next_due = select(func.min(delivery.c.wake_at)).where(delivery.c.wake_at > _now)
NEXT_WAKES = select(*(one.scalar_subquery() for one in (_next_due, _rest_end, _lease_end)))
"""When the next delivery, resting lane and lease come to their time; each may be null."""

OPEN_ATTEMPTS = insert(attempt).returning(attempt.c.id, sort_by_parameter_order=True)
CLOSE_ATTEMPT = (
    update(attempt)
    .where(attempt.c.id == bindparam("b_attempt"))
    .values(ended_at=_now, outcome=bindparam("b_outcome"), evidence=bindparam("b_evidence"))
)
BREAK_OFF_ATTEMPT = (
    update(attempt)
    .where(attempt.c.id == bindparam("b_attempt"), attempt.c.ended_at.is_(None))
    .values(ended_at=_now, outcome="interrupted")
)
WAKE_WHEN_DUE = update(delivery).where(delivery.c.seq == bindparam("b_seq")).values(wake_at=delivery.c.due_at)

WAKE_LATER = update(delivery).where(delivery.c.seq == bindparam("b_seq")).values(wake_at=bindparam("b_at"))


@cache
def update_delivery(*columns: str) -> Update:
    """Set these columns (values bound as `v_<column>`) of delivery `b_seq` while it is under `b_fence`."""
    values: dict[str, BindParameter[Any]] = {name: bindparam(f"v_{name}") for name in columns}
    mine = and_(delivery.c.seq == bindparam("b_seq"), delivery.c.fence == _fence)
    return update(delivery).where(mine).values(**values)


MARK_IN_FLIGHT = update_delivery("status", "fence", "wake_at", "first_try_at", "tries", "updated_at")
