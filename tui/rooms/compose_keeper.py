"""Keeps a draft on the disk while somebody writes it: the newest words win, nobody else's are run over."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from content.errors import NotFound
from loa.services import desks, drafts
from loa.services.drafts import Draft

if TYPE_CHECKING:
    from loa.services.workspace import Workspace

BEAT_S = desks.BEAT_S


class Keeper:
    """Of one draft that stands open. May be called from any thread, and at last from a signal's handler."""

    def __init__(self, workspace: Workspace, draft: Draft, officer: str) -> None:
        self._workspace, self._officer = workspace, officer
        self._alone = Lock()
        self._number = 0
        self.draft = draft
        """As it lies on the disk, as far as is known here; another one once the words had to go elsewhere."""
        self._desk = desks.take(workspace, draft, officer)

    def keep(self, source: str, number: int) -> Draft:
        """Write the words down. `number` grows with every call: words that come late are older, and dropped.

        Raises UsageError when they are too many, OSError when the disk takes none.
        """
        with self._alone:
            if number <= self._number:
                return self.draft
            before = self.draft
            if source != before.source:
                self.draft = drafts.keep_apart(self._workspace, before, source, self._officer)
                if self.draft.id != before.id:
                    self._desk = desks.take(self._workspace, self.draft, self._officer)
            self._number = number
            return self.draft

    def beat(self) -> Draft | None:
        """Say that the window lives. The draft as it lies there now if somebody else wrote it, else None."""
        with self._alone:
            desks.hold(self._workspace, self.draft, self._desk)
            try:
                there = drafts.get(self._workspace, self.draft.id)
            except NotFound:
                return None
            return there if there.source != self.draft.source else None

    def accept(self, draft: Draft) -> None:
        """What somebody else wrote is what stands in the fields from now on."""
        with self._alone:
            self.draft = draft

    def attached(self) -> None:
        """A file was laid beside it."""
        with self._alone:
            there = drafts.get(self._workspace, self.draft.id)
            self.draft = replace(self.draft, files=there.files)

    def leave(self) -> None:
        """It is closed here."""
        with self._alone:
            desks.leave(self._workspace, self.draft, self._desk)
