"""One time for the platforms, the tests and the publishers that come and go: a number in a shared file.

It stands still while anybody works and jumps when a publisher has nothing to do (`failpoints`), so that a
lease, a read-back's wait or a platform's half hour of processing costs no time.
"""

from __future__ import annotations

import mmap
import struct
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.clock import TestClock

START = datetime(2040, 11, 8, 23, 0, tzinfo=UTC)
"""Years ahead, so that APScheduler's own alarms, which follow the machine's clock, never ring."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER = struct.Struct("q")


class SharedClock(TestClock):
    """A clock that all processes with the same file see move. Also a `Callable`, as platforms want one."""

    def __init__(self, file: Path, start: datetime | None = None) -> None:
        if start:
            file.write_bytes(bytes(_NUMBER.size))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _NUMBER.size)
        self.file = file
        self._moving = threading.Lock()
        if start:
            self.instant = start

    def __call__(self) -> datetime:
        return self.instant

    @property
    def instant(self) -> datetime:
        (microseconds,) = _NUMBER.unpack(self._memory[:])
        return _EPOCH + timedelta(microseconds=microseconds)

    @instant.setter
    def instant(self, to: datetime) -> None:
        self._memory[:] = _NUMBER.pack((to - _EPOCH) // _MICROSECOND)

    def forward(self, seconds: float = 0.0, **by: float) -> datetime:
        with self._moving:
            return super().forward(seconds=seconds, **by)
