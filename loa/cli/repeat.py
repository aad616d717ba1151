"""`loa repeat`: one post as a series of dated drafts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import TYPE_CHECKING, Any

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, remarks, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment, status_word

if TYPE_CHECKING:
    from content.finding import Finding
    from loa.services.repeats import Occurrence, RepeatPlan, Wish

EXIT_REFUSED = 3
SHIFTS = ("keep", "next", "previous")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2})|\s?[hg](?:\s?(\d{1,2}))?)", re.ASCII)


@click.group(help=say("cli.help.repeat"))
def repeat() -> None:
    pass


def _repeating(command: Callable[..., Any]) -> Callable[..., Any]:
    """What `plan` and `new` are told."""
    for option in (
        click.option("--every", default="", metavar="PERIOD", help=say("time.help.every")),
        click.option("--on", default="", metavar="DAYS", help=say("time.help.on")),
        click.option("--rule", default="", metavar="RRULE", help=say("time.help.rule")),
        click.option("--lunar", multiple=True, metavar="DAY", help=say("time.help.lunar")),
        click.option("--at", default="", metavar="HH:MM", help=say("time.help.at")),
        click.option("--from", "start", default="", metavar="DATE", help=say("time.help.from")),
        click.option("--until", default="", metavar="DATE", help=say("time.help.until")),
        click.option("--count", default=None, type=click.IntRange(1, 1000), help=say("time.help.count")),
        click.option("--except", "excluded", multiple=True, metavar="DATE", help=say("time.help.except")),
        click.option(
            "--working-day", "shift", type=click.Choice(SHIFTS), default="keep",
            help=say("time.help.working_day"),
        ),
        click.option("--name", default="", help=say("time.help.name")),
        json_option,
    )[::-1]:  # fmt: skip
        command = option(command)
    return click.argument("key", metavar="POST")(command)


@repeat.command("plan", help=say("cli.help.repeat_plan"))
@_repeating
@pass_session
def plan(session: Session, /, key: str, as_json: bool, **wishes: Any) -> None:
    from loa.services import repeats

    made = repeats.plan(session.workspace, key, _wish(session, **wishes))
    _show(session, made, as_json)
    if made.refused:
        click.get_current_context().exit(EXIT_REFUSED)


@repeat.command("new", help=say("cli.help.repeat_new"))
@_repeating
@pass_session
def new(session: Session, /, key: str, as_json: bool, **wishes: Any) -> None:
    from loa.services import repeats

    _create(session, repeats.plan(session.workspace, key, _wish(session, **wishes)), as_json)


@repeat.command("extend", help=say("cli.help.repeat_extend"))
@click.argument("series", metavar="SERIES")
@click.option("--until", required=True, metavar="DATE", help=say("time.help.until"))
@json_option
@pass_session
def extend(session: Session, series: str, until: str, as_json: bool) -> None:
    from loa.services import repeats

    _create(session, repeats.extended(session.workspace, series, _day(session, until)), as_json)


@repeat.command("list", help=say("cli.help.repeat_list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import repeats

    found = repeats.listing(session.workspace)
    if as_json:
        emit(found)
        return
    zone = session.workspace.config.zone
    rows = [
        (
            one.id,
            one.told,
            f"{one.done}/{one.planned - one.dropped}",
            moment(one.next_at, zone),
            moment(one.last_at, zone),
        )
        for one in found
    ]
    table([say(f"time.column.{name}") for name in ("series", "told", "done", "next", "last")], rows)


@repeat.command("show", help=say("cli.help.repeat_show"))
@click.argument("series", metavar="SERIES")
@json_option
@pass_session
def show(session: Session, series: str, as_json: bool) -> None:
    from loa.services import repeats

    found = repeats.progress(session.workspace, series)
    if as_json:
        emit(found)
        return
    zone, told = session.workspace.config.zone, found.series
    counts = {"done": told.done, "planned": told.planned, "dropped": told.dropped}
    speak(say("time.told", id=told.id, post=told.post, told=told.told, **counts))
    rows = [
        (
            moment(cell.planned_at, zone),
            cell.post,
            cell.channel,
            status_word(cell.status) if cell.status else say("campaigns.not_there"),
            moment(cell.due_at, zone) if cell.due_at != cell.planned_at else "",
            cell.url,
        )
        for cell in found.cells
    ]
    table([say(f"time.column.{name}") for name in ("on", "post", "channel", "status", "due", "where")], rows)


def _wish(
    session: Session,
    every: str,
    on: str,
    rule: str,
    lunar: tuple[str, ...],
    at: str,
    start: str,
    until: str,
    count: int | None,
    excluded: tuple[str, ...],
    shift: Any,
    name: str,
) -> Wish:
    from content.calendar.spoken import lunar_day, rule_of
    from loa.services.repeats import Wish

    if sum(map(bool, (every, rule, lunar))) != 1 or (on and not every):
        raise UsageError("time.one_way")
    return Wish(
        rule=rule_of(every, on) if every else rule,
        lunar=tuple(dict.fromkeys(lunar_day(part) for told in lunar for part in told.split(","))),
        at=_clock(at) if at else None,
        start=_day(session, start) if start else None,
        count=count,
        until=_day(session, until) if until else None,
        excluded=tuple(_day(session, part) for told in excluded for part in told.split(",")),
        shift=shift,
        name=name,
    )


def _day(session: Session, written: str) -> date:
    from loa.services import campaigns

    return campaigns.day(session.workspace, written)


def _clock(written: str) -> time:
    found = _CLOCK.fullmatch(written.strip().lower())
    try:
        if found is None:
            raise ValueError(written)
        return time(int(found[1]), int(found[2] or found[3] or 0))
    except ValueError:
        raise UsageError("time.bad_time", written=written) from None


def _create(session: Session, made: RepeatPlan, as_json: bool) -> None:
    from loa.services import repeats

    created = repeats.create(session.workspace, session.officer, made)
    if as_json:
        emit(created)
        return
    zone = session.workspace.config.zone
    if created.outcome == "new":
        tell(_gathered(made))
        fresh = [one for one in made.occurrences if one.post in created.posts]
        first, last = moment(fresh[0].at, zone), moment(fresh[-1].at, zone)
        speak(say("time.created_new", id=created.id, count=len(fresh), first=first, last=last))
    else:
        tell(made.findings)
        speak(say("time.created_same", id=created.id, count=created.there))
    speak(say("time.then", id=created.id))


def _show(session: Session, made: RepeatPlan, as_json: bool) -> None:
    from loa.services import repeats

    series = made.series
    if as_json:
        occurrences = [{**vars(one), "findings": remarks(one.findings)} for one in made.occurrences]
        emit(
            {
                "id": series.id,
                "post": series.post,
                "told": repeats.in_words(series),
                "occurrences": occurrences,
                "findings": remarks(made.findings),
            }
        )
        return
    zone = session.workspace.config.zone
    rows = [
        (
            moment(one.at, zone),
            one.lunar,
            _day_words(one),
            one.post,
            say(f"time.outcome_{'there' if one.there else 'new'}"),
        )
        for one in made.occurrences
    ]
    table([say(f"time.column.{name}") for name in ("at", "lunar", "day", "post", "outcome")], rows)
    tell(_gathered(made))
    there = len(made.occurrences) - len(made.new)
    counts = {"count": len(made.new), "there": there}
    speak(say("time.planned", id=series.id, told=repeats.in_words(series), **counts))


def _gathered(made: RepeatPlan) -> list[Finding]:
    """The same remark on several days is said once, with all of them."""
    from dataclasses import replace

    from loa.services import campaigns

    places: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], Finding] = {}
    for one in made.new:
        for remark in one.findings:
            key = (remark.rule, remark.message)
            first.setdefault(key, remark)
            places.setdefault(key, []).append(campaigns.written(one.day))
    return [*made.findings, *(replace(first[key], place=", ".join(days)) for key, days in places.items())]


def _day_words(one: Occurrence) -> str:
    words = [holiday.name for holiday in one.holidays]
    return ", ".join([*words, say("calendar.off")] if one.off else words)
