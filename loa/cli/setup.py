"""`loa init`, `loa doctor`, `loa demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import figure_words, metric_word, number, status_word

if TYPE_CHECKING:
    from loa.services.demo import DemoRow

EXIT_FAULT = 1
EXIT_PLATFORM = 5


@click.command(help=say("cli.help.init"))
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--unit", default="", metavar="NAME", help=say("cli.help.init_unit"))
def init(folder: Path, unit: str) -> None:
    from loa.services.workspace import Workspace

    Workspace.create(folder, unit=unit).close()
    if unit:
        speak(say("cli.init.done", folder=folder, unit=unit))
    else:
        speak(say("cli.init.done_nameless", folder=folder))


@click.command(help=say("cli.help.doctor"))
@json_option
@pass_session
def doctor(session: Session, as_json: bool) -> None:
    from loa.services import checkup

    checks = checkup.examine(session.folder)
    if as_json:
        emit(checks)
    else:
        for check in checks:
            mark = say("cli.doctor.good") if check.ok else say("cli.doctor.bad")
            click.echo(f"{mark}  {say(f'cli.doctor.{check.name}.name')}: {check.saw}")
            if not check.ok:
                click.echo(f"    → {say(f'cli.doctor.{check.name}.remedy')}")
    # A publisher that does not run yet is news for people, not a fault of the machine.
    if not all(check.ok for check in checks if check.name != "publisher"):
        click.get_current_context().exit(EXIT_FAULT)


@click.command(help=say("cli.help.demo"))
@click.option("--folder", default="demo-workspace", type=click.Path(path_type=Path), show_default=True)
@click.option("--stay", is_flag=True, help=say("cli.help.demo_stay"))
def demo(folder: Path, stay: bool) -> None:
    from loa.services.demo import run_demo

    result = run_demo(folder, say_step=speak)
    table(
        [say(f"cli.column.{c}") for c in ("delivery", "status", "late", "figure", "where")],
        [(r.delivery, status_word(r.status), r.late, _figure(r), r.url) for r in result.rows],
    )
    speak(say("cli.demo.site", path=result.index))
    speak(say("cli.demo.copies", path=result.copies))
    if stay:
        speak(say("cli.demo.staying", url=result.hall.url))
        click.pause(info="")
    result.close()
    if not result.all_public:
        speak(say("cli.demo.not_public", folder=folder))
        click.get_current_context().exit(EXIT_PLATFORM)
    speak(say("cli.demo.done", count=len(result.rows)))


def _figure(row: DemoRow) -> str:
    """People reached and views are not the same, so the figure says which it is."""
    return f"{figure_words(row.metric, row.figure)} {metric_word(row.metric)}" if row.metric else number(None)
