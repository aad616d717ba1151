"""Everything known of one post, from first import to last reading: what an inspector asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from content.approval import Approval
from content.variant import MediaRef, Variant, seal, text_digest
from loa import __version__
from loa.services import auditing, deliveries, posts
from loa.services.auditing import ChainView, EventView
from loa.services.deliveries import AttemptView, DeliveryView
from loa.services.workspace import Workspace
from scheduler.store.tables import approval, attempt, audit_event, delivery, reading


@dataclass(frozen=True)
class SignatureView:
    """One approval. `genuine`: signed with a key that is pinned on this machine, or for the publisher to
    judge."""

    officer: str
    role: str
    seal: str
    at: datetime
    expires_at: datetime
    signature: str
    genuine: bool
    voided_at: datetime | None
    void_reason: str


def rests_on(yes: SignatureView, sent: str, published_at: datetime | None) -> bool:
    """Whether what went public then, under the seal `sent`, rests on this yes.

    It does not where somebody wrote it into the database, gave it to another text, or took it back before.
    """
    if published_at is None or yes.at > published_at or yes.seal != sent:
        return False
    return yes.genuine and (yes.voided_at is None or yes.voided_at > published_at)


@dataclass(frozen=True)
class ReadingView:
    """One figure at one time; `value` None is not available."""

    metric: str
    value: int | None
    definition: str
    source: str
    note: str
    taken_at: datetime


@dataclass(frozen=True)
class DeliveryDossier:
    """One channel's part. `seal` is taken now over what is stored; approvals cover it or they do not."""

    delivery: DeliveryView
    marker: str
    seal: str
    title: str
    summary: str
    text: str
    link: str
    media: tuple[MediaRef, ...]
    approvals: list[SignatureView]
    attempts: list[AttemptView]
    readings: list[ReadingView]


@dataclass(frozen=True)
class PostDossier:
    """The JSON of `loa audit export` has exactly these keys, and they are stable."""

    format: int
    loa: str
    made_at: datetime
    unit: str
    post: str
    title: str
    kind: str
    status: str
    revision: int
    contributors: list[str]
    source_sha256: str
    source: str
    deliveries: list[DeliveryDossier]
    events: list[EventView]
    chain: ChainView


def compile_dossier(workspace: Workspace, key: str) -> PostDossier:
    """Raises NotFound naming the nearest post."""
    view = posts.get(workspace, key)
    with workspace.database.read() as connection:
        parts = [_delivery(workspace, connection, one) for one in view.deliveries]
        about = or_(
            audit_event.c.subject == key, audit_event.c.subject.in_([one.id for one in view.deliveries])
        )
        events = [auditing.event_view(row) for row in connection.execute(_events(about))]
    return PostDossier(
        format=1,
        loa=__version__,
        made_at=workspace.now(),
        unit=workspace.config.unit.name,
        post=view.id,
        title=view.title,
        kind=view.kind,
        status=view.status,
        revision=view.revision,
        contributors=view.contributors,
        source_sha256=text_digest(view.source),
        source=view.source,
        deliveries=parts,
        events=events,
        chain=auditing.verify(workspace),
    )


def parts(workspace: Workspace, ids: Sequence[str]) -> Iterator[DeliveryDossier]:
    """The part of each of these deliveries, one after the other, in their order; the record is not walked."""
    with workspace.database.read() as connection:
        for name in ids:
            for view in deliveries.select_views(connection, delivery.c.id == name):
                yield _delivery(workspace, connection, view)


def _delivery(workspace: Workspace, connection: Connection, view: DeliveryView) -> DeliveryDossier:
    row = connection.execute(select(delivery).where(delivery.c.id == view.id)).one()
    shown = _variant(row.payload)

    def of(table: Any) -> Sequence[Any]:
        return connection.execute(
            select(table).where(table.c.delivery_seq == row.seq).order_by(table.c.id)
        ).all()

    return DeliveryDossier(
        delivery=view,
        marker=row.marker,
        seal=seal(row.payload) if row.payload else "",
        title=shown.title if shown else "",
        summary=shown.summary if shown else "",
        text=shown.text if shown else "",
        link=shown.link if shown else "",
        media=shown.media if shown else (),
        approvals=[signature(workspace, one) for one in of(approval)],
        attempts=[AttemptView(a.step, a.started_at, a.ended_at, a.outcome, a.evidence) for a in of(attempt)],
        readings=[
            ReadingView(r.metric, r.value, r.definition, r.source, r.note, r.taken_at) for r in of(reading)
        ],
    )


def signature(workspace: Workspace, row: Any) -> SignatureView:
    """A row of the approvals, its signature looked at."""
    given = Approval(row.officer, row.role, row.seal, row.at, row.expires_at, row.signature)
    return SignatureView(
        row.officer,
        row.role,
        row.seal,
        row.at,
        row.expires_at,
        row.signature,
        workspace.trust.takes(given),
        row.voided_at,
        row.void_reason,
    )


def _variant(payload: str) -> Variant | None:
    try:
        return Variant.parse(payload) if payload else None
    except ValueError:
        return None


def _events(condition: Any) -> Any:
    return select(audit_event).where(condition).order_by(audit_event.c.id)
