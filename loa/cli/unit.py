"""`loa unit`: several units on one server, who sees what of whom, and their figures."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import click

from content.wording import say
from loa.cli.law import Day
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment, number, one_line


@click.group(help=say("unit.help.unit"))
def unit() -> None:
    pass


@unit.command("add", help=say("unit.help.add"))
@click.argument("code")
@click.option("--name", required=True, help=say("unit.help.name"))
@click.option("--kind", default="ubnd", show_default=True, help=say("unit.help.kind"))
@click.option("--parent", default="", metavar="CODE", help=say("unit.help.parent"))
@json_option
@pass_session
def add(session: Session, code: str, name: str, kind: str, parent: str, as_json: bool) -> None:
    from loa.services import units

    made = units.add(session.workspace, session.officer, code, name=name, kind=kind, parent=parent)
    if as_json:
        emit(made)
        return
    speak(say("unit.added", code=made.code, name=one_line(made.name)))


@unit.command("list", help=say("unit.help.list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import units

    _show(session, units.listing(session.workspace), as_json)


@unit.command("show", help=say("unit.help.show"))
@click.argument("code")
@json_option
@pass_session
def show(session: Session, code: str, as_json: bool) -> None:
    from loa.services import units

    one = units.get(session.workspace, code)
    if as_json:
        emit(one)
    else:
        _show(session, [one], as_json=False)


def _show(session: Session, views: list[Any], as_json: bool) -> None:
    if as_json:
        emit(views)
        return
    if not views:
        speak(say("unit.none"))
        return
    zone = session.workspace.config.zone
    rows = [
        (
            one.code,
            one_line(one.name),
            say(f"unit.kind.{one.kind}"),
            one.parent or "–",
            "–" if one.officers is None else number(one.officers),
            "–" if one.channels is None else number(one.channels),
            " · ".join(_most(most) for most in (one.posts_per_day, one.media_mb, one.channels_most)),
            say("unit.state.ended", at=moment(one.ended_at, zone))
            if one.ended_at
            else say("unit.state.no_login" if one.logins == [] else "unit.state.ok"),
        )
        for one in views
    ]
    names = ("code", "name", "kind", "parent", "officers", "channels", "limits", "state")
    table([say(f"unit.column.{name}") for name in names], rows)


def _most(limit: int) -> str:
    """A limit of 0 is none."""
    return number(limit) if limit else say("unit.no_limit")


@unit.command("login", help=say("unit.help.login"))
@click.argument("code", default="")
@json_option
@pass_session
def login(session: Session, code: str, as_json: bool) -> None:
    from loa.services import units

    made = units.login(session.workspace, session.officer, code)
    if as_json:  # the one place where the password is told
        told = {"unit": made.unit, "login": made.login, "address": made.address, "again": made.again}
        emit({**told, "pgpass": made.pgpass, "publisher_key": made.publisher_key})
        return
    speak(say("unit.login_made", unit=made.unit or say("unit.own"), login=made.login))
    if made.again:
        speak(say("unit.login_again", login=made.login))
    told = {"address": made.address, "key": made.publisher_key, "pgpass": made.pgpass}
    click.echo(
        say("unit.login_config", **told)
    )  # asked for into a file, it must not be lost: it is told once
    speak(say("unit.login_then", unit=made.unit) if made.unit else say("unit.login_then_own"))


@unit.command("key", help=say("unit.help.key"))
@json_option
@pass_session
def key(session: Session, as_json: bool) -> None:
    from loa.services import units

    told = units.publisher_key(session.workspace)
    if as_json:
        emit({"publisher_key": told})
        return
    click.echo(f'publisher_key = "{told}"')


@unit.command("limit", help=say("unit.help.limit"))
@click.argument("code")
@click.option("--posts-per-day", type=int, help=say("unit.help.posts_per_day"))
@click.option("--media-mb", type=int, help=say("unit.help.media_mb"))
@click.option("--channels", type=int, help=say("unit.help.channels"))
@json_option
@pass_session
def limit(
    session: Session,
    code: str,
    posts_per_day: int | None,
    media_mb: int | None,
    channels: int | None,
    as_json: bool,
) -> None:
    from loa.services import units

    asked = {"posts_per_day": posts_per_day, "media_mb": media_mb, "channels": channels}
    chosen = {name: most for name, most in asked.items() if most is not None}
    one = units.limit(session.workspace, session.officer, code, chosen)
    if as_json:
        emit(one)
        return
    told = {"posts": one.posts_per_day, "media": one.media_mb, "channels": one.channels_most}
    speak(say("unit.limited", code=one.code, **{name: _most(most) for name, most in told.items()}))


@unit.command("end", help=say("unit.help.end"))
@click.argument("code")
@click.option("--reason", default="", help=say("unit.help.reason"))
@json_option
@pass_session
def end(session: Session, code: str, reason: str, as_json: bool) -> None:
    from loa.services import units

    one = units.end(session.workspace, session.officer, code, reason)
    if as_json:
        emit(one)
        return
    speak(say("unit.ended", code=one.code))


@unit.command("delegate", help=say("unit.help.delegate"))
@click.argument("what", metavar="see|approve")
@click.argument("to", metavar="[CODE]", default="")
@click.option("--officer", default="", metavar="USER", help=say("unit.help.officer"))
@click.option("--until", type=Day(), required=True, help=say("unit.help.until"))
@json_option
@pass_session
def delegate(session: Session, what: str, to: str, officer: str, until: date, as_json: bool) -> None:
    from loa.services import delegating

    workspace = session.workspace
    last = datetime.combine(until + timedelta(days=1), time(), workspace.config.zone)
    one = delegating.give(workspace, session.officer, to, what, last, to_officer=officer)
    if as_json:
        emit(one)
        return
    told = {"to": one.to_officer or one.to_unit or "–", "what": say(f"unit.what.{one.what}")}
    speak(say("unit.delegated", id=one.id, until=_last_day(one.until, workspace.config.zone), **told))


def _last_day(until: datetime, zone: tzinfo) -> str:
    """The last day on which it holds: it ends with that day, at the next midnight."""
    return f"{(until - timedelta(seconds=1)).astimezone(zone):%d/%m/%Y}"


@unit.command("delegations", help=say("unit.help.delegations"))
@click.option("--all", "ended", is_flag=True, help=say("unit.help.all"))
@json_option
@pass_session
def delegations(session: Session, ended: bool, as_json: bool) -> None:
    from loa.services import delegating

    found = delegating.listing(session.workspace, ended=ended)
    if as_json:
        emit(found)
        return
    zone, now = session.workspace.config.zone, session.workspace.now()
    rows = [
        (
            one.id,
            one.unit or "–",
            f"{one.to_unit or '–'} · {one.to_officer or say('unit.anybody')}",
            say(f"unit.what.{one.what}"),
            _last_day(one.until, zone),
            one.officer,
            say(
                "unit.delegation.over"
                if one.ended_at or one.until <= now
                else "unit.delegation.counts"
                if one.believed
                else "unit.delegation.left"
                if one.believed is None
                else "unit.delegation.unbelieved"
            ),
        )
        for one in found
    ]
    names = ("id", "unit", "to", "what", "until", "officer", "state")
    table([say(f"unit.column.{name}") for name in names], rows)


@unit.command("undelegate", help=say("unit.help.undelegate"))
@click.argument("number", metavar="ID", type=int)
@json_option
@pass_session
def undelegate(session: Session, number: int, as_json: bool) -> None:
    from loa.services import delegating

    one = delegating.take_back(session.workspace, session.officer, number)
    if as_json:
        emit(one)
        return
    speak(say("unit.delegation_ended", id=one.id))


@unit.command("sum", help=say("unit.help.sum"))
@click.option("--from", "first", type=Day(), help=say("unit.help.first"))
@click.option("--to", "last", type=Day(), help=say("unit.help.last"))
@json_option
@pass_session
def total(session: Session, first: date | None, last: date | None, as_json: bool) -> None:
    from loa.services import units

    workspace = session.workspace
    today = workspace.now().astimezone(workspace.config.zone).date()
    begin, end = first or today.replace(day=1), last or today
    found = units.figures(workspace, begin, end)
    if as_json:
        emit(found)
        return
    click.echo(say("unit.sum_of", first=f"{begin:%d/%m/%Y}", last=f"{end:%d/%m/%Y}"))
    rows = [
        (
            one.unit or "–",
            one_line(one.name),
            number(one.published),
            number(one.waiting),
            number(one.troubled),
        )
        for one in found
    ]
    table([say(f"unit.column.{name}") for name in ("unit", "name", "published", "waiting", "troubled")], rows)
