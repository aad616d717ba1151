"""A platform in memory for tests of the queue: it does what it is told to do next, and remembers what it was asked.

Every reveal that it accepts makes another public object: nothing but the scheduler keeps a post from twins.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from connectors.contract import Capabilities, Handle, Health, Job, Pending, Published, Save
from connectors.errors import (
    AuthLost,
    ConnectorError,
    NotPrepared,
    NotSent,
    NotYet,
    Refused,
    Throttled,
    Unknown,
)
from content.finding import Finding
from content.limits import Limits
from content.variant import Variant

Answer = Literal[
    "yes",
    "pending",
    "accepted, no answer",
    "lost on the way",
    "not sent",
    "not prepared",
    "not yet",
    "throttled",
    "refused",
    "auth lost",
    "fault",
]
ANSWERS: tuple[Answer, ...] = Answer.__args__  # type: ignore[attr-defined]
CAPABILITIES = Capabilities(
    platform="memory",
    limits=Limits(text_max=10_000),
    lead=timedelta(minutes=10),
    reveal="repeatable",
    settle_after=(timedelta(0), timedelta(minutes=2)),
)


@dataclass
class Memory:
    """One channel. `public` and `asked` are by delivery; `answer` is what it does to the next call."""

    once: bool = False
    public: dict[str, list[str]] = field(default_factory=dict)
    """The texts that readers see."""
    asked: dict[str, list[str]] = field(default_factory=dict)
    """Reveals and read-backs: `yes`, `no`, `doubt` (may be public), `seen` and `not seen`."""
    answer: Answer = "yes"
    now: datetime | None = None

    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, reveal="once") if self.once else CAPABILITIES

    def check(self, variant: Variant) -> list[Finding]:
        return []

    def health(self) -> Health:
        return Health(True)

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        if error := self._error(job):
            raise error
        save({"text": job.variant.text})
        return {"text": job.variant.text}

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        error, told = self._error(job), self.asked.setdefault(job.delivery, [])
        accepted = self.answer in ("yes", "pending", "accepted, no answer")
        if accepted:
            self.public.setdefault(job.delivery, []).append(job.variant.text)
        told.append("yes" if error is None else "doubt" if isinstance(error, Unknown) else "no")
        if error:
            raise error
        if self.answer == "pending":
            return Pending(job.delivery, timedelta(seconds=30))
        return Published(job.delivery)

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        if error := self._reading_error(job):
            raise error
        return pending if self.answer == "pending" else Published(job.delivery)

    def find(self, job: Job, handle: Handle) -> list[Published]:
        if error := self._reading_error(job):
            raise error
        found = self.public.get(job.delivery, [])
        self.asked.setdefault(job.delivery, []).append("seen" if found else "not seen")
        return [Published(f"{job.delivery}/{number}") for number in range(len(found))]

    def _error(self, job: Job) -> ConnectorError | None:
        if self.answer == "fault":  # of ours, after the bytes left
            self.public.setdefault(job.delivery, [])
            return Unknown("memory:fault")
        return {
            "accepted, no answer": Unknown("memory:cut"),
            "lost on the way": Unknown("memory:cut"),
            "not sent": NotSent("memory:dns"),
            "not prepared": NotPrepared("memory:gone"),
            "not yet": NotYet("memory:picture", retry_at=job.due_at + timedelta(minutes=1)),
            "throttled": Throttled("memory:limit"),
            "refused": Refused("memory:no"),
            "auth lost": AuthLost("memory:token"),
        }.get(self.answer)

    def _reading_error(self, job: Job) -> ConnectorError | None:
        """A read that gets no answer has not happened."""
        error = self._error(job)
        return NotSent("memory:read") if isinstance(error, Unknown | Refused | NotPrepared | NotYet) else error
