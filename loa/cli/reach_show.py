"""`loa reach show`: the newest figures, a period beside the one before, one post's curve, one channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, plain, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import figure_words, metric_word, moment, source, spark

if TYPE_CHECKING:
    from loa.services.reach import Reach
    from loa.services.reach.about import ChannelAbout


@click.command("show", help=say("cli.help.reach_show"))
@click.argument("what", default="", metavar="[DELIVERY|POST|CHANNEL]")
@click.option("--period", default="", metavar="30d", help=say("tui_figures.period_help"))
@click.option("--days", type=click.IntRange(1, 3660), help=say("reach.help.days"))
@json_option
@pass_session
def show(session: Session, what: str, period: str, days: int | None, as_json: bool) -> None:
    from loa.services.reach import about

    if period:
        if what:
            raise UsageError("tui_figures.period_post")
        if days:
            raise UsageError("reach.two")
        _compare(session, _days(period), as_json)
        return
    if not what:
        if days:
            raise UsageError("reach.only_one")
        _newest(session, "", as_json)
        return
    sort = about.sort_of(session.workspace, what)
    if sort == "channel":
        _channel(session, about.channel_about(session.workspace, what, days or about.USUAL_DAYS), as_json)
        return
    posts = about.posts_of(session.workspace, sort, what, days or about.LONGEST_DAYS)
    if sort == "delivery":
        _delivery(session, what, posts, as_json)
        return
    _newest(session, what, as_json)
    if not as_json:
        _curves(session, posts)


def _newest(session: Session, post: str, as_json: bool) -> None:
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
                metric_word(r.metric),
                figure_words(r.metric, r.value),
                source(r.source, r.note),
                moment(r.taken_at, zone) + (f" {say('counter.late')}" if r.late else ""),
            )
            for r in readings
        ],
    )
    for one in readings:
        if one.defined_since:
            words = {"delivery": one.delivery, "metric": metric_word(one.metric)}
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
                | {"difference": one.difference, "percent": one.percent, "ways": one.ways}
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
                metric_word(metric),
                figure_words(metric, one.value(metric)),
                spark(one.trail(metric)),
            )
            for one in now.posts
            for metric in sorted(one.readings)
        ],
    )
    for post in now.posts:
        for cut in (one for metric in metrics for one in post.breaks(metric)):
            words = {"delivery": cut.delivery, "metric": metric_word(cut.metric)}
            speak(say("counter.defined", **words, time=moment(cut.at, zone), now=cut.after))
    for metric, of_metric in changes.items():
        for change in of_metric:
            click.echo(f"{metric_word(metric)} · {service.in_words(change)}")
    if changes:
        speak(say("tui_figures.as_then"))


def _delivery(session: Session, name: str, posts: Sequence[Reach], as_json: bool) -> None:
    """One delivery: every metric at every age at which it was to be read."""
    from loa.reports import reach_tables
    from loa.reports.tables import in_words
    from loa.services.reach import curves
    from loa.services.reach.ages import written

    now, zone = session.workspace.now(), session.workspace.config.zone
    curve = {metric: curves.curve(one, metric, now) for one in posts for metric in sorted(one.readings)}
    if as_json:
        emit(
            {
                "delivery": name,
                "published_at": posts[0].published_at if posts else None,
                "curves": {
                    metric: [plain(point) | {"age": written(point.age)} for point in points]
                    for metric, points in curve.items()
                },
            }
        )
        return
    newest = {metric: one.newest(metric) for one in posts for metric in one.readings}
    for metric, points in curve.items():
        told = reach_tables.curve(metric, points, zone)
        if not told.rows and (latest := newest[metric]):  # too young for the first point of the plan
            figure, taken = figure_words(metric, latest.value), moment(latest.taken_at, zone)
            where = source(latest.source, latest.note)
            click.echo(f"{told.title}: {figure} ({say('tui_figures.taken', source=where, time=taken)})")
            continue
        click.echo(say("reach.title.curve", metric=told.title, drawn=curves.drawn(points) or "–"))
        table(told.headings, [[in_words(cell, zone) for cell in row] for row in told.rows])
    speak(_legend() if curve else say("reach.curve.nobody"))


def _curves(session: Session, posts: Sequence[Reach]) -> None:
    """A line for each delivery and metric; what nobody has read at any point of the plan has none."""
    from loa.services.reach import curves

    now, drawn = session.workspace.now(), False
    for one in posts:
        for metric in sorted(one.readings):
            if line := curves.drawn(curves.curve(one, metric, now)):
                click.echo(f"{one.delivery} · {metric_word(metric)}: {line}")
                drawn = True
    if drawn:
        speak(_legend())


def _legend() -> str:
    from loa.services.reach.ages import AGES

    return say("reach.curve.legend", ages=", ".join(AGES))


def _channel(session: Session, told: ChannelAbout, as_json: bool) -> None:
    from loa.reports import reach_tables

    if as_json:
        emit(told)
        return
    click.echo(reach_tables.plan_words(told.channel, told.days, told.plan))
    today = told.period.until.astimezone(session.workspace.config.zone).date()
    click.echo(reach_tables.followers_words(told.channel, told.days, told.followers, today))
    _curves(session, told.period.posts)
    if not told.period.posts:
        speak(say("reach.nothing"))


def _days(written: str) -> int:
    from loa.services.reach.spans import days_of

    days = days_of(written)
    if days is None:
        raise UsageError("tui_figures.bad_period", written=written)
    return days
