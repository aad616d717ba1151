"""Bringing content in: Word and Markdown files, an Excel plan, items of a feed; only in workers.

Each conversation answers the draft that is to be opened, or None: then there is nothing to open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from content.wording import say
from loa.services import drafts, feeds
from loa.services.bringing import Brought
from loa.services.drafts import Draft
from loa.services.excel_plan import ExcelPlan
from loa.services.feeds import FeedView, Outcome
from loa.services.importing import Imported
from loa.services.people import Person
from loa.speech import moment, one_line
from tui.dialogs.pick import Pick
from tui.dialogs.told import Told, Trouble
from tui.frame.room import Room
from tui.rooms.compose_bringing_files import BringFiles, BringPlan
from tui.rooms.compose_bringing_lists import FeedItems, NewFeed, PlanPreview

WAYS = ("file", "plan", "feed")
_NEW = "+"
"""No feed can be called so."""


async def bring(room: Room, person: Person, way: str) -> Draft | None:
    """One of the WAYS, or, when none is named, whichever is chosen."""
    if not way:
        options = [(one, say(f"tui_bringing.way.{one}"), say(f"tui_bringing.about.{one}")) for one in WAYS]
        way = await room.ask(Pick(say("tui_bringing.title"), options)) or ""
    conversation = {"file": _files, "plan": _plan, "feed": _feed}.get(way)
    return await conversation(room, person) if conversation else None


async def _files(room: Room, person: Person) -> Draft | None:
    done: list[Brought] | None = await room.ask(BringFiles(room.workspace, person))
    if not done:
        return None
    drafted = [one for one in done if one.draft]
    lines = [
        say("tui_bringing.drafted", draft=one.draft, title=one_line(one.title))
        if one.draft
        else say(f"cli.post.imported_{one.outcome}", post=one.post, title=one_line(one.title))
        for one in done
    ]
    remarks = [finding.line() for one in done for finding in one.findings]
    if remarks or len(done) > 1:
        title = say("tui_bringing.done", count=len(done))
        await room.ask(Told(title, [*lines, *(f"• {one_line(one)}" for one in remarks)]))
    else:
        room.notify(lines[0], markup=False)
    return await _first(room, [one.draft for one in drafted])


async def _plan(room: Room, person: Person) -> Draft | None:
    plan: ExcelPlan | None = await room.ask(BringPlan(room.workspace))
    if plan is None:
        return None
    made: list[Imported] | None = await room.ask(PlanPreview(room, person, plan))
    if made is not None:
        counts = {name: sum(one.outcome == name for one in made) for name in ("new", "changed")}
        room.notify(say("tui_bringing.plan.made", **counts), markup=False, timeout=15)
    return None


async def _feed(room: Room, person: Person) -> Draft | None:
    try:
        known = await asyncio.to_thread(feeds.listing, room.workspace)
    except Exception as error:
        await room.ask(Trouble(error))
        return None
    options = [(one.name, one_line(one.title) or one.name, _about(room, one)) for one in known]
    options.append((_NEW, say("tui_bringing.feed.add"), say("tui_bringing.feed.add_about")))
    chosen: str | None = _NEW
    if known:
        chosen = await room.ask(Pick(say("tui_bringing.way.feed"), options))
    if chosen == _NEW:
        chosen = await room.ask(NewFeed(room.workspace, person))
    if not chosen:
        return None
    taken: list[Outcome] | None = await room.ask(FeedItems(room, person, chosen))
    if not taken:
        return None
    lines = [
        say(
            f"tui_bringing.feed.{one.outcome}",
            draft=one.draft,
            title=one_line(one.title),
            officer=one.officer,
            moment=moment(one.at, room.zone),
        )
        for one in taken
    ]
    lines += [f"• {say(f'feeds.item.{name}')}" for name in sorted({n for one in taken for n in one.remarks})]
    await room.ask(Told(say("tui_bringing.feed.done"), [*lines, "", say("tui_bringing.feed.then")]))
    return await _first(room, [one.draft for one in taken if one.outcome == "draft"])


def _about(room: Room, one: FeedView) -> str:
    return say(
        "tui_bringing.feed.about",
        items=one.items,
        new=one.new,
        taken=one.taken,
        moment=moment(one.looked_at, room.zone),
    )


async def _first(room: Room, names: Sequence[str]) -> Draft | None:
    if not names:
        return None
    try:
        return await asyncio.to_thread(partial(drafts.get, room.workspace, names[0]))
    except Exception as error:
        await room.ask(Trouble(error))
        return None
