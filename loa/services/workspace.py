"""A workspace: one folder with settings, database, media, keys and the unit's website."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from content.errors import LoaError, NotFound, UsageError
from content.events import about
from content.wording import use_language
from loa import config as settings
from loa.settings import Config
from loa.vault import Vault
from scheduler.anchors import Anchors
from scheduler.clock import Clock, SystemClock
from scheduler.presence import is_held
from scheduler.store.database import Database
from scheduler.trouble import trouble
from scheduler.trust import Trust
from scheduler.witness import KEY_FILE

if TYPE_CHECKING:
    from content.media import MediaStore

DATABASE_FILE = "loa.db"


def new_marker() -> str:
    """A name no other delivery in the world bears: 80 random bits, safe in addresses and HTML."""
    return secrets.token_hex(10)


@dataclass
class Workspace:
    """Everything a use case needs. Clock and markers are handed in, so that tests decide them."""

    folder: Path
    config: Config
    clock: Clock = field(default_factory=SystemClock)
    new_marker: Callable[[], str] = new_marker

    @classmethod
    def open(cls, folder: Path, clock: Clock | None = None) -> Workspace:
        """An existing workspace, its schema brought up to date; raises NotFound with the remedy."""
        if not settings.is_workspace(folder):
            raise NotFound("cli.workspace.none", folder=folder)
        config = settings.read(folder)
        use_language(os.environ.get("LOA_LANGUAGE") or config.language)
        workspace = cls(folder, config, clock or SystemClock())
        workspace._must_not_begin_anew()
        workspace.database.migrate()
        # Of several machines, only those that were given the key. A publisher of before that still runs would
        # go on storing handles without a MAC, which would all be taken for changed ones.
        witnessed = (folder / KEY_FILE).exists()
        if workspace.database.is_sqlite and not witnessed and not is_held(workspace.database):
            try:
                workspace.trust.witness.begin(workspace.database)
            except Exception as error:
                if trouble(error, folder) is None:
                    raise
                # a full, locked or read-only disk: the next start does it
        return workspace

    @classmethod
    def create(cls, folder: Path, clock: Clock | None = None, *, unit: str = "") -> Workspace:
        """A new workspace in an empty or missing folder; anything found there is left alone.

        `unit`: the public body's name, written into its settings.
        """
        text = settings.default_text(unit)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError("cli.workspace.not_empty", folder=folder)
        folder.mkdir(parents=True, exist_ok=True)
        Vault(folder).create_key()
        (folder / "posts").mkdir()
        (folder / settings.FILE).write_text(text, "utf-8")
        return cls.open(folder, clock)

    @cached_property
    def database(self) -> Database:
        database = Database(self.config.database or self.default_url())
        if not database.is_sqlite:
            from scheduler.notes import Notes

            database.shared = Notes(self.trust.witness, self.folder, self.trust.follow)
            self.trust.witness.hears = self.trust.is_final = lambda: not self.is_kept_apart
        return database

    def default_url(self) -> str:
        """Of a workspace whose settings name no database: a file in it."""
        return f"sqlite:///{self.folder.resolve() / DATABASE_FILE}"

    @cached_property
    def unit(self) -> str:
        """The code of the unit that signed in to the database; empty for the installation's own."""
        from scheduler.store import units

        with self.database.read() as connection:
            return units.session_unit(connection)

    @cached_property
    def is_kept_apart(self) -> bool:
        """Whether this is a unit's own PC: the server shows it one unit's rows, and it publishes nothing."""
        from scheduler.store import units

        with self.database.read() as connection:
            return units.is_kept_apart(connection)

    @cached_property
    def media(self) -> MediaStore:
        from content.media import MediaStore  # brings Pillow, which looking at a queue does not need

        if not self.database.is_sqlite:
            from scheduler.mediaparts import SharedMedia

            return SharedMedia(self.folder / "media", self.database, self.clock)
        return MediaStore(self.folder / "media")

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.folder, self.config.publisher_key)

    @cached_property
    def trust(self) -> Trust:
        return Trust(self.folder)

    @cached_property
    def anchors(self) -> Anchors:
        return Anchors(self.folder)

    def now(self) -> datetime:
        return self.clock.now()

    def _must_not_begin_anew(self) -> None:
        """An emptied or lost database is no new one: made anew it would know of nothing that is public."""
        file = self.database.file
        if file is None or (file.is_file() and file.stat().st_size):
            return
        if noted := self.anchors.read():
            raise LoaError("machine.emptied", place=file, events=max(noted))

    def close(self) -> None:
        if "database" in self.__dict__:
            self._tell_other_machines()
            self.note_audit()
            self.database.close()
        if "trust" in self.__dict__:
            self.trust.witness.close()

    def _tell_other_machines(self) -> None:
        """What was noted after the last transaction, or by a process that was killed."""
        shared = self.database.shared
        try:
            if shared is not None and shared.has_more():
                self.database.run(lambda _: None)
        except (OSError, SQLAlchemyError, LoaError):  # the next process of this machine does it
            logging.getLogger("loa.notes").debug(
                "notes could not be handed on", exc_info=True, extra=about("notes.not_told")
            )

    def note_audit(self) -> None:
        """Note the audit's head outside the database; what it is missing today is noted next time."""
        try:
            with self.database.read() as connection:
                self.anchors.note(connection)
        except (OSError, SQLAlchemyError):  # whoever wrote something has been told of the disk already
            log = logging.getLogger("loa.audit")
            log.debug("the audit's head could not be noted", exc_info=True, extra=about("audit.unnoted"))
