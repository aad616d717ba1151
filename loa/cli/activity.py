"""`loa activity`: the ledger of what the unit did away from its channels, in counts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content.errors import UsageError
from content.wording import say
from loa.cli import activity_shown
from loa.cli.law import Day
from loa.cli.output import emit, harmless, json_option, remarks, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment

if TYPE_CHECKING:
    from content.activity.entry import Activity
    from content.activity.kinds import Catalogue
    from loa.services.activities import Entry
    from loa.services.report_periods import Period

EXIT_REFUSED = 3
_TEXTS = ("place", "subject", "lead", "partners", "campaign", "note")


@click.group(help=say("cli.help.activity"))
def activity() -> None:
    pass


def _said(command: Callable[..., Any]) -> Callable[..., Any]:
    """What may be said of an activity; None is not said."""
    for option in (
        click.option("--kind", help=say("activity.help.kind")),
        click.option("--title", help=say("activity.help.title")),
        click.option("--from", "first", type=Day(), help=say("activity.help.first")),
        click.option("--to", "last", type=Day(), help=say("activity.help.last")),
        *(click.option(f"--{name}", help=say(f"activity.help.{name}")) for name in _TEXTS),
        click.option("--count", "-c", "counts", multiple=True, metavar="MEASURE=NUMBER", help=_count_help()),
        click.option("--planned/--done", "planned", default=None, help=_state_help()),
        json_option,
    )[::-1]:
        command = option(command)
    return command


def _count_help() -> str:
    return say("activity.help.count")


def _state_help() -> str:
    return f"{say('activity.help.planned')} / {say('activity.help.done')}"


@activity.command("add", help=say("activity.help.add"))
@_said
@pass_session
def add(session: Session, /, *, as_json: bool, **said: Any) -> None:
    from loa.cli import activity_form
    from loa.services import activities

    officer, kinds = session.officer, activities.catalogue(session.workspace)
    missing = [name for name in ("kind", "title", "first") if not said[name]]
    asked = bool(missing) and not as_json and sys.stdin.isatty()
    if missing and not asked:
        raise UsageError("activity.need", names=", ".join(say(f"activity.heading.{one}") for one in missing))
    today = activities.today(session.workspace)
    begun = _changed(_blank(today), kinds, said)
    if asked:
        given = {name for name in said if said[name]}
        begun = activity_form.fill_in(begun, kinds, today, given)
        if not click.confirm(say("activity.ask.sure"), default=True, err=True):
            speak(say("activity.not_added"))
            return
    saved = activities.add(session.workspace, officer, begun)
    if as_json:
        emit({**activity_shown.plain_entry(saved.entry), "remarks": remarks(saved.findings)})
        return
    tell(saved.findings)
    speak(say("activity.added", number=saved.entry.number, title=saved.entry.activity.title))


@activity.command("edit", help=say("activity.help.edit"))
@click.argument("which", metavar="NUMBER", type=int)
@_said
@click.option("--reason", "-r", "why", default="", help=say("activity.help.reason"))
@pass_session
def edit(session: Session, /, *, which: int, why: str, as_json: bool, **said: Any) -> None:
    from loa.cli import activity_form
    from loa.services import activities

    officer, kinds = session.officer, activities.catalogue(session.workspace)
    before = activities.history(session.workspace, which)[0]
    changed = _changed(before.activity, kinds, said)
    if not any(one not in (None, ()) for one in said.values()):
        if as_json or not sys.stdin.isatty():
            raise UsageError("activity.nothing_to_change")
        changed = activity_form.fill_in(changed, kinds, activities.today(session.workspace))
        why = why or click.prompt(say("activity.ask.reason"), err=True)
    saved = activities.edit(session.workspace, officer, which, changed, why, expected=before.revision)
    if as_json:
        emit({**activity_shown.plain_entry(saved.entry if saved else before), "changed": saved is not None})
    elif saved is None:
        speak(say("activity.same", number=which))
    else:
        tell(saved.findings)
        speak(say("activity.changed", number=which, revision=saved.entry.revision))


@activity.command("remove", help=say("activity.help.remove"))
@click.argument("which", metavar="NUMBER", type=int)
@click.option("--reason", "-r", "why", required=True, help=say("activity.help.reason"))
@json_option
@pass_session
def remove(session: Session, which: int, why: str, as_json: bool) -> None:
    from loa.services import activities

    _turned(activities.remove(session.workspace, session.officer, which, why), as_json)


@activity.command("restore", help=say("activity.help.restore"))
@click.argument("which", metavar="NUMBER", type=int)
@click.option("--reason", "-r", "why", required=True, help=say("activity.help.reason"))
@json_option
@pass_session
def restore(session: Session, which: int, why: str, as_json: bool) -> None:
    from loa.services import activities

    _turned(activities.restore(session.workspace, session.officer, which, why), as_json)


def _turned(entry: Entry, as_json: bool) -> None:
    if as_json:
        emit(activity_shown.plain_entry(entry))
    else:
        speak(say(f"activity.{entry.action}", number=entry.number))


@activity.command("list", help=say("activity.help.list"))
@click.option("--period", "named", default="", metavar="PERIOD", help=say("activity.help.period"))
@click.option("--from", "first", default="", metavar="DATE", help=say("activity.help.first"))
@click.option("--to", "last", default="", metavar="DATE", help=say("activity.help.last"))
@click.option("--kind", "chosen", multiple=True, metavar="KIND", help=say("activity.help.only_kind"))
@click.option("--campaign", default="", metavar="ID", help=say("activity.help.campaign"))
@click.option("--removed", is_flag=True, help=say("activity.help.removed"))
@click.option(
    "--to-file",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=say("activity.help.to_file"),
)
@click.option("--replace", "over", is_flag=True, help=say("activity.help.replace"))
@json_option
@pass_session
def listing(
    session: Session,
    named: str,
    first: str,
    last: str,
    chosen: tuple[str, ...],
    campaign: str,
    removed: bool,
    target: Path | None,
    over: bool,
    as_json: bool,
) -> None:
    from loa.reports import tables, writing
    from loa.services import activities, report_activities

    workspace = session.workspace
    if target is not None:
        writing.check_target(target, replace=over, endings=writing.FORM_ENDINGS)
    kinds = activities.catalogue(workspace)
    codes = [_kind(kinds, one) for one in chosen]
    found = activities.listing(workspace, _period(named, first, last), codes, campaign, removed=removed)
    counted = [] if removed else [one.activity for one in found]
    sums = [one for one in report_activities.summed(counted, kinds) if one.activities]
    if as_json:
        emit(
            {
                "activities": [activity_shown.plain_entry(one) for one in found],
                "sums": [asdict(one) for one in sums],
            }
        )
    elif not found:
        speak(say("activity.none"))
    else:
        zone = workspace.config.zone
        table(activity_shown.headings(), [activity_shown.row(one, kinds) for one in found])
        if not removed:
            made = tables.activities(sums)
            click.echo(f"\n{made.title}")
            table(made.headings, [[tables.in_words(cell, zone) for cell in row] for row in made.rows])
            speak(say("activity.period_rule"))
    activity_shown.tell_overdue(activities.overdue(found, activities.today(workspace)))
    if target is not None:
        rows = tuple(tuple(activity_shown.row(one, kinds)) for one in found)
        made = tables.Table("so", say("activity.sheet.list"), tuple(activity_shown.headings()), rows)
        writing.write_table(workspace, made, target, [say("activity.period_rule")])
        speak(say("report.cli.written", file=target))


@activity.command("show", help=say("activity.help.show"))
@click.argument("which", metavar="NUMBER", type=int)
@json_option
@pass_session
def show(session: Session, which: int, as_json: bool) -> None:
    from loa.services import activities

    revisions = activities.history(session.workspace, which)
    if as_json:
        emit([activity_shown.plain_entry(one) for one in revisions])
        return
    kinds, zone = activities.catalogue(session.workspace), session.workspace.config.zone
    for line in activity_shown.told(revisions[0].activity, kinds):
        click.echo(harmless(line))
    click.echo("")
    names = ("activity.column.revision", "cli.column.at", "cli.column.actor", "activity.column.what")
    table(
        [say(name) for name in (*names, "cli.column.reason", "activity.column.counts")],
        [
            (
                one.revision,
                moment(one.at, zone),
                one.officer,
                say(f"activity.action.{one.action}"),
                one.reason or one.source or "–",
                activity_shown.counted(one.activity, kinds),
            )
            for one in revisions
        ],
    )
    for new, old in pairwise(revisions):
        before, after = activity_shown.told(old.activity, kinds), activity_shown.told(new.activity, kinds)
        changed = [f"  − {line}" for line in before if line not in after]
        changed += [f"  + {line}" for line in after if line not in before]
        if changed:
            click.echo(f"\n{say('activity.column.revision')} {old.revision} → {new.revision}")
            for line in changed:
                click.echo(harmless(line))


@activity.command("template", help=say("activity.help.template"))
@click.argument("file", metavar="FILE.xlsx", type=click.Path(path_type=Path))
@pass_session
def template(session: Session, file: Path) -> None:
    from loa.services import activity_import

    activity_import.template(session.workspace, file)
    speak(say("activity.template_made", file=file))


@activity.command("import", help=say("activity.help.import"))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help=say("activity.help.check"))
@click.option("--update", is_flag=True, help=say("activity.help.update"))
@json_option
@pass_session
def import_(session: Session, file: Path, check: bool, update: bool, as_json: bool) -> None:
    from loa.services import activities, activity_import

    officer = None if check else session.officer  # looking at it needs nobody's passphrase
    read = activity_import.read(session.workspace, file)
    made = None
    if officer is not None and not read.refused:
        made = activity_import.make(session.workspace, officer, read, update=update)
    counts = {name: read.count(name) for name in ("new", "same", "other", "gone")}
    if as_json:
        rows = [
            {"row": one.number, "outcome": one.outcome, "number": one.entry and one.entry.number}
            | {"title": one.activity.title}
            for one in read.rows
        ]
        emit({"made": made, **counts, "rows": rows, "remarks": remarks(read.findings)})
    else:
        kinds = activities.catalogue(session.workspace)
        if not read.refused:  # else what is wrong is all that matters
            activity_shown.show_rows(read, kinds)
        tell(read.findings)
    if read.refused:
        speak(say("activity.import_refused", file=file.name, count=len(read.refused)))
        click.get_current_context().exit(EXIT_REFUSED)
    elif made is None:
        speak(say("activity.would", file=file, **counts))
    else:
        speak(say("activity.imported", **made, same=counts["same"]))


def _changed(one: Activity, kinds: Catalogue, said: dict[str, Any]) -> Activity:
    """With what was said on the command line."""
    told = {name: said[name] for name in ("title", *_TEXTS) if said[name] is not None}
    if said["kind"] is not None:
        told["kind"] = kinds.code(said["kind"])
    if said["first"] is not None:
        told["first"] = said["first"]
        with suppress(OverflowError):  # the calendar's end, which is refused as too far anyway
            told["last"] = said["first"] + (one.last - one.first)
    if said["last"] is not None:
        told["last"] = said["last"]
    if said["planned"] is not None:
        told["done"] = not said["planned"]
    counts = dict(one.counts)
    for written in said["counts"]:
        code, value = _count(written, kinds)
        counts.pop(code, None)
        if value is not None:
            counts[code] = value
    return replace(one, counts=counts, **told)


def _count(written: str, kinds: Catalogue) -> tuple[str, int | None]:
    from content.activity.numbers import parse_count

    code, equals, value = written.partition("=")
    try:
        if not equals or code.strip() not in kinds.measures:
            raise ValueError(written)
        return code.strip(), parse_count(value)
    except ValueError:
        raise UsageError("activity.count_option", written=written, known=", ".join(kinds.measures)) from None


def _blank(today: date) -> Activity:
    from content.activity.entry import Activity

    return Activity("", "", today, today)


def _kind(kinds: Catalogue, written: str) -> str:
    code = kinds.code(written)
    if code not in kinds.kinds:
        raise UsageError("activity.no_kind", written=written, nearest=kinds.nearest(written))
    return code


def _period(named: str, first: str, last: str) -> Period | None:
    from loa.services import report_periods

    if named and (first or last):
        raise UsageError("report.two_periods")
    if named:
        return report_periods.named(named)
    if first and last:
        return report_periods.between(first, last)
    if first or last:
        raise UsageError("report.no_period")
    return None
