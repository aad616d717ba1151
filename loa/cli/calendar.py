"""`loa calendar`: the plan of a month, day by day."""

from __future__ import annotations

import re
from datetime import date

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, pass_session
from loa.speech import number, status_word

_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})|(?P<month2>\d{1,2})/(?P<year2>\d{4})")
SHOWN = 12
"""Deliveries of one day that are listed; the others are counted."""


@click.command(help=say("cli.help.calendar"))
@click.argument("month", default="", metavar="[YYYY-MM]")
@json_option
@pass_session
def calendar(session: Session, month: str, as_json: bool) -> None:
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


def _first_of(written: str) -> date:
    found = _MONTH.fullmatch(written.strip())
    try:
        if found is None:
            raise ValueError(written)
        return date(int(found["year"] or found["year2"]), int(found["month"] or found["month2"]), 1)
    except ValueError:
        raise UsageError("calendar.bad_month", month=written) from None
