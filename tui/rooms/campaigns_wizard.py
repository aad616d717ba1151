"""From a kit to a campaign, a step at a time: kit, anchor day, channels, values, preview, create.

Esc goes back one step, and out of the first one; what was chosen stays until a campaign was made of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any

from content.errors import LoaError, UsageError
from content.kits import Kit
from content.wording import say
from loa.services import campaigns, channels
from loa.services.campaigns import Created
from loa.speech import one_line
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field
from tui.dialogs.told import Told, Trouble
from tui.frame.room import Room
from tui.rooms.campaigns_dialogs import Filling, Preview, Ticks, Wishes


async def wizard(room: Room, wishes: Wishes) -> Created | None:
    """The whole conversation; None when it was left, with all that was chosen still in `wishes`."""
    step = 0
    while step >= 0:
        steps: list[Step] = [_ask_kit, _ask_anchor, _ask_channels, _ask_values]
        if wishes.kit is not None and all(one.later for one in wishes.kit.values):
            steps.remove(_ask_values)
        if step < len(steps):
            step += 1 if await steps[step](room, wishes) else -1
            continue
        if not await room.ask(Preview(room, wishes)):
            step -= 1
            continue
        created = await _create(room, wishes)
        if created is not None:
            return created
    return None


Step = Callable[[Room, Wishes], Coroutine[Any, Any, bool]]


async def _ask_kit(room: Room, wishes: Wishes) -> bool:
    try:
        known, broken = await asyncio.to_thread(_kits, room)
    except Exception as error:
        await room.ask(Trouble(error))
        return False
    options = [(one.key, one.name, one_line(one.about)) for one in known.values()]
    at = wishes.kit.key if wishes.kit else ""
    chosen = await room.ask(Pick(say("tui_campaigns.kit.title"), options, "\n".join(broken), at=at))
    if not chosen:
        return False
    if at != chosen:
        wishes.anchor, wishes.name, wishes.channels = None, "", None
        wishes.values, wishes.moves, wishes.skipped = {}, {}, set()
    wishes.kit = known[chosen]
    return True


def _kits(room: Room) -> tuple[dict[str, Kit], list[str]]:
    known, broken = {}, []
    for name in campaigns.kit_names(room.workspace):
        try:
            known[name] = campaigns.kit(room.workspace, name)
        except LoaError as error:  # one broken kit does not hide the others
            findings = getattr(error, "findings", ())
            broken.append(" ".join([str(error), *(one.line() for one in findings[:1])]))
    return _coming_first(known, room.now().astimezone(room.zone).date()), broken


def _coming_first(known: dict[str, Kit], today: date) -> dict[str, Kit]:
    """In the order of the year from today on; those without a day of their own come last."""
    return dict(sorted(known.items(), key=lambda one: (one[1].next_anchor(today) or date.max, one[0])))


async def _ask_anchor(room: Room, wishes: Wishes) -> bool:
    kit = wishes.kit
    assert kit is not None
    today = room.now().astimezone(room.zone).date()
    proposed = wishes.anchor or kit.next_anchor(today)

    def check(written: str) -> str:
        try:
            campaigns.day(room.workspace, written)
        except UsageError as error:
            return str(error)
        return ""

    fields = [
        Field(
            "anchor",
            say("tui_campaigns.anchor.day", name=kit.anchor_name or kit.name),
            value=campaigns.written(proposed) if proposed else "",
            hint=say("tui_campaigns.anchor.hint"),
            required=True,
            check=check,
        ),
        Field(
            "name",
            say("tui_campaigns.anchor.name"),
            value=wishes.name,
            hint=kit.campaign_name(proposed) if proposed else "",
        ),
    ]
    told = await room.ask(Filling(kit.name, say("tui_campaigns.anchor.body"), fields))
    if told is None:
        return False
    anchor = campaigns.day(room.workspace, told["anchor"])
    if anchor != wishes.anchor:
        wishes.moves = {}  # times set by hand were for the other day
    wishes.anchor, wishes.name = anchor, told["name"].strip()
    return True


async def _ask_channels(room: Room, wishes: Wishes) -> bool:
    kit = wishes.kit
    assert kit is not None
    try:
        there = await asyncio.to_thread(channels.listing, room.workspace)
    except Exception as error:
        await room.ask(Trouble(error))
        return False
    options = []
    pairs = [(view.id, view.platform) for view in there]
    for view in there:
        serves = sum(any(view.id in kit.serves(role, pairs) for role in item.channels) for item in kit.items)
        if serves:
            about = say("tui_campaigns.channels.about", name=one_line(view.name), count=serves)
            options.append((view.id, view.id, about))
    if not options:
        await room.ask(Told(say("tui_campaigns.channels.title"), [], [say("tui_campaigns.channels.none")]))
        return False
    ticked = [name for name, _, _ in options if wishes.channels is None or name in wishes.channels]
    chosen = await room.ask(Ticks(say("tui_campaigns.channels.title"), options, ticked))
    if chosen is None:
        return False
    wishes.channels = chosen
    return True


async def _ask_values(room: Room, wishes: Wishes) -> bool:
    kit, anchor = wishes.kit, wishes.anchor
    assert kit is not None
    assert anchor is not None
    known = campaigns.own_values(room.workspace, anchor) | wishes.values
    fields = [
        Field(one.name, one.label, value=known.get(one.name, ""), hint=one.hint)
        for one in kit.values
        if not one.later  # known while the campaign runs, and then written into the drafts
    ]
    told = await room.ask(
        Filling(say("tui_campaigns.values.title"), say("tui_campaigns.values.body"), fields)
    )
    if told is None:
        return False
    wishes.values = {name: text.strip() for name, text in told.items()}
    return True


async def _create(room: Room, wishes: Wishes) -> Created | None:
    plan = wishes.plan
    assert plan is not None
    count = sum(len(one.channels) for one in plan.taken)
    body = say("tui_campaigns.create.body", posts=len(plan.taken), deliveries=count)
    if not await room.ask(Confirm(say("tui_campaigns.create.title", name=plan.name), body)):
        return None

    def told(created: Created) -> str:
        return say(f"campaigns.created_{created.outcome}", name=created.name, count=len(created.posts))

    return await room.act(lambda person: campaigns.create(room.workspace, person, plan), done=told)
