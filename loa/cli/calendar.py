"""`loa calendar`: the plan of a month, day by day; the plan as a file for other calendars."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, pass_session
from loa.speech import number, status_word

_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})|(?P<month2>\d{1,2})/(?P<year2>\d{4})")
SHOWN = 12
"""Deliveries of one day that are listed; the others are counted."""


class _MonthOrCommand(click.Group):
    """`loa calendar 2026-11` and a bare `loa calendar` are `loa calendar month …`, as they always were."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["month", *args]
        return super().parse_args(ctx, args)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.commands.get(cmd_name, self.commands["month"])


@click.group(cls=_MonthOrCommand, help=say("cli.help.calendar"))
def calendar() -> None:
    pass


@calendar.command("month", help=say("cli.help.calendar_month"))
@click.argument("month", default="", metavar="[YYYY-MM]")
@json_option
@pass_session
def month_(session: Session, month: str, as_json: bool) -> None:
    from loa.services import calendar as plan

    workspace = session.workspace
    zone = workspace.config.zone
    wanted = _first_of(month) if month else workspace.now().astimezone(zone).date()
    days = [day for day in plan.month(workspace, wanted) if day.date.month == wanted.month]
    if as_json:
        emit([{**vars(day), "date": day.date.isoformat()} for day in days])
        return
    for day in days:
        if not day.deliveries and not day.holidays and not day.blackouts:
            continue
        words = [say(f"tui.weekday.{day.date:%a}".lower()), f"{day.date:%d/%m/%Y}"]
        words += [say("calendar.lunar", lunar=day.lunar)] if day.lunar else []
        for one in day.holidays:
            doubt = "" if one.verified else f" ({say('calendar.unverified')})"
            words.append(one.name + (f", {say('calendar.off')}" if one.off else "") + doubt)
        words += [say("blackout.day", name=one.name, scope=one.scope) for one in day.blackouts]
        click.echo(" · ".join(words))
        for view in day.deliveries[:SHOWN]:
            assert view.due_at is not None
            click.echo(f"  {view.due_at.astimezone(zone):%H:%M}  {status_word(view.status)}  {view.id}")
        if len(day.deliveries) > SHOWN:
            click.echo("  " + say("calendar.more", count=number(len(day.deliveries) - SHOWN)))
    if not any(day.deliveries for day in days):
        speak(say("calendar.nothing"))


@calendar.command("export", help=say("cli.help.calendar_export"))
@click.argument("file", metavar="FILE.ics", type=click.Path(path_type=Path))
@click.option("--campaign", default="", metavar="ID", help=say("time.help.ics_campaign"))
@click.option("--from", "first", default="", metavar="DATE", help=say("time.help.ics_from"))
@click.option("--to", "last", default="", metavar="DATE", help=say("time.help.ics_to"))
@json_option
@pass_session
def export(session: Session, file: Path, campaign: str, first: str, last: str, as_json: bool) -> None:
    from loa.services import campaigns, ics

    workspace = session.workspace
    days = [campaigns.day(workspace, written) if written else None for written in (first, last)]
    written = ics.export(workspace, file, campaign=campaign, first=days[0], last=days[1])
    if as_json:
        emit({"file": str(written.file), "count": written.count})
    else:
        speak(say("time.ics_written", count=number(written.count), file=written.file))


def _first_of(written: str) -> date:
    found = _MONTH.fullmatch(written.strip())
    try:
        if found is None:
            raise ValueError(written)
        return date(int(found["year"] or found["year2"]), int(found["month"] or found["month2"]), 1)
    except ValueError:
        raise UsageError("calendar.bad_month", month=written) from None
