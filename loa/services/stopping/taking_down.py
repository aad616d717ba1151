"""What is public is taken down, by the platform's call or by a person's hand; one post sets another right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from connectors.contract import Connector, Job, Published, Save
from connectors.errors import Refused
from connectors.extras import Removes
from content.approval import Role
from content.errors import RefusedByRule, UsageError
from content.text import normalise
from loa.services import acting
from loa.services.acting import Act, Acted
from loa.services.deliveries import must_be_known, row_of
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.leftovers import named_by
from scheduler.status import Status
from scheduler.store.tables import attempt, correction, delivery
from scheduler.witness import handle_of
from scheduler.zones import Serves

AGAIN_FIRST, AGAIN_AT_MOST = timedelta(seconds=15), timedelta(hours=1)


def take_down(
    workspace: Workspace, actor: Person, post_id: str, reason: str, *, channels: Sequence[str] = ()
) -> list[Acted]:
    """Take a post down from every channel, or from some; a result for each that it is public on."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    with workspace.database.read() as connection:
        must_be_known(connection, post_id=post_id)
        for channel_id in channels:
            must_be_known(connection, channel_id=channel_id)
    wanted = delivery.c.post_id == post_id
    if channels:
        wanted &= delivery.c.channel_id.in_(channels)
    return acting.on_chosen(workspace, actor, REMOVE, wanted, (), reason)


def round_of_the_publisher(workspace: Workspace, serves: Serves | None = None) -> None:
    """Take down what was asked for where it could not be done: on a unit's own PC, which speaks to no
    platform, on a machine that has not the site, or when a platform did not answer. Again and again, ever
    less often: a person wants it gone.

    `serves`: the channels of one worker among several; None: all.
    """
    asked = [delivery.c.status == Status.REMOVING, delivery.c.last_error != ""]
    if serves is not None:
        asked.append(serves.has(delivery.c.channel_id))
    now = workspace.now()
    with workspace.database.read() as connection:
        seqs = [row.seq for row in acting.rows(connection, *asked) if _is_time(connection, row, now)]
    if seqs:
        acting.act_on(workspace, Person(audit.MACHINE, "", "", ()), REMOVE, seqs, "")


def _is_time(connection: Connection, row: Any, now: datetime) -> bool:
    if row.last_error == acting.ASKED:
        return True
    tried = (attempt.c.delivery_seq == row.seq) & (attempt.c.step == REMOVE.step)
    tries = connection.execute(select(func.count()).where(tried)).scalar_one()
    return bool(now - row.updated_at >= min(AGAIN_FIRST * 2 ** min(tries, 10), AGAIN_AT_MOST))


def taken_down_by_hand(workspace: Workspace, actor: Person, delivery_id: str, reason: str) -> None:
    """A person removed it where Loa cannot; believed, and recorded as their word.

    What Loa was calling back is held here then, what it was not sure of is taken for gone.
    """
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    acting.need(reason)
    now = workspace.now()

    def work(connection: Connection) -> None:
        row = row_of(connection, delivery_id)
        if row.status == Status.RECALLING:
            values = {"status": Status.HELD, "last_error": "recalled", "hand_over": False}
        elif row.status in (Status.PUBLISHED, Status.REMOVING, Status.UNKNOWN):
            values = {"status": Status.REMOVED, "last_error": ""}
        else:
            raise RefusedByRule("stopping.not_public", delivery=delivery_id)
        connection.execute(
            update(delivery)
            .where(delivery.c.seq == row.seq)
            .values(**values, wake_at=None, fence=-1, updated_at=now)
        )
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="removed_by_hand",
            subject=delivery_id,
            reason=normalise(reason),
        )

    workspace.database.run(work)


def _remove(connector: Connector, job: Job, row: Any, _save: Save) -> dict[str, Any]:
    if not isinstance(connector, Removes):
        raise Refused("loa:cannot-remove")
    if not _is_its_own(connector, job, row):
        raise Refused("loa:not-its-own", row.remote_id)
    connector.remove(Published(row.remote_id, row.url, row.published_at))
    if connector.find(job, handle_of(row.handle)):
        raise Refused("loa:still-public")
    return {"last_error": ""}


def _is_its_own(connector: Connector, job: Job, row: Any) -> bool:
    """Whether the row's `remote_id` is this delivery's: by its marker, its handle, or what is seen there."""
    if row.remote_id in {"", row.marker, *named_by(row.handle)}:
        return True
    return any(seen.remote_id == row.remote_id for seen in connector.find(job, handle_of(row.handle)))


REMOVE = Act(
    step="remove",
    allowed=frozenset({Status.PUBLISHED}),
    during=Status.REMOVING,
    after=Status.REMOVED,
    audited="removed",
    call=_remove,
    when_refused=Status.PUBLISHED,
)


def correct(workspace: Workspace, actor: Person, original: str, correcting: str, reason: str) -> None:
    """Say that one post sets another right; shown with both from then on."""
    actor.must_be(Role.DRAFTER, Role.APPROVER, Role.OPERATOR)
    acting.need(reason)
    if original == correcting:
        raise UsageError("stopping.corrects_itself", post=original)
    now = workspace.now()

    def work(connection: Connection) -> None:
        for key in (original, correcting):
            must_be_known(connection, post_id=key)
        same = (correction.c.original == original) & (correction.c.correcting == correcting)
        if connection.execute(select(correction.c.id).where(same)).first():
            return
        connection.execute(
            insert(correction).values(
                original=original,
                correcting=correcting,
                reason=normalise(reason),
                officer=actor.name,
                at=now,
            )
        )
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="corrected",
            subject=original,
            by=correcting,
            reason=normalise(reason),
        )

    workspace.database.run(work)


def corrections(workspace: Workspace, post_id: str) -> list[tuple[str, str]]:
    """(original, correcting) pairs in which a post takes part, oldest first."""
    about = (correction.c.original == post_id) | (correction.c.correcting == post_id)
    with workspace.database.read() as connection:
        rows = connection.execute(select(correction).where(about).order_by(correction.c.id)).all()
    return [(row.original, row.correcting) for row in rows]
