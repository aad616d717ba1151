"""`loa audit`: who did what, whether the record is whole, and one post's dossier."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from content.errors import RefusedByRule
from content.whole import write_whole
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment, one_line, worded


@click.group(help=say("cli.help.audit"))
def audit() -> None:
    pass


@audit.command("list", help=say("cli.help.audit_list"))
@click.option("--subject", "-s", default="", metavar="ID", help=say("cli.help.audit_subject"))
@click.option("--by", "actor", default="", metavar="USER", help=say("cli.help.audit_by"))
@click.option("--limit", default=200, show_default=True)
@json_option
@pass_session
def listing(session: Session, subject: str, actor: str, limit: int, as_json: bool) -> None:
    from loa.services import auditing

    events = auditing.listing(session.workspace, subject=subject, actor=actor, limit=limit)
    if as_json:
        emit(events)
        return
    zone = session.workspace.config.zone
    table(
        [
            say("cli.column.at_in", zone=zone.key),
            *(say(f"cli.column.{c}") for c in ("actor", "what", "subject")),
        ],
        [(moment(e.at, zone), e.actor, worded("audit.actions", e.action), e.subject) for e in events],
    )


@audit.command("verify", help=say("cli.help.audit_verify"))
@json_option
@pass_session
def verify(session: Session, as_json: bool) -> None:
    from loa.services import auditing

    chain = auditing.verify(session.workspace)
    if as_json:
        emit({**asdict(chain), "whole": chain.whole})
    else:
        for one in chain.contradictions:
            speak(say(f"audit.contradictions.{one.key}", subject=one_line(one.subject)))
    if chain.broken_at is not None:
        raise RefusedByRule("audit.broken", event=chain.broken_at)
    if chain.cut_at is not None:
        raise RefusedByRule("audit.cut", event=chain.cut_at, file=session.workspace.anchors.file)
    if chain.contradictions:
        raise RefusedByRule("audit.contradicted", count=len(chain.contradictions))
    if not as_json:
        speak(say("audit.whole", count=chain.events, head=chain.head[:16]))


@audit.command("export", help=say("cli.help.audit_export"))
@click.argument("post", metavar="POST")
@click.option(
    "--html", "file", type=click.Path(path_type=Path, dir_okay=False), help=say("cli.help.audit_html")
)
@pass_session
def export(session: Session, post: str, file: Path | None) -> None:
    from loa.services.dossier import compile_dossier

    compiled = compile_dossier(session.workspace, post)
    if file is None:
        emit(compiled)
        return
    from loa.reports.dossier import as_html

    write_whole(file, as_html(compiled, session.workspace.config.zone).encode())
    speak(say("audit.exported", file=one_line(str(file))))
