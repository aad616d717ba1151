"""`loa freeze`: stop everything, or a part, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from content.errors import PlatformTrouble, UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import freeze_scope, moment, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loa.services.acting import Acted
    from loa.services.stopping import FreezeView


@click.group(help=say("cli.help.freeze"))
def freeze() -> None:
    pass


@freeze.command("start", help=say("cli.help.freeze_start"))
@click.option("--all", "everything", is_flag=True, help=say("cli.help.freeze_all"))
@click.option("--channel", "-c", default="", help=say("cli.help.freeze_channel"))
@click.option("--post", "-p", default="", help=say("cli.help.freeze_post"))
@click.option("--tag", "-t", default="", help=say("cli.help.freeze_tag"))
@click.option("--reason", "-r", "why", required=True)
@json_option
@pass_session
def start(
    session: Session, everything: bool, channel: str, post: str, tag: str, why: str, as_json: bool
) -> None:
    from loa.services import stopping

    chosen = [(s, t) for s, t in (("channel", channel), ("post", post), ("tag", tag)) if t]
    chosen += [("all", "")] if everything else []
    if len(chosen) != 1:
        raise UsageError("stopping.bad_scope", known="--all, --channel, --post, --tag")
    done = stopping.start(session.workspace, session.officer, *chosen[0], why)
    if as_json:
        emit(done)
    else:
        recalled = sum(one.done for one in done.recalls)
        held = len(done.recalls)
        counts = {"stopped": len(done.stopped), "recalled": recalled, "held": held}
        speak(say("stopping.started", id=done.freeze.id, **counts))
        for delivery in done.in_flight:
            speak(f"! {say('stopping.in_flight', delivery=delivery)}")
        if done.unnoted:
            speak(f"! {say('stopping.unnoted', file=done.unnoted)}")
    shout_unless_done(session, done.recalls, "stopping.not_recalled")


@freeze.command("lift", help=say("cli.help.freeze_lift"))
@click.argument("number", type=int)
@click.option("--reason", "-r", "why", required=True)
@pass_session
def lift(session: Session, number: int, why: str) -> None:
    from loa.services import stopping

    lifted = stopping.lift(session.workspace, session.officer, number, why)
    left = lifted.left
    if left is None:
        speak(say("stopping.lifted_uncounted", id=number))
    else:
        speak(say("stopping.lifted", id=number, going_on=left.going_on))
    if lifted.overdue:
        speak(say("stopping.overdue", count=len(lifted.overdue), deliveries=", ".join(lifted.overdue)))
    for name, count in (("late", left.late), ("still", left.still)) if left else ():
        if count:
            speak(say(f"stopping.{name}", count=count))


@freeze.command("list", help=say("cli.help.freeze_list"))
@click.option("--lifted", is_flag=True, help=say("cli.help.freeze_lifted"))
@json_option
@pass_session
def listing(session: Session, lifted: bool, as_json: bool) -> None:
    from loa.services import stopping

    views = stopping.listing(session.workspace, lifted=lifted)
    if as_json:
        emit(views)
        return
    if not views:
        speak(say("stopping.none"))
        return
    zone = session.workspace.config.zone
    table(
        ["#", *(say(f"cli.column.{c}") for c in ("scope", "at", "actor", "reason", "lifted_at"))],
        [
            (v.id, scope_in_words(v), moment(v.at, zone), v.officer, v.reason, moment(v.lifted_at, zone))
            for v in views
        ],
    )


def scope_in_words(view: FreezeView) -> str:
    return freeze_scope(view.scope, view.target, view.unit)


def shout_unless_done(session: Session, results: Sequence[Acted], key: str) -> None:
    """Every one that did not come off, in a line of its own; exit code 5 when there is any.

    On a unit's own PC the publisher was asked: that is said, and is no failure.
    """
    for one in results:
        if one.asked:
            speak(say("stopping.asked", delivery=one.delivery))
    failed = [one for one in results if not (one.done or one.asked)]
    zone = session.workspace.config.zone
    for one in failed:
        values = {"delivery": one.delivery, "post": one.post, "url": one.url or one.channel}
        values |= {"why": reason(one.trouble, one.channel).rstrip("."), "due": moment(one.due_at, zone)}
        speak(f"! {say('stopping.recalled_late' if one.late else key, **values)}")
    if failed:
        raise PlatformTrouble("stopping.not_all", count=len(failed), of=len(results))
