"""A new machine joins others on their server, with what one of them packed.

A pack holds the keys and the notes of the machine that made it, locked with a passphrase of its own. Whoever
has both may publish in the unit's name: it is as good as a backup.
"""

from __future__ import annotations

import os
import secrets as chance
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from loa import __version__
from loa import config as settings
from loa.services import machines, people, trusting
from loa.services.archive import Manifest, Packer, private, quiet, unpack
from loa.services.backup import must_be_long
from loa.services.moving import settings_with
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.vault import KEY_FILE
from scheduler import audit, childtrust, trust, witness
from scheduler.clock import Clock
from scheduler.store import postgres
from scheduler.store.tables import machine
from scheduler.travelled import allowed, base
from scheduler.trouble import trouble

LONGEST_NAME = 60
_KEYS = (KEY_FILE, witness.KEY_FILE, witness.FILE, trust.FILE)
"""What a pack must hold, besides the settings."""
_LISTS = ("ngay-nghi.toml", "khau-hieu.toml", "van_ban.csv", "don-vi.csv", childtrust.FILE)
"""What comes along where it is there."""


@dataclass(frozen=True)
class Packed:
    file: str
    machine: str
    noted_to: int


@dataclass(frozen=True)
class Joined:
    """`anew`: it had joined before, and has the newest keys now."""

    folder: str
    machine: str
    noted_to: int
    anew: bool


def pack(workspace: Workspace, actor: Person, file: Path, passphrase: str) -> Packed:
    """Lock what another machine needs into a new file. Raises LoaError where this one may not publish."""
    actor.must_be(Role.OPERATOR)
    machines.must_be_of_the_circle(workspace)
    trusting.must_be_pinned(workspace, actor)
    must_be_long(passphrase)
    if not file.parent.is_dir():
        raise NotFound("backup.no_folder", folder=file.parent)
    if file.exists():
        raise UsageError("backup.exists", file=file)
    now = workspace.now()

    def work(connection: Connection) -> None:
        if not workspace.trust.witness.vault():
            workspace.trust.witness.pin_vault(machines.vault_print(workspace))
        about = {"file": file.name, "machine": machines.name_of(workspace)}
        audit.record(
            connection, at=now, actor=actor.name, action="machine_packed", subject="machine", **about
        )

    workspace.vault.create_key()
    machines.hear(workspace)
    workspace.trust.witness.must_be_whole()
    workspace.database.run(work)
    machines.hear(workspace)  # what was noted just now is known to be in the database
    machines.seen(workspace, actor.name)
    known = workspace.trust.witness.travelled()
    address = postgres.address_of(workspace.database.url)
    told = settings_with((workspace.folder / settings.FILE).read_text("utf-8"), address)
    draft = file.with_name(f".{file.name}.{chance.token_hex(4)}.partial")
    try:
        with private(draft) as out, Packer(out, passphrase, 0, quiet) as packer:
            packer.add_bytes(settings.FILE, told.encode())
            for name in (*_KEYS, *_LISTS):
                packer.add(name, workspace.folder / name)
            lacking = [name for name in _KEYS if name not in packer.files]
            if lacking:
                raise RefusedByRule("machines.pack_lacks", file=workspace.folder / lacking[0])
            revision = workspace.database.revision() or ""
            about = (revision, 0, "", packer.files)
            packer.finish(Manifest(now, workspace.config.unit.name, __version__, *about))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return Packed(str(file), known.machine, known.n)


def join(
    file: Path,
    folder: Path,
    passphrase: str,
    *,
    officer: str,
    officers_passphrase: str,
    name: str = "",
    clock: Clock | None = None,
) -> Joined:
    """Make `folder` (missing or empty) a workspace of the machine that made the pack; or give one that
    joined before the newest keys.

    An operator of the unit says so with their own passphrase. Raises RefusedByRule for a wrong one, a folder
    with other keys, or a server that does not answer, and leaves nothing then.
    """
    if not file.is_file():
        raise NotFound("backup.no_file", file=file)
    mine = name.strip() or socket.gethostname()
    if len(mine) > LONGEST_NAME or not mine.isprintable():
        raise UsageError("machines.bad_name", most=LONGEST_NAME)
    anew = settings.is_workspace(folder)
    if not anew and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("cli.workspace.not_empty", folder=folder)
    with _unpacked(file, folder, passphrase) as stage:
        if anew:
            mine = name.strip() or _must_be_the_same(folder, stage) or mine
        _begin(stage, mine, folder if anew else None)
        noted_to = _announce(stage, mine, officer, officers_passphrase, anew, clock)
        if anew:
            _take_keys(stage, folder)
        else:
            (stage / "posts").mkdir(exist_ok=True)
            if folder.exists():
                folder.rmdir()
            stage.replace(folder)
    return Joined(str(folder), mine, noted_to, anew)


@contextmanager
def _unpacked(file: Path, folder: Path, passphrase: str) -> Iterator[Path]:
    """The pack's files in a private folder beside the new workspace, gone afterwards."""
    place = folder.absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    stage = place.with_name(f".{place.name}.{chance.token_hex(4)}.joining")
    stage.mkdir(mode=0o700)
    allowed_names = {settings.FILE, *_KEYS, *_LISTS}

    def sink(member: str) -> BinaryIO:
        if member not in allowed_names:
            raise RefusedByRule("machines.no_pack", file=file)
        return private(stage / member)

    try:
        unpack(file, passphrase, sink, quiet)
        if any(not (stage / one).is_file() for one in (settings.FILE, *_KEYS)):
            raise RefusedByRule("machines.no_pack", file=file)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _must_be_the_same(folder: Path, stage: Path) -> str:
    """The name under which this folder joined before; RefusedByRule where its keys are another unit's."""
    try:
        own = (folder / witness.KEY_FILE).read_bytes()
    except FileNotFoundError:
        own = b""
    if own.strip() != (stage / witness.KEY_FILE).read_bytes().strip():
        raise RefusedByRule("machines.other_keys", folder=folder)
    return _notes_in(folder).travelled().machine


def _notes_in(folder: Path) -> witness.Witness:
    read = witness.Witness(folder)
    read.follow_others()
    return read


def _begin(stage: Path, name: str, before: Path | None) -> None:
    """The packed notes are history for the new machine, which follows the database's from there on.

    What a machine that joins again had stopped, and nobody else knows of, is not forgotten by it.
    """
    packed = _notes_in(stage)
    known = packed.travelled()
    if not known.n:
        raise RefusedByRule("machines.no_pack", file=stage.name)
    lines: list[object] = [base(name, known.n, known.mac)]
    if before is not None:
        told = packed.everything()
        for kind, facts in _notes_in(before).everything().items():
            lines += [
                [kind, key, value]
                for key, value in facts.items()
                if told.get(kind, {}).get(key) != value and allowed((kind, key, value), told)
            ]
    packed.write_travelled(lines)


def _announce(stage: Path, name: str, officer: str, passphrase: str, anew: bool, clock: Clock | None) -> int:
    """Ask the server, as the officer at the keyboard; returns the last note heard."""
    workspace: Workspace | None = None
    try:
        workspace = Workspace.open(stage, clock)
        actor = people.authenticate(workspace, officer, passphrase)
        actor.must_be(Role.OPERATOR)
        trusting.must_be_pinned(workspace, actor)
        now, host = workspace.now(), socket.gethostname()

        def work(connection: Connection) -> None:
            workspace.trust.witness.must_be_whole()
            taken = connection.execute(select(machine.c.name).where(machine.c.name == name)).first()
            if taken and not anew:
                raise RefusedByRule("machines.name_taken", name=name)
            audit.record(
                connection, at=now, actor=actor.name, action="machine_joined", subject=name, host=host
            )

        workspace.database.run(work)
        machines.seen(workspace, actor.name)
        return workspace.trust.witness.travelled().n
    except SQLAlchemyError as error:
        met = trouble(error, stage)
        if met is not None and met.kind.is_an_answer:
            raise met from None
        why = str(getattr(error, "orig", None) or type(error).__name__).strip().partition("\n")[0]
        place = workspace.database.place if workspace else "–"
        raise RefusedByRule("store.no_answer", place=place, why=why) from None
    finally:
        if workspace:
            workspace.close()


def _take_keys(stage: Path, folder: Path) -> None:
    """Each file is the old one or the new one. Killed in between: joining again does all of it anew.

    The notes come first: with newer ones an older key publishes nothing, and says so.
    """
    for one in (witness.FILE, trust.FILE, KEY_FILE):
        with (stage / one).open("rb") as made:
            os.fsync(made.fileno())
        (stage / one).replace(folder / one)
