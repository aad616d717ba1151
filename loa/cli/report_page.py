"""`loa report word`, `loa report html`: the periodic report on paper or for the browser, in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from content.wording import say
from loa.cli import report_told
from loa.cli.browser import opened
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, pass_session


def _asked(ending: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def asked(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option("--period", default="", metavar="PERIOD", help=say("report.help.period")),
            click.option(
                "--to-file",
                "target",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help=say(f"reach.help.{ending}_file"),
            ),
            click.option("--replace", is_flag=True, help=say("report.help.replace")),
            json_option,
        )[::-1]:
            command = option(command)
        return command

    return asked


@click.command("word", help=say("reach.help.word"))
@_asked("word")
@pass_session
def word(session: Session, /, **wishes: Any) -> None:
    _made(session, ".docx", **wishes)


@click.command("html", help=say("reach.help.html"))
@_asked("html")
@click.option("--open", "show", is_flag=True, help=say("reach.help.open"))
@pass_session
def html(session: Session, /, *, show: bool, **wishes: Any) -> None:
    file = _made(session, ".html", **wishes)
    if show and not opened(file.absolute().as_uri()):
        speak(say("reach.page.not_opened", file=file))


def _made(
    session: Session, ending: str, *, period: str, target: Path | None, replace: bool, as_json: bool
) -> Path:
    from loa.reports import making

    period = period or report_told.proposed(session).period
    made = making.make(session.workspace, "periodic", period, ending, lambda _: None, target, replace=replace)
    if as_json:
        emit({"file": str(made.file.absolute()), "period": made.facts.label})
    report_told.tell(session, made.facts, short=True)
    for remark in made.remarks:
        speak(remark)
    report_told.tell_file(made.file)
    return made.file
