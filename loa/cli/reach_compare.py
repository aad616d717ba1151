"""`loa reach compare` and `loa reach hours`: posts at the same age side by side, with how many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session

if TYPE_CHECKING:
    from loa.reports.tables import Table

_BY = ("channel", "campaign", "kind", "field", "period", "weekday", "hour")
"""As `loa.services.reach.groups.BY`, which is not loaded to show a help page."""

_period = click.option("--period", default="", metavar="PERIOD", help=say("reach.help.period"))
_metric = click.option("--metric", default="", metavar="METRIC", help=say("reach.help.metric"))
_age = click.option("--age", default="7d", show_default=True, metavar="AGE", help=say("reach.help.age"))
_channel = click.option("--channel", default="", metavar="CHANNEL", help=say("reach.help.channel"))


@click.command("compare", help=say("reach.help.compare"))
@click.option("--by", default="channel", show_default=True, metavar="|".join(_BY), help=say("reach.help.by"))
@_metric
@_age
@_period
@_channel
@json_option
@pass_session
def compare(
    session: Session, by: str, metric: str, age: str, period: str, channel: str, as_json: bool
) -> None:
    from loa.reports import reach_tables
    from loa.services.reach import groups

    if by not in _BY:
        raise UsageError("reach.bad_by", written=by, names=", ".join(_BY))
    told = groups.compared(session.workspace, by, metric=metric, age=age, period=period, channel=channel)
    if as_json:
        emit(told)
        return
    if not told.groups:
        speak(say("reach.nothing"))
        return
    _show(session, reach_tables.groups(told))
    for note in reach_tables.notes(told):
        speak(note)


@click.command("hours", help=say("reach.help.hours"))
@_channel
@_metric
@_age
@_period
@json_option
@pass_session
def hours(session: Session, channel: str, metric: str, age: str, period: str, as_json: bool) -> None:
    from loa.reports import reach_tables
    from loa.services.reach import hours as service

    told = service.best_hours(session.workspace, channel=channel, metric=metric, age=age, period=period)
    if as_json:
        emit(told)
        return
    if not told.channels:
        speak(reach_tables.no_hours(told))
        return
    _show(session, reach_tables.hours(told))
    for said in reach_tables.verdicts(told):
        click.echo(said)
    for note in reach_tables.hour_notes(told):
        speak(note)


def _show(session: Session, told: Table) -> None:
    from loa.reports.tables import in_words

    speak(told.title)
    zone = session.workspace.config.zone
    table(told.headings, [[in_words(cell, zone) for cell in row] for row in told.rows])
