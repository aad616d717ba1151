"""`loa backup`: one locked file of everything, and the way back from it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import emit, json_option, plain, remarks, speak, table, tell
from loa.cli.session import Session, ask_secretly, pass_session
from loa.speech import moment, number, one_line, reason, status_word

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from loa.services.verifying import Backup

VARIABLE = "LOA_BACKUP_PASSPHRASE"
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")


@click.group(help=say("cli.help.backup"))
def backup() -> None:
    pass


@backup.command("create", help=say("cli.help.backup_create"))
@click.argument("target", type=click.Path(path_type=Path), default=".", metavar="[FOLDER|FILE]")
@json_option
@pass_session
def create(session: Session, target: Path, as_json: bool) -> None:
    from loa.services import backup as backups

    workspace, officer = session.workspace, session.officer_if_named
    passphrase = _passphrase(confirm=True)
    actor = officer.name if officer else backups.MACHINE
    made = backups.create(workspace, target, passphrase, actor=actor, progress=_progress())
    if as_json:
        emit(_with_remarks(made))
        return
    speak(say("backup.made", file=one_line(made.file), **_amounts(made)))
    tell(made.findings)
    speak(say("backup.keep", file=one_line(made.file)))


@backup.command("key", help=say("cli.help.backup_key"))
@click.option("--new", "anew", is_flag=True, help=say("cli.help.backup_key_new"))
@pass_session
def key(session: Session, anew: bool) -> None:
    from loa.services import regular

    workspace, officer = session.workspace, session.officer
    file = regular.make_key(workspace, officer, _passphrase(confirm=True), anew=anew)
    speak(say("backup.key_made", file=file))
    if workspace.config.backup.folder is None:
        speak(say("backup.no_plan"))


@backup.command("now", help=say("cli.help.backup_now"))
@json_option
@pass_session
def now(session: Session, as_json: bool) -> None:
    from loa.services import backup as backups
    from loa.services import regular

    officer = session.officer_if_named
    actor = officer.name if officer else backups.MACHINE
    done = regular.make(session.workspace, actor=actor, progress=_progress())
    made = done.backup
    if as_json:
        emit({**_with_remarks(made), "removed": done.removed})
        return
    speak(say("backup.made", file=one_line(made.file), **_amounts(made)))
    speak(say("backup.made_regularly", file=one_line(made.file), removed=number(len(done.removed))))
    tell(made.findings)


@backup.command("verify", help=say("cli.help.backup_verify"))
@_file
@json_option
def verify(file: Path, as_json: bool) -> None:
    from loa.services import verifying

    seen = verifying.verify(file, _passphrase(), progress=_progress())
    if as_json:
        emit(_with_remarks(seen))
        return
    _describe(seen)
    speak(say("backup.whole", file=one_line(seen.file)))


@backup.command("drill", help=say("cli.help.backup_drill"))
@_file
@click.option(
    "--in",
    "where",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=say("cli.help.backup_in"),
)
@json_option
def drill(file: Path, where: Path | None, as_json: bool) -> None:
    from loa.services import restoring

    done = restoring.drill(file, _passphrase(), where=where, progress=_progress())
    if as_json:
        emit(_with_remarks(done))
        return
    _describe(done.backup)
    click.echo(say("backup.opens", secrets=number(done.secrets), trusted=number(done.trusted)))
    tell(done.findings)
    if done.lacking_media:
        speak(say("backup.lacking_media", deliveries=", ".join(done.lacking_media)))
    speak(say("backup.drilled", seconds=f"{done.seconds:.1f}", waiting=number(done.held + done.in_doubt)))


@backup.command("restore", help=say("cli.help.backup_restore"))
@_file
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@json_option
def restore(file: Path, folder: Path, as_json: bool) -> None:
    from loa.services import restoring

    done = restoring.restore(file, folder, _passphrase(), progress=_progress())
    if as_json:
        emit(_with_remarks(done))
        return
    made_at = moment(done.backup.made_at, _zone())
    where = one_line(done.folder)
    speak(say("backup.restored", folder=where, made_at=made_at, **_amounts(done.backup)))
    tell(done.findings)
    speak(say("backup.next", folder=where, made_at=made_at, waiting=number(done.held + done.in_doubt)))


@backup.command("release", help=say("cli.help.backup_release"))
@click.argument("deliveries", nargs=-1, metavar="[DELIVERY]...")
@click.option("--all", "everything", is_flag=True, help=say("cli.help.backup_all"))
@click.option("--reason", "why", default="", metavar="TEXT")
@json_option
@pass_session
def release(session: Session, deliveries: tuple[str, ...], everything: bool, why: str, as_json: bool) -> None:
    from loa.services import releasing

    workspace = session.workspace
    if deliveries and everything:
        raise UsageError("backup.release_what")
    if not deliveries and not everything:
        _list_waiting(session, as_json)
        return
    gone = releasing.release(workspace, session.officer, deliveries, why)
    if as_json:
        emit(gone)
        return
    speak(say("backup.released", count=number(len(gone))))


def _list_waiting(session: Session, as_json: bool) -> None:
    from loa.services import releasing

    zone = session.workspace.config.zone
    views = releasing.waiting(session.workspace)
    if as_json:
        emit(views)
        return
    table(
        [
            say("cli.column.due_in", zone=zone.key),
            *(say(f"cli.column.{c}") for c in ("status", "delivery", "reason")),
        ],
        [(moment(v.due_at, zone), status_word(v.status), v.id, reason(v.last_error)) for v in views],
    )
    speak(say("backup.release_what"))


def _describe(seen: Backup) -> None:
    zone = _zone()
    click.echo(
        say(
            "backup.about",
            unit=one_line(seen.unit),
            made_at=f"{moment(seen.made_at, zone)} ({zone.key})",
            version=one_line(seen.version),
            **_amounts(seen),
        )
    )
    counts = sorted(seen.deliveries.items())
    click.echo("  ".join(f"{status_word(status)}: {number(n)}" for status, n in counts))
    click.echo(say("backup.audit", events=number(seen.audit_events), head=seen.audit_head[:16]))


def _amounts(seen: Backup) -> dict[str, str]:
    return {
        "size": number(max(1, round(seen.size_bytes / 1_000_000))),
        "posts": number(seen.posts),
        "deliveries": number(sum(seen.deliveries.values())),
        "media": number(seen.media),
    }


def _with_remarks(value: Any) -> dict[str, Any]:
    """As JSON, remarks in words."""
    made = {**plain(value), "findings": remarks(value.findings)}
    if "backup" in made:
        del made["backup"]["findings"]
    return made


def _passphrase(*, confirm: bool = False) -> str:
    given = os.environ.get(VARIABLE)
    return given or ask_secretly(say("backup.passphrase"), variable=VARIABLE, confirm=confirm)


def _progress() -> Callable[[int, int], None]:
    """Per cent on a terminal, nothing where nobody watches."""
    told = -1

    def show(done: int, total: int) -> None:
        nonlocal told
        percent = 100 * done // max(total, 1)
        if percent != told and sys.stderr.isatty():
            told = percent
            click.echo(f"\r{percent:3} %" + ("\n" if percent == 100 else ""), nl=False, err=True)

    return show


def _zone() -> ZoneInfo:
    """The unit's; a backup is looked at where there may be no workspace."""
    from loa.settings import Config

    return Config().zone
