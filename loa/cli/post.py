"""`loa post`: from a Markdown or Word file to an approved post."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.wording import say
from loa.cli.law_override import tell_overrides
from loa.cli.output import emit, harmless, json_option, remarks, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment, number, one_line, status_word

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from content.variant import Variant
    from loa.services.posts import PostView

EXIT_REFUSED = 3


@click.group(help=say("cli.help.post"))
def post() -> None:
    pass


@post.command("import", help=say("cli.help.post_import"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--due", default="", metavar="WHEN", help=say("cli.help.post_due"))
@click.option("--kind", default="", metavar="KIND", help=say("word.help.kind"))
@click.option("--channel", "channels", multiple=True, metavar="ID", help=say("word.help.channel"))
@click.option("--guest", default="", metavar="NAME", help=say("guests.help.guest"))
@json_option
@pass_session
def import_(
    session: Session,
    files: tuple[Path, ...],
    due: str,
    kind: str,
    channels: tuple[str, ...],
    guest: str,
    as_json: bool,
) -> None:
    from loa.services import bringing, contributing

    workspace, officer, paths = session.workspace, session.officer, bringing.files_of(files)
    if guest:
        told = contributing.take_in(workspace, officer, paths, guest, kind=kind, channels=channels, due=due)
    else:
        told = bringing.take_in(workspace, officer, paths, kind=kind, channels=channels, due=due)
    if as_json:
        emit(
            [
                {
                    **({"draft": r.draft} if r.draft else {"post": r.post}),
                    "title": r.title,
                    "outcome": r.outcome,
                    "remarks": remarks(r.findings),
                }
                for r in told
            ]
        )
    for result in told:
        if result.draft:
            sentence = "guests.drafted" if guest else "word.drafted"
            speak(say(sentence, draft=result.draft, title=result.title, guest=guest))
        else:
            speak(say(f"cli.post.imported_{result.outcome}", post=result.post, title=result.title))
        tell(result.findings)


@post.command("list", help=say("cli.help.post_list"))
@click.option("--status", default="")
@click.option("--search", default="", metavar="WORDS", help=say("cli.help.search"))
@json_option
@pass_session
def listing(session: Session, status: str, search: str, as_json: bool) -> None:
    from loa.services import posts

    views = posts.listing(session.workspace, status=status, search=search)
    if as_json:
        emit([_summary(view) for view in views])
        return
    zone = session.workspace.config.zone
    table(
        [say(f"cli.column.{c}") for c in ("post", "status", "due", "channels", "post_title")],
        [
            (
                v.id,
                status_word(v.status),
                moment(min((d.due_at for d in v.deliveries if d.due_at), default=None), zone),
                ", ".join(d.channel for d in v.deliveries),
                v.title,
            )
            for v in views
        ],
    )


@post.command("show", help=say("cli.help.post_show"))
@click.argument("key", metavar="POST")
@json_option
@pass_session
def show(session: Session, key: str, as_json: bool) -> None:
    from loa.services import guests, offer_news, overrides, posts

    view = posts.get(session.workspace, key)
    changed = offer_news.of_post(session.workspace, key)
    shown = posts.variants(session.workspace, key)
    if as_json:
        let_pass = overrides.listing(session.workspace, key)
        media = posts.media_of(session.workspace, key)
        emit(
            {
                **_summary(view),
                "source": view.source,
                "media": media,
                "variants": shown,
                "overrides": let_pass,
                "remarks": remarks(changed),
            }
        )
        return
    zone = session.workspace.config.zone
    click.echo(
        f"{view.title}\n{view.id} · {status_word(view.status)} · {say('cli.revision', number=view.revision)}"
    )
    wrote = ", ".join(map(guests.in_words, view.contributors))
    click.echo(harmless(say("guests.written_by", names=wrote)))
    for delivery in view.deliveries:
        click.echo(f"  {delivery.channel}: {status_word(delivery.status)}, {moment(delivery.due_at, zone)}")
    for variant in shown:
        _show_variant(variant, zone)
    tell(changed)
    tell_overrides(session, key)
    _show_rights(session, key)


@post.command("check", help=say("cli.help.post_check"))
@click.argument("key", metavar="POST")
@json_option
@pass_session
def check(session: Session, key: str, as_json: bool) -> None:
    from content.finding import blocking
    from loa.services import posts

    findings = posts.check(session.workspace, key)
    if as_json:
        emit(remarks(findings))
    else:
        tell(findings)
        speak(say("cli.post.checked", blocking=len(blocking(findings)), count=len(findings)))
    if blocking(findings):
        click.get_current_context().exit(EXIT_REFUSED)


@post.command("submit", help=say("cli.help.post_submit"))
@click.argument("keys", nargs=-1, required=True, metavar="POST...")
@pass_session
def submit(session: Session, keys: tuple[str, ...]) -> None:
    from loa.services import approving

    for key in keys:
        _report(session, approving.submit(session.workspace, session.officer, key), "submitted")


@post.command("approve", help=say("cli.help.post_approve"))
@click.argument("keys", nargs=-1, required=True, metavar="POST...")
@click.option("--yes", "-y", is_flag=True, help=say("cli.help.post_yes"))
@pass_session
def approve(session: Session, keys: tuple[str, ...], yes: bool) -> None:
    from content.variant import seal
    from loa.services import approving, posts

    officer = session.officer
    for key in keys:
        shown = posts.in_review(session.workspace, key)
        tell_overrides(session, key)
        if shown and sys.stdin.isatty() and not yes:
            for variant in shown.values():
                _show_variant(variant, session.workspace.config.zone)
            _show_rights(session, key)
            click.confirm(say("cli.post.approve_question", post=key), abort=True, err=True)
        seen = {delivery: seal(variant.canonical()) for delivery, variant in shown.items()}
        _report(session, approving.approve(session.workspace, officer, key, seen=seen), "approved")


@post.command("reject", help=say("cli.help.post_reject"))
@click.argument("key", metavar="POST")
@click.option("--reason", required=True)
@pass_session
def reject(session: Session, key: str, reason: str) -> None:
    from loa.services import approving

    _report(session, approving.reject(session.workspace, session.officer, key, reason), "rejected")


@post.command("withdraw", help=say("cli.help.post_withdraw"))
@click.argument("key", metavar="POST")
@click.option("--reason", required=True)
@pass_session
def withdraw(session: Session, key: str, reason: str) -> None:
    from loa.services import approving

    _report(session, approving.withdraw(session.workspace, session.officer, key, reason), "withdrawn")


def _show_variant(variant: Variant, zone: ZoneInfo) -> None:
    """Everything an approval covers, nothing else: what is not shown here is not sent."""
    click.echo(f"\n── {variant.channel} ({variant.platform}: {variant.account}) " + "─" * 30)
    listed = {
        "post_title": variant.title,
        "summary": variant.summary,
        "author": variant.author,
        "link": variant.link,
        "citations": "; ".join(variant.citations),
        "tags": ", ".join(variant.tags),
        "window": f"{moment(variant.not_before, zone)} → {moment(variant.deadline, zone)} ({zone.key})",
    }
    for name, value in listed.items():
        if value:
            click.echo(f"{say(f'cli.column.{name}')}: {one_line(value)}")
    click.echo(f"\n{variant.text}")
    for ref in variant.media:
        click.echo(
            f"[{ref.name} · {number(ref.size_bytes // 1024)} KB · {ref.width}×{ref.height}: {ref.alt}]"
        )


def _show_rights(session: Session, key: str) -> None:
    """Whose the pictures are and who is in them: not sent, but what an approver answers for."""
    from loa.services import posts

    for item in posts.media_of(session.workspace, key):
        if not item.file.lower().endswith((".srt", ".vtt")):
            rights, people = (one_line(text) or "–" for text in (item.rights, item.people))
            click.echo(say("media.rights", file=one_line(item.file), rights=rights, people=people))


def _report(session: Session, view: PostView, what: str) -> None:
    from content.moment import show as show_moment

    speak(say(f"cli.post.{what}", post=view.id, title=view.title))
    for delivery in view.deliveries:
        when = show_moment(delivery.due_at, session.workspace.config.zone) if delivery.due_at else "–"
        speak(f"  {delivery.channel}: {status_word(delivery.status)} · {when}")


def _summary(view: PostView) -> dict[str, object]:
    return {
        "id": view.id,
        "title": view.title,
        "kind": view.kind,
        "status": view.status,
        "revision": view.revision,
        "contributors": view.contributors,
        "updated_at": view.updated_at,
        "deliveries": view.deliveries,
    }


@post.command("takedown", help=say("cli.help.post_takedown"))
@click.argument("key", metavar="POST")
@click.option("--channel", "-c", "channels", multiple=True, help=say("cli.help.post_takedown_channel"))
@click.option("--reason", "-r", "why", required=True)
@json_option
@pass_session
def takedown(session: Session, key: str, channels: tuple[str, ...], why: str, as_json: bool) -> None:
    from loa.cli.freeze import shout_unless_done
    from loa.services import stopping

    results = stopping.take_down(session.workspace, session.officer, key, why, channels=channels)
    if as_json:
        emit(results)
    else:
        for one in results:
            if one.done:
                speak(say("stopping.removed", delivery=one.delivery, url=one.url))
    shout_unless_done(session, results, "stopping.not_removed")


@post.command("correct", help=say("cli.help.post_correct"))
@click.argument("original", metavar="POST")
@click.argument("correcting", metavar="CORRECTION")
@click.option("--reason", "-r", "why", required=True)
@pass_session
def correct(session: Session, original: str, correcting: str, why: str) -> None:
    from loa.services import stopping

    stopping.correct(session.workspace, session.officer, original, correcting, why)
    speak(say("stopping.corrected", original=original, correcting=correcting))
