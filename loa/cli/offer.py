"""`loa offer`: posts that a unit above offers, and what units below made of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import click

from content.wording import say
from loa.cli.law import Day
from loa.cli.output import emit, json_option, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment, one_line, status_word


@click.group(help=say("offer.help.offer"))
def offer() -> None:
    pass


@offer.command("make", help=say("offer.help.make"))
@click.argument("post")
@click.option("--to", multiple=True, metavar="CODE", help=say("offer.help.to"))
@click.option("--until", type=Day(), help=say("offer.help.until"))
@click.option("--note", default="", help=say("offer.help.note"))
@click.option("--instead-of", default=0, metavar="ID", help=say("offer.help.instead_of"))
@json_option
@pass_session
def make(
    session: Session,
    post: str,
    to: tuple[str, ...],
    until: date | None,
    note: str,
    instead_of: int,
    as_json: bool,
) -> None:
    from loa.services import offering

    workspace = session.workspace
    last = datetime.combine(until + timedelta(days=1), time(), workspace.config.zone) if until else None
    made = offering.make(workspace, session.officer, post, to, until=last, note=note, instead_of=instead_of)
    if as_json:
        emit(made)
        return
    speak(say("offer.made", id=made.id, title=one_line(made.title)))


@offer.command("list", help=say("offer.help.list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import offer_news, offers

    found = offers.listing(session.workspace)
    if as_json:
        emit(found)
        return
    zone = session.workspace.config.zone
    rows = [
        (
            one.id,
            one_line(one.title),
            one.unit or "–",
            moment(one.at, zone),
            say(f"offer.standing.{one.standing}"),
            say(f"offer.state.{one.state or 'ours'}"),
            f"{one.post} · {status_word(one.status)}" if one.post else "–",
        )
        for one in found
    ]
    names = ("id", "title", "unit", "at", "standing", "state", "post")
    table([say(f"offer.column.{name}") for name in names], rows)
    tell(offer_news.listing(session.workspace))


@offer.command("show", help=say("offer.help.show"))
@click.argument("number", metavar="ID", type=int)
@json_option
@pass_session
def show(session: Session, number: int, as_json: bool) -> None:
    from loa.services import adopting

    one = adopting.open_(session.workspace, session.officer_name or "–", number)
    if as_json:
        emit(one)
        return
    click.echo(one.source)
    for line in (one.note, say(f"offer.standing.{one.standing}"), one.why):
        if line:
            speak(line)


@offer.command("adopt", help=say("offer.help.adopt"))
@click.argument("number", metavar="ID", type=int)
@click.option("--again", is_flag=True, help=say("offer.help.again"))
@json_option
@pass_session
def adopt(session: Session, number: int, again: bool, as_json: bool) -> None:
    from loa.services import adopting, drafts

    done = adopting.adopt(session.workspace, session.officer, number, again=again)
    if as_json:
        emit(done)
        return
    file = drafts.folder(session.workspace, done.draft) / drafts.POST
    speak(say("offer.adopted", draft=done.draft.id, file=file))
    if done.missing:
        speak(say("offer.files_missing", files=", ".join(done.missing), draft=done.draft.id))
    if done.unfilled:
        speak(say("offer.to_fill_in", places=", ".join(done.unfilled)))
    if again:
        speak(say("offer.adopted_again"))


@offer.command("decline", help=say("offer.help.decline"))
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="", help=say("offer.help.reason"))
@json_option
@pass_session
def decline(session: Session, number: int, reason: str, as_json: bool) -> None:
    from loa.services import adopting

    one = adopting.decline(session.workspace, session.officer, number, reason)
    if as_json:
        emit(one)
        return
    speak(say("offer.declined", id=one.id))


@offer.command("withdraw", help=say("offer.help.withdraw"))
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="", help=say("offer.help.reason"))
@json_option
@pass_session
def withdraw(session: Session, number: int, reason: str, as_json: bool) -> None:
    from loa.services import offering

    one = offering.withdraw(session.workspace, session.officer, number, reason)
    if as_json:
        emit(one)
        return
    speak(say("offer.withdrawn", id=one.id))


@offer.command("answers", help=say("offer.help.answers"))
@click.argument("number", metavar="ID", type=int)
@json_option
@pass_session
def answers(session: Session, number: int, as_json: bool) -> None:
    from loa.services import offers

    found = offers.answers(session.workspace, number)
    if as_json:
        emit(found)
        return
    rows = [(one.unit, say(f"offer.state.{one.state}"), one_line(one.reason)) for one in found]
    table([say(f"offer.column.{name}") for name in ("unit", "state", "reason")], rows)
