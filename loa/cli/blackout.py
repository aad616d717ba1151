"""`loa blackout`: days entered ahead on which some posts, or all, stay back."""

from __future__ import annotations

from datetime import date

import click

from content.wording import say
from loa.cli.freeze import shout_unless_done
from loa.cli.law import Day
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment, number


def _named(written: tuple[str, ...]) -> list[str]:
    """`--tags "giải trí, thể thao"` names two, as two `--tags` do."""
    return [word.strip() for one in written for word in one.split(",") if word.strip()]


@click.group(help=say("blackout.help.blackout"))
def blackout() -> None:
    pass


@blackout.command("add", help=say("blackout.help.add"))
@click.option("--from", "first", type=Day(), required=True, help=say("blackout.help.first"))
@click.option("--to", "last", type=Day(), help=say("blackout.help.last"))
@click.option("--name", required=True, metavar="NAME", help=say("blackout.help.name"))
@click.option("--all", "everything", is_flag=True, help=say("blackout.help.all"))
@click.option("--kinds", multiple=True, metavar="KIND,…", help=say("blackout.help.kinds"))
@click.option("--tags", multiple=True, metavar="TAG,…", help=say("blackout.help.tags"))
@click.option("--channels", multiple=True, metavar="ID,…", help=say("blackout.help.channels"))
@json_option
@pass_session
def add(
    session: Session,
    first: date,
    last: date | None,
    name: str,
    everything: bool,
    kinds: tuple[str, ...],
    tags: tuple[str, ...],
    channels: tuple[str, ...],
    as_json: bool,
) -> None:
    from loa.services import blackouts

    named = {"kinds": _named(kinds), "tags": _named(tags), "channels": _named(channels)}
    covers = blackouts.scopes(everything=everything, **named)
    done = blackouts.add(session.workspace, session.officer, first, last or first, name, covers)
    if as_json:
        emit(done)
    else:
        view, recalled = done.blackout, sum(one.done for one in done.recalls)
        days = {"first": f"{view.first:%d/%m/%Y}", "last": f"{view.last:%d/%m/%Y}"}
        speak(say("blackout.added", id=view.id, name=view.name, scope=view.scope, **days))
        counts = {"covered": number(len(done.covered)), "recalled": recalled, "held": len(done.recalls)}
        speak(say("blackout.covered", **counts))
        for delivery in done.in_flight:
            speak(f"! {say('stopping.in_flight', delivery=delivery)}")
        if done.unnoted:
            speak(f"! {say('blackout.unnoted', file=done.unnoted)}")
    shout_unless_done(session, done.recalls, "stopping.not_recalled")


@blackout.command("list", help=say("blackout.help.list"))
@click.option("--removed", is_flag=True, help=say("blackout.help.removed"))
@json_option
@pass_session
def listing(session: Session, removed: bool, as_json: bool) -> None:
    from loa.services import blackouts

    views = blackouts.listing(session.workspace, removed=removed)
    if as_json:
        emit(views)
        return
    if not views:
        speak(say("blackout.none"))
        return
    zone = session.workspace.config.zone
    names = ("blackout.column.first", "blackout.column.last", "blackout.column.name", "cli.column.scope")
    heads = [
        say(name) for name in (*names, "cli.column.actor", "blackout.column.removed", "cli.column.reason")
    ]
    table(
        ["#", *heads],
        [
            (
                v.id,
                f"{v.first:%d/%m/%Y}",
                f"{v.last:%d/%m/%Y}",
                v.name,
                v.scope,
                v.officer,
                f"{moment(v.removed_at, zone)} {v.removed_by}" if v.removed_at else "–",
                v.remove_reason,
            )
            for v in views
        ],
    )


@blackout.command("remove", help=say("blackout.help.remove"))
@click.argument("number", type=int)
@click.option("--reason", "-r", "why", required=True)
@json_option
@pass_session
def remove(session: Session, number: int, why: str, as_json: bool) -> None:
    from loa.services import blackouts

    done = blackouts.remove(session.workspace, session.officer, number, why)
    if as_json:
        emit(done)
        return
    speak(say("blackout.removed", id=number, name=done.blackout.name))
    if done.waiting:
        speak(say("blackout.waiting", count=len(done.waiting), deliveries=", ".join(done.waiting)))
