"""`loa report`: what a unit reports of a period, as a Word file, a spreadsheet, a page, or data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content.errors import UsageError
from content.wording import say
from loa.cli import report_told
from loa.cli.output import emit, json_option, speak, table
from loa.cli.report_page import html, word
from loa.cli.session import Session, pass_session

if TYPE_CHECKING:
    from loa.reports.forms import Form
    from loa.services.report_periods import Period


@click.group(help=say("cli.help.report"))
def report() -> None:
    pass


report.add_command(word)
report.add_command(html)


def _asked(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every kind of report is told."""
    for option in (
        click.option("--period", "named", default="", metavar="PERIOD", help=say("report.help.period")),
        click.option("--from", "first", default="", metavar="DATE", help=say("report.help.from")),
        click.option("--to", "last", default="", metavar="DATE", help=say("report.help.to")),
        click.option("--campaign", default="", metavar="ID", help=say("report.help.campaign")),
        click.option(
            "--to-file",
            "target",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=say("report.help.to_file"),
        ),
        click.option("--date", "dated", default="", metavar="DATE", help=say("report.help.date")),
        click.option("--replace", is_flag=True, help=say("report.help.replace")),
        json_option,
    )[::-1]:
        command = option(command)
    return command


@report.command("engagement", help=say("cli.help.report_engagement"))
@_asked
@pass_session
def engagement(session: Session, /, **wishes: Any) -> None:
    _report(session, "engagement", **wishes)


@report.command("periodic", help=say("cli.help.report_periodic"))
@_asked
@pass_session
def periodic(session: Session, /, **wishes: Any) -> None:
    _report(session, "periodic", **wishes)


@report.command("campaign", help=say("cli.help.report_campaign"))
@_asked
@pass_session
def campaign(session: Session, /, **wishes: Any) -> None:
    if not wishes["campaign"]:
        raise UsageError("report.which_campaign")
    _report(session, "campaign", **wishes)


@report.command("due", help=say("cli.help.report_due"))
@json_option
@pass_session
def due(session: Session, as_json: bool) -> None:
    from loa.reports import due as service

    workspace = session.workspace
    found = service.upcoming(workspace.folder, workspace.now().astimezone(workspace.config.zone).date())
    if as_json:
        emit(found)
        return
    rows = [
        (
            one.name,
            one.label,
            f"{one.on:%d/%m/%Y}" if one.on else say("report.due.not_set"),
            _left(one.days_left),
            one.source if one.verified else f"{one.source} ({say('report.unverified')})",
        )
        for one in found
    ]
    table([say(f"report.column.{name}") for name in ("report", "period", "due_on", "left", "source")], rows)
    for one in found[:1]:
        speak(say("report.due.then", kind=one.kind, period=one.period))


def _left(days: int | None) -> str:
    if days is None:
        return "–"
    return say("report.due.left", days=days) if days >= 0 else say("report.due.overdue", days=-days)


@report.command("forms", help=say("cli.help.report_forms"))
@json_option
@pass_session
def list_forms(session: Session, as_json: bool) -> None:
    from loa.reports import forms

    found = forms.listing(session.workspace.folder)
    if as_json:
        emit(found)
        return
    rows = [(one.code, one.name, len(one.rows), _checked(one)) for one in found]
    table([say(f"report.column.{name}") for name in ("form", "title", "rows", "source")], rows)


@report.command("form", help=say("cli.help.report_form"))
@click.argument("code", metavar="FORM")
@click.option("--period", "named", default="", metavar="PERIOD", help=say("report.help.period"))
@click.option("--from", "first", default="", metavar="DATE", help=say("report.help.from"))
@click.option("--to", "last", default="", metavar="DATE", help=say("report.help.to"))
@click.option(
    "--to-file", "target", type=click.Path(path_type=Path), metavar="FILE", help=say("report.help.form_file")
)
@click.option("--replace", is_flag=True, help=say("report.help.replace"))
@json_option
@pass_session
def fill_form(
    session: Session,
    code: str,
    named: str,
    first: str,
    last: str,
    target: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    from loa.reports import forms, tables, writing
    from loa.services import reporting

    workspace = session.workspace
    if target is not None:
        writing.check_target(target, replace=replace, endings=writing.FORM_ENDINGS)
    form = forms.get(workspace.folder, code)
    facts = reporting.facts(workspace, "periodic", _period(session, named, first, last, ""))
    rows = forms.fill(form, facts)
    made = forms.table(form, rows)
    notes = [f"{facts.unit} · {facts.label}", _checked(form), *forms.remarks(form, facts)]
    if as_json:
        emit({"form": form.code, "period": facts.label, "verified": form.verified, "rows": rows})
    else:
        zone = workspace.config.zone
        table(made.headings, [[tables.in_words(cell, zone) for cell in row] for row in made.rows])
        for note in notes:
            speak(note)
        report_told.tell_overdue(session, facts)
    if target is not None:
        writing.write_table(workspace, made, target, notes)
        report_told.tell_file(target)


@report.command("evidence", help=say("cli.help.report_evidence"))
@click.option("--period", "named", default="", metavar="PERIOD", help=say("report.help.period"))
@click.option("--from", "first", default="", metavar="DATE", help=say("report.help.from"))
@click.option("--to", "last", default="", metavar="DATE", help=say("report.help.to"))
@click.option("--campaign", default="", metavar="ID", help=say("report.help.campaign"))
@click.option(
    "--to-file",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help=say("report.help.evidence_file"),
)
@click.option("--replace", is_flag=True, help=say("report.help.replace"))
@json_option
@pass_session
def pack(
    session: Session,
    named: str,
    first: str,
    last: str,
    campaign: str,
    target: Path,
    replace: bool,
    as_json: bool,
) -> None:
    from loa.reports import evidence
    from loa.services import reporting

    evidence.check_target(target, replace=replace)
    period = _period(session, named, first, last, campaign)
    facts = reporting.facts(session.workspace, "periodic", period, campaign)

    def progress(done: int, of: int) -> None:
        if done % 100 == 0:
            speak(f"  [{done}/{of}]")

    packed = evidence.pack(session.workspace, facts, target, progress)
    if as_json:
        emit(packed)
    for name in ("without_text", "without_picture"):
        if found := getattr(packed, name):
            words = {"count": len(found), "names": ", ".join(found[:5])}
            speak(say(f"report.evidence.{name}", **words))
    speak(say("report.evidence.packed", items=packed.items, files=packed.files, file=target.absolute()))


def _checked(form: Form) -> str:
    day = f"{form.checked_on:%d/%m/%Y}"
    return say(f"report.form.{'checked' if form.verified else 'unchecked'}", source=form.source, day=day)


def _report(
    session: Session,
    kind: str,
    *,
    named: str,
    first: str,
    last: str,
    campaign: str,
    target: Path | None,
    dated: str,
    replace: bool,
    as_json: bool,
) -> None:
    from loa.reports import writing
    from loa.services import report_periods, reporting

    workspace = session.workspace
    if target is not None:
        writing.check_target(target, replace=replace)
    today = workspace.now().astimezone(workspace.config.zone).date()
    day = report_periods.day(dated) if dated else today
    if kind != "campaign" and not (named or first or last):
        named = report_told.proposed(session).period
    period = _period(session, named, first, last, campaign if kind == "campaign" else "")
    facts = reporting.facts(workspace, kind, period, campaign)
    if as_json:
        emit(facts)
    else:
        report_told.tell(session, facts, short=target is not None)
    if target is not None:
        for remark in writing.write(workspace, facts, target, day):
            speak(remark)
        report_told.tell_file(target)
    elif not as_json:
        speak(say("report.cli.then_file"))


def _period(session: Session, named: str, first: str, last: str, campaign: str) -> Period:
    from loa.services import report_periods, reporting

    if named and (first or last):
        raise UsageError("report.two_periods")
    if named:
        return report_periods.named(named)
    if first and last:
        return report_periods.between(first, last)
    if first or last or not campaign:
        raise UsageError("report.no_period")
    return reporting.whole_campaign(session.workspace, campaign)
