"""Totals over the ledger of attempts, counted on from where the last look ended.

A counter must never go back and a scrape must not read a million rows. So what was counted is kept, by the
highest id that was seen: each look reads the rows after it, and those that were still open then. On a server
several write at once, so a higher id may be there before a lower one: what is not settled yet waits for a
later look. The totals are a function of the rows alone; the file they are kept in is a cache that may be
deleted at any time.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, case, cast, extract, func, select, text

from content.events import about
from scheduler.policy import Step
from scheduler.store.database import Database
from scheduler.store.tables import attempt, channel, delivery

log = logging.getLogger("loa.metrics")

BUCKETS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""Upper bounds of lateness: the promise is a second, a deadline is counted in hours."""
AT_ONCE = 20_000
"""Rows of one statement: some tens of milliseconds, in which nobody is kept from writing."""
MOST_OPEN = 10_000
"""Attempts that may be under way at one moment; there are no more lanes at work."""
SETTLES_S = 0.02
"""Between two looks at transactions that are under way."""
_TRANSACTIONS = text(
    "SELECT pg_snapshot_xmin(now.seen)::text::bigint, pg_snapshot_xmax(now.seen)::text::bigint"
    " FROM pg_current_snapshot() AS now (seen)"
)
FILE = ".metrics.json"
_FORMAT = 1

LATE, OTHER = "late", "other"
"""Of a worker that had lost its lane, and of what is in no list: labels stay few whatever stands in a row."""
STEPS = frozenset({*Step, "remove", "clean"})
OUTCOMES = frozenset(
    {
        *("prepared", "published", "pending", "handed_over", "recalled", "done"),
        *("seen_public", "not_seen", "not_public", "not_read", "twins", "too_late"),
        *("missed", "held", "throttled", "auth_lost", "refused", "unclear", "gave_up", "not_yet", "retry"),
        *("needs_a_person", "interrupted", "trouble", LATE),
    }
)
_PLATFORM = re.compile(r"[a-z0-9_-]{1,40}", re.ASCII)

Key = tuple[str, str, str]


@dataclass
class Totals:
    """What all attempts up to one id came to."""

    attempts: Counter[Key] = field(default_factory=Counter)
    """By platform, step and outcome; those that are under way are not among them."""
    lateness: dict[str, list[int]] = field(default_factory=dict)
    """By platform: how many reveals fell into each bucket, the last one open."""
    lateness_ms: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    open: set[int] = field(default_factory=set)
    anchor: str = ""
    """What the row `seen` said: another database, or an older one put back, has another there."""


@dataclass
class _Settled:
    """Up to which id nothing more can appear: on a server an id is drawn some time before its commit.

    Every writer draws ids after it has changed rows, or alone, so those that are under way can be told by
    their transactions: once all that ran when `mark` was the newest id have ended, nothing below it comes.
    """

    to: int = 0
    mark: int = 0
    running: int = 0
    """The first transaction that had not begun when `mark` was the newest."""

    def look(self, connection: Connection, newest: int) -> int:
        if connection.dialect.name == "sqlite":  # one writer at a time
            return newest
        oldest, following = connection.execute(_TRANSACTIONS).one()
        if oldest == following:  # nobody writes
            self.to = newest
        elif self.mark and oldest >= self.running:
            self.to, self.mark = max(self.to, self.mark), 0
        if not self.mark and self.to < newest:
            self.mark, self.running = newest, following
        return self.to


class Ledger:
    """The totals of one database; `look` brings them up to date."""

    def __init__(self, database: Database, cache: Path | None = None) -> None:
        self._database = database
        self._cache = cache
        self._kept_at = 0
        self.totals = Totals()
        self._settled = _Settled()
        if cache is not None:
            with suppress(OSError, ValueError, KeyError, TypeError):  # none yet, or not ours: count anew
                self.totals = _parsed(json.loads(cache.read_text("utf-8")))
                self._kept_at = self.totals.seen

    def look(
        self,
        budget_s: float | None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> int:
        """Count what is new, for at most `budget_s`; returns how many rows are still to be counted.

        Until that is 0 the totals are short of the truth and nobody is to be shown them.
        """
        until = None if budget_s is None else clock() + budget_s
        while True:
            with self._database.instant() as connection:
                newest = connection.execute(select(func.max(attempt.c.id))).scalar() or 0
                if self._is_another(connection, newest):
                    self.totals, self._settled = Totals(), _Settled()
                settled = max(self._settled.look(connection, newest), self.totals.seen)
                self._count_closed(connection)
                self._count_next(connection, settled)
            # Whoever has counted before may lag behind those who write; else there is nothing to show yet.
            left = max(0, (settled or newest) - self.totals.seen)
            if not left or (until is not None and clock() >= until):
                break
            if self.totals.seen >= settled:
                pause(SETTLES_S)
        if self.totals.seen - self._kept_at >= AT_ONCE:
            self.keep()
        return left

    def keep(self) -> None:
        """Write the totals beside the database; whoever cannot counts anew the next time."""
        if self._cache is None or self.totals.seen == self._kept_at:
            return
        draft = self._cache.with_name(f"{self._cache.name}.{os.getpid()}")
        try:
            draft.write_text(json.dumps(_written(self.totals)), "utf-8")
            draft.replace(self._cache)
            self._kept_at = self.totals.seen
        except OSError as error:
            log.debug("the totals were not kept: %s", error, extra=about("metrics.failed"))
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def _is_another(self, connection: Connection, newest: int) -> bool:
        if not self.totals.seen:
            return False
        return newest < self.totals.seen or _anchor(connection, self.totals.seen) != self.totals.anchor

    def _count_closed(self, connection: Connection) -> None:
        """Those that were under way at an earlier look and no longer are; one that is gone is forgotten."""
        still: set[int] = set()
        waiting = sorted(self.totals.open)
        for start in range(0, len(waiting), 500):
            some = waiting[start : start + 500]
            _add(self.totals, connection, attempt.c.id.in_(some))
            open_now = select(attempt.c.id).where(attempt.c.id.in_(some), attempt.c.ended_at.is_(None))
            still |= set(connection.execute(open_now).scalars())
        self.totals.open = still

    def _count_next(self, connection: Connection, settled: int) -> None:
        fresh = (attempt.c.id > self.totals.seen) & (attempt.c.id <= settled)
        after = select(attempt.c.id).where(fresh).order_by(attempt.c.id).limit(AT_ONCE)
        last = connection.execute(select(func.max(after.subquery().c.id))).scalar()
        if last is None:
            return
        these = attempt.c.id.between(self.totals.seen + 1, last)
        _add(self.totals, connection, these)
        under_way = select(attempt.c.id).where(these, attempt.c.ended_at.is_(None)).limit(MOST_OPEN)
        self.totals.open |= set(connection.execute(under_way).scalars())
        self.totals.seen, self.totals.anchor = last, _anchor(connection, last)


def _anchor(connection: Connection, number: int) -> str:
    row = connection.execute(
        select(attempt.c.delivery_seq, attempt.c.fence, attempt.c.worker).where(attempt.c.id == number)
    ).first()
    return ":".join(map(str, row)) if row else ""


def _add(totals: Totals, connection: Connection, which: ColumnElement[bool]) -> None:
    """Add closed attempts, counted by the database: only sums come over."""
    joined = attempt.join(delivery, delivery.c.seq == attempt.c.delivery_seq).join(
        channel, channel.c.id == delivery.c.channel_id
    )
    over = attempt.c.ended_at.is_not(None)
    counted = (
        select(channel.c.platform, attempt.c.step, attempt.c.outcome, func.count())
        .select_from(joined)
        .where(which, over)
        .group_by(channel.c.platform, attempt.c.step, attempt.c.outcome)
    )
    for platform, step, outcome, number in connection.execute(counted):
        totals.attempts[labels(platform, step, outcome)] += number
    late_ms = _late_ms(connection)
    bucket = case(
        *((late_ms <= round(bound * 1000), place) for place, bound in enumerate(BUCKETS_S)),
        else_=len(BUCKETS_S),
    )
    shown = (attempt.c.step == Step.REVEAL) & (attempt.c.outcome == "published")
    measured = (
        select(channel.c.platform, bucket, func.count(), func.sum(late_ms))
        .select_from(joined)
        .where(which, over, shown, late_ms.is_not(None))
        .group_by(channel.c.platform, bucket)
    )
    for platform, place, number, total in connection.execute(measured):
        name = platform_label(platform)
        totals.lateness.setdefault(name, [0] * (len(BUCKETS_S) + 1))[place] += number
        totals.lateness_ms[name] += int(total)


def _late_ms(connection: Connection) -> ColumnElement[int]:
    """How long after its minute a reveal began, in milliseconds; null where a time cannot be read."""
    began, due = attempt.c.started_at, delivery.c.due_at
    if connection.dialect.name == "sqlite":
        between: ColumnElement[Any] = (func.julianday(began) - func.julianday(due)) * 86_400_000
    else:
        between = extract("epoch", began - due) * 1000
    whole: ColumnElement[int] = cast(func.round(between), BigInteger)
    return case((whole < 0, 0), else_=whole)


def labels(platform: str, step: str, outcome: str) -> Key:
    """The three labels of an attempt, each out of a short list."""
    named = LATE if outcome.startswith("late:") else outcome if outcome in OUTCOMES else OTHER
    return platform_label(platform), step if step in STEPS else OTHER, named


def platform_label(platform: str) -> str:
    return platform if _PLATFORM.fullmatch(platform or "") else OTHER


def _written(totals: Totals) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "buckets": list(BUCKETS_S),
        "attempts": [[*key, number] for key, number in sorted(totals.attempts.items())],
        "lateness": totals.lateness,
        "lateness_ms": dict(totals.lateness_ms),
        "seen": totals.seen,
        "open": sorted(totals.open),
        "anchor": totals.anchor,
    }


def _parsed(raw: dict[str, Any]) -> Totals:
    if raw["format"] != _FORMAT or raw["buckets"] != list(BUCKETS_S):
        raise ValueError("of another version")
    lateness = {str(name): _whole(numbers) for name, numbers in raw["lateness"].items()}
    if any(len(numbers) != len(BUCKETS_S) + 1 for numbers in lateness.values()):
        raise ValueError("not ours")
    return Totals(
        Counter({labels(p, s, o): int(n) for p, s, o, n in raw["attempts"]}),
        lateness,
        Counter({str(name): int(number) for name, number in raw["lateness_ms"].items()}),
        int(raw["seen"]),
        set(_whole(raw["open"])),
        str(raw["anchor"]),
    )


def _whole(numbers: Iterable[Any]) -> list[int]:
    return [int(number) for number in numbers]


def cumulative(numbers: Collection[int]) -> list[int]:
    """Buckets as Prometheus wants them: each with all that are below it."""
    total, summed = 0, []
    for number in numbers:
        total += number
        summed.append(total)
    return summed
