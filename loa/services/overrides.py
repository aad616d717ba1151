"""Overrides of legal blocks as people see them: who let what pass, when, why, and whether it still counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from content.finding import Finding
from content.moment import show
from content.severities import OVERRIDABLE
from content.variant import text_digest
from content.waiver import Waiver, counting
from content.wording import say
from loa.services.workspace import Workspace
from scheduler import waivers
from scheduler.store.tables import post, waiver


@dataclass(frozen=True)
class OverrideView:
    """One override. `state`: `stands`, or why it counts no more (`content.waiver.Waiver.lacks`)."""

    id: int
    post: str
    rule: str
    document: str
    officer: str
    reason: str
    at: datetime
    state: str
    undone_at: datetime | None = None
    undone_by: str = ""
    undo_reason: str = ""


def listing(workspace: Workspace, key: str = "") -> list[OverrideView]:
    """Every override that was ever given, for one post or for all, oldest first."""
    which = [waiver.c.post_id == key] if key else []
    with workspace.database.read() as connection:
        rows = waivers.rows(connection, *which)
        keys = {row.post_id for row in rows}
        columns = (post.c.id, post.c.source, post.c.contributors)
        posts = {one.id: one for one in connection.execute(select(*columns).where(post.c.id.in_(keys)))}
    return [_view(workspace, row, posts.get(row.post_id)) for row in rows]


def _view(workspace: Workspace, row: Any, of: Any) -> OverrideView:
    told = waivers.believed(row, workspace.trust)
    text = text_digest(of.source) if of else ""
    wrote = of.contributors.split(",") if of else ()
    lacks = told.lacks(post=told.post, source_sha256=text, contributors=wrote)
    return OverrideView(
        id=row.id,
        post=row.post_id,
        rule=row.rule,
        document=row.about,
        officer=row.officer,
        reason=row.reason,
        at=row.at,
        state=lacks or "stands",
        undone_at=row.voided_at,
        undone_by=row.voided_by,
        undo_reason=row.void_reason,
    )


def counting_for(
    workspace: Workspace, connection: Connection, row: Any, contributors: Collection[str] = ()
) -> list[Waiver]:
    """Those that count for a post (its row) as it is stored now. `contributors`: more than the row names."""
    told = waivers.of_post(connection, workspace.trust, row.id)
    wrote = {*row.contributors.split(","), *contributors}
    return counting(told, row.id, text_digest(row.source), wrote)


def marked(workspace: Workspace, findings: Iterable[Finding], given: Sequence[Waiver]) -> list[Finding]:
    """The same remarks; what is overridden is still said, with whose word it is, and stops nothing."""
    by_what = {one.what: one for one in given if one.rule in OVERRIDABLE}
    return [
        remark.let_pass(sentence(workspace, word))
        if remark.severity == "block" and (word := by_what.get((remark.rule, remark.about)))
        else remark
        for remark in findings
    ]


def sentence(workspace: Workspace, one: Waiver | OverrideView) -> str:
    """Who, when and why."""
    at = show(one.at, workspace.config.zone)
    return say("override.told", officer=one.officer, at=at, reason=one.reason)
