"""What can be written on: drafts that lie about, and posts that may still change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from content.text import fold
from content.wording import say
from loa.services import desks, drafts
from loa.services.desks import Desk as Holder
from loa.services.drafts import Draft, Editable
from loa.services.workspace import Workspace
from loa.speech import one_line, status_word
from tui.widgets.columns import Column
from tui.words import in_short


@dataclass(frozen=True)
class Row:
    """A draft, or a post without one; `holder` is the window that has the draft open."""

    id: str
    title: str
    officer: str
    at: datetime
    state: str
    draft: Draft | None = None
    holder: Holder | None = None
    post: str = ""


def rows(workspace: Workspace, sought: str) -> list[Row]:
    """Drafts first, then posts, the last change first each; in a thread."""
    words = fold(sought).split()
    found = [_of_draft(workspace, one) for one in drafts.listing(workspace)]
    found = [row for row in found if all(word in _text(row) for word in words)]
    return found + [_of_post(one) for one in drafts.editable(workspace, sought)]


def _of_draft(workspace: Workspace, draft: Draft) -> Row:
    holder = desks.holder(workspace, draft)
    state = say("tui_compose.state.open" if holder else "tui_compose.state.draft")
    title = draft.title or say("tui_compose.untitled")
    return Row(f"draft:{draft.id}", title, draft.officer, draft.kept_at, state, draft, holder, draft.post)


def _of_post(post: Editable) -> Row:
    return Row(
        f"post:{post.id}", post.title, post.officer, post.updated_at, status_word(post.status), post=post.id
    )


def _text(row: Row) -> str:
    return fold(f"{row.title} {row.officer} {row.post} {row.state}")


def columns(zone: ZoneInfo, now: Callable[[], datetime]) -> Sequence[Column[Row]]:
    return [
        Column(say("tui_compose.column.state"), lambda row, _: row.state, (20, 22, 24), style=_style),
        Column(
            say("tui_compose.column.title"),
            lambda row, _: one_line(row.title),
            (20, 30, 40),
            share=1,
            style=_style,
        ),
        Column(
            say("tui_compose.column.officer"), lambda row, _: one_line(row.officer), (9, 14, 18), style=_style
        ),
        Column(
            say("tui_compose.column.at"),
            lambda row, width: in_short(row.at, zone, now(), width),
            (14, 17, 17),
            style=_style,
        ),
    ]


def _style(row: Row) -> str:
    return "care" if row.draft else "plain"
