"""One decision for a whole group of deliveries: only such as lose nothing, told with their number first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from content.errors import LoaError
from content.moment import parse_moment
from content.wording import say
from loa.services import aftermath
from loa.services.aftermath import Outcome
from loa.services.deliveries import DeliveryView
from loa.services.people import Person
from loa.speech import number, one_line
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.dialogs.told import Told, Trouble
from tui.frame.room import Room
from tui.rooms import decisions, outage_text

APART = "15"
"""Minutes between two deliveries that are moved together, as proposed."""
LONGEST_APART = 7 * 24 * 60
TOLD_MOST = 8
_WITH_REASON = ("release", "recall")
_WITHOUT_WORD = ("look_again",)
"""Nothing leaves the machine: no word has to be typed."""


async def decide(room: Room, kind: str, views: Sequence[DeliveryView]) -> None:
    """“Cả nhóm”: which decision, then its questions. Only in a worker."""
    try:
        able = await asyncio.to_thread(_able, views, room.now())
    except Exception as error:
        await room.ask(Trouble(error))
        return
    title = say("tui_outage.group.title", kind=outage_text.name_of(kind), count=number(len(views)))
    if not able:
        await room.ask(Told(title, [say("tui_outage.group.nothing")]))
        return
    options = [
        (name, say(f"tui_outage.group.{name}", count=number(len(of))), say(f"tui.decide.{name}.about"))
        for name, of in able.items()
    ]
    chosen = await room.ask(Pick(title, options))
    if chosen:
        await (_move if chosen == "move" else _same)(room, chosen, able[chosen])


def _able(views: Sequence[DeliveryView], now: datetime) -> Mapping[str, list[DeliveryView]]:
    """Decision → those of the group that it is allowed for."""
    offers = [(view, decisions.offers(view, now)) for view in views]
    found = {name: [view for view, names in offers if name in names] for name in aftermath.TOGETHER}
    return {name: of for name, of in found.items() if of}


async def _same(room: Room, name: str, views: list[DeliveryView]) -> None:
    title, word = say(f"tui_outage.group.{name}", count=number(len(views))), _word(views)
    dialog = Confirm(
        title,
        _names(views),
        word="" if name in _WITHOUT_WORD else word,
        reason=name in _WITH_REASON,
    )
    why = await room.ask(dialog)
    if why:
        await _do(
            room, title, lambda p: aftermath.decide_together(room.workspace, p, name, views, reason=why)
        )


async def _move(room: Room, name: str, views: list[DeliveryView]) -> None:
    def is_time(written: str) -> str:
        try:
            moment, _ = parse_moment(written, room.zone, now=room.now())
        except LoaError as error:
            return str(error)
        return "" if moment > room.now() else say("cli.queue.due_past")

    def is_gap(written: str) -> str:
        fine = written.strip().isdecimal() and int(written) <= LONGEST_APART
        return "" if fine else say("tui_outage.group.bad_apart")

    title = say(f"tui_outage.group.{name}", count=number(len(views)))
    fields = [
        Field(
            "when",
            say("tui_outage.group.first"),
            hint=say("tui.decide.when_hint"),
            required=True,
            check=is_time,
        ),
        Field("apart", say("tui_outage.group.apart"), value=APART, required=True, check=is_gap),
        Field("reason", say("tui.decide.reason_if_any")),
    ]
    told = await room.ask(Form(title, say("tui_outage.group.move_body"), fields))
    if not told or not await room.ask(Confirm(title, _names(views), word=_word(views))):
        return

    def work(person: Person) -> list[Outcome]:
        first, _ = parse_moment(told["when"], room.zone, now=room.now())
        return aftermath.decide_together(
            room.workspace,
            person,
            name,
            views,
            reason=told["reason"],
            first=first.astimezone(room.zone),
            apart=timedelta(minutes=int(told["apart"])),
        )

    await _do(room, title, work)


async def _do(room: Room, title: str, work: Callable[[Person], list[Outcome]]) -> None:
    """Do it and tell what came of it: what did not come off stands first."""
    outcomes = await room.act(work)
    if outcomes is None:
        return
    failed = [one for one in outcomes if one.trouble]
    shouted = [f"{one.delivery}: {one_line(one.trouble)}" for one in failed[:TOLD_MOST]]
    if len(failed) > TOLD_MOST:
        shouted.append(say("tui_outage.group.more", count=number(len(failed) - TOLD_MOST)))
    done = say("tui_outage.group.done", done=number(len(outcomes) - len(failed)), count=number(len(outcomes)))
    await room.ask(Told(title, [done], shouted))


def _word(views: Sequence[DeliveryView]) -> str:
    """Whoever types the number has read it."""
    return say("tui_outage.group.word", count=len(views))


def _names(views: Sequence[DeliveryView]) -> str:
    lines = [f"• {one_line(view.title)} · {view.channel}" for view in views[:TOLD_MOST]]
    if len(views) > TOLD_MOST:
        lines.append(say("tui_outage.group.more", count=number(len(views) - TOLD_MOST)))
    return "\n".join(lines)
