"""What a scrape is answered with. Every figure is read from the rows; what is not known is left out.

Names follow Prometheus' conventions: base units, `_total` for counters, `_timestamp_seconds` for instants.
Labels come out of short lists or are ids of channels and workers, at most so many; never a title, a person's
name or a secret.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from content.errors import LoaError
from content.events import about
from content.wording import say
from loa import __version__
from loa.services import health, stopping
from loa.services.metrics.ledger import BUCKETS_S, OTHER, Ledger, cumulative, platform_label
from loa.services.workspace import Workspace
from scheduler import presence, unserved
from scheduler.status import SENDABLE, Status
from scheduler.store import tally
from scheduler.store.tables import attempt, channel, delivery, lane, standing

log = logging.getLogger("loa.metrics")

BUDGET_S = 1.0
"""Of a scrape, for attempts that were not counted yet: Prometheus waits 10 s."""
CALLS = ("reveal", "hand_over", "recall", "remove")
"""Steps that leave a doubt behind when no answer comes."""
MOST_WORKERS = MOST_ZONES = 100
SOON = timedelta(days=60)
"""Access that ends later is told of in the sums alone."""

Families = Iterator[Metric]


@dataclass(frozen=True)
class Described:
    """A metric's kind, labels and what it says, as the scrape and the documents tell it."""

    kind: str
    labels: tuple[str, ...]
    text: str


METRICS: dict[str, Described] = {
    "loa_build": Described("info", (), "The version that answers, and the kind of its database."),
    "loa_database_up": Described("gauge", (), "1 when the database could be read for this scrape, else 0."),
    "loa_deliveries": Described("gauge", ("state",), "Deliveries by state."),
    "loa_deliveries_overdue": Described(
        "gauge", (), "Deliveries whose minute has come and that are not out."
    ),
    "loa_overdue_seconds": Described("gauge", (), "How long the oldest of them waits; 0 when there is none."),
    "loa_next_wake_timestamp_seconds": Described("gauge", (), "When the machine has something to do next."),
    "loa_oldest_doubt_seconds": Described(
        "gauge", (), "Since when the oldest delivery may or may not be public; absent when none is in doubt."
    ),
    "loa_attempts": Described(
        "counter", ("platform", "step", "outcome"), "Finished attempts of the ledger, since the first one."
    ),
    "loa_attempts_uncounted": Described(
        "gauge", (), "Attempts still to be counted; until it is 0 loa_attempts and loa_lateness are left out."
    ),
    "loa_lateness_seconds": Described(
        "histogram", ("platform",), "From a post's minute to the start of the call that made it public."
    ),
    "loa_channels": Described("gauge", ("platform", "state"), "Channels by state."),
    "loa_lanes": Described(
        "gauge",
        ("platform", "state"),
        "Lanes by what they do: working, resting after trouble, failing, idle.",
    ),
    "loa_channel_trouble": Described(
        "gauge", ("channel", "platform", "kind"), "1 for a channel that is stopped, resting or failing."
    ),
    "loa_channel_access": Described(
        "gauge", ("platform", "left"), "Channels by how long their access lasts."
    ),
    "loa_token_expiry_timestamp_seconds": Described(
        "gauge", ("channel", "platform"), "When a channel's access ends, of those with less than 60 days."
    ),
    "loa_publisher_heartbeat_age_seconds": Described(
        "gauge", (), "Since the publisher that was heard of last was heard of."
    ),
    "loa_worker_heartbeat_age_seconds": Described(
        "gauge", ("worker",), "The same of each that should be at work."
    ),
    "loa_unserved_channels": Described(
        "gauge", ("zone",), "Channels with work to come that no living worker takes; no zone: an empty label."
    ),
    "loa_freezes": Described("gauge", (), "Freezes in force."),
    "loa_backup_timestamp_seconds": Described("gauge", (), "The last whole backup."),
    "loa_audit_check_timestamp_seconds": Described("gauge", (), "When the audit's chain was last walked."),
    "loa_audit_intact": Described("gauge", (), "1 when that found the chain whole, else 0."),
    "loa_clock_skew_seconds": Described("gauge", (), "How far this clock is ahead of the platforms'."),
    "loa_disk_free_bytes": Described("gauge", (), "Free space where the workspace lies."),
    "loa_disk_size_bytes": Described("gauge", (), "The size of that disk."),
    "loa_scrape_seconds": Described("gauge", (), "How long this answer took to read."),
}
"""Every metric; docs/guide/theo-doi.md and docs/grafana/loa.json are held to this list by a test."""

ACCESS = ("expired", "under_7d", "under_30d", "over_30d", "unknown")
_DAYS = (("expired", 0), ("under_7d", 7), ("under_30d", 30))


class Figures(Collector):
    """One workspace's figures for a registry. Scrapes come one at a time; none ever raises."""

    def __init__(self, workspace: Workspace, ledger: Ledger, *, budget_s: float | None = BUDGET_S) -> None:
        self._workspace = workspace
        self._ledger = ledger
        self._budget_s = budget_s
        self._one_at_a_time = threading.Lock()
        self._failing = False

    def describe(self) -> Iterable[Metric]:
        """Named without being read: a registry asks when it is built."""
        return [_family(name) for name in METRICS]

    def collect(self) -> Iterable[Metric]:
        with self._one_at_a_time:
            began = time.monotonic()
            found = [self._build(), *self._read()]
            took = _family("loa_scrape_seconds")
            took.add_metric([], time.monotonic() - began)
            return [*found, took]

    def _build(self) -> Metric:
        kind = "sqlite" if self._workspace.database.is_sqlite else "postgresql"
        family = InfoMetricFamily("loa_build", METRICS["loa_build"].text)
        family.add_metric([], {"version": __version__, "database": kind})
        return family

    def _read(self) -> list[Metric]:
        try:
            with self._workspace.database.read() as connection:
                found = list(self._families(connection, self._workspace.now()))
            found += self._of_the_ledger()
        except (SQLAlchemyError, LoaError, OSError) as error:
            if not self._failing:  # once: a scrape comes every few seconds
                kind = type(error).__name__
                log.warning(
                    say("logs.metrics_failed", trouble=kind), extra=about("metrics.failed", error=kind)
                )
            self._failing = True
            return [_one("loa_database_up", 0)]
        self._failing = False
        return [_one("loa_database_up", 1), *found]

    def _families(self, connection: Connection, now: datetime) -> Families:
        yield from _deliveries(connection, now)
        yield from _channels(connection, now, self._workspace.config.metrics.channels)
        yield from _people_and_machine(self._workspace, connection, now)

    def _of_the_ledger(self) -> Families:
        left = self._ledger.look(self._budget_s)
        yield _one("loa_attempts_uncounted", left)
        if left:
            return
        totals = self._ledger.totals
        counted = CounterMetricFamily(
            "loa_attempts", METRICS["loa_attempts"].text, labels=METRICS["loa_attempts"].labels
        )
        for key, number in sorted(totals.attempts.items()):
            counted.add_metric(key, number)
        yield counted
        name = "loa_lateness_seconds"
        late = HistogramMetricFamily(name, METRICS[name].text, labels=METRICS[name].labels)
        bounds = [*map(str, BUCKETS_S), "+Inf"]
        for platform, numbers in sorted(totals.lateness.items()):
            buckets = list(zip(bounds, map(float, cumulative(numbers)), strict=True))
            late.add_metric([platform], buckets, totals.lateness_ms[platform] / 1000)
        yield late


# ---- what is read


def _deliveries(connection: Connection, now: datetime) -> Families:
    depth = Counter[str]()
    for state, number in tally.counts(connection).items():
        depth[state if state in list(Status) else OTHER] += number
    told = _family("loa_deliveries")
    for state in (*Status, *([OTHER] if depth[OTHER] else [])):
        told.add_metric([str(state)], depth[state])
    yield told
    due = [(delivery.c.status == state) & (delivery.c.due_at <= now) for state in sorted(SENDABLE)]
    overdue = [
        connection.execute(select(func.count(), func.min(delivery.c.due_at)).where(one)).one() for one in due
    ]
    yield _one("loa_deliveries_overdue", sum(number for number, _ in overdue))
    oldest = min((first for _, first in overdue if first is not None), default=None)
    yield _one("loa_overdue_seconds", (now - oldest).total_seconds() if oldest else 0.0)
    wake = connection.execute(select(func.min(delivery.c.wake_at)).where(delivery.c.wake_at > now)).scalar()
    if wake is not None:
        yield _one("loa_next_wake_timestamp_seconds", wake.timestamp())
    called = (
        select(func.max(attempt.c.started_at))
        .where(attempt.c.delivery_seq == delivery.c.seq, attempt.c.step.in_(CALLS))
        .scalar_subquery()
    )
    doubt = select(func.min(func.coalesce(called, delivery.c.updated_at))).where(
        delivery.c.status == Status.UNKNOWN
    )
    since = connection.execute(doubt).scalar()
    if since is not None:
        yield _one("loa_oldest_doubt_seconds", max(0.0, (now - since).total_seconds()))


def _channels(connection: Connection, now: datetime, most: int) -> Families:
    family = _family("loa_channels")
    states = select(channel.c.platform, channel.c.state, func.count()).group_by(
        channel.c.platform, channel.c.state
    )
    numbers = Counter[tuple[str, str]]()
    for platform, state, number in connection.execute(states):
        numbers[platform_label(platform), state if state in ("ok", "stopped") else OTHER] += number
    _add_all(family, numbers)
    yield family

    resting, failing, working = lane.c.rest_until > now, lane.c.failures > 0, lane.c.lease_until > now
    doing = case((working, "working"), (resting, "resting"), (failing, "failing"), else_="idle")
    lanes = (
        select(channel.c.platform, doing, func.count())
        .join(lane, lane.c.channel_id == channel.c.id)
        .group_by(channel.c.platform, doing)
    )
    family, numbers = _family("loa_lanes"), Counter()
    for platform, state, number in connection.execute(lanes):
        numbers[platform_label(platform), state] += number
    _add_all(family, numbers)
    yield family

    family = _family("loa_channel_trouble")
    kind = case((channel.c.state != "ok", "stopped"), (resting, "resting"), else_="failing")
    troubled = (
        select(channel.c.id, channel.c.platform, kind)
        .join(lane, lane.c.channel_id == channel.c.id)
        .where(or_(channel.c.state != "ok", resting, failing))
        .order_by(kind.desc(), channel.c.id)
        .limit(most)
    )
    for name, platform, what in connection.execute(troubled):
        family.add_metric([name, platform_label(platform), what], 1)
    yield family
    yield from _access(connection, now, most)


def _access(connection: Connection, now: datetime, most: int) -> Families:
    ends = standing.c.expires_at
    known: list[tuple[ColumnElement[bool], str]] = [
        (and_(ends.is_not(None), ends <= now + timedelta(days=days)), name) for name, days in _DAYS
    ]
    left = case(*known, (ends.is_not(None), "over_30d"), else_="unknown")
    sums = (
        select(channel.c.platform, left, func.count())
        .outerjoin(standing, standing.c.channel_id == channel.c.id)
        .group_by(channel.c.platform, left)
    )
    family, numbers = _family("loa_channel_access"), Counter[tuple[str, str]]()
    for platform, what, number in connection.execute(sums):
        numbers[platform_label(platform), what] += number
    _add_all(family, numbers)
    yield family
    family = _family("loa_token_expiry_timestamp_seconds")
    soonest = (
        select(channel.c.id, channel.c.platform, ends)
        .join(standing, standing.c.channel_id == channel.c.id)
        .where(ends <= now + SOON)
        .order_by(ends, channel.c.id)
        .limit(most)
    )
    for name, platform, at in connection.execute(soonest):
        family.add_metric([name, platform_label(platform)], at.timestamp())
    yield family


def _people_and_machine(workspace: Workspace, connection: Connection, now: datetime) -> Families:
    seen = presence.newest(connection, now)
    if seen is not None:
        yield _one("loa_publisher_heartbeat_age_seconds", (now - seen.beat_at).total_seconds())
    family = _family("loa_worker_heartbeat_age_seconds")
    at_work = sorted(presence.workers(connection, now), key=lambda one: one.beat_at, reverse=True)
    for one in at_work[:MOST_WORKERS]:
        family.add_metric([one.worker], (now - one.beat_at).total_seconds())
    yield family
    family = _family("loa_unserved_channels")
    for lack in [] if workspace.database.is_sqlite else unserved.look(connection, now)[:MOST_ZONES]:
        family.add_metric([lack.zone], len(lack.channels))
    yield family
    yield _one("loa_freezes", len(stopping.listing(workspace)))
    if backup := health.noted(connection, "backup"):
        yield _one("loa_backup_timestamp_seconds", backup[0].timestamp())
    if audit := health.noted(connection, "audit"):
        broken = audit[1].get("broken_at") is not None or audit[1].get("cut_at") is not None
        yield _one("loa_audit_check_timestamp_seconds", audit[0].timestamp())
        yield _one("loa_audit_intact", not broken and not audit[1].get("contradictions"))
    clock = health.noted(connection, "clock")
    skew = clock[1].get("skew_s") if clock and now - clock[0] <= health.CLOCK_LASTS else None
    if skew is not None:
        yield _one("loa_clock_skew_seconds", skew)
    try:
        space = shutil.disk_usage(workspace.folder)
    except OSError:
        return
    yield _one("loa_disk_free_bytes", space.free)
    yield _one("loa_disk_size_bytes", space.total)


def _family(name: str) -> GaugeMetricFamily:
    described = METRICS[name]
    return GaugeMetricFamily(name, described.text, labels=described.labels)


def _one(name: str, value: float) -> Metric:
    family = _family(name)
    family.add_metric([], value)
    return family


def _add_all(family: GaugeMetricFamily, numbers: Counter[tuple[str, str]]) -> None:
    for labels, number in sorted(numbers.items()):
        family.add_metric(labels, number)
