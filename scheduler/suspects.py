"""Batches that came to nothing: an outage, or one post that spoils them; nobody can tell which.

So what was in one is asked in ever smaller batches, down to one by one, and in larger ones again as soon as
the channel answers: after an outage of a day a few calls lead back to full size, and one bad post holds up no
other for long. Kept in memory: a new publisher finds out again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

DEEPEST = 7
"""Halved so often, a batch of a hundred is one of a single post."""


class Suspects:
    """How often the batch of each delivery failed as a whole, by channel."""

    def __init__(self) -> None:
        self._times: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def times(self, channel: str, seq: int) -> int:
        return self._times[channel].get(seq, 0)

    def size(self, channel: str, seq: int, at_once: int) -> int:
        """How many may be asked together with this one, itself included."""
        return max(1, at_once >> self.times(channel, seq))

    def failed(self, channel: str, seqs: Iterable[int]) -> None:
        times = self._times[channel]
        for seq in seqs:
            times[seq] = min(times[seq] + 1, DEEPEST)

    def answered(self, channel: str, seqs: Iterable[int]) -> None:
        """These are cleared, and the others of the channel a step less suspected."""
        cleared = set(seqs)
        left = {seq: times - 1 for seq, times in self._times[channel].items() if seq not in cleared}
        self._times[channel] = Counter({seq: times for seq, times in left.items() if times > 0})
