"""What deliveries queue for: a core, a line, a database, a platform's allowance. All times in seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from bench.simulation.facts import COMMITS_TOGETHER
from connectors.youtube.quota import next_reset

At = Callable[[float, Callable[[], None]], None]
"""Do this at that time."""


class Server:
    """One thing at a time, in the order of asking: a core (Python's lock lets one thread compute), a line."""

    def __init__(self) -> None:
        self.free_at = float("-inf")
        self.busy_s = 0.0

    def use(self, now: float, seconds: float) -> float:
        """When it is done."""
        self.free_at = max(self.free_at, now) + seconds
        self.busy_s += seconds
        return self.free_at


class Cores:
    """Several of them; whoever asks gets the one that is free first."""

    def __init__(self, count: int) -> None:
        self._cores = [Server() for _ in range(count)]

    def use(self, now: float, seconds: float) -> float:
        return min(self._cores, key=lambda core: core.free_at).use(now, seconds)

    @property
    def busy_s(self) -> float:
        return sum(core.busy_s for core in self._cores)


class Commits:
    """Group commit of one process: what comes while one is being written goes out together in the next."""

    def __init__(self, first_s: float, more_s: float, shared: Server | None, at: At) -> None:
        self._first_s, self._more_s, self._shared, self._at = first_s, more_s, shared, at
        self._waiting: list[tuple[int, Callable[[], None]]] = []
        self._writing = False

    def commit(self, now: float, rows: int, then: Callable[[], None]) -> None:
        self._waiting.append((rows, then))
        if not self._writing:
            self._write(now)

    def _write(self, now: float) -> None:
        together, self._waiting = self._waiting, []
        self._writing = True
        begun = self._shared.use(now, 1 / COMMITS_TOGETHER) - 1 / COMMITS_TOGETHER if self._shared else now
        done = begun + self._first_s + self._more_s * (sum(rows for rows, _ in together) - 1)
        self._at(done, lambda: self._written(done, together))

    def _written(self, now: float, together: list[tuple[int, Callable[[], None]]]) -> None:
        self._writing = False
        if self._waiting:
            self._write(now)
        for _, then in together:
            then()


class Window:
    """So many in any window of `seconds`: one that slides, the stricter of the two ways to count."""

    def __init__(self, amount: int, seconds: float) -> None:
        self.amount, self._seconds = amount, seconds
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def room(self, now: float) -> int:
        while self._taken and self._taken[0][0] <= now - self._seconds:
            self._sum -= self._taken.popleft()[1]
        return self.amount - self._sum

    def take(self, now: float, cost: int) -> None:
        self._taken.append((now, cost))
        self._sum += cost


class Day:
    """So many until midnight in California. `zero` is the instant that the simulation counts from."""

    def __init__(self, amount: int, zero: datetime) -> None:
        self.amount, self._zero = amount, zero
        self._left, self._until = amount, float("-inf")

    def room(self, now: float) -> int:
        if now >= self._until:
            self._left, self._until = self.amount, reset_after(self._zero, now)
        return self._left

    def take(self, _: float, cost: int) -> None:
        self._left -= cost


def reset_after(zero: datetime, now: float) -> float:
    """Seconds from `zero` to the next time Google fills its buckets."""
    return (next_reset(zero + timedelta(seconds=now)) - zero).total_seconds()
