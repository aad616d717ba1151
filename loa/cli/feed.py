"""`loa feed`: feeds of upper units, whose items become drafts to adapt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from content.wording import say
from loa.cli.output import emit, harmless, json_option, remarks, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment, one_line

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from loa.services.feeds import ItemView, Look


@click.group(help=say("cli.help.feed"))
def feed() -> None:
    pass


@feed.command("add", help=say("cli.help.feed_add"))
@click.argument("name", metavar="NAME")
@click.argument("url", metavar="URL")
@click.option("--reuse", default="", metavar="NOTE", help=say("feeds.help.reuse"))
@json_option
@pass_session
def add(session: Session, name: str, url: str, reuse: str, as_json: bool) -> None:
    from loa.services import feeds

    seen = feeds.add(session.workspace, session.officer, name, url, reuse=reuse)
    if as_json:
        _emit(seen)
        return
    speak(say("feeds.added", feed=name, title=seen.feed.title or name, count=len(seen.items)))
    tell(seen.remarks)


@feed.command("list", help=say("cli.help.feed_list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import feeds

    found = feeds.listing(session.workspace)
    if as_json:
        emit(found)
        return
    zone = session.workspace.config.zone
    names = ("feed", "items", "new", "taken", "looked_at", "title", "url")
    table(
        [say(f"feeds.column.{name}") for name in names],
        [
            (one.name, one.items, one.new, one.taken, moment(one.looked_at, zone), one.title, one.url)
            for one in found
        ],
    )
    if not found:
        speak(say("feeds.none"))


@feed.command("show", help=say("cli.help.feed_show"))
@click.argument("name", metavar="NAME")
@click.argument("item", metavar="[ITEM]", type=int, required=False)
@json_option
@pass_session
def show(session: Session, name: str, item: int | None, as_json: bool) -> None:
    from loa.services import feeds

    if item is not None:
        _show_item(feeds.known(session.workspace, name), item, as_json)
        return
    seen = feeds.look(session.workspace, name)
    if as_json:
        _emit(seen)
        return
    zone = session.workspace.config.zone
    click.echo(harmless(say("feeds.head", title=one_line(seen.feed.title) or name, url=seen.feed.url)))
    if seen.feed.reuse:
        click.echo(harmless(say("feeds.reuse_note", reuse=seen.feed.reuse)))
    table(
        [say(f"feeds.column.{column}") for column in ("number", "published", "state", "title")],
        [(one.number, _day(one, zone), _state(one), one.title) for one in seen.items],
    )
    if seen.trouble:
        speak(seen.trouble)
        speak(say("feeds.as_of", moment=moment(seen.feed.looked_at, zone)))
    tell(seen.remarks)
    speak(say("feeds.looked", feed=name, count=len(seen.items), new=seen.feed.new))


@feed.command("take", help=say("cli.help.feed_take"))
@click.argument("name", metavar="NAME")
@click.argument("items", nargs=-1, required=True, type=int, metavar="ITEM...")
@click.option("--channel", "channels", multiple=True, metavar="ID", help=say("feeds.help.channel"))
@click.option("--kind", default="", metavar="KIND", help=say("feeds.help.kind"))
@click.option("--again", is_flag=True, help=say("feeds.help.again"))
@json_option
@pass_session
def take(
    session: Session,
    name: str,
    items: tuple[int, ...],
    channels: tuple[str, ...],
    kind: str,
    again: bool,
    as_json: bool,
) -> None:
    from loa.services import feeds

    officer = session.officer
    told = feeds.take(session.workspace, officer, name, items, kind=kind, channel_ids=channels, again=again)
    if as_json:
        emit(told)
        return
    zone = session.workspace.config.zone
    for one in told:
        values = {"number": one.number, "title": one.title, "draft": one.draft}
        if one.outcome == "draft":
            speak(say("feeds.drafted", **values))
        else:
            speak(say("feeds.already", officer=one.officer, moment=moment(one.at, zone), **values))
        for remark in one.remarks:
            speak(f"  {say(f'feeds.item.{remark}')}")


@feed.command("remove", help=say("cli.help.feed_remove"))
@click.argument("name", metavar="NAME")
@click.option("--yes", "-y", is_flag=True, help=say("feeds.help.yes"))
@pass_session
def remove(session: Session, name: str, yes: bool) -> None:
    from loa.services import feeds

    officer = session.officer
    if not yes:
        click.confirm(say("feeds.really.remove", feed=name), abort=True, err=True)
    feeds.remove(session.workspace, officer, name)
    speak(say("feeds.removed", feed=name))


def _emit(seen: Look) -> None:
    about: dict[str, Any] = {"feed": seen.feed, "trouble": seen.trouble}
    emit({**about, "items": seen.items, "remarks": remarks(seen.remarks)})


def _show_item(seen: Look, number: int, as_json: bool) -> None:
    from content.errors import NotFound

    one = next((item for item in seen.items if item.number == number), None)
    if one is None:
        raise NotFound("feeds.no_item", feed=seen.feed.name, number=number)
    if as_json:
        emit(one)
        return
    for line in (one.title, one.link, "", one.summary, "", one.body):
        click.echo(harmless(line))
    for remark in one.remarks:
        speak(say(f"feeds.item.{remark}"))


def _day(one: ItemView, zone: ZoneInfo) -> str:
    return f"{one.published.astimezone(zone):%d/%m/%Y}" if one.published else "–"


def _state(one: ItemView) -> str:
    if one.taken:
        return say("feeds.state.taken", draft=one.taken.draft)
    return say("feeds.state.new") if one.is_new else ""
