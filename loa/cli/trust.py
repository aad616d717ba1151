"""`loa trust`: whose signature the publisher believes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from content.typed import typed
from content.wording import say
from loa.cli.output import emit, json_option, plain, speak
from loa.cli.session import Session, pass_session
from loa.cli.whose import listed, of_unit, unit_option
from loa.speech import moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from loa.services.awaiting import Unpinned
    from loa.services.trusting import TrustView


@click.group(help=say("cli.help.trust"))
def trust() -> None:
    pass


@trust.command("list", help=say("cli.help.trust_list"))
@unit_option
@json_option
@pass_session
def listing(session: Session, unit: str | None, as_json: bool) -> None:
    from loa.services import awaiting, trusting

    workspace = session.workspace
    pinned = of_unit(session, trusting.listing(workspace), unit)
    waiting = of_unit(session, awaiting.people(workspace), unit)
    if as_json:
        emit([{**plain(one), "pinned": one in pinned} for one in (*pinned, *waiting)])
        return
    zone, apart = workspace.config.zone, workspace.is_kept_apart
    rows: list[tuple[object, ...]] = [
        (v.name, _roles(v), v.fingerprint, moment(v.added_at, zone), v.added_by, _state(v, zone, apart))
        for v in pinned
    ]
    asked = [(v.name, _roles(v), v.fingerprint, "–", "–", say("trust.state_waits")) for v in waiting]
    columns = ("name", "roles", "fingerprint", "added_at", "added_by", "state")
    listed(session, [say(f"cli.column.{c}") for c in columns], [*pinned, *waiting], [*rows, *asked])
    if waiting:
        speak(say("trust.waiting", count=len(waiting)))
        for one in waiting:
            speak(f"  {one.command}")
    if apart:
        speak(say("trust.only_here"))


@trust.command("add", help=say("cli.help.trust_add"))
@click.argument("name")
@click.option("--until", default="", metavar="DATE", help=say("cli.help.trust_until"))
@click.option("--unit", default="", metavar="CODE", help=say("unit.help.trust_unit"))
@pass_session
def add(session: Session, name: str, until: str, unit: str) -> None:
    from content.moment import parse_moment
    from loa.services import people, trusting

    workspace = session.workspace
    actor = session.officer
    last = parse_moment(until, workspace.config.zone, now=workspace.now())[0] if until else None
    person = people.find(workspace, name)
    fingerprint = trusting.add(workspace, actor, person, until=last, unit=unit.strip().upper())
    if workspace.is_kept_apart:  # the machines that publish have a list of their own
        mine = ("--unit", workspace.unit) if workspace.unit else ()
        command = typed("loa", "trust", "add", name, *mine)
        speak(say("trust.added_here", name=name, fingerprint=fingerprint, command=command))
    else:
        speak(say("trust.added", name=name, fingerprint=fingerprint))
        if held := trusting.held_for(workspace, name, unit.strip().upper()):
            speak(say("trust.held", count=len(held)))
            for one in held:
                speak("  " + typed("loa", "queue", "retry", one))


@trust.command("remove", help=say("cli.help.trust_remove"))
@click.argument("name")
@pass_session
def remove(session: Session, name: str) -> None:
    from loa.services import trusting

    back = trusting.remove(session.workspace, session.officer, name)
    speak(say("trust.removed", name=name))
    tell_taken_back(back)


def tell_taken_back(deliveries: Sequence[str]) -> None:
    """What an approval's end sent back to review, so that somebody approves it again in time."""
    if deliveries:
        speak(say("trust.taken_back", count=len(deliveries), deliveries=", ".join(deliveries)))


def _roles(view: TrustView | Unpinned) -> str:
    return ", ".join(say(f"cli.role.{role}") for role in view.roles)


def _state(view: TrustView, zone: ZoneInfo, elsewhere: bool) -> str:
    if not view.sound:
        return say("trust.state_unsound")
    if elsewhere:
        return say("trust.state_here")
    return say("trust.state_until", until=moment(view.until, zone)) if view.until else say("trust.state_ok")
