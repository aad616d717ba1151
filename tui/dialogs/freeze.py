"""F7: stop everything, one channel, one campaign or one post, from wherever one stands; and let go again."""

from __future__ import annotations

import asyncio

from content.wording import say
from loa.services import channels, stopping
from loa.services.people import Person
from loa.services.stopping import FreezeView
from loa.speech import freeze_scope, one_line, reason
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.dialogs.told import Told, Trouble
from tui.frame.room import Room


async def freeze(room: Room) -> None:
    """The whole conversation. Only in a worker."""
    try:
        freezes = await asyncio.to_thread(stopping.listing, room.workspace)
    except Exception as error:
        await room.ask(Trouble(error))
        return
    standing = {f"lift:{one.id}": one for one in freezes}
    options = [
        (key, say("tui.freeze.lift", id=one.id, scope=_scope(one)), one_line(one.reason))
        for key, one in standing.items()
    ]
    options += [
        (scope, say(f"tui.freeze.{scope}.name"), say(f"tui.freeze.{scope}.about"))
        for scope in ("all", "channel", "tag", "post")
    ]
    chosen = await room.ask(Pick(say("tui.freeze.title"), options))
    if chosen in standing:
        await _lift(room, standing[chosen])
    elif chosen:
        await _start(room, chosen)


async def _start(room: Room, scope: str) -> None:
    target = "" if scope == "all" else await _target(room, scope)
    if target is None:
        return
    words = say(f"stopping.scope_{scope}", target=target)
    why = await room.ask(
        Confirm(say("tui.freeze.start", scope=words), say("tui.freeze.start_body"), reason=True)
    )
    if not why:
        return
    done = await room.act(lambda person: stopping.start(room.workspace, person, scope, target, why))
    if done is None:
        return
    recalled = [one for one in done.recalls if one.done]
    counts = {"stopped": len(done.stopped), "recalled": len(recalled), "held": len(done.recalls)}
    lines = [say("stopping.started", id=done.freeze.id, **counts)]
    lines += [say("stopping.recalled", delivery=one.delivery) for one in recalled]
    shouted = [
        say(
            "stopping.not_recalled",
            delivery=one.delivery,
            url=one.url or "–",
            why=reason(one.trouble, one.channel),
        )
        for one in done.recalls
        if not one.done
    ]
    shouted += [say("tui.freeze.in_flight", delivery=delivery) for delivery in done.in_flight]
    shouted += [say("stopping.unnoted", file=done.unnoted)] if done.unnoted else []
    await room.ask(Told(say("tui.freeze.start", scope=words), lines, shouted))


async def _target(room: Room, scope: str) -> str | None:
    name = say(f"tui.freeze.{scope}.name")
    if scope == "channel":
        try:
            views = await asyncio.to_thread(channels.listing, room.workspace)
        except Exception as error:
            await room.ask(Trouble(error))
            return None
        options = [(view.id, view.id, one_line(view.name)) for view in views]
        return await room.ask(Pick(name, options, at=room.at_hand().get("channel", "")))
    field = Field(
        "target", say(f"tui.freeze.{scope}.ask"), value=room.at_hand().get(scope, ""), required=True
    )
    told = await room.ask(Form(name, "", [field]))
    return told["target"].strip() if told else None


async def _lift(room: Room, view: FreezeView) -> None:
    title = say("tui.freeze.lift", id=view.id, scope=_scope(view))
    why = await room.ask(Confirm(title, say("tui.freeze.lift_body"), reason=True))
    if not why:
        return

    def work(person: Person) -> stopping.Lifted:
        return stopping.lift(room.workspace, person, view.id, why)

    lifted = await room.act(work)
    if lifted is None:
        return
    left = lifted.left
    if left is None:
        lines = [say("stopping.lifted_uncounted", id=view.id)]
    else:
        lines = [say("stopping.lifted", id=view.id, going_on=left.going_on)]
    late = say("tui.freeze.overdue", count=len(lifted.overdue), deliveries=", ".join(lifted.overdue))
    warned = [late] if lifted.overdue else []
    for name, count in (("late", left.late), ("still", left.still)) if left else ():
        warned += [say(f"stopping.{name}", count=count)] if count else []
    await room.ask(Told(title, lines, warned))


def _scope(view: FreezeView) -> str:
    return freeze_scope(view.scope, view.target, view.unit)
