"""`loa run` publishes, `loa status` looks."""

from __future__ import annotations

import logging
import signal
import sys
from datetime import datetime

import click

from content.wording import say
from loa.cli.freeze import scope_in_words
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, pass_session
from loa.speech import moment, next_step, reason, status_word


@click.command(help=say("cli.help.run"))
@click.option("--once", is_flag=True, help=say("cli.help.run_once"))
@click.option("--quiet", "-q", is_flag=True)
@pass_session
def run(session: Session, once: bool, quiet: bool) -> None:
    from loa.services import publishing

    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING if quiet else logging.INFO,
        format="%(asctime)s %(message)s",
        datefmt="%H:%M:%S",
    )
    zone = session.workspace.config.zone
    for handler in logging.getLogger().handlers:
        if handler.formatter:  # the same clock as every screen
            handler.formatter.converter = lambda at: datetime.fromtimestamp(at or 0, zone).timetuple()
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    with publishing.publisher(session.workspace) as publisher:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: publisher.stop())
        if not once:
            speak(say("cli.run.started", unit=session.workspace.config.unit.name))
        steps = publisher.run(once=once)
    speak(say("cli.run.ended", steps=steps))


@click.command(help=say("cli.help.status"))
@json_option
@pass_session
def status(session: Session, as_json: bool) -> None:
    from content.moment import show
    from loa.services import standing
    from loa.services.overview import overview

    seen = overview(session.workspace)
    if as_json:
        emit(seen)
        return
    zone = session.workspace.config.zone
    click.echo(f"{seen.unit} · {show(seen.now, zone)}")
    if seen.publisher and seen.publisher.alive:
        click.echo(say("cli.run.alive", host=seen.publisher.host, pid=seen.publisher.pid))
    else:
        click.echo(say("cli.run.silent"))
    click.echo(
        "  ".join(f"{status_word(s)}: {n}" for s, n in sorted(seen.counts.items())) or say("cli.run.empty")
    )
    for frozen in seen.freezes:
        what = scope_in_words(frozen)
        click.echo(f"! {say('cli.run.frozen', what=what, id=frozen.id, reason=frozen.reason)}")
    for channel, why in seen.stopped_channels.items():
        click.echo(f"! {say('cli.run.channel_stopped', channel=channel, reason=reason(why, channel))}")
    for channel, end in seen.expiring_channels.items():
        ends = standing.in_words(end, seen.now, zone, channel)
        click.echo(f"! {say('cli.run.channel_expires', channel=channel, ends=ends)}")
    for view in seen.needs_a_person:
        told = next_step(view.status, view.remote_id, view.id) or reason(view.last_error, view.channel)
        click.echo(f"! {view.id}: {status_word(view.status, view.remote_id)}. {told}")
    for view in seen.next:
        click.echo(f"  {moment(view.due_at, zone)}  {view.id}")
