"""What an officer can do about a channel, each with its own questions. Only in workers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from connectors.contract import Field as Declared
from content.approval import Role
from content.errors import RefusedByRule
from content.wording import say
from loa.services import accounts, channels, login, people, stopping
from loa.services.accounts import Account
from loa.services.channels import ChannelView, Checked
from loa.services.deliveries import DeliveryView
from loa.services.people import SHORTEST_PASSPHRASE, Person
from loa.speech import moment, one_line, reason
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.dialogs.told import Told, Trouble
from tui.frame.footer import Footer
from tui.frame.room import Room
from tui.rooms.accounts_lists import platform
from tui.rooms.accounts_walk import walk

NEW = "new"
_STOPS = (Role.OPERATOR, Role.APPROVER)


def offered(account: Account | None, person: Person | None) -> list[str]:
    """What these roles may do with this channel, by name. Whoever is not signed in may look and ask."""
    roles = set(person.roles) if person else set()
    names = ["check"] if account else []
    names.append("check_all")
    if account and account.hold is not None and roles & set(_STOPS):
        names += ["hand_over", "recall"]
    if account and Role.OPERATOR in roles:
        names += ["login"] if account.logs_in else []
        names += ["rename"]
        names += ["settings"] if account.settings else []
        names += ["secret"] if account.secrets else []
    if Role.OPERATOR in roles:
        names.append(NEW)
    names.append("passphrase" if person else "sign_in")
    return names


async def choose(room: Room, account: Account | None, everything: Sequence[Account]) -> None:
    """“Việc có thể làm”, then its own questions."""
    person = room.window.session.person
    options = [
        (name, say(f"tui_accounts.do.{name}.name"), say(f"tui_accounts.do.{name}.about"))
        for name in offered(account, person)
    ]
    about = f"{account.id} · {one_line(account.view.name)}" if account else ""
    chosen = await room.ask(Pick(say("tui.decide.title"), options, about))
    if chosen == "check_all":
        await check(room, [one.id for one in everything])
    elif chosen == "sign_in":
        await room.window.sign_in()
    elif chosen == "passphrase":
        await change_passphrase(room)
    elif chosen == NEW:
        await add(room)
    elif chosen and account:
        await _DEEDS[chosen](room, account)


async def check(room: Room, names: Sequence[str]) -> None:
    """Ask the platforms, one after the other, and tell what each said."""
    person, footer = room.window.session.person, room.query_one(Footer)
    told: list[Checked] = []
    try:
        for number, name in enumerate(names, 1):
            footer.say_busy(say("tui_accounts.checking", channel=name, number=number, count=len(names)))
            told += await asyncio.to_thread(channels.check_in_words, room.workspace, person, name)
    except Exception as error:
        await room.ask(Trouble(error))
        return
    finally:
        footer.say_busy("")
        room.want()
    lines = [f"{one.id}: {one_line(one.message)}" for one in told if one.ok]
    clocks = dict.fromkeys(one.clock for one in told if one.clock)
    shouted = [f"{one.id}: {one_line(one.message)}" for one in told if not one.ok]
    await room.ask(Told(say("tui_accounts.checked"), lines, [*shouted, *clocks]))


async def sign_in(room: Room, account: Account) -> None:
    """Sign in at the platform again, step by step."""
    if not account.logs_in:
        sentence = RefusedByRule("login.not_offered", id=account.id, platform=account.view.platform)
        await room.ask(Trouble(sentence))
        return
    title = say("tui_accounts.walk.title", platform=platform(account.view.platform), channel=account.id)
    await _hold_sign_in(room, account.id, title)


async def add(room: Room) -> None:
    """A new channel, by signing in at its platform."""
    listed = [(name, platform(name), "") for name in await asyncio.to_thread(accounts.platforms_with_sign_in)]
    title = say("tui_accounts.do.new.name")
    chosen = await room.ask(Pick(title, listed, say("tui_accounts.do.new.which")))
    if not chosen:
        return
    fields = [
        Field("id", say("tui_accounts.do.new.id"), value=chosen, hint="fanpage", required=True),
        Field("name", say("tui_accounts.do.new.label")),
    ]
    told = await room.ask(Form(title, say("tui_accounts.do.new.body"), fields))
    if told:
        channel_id = told["id"].strip()
        walked = say("tui_accounts.walk.title", platform=platform(chosen), channel=channel_id)
        await _hold_sign_in(room, channel_id, walked, chosen, told["name"].strip())


async def _hold_sign_in(room: Room, channel_id: str, title: str, new_on: str = "", name: str = "") -> None:
    begins = say("tui_accounts.walk.begins")
    if not await room.ask(Confirm(title, begins)):
        return
    async with walk(room, title) as skin:

        def work(person: Person) -> ChannelView:
            what = login.plan(room.workspace, person, channel_id, platform=new_on, name=name, settings={})
            return login.sign_in(room.workspace, person, what, skin)

        stored = await room.act(work)
    if stored is not None:
        room.notify(
            say("login.stored_again", id=stored.id, name=stored.name, account=stored.account), markup=False
        )
        await check(room, [stored.id])


async def _check_one(room: Room, account: Account) -> None:
    await check(room, [account.id])


async def _rename(room: Room, account: Account) -> None:
    field = Field("name", say("tui_accounts.do.rename.label"), value=account.view.name, required=True)
    told = await room.ask(Form(say("tui_accounts.do.rename.name"), account.id, [field]))
    if told:
        await _change(room, account, name=told["name"].strip())


async def _settings(room: Room, account: Account) -> None:
    now = account.view.settings
    fields = [
        Field(one.name, _label(one), value=now.get(one.name, ""), hint=one.default, required=one.required)
        for one in account.settings
    ]
    body = say("tui_accounts.do.settings.body", channel=account.id)
    told = await room.ask(Form(say("tui_accounts.do.settings.name"), body, fields))
    if told is None:
        return
    new = {name: value.strip() for name, value in told.items() if value.strip() != now.get(name, "")}
    if new:
        await _change(room, account, settings=new)


async def _secret(room: Room, account: Account) -> None:
    fields = [
        Field(one.name, one.name, hint=say("tui_accounts.do.secret.keep"), secret=True)
        for one in account.secrets
    ]
    body = say("tui_accounts.do.secret.body", channel=account.id)
    told = await room.ask(Form(say("tui_accounts.do.secret.name"), body, fields))
    given = {name: value.strip() for name, value in (told or {}).items() if value.strip()}
    if given and await _change(room, account, secrets=given):
        await check(room, [account.id])


async def _change(
    room: Room,
    account: Account,
    *,
    name: str = "",
    settings: dict[str, str] | None = None,
    secrets: dict[str, str] | None = None,
) -> bool:
    changed = await room.act(
        lambda person: channels.change(
            room.workspace, person, account.id, name=name, settings=settings or {}, secrets=secrets or {}
        ),
        done=say("tui_accounts.changed", id=account.id),
    )
    if changed is not None and (again := changed.unapproved.again):
        told = say("cli.channel.unapproved", count=len(again), deliveries=", ".join(again))
        await room.ask(Told(say("tui_accounts.changed", id=account.id), [told]))
    return changed is not None


async def _hand_over(room: Room, account: Account) -> None:
    views = await _read(room, lambda: accounts.to_hand_over(room.workspace, account))
    title = say("tui_accounts.do.hand_over.name")
    if not views:
        if views is not None:
            await room.ask(Told(title, [say("tui_accounts.do.hand_over.none", channel=account.id)]))
        return
    body = say("tui_accounts.do.hand_over.body", **_counted(room, account, views))
    if await room.ask(Confirm(title, body)):
        await room.act(
            lambda person: stopping.hand_over(room.workspace, person, [view.id for view in views]),
            done=say("tui_accounts.do.hand_over.done", count=len(views)),
        )


async def _recall(room: Room, account: Account) -> None:
    views = await _read(room, lambda: accounts.handed_over(room.workspace, account))
    title = say("tui_accounts.do.recall.name")
    if not views:
        if views is not None:
            await room.ask(Told(title, [say("tui_accounts.do.recall.none", channel=account.id)]))
        return
    body = say("tui_accounts.do.recall.body", **_counted(room, account, views))
    why = await room.ask(Confirm(title, body, reason=True))
    if not why:
        return
    acted = await room.act(
        lambda person: stopping.recall(room.workspace, person, [view.id for view in views], why)
    )
    if acted is None:
        return
    lines = [say("stopping.recalled", delivery=one.delivery) for one in acted if one.done]
    shouted = [
        say(
            "stopping.not_recalled",
            delivery=one.delivery,
            url=one.url or "–",
            why=reason(one.trouble, one.channel),
        )
        for one in acted
        if not one.done
    ]
    await room.ask(Told(title, lines, shouted))


async def change_passphrase(room: Room) -> None:
    """One's own. The old one is asked for first, whoever is signed in: the screen may have been left."""
    fields = [
        Field("new", say("tui_accounts.passphrase.new"), required=True, secret=True, check=_long_enough),
        Field("again", say("tui_accounts.passphrase.again"), required=True, secret=True),
    ]
    person = await room.window.sign_in(again=True)
    if person is None:
        return
    wrong = ""
    while told := await room.ask(Form(say("tui_accounts.do.passphrase.name"), wrong or _hint(), fields)):
        if told["new"] == told["again"]:
            new = told["new"]
            break
        wrong = say("tui_accounts.passphrase.differ")
    else:
        return

    def work(_: Person) -> bool:
        people.change_passphrase(room.workspace, person, person.name, new)
        return True

    await room.act(work, done=say("tui_accounts.passphrase.done"))


def _hint() -> str:
    return say("tui_accounts.passphrase.hint", least=SHORTEST_PASSPHRASE)


def _long_enough(value: str) -> str:
    short = len(value) < SHORTEST_PASSPHRASE
    return say("cli.people.short_passphrase", least=SHORTEST_PASSPHRASE) if short else ""


def _label(one: Declared) -> str:
    return f"{one.name} ({' / '.join(one.choices)})" if one.choices else one.name


def _counted(room: Room, account: Account, views: Sequence[DeliveryView]) -> dict[str, object]:
    return {
        "channel": account.id,
        "count": len(views),
        "first": moment(views[0].due_at, room.zone),
        "last": moment(views[-1].due_at, room.zone),
    }


async def _read(room: Room, work: object) -> list[DeliveryView] | None:
    """None when it could not be read, which was told."""
    assert callable(work)
    try:
        views: list[DeliveryView] = await asyncio.to_thread(work)
    except Exception as error:
        await room.ask(Trouble(error))
        return None
    return views


_DEEDS = {
    "check": _check_one,
    "login": sign_in,
    "rename": _rename,
    "settings": _settings,
    "secret": _secret,
    "hand_over": _hand_over,
    "recall": _recall,
}
