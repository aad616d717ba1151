"""`loa counter`: who reads the unit's own pages, from the web server's log or by a beacon without cookies."""

from __future__ import annotations

import socket
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.law import Day
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import number

if TYPE_CHECKING:
    from loa.services.counter import Imported

channel_option = click.option("--channel", required=True, metavar="CHANNEL", help=say("counter.help.channel"))


@click.group(help=say("cli.help.counter"))
def counter() -> None:
    pass


@counter.command("import", help=say("counter.help.import"))
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
@channel_option
@json_option
@pass_session
def import_(session: Session, logs: tuple[Path, ...], channel: str, as_json: bool) -> None:
    from loa.services import counter as service

    told = service.import_logs(session.workspace, channel, logs, _Percent() if sys.stderr.isatty() else None)
    if as_json:
        emit(told)
        return
    _tell(told)


def _tell(told: Imported) -> None:
    table(
        [say(f"counter.column.{name}") for name in ("day", "views", "visitors", "lines", "came")],
        [
            (
                f"{day.day:%d/%m/%Y}",
                number(day.views),
                number(day.visitors),
                number(day.lines),
                say(f"counter.came.{day.came}"),
            )
            for day in told.days
        ],
    )
    click.echo()
    table(
        [say("cli.column.delivery")]
        + [say(f"counter.column.{name}") for name in ("views", "visitors", "origins")],
        [
            (
                page.delivery,
                number(page.views),
                number(page.visitors),
                ", ".join(f"{name} {number(count)}" for name, count in sorted(page.origins.items())),
            )
            for page in told.pages
        ],
    )
    click.echo()
    for verdict, count in sorted(told.verdicts.items(), key=lambda one: -one[1]):
        click.echo(f"{number(count):>12}  {say(f'counter.verdict.{verdict}')}")
    views = told.verdicts.get("view", 0)
    speak(
        say("counter.imported", lines=number(told.lines), views=number(views), figures=number(told.readings))
    )
    if not views:
        speak(say("counter.nothing", channel=told.channel))
    for verdict, sentence in (("no_agent", "no_agents"), ("broken", "broken"), ("order", "order")):
        if count := told.verdicts.get(verdict, 0):
            speak(say(f"counter.{sentence}", count=number(count)))
    for day in told.days:
        name = f"{day.day:%d/%m/%Y}"
        if day.lacks_hours:
            speak(say("counter.parts", day=name))
        elif day.came in ("added", "kept"):
            speak(say(f"counter.{day.came}", day=name))
        if day.provisional:
            speak(say("counter.provisional", day=name))


@counter.command("show", help=say("counter.help.show"))
@channel_option
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, 3660), help=say("counter.help.days")
)
@json_option
@pass_session
def show(session: Session, channel: str, days: int, as_json: bool) -> None:
    from loa.services import counter as service

    views = service.stored(session.workspace, channel, days)
    if as_json:
        emit(views)
        return
    if not views:
        speak(say("counter.empty", channel=channel))
        return
    table(
        [say("counter.column.day"), say("cli.column.delivery")]
        + [say(f"counter.column.{name}") for name in ("views", "visitors")]
        + [say("cli.column.source")],
        [
            (
                "/".join(reversed(one.day.split("-"))),
                one.delivery,
                number(one.views),
                number(one.visitors),
                say(f"counter.source.{one.source}"),
            )
            for one in views
        ],
    )


@counter.command("forget", help=say("counter.help.forget"))
@channel_option
@click.option("--day", type=Day(), required=True, help=say("counter.help.day"))
@click.option("--to", "last", type=Day(), help=say("counter.help.to"))
@click.option("--reason", "-r", "why", required=True, help=say("counter.help.reason"))
@json_option
@pass_session
def forget(session: Session, channel: str, day: date, last: date | None, why: str, as_json: bool) -> None:
    from loa.services import counter as service

    done = service.forget(session.workspace, session.officer, channel, day, last or day, reason=why)
    if as_json:
        emit(done)
    elif done.days:
        speak(say("counter.forgot", days=done.days, channel=done.channel, figures=number(done.figures)))
    else:
        speak(say("counter.forgot_nothing", channel=done.channel))


@counter.command("serve", help=say("counter.help.serve"))
@click.option("--port", default=8790, show_default=True, help=say("counter.help.port"))
@click.option("--host", default="127.0.0.1", show_default=True, help=say("counter.help.host"))
@click.option("--proxy", default="127.0.0.1,::1", show_default=True, help=say("counter.help.proxy"))
@pass_session
def serve(session: Session, port: int, host: str, proxy: str) -> None:
    from loa.services import beacon

    workspace = session.workspace
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError("counter.port_taken", host=host, port=port, why=why) from None
    place = f"[{host}]" if ":" in host else host
    click.echo(f"http://{place}:{listener.getsockname()[1]}{beacon.PATH}")
    speak(say("counter.serving"))
    beacon.server(beacon.Beacon(workspace), proxy).run(sockets=[listener])
    speak(say("counter.ended"))


class _Percent:
    """Says how far the reading is, each tenth once."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, done: int, of: int) -> None:
        percent = 100 * done // max(of, 1) // 10 * 10
        if percent > self._told:
            self._told = percent
            speak(say("counter.progress", percent=percent))
