"""`loa worker`: one of several processes that publish from one PostgreSQL database."""

from __future__ import annotations

import logging
import socket

import click

from content.events import about
from content.wording import say
from loa.cli.session import Session, pass_session
from loa.cli.signals import stop_when_told
from loa.cli.watched import Watched, warn_of_unplaced, watched_options
from loa.speech import number


@click.command(help=say("cli.help.worker"))
@click.option("--zone", "-z", "zones", multiple=True, metavar="ZONE", help=say("worker.help.zone"))
@click.option("--channel", "-c", "channels", multiple=True, metavar="ID", help=say("worker.help.channel"))
@click.option("--quiet", "-q", is_flag=True)
@watched_options
@pass_session
def worker(
    session: Session, zones: tuple[str, ...], channels: tuple[str, ...], quiet: bool, watched: Watched
) -> None:
    from loa.services import working, zoning

    workspace = session.workspace
    mine = working.serves(workspace, zones, channels)
    with watched.open(workspace, quiet=quiet) as log, working.worker(workspace, mine) as working_one:
        log.of(working_one.worker)
        stop_when_told(working_one.stop)
        host, unit = socket.gethostname(), workspace.config.unit.name
        found = zoning.served(workspace, mine)
        names, count = zoning.served_in_words(found), number(len(found.channels))
        what = zoning.takes(mine)
        started = say("worker.started", unit=unit, host=host, what=what, count=count, channels=names)
        log.say(started, about("publisher.started"))
        for zone in found.empty:
            log.say(zoning.empty_in_words(found, zone), about("zone.empty", target=zone), logging.WARNING)
        warn_of_unplaced(workspace, log)
        steps = working_one.run()
        log.say(say("worker.ended", steps=steps), about("publisher.ended", count=steps))
