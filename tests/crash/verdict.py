"""What became of each delivery: a named state, and what the public sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from loa.services import channels, deliveries
from tests.crash.platforms import Platform, Seen
from tests.support.office import Office

NEEDS_A_PERSON = ("unknown", "held", "failed", "missed")


@dataclass(frozen=True)
class Verdict:
    """Of one delivery, read after a publisher went out of work; `public` is all that its channel shows."""

    view: deliveries.DeliveryView
    attempts: list[deliveries.AttemptView]
    channel_reason: str
    public: list[Seen]

    @classmethod
    def on_all(cls, office: Office, platforms: Mapping[str, Platform]) -> list[Verdict]:
        """One for each delivery in an office; `platforms` by channel."""
        return [
            cls(
                view,
                deliveries.dossier(office.workspace, view.id).attempts,
                channels.get(office.workspace, view.channel).state_reason,
                platforms[view.channel].public(office.folder),
            )
            for view in deliveries.listing(office.workspace)
        ]

    @property
    def is_published(self) -> bool:
        return self.view.status == "published" and self.view.verified_at is not None

    @property
    def is_lost(self) -> bool:
        """Not public, and no person is told so."""
        return not self.public and self.view.status not in NEEDS_A_PERSON

    @property
    def killed_in(self) -> list[str]:
        """The steps in which publishers died, in order."""
        return [attempt.step for attempt in self.attempts if attempt.outcome == "interrupted"]

    @property
    def reason(self) -> str:
        return f"{self.view.last_error} {self.channel_reason}"

    def named_after(self, start: datetime) -> timedelta:
        """From a publisher's start, or from the due minute when that is later, to the state it is in."""
        from_then = max(start, self.view.due_at or start)
        deciding = [a for a in self.attempts if a.step != "verify" or not self.is_published]
        ends = [a.ended_at for a in deciding if a.ended_at]
        return max((end - from_then for end in ends), default=timedelta())

    def story(self) -> str:
        """For a person who reads of a failure."""
        tried = (f"  {a.step}: {a.outcome} {a.evidence}" for a in self.attempts)
        return "\n".join([f"{self.view}", *tried])
