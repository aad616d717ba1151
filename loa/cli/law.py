"""`loa law`: what a text cites, the documents that are known, and what they are worth on a day."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.errors import RefusedByRule, UsageError
from content.finding import blocking
from content.wording import say
from loa.cli.law_override import override, overrides
from loa.cli.output import emit, json_option, remarks, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment, number

if TYPE_CHECKING:
    from content.law import Document, Validity
    from loa.services.law import Cited

EXIT_REFUSED = RefusedByRule.exit_code


class Day(click.ParamType[date]):
    """A date as officers write it (09/11/2027) or as programs do (2027-11-09)."""

    name = "DATE"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        for form in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                return datetime.strptime(value.strip(), form).date()  # noqa: DTZ007 a day has no zone
            except ValueError:
                continue
        raise click.BadParameter(say("law.bad_day", written=value), ctx, param)


on_option = click.option("--on", type=Day(), help=say("cli.help.law_on"))


@click.group(help=say("cli.help.law"))
def law() -> None:
    pass


law.add_command(override)
law.add_command(overrides)


@law.command("check", help=say("cli.help.law_check"))
@click.argument("what", metavar="FILE|POST")
@on_option
@json_option
@pass_session
def check(session: Session, what: str, on: date | None, as_json: bool) -> None:
    from loa.services import law as service

    read = service.read(session.workspace, service.texts_of(session.workspace, what), on)
    if as_json:
        emit({"citations": [_plain(one) for one in read.cited], "findings": remarks(read.findings)})
    else:
        if read.cited:
            heads = [say(f"law.columns.{name}") for name in ("written", "document", "pins", "validity")]
            table(heads, [_row(one) for one in read.cited])
        tell(read.findings)
        counts = {"count": number(len(read.cited)), "blocking": len(blocking(read.findings))}
        speak(say("law.checked", **counts, remarks=len(read.findings)))
    if blocking(read.findings):
        click.get_current_context().exit(EXIT_REFUSED)


@law.command("list", help=say("cli.help.law_list"))
@click.argument("words", nargs=-1)
@on_option
@json_option
@pass_session
def listing(session: Session, words: tuple[str, ...], on: date | None, as_json: bool) -> None:
    from loa.services import law as service

    found = service.listing(session.workspace, " ".join(words), on)
    if as_json:
        emit([{**_document(document), "validity": state} for document, state in found])
        return
    if not found:
        speak(say("law.none"))
        return
    heads = [
        say(f"law.columns.{name}") for name in ("document", "subject", "issued", "validity", "confidence")
    ]
    rows = []
    for document, state in found:
        sure = say(f"law.confidence.{document.confidence}")
        rows.append([document.label, document.title, _day(document.issued), _state(document, state), sure])
    table(heads, rows)


@law.command("show", help=say("cli.help.law_show"))
@click.argument("designation", metavar="NUMBER")
@on_option
@json_option
@pass_session
def show(session: Session, designation: str, on: date | None, as_json: bool) -> None:
    from loa.services import law as service

    workspace = session.workspace
    on = on or workspace.now().astimezone(workspace.config.zone).date()
    found = service.get(workspace, designation)
    if as_json:
        emit([{**_document(document), "validity": document.validity(on)} for document in found])
        return
    for document in found:
        click.echo(f"{document.label}  {document.title}".rstrip())
        click.echo(f"  {say('law.on', day=_day(on))}: {_state(document, document.validity(on))}")
        for event in document.events:
            by = f" ({event.by})" if event.by else ""
            click.echo(f"  {_day(event.on)}  {say(f'law.events.{event.what}')}{by}")
        if document.successor:
            click.echo(f"  {say('law.successor', by=document.successor)}")
        click.echo(f"  {say('law.source', source=document.source or '–', day=_day(document.checked_on))}")
        click.echo(f"  {say(f'law.confidence.{document.confidence}')}")


@law.command("import", help=say("cli.help.law_import"))
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_session
def import_(session: Session, file: Path, as_json: bool) -> None:
    from loa.services import law as service

    new, changed = service.import_table(session.workspace, session.officer, file)
    if as_json:
        emit({"new": new, "changed": changed})
    else:
        speak(say("law.imported", new=number(new), changed=number(changed), file=service.OWN))


@law.command("export", help=say("cli.help.law_export"))
@click.option("--own", is_flag=True, help=say("cli.help.law_own"))
@click.option("--output", "-o", type=click.Path(path_type=Path), help=say("cli.help.law_output"))
@pass_session
def export(session: Session, own: bool, output: Path | None) -> None:
    from loa.services import law as service

    text = service.table(session.workspace, own_only=own)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, "utf-8-sig")  # by its mark Excel knows UTF-8
    except OSError as error:
        raise UsageError("law.file_unwritten", file=output, reason=error.strerror or error) from None
    speak(say("law.exported", file=output))


@law.command("affected", help=say("cli.help.law_affected"))
@json_option
@pass_session
def affected(session: Session, as_json: bool) -> None:
    from loa.services import law as service

    found = service.affected(session.workspace)
    if as_json:
        emit([{**vars(one), "findings": remarks(one.findings)} for one in found])
        return
    zone = session.workspace.config.zone
    for one in found:
        click.echo(f"{one.delivery}  {moment(one.published_at, zone)}  {one.url}".rstrip())
        tell(one.findings)
    speak(say("law.affected" if found else "law.nothing_affected", count=number(len(found))))


def _row(one: Cited) -> list[str]:
    citation = one.citation
    states = "; ".join(
        f"{document.designation}: {_state(document, state)}"
        for document, state in zip(one.documents, one.validity, strict=True)
    )
    pins = ", ".join(map(str, citation.pins))
    return [citation.text, citation.label, pins, states or say("law.not_in_registry")]


def _state(document: Document, state: Validity) -> str:
    words = say(f"law.validity.{state}")
    if state == "ended":
        return f"{words} ({_day(document.ended)})"
    return f"{words} ({_day(document.effective)})" if state == "not_yet" and document.effective else words


def _plain(one: Cited) -> dict[str, object]:
    told = {
        **vars(one.citation),
        "label": one.citation.label,
        "pins": [str(pin) for pin in one.citation.pins],
    }
    pairs = zip(one.documents, one.validity, strict=True)
    return {**told, "documents": [{**_document(d), "validity": state} for d, state in pairs]}


def _document(document: Document) -> dict[str, object]:
    return {
        **vars(document),
        "events": list(document.events),
        "ended": document.ended,
        "verified": document.verified,
    }


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "–"
