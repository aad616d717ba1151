"""Which deliveries the table shows: everything, a few groups that officers think in, or one status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from content.wording import say
from loa.speech import status_word
from scheduler.status import SENDABLE, Status


@dataclass(frozen=True)
class Filter:
    """A set of statuses; none means all of them."""

    name: str
    statuses: tuple[Status, ...]

    @property
    def word(self) -> str:
        return say(f"tui.filter.{self.name}") if self.name in GROUPS else status_word(self.name)

    def count(self, counts: Mapping[str, int]) -> int:
        """How many deliveries there are in it."""
        return sum(
            number for status, number in counts.items() if not self.statuses or status in self.statuses
        )


_OVER = {Status.PUBLISHED, Status.CANCELLED, Status.REMOVED}
_ATTENTION = {Status.UNKNOWN, Status.HELD, Status.FAILED, Status.MISSED}


def _group(name: str, statuses: set[Status] | frozenset[Status]) -> Filter:
    return Filter(name, tuple(status for status in Status if status in statuses))


GROUPS = {
    group.name: group
    for group in (
        _group("all", set()),
        _group("open", set(Status) - _OVER),
        _group("waiting", SENDABLE | {Status.REVEALING}),
        _group("attention", _ATTENTION),
        _group("published", {Status.PUBLISHED}),
        _group("drafts", {Status.DRAFT, Status.IN_REVIEW}),
    )
}


def ring(counts: Mapping[str, int]) -> list[Filter]:
    """What one key steps through: the groups, then each single status that there is."""
    single = [Filter(status, (status,)) for status in Status if counts.get(status)]
    return [*GROUPS.values(), *(one for one in single if one.name not in GROUPS)]
