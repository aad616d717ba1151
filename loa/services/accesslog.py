"""Access logs read as a stream: what was read on each day, in memory that does not grow with the log.

Several logs are read side by side in the order of their times, so that a line that stands in two of them
(a copy, a log that was rotated in between) is met within a short time and counted once.
"""

from __future__ import annotations

import gzip
import heapq
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO

from content.counting.logline import Judge, Line
from content.errors import NotFound, UsageError

MOST_FILES = 400
"""All are open at once."""
LONGEST_LINE = 64 * 1024
ORIGINS = 20
"""So many names of where readers came from are kept for a page and day; the others are one."""
OTHERS = "other"
_CHUNK = 1 << 20
_SLACK_S = 3600
"""By so much may the lines of a log be out of order: a line is written when its request ends."""
_GZIP = b"\x1f\x8b"
_DAY_S = 86_400

Progress = Callable[[int, int], None]
"""Told bytes read, and bytes in all (as they lie on the disk)."""


@dataclass
class PageDay:
    """One page on one day. Readers are told apart by address and agent, in memory only, until it is over."""

    views: int = 0
    visitors: int = 0
    origins: Counter[str] = field(default_factory=Counter)
    readers: set[int] = field(default_factory=set, repr=False)

    def add(self, line: Line) -> None:
        self.views += 1
        self.readers.add(line.reader)
        if line.origin:
            known = line.origin in self.origins or len(self.origins) < ORIGINS
            self.origins[line.origin if known else OTHERS] += 1

    def close(self) -> None:
        self.visitors, self.readers = len(self.readers), set()


@dataclass
class Day:
    """All that the logs say of one day. `first_at` and `last_at` are of any line, in seconds since 1970.

    `visitors`: who read two pages is one.
    """

    lines: int = 0
    visitors: int = 0
    first_at: int = 0
    last_at: int = 0
    pages: dict[object, PageDay] = field(default_factory=dict)


@dataclass
class Reading:
    """What came of the logs: by day, and how many lines fell to which rule.

    Beside the verdicts of `Judge` there are `twice` (in two logs) and `order` (of a day that was long over).
    """

    days: dict[date, Day] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def lines(self) -> int:
        return sum(self.verdicts.values())


def read(files: Sequence[Path], judge: Judge, latest_at: float, progress: Progress | None = None) -> Reading:
    """All of the logs, or nothing: raises NotFound or UsageError naming the file that cannot be read.

    A line from after `latest_at` (seconds since 1970) is of a wrong clock and counts as broken.
    """
    if len(files) > MOST_FILES:
        raise UsageError("counter.too_many", count=len(files), most=MOST_FILES)
    told, open_days, now_at = Reading(), dict[date, Day](), 0
    for line in _lines(files, judge, latest_at, told.verdicts, progress):
        now_at = max(now_at, line.at)
        day = open_days.get(line.day)
        if day is None:
            if line.day in told.days or now_at - line.at > _DAY_S + _SLACK_S:
                told.verdicts["order"] += 1
                continue
            for over in [d for d, one in open_days.items() if now_at - one.last_at > _DAY_S + _SLACK_S]:
                told.days[over] = _closed(open_days.pop(over))
            day = open_days[line.day] = Day(first_at=line.at, last_at=line.at)
        told.verdicts[line.verdict] += 1
        day.lines += 1
        if line.at > day.last_at:
            day.last_at = line.at
        elif line.at < day.first_at:
            day.first_at = line.at
        if line.verdict == "view":
            day.pages.setdefault(line.page, PageDay()).add(line)
    told.days.update({name: _closed(day) for name, day in open_days.items()})
    return told


def _closed(day: Day) -> Day:
    day.visitors = len(set[int]().union(*(page.readers for page in day.pages.values())))
    for page in day.pages.values():
        page.close()
    return day


def _lines(
    files: Sequence[Path],
    judge: Judge,
    latest_at: float,
    verdicts: Counter[str],
    progress: Progress | None,
) -> Iterator[Line]:
    """Every line with a time, in the order of times, once."""
    sizes = {}
    for file in files:
        try:
            sizes[file] = file.stat().st_size
        except OSError as error:
            raise NotFound("counter.no_file", file=file, why=error.strerror or error) from None
    done = dict.fromkeys(files, 0)

    def advanced(file: Path, position: int) -> None:
        done[file] = position
        if progress:
            progress(sum(done.values()), sum(sizes.values()))

    def of(place: int, file: Path, *, hashed: bool) -> Iterator[tuple[int, int, int, Line]]:
        highest = 0
        for written in _written(file, advanced):
            line = judge.read(written)
            if line.verdict == "broken" or line.at > latest_at:
                verdicts["broken"] += 1
                continue
            highest = max(highest, line.at)
            # a copy that came by way of Windows ends its lines in another way
            yield highest, place, hash(written.rstrip(b"\r")) if hashed else 0, line

    if len(files) == 1:
        for _, _, _, line in of(0, files[0], hashed=False):
            yield line
        return
    window = _Window()
    for at, place, what, line in heapq.merge(
        *(of(place, file, hashed=True) for place, file in enumerate(files)), key=lambda one: one[0]
    ):
        if window.is_new(at, place, what):
            yield line
        else:
            verdicts["twice"] += 1


class _Window:
    """The lines of the last hour or two, to know one again that stands in several logs.

    Two equal lines in one log are two requests; the same two lines in a copy are still two.
    """

    def __init__(self) -> None:
        self._now: dict[int, dict[int, int]] = {}
        self._before: dict[int, dict[int, int]] = {}
        self._since_at = 0

    def is_new(self, at: int, place: int, what: int) -> bool:
        if at - self._since_at > _SLACK_S:
            self._before = self._now if at - self._since_at <= 2 * _SLACK_S else {}
            self._now, self._since_at = {}, at
        seen = self._now.get(what)
        if seen is None:
            seen = self._now[what] = self._before.pop(what, {})
        counted = max(seen.values(), default=0)
        seen[place] = seen.get(place, 0) + 1
        return seen[place] > counted


def _written(file: Path, advanced: Callable[[Path, int], None]) -> Iterator[bytes]:
    """The lines of a log, plain or gzip, by its first bytes; one that is too long is a broken line."""
    with ExitStack() as opened:
        try:
            raw: IO[bytes] = opened.enter_context(file.open("rb"))
            stream: IO[bytes] | gzip.GzipFile = raw
            if raw.read(2) == _GZIP:
                stream = opened.enter_context(gzip.GzipFile(fileobj=raw))
            raw.seek(0)
            rest, skipping = b"", False
            while chunk := stream.read(_CHUNK):
                lines = (rest + chunk).split(b"\n")
                rest = lines.pop()
                if skipping and lines:
                    lines[0], skipping = b"", False
                yield from (line for line in lines if line)
                if len(rest) > LONGEST_LINE:
                    if not skipping:
                        yield b"?"  # broken
                    rest, skipping = b"", True
                advanced(file, raw.tell())
            if rest and not skipping:
                yield rest
        except (OSError, EOFError, zlib.error) as error:
            raise UsageError("counter.bad_file", file=file, why=error) from None
