"""`loa reach`: how far posts reached, each figure with its source and time."""

from __future__ import annotations

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment, number, source


@click.group(help=say("cli.help.reach"))
def reach() -> None:
    pass


@reach.command("pull", help=say("cli.help.reach_pull"))
@click.argument("delivery", default="", metavar="[DELIVERY]")
@pass_session
def pull(session: Session, delivery: str) -> None:
    from loa.services import reach as service

    stored = service.pull(
        session.workspace, lambda name, done, of: speak(f"  [{done}/{of}] {name}"), delivery
    )
    speak(say("cli.reach.pulled", count=stored))


@reach.command("show", help=say("cli.help.reach_show"))
@click.argument("post", default="", metavar="[POST]")
@json_option
@pass_session
def show(session: Session, post: str, as_json: bool) -> None:
    from loa.services import reach as service

    readings = service.newest(session.workspace, post)
    if as_json:
        emit(readings)
        return
    zone = session.workspace.config.zone
    table(
        [say(f"cli.column.{c}") for c in ("delivery", "metric", "value", "source", "taken_at")],
        [
            (
                r.delivery,
                say(f"cli.metric.{r.metric}"),
                number(r.value),
                source(r.source, r.note),
                moment(r.taken_at, zone),
            )
            for r in readings
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
