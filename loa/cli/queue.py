"""`loa queue`: every delivery, and what a person may decide about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, pass_session
from loa.cli.whose import code_of, listed, unit_option
from loa.speech import moment, next_step, one_line, outcome, reason, status_word, told

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from loa.services.deliveries import DeliveryView


@click.group(help=say("cli.help.queue"))
def queue() -> None:
    pass


@queue.command("list", help=say("cli.help.queue_list"))
@click.option("--status", "-s", multiple=True)
@click.option("--channel", "-c", default="")
@click.option("--post", "-p", default="")
@click.option("--search", default="", metavar="WORDS", help=say("cli.help.search"))
@click.option("--limit", default=500, show_default=True)
@unit_option
@json_option
@pass_session
def listing(
    session: Session,
    status: tuple[str, ...],
    channel: str,
    post: str,
    search: str,
    limit: int,
    unit: str | None,
    as_json: bool,
) -> None:
    from loa.services import deliveries

    views = deliveries.listing(
        session.workspace,
        status=status,
        channel_id=channel,
        post_id=post,
        search=search,
        unit=code_of(session, unit),
        limit=limit,
    )
    if as_json:
        emit(views)
        return
    zone = session.workspace.config.zone
    listed(
        session,
        [
            say("cli.column.due_in", zone=zone.key),
            *(say(f"cli.column.{c}") for c in ("status", "delivery", "where")),
        ],
        views,
        [(moment(v.due_at, zone), _status(v), v.id, _where(v, zone)) for v in views],
    )


@queue.command("show", help=say("cli.help.queue_show"))
@click.argument("delivery", metavar="DELIVERY")
@json_option
@pass_session
def show(session: Session, delivery: str, as_json: bool) -> None:
    from content.moment import show as in_full
    from loa.services import deliveries

    dossier = deliveries.dossier(session.workspace, delivery)
    if as_json:
        more = {"ledger": dossier.attempts, "approvals": dossier.approvals, "word": dossier.word}
        emit({**dossier.delivery.__dict__, **more})
        return
    zone, view = session.workspace.config.zone, dossier.delivery
    click.echo(f"{dossier.title}\n{view.id} · {_status(view)}")
    for name, when in (
        ("due", view.due_at),
        ("deadline", view.deadline),
        ("published_at", view.published_at),
    ):
        click.echo(f"  {say(f'cli.column.{name}')}: {in_full(when, zone) if when else '–'}")
    click.echo(f"  {say('cli.column.where')}: {view.url or '–'}")
    if dossier.word:
        for line in told(dossier.word, zone):
            click.echo(f"  {line}")
    if step := next_step(view.status, view.remote_id, view.id):
        click.echo(f"  {step}")
    if view.last_error:
        click.echo(f"  {say('cli.column.reason')}: {_where(replace(view, url=''), zone)}")
    for given in dossier.approvals:
        words = say("cli.queue.approval", officer=given.officer, role=say(f"cli.role.{given.role}"))
        void = f" – {say('cli.queue.void', reason=reason(given.void_reason))}" if given.voided_at else ""
        click.echo(f"  {words} {moment(given.at, zone)}{void}")
    for attempt in dossier.attempts:
        what = f"{say(f'cli.step.{attempt.step}')}: {outcome(attempt.outcome)} {one_line(attempt.evidence)}"
        click.echo(f"  {moment(attempt.started_at, zone)}  {what}".rstrip())


@queue.command("cancel", help=say("cli.help.queue_cancel"))
@click.argument("delivery", metavar="DELIVERY")
@click.option("--reason", required=True)
@pass_session
def cancel(session: Session, delivery: str, reason: str) -> None:
    from loa.services import deciding

    _report(session, deciding.cancel(session.workspace, session.officer, delivery, reason))


@queue.command("move", help=say("cli.help.queue_move"))
@click.argument("delivery", metavar="DELIVERY")
@click.argument("when", metavar="WHEN")
@click.option("--reason", default="")
@pass_session
def move(session: Session, delivery: str, when: str, reason: str) -> None:
    from loa.services import deciding

    _report(session, deciding.move(session.workspace, session.officer, delivery, when, reason))


@queue.command("retry", help=say("cli.help.queue_retry"))
@click.argument("delivery", metavar="DELIVERY")
@pass_session
def retry(session: Session, delivery: str) -> None:
    from loa.services import deciding

    _report(session, deciding.retry(session.workspace, session.officer, delivery))


@queue.command("settle", help=say("cli.help.queue_settle"))
@click.argument("delivery", metavar="DELIVERY")
@click.option("--url", default="", help=say("cli.help.settle_url"))
@click.option("--not-public", is_flag=True, help=say("cli.help.settle_not_public"))
@click.option("--reason", default="")
@pass_session
def settle(session: Session, delivery: str, url: str, not_public: bool, reason: str) -> None:
    from loa.services import deciding

    view = deciding.settle(
        session.workspace, session.officer, delivery, url=url, not_public=not_public, reason=reason
    )
    _report(session, view)


@queue.command("posted", help=say("cli.help.queue_posted"))
@click.argument("delivery", metavar="DELIVERY")
@click.argument("url", metavar="URL")
@click.option("--at", default="", help=say("cli.help.posted_at"))
@click.option("--anyway", is_flag=True, help=say("cli.help.posted_anyway"))
@click.option("--reason", default="")
@pass_session
def posted(session: Session, delivery: str, url: str, at: str, anyway: bool, reason: str) -> None:
    from loa.services import byhand

    view = byhand.posted(
        session.workspace, session.officer, delivery, url, at=at, anyway=anyway, reason=reason
    )
    _report(session, view)


@queue.command("done", help=say("outlets.help.done"))
@click.argument("delivery", metavar="DELIVERY")
@click.option("--at", default="", help=say("outlets.help.done_at"))
@click.option("--count", type=int, default=None, metavar="N", help=say("outlets.help.done_count"))
@click.option("--note", default="", help=say("outlets.help.done_note"))
@json_option
@pass_session
def done(session: Session, delivery: str, at: str, count: int | None, note: str, as_json: bool) -> None:
    from loa.services import byword

    view = byword.done(session.workspace, session.officer, delivery, at=at, count=count, note=note)
    if as_json:
        emit(view)
        return
    _report(session, view)


def _status(view: DeliveryView) -> str:
    return status_word(view.status, view.remote_id)


def _where(view: DeliveryView, zone: ZoneInfo) -> str:
    """The address; else the reason, and when the machine tries again by itself."""
    if view.url or not view.last_error:
        return view.url or next_step(view.status, view.remote_id, view.id)
    again = say("cli.queue.again_at", time=moment(view.next_at, zone)) if view.next_at else ""
    return f"{reason(view.last_error, view.channel)} {again}".strip()


def _report(session: Session, view: DeliveryView) -> None:
    from content.moment import show as in_full

    when = in_full(view.due_at, session.workspace.config.zone) if view.due_at else "–"
    speak(say("cli.queue.now", delivery=view.id, status=_status(view), due=when))
    if view.status == "draft":
        speak(say("cli.queue.needs_approval", post=view.post))


@queue.command("overdue", help=say("cli.help.queue_overdue"))
@json_option
@pass_session
def overdue(session: Session, as_json: bool) -> None:
    from loa.services import deliveries

    views = deliveries.undecided(session.workspace)
    if as_json:
        emit(views)
        return
    if not views:
        speak(say("stopping.decide.empty"))
        return
    zone = session.workspace.config.zone
    click.echo(say("stopping.decide.heading"))
    for view in views:
        click.echo(f"\n{view.id} · {moment(view.due_at, zone)} · {status_word(view.status)}")
        if view.last_error:
            click.echo(f"  {reason(view.last_error)}")
        if view.url:
            click.echo(f"  {view.url}")
        click.echo(f"  → {say(f'stopping.decide.{view.status}')}")


@queue.command("hand-over", help=say("cli.help.queue_hand_over"))
@click.argument("delivery_ids", metavar="DELIVERY...", nargs=-1, required=True)
@pass_session
def hand_over(session: Session, delivery_ids: tuple[str, ...]) -> None:
    from loa.services import stopping

    for delivery_id in stopping.hand_over(session.workspace, session.officer, delivery_ids):
        speak(say("stopping.handing_over", delivery=delivery_id))


@queue.command("recall", help=say("cli.help.queue_recall"))
@click.argument("delivery_ids", metavar="DELIVERY...", nargs=-1, required=True)
@click.option("--reason", "-r", "why", required=True)
@pass_session
def recall(session: Session, delivery_ids: tuple[str, ...], why: str) -> None:
    from loa.cli.freeze import shout_unless_done
    from loa.services import stopping

    results = stopping.recall(session.workspace, session.officer, delivery_ids, why)
    for one in results:
        if one.done:
            speak(say("stopping.recalled", delivery=one.delivery))
    shout_unless_done(session, results, "stopping.not_recalled")


@queue.command("removed", help=say("cli.help.queue_removed"))
@click.argument("delivery", metavar="DELIVERY")
@click.option("--reason", "-r", "why", required=True)
@pass_session
def removed(session: Session, delivery: str, why: str) -> None:
    from loa.services import stopping

    stopping.taken_down_by_hand(session.workspace, session.officer, delivery, why)
    speak(say("stopping.removed_by_hand", delivery=delivery))


@queue.command("clean", help=say("cli.help.queue_clean"))
@click.option("--dry-run", is_flag=True, help=say("cli.help.clean_dry_run"))
@click.option("--all", "everything", is_flag=True, help=say("cli.help.clean_all"))
@json_option
@pass_session
def clean(session: Session, dry_run: bool, everything: bool, as_json: bool) -> None:
    from loa.services import cleaning

    swept = cleaning.clean(session.workspace, session.officer, dry_run=dry_run, everything=everything)
    if as_json:
        emit(swept)
        return
    for one in swept:
        made = moment(one.created_at, session.workspace.config.zone)
        values = {"delivery": one.delivery, "kind": one.kind, "remote_id": one.remote_id, "made": made}
        click.echo(say(f"janitor.{one.outcome}", **values, why=reason(one.trouble, one.channel)))
    if not swept:
        speak(say("janitor.nothing"))
