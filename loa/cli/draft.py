"""`loa draft`: posts that are being written; the command line's way into the room Compose."""

from __future__ import annotations

from pathlib import Path

import click

from content.wording import say
from loa.cli.output import emit, json_option, remarks, speak, table, tell
from loa.cli.session import Session, pass_session
from loa.speech import moment

EXIT_REFUSED = 3


@click.group(help=say("cli.help.draft"))
def draft() -> None:
    pass


@draft.command("new", help=say("cli.help.draft_new"))
@click.option("--title", default="", help=say("drafts.help.title"))
@click.option("--post", "key", default="", metavar="POST", help=say("drafts.help.post"))
@json_option
@pass_session
def new(session: Session, title: str, key: str, as_json: bool) -> None:
    from loa.services import drafts

    begun = drafts.begin(session.workspace, session.officer.name, key, title=title)
    if as_json:
        emit(begun)
    else:
        file = drafts.folder(session.workspace, begun) / drafts.POST
        speak(say("drafts.begun", draft=begun.id, file=file))


@draft.command("list", help=say("cli.help.draft_list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import drafts

    found = drafts.listing(session.workspace)
    if as_json:
        emit(found)
        return
    zone = session.workspace.config.zone
    names = ("draft", "post", "officer", "kept_at", "post_title")
    rows = [(one.id, one.post or "–", one.officer, moment(one.kept_at, zone), one.title) for one in found]
    table([say(f"drafts.column.{name}") for name in names], rows)


@draft.command("attach", help=say("cli.help.draft_attach"))
@click.argument("name", metavar="DRAFT")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@pass_session
def attach(session: Session, name: str, files: tuple[Path, ...]) -> None:
    from loa.services import drafts

    begun = drafts.get(session.workspace, name)
    for file in files:
        speak(say("drafts.attached", file=drafts.attach(session.workspace, begun, file)))


@draft.command("check", help=say("cli.help.draft_check"))
@click.argument("name", metavar="DRAFT")
@json_option
@pass_session
def check(session: Session, name: str, as_json: bool) -> None:
    from content.finding import blocking
    from loa.services import drafts, previewing

    begun = drafts.get(session.workspace, name)
    seen = previewing.preview(session.workspace, begun, begun.source)
    if as_json:
        emit({"variants": seen.variants, "findings": remarks(seen.findings)})
    else:
        for variant in seen.variants:
            click.echo(f"── {variant.channel}\n{variant.title}\n\n{variant.text}\n")
        tell(seen.findings)
        speak(say("cli.post.checked", blocking=len(blocking(seen.findings)), count=len(seen.findings)))
    if blocking(seen.findings):
        click.get_current_context().exit(EXIT_REFUSED)


@draft.command("save", help=say("cli.help.draft_save"))
@click.argument("name", metavar="DRAFT")
@click.option("--over", type=int, default=0, metavar="REVISION", help=say("drafts.help.over"))
@json_option
@pass_session
def save(session: Session, name: str, over: int, as_json: bool) -> None:
    from loa.services import drafts

    begun = drafts.get(session.workspace, name)
    try:
        saved = drafts.save(session.workspace, session.officer, begun, over=over)
    except drafts.Overtaken as error:
        for line in error.changes:
            speak(f"  {line}")
        raise
    if as_json:
        emit({"post": saved.post, "outcome": saved.outcome, "remarks": remarks(saved.findings)})
        return
    speak(say(f"cli.post.imported_{saved.outcome}", post=saved.post, title=saved.title))
    tell(saved.findings)


@draft.command("discard", help=say("cli.help.draft_discard"))
@click.argument("name", metavar="DRAFT")
@click.option("--yes", "-y", is_flag=True, help=say("drafts.help.yes"))
@pass_session
def discard(session: Session, name: str, yes: bool) -> None:
    from loa.services import drafts

    begun = drafts.get(session.workspace, name)
    if not yes:
        click.confirm(say("drafts.really", title=begun.title or begun.id), abort=True, err=True)
    drafts.discard(session.workspace, begun)
    speak(say("drafts.discarded", draft=begun.id))
