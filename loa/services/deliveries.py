"""The queue as people see it. What a person may decide about a delivery stands in `deciding`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from connectors.extras import BY_PEOPLE, Word
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import nearest
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store.order import IN_DUE_ORDER
from scheduler.store.tables import approval, attempt, channel, delivery, post

UNDECIDED = (
    Status.MISSED,
    Status.HELD,
    Status.FAILED,
    Status.UNKNOWN,
    Status.RECALLING,
    Status.REMOVING,
)
"""States in which a delivery can wait for a person."""
NEAREST_AMONG = 5000
"""How many names are looked through for the one that a slip meant."""


@dataclass(frozen=True)
class DeliveryView:
    """One delivery. The JSON of `loa queue` has exactly these keys, and they are stable."""

    id: str
    post: str
    channel: str
    platform: str
    status: str
    due_at: datetime | None
    deadline: datetime | None
    attempts: int
    remote_id: str
    url: str
    published_at: datetime | None
    verified_at: datetime | None
    last_error: str
    next_at: datetime | None = None
    """When the machine next does something with it by itself; None when it waits for a person or is done."""
    title: str = ""
    """The post's."""
    unit: str = ""
    """Code of the unit whose channel it is for; empty: the installation's own."""


@dataclass(frozen=True)
class AttemptView:
    """One attempt of the ledger."""

    step: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    evidence: str


@dataclass(frozen=True)
class ApprovalView:
    """One approval, standing or void."""

    officer: str
    role: str
    at: datetime
    expires_at: datetime
    voided_at: datetime | None
    void_reason: str


@dataclass(frozen=True)
class Dossier:
    """All that is known of one delivery."""

    delivery: DeliveryView
    title: str
    attempts: list[AttemptView]
    approvals: list[ApprovalView]
    word: Word | None = None
    """What a person said of it, at an outlet where nothing can be read back."""


def listing(
    workspace: Workspace,
    *,
    status: Sequence[str] = (),
    channel_id: str = "",
    post_id: str = "",
    search: str = "",
    unit: str | None = None,
    limit: int = 500,
) -> list[DeliveryView]:
    """The first in due order, of one unit or (None) of all that are seen; a status, channel or post that
    there is not is named with the nearest."""
    from loa.services.listing import Listing, Wanted  # which is made of what stands here

    rows = Listing(workspace, Wanted(tuple(status), channel_id, post_id, search=search, unit=unit))
    with workspace.database.read() as connection:
        must_be_known(connection, channel_id=channel_id, post_id=post_id)
    return rows.fetch(0, limit)


def undecided(workspace: Workspace, *, limit: int | None = None) -> list[DeliveryView]:
    """Everything that goes no further until a person decides, the longest overdue first."""
    from loa.services.listing import first

    with workspace.database.read() as connection:
        return first(connection, waits_for_a_person(), limit)


def waits_for_a_person() -> list[ColumnElement[bool]]:
    """By status: the machine does nothing more with it by itself, or it is to be posted by hand.

    What is being called back as well, for as long as it is: by hand at the platform may be the only way.
    """
    stuck = [
        and_(delivery.c.status == one, delivery.c.wake_at.is_(None))
        for one in UNDECIDED
        if one != Status.RECALLING
    ]
    by_hand = and_(delivery.c.status == Status.REVEALING, delivery.c.pending.in_(BY_PEOPLE))
    return [*stuck, delivery.c.status == Status.RECALLING, by_hand]


def must_be_statuses(names: Sequence[str]) -> None:
    """Raises UsageError naming the nearest status, or all of them."""
    for name in names:
        if name not in set(Status):
            best = nearest(name, list(Status)) or ", ".join(Status)
            raise UsageError("cli.queue.bad_status", status=name, nearest=best)


def must_be_known(
    connection: Connection, *, channel_id: str = "", post_id: str = "", delivery_id: str = ""
) -> None:
    """Raises NotFound naming the nearest for an id that nothing bears; an empty id is not looked at."""
    for key, name, written, column in (
        ("cli.channel.unknown", "id", channel_id, channel.c.id),
        ("cli.post.unknown", "post", post_id, post.c.id),
        ("cli.queue.unknown", "delivery", delivery_id, delivery.c.id),
    ):
        if written and not connection.execute(select(column).where(column == written)).first():
            known = connection.execute(select(column).limit(NEAREST_AMONG)).scalars().all()
            raise NotFound(key, **{name: written, "nearest": nearest(written, known) or "–"})


def select_views(
    connection: Connection, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[DeliveryView]:
    tried = (
        select(func.count())
        .where(attempt.c.delivery_seq == delivery.c.seq, attempt.c.step.in_(["prepare", "reveal"]))
        .scalar_subquery()
    )
    query = (
        select(delivery, channel.c.platform, post.c.title, tried.label("attempts"))
        .join(channel, channel.c.id == delivery.c.channel_id)
        .join(post, post.c.id == delivery.c.post_id)
        .where(*conditions)
        .order_by(*IN_DUE_ORDER)
        .limit(limit)
    )
    return [_view(row) for row in connection.execute(query)]


def dossier(workspace: Workspace, delivery_id: str) -> Dossier:
    """One delivery with its attempts and approvals; raises NotFound naming the nearest."""
    with workspace.database.read() as connection:
        row = row_of(connection, delivery_id)
        view = select_views(connection, delivery.c.seq == row.seq)[0]
        attempts = connection.execute(
            select(attempt).where(attempt.c.delivery_seq == row.seq).order_by(attempt.c.id)
        ).all()
        approvals = connection.execute(
            select(approval).where(approval.c.delivery_seq == row.seq).order_by(approval.c.id)
        ).all()
    return Dossier(
        view,
        row.title,
        [AttemptView(a.step, a.started_at, a.ended_at, a.outcome, a.evidence) for a in attempts],
        [ApprovalView(a.officer, a.role, a.at, a.expires_at, a.voided_at, a.void_reason) for a in approvals],
        _word(row.handle),
    )


def _word(handle: str) -> Word | None:
    """A damaged handle has none: what is wrong with it is for `loa audit verify` to say."""
    try:
        return Word.of(json.loads(handle))
    except (ValueError, RecursionError, AttributeError):
        return None


def row_of(connection: Connection, delivery_id: str) -> Row[tuple[Any, ...]]:
    """A delivery with its channel and post, locked for a writer; raises NotFound naming the nearest."""
    row = connection.execute(
        select(
            delivery,
            channel.c.platform,
            channel.c.account,
            post.c.source,
            post.c.contributors,
            post.c.title,
            post.c.kind,
        )
        .join(channel, channel.c.id == delivery.c.channel_id)
        .join(post, post.c.id == delivery.c.post_id)
        .where(delivery.c.id == delivery_id)
        .with_for_update(of=delivery)
    ).first()
    if row is None:
        must_be_known(connection, delivery_id=delivery_id)
        raise RefusedByRule("unit.not_yours")  # another unit lets us see it, and no more
    return row


def _view(row: Row[tuple[object, ...]]) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        post=row.post_id,
        channel=row.channel_id,
        platform=row.platform,
        status=row.status,
        due_at=row.due_at,
        deadline=row.deadline,
        attempts=row.attempts,
        remote_id=row.remote_id,
        url=row.url,
        published_at=row.published_at,
        verified_at=row.verified_at,
        last_error=row.last_error,
        next_at=row.wake_at,
        title=row.title,
        unit=row.unit,
    )
