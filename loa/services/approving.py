"""From draft to queue: submit, approve, reject, withdraw. What is approved is a seal over a variant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from connectors import registry
from content.approval import Approval, Role
from content.errors import RefusedByRule
from content.finding import blocking
from content.post import Post
from content.variant import Variant, seal, text_digest
from content.wording import say
from loa.services import acting, blackouts, calling_off, law, limits, overrides, trusting
from loa.services.people import Person
from loa.services.posts import (
    AnyRow,
    PostView,
    RefusedFindings,
    adapted,
    add_contributor,
    delivery_rows,
    findings_of,
    get,
    parsed,
    post_row,
    void,
)
from loa.services.workspace import Workspace
from scheduler import audit, delegations
from scheduler.seals import approvals_of
from scheduler.status import EDITABLE, SENDABLE, Status
from scheduler.store.tables import approval, channel, delivery, sealed
from scheduler.witness import name_of


def submit(workspace: Workspace, actor: Person, key: str) -> PostView:
    """Hand a draft over for approval: from here on its text, pictures, channels and window are sealed."""
    actor.must_be(Role.DRAFTER)
    now = workspace.now()

    def work(connection: Connection) -> None:
        row = post_row(connection, key)
        rows = [d for d in delivery_rows(connection, key) if d.status == Status.DRAFT]
        if not rows:
            raise RefusedByRule("cli.post.nothing_to_submit", post=key)
        known = connection.execute(select(channel.c.id)).scalars().all()
        contributors = sorted({*row.contributors.split(","), actor.name})
        given = overrides.counting_for(workspace, connection, row, contributors)
        days = blackouts.standing(workspace, connection)
        findings = findings_of(workspace, row, rows, known, given, days, connection)
        if blocking(findings):
            raise RefusedFindings(findings)
        limits.must_fit_the_day(connection, key, [d.due_at for d in rows], workspace.config.zone)
        read, _ = parsed(workspace, row)
        seals: dict[str, str] = {}
        for d in rows:
            variant = adapted(read, row, d, contributors)
            for ref in variant.media:
                workspace.media.verify(ref)
            seals[d.id] = seal(variant.canonical())
            connection.execute(
                update(delivery)
                .where(delivery.c.seq == d.seq)
                .values(
                    status=Status.IN_REVIEW,
                    payload=variant.canonical(),
                    handle="{}",  # what was prepared for an earlier text is not this one
                    pending="",
                    last_error="",
                    updated_at=now,
                )
            )
        add_contributor(connection, row, actor.name)
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="submitted",
            subject=key,
            revision=row.revision,
            seals=seals,
            remarks=[f"{f.severity} {f.rule} {f.place}".strip() for f in findings],
        )

    workspace.database.run(work)
    return get(workspace, key)


def approve(
    workspace: Workspace, actor: Person, key: str, *, seen: Mapping[str, str] | None = None
) -> PostView:
    """Say yes to exactly what each channel will show. The last required yes puts it in the queue.

    `seen` are the seals, by delivery, of what the officer was shown: a text that was replaced in the
    meantime is refused. None trusts the caller to have shown what is stored now.
    """
    actor.must_be(Role.REVIEWER, Role.APPROVER)
    now, rules = workspace.now(), workspace.config.approval

    def work(connection: Connection) -> None:
        row = post_row(connection, key)
        _must_be_anothers(actor, row, row.contributors.split(","))
        signer = trusting.signer_of(workspace, actor)
        rows = [d for d in delivery_rows(connection, key) if d.status == Status.IN_REVIEW]
        if not rows:
            raise RefusedByRule("cli.post.nothing_to_approve", post=key)
        read: Post | None = None
        for d in rows:
            digest = seal(d.payload)
            given = [a for a in _standing(workspace, connection, d.seq) if a.seal == digest]
            role, wrote = level_of(actor, row, d, given, rules.roles_for(row.kind), now)
            if seen is not None and seen.get(d.id) != digest:
                raise RefusedByRule("cli.post.changed_since_shown", delivery=d.id)
            read = read or parsed(workspace, row)[0]  # once: the source names every channel
            _must_be_lawful(workspace, connection, row, d, read)
            _keep(connection, digest, d.payload, d.unit)
            yes = Approval(actor.name, role, digest, at=now, expires_at=now + rules.lasts)
            while workspace.trust.witness.state(name_of(yes)):  # a new yes, not one used or taken back
                yes = replace(yes, at=yes.at + timedelta(microseconds=1))
            yes = replace(yes, signature=signer.sign(yes.statement()))
            if not workspace.trust.believes(yes):  # said here, not left for the publisher to find
                words = say(f"cli.role.{role}")
                raise RefusedByRule("trust.not_believed", name=actor.name, role=words)
            if not delegations.counts(connection, workspace.trust, d.unit, yes):
                raise _not_covered(actor.name, workspace.unit, d.unit)
            workspace.trust.witness.pin_marker(name_of(yes), d.marker, d.id)
            if blackouts.days_that_hold(workspace, connection, d, now) and acting.is_believed(workspace):
                workspace.trust.witness.let_go(d.id, now, d.due_at)
            connection.execute(
                insert(approval).values(
                    delivery_seq=d.seq,
                    seal=yes.seal,
                    officer=yes.officer,
                    role=yes.role,
                    at=yes.at,
                    expires_at=yes.expires_at,
                    signature=yes.signature,
                    void_reason="",
                )
            )
            given = _standing(workspace, connection, d.seq)
            lacking = rules.lacks(given, kind=row.kind, seal=digest, contributors=wrote, now=now)
            if lacking is None:
                lead = registry.capabilities(Variant.parse(d.payload).platform).lead
                connection.execute(
                    update(delivery)
                    .where(delivery.c.seq == d.seq)
                    .values(
                        status=Status.QUEUED,
                        wake_at=max(now, d.due_at - lead),
                        tries=0,
                        looks=0,
                        updated_at=now,
                    )
                )
            audit.record(
                connection,
                at=now,
                actor=actor.name,
                action="approved",
                subject=d.id,
                seal=digest,
                role=role,
                revision=row.revision,
            )

    workspace.database.run(work)
    return get(workspace, key)


def reject(workspace: Workspace, actor: Person, key: str, reason: str) -> PostView:
    """Send a submitted post back to its author."""
    actor.must_be(Role.REVIEWER, Role.APPROVER)
    return _back_to_draft(workspace, actor, key, "rejected", reason, {Status.IN_REVIEW})


def withdraw(workspace: Workspace, actor: Person, key: str, reason: str) -> PostView:
    """Take a post out of review or out of the queue; what is public already stays (that is a take-down)."""
    actor.must_be(Role.DRAFTER, Role.APPROVER, Role.OPERATOR)
    waiting = (EDITABLE | SENDABLE) - {Status.DRAFT, Status.CANCELLED}
    return _back_to_draft(workspace, actor, key, "withdrawn", reason, set(waiting))


def level_of(
    actor: Person, row: AnyRow, d: AnyRow, given: Sequence[Approval], required: Sequence[Role], now: datetime
) -> tuple[Role, set[str]]:
    """The level at which an officer can say yes to one delivery in review, and everybody who wrote it.

    `row` is the post's, `d` the delivery's, `given` are the standing approvals of exactly what is stored.
    Raises RefusedByRule for an officer who can give none.
    """
    actor.must_be(Role.REVIEWER, Role.APPROVER)
    wrote = {*row.contributors.split(","), *_must_be_as_submitted(row, d, now).contributors}
    _must_be_anothers(actor, row, wrote)
    return _role_to_give(actor, given, required), wrote


def _must_be_lawful(workspace: Workspace, connection: Connection, row: AnyRow, d: AnyRow, read: Post) -> None:
    """The law may have changed since it was submitted; the gate would hold it, and says so much later."""
    cited = law.findings(workspace, read, [max(workspace.now(), d.due_at)])
    given = overrides.counting_for(workspace, connection, row)
    if blocking(remarks := overrides.marked(workspace, cited, given)):
        raise RefusedFindings(remarks)


def _must_be_anothers(actor: Person, row: AnyRow, wrote: Collection[str]) -> None:
    if actor.name in wrote:
        raise RefusedByRule("cli.post.own_post", post=row.id, name=actor.name)


def _keep(connection: Connection, digest: str, payload: str, unit: str) -> None:
    """Beside the yes that was given to it, whatever becomes of the delivery."""
    if connection.execute(select(sealed.c.seal).where(sealed.c.seal == digest)).first() is None:
        connection.execute(insert(sealed).values(seal=digest, payload=payload, unit=unit))


def _must_be_as_submitted(row: AnyRow, d: AnyRow, now: datetime) -> Variant:
    """What the approver was shown is what would be sent, and it can still be sent in time."""
    try:
        variant = Variant.parse(d.payload)
    except ValueError:
        variant = None
    if variant is None or variant.source_sha256 != text_digest(row.source):
        raise RefusedByRule("cli.post.changed_since_submit", post=row.id, delivery=d.id)
    if now > d.deadline:
        raise RefusedByRule("cli.post.too_late", delivery=d.id)
    return variant


def _not_covered(name: str, own: str, unit: str) -> RefusedByRule:
    if unit == own:
        return RefusedByRule("unit.not_covered", name=name, unit=unit or "–")
    return RefusedByRule("unit.not_theirs", name=name, unit=unit or "–", to=f" {own}" if own else "")


def _standing(workspace: Workspace, connection: Connection, seq: int) -> list[Approval]:
    given = approvals_of(connection, [seq], workspace.trust)[seq]
    return [approval for approval in given if approval.genuine and not approval.voided]


def _role_to_give(actor: Person, given: Sequence[Approval], required: Sequence[Role]) -> Role:
    """The required level that this officer can still fill; raises RefusedByRule when there is none.

    When every level was given and it still waits, one person gave two of them: then any level will do
    that this officer has not given.
    """
    open_levels = list(required)
    for yes in given:
        if yes.role in open_levels:
            open_levels.remove(Role(yes.role))
    own = {yes.role for yes in given if yes.officer == actor.name}
    for role in open_levels or [role for role in required if role not in own]:
        if role in actor.roles:
            return role
    words = ", ".join(say(f"cli.role.{role}") for role in required)
    raise RefusedByRule("cli.post.no_level_left", name=actor.name, required=words)


def _back_to_draft(
    workspace: Workspace, actor: Person, key: str, action: str, reason: str, states: set[Status]
) -> PostView:
    acting.need(reason)
    now = workspace.now()

    def work(connection: Connection) -> list[str]:
        rows = [d for d in delivery_rows(connection, key) if d.status in states]
        post_row(connection, key)
        if not rows:
            raise RefusedByRule("cli.post.nothing_to_take_back", post=key)
        for d in rows:
            taken = connection.execute(
                update(delivery)
                .where(delivery.c.seq == d.seq, delivery.c.status.in_(states))
                .values(
                    status=Status.DRAFT,
                    wake_at=None,
                    fence=-1,  # matches no claim: a worker that is preparing it can write nothing more
                    payload="",
                    last_error=f"{action}: {reason}",
                    updated_at=now,
                )
            )
            if taken.rowcount:
                void(workspace, connection, d, action, now)
                audit.record(connection, at=now, actor=actor.name, action=action, subject=d.id, reason=reason)
        return [d.id for d in rows]

    calling_off.mark(workspace, workspace.database.run(work))
    return get(workspace, key)
