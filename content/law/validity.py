"""Whether a document is in force on a day: computed from what happened to it, never stored as a label."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Happening(StrEnum):
    """What can befall a document."""

    ISSUED = "issued"
    EFFECTIVE = "effective"
    AMENDED = "amended"
    PARTLY_ENDED = "partly_ended"
    REPLACED = "replaced"
    REPEALED = "repealed"
    SUSPENDED = "suspended"
    RESUMED = "resumed"


class Validity(StrEnum):
    """Tình trạng hiệu lực, in the words of the national database (chưa có, còn, hết một phần, hết, ngưng)."""

    NOT_YET = "not_yet"
    IN_FORCE = "in_force"
    PARTLY = "partly"
    ENDED = "ended"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


ENDS = (Happening.REPLACED, Happening.REPEALED)
GOOD = (Validity.IN_FORCE, Validity.PARTLY)


@dataclass(frozen=True, order=True)
class Event:
    """From `on`, that day included, it is so: an end falls on the first day without validity.

    `by`: the document that did it.
    """

    on: date
    what: Happening
    by: str = ""


@dataclass(frozen=True)
class Document:
    """Văn bản. `designation` (số/ký hiệu) is unique only with `issued`: 766/QĐ-TTg is of 2022 and of 2025.

    `successor` without an event that ends the document says that somebody believes it replaced, on a day
    nobody has found. `confidence` is `high` only for what was checked at the source or twice.
    """

    designation: str
    kind: str
    name: str = ""
    title: str = ""
    issuer: str = ""
    issued: date | None = None
    events: tuple[Event, ...] = ()
    successor: str = ""
    source: str = ""
    checked_on: date | None = None
    checked_by: str = ""
    confidence: str = "low"
    own: bool = field(default=False, compare=False)
    """Out of the unit's own file."""

    @property
    def verified(self) -> bool:
        return self.confidence == "high"

    @property
    def key(self) -> tuple[str, date | None]:
        return self.designation, self.issued

    @property
    def label(self) -> str:
        """`Luật Đất đai 31/2024/QH15`."""
        return f"{self.name or self.kind} {self.designation}".strip()

    @property
    def identity(self) -> str:
        """The label and the day of issue, since several bear one number: what an override names."""
        return f"{self.label} ({self.issued:%d/%m/%Y})" if self.issued else self.label

    @property
    def effective(self) -> date | None:
        return _first(self.events, Happening.EFFECTIVE)

    @property
    def ended(self) -> date | None:
        """The first day on which it is not in force any more, as far as is known."""
        return min((e.on for e in self.events if e.what in ENDS), default=None)

    @property
    def ended_by(self) -> str:
        by = [e.by for e in sorted(self.events) if e.what in ENDS and e.by]
        return by[0] if by else self.successor

    def validity(self, on: date) -> Validity:
        """Its state on a day. What is not known is said to be unknown, never guessed."""
        if self.ended and on >= self.ended:
            return Validity.ENDED
        if (self.issued and on < self.issued) or (self.effective and on < self.effective):
            return Validity.NOT_YET
        if self.effective is None or (self.successor and self.ended is None):
            return Validity.UNKNOWN
        last = [e for e in sorted(self.events) if e.on <= on]
        pauses = [e.what for e in last if e.what in (Happening.SUSPENDED, Happening.RESUMED)]
        if pauses and pauses[-1] is Happening.SUSPENDED:
            return Validity.SUSPENDED
        return Validity.PARTLY if any(e.what is Happening.PARTLY_ENDED for e in last) else Validity.IN_FORCE


def _first(events: Iterable[Event], what: Happening) -> date | None:
    return min((event.on for event in events if event.what is what), default=None)
