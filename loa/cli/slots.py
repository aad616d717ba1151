"""`loa slots`: the weekly posting slots that are still free."""

from __future__ import annotations

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment


@click.command(help=say("cli.help.slots"))
@click.argument("channel", default="", metavar="[CHANNEL]")
@click.option("--count", "-n", default=5, metavar="N", help=say("time.help.slots_count"))
@json_option
@pass_session
def slots(session: Session, channel: str, count: int, as_json: bool) -> None:
    from loa.services import slots as service

    if not 1 <= count <= service.MOST_SHOWN:
        raise UsageError("time.bad_count", most=service.MOST_SHOWN)
    workspace = session.workspace
    found = service.listing(workspace, channel, count)
    for name_of, name, nearest in service.unknown_names(workspace):
        speak(say("time.name_unknown", table=name_of, name=name, nearest=nearest))
    if as_json:
        emit(found)
        return
    zone = workspace.config.zone
    rows = [(one.channel, moment(at, zone)) for one in found for at in one.slots]
    if rows:
        table([say(f"time.column.{name}") for name in ("channel", "slot")], rows)
    for one in found:
        if not one.slots:
            which = "channel_full" if one.has_slots else "channel_without_slots"
            speak(say(f"time.{which}", channel=one.channel))
