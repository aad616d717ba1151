"""`loa run` publishes, `loa status` looks."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from content.errors import UsageError
from content.events import about
from content.wording import say
from loa.cli import glance
from loa.cli.output import complain, emit, json_option
from loa.cli.session import Session, pass_session
from loa.cli.signals import stop_when_told
from loa.cli.watched import Watched, warn_of_unplaced, watched_options
from loa.speech import moment

if TYPE_CHECKING:
    from loa.services.health import Health


@click.command(help=say("cli.help.run"))
@click.option("--once", is_flag=True, help=say("cli.help.run_once"))
@click.option("--quiet", "-q", is_flag=True)
@watched_options
@pass_session
def run(session: Session, once: bool, quiet: bool, watched: Watched) -> None:
    from loa.services import publishing

    workspace = session.workspace
    with watched.open(workspace, quiet=quiet) as log, publishing.publisher(workspace) as publisher:
        log.of(publisher.worker)
        stop_when_told(publisher.stop)
        if not once:
            log.say(say("cli.run.started", unit=workspace.config.unit.name), about("publisher.started"))
        warn_of_unplaced(workspace, log)
        steps = publisher.run(once=once)
        log.say(say("cli.run.ended", steps=steps), about("publisher.ended", count=steps))


@click.command(help=say("cli.help.status"))
@click.option("--check", is_flag=True, help=say("cli.help.status_check"))
@click.option("--watch", "again", is_flag=True, help=say("watch.help"))
@click.option("--every", metavar="2s", help=say("watch.help_every"))
@json_option
@pass_session
def status(session: Session, check: bool, again: bool, every: str | None, as_json: bool) -> None:
    from loa.reports import reminding
    from loa.services import health
    from scheduler.trouble import trouble

    if again or every:
        from loa.cli import watch

        if check or not again:
            raise UsageError("watch.not_with_check" if check else "watch.needs_watch")
        watch.watch(session, watch.seconds(every) if every else watch.USUAL_S, as_json)
        return
    try:
        seen = health.examine(session.workspace)
    except Exception as error:
        if not check or (met := trouble(error, session.folder)) is None:
            raise
        if as_json:
            emit({"state": health.State.SILENT, "error": str(met)})
        else:
            click.echo(say("alerts.check.away"))
        complain(met)
        click.get_current_context().exit(health.State.SILENT.exit_code)
    due = [] if check else reminding.reminders(session.workspace)
    if as_json:
        emit(seen.as_dict() | {"reports_due": due})
    elif check:
        click.echo(_verdict(seen, session.workspace.config.zone))
        for one in seen.alerts:
            click.echo(f"{say(f'alerts.severity.{one.severity}')}: {one.message}")
    else:
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else glance.ENDLESS
        for line in glance.screen(seen, session.workspace.config.zone, columns, due):
            click.echo(line)
    if check:
        if seen.state in (health.State.SILENT, health.State.STOPPED):
            _alert_for_the_publisher(session)
        click.get_current_context().exit(seen.state.exit_code)


def _verdict(seen: Health, zone: ZoneInfo) -> str:
    """One line: how it is, and where nobody publishes since when."""
    from loa.services import zoning

    publisher, grave = seen.overview.publisher, [one for one in seen.alerts if one.severity != "notice"]
    between = seen.state == "well" and publisher is not None and not publisher.alive and publisher.once
    elsewhere = seen.state == "stopped" and seen.overview.elsewhere
    how = "_once" if between else "_elsewhere" if elsewhere else ""
    return say(
        f"alerts.check.{seen.state}{how}",
        unit=seen.overview.unit,
        count=len(grave),
        since=moment(publisher.beat_at if publisher else None, zone),
        command=zoning.command(publisher.serves if publisher else None),
    )


def _alert_for_the_publisher(session: Session) -> None:
    """A publisher that does not run cannot say so. Trouble with it must not change the answer given."""
    from loa.services.alerting import Alerting

    try:
        Alerting(session.workspace).round()
    except Exception as error:
        complain(error)
