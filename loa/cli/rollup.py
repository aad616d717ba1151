"""`loa rollup`: a signed report for the unit above; taking in and adding up those of units below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content.errors import NotFound, UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.rollup_keys import distrust, trust
from loa.cli.session import Session, pass_session
from loa.speech import moment, number

if TYPE_CHECKING:
    from loa.services.report_periods import Period

_PATH = click.Path(path_type=Path)
EXIT_REFUSED = 3


@click.group(help=say("cli.help.rollup"))
def rollup() -> None:
    pass


rollup.add_command(trust)
rollup.add_command(distrust)


def _asks_period(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--period", "named", default="", metavar="PERIOD", help=say("report.help.period")),
        click.option("--from", "first", default="", metavar="DATE", help=say("report.help.from")),
        click.option("--to", "last", default="", metavar="DATE", help=say("report.help.to")),
    )[::-1]:
        command = option(command)
    return command


def _period(named: str, first: str, last: str) -> Period:
    from loa.services import report_periods

    if named and (first or last):
        raise UsageError("report.two_periods")
    if named:
        return report_periods.named(named)
    if not (first and last):
        raise UsageError("report.no_period")
    return report_periods.between(first, last)


@rollup.command("units", help=say("rollup.help.units"))
@click.argument("file", required=False, type=_PATH, metavar="[FILE]")
@click.option("--template", type=_PATH, metavar="FILE", help=say("rollup.help.template"))
@json_option
@pass_session
def units(session: Session, file: Path | None, template: Path | None, as_json: bool) -> None:
    from loa.services import rollup_units

    if template is not None:
        if template.exists():
            raise UsageError("report.exists", file=template)
        template.write_text(rollup_units.template(), "utf-8-sig")
        speak(say("rollup.template_written", file=template))
        return
    if file is not None:
        told = rollup_units.take(session.workspace, session.officer, file)
        if as_json:
            emit(told)
        counts = {name: number(getattr(told, name)) for name in ("units", "before", "unverified")}
        speak(say("rollup.units_taken", **counts))
        return
    known = rollup_units.register(session.workspace)
    if as_json:
        emit(list(known))
        return
    rows = [
        (
            one.id,
            one.name,
            ":".join(one.parent) if one.parent else "–",
            f"{one.first:%d/%m/%Y}" if one.first else "–",
            f"{one.last:%d/%m/%Y}" if one.last else "–",
            ", ".join(":".join(heir.key) for heir in one.heirs) or "–",
            say("rollup.verified" if one.verified else "rollup.unverified"),
        )
        for one in known
    ]
    columns = ("unit", "name", "parent", "since", "until", "heirs", "checked")
    table([say(f"rollup.column.{name}") for name in columns], rows)


@rollup.command("make", help=say("rollup.help.make"))
@_asks_period
@click.option("--to-file", "target", type=_PATH, metavar="FILE", help=say("rollup.help.make_file"))
@click.option("--correct", is_flag=True, help=say("rollup.help.correct"))
@click.option("--note", default="", metavar="TEXT", help=say("rollup.help.note"))
@click.option("--replace", is_flag=True, help=say("report.help.replace"))
@json_option
@pass_session
def make(
    session: Session,
    named: str,
    first: str,
    last: str,
    target: Path | None,
    correct: bool,
    note: str,
    replace: bool,
    as_json: bool,
) -> None:
    from content.whole import whole
    from loa.reports import rollup_make

    period = _period(named, first, last)
    if target is not None:
        _must_be_free(target, replace=replace)
    made = rollup_make.make(session.workspace, session.officer, period, correct=correct, notes=note)
    target = target or Path.cwd() / rollup_make.file_name(session.workspace, period, made.number)
    _must_be_free(target, replace=replace or made.again)
    with whole(target) as file:
        file.write(made.data)
    if as_json:
        told = {name: value for name, value in vars(made).items() if name != "data"}
        emit({**told, "file": str(target)})
    speak(say("rollup.made_again" if made.again else "rollup.made", number=made.number, file=target))
    for name in ("changed", "unfinished"):
        if getattr(made, name):
            speak(say(f"rollup.{name}"))
    for line in made.remarks:
        speak(line)
    if made.undecided:
        speak(say("rollup.made_undecided", count=made.undecided))
    speak(say("rollup.your_fingerprint", fingerprint=made.fingerprint))


@rollup.command("import", help=say("rollup.help.import"))
@click.argument("paths", nargs=-1, required=True, type=_PATH, metavar="FILE...")
@click.option("--check", is_flag=True, help=say("rollup.help.check"))
@json_option
@pass_session
def import_(session: Session, paths: tuple[Path, ...], check: bool, as_json: bool) -> None:
    from loa.services import rollup_inbox

    for path in paths:
        if not path.exists():
            raise NotFound("rollup.no_file", file=path)
    told = rollup_inbox.take(session.workspace, session.officer, paths, check=check)
    counts = {
        name: sum(one.outcome == name for one in told)
        for name in ("accepted", "correction", "same", "older", "conflict", "refused")
    }
    if as_json:
        emit({"checked_only": check, "counts": counts, "files": told})
    else:
        rows = [
            (
                one.file,
                say(f"rollup.outcome.{one.outcome}", number=one.number),
                f"{one.unit} {one.name}".strip() or "–",
                one.period or "–",
                one.digest[:16] or "–",
            )
            for one in told
        ]
        table([say(f"rollup.column.{c}") for c in ("file", "outcome", "unit", "period", "digest")], rows)
    for one in told:
        if one.why:
            speak(f"{one.file}: {one.why}")
    speak(say("rollup.checked" if check else "rollup.imported", **counts))
    if counts["conflict"]:
        speak(say("rollup.then_decide"))
    if counts["refused"]:
        click.get_current_context().exit(EXIT_REFUSED)


@rollup.command("list", help=say("rollup.help.list"))
@_asks_period
@click.option("--due", "due_on", default="", metavar="DATE", help=say("rollup.help.due"))
@json_option
@pass_session
def listing(session: Session, named: str, first: str, last: str, due_on: str, as_json: bool) -> None:
    from loa.reports import rollup_sum
    from loa.services import report_periods

    workspace = session.workspace
    period = _period(named, first, last)
    found = rollup_sum.summed(workspace, period, ())
    rows = rollup_sum.owing(found)
    due = report_periods.day(due_on) if due_on else rollup_sum.due_on(workspace, period)
    if as_json:
        emit({"due_on": due, "sent": found.sum.sent, "expected": found.sum.expected, "units": rows})
        return
    zone = workspace.config.zone
    table(
        [
            say(f"rollup.column.{c}")
            for c in ("unit", "name", "state", "number", "digest", "received", "signer")
        ],
        [
            (
                one.unit,
                one.name,
                say(f"rollup.standing.{one.state}"),
                one.number or "–",
                one.digest[:16] or "–",
                moment(one.received_at, zone),
                one.signer or "–",
            )
            for one in rows
        ],
    )
    for line in rollup_sum.remarks(found):
        speak(line)
    if due is not None:
        days = (due - workspace.now().astimezone(zone).date()).days
        left = say("report.due.left", days=days) if days >= 0 else say("report.due.overdue", days=-days)
        speak(say("rollup.due", day=f"{due:%d/%m/%Y}", left=left))


@rollup.command("show", help=say("rollup.help.show"))
@click.argument("unit", metavar="LEVEL:CODE")
@_asks_period
@json_option
@pass_session
def show(session: Session, unit: str, named: str, first: str, last: str, as_json: bool) -> None:
    from content.units.unit import unit_id
    from loa.reports import rollup_sum, tables

    workspace = session.workspace
    period = _period(named, first, last) if named or first or last else None
    found = rollup_sum.versions(workspace, unit_id(unit), period)
    if as_json:
        emit([one.fields for one in found])
        return
    zone = workspace.config.zone
    columns = ("period", "number", "state", "digest", "signer", "officer", "created", "received", "file")
    table(
        [say(f"rollup.column.{name}") for name in columns],
        [
            (
                f"{one.held.days[0]:%d/%m/%Y}–{one.held.days[1]:%d/%m/%Y}",
                one.held.signed.report.number,
                say(f"rollup.version.{one.state}"),
                one.held.digest[:16],
                one.held.signer,
                one.held.signed.report.signer,
                moment(one.held.signed.report.created_at, zone),
                moment(one.held.received_at, zone),
                one.held.file_name,
            )
            for one in found
        ],
    )
    for one in found:
        if one.state not in ("counts", "undecided"):
            continue
        made = rollup_sum.one_source(one.held)
        click.echo(f"\n{made.title} · {one.held.digest[:16]}")
        table(made.headings, [[tables.in_words(cell, zone) for cell in row] for row in made.rows])
        if one.held.signed.report.notes:
            speak(one.held.signed.report.notes)


@rollup.command("sum", help=say("rollup.help.sum"))
@_asks_period
@click.option("--to-file", "target", type=_PATH, metavar="FILE", help=say("rollup.help.sum_file"))
@click.option("--replace", is_flag=True, help=say("report.help.replace"))
@json_option
@pass_session
def sum_(
    session: Session, named: str, first: str, last: str, target: Path | None, replace: bool, as_json: bool
) -> None:
    from loa.reports import rollup_make, rollup_sum, tables, writing
    from loa.services import reporting

    workspace = session.workspace
    period = _period(named, first, last)
    if target is not None:
        writing.check_target(target, replace=replace, endings=rollup_sum.ENDINGS)
    facts = reporting.facts(workspace, "periodic", period)
    own = rollup_make.own_figures(workspace, facts)
    found = rollup_sum.summed(workspace, period, own)
    if as_json:
        emit(rollup_sum.as_fields(found))
    elif target is None:
        made = rollup_sum.totals(found, zeros=False)
        zone = workspace.config.zone
        table(made.headings, [[tables.in_words(cell, zone) for cell in row] for row in made.rows])
        if hidden := len(found.sum.totals) - len(made.rows):
            speak(say("rollup.zeros", count=hidden))
    for line in rollup_sum.remarks(found):
        speak(line)
    if facts.unfinished:
        speak(say("rollup.unfinished"))
    if target is not None:
        rollup_sum.write(workspace, found, target, unfinished=facts.unfinished)
        speak(say("report.cli.written", file=target))


@rollup.command("decide", help=say("rollup.help.decide"))
@click.argument("digest", metavar="DIGEST")
@click.option("--reject", is_flag=True, help=say("rollup.help.reject"))
@click.option("--reason", "-r", "why", required=True, help=say("rollup.help.reason"))
@json_option
@pass_session
def decide(session: Session, digest: str, reject: bool, why: str, as_json: bool) -> None:
    from loa.services import rollup_inbox

    choice = rollup_inbox.decide(session.workspace, session.officer, digest, why, reject=reject)
    if as_json:
        emit(choice)
    aside = ", ".join(one[:16] for one in choice.instead_of) or "–"
    speak(say("rollup.rejected" if reject else "rollup.decided", counts=choice.counts[:16], aside=aside))


def _must_be_free(target: Path, *, replace: bool) -> None:
    if not target.parent.is_dir():
        raise NotFound("report.no_folder", folder=target.parent)
    if target.is_dir() or (target.exists() and not replace):
        raise UsageError("report.exists", file=target)
