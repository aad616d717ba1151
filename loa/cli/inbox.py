"""`loa inbox`: readers' questions, which of them wait, and that they were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from content.wording import say
from loa.cli.output import emit, harmless, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment, number, one_line

if TYPE_CHECKING:
    from loa.services.inbox import CommentView

_TEXT_SHOWN = 80
_number = click.argument("number", type=click.IntRange(1, 2**31 - 1), metavar="N")


@click.group(help=say("cli.help.inbox"))
def inbox() -> None:
    pass


@inbox.command("list", help=say("inbox.help.list"))
@click.option("--due", is_flag=True, help=say("inbox.help.due"))
@click.option("--all", "everything", is_flag=True, help=say("inbox.help.all"))
@click.option("--channel", "-c", default="", help=say("inbox.help.channel"))
@json_option
@pass_session
def listing(session: Session, due: bool, everything: bool, channel: str, as_json: bool) -> None:
    from loa.services import inbox as service

    views = service.listing(session.workspace, everything=everything, overdue=due, channel_id=channel)
    if len(views) == service.MOST:
        speak(say("inbox.most", count=number(service.MOST)))
    if as_json:
        emit(views)
        return
    zone = session.workspace.config.zone
    if views:
        table(
            ["#", *(say(f"inbox.column.{name}") for name in ("state", "due", "written", "channel", "text"))],
            [
                (
                    one.number,
                    _state(one),
                    moment(one.due_at, zone) if one.state == "open" else "–",
                    moment(one.written_at, zone),
                    one.channel,
                    _short(one),
                )
                for one in views
            ],
        )
    else:
        speak(say("inbox.nothing" if everything else "inbox.none"))
    for told in service.unreadable(session.workspace):
        if channel in ("", told.channel):
            speak(say("inbox.not_available", channel=told.channel, why=told.why))


@inbox.command("show", help=say("inbox.help.show"))
@_number
@json_option
@pass_session
def show(session: Session, number: int, as_json: bool) -> None:
    from loa.services import inbox as service

    one = service.one(session.workspace, number)
    if as_json:
        emit(one)
        return
    zone = session.workspace.config.zone
    click.echo(harmless(one.text or say("inbox.erased")))
    click.echo()
    lines = [
        say(
            "inbox.line.where" if one.post else "inbox.line.where_no_post", channel=one.channel, post=one.post
        ),
        say("inbox.line.written", at=moment(one.written_at, zone)),
        say("inbox.line.state", state=_state(one) + (f" ({say('inbox.guessed')})" if one.guessed else "")),
    ]
    if one.state == "open":
        lines.append(say("inbox.line.due", due=moment(one.due_at, zone)))
    if one.answered_at:
        at = moment(one.answered_at, zone)
        lines.append(say("inbox.line.answered", at=at, who=service.who_answered(one)))
    lines += [say("inbox.line.link", url=one.answer_url)] if one.answer_url else []
    lines += [say("inbox.line.note", note=one.note)] if one.note else []
    lines += [say("inbox.replies", count=one.replies)] if one.replies else []
    lines += [say("inbox.line.url", url=one.url)] if one.url and one.state != "open" else []
    for line in lines:
        click.echo(harmless(one_line(line)))
    if one.state == "open":
        speak(say("inbox.open_there", url=one.url) if one.url else say("inbox.no_link", number=number))


@inbox.command("answered", help=say("inbox.help.answered"))
@_number
@click.option("--link", default="", help=say("inbox.help.link"))
@click.option("--note", default="", help=say("inbox.help.note"))
@json_option
@pass_session
def answered(session: Session, number: int, link: str, note: str, as_json: bool) -> None:
    from loa.services import inbox as service

    _told(
        session, service.answered(session.workspace, session.officer, number, link=link, note=note), as_json
    )


@inbox.command("none", help=say("inbox.help.none"))
@_number
@json_option
@pass_session
def none(session: Session, number: int, as_json: bool) -> None:
    from loa.services import inbox as service

    _told(session, service.no_answer(session.workspace, session.officer, number), as_json)


@inbox.command("reopen", help=say("inbox.help.reopen"))
@_number
@json_option
@pass_session
def reopen(session: Session, number: int, as_json: bool) -> None:
    from loa.services import inbox as service

    _told(session, service.reopen(session.workspace, session.officer, number), as_json)


@inbox.command("due", help=say("inbox.help.set_due"))
@_number
@click.argument("day", metavar="DATE")
@json_option
@pass_session
def due(session: Session, number: int, day: str, as_json: bool) -> None:
    from loa.services import inbox as service

    _told(session, service.set_due(session.workspace, session.officer, number, day), as_json)


@inbox.command("add", help=say("inbox.help.add"))
@click.argument("channel", metavar="CHANNEL")
@click.argument("text", metavar="TEXT")
@click.option("--delivery", "-d", default="", help=say("inbox.help.delivery"))
@click.option("--at", default="", help=say("inbox.help.at"))
@click.option("--url", default="", help=say("inbox.help.url"))
@json_option
@pass_session
def add(session: Session, channel: str, text: str, delivery: str, at: str, url: str, as_json: bool) -> None:
    from loa.services import inbox as service

    view = service.add(
        session.workspace, session.officer, channel, text, delivery_id=delivery, at=at, url=url
    )
    if as_json:
        emit(view)
    else:
        zone = session.workspace.config.zone
        speak(say("inbox.added", number=view.number, due=moment(view.due_at, zone)))


@inbox.command("pull", help=say("inbox.help.pull"))
@click.option("--channel", "-c", default="", help=say("inbox.help.channel"))
@json_option
@pass_session
def pull(session: Session, channel: str, as_json: bool) -> None:
    from loa.services import inbox as service

    came = service.pull(session.workspace, channel)
    if as_json:
        emit(came)
        return
    speak(say("inbox.pulled", read=number(came.read), new=number(came.new), answered=number(came.answered)))
    if came.put_off:
        speak(say("inbox.put_off", count=number(came.put_off)))
    for told in service.unreadable(session.workspace):
        if channel in ("", told.channel):
            speak(say("inbox.not_available", channel=told.channel, why=told.why))


def _told(session: Session, view: CommentView, as_json: bool) -> None:
    if as_json:
        emit(view)
        return
    words = {"number": view.number, "state": say(f"inbox.state.{view.state}")}
    if view.state == "open":
        speak(say("inbox.marked_due", **words, due=moment(view.due_at, session.workspace.config.zone)))
    else:
        speak(say("inbox.marked", **words))


def _state(one: CommentView) -> str:
    words = [say(f"inbox.state.{one.state}")]
    words += [say("inbox.overdue")] if one.overdue else []
    words += [say(f"inbox.{name}") for name in ("gone", "hidden") if getattr(one, name)]
    return ", ".join(words)


def _short(one: CommentView) -> str:
    if one.erased:
        return say("inbox.erased")
    line = one_line(one.text)
    return line if len(line) <= _TEXT_SHOWN else line[: _TEXT_SHOWN - 1] + "…"
