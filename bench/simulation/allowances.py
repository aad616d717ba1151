"""What platforms allow: who shares an allowance with whom, what is taken of it, and when it says no."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bench.simulation import facts
from bench.simulation.facts import Call
from bench.simulation.resources import Day, Window, reset_after

Sharing = Literal["one", "province", "unit"]
Key = tuple[str, int]
"""A limit's name, and who holds it: a unit, a province, or 0 for all."""


class Allowances:
    """Of every platform, project and channel. Times in seconds after `zero`."""

    def __init__(self, units: int, sharing: Sharing, *, worst: bool, zero: datetime) -> None:
        self._units, self._sharing, self._worst, self._zero = units, sharing, worst, zero
        self._windows: dict[Key, Window | Day] = {}
        self.taken: dict[Key, list[tuple[float, int]]] = {}
        """What was taken of each, and when."""

    def refused(self, call: Call, platform: str, unit: int, now: float) -> float | None:
        """Until when the lane rests, if the platform says that it was too much."""
        for name, cost in call.spends.items():
            window = self._window(name, unit)
            if window is not None and window.room(now) < cost:
                if isinstance(window, Day):
                    return reset_after(self._zero, now)
                return now + facts.REST[platform].total_seconds()
        return None

    def spend(self, call: Call, unit: int, now: float) -> None:
        for name, cost in call.spends.items():
            if (window := self._window(name, unit)) is not None:
                window.take(now, cost)
                self.taken.setdefault(self._key(name, unit), []).append((now, cost))

    def _key(self, name: str, unit: int) -> Key:
        if facts.limits()[name].per == "channel" or self._sharing == "unit":
            return name, unit
        if self._sharing == "one":
            return name, 0
        return name, unit * facts.PROVINCES // max(facts.COMMUNES, self._units)

    def _window(self, name: str, unit: int) -> Window | Day | None:
        key = self._key(name, unit)
        if key not in self._windows:
            limit = facts.limits()[name]
            amount = limit.worst if self._worst else limit.best
            if amount is None:
                return None
            if limit.each_unit:
                amount *= self._sharers()
            day = limit.window_s is None
            self._windows[key] = Day(amount, self._zero) if day else Window(amount, limit.window_s or 0)
        return self._windows[key]

    def _sharers(self) -> int:
        of_a_province = facts.COMMUNES // facts.PROVINCES
        most = {"one": self._units, "province": of_a_province, "unit": 1}
        return min(self._units, most[self._sharing])
