"""Before a draft is opened: which of several, and whether another window has it already; only in workers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from content.moment import show as in_full
from content.wording import say
from loa.services import desks, drafts
from loa.services.drafts import Draft
from loa.speech import one_line
from tui.dialogs.pick import Pick
from tui.frame.room import Room


async def which(room: Room, left: Sequence[Draft]) -> str | None:
    """One of the drafts of a post, empty for a new one; None when it was closed."""
    if not left:
        return ""
    options = [
        (
            one.id,
            say("tui_compose.reopen.name", moment=in_full(one.kept_at, room.zone)),
            say("tui_compose.reopen.about", officer=one_line(one.officer)),
        )
        for one in left
    ]
    options.append(("", say("tui_compose.reopen.anew"), say("tui_compose.reopen.anew_about")))
    return await room.ask(Pick(say("tui_compose.reopen.title"), options, at=left[0].id))


async def unless_open_elsewhere(room: Room, draft: Draft, officer: str) -> Draft | None:
    """The draft, or a copy of `officer`'s own beside it; None when nothing is to be opened."""
    holder = await asyncio.to_thread(desks.holder, room.workspace, draft)
    if holder is None:
        return draft
    body = say(
        "tui_compose.elsewhere.body",
        officer=one_line(holder.officer),
        host=one_line(holder.host),
        moment=in_full(holder.opened_at, room.zone),
    )
    options = [
        (name, say(f"tui_compose.elsewhere.{name}"), say(f"tui_compose.elsewhere.{name}_about"))
        for name in ("apart", "anyway")
    ]
    chosen = await room.ask(Pick(say("tui_compose.elsewhere.title"), options, body))
    if chosen == "apart":
        return await asyncio.to_thread(drafts.copy, room.workspace, draft, draft.source, officer)
    return draft if chosen else None
