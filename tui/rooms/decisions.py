"""What a person may decide about one delivery: only what its status allows, each with a sentence on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from connectors.extras import BY_HAND, BY_PEOPLE
from content.errors import LoaError
from content.moment import parse_moment
from content.moment import show as in_full
from content.wording import say
from loa.services import byhand, byword, deciding, releasing, stopping
from loa.services.acting import Acted
from loa.services.deliveries import DeliveryView
from loa.services.people import Person
from loa.speech import one_line, reason, status_word
from scheduler import restores
from scheduler.status import Status
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.dialogs.told import Told, Trouble
from tui.frame.room import Room

_BY_STATUS: dict[Status, tuple[str, ...]] = {
    Status.DRAFT: ("move", "cancel"),
    Status.IN_REVIEW: ("move", "cancel"),
    Status.QUEUED: ("move", "hand_over", "cancel"),
    Status.PREPARING: ("cancel",),
    Status.READY: ("move", "hand_over", "cancel"),
    Status.HANDED_OVER: ("recall",),
    Status.RECALLING: ("recall",),
    Status.UNKNOWN: ("found", "not_there", "look_again"),
    Status.HELD: ("retry", "move", "posted", "done", "cancel"),
    Status.FAILED: ("retry", "move", "posted", "done", "cancel"),
    Status.MISSED: ("retry", "move", "posted", "done", "cancel"),
    Status.PUBLISHED: ("take_down", "removed"),
    Status.REMOVING: ("take_down", "removed"),
}


def offered(
    view: DeliveryView, now: datetime, *, holds: bool, by_hand: bool, by_word: bool = False
) -> list[str]:
    """The decisions about it, by name. `holds`: its platform keeps posts until their minute; `by_hand`: it is
    one that people post on; `by_word`: one where their word is all there is."""
    status = Status(view.status)
    if status in (Status.HELD, Status.UNKNOWN) and view.last_error == restores.ACTION:
        return ["release", *(("move", "cancel") if status is Status.HELD else ())]
    if status is Status.REVEALING and view.remote_id in BY_PEOPLE:
        return ["posted" if view.remote_id == BY_HAND else "done", "cancel"]
    due = view.due_at is not None and view.due_at <= now
    in_time = view.deadline is not None and now <= view.deadline
    lacking = {
        "retry": not in_time,
        "hand_over": due or not holds,
        "posted": not due or not by_hand,
        "done": not due or not by_word,
    }
    return [name for name in _BY_STATUS.get(status, ()) if not lacking.get(name, False)]


def offers(view: DeliveryView, now: datetime) -> list[str]:
    """The same, as the connector of its platform says; in a thread, for it imports that."""
    from connectors import registry
    from connectors.extras import TakesAddress, TakesWord

    try:
        holds = registry.capabilities(view.platform).hold is not None
        made = registry.connector_class(view.platform)
        by_hand, by_word = issubclass(made, TakesAddress), issubclass(made, TakesWord)
    except LoaError:  # a connector that is not installed any more
        holds = by_hand = by_word = False
    return offered(view, now, holds=holds, by_hand=by_hand, by_word=by_word)


async def offer(room: Room, view: DeliveryView) -> None:
    """Ask what may be decided about it, and do that. Only in a worker."""
    try:
        names = await asyncio.to_thread(offers, view, room.now())
    except Exception as error:
        await room.ask(Trouble(error))
        return
    await choose(room, view, names)


def name_of(decision: str) -> str:
    return say(f"tui.decide.{decision}.name")


async def choose(room: Room, view: DeliveryView, names: Sequence[str]) -> None:
    """“Việc có thể làm”: one of them, then its own questions. Only in a worker."""
    about = f"{one_line(view.id)} · {status_word(view.status, view.remote_id)}"
    if not names:
        await room.ask(Told(say("tui.decide.title"), [about, say("tui.decide.nothing")]))
        return
    options = [(name, name_of(name), say(f"tui.decide.{name}.about")) for name in names]
    chosen = await room.ask(Pick(say("tui.decide.title"), options, about))
    if chosen:
        await decide(room, view, chosen)


async def decide(room: Room, view: DeliveryView, name: str) -> None:
    """Ask what has to be asked, and do it. Only in a worker."""
    await _DO[name](room, view)


async def _move(room: Room, view: DeliveryView) -> None:
    def check(written: str) -> str:
        try:
            moment, _ = parse_moment(written, room.zone, now=room.now())
        except LoaError as error:
            return str(error)
        return "" if moment > room.now() else say("cli.queue.due_past")

    now = in_full(view.due_at, room.zone) if view.due_at else "–"
    body = say("tui.decide.move.body", delivery=view.id, due=now)
    fields = [
        Field("when", say("tui.decide.when"), hint=say("tui.decide.when_hint"), required=True, check=check),
        Field("reason", say("tui.decide.reason_if_any")),
    ]
    told = await room.ask(Form(name_of("move"), body, fields))
    if told:
        await room.act(
            lambda person: deciding.move(room.workspace, person, view.id, told["when"], told["reason"]),
            done=_now(room),
        )


async def _cancel(room: Room, view: DeliveryView) -> None:
    why = await room.ask(
        Confirm(name_of("cancel"), say("tui.decide.cancel.body", delivery=view.id), reason=True)
    )
    if why:
        await room.act(lambda person: deciding.cancel(room.workspace, person, view.id, why), done=_now(room))


async def _retry(room: Room, view: DeliveryView) -> None:
    if await room.ask(Confirm(name_of("retry"), say("tui.decide.retry.body", delivery=view.id))):
        await room.act(lambda person: deciding.retry(room.workspace, person, view.id), done=_now(room))


async def _found(room: Room, view: DeliveryView) -> None:
    body = say("tui.decide.found.body", delivery=view.id, channel=view.channel)
    fields = [
        Field("url", say("tui.decide.url"), hint="https://…", required=True, check=_address),
        Field("reason", say("tui.decide.reason_if_any")),
    ]
    told = await room.ask(Form(name_of("found"), body, fields))
    if told:
        url = told["url"].strip()
        await room.act(
            lambda person: deciding.settle(room.workspace, person, view.id, url=url, reason=told["reason"]),
            done=_now(room),
        )


async def _not_there(room: Room, view: DeliveryView) -> None:
    body = say("tui.decide.not_there.body", delivery=view.id, channel=view.channel)
    why = await room.ask(Confirm(name_of("not_there"), body, reason=True))
    if why:
        await room.act(
            lambda person: deciding.settle(room.workspace, person, view.id, not_public=True, reason=why),
            done=_now(room),
        )


async def _look_again(room: Room, view: DeliveryView) -> None:
    await room.act(lambda person: deciding.settle(room.workspace, person, view.id), done=_now(room))


async def _posted(room: Room, view: DeliveryView) -> None:
    body = say("tui.decide.posted.body", delivery=view.id, channel=view.channel)
    field = Field("url", say("tui.decide.url"), hint="https://…", required=True, check=_address)
    told = await room.ask(Form(name_of("posted"), body, [field]))
    if told:
        url = told["url"].strip()
        await room.act(lambda person: byhand.posted(room.workspace, person, view.id, url), done=_now(room))


async def _done(room: Room, view: DeliveryView) -> None:
    body = say("tui.decide.done.body", delivery=view.id, channel=view.channel)
    fields = [
        Field("count", say("outlets.help.done_count"), check=_count),
        Field("at", say("outlets.help.done_at")),
        Field("note", say("outlets.help.done_note")),
    ]
    told = await room.ask(Form(name_of("done"), body, fields))
    if told:
        count = int(told["count"]) if told["count"].strip() else None
        await room.act(
            lambda person: byword.done(
                room.workspace, person, view.id, at=told["at"].strip(), count=count, note=told["note"]
            ),
            done=_now(room),
        )


async def _hand_over(room: Room, view: DeliveryView) -> None:
    if await room.ask(Confirm(name_of("hand_over"), say("tui.decide.hand_over.body", delivery=view.id))):
        await room.act(
            lambda person: stopping.hand_over(room.workspace, person, [view.id]),
            done=say("tui.decide.hand_over.done", delivery=view.id),
        )


async def _recall(room: Room, view: DeliveryView) -> None:
    why = await room.ask(
        Confirm(name_of("recall"), say("tui.decide.recall.body", delivery=view.id), reason=True)
    )
    if why:
        results = await room.act(lambda person: stopping.recall(room.workspace, person, [view.id], why))
        await tell_results(room, name_of("recall"), results, "stopping.recalled", "stopping.not_recalled")


async def _take_down(room: Room, view: DeliveryView) -> None:
    body = say("tui.decide.take_down.body", post=view.post, channel=view.channel, url=view.url or "–")
    dialog = Confirm(name_of("take_down"), body, word=say("tui.decide.take_down.word"), reason=True)
    why = await room.ask(dialog)
    if why:
        results = await room.act(
            lambda person: stopping.take_down(room.workspace, person, view.post, why, channels=[view.channel])
        )
        await tell_results(room, name_of("take_down"), results, "stopping.removed", "stopping.not_removed")


async def _removed(room: Room, view: DeliveryView) -> None:
    why = await room.ask(
        Confirm(name_of("removed"), say("tui.decide.removed.body", delivery=view.id), reason=True)
    )
    if why:

        def work(person: Person) -> bool:
            stopping.taken_down_by_hand(room.workspace, person, view.id, why)
            return True

        await room.act(work, done=say("stopping.removed_by_hand", delivery=view.id))


async def _release(room: Room, view: DeliveryView) -> None:
    body = say("tui.decide.release.body", delivery=view.id)
    why = await room.ask(Confirm(name_of("release"), body, reason=True))
    if why:
        await room.act(
            lambda person: releasing.release(room.workspace, person, [view.id], why)[0], done=_now(room)
        )


async def tell_results(
    room: Room, title: str, results: Sequence[Acted] | None, done: str, failed: str
) -> None:
    """What came of it on every channel: what did not come off stands first and shouts."""
    if not results:
        return
    lines = [
        say("stopping.asked" if one.asked else done, delivery=one.delivery, url=one.url or "–")
        for one in results
        if one.done or one.asked
    ]
    shouted = [
        say(failed, delivery=one.delivery, url=one.url or "–", why=reason(one.trouble, one.channel))
        for one in results
        if not (one.done or one.asked)
    ]
    await room.ask(Told(title, lines, shouted))


def _now(room: Room) -> Callable[[DeliveryView], str]:
    """What the command line reports after a decision."""

    def sentence(view: DeliveryView) -> str:
        due = in_full(view.due_at, room.zone) if view.due_at else "–"
        told = say(
            "cli.queue.now", delivery=view.id, status=status_word(view.status, view.remote_id), due=due
        )
        if view.status == Status.DRAFT:
            return f"{told}\n{say('tui.decide.needs_approval')}"
        return told

    return sentence


def _address(written: str) -> str:
    fine = written.strip().startswith(("http://", "https://"))
    return "" if fine else say("cli.queue.not_an_address", url=written)


def _count(written: str) -> str:
    written = written.strip()
    fine = not written or (written.isascii() and written.isdigit() and int(written[:9]) <= byword.COUNT_MOST)
    return "" if fine else say("outlets.done.count_negative", count=written, most=byword.COUNT_MOST)


_DO: dict[str, Callable[[Room, DeliveryView], Awaitable[None]]] = {
    "move": _move,
    "cancel": _cancel,
    "retry": _retry,
    "found": _found,
    "not_there": _not_there,
    "look_again": _look_again,
    "posted": _posted,
    "done": _done,
    "hand_over": _hand_over,
    "recall": _recall,
    "take_down": _take_down,
    "removed": _removed,
    "release": _release,
}
