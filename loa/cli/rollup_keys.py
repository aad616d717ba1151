"""`loa rollup trust`, `loa rollup distrust`: whose reports are believed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment, one_line


@click.command("trust", help=say("rollup.help.trust"))
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--unit", default="", metavar="LEVEL:CODE", help=say("rollup.help.unit"))
@click.option("--key", default="", metavar="KEY", help=say("rollup.help.key"))
@click.option("--fingerprint", "said", default="", metavar="TEXT", help=say("rollup.help.fingerprint"))
@json_option
@pass_session
def trust(session: Session, file: Path | None, unit: str, key: str, said: str, as_json: bool) -> None:
    from content.rollup import reading
    from content.units.unit import unit_id
    from loa.services import rollup_inbox, rollup_keys

    workspace = session.workspace
    if file is None and not unit and not key:
        _list_keys(session, as_json)
        return
    if (file is not None) == bool(key) or bool(unit) != bool(key):
        raise UsageError("rollup.which_key")
    if file is not None:
        signed = reading.read(rollup_inbox.bytes_of(file))
        theirs, key, name = signed.report.key, signed.key, one_line(signed.report.name)
    else:
        theirs, name = unit_id(unit), ""
    actor = session.officer
    if not said:
        prompt = say("rollup.ask_fingerprint", unit=":".join(theirs), name=name)
        if not sys.stdin.isatty():
            raise UsageError("rollup.no_fingerprint")
        said = str(click.prompt(prompt, err=True))
    pinned = rollup_keys.add(workspace, actor, theirs, key, said)
    if as_json:
        emit(pinned)
    words = {"unit": pinned.unit, "name": pinned.name, "fingerprint": pinned.fingerprint}
    speak(say("rollup.key_added", **words))


def _list_keys(session: Session, as_json: bool) -> None:
    from loa.services import rollup_keys

    found = rollup_keys.listing(session.workspace)
    if as_json:
        emit(found)
        return
    zone = session.workspace.config.zone
    rows = [
        (
            one.unit,
            one.name,
            one.fingerprint,
            moment(one.added_at, zone),
            one.added_by,
            say("rollup.key.void")
            if one.void
            else say("rollup.key.until", until=moment(one.until, zone))
            if one.until
            else say("rollup.key.ok"),
        )
        for one in found
    ]
    columns = ("unit", "name", "fingerprint", "added_at", "added_by", "state")
    table([say(f"rollup.column.{name}") for name in columns], rows)


@click.command("distrust", help=say("rollup.help.distrust"))
@click.argument("unit", metavar="LEVEL:CODE")
@click.option("--fingerprint", "said", default="", metavar="TEXT", help=say("rollup.help.which_fingerprint"))
@click.option("--void", is_flag=True, help=say("rollup.help.void"))
@json_option
@pass_session
def distrust(session: Session, unit: str, said: str, void: bool, as_json: bool) -> None:
    from content.units.unit import unit_id
    from loa.services import rollup_keys

    ended = rollup_keys.withdraw(session.workspace, session.officer, unit_id(unit), said, void=void)
    if as_json:
        emit(ended)
    for one in ended:
        words = {"unit": one.unit, "fingerprint": one.fingerprint}
        speak(say("rollup.key_void" if one.void else "rollup.key_ended", **words))
