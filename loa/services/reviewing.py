"""What waits for approval: whose yes can still be given, what it would cover, what changed since the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from content.approval import Approval
from content.changes import Changes, changes
from content.errors import LoaError, NotFound, RefusedByRule
from content.finding import Finding
from content.post import MediaItem
from content.variant import Variant, seal
from loa.services import approving, posts
from loa.services.people import Person
from loa.services.posts import AnyRow
from loa.services.workspace import Workspace
from scheduler.seals import approvals_of
from scheduler.status import Status
from scheduler.store.tables import approval, delivery, post, sealed

MOST = 200
"""Posts that are listed: more than anybody reads in a day."""
_HINDRANCES = {
    "cli.people.role_missing": "role",
    "cli.post.own_post": "own",
    "cli.post.changed_since_submit": "changed",
    "cli.post.too_late": "late",
    "cli.post.no_level_left": "level",
}


@dataclass(frozen=True)
class Waiting:
    """A post with something in review. `due_at` and `channels` are of that part of it.

    `hindrance` says why this officer cannot approve it: `role`, `own` (they wrote some of it), `given`
    (they said yes already), `level` (the level that lacks is another's), `late` (past the deadline),
    `changed` (not what was submitted); empty when they can, or when nobody was asked about.
    """

    id: str
    title: str
    kind: str
    revision: int
    contributors: tuple[str, ...]
    due_at: datetime | None
    channels: tuple[str, ...]
    hindrance: str = ""


@dataclass(frozen=True)
class Given:
    """One officer's yes."""

    officer: str
    role: str
    at: datetime
    void_reason: str = ""


@dataclass(frozen=True)
class Part:
    """What one channel will show. `given` are the standing yeses to exactly this.

    `last` is the yes before those, now void or to something else; `changes` what is different since, None
    when what it covered is not known: there was none, or it is not `proved` (not kept, or not signed by
    anybody who is trusted).
    """

    delivery: str
    seal: str
    variant: Variant
    due_at: datetime | None
    given: tuple[Given, ...]
    last: Given | None
    changes: Changes | None

    @property
    def proved(self) -> bool:
        return self.changes is not None


@dataclass(frozen=True)
class Review:
    """All that an approval of a post would cover. `required` are the levels its kind needs.

    `media` are the pictures as their author named them: whose they are and who is in them is not sent.
    `trouble` says why there are no findings, where checking was not possible.
    """

    post: Waiting
    parts: tuple[Part, ...]
    required: tuple[str, ...]
    findings: tuple[Finding, ...]
    trouble: str
    media: tuple[MediaItem, ...] = ()

    @property
    def seen(self) -> Mapping[str, str]:
        """What `approving.approve` is to be told that the officer was shown."""
        return {part.delivery: part.seal for part in self.parts}


def waiting(workspace: Workspace, officer: Person | None = None) -> list[Waiting]:
    """At most `MOST` posts: those that the officer can approve first, then by due time."""
    in_review = delivery.c.status == Status.IN_REVIEW
    first = (
        select(delivery.c.post_id)
        .where(in_review)
        .group_by(delivery.c.post_id)
        .order_by(func.min(delivery.c.due_at), delivery.c.post_id)
        .limit(MOST)
    )
    with workspace.database.read() as connection:
        keys = connection.execute(first).scalars().all()
        rows = connection.execute(select(post).where(post.c.id.in_(keys))).all()
        known = {row.id: row for row in rows}
        parts: dict[str, list[AnyRow]] = {key: [] for key in keys}
        for d in connection.execute(
            select(delivery).where(in_review, delivery.c.post_id.in_(keys)).order_by(delivery.c.seq)
        ):
            parts[d.post_id].append(d)
        given = approvals_of(connection, [d.seq for ds in parts.values() for d in ds], workspace.trust)
    told = [_waiting(workspace, known[key], ds, given, officer) for key, ds in parts.items() if ds]
    return sorted(told, key=lambda one: bool(one.hindrance))


def review(workspace: Workspace, key: str, officer: Person | None = None) -> Review:
    """What is in review of a post; raises NotFound when nothing of it is (any more)."""
    with workspace.database.read() as connection:
        row = posts.post_row(connection, key)
        rows = [d for d in posts.delivery_rows(connection, key) if d.status == Status.IN_REVIEW]
        if not rows:
            raise NotFound("cli.post.nothing_to_approve", post=key)
        given = approvals_of(connection, [d.seq for d in rows], workspace.trust)
        found = [_part(connection, d, given[d.seq]) for d in rows]
    findings: list[Finding] = []
    media: tuple[MediaItem, ...] = ()
    trouble = ""
    try:
        media = posts.media_of(workspace, key)
        findings = posts.check(workspace, key)
    except LoaError as error:  # a channel whose key cannot be opened
        trouble = str(error)
    return Review(
        post=_waiting(workspace, row, rows, given, officer),
        parts=tuple(part for part in found if part),
        required=tuple(workspace.config.approval.roles_for(str(row.kind))),
        findings=tuple(findings),
        trouble=trouble,
        media=media,
    )


def _waiting(
    workspace: Workspace,
    row: AnyRow,
    rows: Sequence[AnyRow],
    given: Mapping[int, list[Approval]],
    officer: Person | None,
) -> Waiting:
    hindered = [_hindrance(workspace, officer, row, d, given[d.seq]) for d in rows] if officer else []
    return Waiting(
        id=row.id,
        title=row.title,
        kind=row.kind,
        revision=row.revision,
        contributors=tuple(row.contributors.split(",")),
        due_at=min((d.due_at for d in rows if d.due_at), default=None),
        channels=tuple(d.channel_id for d in rows),
        hindrance=next(filter(None, hindered), ""),
    )


def _hindrance(workspace: Workspace, officer: Person, row: AnyRow, d: AnyRow, given: list[Approval]) -> str:
    """What `approve` would refuse it for, by the same function."""
    standing = _standing(given, seal(d.payload))
    required = workspace.config.approval.roles_for(row.kind)
    try:
        approving.level_of(officer, row, d, standing, required, workspace.now())
    except RefusedByRule as error:
        name = _HINDRANCES[error.key]
        mine = any(yes.officer == officer.name for yes in standing)
        return "given" if name == "level" and mine else name
    return ""


def _standing(given: Sequence[Approval], digest: str) -> list[Approval]:
    return [yes for yes in given if yes.genuine and not yes.voided and yes.seal == digest]


def _part(connection: Connection, d: AnyRow, given: Sequence[Approval]) -> Part | None:
    """None for what nobody can read: no seal of it was shown to anybody, so it is not approved either."""
    try:
        variant = Variant.parse(d.payload)
    except ValueError:
        return None
    digest = seal(d.payload)
    standing = _standing(given, digest)
    rows: Sequence[Any] = connection.execute(
        select(approval).where(approval.c.delivery_seq == d.seq).order_by(approval.c.id)
    ).all()
    # `given` is of the same rows in the same order, and knows whose signature is genuine.
    earlier = [(row, yes) for row, yes in zip(rows, given, strict=True) if yes not in standing]
    last, before = None, None
    if earlier:
        row, yes = earlier[-1]
        last = Given(row.officer, row.role, row.at, row.void_reason)
        before = _covered(connection, yes) if yes.genuine else None
    return Part(
        delivery=d.id,
        seal=digest,
        variant=variant,
        due_at=d.due_at,
        given=tuple(Given(yes.officer, yes.role, yes.at) for yes in standing),
        last=last,
        changes=changes(before, variant) if before else None,
    )


def _covered(connection: Connection, yes: Approval) -> Variant | None:
    """What a yes was given to, if it was kept and is still that to the letter."""
    payload = connection.execute(select(sealed.c.payload).where(sealed.c.seal == yes.seal)).scalar()
    if payload is None or seal(payload) != yes.seal:
        return None
    return Variant.parse(payload)
