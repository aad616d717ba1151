"""`loa worker`: one of several processes that publish from one PostgreSQL database."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import click

from content.events import about
from content.wording import say
from loa.cli.output import speak
from loa.cli.session import Session, pass_session
from loa.cli.watched import Watched, watched_options

if TYPE_CHECKING:
    from scheduler.worker import Worker
    from scheduler.zones import Serves


@click.command(help=say("cli.help.worker"))
@click.option("--zone", "-z", "zones", multiple=True, metavar="ZONE", help=say("worker.help.zone"))
@click.option("--channel", "-c", "channels", multiple=True, metavar="ID", help=say("worker.help.channel"))
@click.option("--quiet", "-q", is_flag=True)
@watched_options
@pass_session
def worker(
    session: Session, zones: tuple[str, ...], channels: tuple[str, ...], quiet: bool, watched: Watched
) -> None:
    from loa.services import working

    workspace = session.workspace
    mine = working.serves(workspace, zones, channels)
    with watched.open(workspace, quiet=quiet) as log, working.worker(workspace, mine) as working_one:
        log.of(working_one.worker)
        _stop_when_told(working_one)
        host, unit = socket.gethostname(), workspace.config.unit.name
        started = say("worker.started", unit=unit, host=host, what=_takes(mine))
        log.say(started, about("publisher.started"))
        steps = working_one.run()
        log.say(say("worker.ended", steps=steps), about("publisher.ended", count=steps))


def _stop_when_told(running: Worker) -> None:
    """The first signal ends it in order; a second one at once, which is as harmless as a lost machine."""
    told: list[int] = []

    def stop(number: int, _frame: object) -> None:
        told.append(number)
        if len(told) == 1:
            running.stop()
            return
        speak(say("worker.hurried"))
        os._exit(128 + number)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)


def _takes(mine: Serves) -> str:
    told = []
    if mine.zones:
        told.append(say("worker.takes.zones", zones=", ".join(mine.zones)))
    if mine.channels:
        told.append(say("worker.takes.channels", channels=", ".join(mine.channels)))
    return "; ".join(told) or say("worker.takes.everything")
