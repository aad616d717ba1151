"""`loa run` publishes, `loa status` looks."""

from __future__ import annotations

import logging
import shutil
import signal
import sys
from datetime import datetime

import click

from content.wording import say
from loa.cli import glance
from loa.cli.output import PlainLog, complain, emit, json_option, speak
from loa.cli.session import Session, pass_session


@click.command(help=say("cli.help.run"))
@click.option("--once", is_flag=True, help=say("cli.help.run_once"))
@click.option("--quiet", "-q", is_flag=True)
@pass_session
def run(session: Session, once: bool, quiet: bool) -> None:
    from loa.services import publishing

    zone = session.workspace.config.zone
    lines = PlainLog("%(asctime)s %(message)s", "%H:%M:%S")
    # the same clock as every screen
    lines.converter = lambda at: datetime.fromtimestamp(at or 0, zone).timetuple()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING if quiet else logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(lines)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    with publishing.publisher(session.workspace) as publisher:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: publisher.stop())
        if not once:
            speak(say("cli.run.started", unit=session.workspace.config.unit.name))
        steps = publisher.run(once=once)
    speak(say("cli.run.ended", steps=steps))


@click.command(help=say("cli.help.status"))
@click.option("--check", is_flag=True, help=say("cli.help.status_check"))
@json_option
@pass_session
def status(session: Session, check: bool, as_json: bool) -> None:
    from loa.reports import reminding
    from loa.services import health

    seen = health.examine(session.workspace)
    due = [] if check else reminding.reminders(session.workspace)
    if as_json:
        emit(seen.as_dict() | {"reports_due": due})
    elif check:
        unit, grave = seen.overview.unit, [one for one in seen.alerts if one.severity != "notice"]
        click.echo(say(f"alerts.check.{seen.state}", unit=unit, count=len(grave)))
        for one in seen.alerts:
            click.echo(f"{say(f'alerts.severity.{one.severity}')}: {one.message}")
    else:
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else glance.ENDLESS
        for line in glance.screen(seen, session.workspace.config.zone, columns, due):
            click.echo(line)
    if check:
        if seen.state is health.State.SILENT:
            _alert_for_the_publisher(session)
        click.get_current_context().exit(seen.state.exit_code)


def _alert_for_the_publisher(session: Session) -> None:
    """A publisher that does not run cannot say so. Trouble with it must not change the answer given."""
    from loa.services.alerting import Alerting

    try:
        Alerting(session.workspace).round()
    except Exception as error:
        complain(error)
