"""`loa campaign`: a whole campaign from a kit; the command line's way into the room Chiến dịch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, remarks, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment, status_word

if TYPE_CHECKING:
    from content.kits import Kit
    from loa.services.campaigns import Plan, Slot
    from loa.services.sharing import Shared

EXIT_REFUSED = 3


@click.group(help=say("cli.help.campaign"))
def campaign() -> None:
    pass


def _planning(command: Callable[..., Any]) -> Callable[..., Any]:
    """What `plan` and `new` are told."""
    for option in (
        click.option("--anchor", default="", metavar="DATE", help=say("campaigns.help.anchor")),
        click.option("--name", default="", help=say("campaigns.help.name")),
        click.option("--channel", "only", multiple=True, metavar="ID", help=say("campaigns.help.channel")),
        click.option(
            "--value", "values", multiple=True, metavar="NAME=TEXT", help=say("campaigns.help.value")
        ),
        click.option("--move", "moves", multiple=True, metavar="ITEM=TIME", help=say("campaigns.help.move")),
        click.option("--skip", "skipped", multiple=True, metavar="ITEM", help=say("campaigns.help.skip")),
        json_option,
    )[::-1]:
        command = option(command)
    return click.argument("kit", metavar="KIT")(command)


@campaign.command("kits", help=say("cli.help.campaign_kits"))
@json_option
@pass_session
def list_kits(session: Session, as_json: bool) -> None:
    from content.errors import LoaError
    from loa.services import campaigns

    found = []
    for name in campaigns.kit_names(session.workspace):
        try:
            found.append(campaigns.kit(session.workspace, name))
        except LoaError as error:  # one broken kit does not hide the others
            speak(str(error))
            tell(getattr(error, "findings", ()))
    if as_json:
        emit([_kit(one) for one in found])
        return
    names = ("kit", "items", "anchor", "about")
    rows = [(one.key, len(one.items), _anchor(one), f"{one.name}. {one.about}") for one in found]
    table([say(f"campaigns.column.{name}") for name in names], rows)


@campaign.command("plan", help=say("cli.help.campaign_plan"))
@_planning
@pass_session
def plan(session: Session, /, as_json: bool, **wishes: Any) -> None:
    made = _plan(session, **wishes)
    _show(session, made, as_json)
    if made.refused:
        click.get_current_context().exit(EXIT_REFUSED)


@campaign.command("new", help=say("cli.help.campaign_new"))
@_planning
@pass_session
def new(session: Session, /, as_json: bool, **wishes: Any) -> None:
    from loa.services import campaigns

    made = _plan(session, **wishes)
    created = campaigns.create(session.workspace, session.officer, made)
    if as_json:
        emit(created)
        return
    if created.outcome == "new":
        for one in made.taken:
            tell(one.findings)
    speak(say(f"campaigns.created_{created.outcome}", name=created.name, count=len(created.posts)))
    speak(say("campaigns.then", id=created.id))


@campaign.command("submit", help=say("cli.help.campaign_submit"))
@click.argument("name", metavar="CAMPAIGN")
@json_option
@pass_session
def submit(session: Session, name: str, as_json: bool) -> None:
    from loa.services import campaigns

    handed = campaigns.submit(session.workspace, session.officer, name)
    refused = [one for one in handed if one.outcome == "refused"]
    if as_json:
        emit([{**vars(one), "findings": remarks(one.findings)} for one in handed])
    else:
        for one in handed:
            speak(say(f"campaigns.handed.{one.outcome}", post=one.post, title=one.title))
            tell(one.findings)
        speak(
            say(
                "campaigns.handed.told",
                submitted=sum(one.outcome == "submitted" for one in handed),
                refused=len(refused),
            )
        )
    if refused:
        click.get_current_context().exit(EXIT_REFUSED)


@campaign.command("list", help=say("cli.help.campaign_list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import campaigns

    found = campaigns.listing(session.workspace)
    if as_json:
        emit(found)
        return
    zone = session.workspace.config.zone
    names = ("campaign", "name", "anchor", "done", "next", "channels")
    rows = [
        (
            one.id,
            one.name,
            campaigns.written(one.anchor),
            f"{one.done}/{one.planned - one.dropped}",
            moment(one.next_at, zone),
            ", ".join(
                f"{tally.channel} {tally.done}/{tally.planned - tally.dropped}" for tally in one.channels
            ),
        )
        for one in found
    ]
    table([say(f"campaigns.column.{name}") for name in names], rows)


@campaign.command("show", help=say("cli.help.campaign_show"))
@click.argument("name", metavar="CAMPAIGN")
@json_option
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    from loa.services import campaigns

    found = campaigns.progress(session.workspace, name)
    if as_json:
        emit(found)
        return
    zone = session.workspace.config.zone
    told = found.campaign
    speak(say("campaigns.told", name=told.name, done=told.done, planned=told.planned, dropped=told.dropped))
    rows = [
        (
            moment(one.planned_at, zone),
            one.title,
            _who(one.lead, one.partner),
            cell.channel,
            status_word(cell.status) if cell.status else say("campaigns.not_there"),
            moment(cell.due_at, zone),
            cell.url,
        )
        for one in found.items
        for cell in one.cells
    ]
    names = ("planned", "title", "who", "channel", "status", "due", "where")
    table([say(f"campaigns.column.{name}") for name in names], rows)


@campaign.command("share", help=say("campaigns.help.share"))
@click.argument("name", metavar="CAMPAIGN")
@click.option("--kit", required=True, metavar="NAME", help=say("campaigns.help.share_kit"))
@click.option(
    "--to", type=click.Path(path_type=Path), metavar="FILE.zip", help=say("campaigns.help.share_to")
)
@json_option
@pass_session
def share(session: Session, name: str, kit: str, to: Path | None, as_json: bool) -> None:
    from loa.services import sharing

    made = sharing.share(session.workspace, session.officer, name, kit, to)
    _told(made, "shared", as_json)


@campaign.command("add", help=say("campaigns.help.add"))
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.zip")
@click.option("--kit", default="", metavar="NAME", help=say("campaigns.help.add_kit"))
@json_option
@pass_session
def add(session: Session, file: Path, kit: str, as_json: bool) -> None:
    from loa.services import sharing

    _told(sharing.add(session.workspace, session.officer, file, kit), "added", as_json)


def _told(made: Shared, done: str, as_json: bool) -> None:
    if as_json:
        emit({**vars(made), "path": str(made.path), "findings": remarks(made.findings)})
        return
    tell(made.findings)
    speak(say(f"campaigns.{done}", name=made.name, kit=made.kit, count=len(made.items), path=made.path))


def _plan(
    session: Session,
    kit: str,
    anchor: str,
    name: str,
    only: tuple[str, ...],
    values: tuple[str, ...],
    moves: tuple[str, ...],
    skipped: tuple[str, ...],
) -> Plan:
    from content.moment import parse_moment
    from loa.services import campaigns

    workspace = session.workspace
    times = {
        item: parse_moment(when, workspace.config.zone, now=workspace.now())[0]
        for item, when in map(_pair, moves)
    }
    return campaigns.plan(
        workspace,
        kit,
        campaigns.day(workspace, anchor) if anchor else None,
        name=name,
        channel_ids=only or None,
        values=dict(map(_pair, values)),
        moves=times,
        skipped=skipped,
    )


def _pair(written: str) -> tuple[str, str]:
    name, equals, text = written.partition("=")
    if not equals or not name.strip():
        raise UsageError("campaigns.no_pair", written=written)
    return name.strip(), text.strip()


def _show(session: Session, made: Plan, as_json: bool) -> None:
    from loa.services import campaigns

    if as_json:
        slots = [{**vars(one), "findings": remarks(one.findings)} for one in made.slots]
        emit({**vars(made), "slots": slots, "findings": remarks(made.findings)})
        return
    zone = session.workspace.config.zone
    names = ("when", "lunar", "day", "item", "title", "who", "channels")
    rows = [
        (
            moment(one.at, zone),
            one.lunar,
            _day(one),
            one.item,
            one.title,
            _who(one.lead, one.partner),
            ", ".join(one.channels) if one.taken else say("campaigns.left_out"),
        )
        for one in made.slots
    ]
    table([say(f"campaigns.column.{name}") for name in names], rows)
    tell([*made.findings, *(remark for one in made.slots for remark in one.findings)])
    empty = [f for one in made.taken for f in one.findings if f.rule == "campaigns.empty"]
    if unfilled := dict.fromkeys(name for f in empty for name in cast("list[str]", f.values["names"])):
        speak(say("campaigns.fill", options=" ".join(f'--value {name}="…"' for name in unfilled)))
    speak(
        say("campaigns.planned", name=made.name, count=len(made.taken), anchor=campaigns.written(made.anchor))
    )


def _who(lead: str, partner: str) -> str:
    return say("campaigns.with_partner", lead=lead, partner=partner) if lead and partner else lead or partner


def _day(one: Slot) -> str:
    words = [holiday.name for holiday in one.holidays]
    return ", ".join([*words, say("calendar.off")] if one.off else words)


def _kit(one: Kit) -> dict[str, Any]:
    return {
        "kit": one.key,
        "name": one.name,
        "about": one.about,
        "anchor": _anchor(one),
        "items": [item.path.stem for item in one.items],
        "values": [{"name": value.name, "label": value.label} for value in one.values],
    }


def _anchor(one: Kit) -> str:
    return f"{one.anchor[0]:02d}/{one.anchor[1]:02d}" if one.anchor else one.anchor_name
