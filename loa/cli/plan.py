"""`loa plan`: the officer's Excel plan, one row a post."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.wording import say
from loa.cli.output import emit, json_option, remarks, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment

if TYPE_CHECKING:
    from loa.services.excel_plan import ExcelPlan

EXIT_REFUSED = 3


@click.group(help=say("cli.help.plan"))
def plan() -> None:
    pass


@plan.command("template", help=say("cli.help.plan_template"))
@click.argument("file", metavar="FILE.xlsx", type=click.Path(path_type=Path))
@pass_session
def template(session: Session, file: Path) -> None:
    from loa.services import excel_plan

    excel_plan.template(session.workspace, file)
    speak(say("plan.template_made", file=file))


@plan.command("import", help=say("cli.help.plan_import"))
@click.argument("file", metavar="FILE.xlsx", type=click.Path(path_type=Path))
@click.option("--go", is_flag=True, help=say("plan.help.go"))
@json_option
@pass_session
def import_(session: Session, file: Path, go: bool, as_json: bool) -> None:
    from loa.services import excel_plan

    officer = session.officer if go else None  # looking at it needs nobody's passphrase
    read = excel_plan.read(session.workspace, file)
    made = officer is not None and not read.refused
    if made and officer is not None:
        excel_plan.make(session.workspace, officer, read)
    _show(session, read, made, as_json)
    if read.refused:
        click.get_current_context().exit(EXIT_REFUSED)


@plan.command("export", help=say("cli.help.plan_export"))
@click.argument("file", metavar="FILE.xlsx", type=click.Path(path_type=Path))
@click.argument("keys", nargs=-1, metavar="[POST]...")
@pass_session
def export(session: Session, file: Path, keys: tuple[str, ...]) -> None:
    from loa.services import excel_plan

    count, left_out = excel_plan.export(session.workspace, file, keys)
    speak(say("plan.exported", count=count, file=file))
    for key in left_out:
        speak(say("plan.left_out", post=key))


def _show(session: Session, read: ExcelPlan, made: bool, as_json: bool) -> None:
    counts = {outcome: read.count(outcome) for outcome in ("new", "changed", "same")}
    if as_json:
        rows = [
            {
                "row": one.row,
                "post": one.post.key,
                "outcome": one.outcome,
                "title": one.post.title,
                "due": one.due,
                "channels": one.post.channels,
            }
            for one in read.rows
        ]
        emit({"made": made, **counts, "rows": rows, "remarks": remarks(read.findings)})
        return
    zone = session.workspace.config.zone
    names = ("row", "outcome", "due", "post", "title", "channels")
    table(
        [say(f"plan.column.{name}") for name in names],
        [
            (
                one.row,
                say(f"plan.outcome.{one.outcome}"),
                moment(one.due, zone),
                one.post.key,
                one.post.title,
                ", ".join(one.post.channels),
            )
            for one in read.rows
        ],
    )
    tell(read.findings)
    if read.refused:
        speak(say("plan.refused", count=len(read.refused), file=read.path.name))
    elif made:
        speak(say("plan.made", **counts))
    else:
        speak(say("plan.would", file=read.path, **counts))
