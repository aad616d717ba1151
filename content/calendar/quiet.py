"""Quiet hours: times of day at which a platform's readers are better left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from content.finding import Finding
from content.severities import Chosen, severity_of

DEFAULT = "default"
_WRITTEN = re.compile(r"(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)", re.ASCII)


@dataclass(frozen=True)
class Hours:
    """From `start` until before `end`, in the unit's zone; over midnight where `end` is the earlier one."""

    start: time
    end: time

    @classmethod
    def parse(cls, written: str) -> Hours | None:
        """`21:30-06:30`; None for nothing written. Raises ValueError, also for a span without length."""
        if not written.strip():
            return None
        found = _WRITTEN.fullmatch(written.strip())
        if not found:
            raise ValueError(written)
        hour, minute, end_hour, end_minute = map(int, found.groups())
        start, end = time(hour, minute), time(end_hour, end_minute)
        if start == end:
            raise ValueError(written)
        return cls(start, end)

    def covers(self, local: time) -> bool:
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True)
class QuietHours:
    """By channel, by platform, and `default`; the nearest word counts, also one that says: none."""

    by_name: Mapping[str, Hours | None] = field(default_factory=dict)

    def of(self, channel: str, platform: str) -> Hours | None:
        for name in (channel, platform, DEFAULT):
            if name in self.by_name:
                return self.by_name[name]
        return None

    def remark(
        self, at: datetime, channel: str, platform: str, zone: ZoneInfo, chosen: Chosen
    ) -> Finding | None:
        """What is to be said of publishing at this instant (aware), if anything."""
        hours, severity = self.of(channel, platform), severity_of("time.quiet", chosen)
        local = at.astimezone(zone)
        if hours is None or severity is None or not hours.covers(local.time()):
            return None
        values: dict[str, object] = {"channel": channel, "hours": str(hours), "time": f"{local:%H:%M}"}
        return Finding("time.quiet", severity, channel, values)
