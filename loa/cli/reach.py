"""`loa reach`: how far posts reached, each figure with its source and time; periods compared."""

from __future__ import annotations

import re

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment, number, source, spark

_PERIOD = re.compile(r"(\d{1,3})d?", re.ASCII)


@click.group(help=say("cli.help.reach"))
def reach() -> None:
    pass


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


@reach.command("show", help=say("cli.help.reach_show"))
@click.argument("post", default="", metavar="[POST]")
@click.option("--period", default="", metavar="30d", help=say("tui_figures.period_help"))
@json_option
@pass_session
def show(session: Session, post: str, period: str, as_json: bool) -> None:
    from loa.services import reach as service

    if period:
        if post:
            raise UsageError("tui_figures.period_post")
        _compare(session, _days(period), as_json)
        return
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
                moment(r.taken_at, zone) + (f" {say('counter.late')}" if r.late else ""),
            )
            for r in readings
        ],
    )
    for one in readings:
        if one.defined_since:
            words = {"delivery": one.delivery, "metric": say(f"cli.metric.{one.metric}")}
            speak(say("counter.defined", **words, time=moment(one.defined_since, zone), now=one.definition))


def _compare(session: Session, days: int, as_json: bool) -> None:
    """The period with every reading, channel by channel beside the one before it."""
    from loa.services import reach as service

    now, before = service.periods(session.workspace, days)
    metrics = sorted({*now.metrics(), *before.metrics()})
    changes = {metric: service.compare(now, before, metric) for metric in metrics}
    if as_json:
        told = {
            metric: [
                {"channel": one.channel, "now": one.now, "before": one.before}
                | {"difference": one.difference, "percent": one.percent}
                for one in of_metric
            ]
            for metric, of_metric in changes.items()
        }
        emit(
            {
                "since": now.since,
                "until": now.until,
                "cut": now.cut or before.cut,
                "posts": now.posts,
                "breaks": [cut for one in now.posts for metric in metrics for cut in one.breaks(metric)],
                "changes": told,
            }
        )
        return
    zone = session.workspace.config.zone
    table(
        [say(f"cli.column.{c}") for c in ("published_at", "delivery", "metric", "value")]
        + [say("tui_figures.grown")],
        [
            (
                moment(one.published_at, zone),
                one.delivery,
                say(f"cli.metric.{metric}"),
                number(one.value(metric)),
                spark(one.trail(metric)),
            )
            for one in now.posts
            for metric in sorted(one.readings)
        ],
    )
    for post in now.posts:
        for cut in (one for metric in metrics for one in post.breaks(metric)):
            words = {"delivery": cut.delivery, "metric": say(f"cli.metric.{cut.metric}")}
            speak(say("counter.defined", **words, time=moment(cut.at, zone), now=cut.after))
    for metric, of_metric in changes.items():
        for change in of_metric:
            click.echo(f"{say(f'cli.metric.{metric}')} · {service.in_words(change)}")


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


def _days(written: str) -> int:
    from loa.services.reach import LONGEST_DAYS

    found = _PERIOD.fullmatch(written.strip())
    if found is None or not 1 <= int(found[1]) <= LONGEST_DAYS:
        raise UsageError("tui_figures.bad_period", written=written)
    return int(found[1])
