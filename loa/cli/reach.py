"""`loa reach`: how far posts reached, each figure with its source and time; periods compared."""

from __future__ import annotations

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.reach_compare import compare, hours
from loa.cli.reach_show import show
from loa.cli.session import Session, pass_session
from loa.speech import moment, number, spark


@click.group(help=say("cli.help.reach"))
def reach() -> None:
    pass


reach.add_command(show)
reach.add_command(compare)
reach.add_command(hours)


@reach.command("pull", help=say("cli.help.reach_pull"))
@click.argument("delivery", default="", metavar="[DELIVERY]")
@pass_session
def pull(session: Session, delivery: str) -> None:
    from loa.services import reach as service

    pulled = service.pull(
        session.workspace, lambda name, done, of: speak(f"  [{done}/{of}] {name}"), delivery
    )
    speak(say("cli.reach.pulled", count=pulled.stored))
    if pulled.unread:
        names = ", ".join(pulled.unread[:5]) + ("…" if len(pulled.unread) > 5 else "")
        speak(say("counter.unread", count=number(len(pulled.unread)), deliveries=names))


@reach.command("followers", help=say("counter.help.followers"))
@click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 3660), help=say("counter.help.days")
)
@json_option
@pass_session
def followers(session: Session, days: int, as_json: bool) -> None:
    from loa.services import followers as service

    told = service.series(session.workspace, days)
    if as_json:
        emit(told)
        return
    if not told:
        speak(say("counter.no_followers"))
        return
    table(
        [say("cli.column.channel"), say("cli.metric.followers")]
        + [say(f"counter.column.{name}") for name in ("day", "change")]
        + [say("tui_figures.grown")],
        [
            (
                one.channel,
                number(one.newest.followers),
                f"{one.newest.day:%d/%m/%Y}",
                "–" if one.change is None else f"{'+' if one.change > 0 else ''}{number(one.change)}",
                spark(one.trail),
            )
            for one in told
        ],
    )


@reach.command("add", help=say("cli.help.reach_add"))
@click.argument("delivery", metavar="DELIVERY")
@click.argument("metric", metavar="METRIC")
@click.argument("value", metavar="VALUE", type=int)
@click.option("--at", default="", help=say("cli.help.reach_at"))
@click.option("--note", default="", help=say("cli.help.reach_note"))
@pass_session
def add(session: Session, delivery: str, metric: str, value: int, at: str, note: str) -> None:
    from loa.services import byhand

    view = byhand.add_figure(session.workspace, session.officer, delivery, metric, value, at=at, note=note)
    when = moment(view.taken_at, session.workspace.config.zone)
    words = {"metric": say(f"cli.metric.{view.metric}"), "value": number(view.value), "time": when}
    speak(say("cli.reach.typed", delivery=view.delivery, **words))
