"""`loa report html`: the engagement report as a page for the browser, in one step."""

from __future__ import annotations

from pathlib import Path

import click

from content.wording import say
from loa.cli.browser import opened
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, pass_session


@click.command("html", help=say("reach.help.html"))
@click.option("--period", default="", metavar="PERIOD", help=say("report.help.period"))
@click.option(
    "--to-file", "target", type=click.Path(path_type=Path), metavar="FILE", help=say("reach.help.html_file")
)
@click.option("--replace", is_flag=True, help=say("report.help.replace"))
@click.option("--open", "show", is_flag=True, help=say("reach.help.open"))
@json_option
@pass_session
def html(
    session: Session, period: str, target: Path | None, replace: bool, show: bool, as_json: bool
) -> None:
    from loa.reports import making

    made = making.make(
        session.workspace,
        "engagement",
        period or making.proposal(session.workspace).period,
        ".html",
        lambda _: None,
        target,
        replace=replace,
    )
    if as_json:
        emit({"file": str(made.file)})
    for remark in made.remarks:
        speak(remark)
    speak(say("report.cli.written", file=made.file))
    if show and not opened(made.file.absolute().as_uri()):
        speak(say("reach.page.not_opened", file=made.file))
