"""What deserves an alert, and whether somebody has to be told of it now: pure functions of facts and time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from loa.services.cadence import Silence
from loa.services.stopping import FreezeView
from loa.settings import AlertRules
from scheduler.presence import Presence
from scheduler.status import Status
from scheduler.unserved import Unserved

AGAIN_AFTER = timedelta(days=1)
"""What still stands is told again, once a day."""
CALM = timedelta(minutes=30)
"""What passes and comes back within this time is told no more often: a flapping line is no flood."""
ACCESS_DAYS = 3
"""From here to its end an access needs a person; before, it is only worth a notice."""
TRIES_IN_VAIN = 3
"""Sendings in a row to one target that failed before the others are told of it."""


class Severity(StrEnum):
    """`notice`: good to know; `warning`: needs a person; `critical`: now, also at night."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


@dataclass(frozen=True)
class Alert:
    """One thing that is wrong. `key` is its kind and its sentences', `subject` which one of that kind."""

    key: str
    severity: Severity
    subject: str = ""
    since: datetime | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> tuple[str, str]:
        return self.key, self.subject


@dataclass(frozen=True)
class Waiting:
    """A delivery that does not go its way. `resting`: the machine does nothing more with it by itself."""

    id: str
    channel: str
    status: str
    since: datetime
    reason: str
    resting: bool = True
    by_hand: bool = False


@dataclass(frozen=True)
class Facts:
    """All that the rules look at."""

    now: datetime
    publisher: Presence | None
    workers: Sequence[Presence] = ()
    """Of several, all that should be at work (scheduler.presence.workers)."""
    unserved: Sequence[Unserved] = ()
    deliveries: Sequence[Waiting] = ()
    stopped: Mapping[str, str] = field(default_factory=dict)
    """Reason by channel."""
    expiring: Mapping[str, datetime] = field(default_factory=dict)
    """End of the access by channel, of those that have no more than two weeks left."""
    silences: Sequence[Silence] = ()
    """Channels that have been without a post for longer than the unit wants."""
    freezes: Sequence[FreezeView] = ()
    free_bytes: int | None = None
    trust_trouble: str = ""
    audit_broken_at: int | None = None
    audit_cut_at: int | None = None
    contradictions: int = 0
    """Places where the database speaks against the record (loa.services.contradictions)."""
    skew_s: float | None = None
    """Seconds by which our clock is ahead, if it is off at all."""
    failing: Mapping[str, str] = field(default_factory=dict)
    """Alert targets that could not be reached again and again, with the trouble."""
    backup_every: timedelta | None = None
    """How often the publisher is to make a backup; None: it is not to."""
    backup_at: datetime | None = None
    backup_trouble: str = ""
    """Why its last try failed."""
    questions_overdue: int = 0
    """Readers' questions that should have been answered by now."""


def conditions(facts: Facts, rules: AlertRules) -> list[Alert]:
    """Everything that is wrong, the most severe first."""
    found = [
        *_publishers(facts, rules),
        *_machine(facts, rules),
        *_trust(facts),
        *(alert for one in facts.deliveries if (alert := _delivery(one, facts.now, rules))),
        *_channels(facts),
        *(_silence(one) for one in facts.silences),
        *_freezes(facts, rules),
        *_backup(facts, rules),
        *_questions(facts),
    ]
    return sorted(found, key=lambda alert: -alert.severity.rank)


def _publishers(facts: Facts, rules: AlertRules) -> Iterator[Alert]:
    """Where none lives that is all there is to say; a restart is none of it, whoever restarts."""
    seen = facts.publisher
    if seen is None or not seen.alive:
        if seen is None or facts.now - seen.beat_at >= rules.silent:
            yield _nobody(seen)
        return
    for lack in facts.unserved:
        if lack.since is None or facts.now - lack.since >= rules.silent:
            values = {"channels": lack.channels, "nobody": lack.since, "next": lack.next_at}
            key = "unserved" if lack.zone else "unserved_plain"
            yield Alert(key, Severity.CRITICAL, lack.zone, lack.since, values)
    for one in facts.workers:
        if not one.alive and facts.now - one.beat_at >= rules.silent:
            who = {"host": one.host, "pid": str(one.pid), "serves": one.serves}
            yield Alert("worker_silent", Severity.WARNING, f"{one.host}:{one.pid}", one.beat_at, who)


def _nobody(seen: Presence | None) -> Alert:
    if seen is None:
        return Alert("publisher", Severity.CRITICAL)
    key = "publisher_stuck" if seen.stuck else "publisher_stopped" if seen.has_left else "publisher"
    return Alert(key, Severity.CRITICAL, since=seen.beat_at, values={"serves": seen.serves})


NOBODY = frozenset({"publisher", "publisher_stuck", "publisher_stopped"})
"""Nothing at all is published."""


def _machine(facts: Facts, rules: AlertRules) -> Iterator[Alert]:
    if facts.free_bytes is not None and facts.free_bytes < rules.disk_bytes:
        severity = Severity.CRITICAL if facts.free_bytes < rules.disk_bytes // 4 else Severity.WARNING
        yield Alert("disk", severity, values={"mb": facts.free_bytes // (1024 * 1024)})
    if facts.skew_s is not None:
        yield Alert("clock", Severity.WARNING, values={"skew_s": facts.skew_s})
    for name, trouble in facts.failing.items():
        yield Alert("target", Severity.WARNING, name, values={"trouble": trouble})


def _trust(facts: Facts) -> Iterator[Alert]:
    if facts.trust_trouble:
        yield Alert("trust", Severity.CRITICAL, values={"trouble": facts.trust_trouble})
    if facts.audit_broken_at is not None:
        yield Alert("audit_broken", Severity.CRITICAL, values={"event": facts.audit_broken_at})
    if facts.audit_cut_at is not None:
        yield Alert("audit_cut", Severity.CRITICAL, values={"event": facts.audit_cut_at})
    if facts.contradictions:
        yield Alert("contradicted", Severity.CRITICAL, values={"places": facts.contradictions})


DECIDED = frozenset({"frozen", "recalled", "channel.stopped"})
"""Held because a person wanted it, or because of something that has an alert of its own."""
FORGED = frozenset({"approval.forged", "approval.used", "approval.begun", "handle.changed"})
"""Only another hand in the database brings these about, or nearly so."""


def _delivery(one: Waiting, now: datetime, rules: AlertRules) -> Alert | None:
    age = now - one.since
    key, severity = one.status, Severity.WARNING
    if one.by_hand:
        key, wanted = "by_hand", age >= rules.by_hand
    elif one.status == Status.UNKNOWN:
        wanted = age >= rules.unknown
    elif one.status == Status.RECALLING:  # it may become public: once that failed, at once
        severity, wanted = Severity.CRITICAL, bool(one.reason) or age >= rules.unknown
    elif one.status == Status.REMOVING:
        severity, wanted = Severity.CRITICAL, age >= rules.unknown
    elif one.status == Status.HELD:
        wanted = one.resting and one.reason.partition(":")[0] not in DECIDED
        if one.reason in FORGED:
            key, severity = "forged", Severity.CRITICAL
    else:
        wanted = one.resting and one.status in (Status.FAILED, Status.MISSED)
    values = {"channel": one.channel, "reason": one.reason}
    return Alert(key, severity, one.id, one.since, values) if wanted else None


def _channels(facts: Facts) -> Iterator[Alert]:
    for channel, reason in facts.stopped.items():
        yield Alert("channel", Severity.WARNING, channel, values={"channel": channel, "reason": reason})
    for channel, end in facts.expiring.items():
        if end <= facts.now:
            yield Alert("access_over", Severity.WARNING, channel, end)
        else:
            near = end - facts.now <= timedelta(days=ACCESS_DAYS)
            days = (end - facts.now) // timedelta(days=1)
            severity = Severity.WARNING if near else Severity.NOTICE
            yield Alert("access", severity, channel, values={"end": end, "days": days})


def _silence(one: Silence) -> Alert:
    """A notice, which is told once: silence may be right, and nagging teaches people to look away."""
    key = "cadence_new" if one.last_at is None else "cadence"
    key += "" if one.next_at else "_unplanned"
    values = {"channel": one.channel, "days": one.days, "working": one.working, "next": one.next_at}
    return Alert(key, Severity.NOTICE, one.channel, one.last_at, values)


def _freezes(facts: Facts, rules: AlertRules) -> Iterator[Alert]:
    for one in facts.freezes:
        if facts.now - one.at >= rules.freeze:
            values = {"scope": one.scope, "target": one.target, "why": one.reason}
            yield Alert("freeze", Severity.WARNING, str(one.id), one.at, values)


def _backup(facts: Facts, rules: AlertRules) -> Iterator[Alert]:
    """The last good one is too old, whoever made it; or there is none, and the first try failed."""
    if facts.backup_every is None:
        return
    values = {"trouble": facts.backup_trouble}
    if facts.backup_at is None:
        if facts.backup_trouble:
            yield Alert("backup_none", Severity.WARNING, values=values)
    elif facts.now - facts.backup_at >= facts.backup_every + rules.backup:
        yield Alert("backup", Severity.WARNING, since=facts.backup_at, values=values)


def _questions(facts: Facts) -> Iterator[Alert]:
    """A notice: nothing of the machine is wrong, and the inbox names them."""
    if facts.questions_overdue:
        yield Alert("questions", Severity.NOTICE, values={"overdue": facts.questions_overdue})


# ---- whom to tell when


@dataclass(frozen=True)
class Told:
    """What a target knows of an alert. `cleared`: it has passed since."""

    severity: Severity
    at: datetime
    cleared: bool = False


def news(
    alerts: Sequence[Alert],
    told: Mapping[tuple[str, str], Told],
    now: datetime,
    *,
    least: Severity,
    quiet: bool,
) -> list[Alert]:
    """Those of which a target has to be told now: what is new, worse, back again, or told of a day ago."""
    floor = Severity.CRITICAL if quiet else least
    return [
        alert
        for alert in alerts
        if alert.severity.rank >= floor.rank and _is_news(alert, told.get(alert.name), now)
    ]


def _is_news(alert: Alert, known: Told | None, now: datetime) -> bool:
    if known is None or alert.severity.rank > known.severity.rank:
        return True
    if known.cleared:
        return now - known.at >= CALM
    return alert.severity is not Severity.NOTICE and now - known.at >= AGAIN_AFTER


def passed(
    alerts: Collection[Alert], told: Mapping[tuple[str, str], Told], now: datetime
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(to be marked as cleared, to be forgotten) of what a target was told and what is no more."""
    standing = {alert.name for alert in alerts}
    gone = {name: known for name, known in told.items() if name not in standing}
    return (
        [name for name, known in gone.items() if not known.cleared],
        [name for name, known in gone.items() if known.cleared and now - known.at >= CALM],
    )


def is_quiet(now: datetime, zone: ZoneInfo, hours: tuple[time, time] | None) -> bool:
    """Whether an instant lies in the quiet hours, which may run over midnight."""
    if hours is None:
        return False
    start, end = hours
    local = now.astimezone(zone).time()
    return start <= local < end if start <= end else local >= start or local < end
