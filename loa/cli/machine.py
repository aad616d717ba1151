"""`loa machine`: several machines on one server."""

from __future__ import annotations

import os
from pathlib import Path

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, ask_secretly, pass_session
from loa.speech import moment, number, one_line

VARIABLE = "LOA_PACK_PASSPHRASE"
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
_MOST_NAMES = 20


@click.group(help=say("cli.help.machine"))
def machine() -> None:
    pass


@machine.command("pack", help=say("machines.help.pack"))
@_file
@json_option
@pass_session
def pack(session: Session, file: Path, as_json: bool) -> None:
    from loa.services import joining

    workspace, officer = session.workspace, session.officer
    made = joining.pack(workspace, officer, file, _passphrase(confirm=True))
    if as_json:
        emit(made)
        return
    speak(say("machines.packed", file=one_line(made.file), officer=one_line(officer.name)))
    speak(say("machines.pack_keep"))


@machine.command("join", help=say("machines.help.join"))
@_file
@click.argument("folder", type=click.Path(path_type=Path), required=False, metavar="[FOLDER]")
@click.option("--name", default="", metavar="TEXT", help=say("machines.help.name"))
@json_option
@pass_session
def join(session: Session, file: Path, folder: Path | None, name: str, as_json: bool) -> None:
    from loa.config import is_workspace
    from loa.services import joining

    if not (officer := session.officer_name):
        raise UsageError("cli.people.who_are_you")
    if folder is None and not is_workspace(session.folder):
        raise UsageError("machines.where")
    passphrase = _passphrase()
    own = os.environ.get("LOA_PASSPHRASE")
    if own is None:
        own = ask_secretly(say("cli.people.passphrase", name=officer), variable="LOA_PASSPHRASE")
    where = folder or session.folder
    done = joining.join(file, where, passphrase, officer=officer, officers_passphrase=own, name=name)
    if as_json:
        emit(done)
        return
    said = "machines.joined_anew" if done.anew else "machines.joined"
    speak(say(said, machine=one_line(done.machine), folder=one_line(done.folder)))


@machine.command("list", help=say("machines.help.list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import machines

    views = machines.listing(session.workspace)
    if as_json:
        emit(views)
        return
    if not views:
        speak(say("machines.none"))
        return
    zone = session.workspace.config.zone
    names = ("machine", "seen", "noted", "media", "publishes", "joined_by")
    table(
        [say(f"machines.column.{name}", zone=zone.key) for name in names],
        [
            (
                f"{view.name} ({say('machines.here')})" if view.here else view.name,
                moment(view.seen_at, zone),
                _noted(view.noted_to, view.behind),
                number(view.media_missing),
                say(f"machines.state.{'yes' if view.publishes else 'no'}"),
                view.joined_by or "–",
            )
            for view in views
        ],
    )


@machine.command("media", help=say("machines.help.media"))
@json_option
@pass_session
def media(session: Session, as_json: bool) -> None:
    from loa.services import machines, mediashare

    machines.listing(session.workspace)  # refuses where there is no server
    done = mediashare.carry(session.workspace)
    machines.seen(session.workspace)
    if as_json:
        emit(done)
        return
    speak(say("machines.carried", brought=number(done.brought), fetched=number(done.fetched)))
    if done.lacking:
        speak(say("machines.lacking", names=one_line(", ".join(done.lacking[:_MOST_NAMES]))))


@machine.command("accept", help=say("machines.help.accept"))
@click.option("--reason", "why", default="", metavar="TEXT")
@json_option
@pass_session
def accept(session: Session, why: str, as_json: bool) -> None:
    from loa.services import machines

    count = machines.accept(session.workspace, session.officer, why)
    if as_json:
        emit({"notes": count})
    else:
        speak(say("machines.accepted", count=number(count)))


@machine.command("forget", help=say("machines.help.forget"))
@click.argument("name")
@pass_session
def forget(session: Session, name: str) -> None:
    from loa.services import machines

    machines.forget(session.workspace, session.officer, name)
    speak(say("machines.forgotten", name=one_line(name)))


def _noted(noted: int, behind: int) -> str:
    if not behind:
        return number(noted)
    return say("machines.state.behind", noted=number(noted), behind=number(behind))


def _passphrase(*, confirm: bool = False) -> str:
    given = os.environ.get(VARIABLE)
    return given or ask_secretly(say("machines.pack_passphrase"), variable=VARIABLE, confirm=confirm)
