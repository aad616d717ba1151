"""Posts as people see them, and the rows behind them that the other use cases share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, select, update

from connectors import registry
from content import captions
from content.adapt import adapt
from content.checks import check_post, check_variant
from content.errors import NotFound, RefusedByRule
from content.finding import Finding, blocking
from content.frontmatter import parse_post
from content.post import MediaItem, Post
from content.text import nearest
from content.variant import MediaRef, Variant
from content.waiver import Waiver
from loa.services import blackouts, deliveries, duplicates, law, nearby, offer_news, overrides
from loa.services.blackouts import BlackoutView
from loa.services.connecting import Connectors
from loa.services.deliveries import DeliveryView
from loa.services.listing import MOST_FOUND
from loa.services.workspace import Workspace
from scheduler import seals
from scheduler.status import EDITABLE, Status, post_status
from scheduler.store import search as words
from scheduler.store.tables import approval, channel, delivery, post

AnyRow = Row[tuple[object, ...]]


class RefusedFindings(RefusedByRule):
    """Checks forbid it; `findings` say what, where and how to repair it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("cli.post.findings", count=len(blocking(findings)))
        self.findings = list(findings)


@dataclass(frozen=True)
class PostView:
    """A post as people see it; `status` is derived from its deliveries."""

    id: str
    title: str
    kind: str
    status: str
    revision: int
    contributors: list[str]
    updated_at: datetime
    source: str
    deliveries: list[DeliveryView]


def listing(workspace: Workspace, *, status: str = "", search: str = "") -> list[PostView]:
    """Posts, newest change first; raises UsageError for a status that there is not.

    With `search` those that have a delivery with all its words (`listing.Wanted`).
    """
    deliveries.must_be_statuses([status] if status else [])
    posts, parts = select(post), []
    if words.means_something(search):
        found = words.newest(select(delivery.c.post_id), search).limit(MOST_FOUND).subquery()
        posts = posts.where(post.c.id.in_(select(found.c.post_id)))
        parts.append(delivery.c.post_id.in_(select(found.c.post_id)))
    with workspace.database.read() as connection:
        rows = connection.execute(posts.order_by(post.c.updated_at.desc(), post.c.id)).all()
        by_post: dict[str, list[DeliveryView]] = {}
        for view in deliveries.select_views(connection, *parts):
            by_post.setdefault(view.post, []).append(view)
    views = [_view(row, by_post.get(row.id, [])) for row in rows]
    return [view for view in views if not status or view.status == status]


def get(workspace: Workspace, key: str) -> PostView:
    """One post; raises NotFound naming the nearest."""
    with workspace.database.read() as connection:
        row = post_row(connection, key)
        return _view(row, deliveries.select_views(connection, delivery.c.post_id == key))


def variants(workspace: Workspace, key: str) -> list[Variant]:
    """The post as each of its channels will show it: what was sealed, or what would be now."""
    with workspace.database.read() as connection:
        row = post_row(connection, key)
        rows = delivery_rows(connection, key)
    read, _ = parsed(workspace, row)
    return [Variant.parse(d.payload) if d.payload else adapted(read, row, d) for d in rows if d.due_at]


def media_of(workspace: Workspace, key: str) -> tuple[MediaItem, ...]:
    """The pictures, films and captions of a post as its author named them, with rights and people."""
    with workspace.database.read() as connection:
        row = post_row(connection, key)
    return parsed(workspace, row)[0].media


def in_review(workspace: Workspace, key: str) -> dict[str, Variant]:
    """What waits for approval, by delivery: to be shown, and sealed as it was shown."""
    with workspace.database.read() as connection:
        rows = delivery_rows(connection, key)
    return {row.id: Variant.parse(row.payload) for row in rows if row.status == Status.IN_REVIEW}


def check(workspace: Workspace, key: str) -> list[Finding]:
    """Every remark on the post and on each variant that may still change, as submission would see them."""
    with workspace.database.read() as connection:
        row = post_row(connection, key)
        rows = [d for d in delivery_rows(connection, key) if d.status in EDITABLE - {Status.CANCELLED}]
        known = connection.execute(select(channel.c.id)).scalars().all()
        given = overrides.counting_for(workspace, connection, row)
        days = blackouts.standing(workspace, connection)
    return findings_of(workspace, row, rows, known, given, days)


def findings_of(
    workspace: Workspace,
    row: AnyRow,
    rows: Sequence[AnyRow],
    known: Sequence[str],
    given: Sequence[Waiver] = (),
    days: Sequence[BlackoutView] = (),
    within: Connection | None = None,
) -> list[Finding]:
    """Remarks on the text, the times and, with the platforms' own limits, on every variant.

    `given`: the overrides that count for this text. `days`: on which posts stay back. `within`: the caller's
    transaction, if it writes. Raises AuthLost for a channel whose connector cannot be made.
    """
    now = workspace.now()
    read, findings = parsed(workspace, row)
    # The deliveries hold the times that count; the ones in the file were their first proposal.
    chosen = workspace.config.checks
    timeless = replace(read, due=None, deadline=None)
    findings += check_post(timeless, known_channels=known, now=now, chosen=chosen)
    moments = [d.due_at for d in rows if d.due_at]
    findings += overrides.marked(workspace, law.findings(workspace, read, moments), given)
    findings += duplicates.findings(workspace, read, moments)
    findings += offer_news.of_post(workspace, str(row.id))
    media = {entry["file"]: MediaRef(**entry["ref"]) for entry in json.loads(row.media)}
    findings += captions.remarks(read, media, lambda file: workspace.media.path(media[file]), chosen)
    with closing(Connectors(workspace)) as connectors:
        findings += _of_channels(workspace, row, rows, read, days, connectors, within)
    return findings + _approved_too_early(workspace, rows, now)


def _of_channels(
    workspace: Workspace,
    row: AnyRow,
    rows: Sequence[AnyRow],
    read: Post,
    days: Sequence[BlackoutView],
    connectors: Connectors,
    within: Connection | None,
) -> list[Finding]:
    """What each channel's times and limits have against its own variant."""
    findings: list[Finding] = []
    now, chosen = workspace.now(), workspace.config.checks
    for d in rows:
        if d.due_at is None:
            findings.append(Finding("cli.no_due", "block", d.id, {"delivery": d.id}))
            continue
        if d.due_at < now:
            findings.append(_due_past(d, now))
        variant = adapted(read, row, d)
        at = max(now, d.due_at)
        kept_back = blackouts.over(days, at, [d.channel_id], variant.kind, variant.tags)
        findings += [blackouts.remark(one, d.channel_id) for one in kept_back]
        if left := sorted({item.file for item in read.media} - _shown(row, variant)):
            findings.append(
                Finding("content.media_left_out", "warn", d.channel_id, {"files": ", ".join(left)})
            )
        connector = connectors.connect(d.channel_id, within=within)
        zone, quiet = workspace.config.zone, workspace.config.quiet_hours
        if early_or_late := quiet.remark(d.due_at, d.channel_id, d.platform, zone, chosen):
            findings.append(early_or_late)
        here = replace(read, due=d.due_at, channels=(d.channel_id,))
        findings += [replace(one, place=d.channel_id) for one in nearby.crowded(workspace, here)]
        remarks = [*check_variant(variant, connector.capabilities.limits), *connector.check(variant)]
        findings += [replace(finding, place=d.channel_id) for finding in remarks]
    return findings


def _approved_too_early(workspace: Workspace, rows: Sequence[AnyRow], now: datetime) -> list[Finding]:
    """A yes of today would be void at the minute: better known now than on the day."""
    zone, lapses = workspace.config.zone, now + workspace.config.approval.lasts
    late = [d.due_at for d in rows if d.due_at and d.due_at >= lapses]
    if not late:
        return []
    first_good = max(late) - workspace.config.approval.lasts + timedelta(days=1)
    values: dict[str, object] = {
        name: f"{moment.astimezone(zone):%d/%m/%Y}"
        for name, moment in (("lapses", lapses), ("due", max(late)), ("from_day", first_good))
    } | {"days": workspace.config.approval.lasts.days}
    return [Finding("time.approval_lapses", "warn", "due", values)]


def _due_past(d: AnyRow, now: datetime) -> Finding:
    """It stops a submission; what was submitted in time goes out late, as long as its deadline allows."""
    if d.status == Status.IN_REVIEW and now <= d.deadline:
        return Finding("content.due_past_in_review", "warn", d.channel_id)
    return Finding("content.due_past", "block", d.id)


def parsed(workspace: Workspace, row: AnyRow) -> tuple[Post, list[Finding]]:
    """The post behind a row; its id is the row's, whatever the source says."""
    read, findings = parse_post(row.source, file_name=f"{row.id}.md", zone=workspace.config.zone)
    return replace(read, key=row.id), findings


def adapted(read: Post, row: AnyRow, d: AnyRow, contributors: Sequence[str] = ()) -> Variant:
    """What one delivery would show if it were sealed now."""
    media = {entry["file"]: MediaRef(**entry["ref"]) for entry in json.loads(row.media)}
    return adapt(
        read,
        media,
        revision=row.revision,
        channel=d.channel_id,
        platform=d.platform,
        account=d.account,
        limits=registry.capabilities(d.platform).limits,
        author="",  # the unit speaks
        not_before=d.due_at,
        deadline=d.deadline,
        contributors=tuple(contributors),
    )


def _shown(row: AnyRow, variant: Variant) -> set[str]:
    """Names, as the post writes them, of the files that a variant carries."""
    carried = {ref.sha256 for ref in variant.media}
    return {entry["file"] for entry in json.loads(row.media) if entry["ref"]["sha256"] in carried}


def void(workspace: Workspace, connection: Connection, row: AnyRow, reason: str, now: datetime) -> None:
    """Take back every approval of a delivery."""
    mine = approval.c.delivery_seq == row.seq
    seals.void(connection, workspace.trust, mine, reason, now, of=row.id)


def post_row(connection: Connection, key: str) -> AnyRow:
    row = connection.execute(select(post).where(post.c.id == key)).first()
    if row is None:
        known = connection.execute(select(post.c.id)).scalars().all()
        raise NotFound("cli.post.unknown", post=key, nearest=nearest(key, known) or "–")
    return row


def delivery_rows(connection: Connection, key: str) -> Sequence[AnyRow]:
    return connection.execute(
        select(delivery, channel.c.platform, channel.c.account)
        .join(channel, channel.c.id == delivery.c.channel_id)
        .where(delivery.c.post_id == key)
        .order_by(delivery.c.seq)
        .with_for_update(of=delivery)
    ).all()


def add_contributor(connection: Connection, row: AnyRow, *names: str) -> None:
    before = str(row.contributors).split(",")
    wrote = ",".join(dict.fromkeys([*before, *names]))
    if wrote != row.contributors:
        connection.execute(update(post).where(post.c.id == row.id).values(contributors=wrote))


def _view(row: AnyRow, views: list[DeliveryView]) -> PostView:
    return PostView(
        id=row.id,
        title=row.title,
        kind=row.kind,
        status=post_status(Status(view.status) for view in views),
        revision=row.revision,
        contributors=row.contributors.split(","),
        updated_at=row.updated_at,
        source=row.source,
        deliveries=views,
    )
