"""`loa metrics`: all figures once, for a file that a collector reads."""

from __future__ import annotations

from pathlib import Path

import click

from content.wording import say
from loa.cli.output import speak
from loa.cli.session import Session, pass_session


@click.command(help=say("cli.help.metrics"))
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help=say("logs.help_file"))
@pass_session
def metrics(session: Session, file: Path | None) -> None:
    from loa.services.metrics import serving

    if file is None:
        click.echo(serving.text(session.workspace), nl=False)
    else:
        serving.write(lambda: session.workspace, file)
        speak(say("logs.metrics_written", file=file))
