"""Backups that the publisher makes by itself, for the owner of a key: no passphrase lies anywhere.

Whoever takes the folder of backups, or the workspace, cannot open one: the secret half of the key is locked
with a passphrase that only people know. A new backup is read back whole before an older one goes.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from content.approval import Role
from content.errors import LoaError, NotFound, RefusedByRule
from content.events import about
from content.wording import say
from loa import agekeys
from loa.agefile import Owner
from loa.services import backup, health
from loa.services.archive import OWNER_FILE, Progress, private, quiet
from loa.services.backup import DRAFT, ENDING, MACHINE
from loa.services.people import Person
from loa.services.verifying import Backup
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.trouble import trouble

LOOK_EVERY = timedelta(minutes=10)
"""A disk that was plugged in is noticed within this time."""
AGAIN_AFTER = timedelta(hours=1)
"""After a try that failed for another reason than a missing folder: it may have taken a while."""
_LOCK = ".backup-regular.lock"
log = logging.getLogger("loa.backup")


@dataclass(frozen=True)
class Made:
    """A new backup, and the names of the old ones that went for it."""

    backup: Backup
    removed: list[str]


def make_key(workspace: Workspace, actor: Person, passphrase: str, *, anew: bool = False) -> Path:
    """Make the key for which backups are locked from now on.

    What was made before is still opened by the passphrase of then: every backup carries its own key, locked.
    Raises RefusedByRule where there is one and `anew` is not said.
    """
    actor.must_be(Role.OPERATOR)
    backup.must_be_long(passphrase)
    file = workspace.folder / OWNER_FILE
    if file.exists() and not anew:
        raise RefusedByRule("backup.key_exists", file=file)
    owner = Owner.new(passphrase)
    draft = file.with_name(f".{OWNER_FILE}{DRAFT}")
    draft.unlink(missing_ok=True)
    with private(draft) as out:
        out.write(agekeys.written_pair(owner.public, owner.secret).encode("ascii"))
    draft.replace(file)
    workspace.database.run(
        lambda c: audit.record(
            c,
            at=workspace.now(),
            actor=actor.name,
            action="backup_key_made",
            subject="workspace",
            key=_short(owner),
        )
    )
    return file


def make(workspace: Workspace, *, actor: str = MACHINE, progress: Progress = quiet) -> Made:
    """One backup where the settings want it, read back; then those above the wanted number are removed.

    Raises what `backup.create` raises, RefusedByRule without folder or key, OSError for what a disk says.
    """
    plan = workspace.config.backup
    if plan.folder is None:
        raise RefusedByRule("backup.no_plan")
    if not plan.folder.is_dir():
        raise NotFound("backup.no_folder", folder=plan.folder)
    owner = _owner(workspace)
    name = f"loa-auto-{_short(owner)}-"
    with backup.alone(workspace, _LOCK):
        for left in plan.folder.glob(f".{name}*{DRAFT}"):  # by one that was killed
            left.unlink(missing_ok=True)
        local = workspace.now().astimezone(workspace.config.zone)
        target = plan.folder / f"{name}{local:%Y%m%d-%H%M%S}{ENDING}"
        made = backup.create(workspace, target, owner, actor=actor, progress=progress, proven=True)
        removed = _prune(plan.folder, name, target, plan.keep)
    health.note_checked(workspace, "backup_regular", {"file": target.name})
    health.note_checked(workspace, "backup_try", {"why": "", "soon": False})
    return Made(made, removed)


def tend(workspace: Workspace) -> None:
    """The publisher's look: make one if it is time. What went wrong is noted, and logged when it is new."""
    now, plan = workspace.now(), workspace.config.backup
    with workspace.database.read() as connection:
        good, tried = health.noted(connection, "backup_regular"), health.noted(connection, "backup_try")
    wait = timedelta(0) if tried is None or tried[1]["soon"] else AGAIN_AFTER
    if _within(good and good[0], now, plan.every) or (
        tried and tried[1]["why"] and _within(tried[0], now, wait)
    ):
        return
    try:
        made = make(workspace)
    except LoaError as error:
        why, soon = str(error), isinstance(error, NotFound)
    except OSError as error:
        why = say("backup.not_written", folder=plan.folder, why=error.strerror or type(error).__name__)
        soon = False
    except sqlite3.Error as error:  # of the copy beside the database, which a full disk does not take
        met = trouble(error, workspace.folder)
        if met is None:
            raise
        why, soon = str(met), False
    else:
        said = say("backup.made_regularly", file=made.backup.file, removed=len(made.removed))
        log.info(said, extra=about("backup.made", count=len(made.removed)))
        return
    if tried is None or tried[1]["why"] != why:
        log.warning(why, extra=about("backup.failed"))
    health.note_checked(workspace, "backup_try", {"why": why, "soon": soon})


def _within(moment: datetime | None, now: datetime, time: timedelta) -> bool:
    """Whether it was less than this ago. A moment to come is one of a clock that was wrong."""
    return moment is not None and timedelta(0) <= now - moment < time


def _owner(workspace: Workspace) -> Owner:
    file = workspace.folder / OWNER_FILE
    try:
        return Owner(*agekeys.read_pair(file.read_text("ascii")))
    except FileNotFoundError:
        raise RefusedByRule("backup.no_key") from None
    except ValueError:
        raise RefusedByRule("backup.bad_key", file=file) from None


def _short(owner: Owner) -> str:
    """In the names of backups: a folder may hold those of several units."""
    return sha256(owner.public).hexdigest()[:8]


def _prune(folder: Path, name: str, newest: Path, keep: int) -> list[str]:
    """Remove the oldest by name beyond `keep`; never the new one, whatever a wrong clock named it."""
    pattern = re.compile(re.escape(name) + r"\d{8}-\d{6}" + re.escape(ENDING), re.ASCII)
    others = sorted(
        (path for path in folder.iterdir() if pattern.fullmatch(path.name) and path.name != newest.name),
        reverse=True,
    )
    for path in others[keep - 1 :]:
        path.unlink(missing_ok=True)
    return [path.name for path in others[keep - 1 :]]
