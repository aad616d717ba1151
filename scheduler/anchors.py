"""Where the audit's chain had got to, noted in a file beside the database.

A chain shows that a row was changed, removed or moved, but not that its newest rows were cut off. So its head
is noted outside the database again and again; a noted head that is not in the chain any more gives it away.
The note lags by seconds, so a commit never waits for it and a crash leaves nothing false behind.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from scheduler.store import units
from scheduler.store.tables import audit_event

FILE = "audit-anchors.txt"
KEPT = 10_000
"""Lines that are compared: the newest ones, which are all that a cut can fall behind."""
AT_ONCE = 500


@dataclass(frozen=True)
class Anchor:
    """Number and hash of what was the newest event at some time."""

    event: int
    hash: str


class Anchors:
    """The notes of one workspace."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self._last: int | None = None

    def note(self, connection: Connection) -> None:
        """Append the head of every unit's chain that has moved since this process last noted it.

        At a unit's connection its own alone: what is seen of another's may be out of sight tomorrow.
        """
        newest = select(func.max(audit_event.c.id))
        if units.is_kept_apart(connection):
            newest = newest.where(audit_event.c.unit == units.session_unit(connection))
        if self._last is None:
            self._last = min(max(self.read(), default=0), (connection.execute(newest).scalar() or 0) - 1)
        moved = newest.where(audit_event.c.id > self._last).group_by(audit_event.c.unit)
        heads = select(audit_event.c.id, audit_event.c.hash).where(audit_event.c.id.in_(moved))
        rows = connection.execute(heads.order_by(audit_event.c.id)).all()
        if not rows:
            return
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="ascii") as file:
            file.write("".join(f"{row.id} {row.hash}\n" for row in rows))
        self._last = rows[-1].id

    def missing(self, connection: Connection) -> Anchor | None:
        """The first noted head that the chain does not hold; None when all are there."""
        noted = self.read()
        events = sorted(noted)
        for start in range(0, len(events), AT_ONCE):
            some = events[start : start + AT_ONCE]
            asked = select(audit_event.c.id, audit_event.c.hash).where(audit_event.c.id.in_(some))
            chain = {row.id: row.hash for row in connection.execute(asked)}
            for event in some:
                if chain.get(event) != noted[event]:
                    return Anchor(event, noted[event])
        return None

    def read(self) -> dict[int, str]:
        """Hash by event number. A line cut short by a crash is passed over; two heads of one number are kept
        as the first: whoever rewrote the chain has noted the second."""
        noted: dict[int, str] = {}
        try:
            lines = self.file.read_text("ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return noted
        for line in lines[-KEPT:]:
            number, _, digest = line.partition(" ")
            if number.isdigit() and len(digest) == 64:
                noted.setdefault(int(number), digest)
        return noted
