"""What a unit may set, with its defaults; `loa.config` reads it from `config.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from content.approval import ApprovalRules
from content.calendar.quiet import QuietHours
from content.calendar.slots import Slot

THEMES = ("dark", "light", "contrast")


@dataclass(frozen=True)
class UnitConfig:
    """The public body, as its website's footer must name it."""

    name: str = "UBND xã Thử Nghiệm"
    address: str = ""
    phone: str = ""
    email: str = ""
    manager: str = ""
    level: str = ""
    code: str = ""
    """Administrative level and code (`content.units`); reports between units are matched by them."""


@dataclass(frozen=True)
class ReportConfig:
    """What stands around a report's text; `layout` names a file of page rules (`content/templates`)."""

    parent: str = ""
    code: str = "UBND"
    place: str = ""
    layout: str = "nha-nuoc"
    to: tuple[str, ...] = ()
    authority: tuple[str, ...] = ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")
    signer: str = ""
    recipients: tuple[str, ...] = ("Như trên", "Lưu: VT")


@dataclass(frozen=True)
class AlertRules:
    """From when on something is worth an alert. `quiet` is in the unit's zone and may run over midnight."""

    quiet: tuple[time, time] | None = (time(22), time(6))
    silent: timedelta = timedelta(minutes=2)
    unknown: timedelta = timedelta(minutes=10)
    by_hand: timedelta = timedelta(hours=4)
    freeze: timedelta = timedelta(hours=24)
    disk_bytes: int = 1000 * 1024 * 1024
    backup: timedelta = timedelta(days=2)
    """So long after the next backup was due."""


@dataclass(frozen=True)
class CadenceRules:
    """Working days without a post after which a channel is mentioned; 0: never."""

    days: int = 10
    by_channel: Mapping[str, int] = field(default_factory=dict)

    def limit(self, channel: str) -> int:
        return self.by_channel.get(channel, self.days)

    @property
    def is_on(self) -> bool:
        return bool(self.days or any(self.by_channel.values()))


@dataclass(frozen=True)
class BackupPlan:
    """Backups that the publisher makes by itself; without a folder, none."""

    folder: Path | None = None
    every: timedelta = timedelta(days=1)
    keep: int = 14


@dataclass(frozen=True)
class CounterConfig:
    """Who is no reader of the unit's pages: its own addresses or networks, more words of programs' agents."""

    own: tuple[str, ...] = ()
    robots: tuple[str, ...] = ()


@dataclass(frozen=True)
class InboxConfig:
    """How often readers' comments are looked for (nothing: only by hand), how many working days the unit
    gives itself to answer, and how long the words are kept: Loa's own choice, no rule of law."""

    every: timedelta = timedelta(minutes=15)
    answer_days: int = 5
    keep: timedelta = timedelta(days=365)


@dataclass(frozen=True)
class WindowConfig:
    """How the window looks, and after how many minutes without a key (0: never) it forgets who is there."""

    theme: str = "dark"
    lock_minutes: int = 15


@dataclass(frozen=True)
class LogConfig:
    """The technical log of `loa run`; a file that lies in the workspace unless it is written in full."""

    format: str = "text"
    file: str = ""
    most_bytes: int = 5 * 1024 * 1024


@dataclass(frozen=True)
class MetricsConfig:
    """Where figures for Prometheus can be read (`host:port`; empty: nowhere), and how many channels are told
    of one by one."""

    listen: str = ""
    channels: int = 200


@dataclass(frozen=True)
class Config:
    """Settings with their defaults. No secret is ever among them."""

    language: str = "vi"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))
    database: str = ""
    publisher_key: str = ""
    """On a unit's own PC: what secrets are closed for (`loa.sealing`)."""
    unit: UnitConfig = field(default_factory=UnitConfig)
    report: ReportConfig = field(default_factory=ReportConfig)
    approval: ApprovalRules = field(default_factory=ApprovalRules)
    deadlines: Mapping[str, timedelta] = field(default_factory=dict)
    workers: int = 64
    reach_every: timedelta = timedelta(minutes=15)
    """How often the plan of readings (scheduler.reading_plan) is looked at; nothing: never."""
    alerts: AlertRules = field(default_factory=AlertRules)
    backup: BackupPlan = field(default_factory=BackupPlan)
    window: WindowConfig = field(default_factory=WindowConfig)
    counter: CounterConfig = field(default_factory=CounterConfig)
    inbox: InboxConfig = field(default_factory=InboxConfig)
    checks: Mapping[str, str] = field(default_factory=dict)
    """How grave single rules are here, where the unit decided otherwise (`content.severities`)."""
    slots: Mapping[str, tuple[Slot, ...]] = field(default_factory=dict)
    """Weekly posting slots by channel, platform or `default`; `loa slots` names what is none of these."""
    quiet_hours: QuietHours = field(default_factory=QuietHours)
    cadence: CadenceRules = field(default_factory=CadenceRules)
    duplicate_months: int = 6
    """How far back and ahead posts are looked through for the same words; 0: not at all."""
    log: LogConfig = field(default_factory=LogConfig)
    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The window's keys that are not as shipped, by id; the window knows which ids there are."""
