"""What people post by hand, and what they tell Loa about it: the address, and figures read off a page."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from connectors.contract import Job, Published
from connectors.errors import ConnectorError
from connectors.extras import TakesAddress
from content.approval import Role
from content.errors import PlatformTrouble, RefusedByRule, UsageError
from content.moment import parse_moment, show
from content.text import nearest, normalise
from content.variant import Variant
from content.wording import say
from loa.services import acting, deciding, deliveries, reach
from loa.services.connecting import Connectors
from loa.services.deliveries import DeliveryView
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.speech import code_sentence
from scheduler import audit
from scheduler.reach import TYPED
from scheduler.seals import approvals_of, broken
from scheduler.status import DONE, Status
from scheduler.store.tables import LARGEST, delivery, reading

METRICS = ("reach", "views", "reactions", "comments", "shares", "clicks")
POSTABLE = frozenset(
    {
        Status.QUEUED,
        Status.READY,
        Status.REVEALING,
        Status.UNKNOWN,
        Status.HELD,
        Status.FAILED,
        Status.MISSED,
    }
)
"""Once due: a person may have posted it although the publisher stood still or the deadline has passed."""


@dataclass(frozen=True)
class _Seen:
    """What is written of a post: where it is, and what shows that (`why`: what does not)."""

    published: Published
    why: str = ""


def posted(
    workspace: Workspace,
    actor: Person,
    delivery_id: str,
    url: str,
    *,
    at: str = "",
    anyway: bool = False,
    reason: str = "",
) -> DeliveryView:
    """A person has posted it at `url`: looked at there, published, and read back later like any other.

    `at` is when, where the page does not tell (default: now). With `anyway` a page that cannot be read is
    taken on the word of an operator or approver, with a reason; it is not verified then. Late is allowed.
    Raises RefusedByRule where no approval stood at the due minute, PlatformTrouble saying why the post is
    not seen at the address.
    """
    actor.must_be(Role.DRAFTER, Role.APPROVER, Role.OPERATOR)
    if anyway:
        actor.must_be(Role.APPROVER, Role.OPERATOR)
        acting.need(reason)
    now = workspace.now()
    moment = past(workspace, at, now) if at else None
    with workspace.database.read() as connection:
        row = deliveries.row_of(connection, delivery_id)
        must_be_postable(workspace, connection, row, now)
        if moment:
            must_be_approved_by(workspace, connection, row, moment)
    seen = _look(workspace, row, url, anyway=anyway)

    def changes(connection: Connection, row: Row[tuple[Any, ...]]) -> dict[str, Any]:
        must_be_postable(workspace, connection, row, now)
        _must_be_its_own(connection, row, seen.published.remote_id)
        return {
            "status": Status.PUBLISHED,
            "url": seen.published.url,
            "remote_id": seen.published.remote_id,
            "published_at": moment or seen.published.published_at or now,
            "verified_at": None,
            "handle": workspace.trust.witness.stored(
                row.id, row.marker, row.channel_id, {**json.loads(row.handle), "address": seen.published.url}
            ),
            "wake_at": None if seen.why else now,  # the read-back
            "last_error": "",
            "pending": "",
            "looks": 0,
            "reads": 0,
        }

    action = "settled" if seen.why else "posted"
    evidence = seen.why or seen.published.evidence
    return deciding.decide(
        workspace,
        actor,
        delivery_id,
        action,
        reason or "–",
        POSTABLE,
        changes,
        url=seen.published.url,
        evidence=evidence,
    )


def add_figure(
    workspace: Workspace,
    actor: Person,
    delivery_id: str,
    metric: str,
    value: int,
    *,
    at: str = "",
    note: str = "",
) -> reach.ReachView:
    """A figure that a person has read off a page, with the time at which it was read (default: now).

    What nobody has read is simply not typed in: it stays "not available", which is not 0.
    """
    actor.must_be(Role.DRAFTER, Role.APPROVER, Role.OPERATOR)
    if metric not in METRICS:
        raise UsageError("cli.reach.bad_metric", metric=metric, nearest=_nearest_metric(metric))
    if value < 0:
        raise UsageError("cli.reach.negative", value=value)
    if value > LARGEST:
        raise UsageError("cli.reach.too_large", most=LARGEST)
    now = workspace.now()
    taken_at = past(workspace, at, now) if at else now

    def work(connection: Connection) -> int:
        row = deliveries.row_of(connection, delivery_id)
        if row.status not in DONE:
            status = say(f"cli.status.{row.status}")
            raise RefusedByRule("cli.queue.wrong_status", delivery=delivery_id, status=status)
        if row.published_at and taken_at < row.published_at:
            raise UsageError("cli.reach.before_published", delivery=delivery_id)
        values = {
            "delivery_seq": row.seq,
            "metric": metric,
            "value": value,
            "definition": say("cli.reach.typed_definition"),
            "source": f"{TYPED}{actor.name}",
            "note": normalise(note).strip(),
            "taken_at": taken_at,
        }
        number = connection.execute(insert(reading).values(**values).returning(reading.c.id)).scalar_one()
        detail = {key: values[key] for key in ("metric", "value", "note")} | {
            "taken_at": taken_at.isoformat()
        }
        audit.record(
            connection, at=now, actor=actor.name, action="figure_typed", subject=delivery_id, **detail
        )
        return int(number)

    return reach.one(workspace, workspace.database.run(work))


def must_be_postable(
    workspace: Workspace, connection: Connection, row: Row[tuple[Any, ...]], now: datetime
) -> None:
    """Raises RefusedByRule: before its minute, in a state that forbids it, not approved for that minute."""
    if row.status not in POSTABLE:
        status = say(f"cli.status.{row.status}")
        raise RefusedByRule("cli.queue.wrong_status", delivery=row.id, status=status)
    if row.due_at > now:
        raise RefusedByRule("cli.queue.not_due", delivery=row.id)
    # As of the due minute: an approval that has run out since stood when people were told to post.
    approvals = approvals_of(connection, [row.seq], workspace.trust)[row.seq]
    given = [replace(yes, used="") for yes in approvals]  # it was thought to be public already
    lacking = broken(dict(row._mapping), given, workspace.config.approval, row.due_at)
    if lacking:
        why = say(f"scheduler.reasons.{lacking}")
        raise RefusedByRule("cli.queue.not_approved", delivery=row.id, why=why)


def _look(workspace: Workspace, row: Row[tuple[Any, ...]], url: str, *, anyway: bool) -> _Seen:
    connectors = Connectors(workspace)
    try:
        connector = connectors.connect(row.channel_id)
        if not isinstance(connector, TakesAddress):
            raise RefusedByRule("cli.queue.not_by_hand", channel=row.channel_id)
        job = Job(row.id, row.marker, Variant.parse(row.payload), row.due_at, row.first_try_at)
        address = connector.address(url)
        try:
            return _Seen(connector.look(job, address))
        except ConnectorError as error:
            if not anyway:
                raise
            return _Seen(Published(address, address), str(error))
    except ConnectorError as error:
        sentence = code_sentence(error.code, channel=row.channel_id, detail=error.detail)
        raise PlatformTrouble("cli.queue.not_seen_there", why=sentence or str(error)) from None
    finally:
        connectors.close()


def _must_be_its_own(connection: Connection, row: Row[tuple[Any, ...]], remote_id: str) -> None:
    other = connection.execute(
        select(delivery.c.id).where(
            delivery.c.channel_id == row.channel_id,
            delivery.c.remote_id == remote_id,
            delivery.c.seq != row.seq,
            delivery.c.status.in_(DONE),
        )
    ).scalar()
    if other:
        raise RefusedByRule("cli.queue.address_taken", other=other)


def must_be_approved_by(
    workspace: Workspace, connection: Connection, row: Row[tuple[Any, ...]], moment: datetime
) -> None:
    """Raises UsageError when it is said to have been done before the last yes; a minute has no seconds."""
    given = approvals_of(connection, [row.seq], workspace.trust)[row.seq]
    last = max((yes.at for yes in given if yes.genuine and not yes.voided), default=moment)
    if moment < last.replace(second=0, microsecond=0):
        raise UsageError("cli.queue.before_approval", at=show(last, workspace.config.zone))


def past(workspace: Workspace, written: str, now: datetime) -> datetime:
    """A time that a person tells of something that has happened; raises UsageError for one to come."""
    moment, _ = parse_moment(written, workspace.config.zone)
    if moment > now:
        raise UsageError("cli.queue.in_the_future", time=written)
    return moment


def _nearest_metric(metric: str) -> str:
    return nearest(metric, METRICS) or ", ".join(METRICS)
