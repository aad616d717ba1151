"""Who has which draft open in a window: a note in the draft's folder, renewed every few seconds.

The note only warns a second opener. That no words are lost does not rest on it but on `drafts.keep_apart`.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from loa.services import drafts
from loa.services.drafts import Draft
from loa.services.workspace import Workspace

NOTE = ".open"
BEAT_S = 5.0
SILENT_AFTER = timedelta(seconds=4 * BEAT_S)
"""So long without a sign of life, a window is held to be gone."""


@dataclass(frozen=True)
class Desk:
    """A window in which a draft stands open. `token` tells windows apart."""

    officer: str
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    since: str = ""

    @property
    def opened_at(self) -> datetime:
        return datetime.fromisoformat(self.since)


def holder(workspace: Workspace, draft: Draft, own: str = "") -> Desk | None:
    """The other window that has it open, and lives; None when there is none. `own` is one's own token."""
    try:
        told = json.loads((drafts.folder(workspace, draft) / NOTE).read_text("utf-8"))
        beat_at = datetime.fromisoformat(told.pop("beat_at"))
        desk = Desk(**told)
        desk.opened_at  # noqa: B018 a note that cannot be read is none
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if desk.token == own or workspace.now() - beat_at >= SILENT_AFTER:
        return None
    return desk if desk.host != socket.gethostname() or _lives(desk.pid) else None


def hold(workspace: Workspace, draft: Draft, desk: Desk) -> None:
    """Note, or renew the note, that it stands open there; another window's note is left alone."""
    if holder(workspace, draft, desk.token) is None:
        note = {**asdict(desk), "beat_at": workspace.now().isoformat()}
        _write(workspace, draft, note)


def take(workspace: Workspace, draft: Draft, officer: str) -> Desk:
    """Note that it stands open here, whoever else has it open."""
    now = workspace.now().isoformat()
    desk = Desk(officer, since=now)
    _write(workspace, draft, {**asdict(desk), "beat_at": now})
    return desk


def leave(workspace: Workspace, draft: Draft, desk: Desk) -> None:
    """It is not open there any more."""
    path = drafts.folder(workspace, draft) / NOTE
    try:
        if json.loads(path.read_text("utf-8"))["token"] == desk.token:
            path.unlink()
    except (OSError, ValueError, TypeError, KeyError):
        return  # thrown away, or somebody else's


def _write(workspace: Workspace, draft: Draft, note: dict[str, object]) -> None:
    place = drafts.folder(workspace, draft)
    temporary = place / f"{NOTE}-{note['token']}"
    try:
        temporary.write_text(json.dumps(note, ensure_ascii=False), "utf-8")
        temporary.replace(place / NOTE)
    except OSError:
        temporary.unlink(missing_ok=True)  # a full disk, or no draft any more: keeping the words will tell


def _lives(pid: int) -> bool:
    if os.name == "nt":  # there signal 0 is Ctrl+C
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's process
        return True
    return True
