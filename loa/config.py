"""The workspace's settings: `config.toml`, checked key by key with the nearest name for a slip."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from content.approval import ApprovalRules, Role
from content.calendar.quiet import Hours, QuietHours
from content.calendar.slots import Slot, parse_slots
from content.errors import UsageError
from content.kinds import KINDS, nearest_kind
from content.severities import CHOICES, DEFAULTS, LEAST
from content.text import nearest, normalise
from content.units.unit import Level, code_slip
from content.wording import LANGUAGES
from loa.settings import (
    THEMES,
    AlertRules,
    BackupPlan,
    CadenceRules,
    Config,
    CounterConfig,
    InboxConfig,
    LogConfig,
    MetricsConfig,
    ReportConfig,
    UnitConfig,
    WindowConfig,
)

FILE = "config.toml"
SECRET_IN_ADDRESS = {"password", "sslpassword"}
"""What an address of a database can hold behind its `?`, and config.toml must not."""
EXAMPLE_ADDRESS = "postgresql://loa@may-chu/loa"
_MADE_WITH_IT = ("vault.key", "loa.db")
LONGEST_DEADLINE_HOURS = 24 * 365
LONGEST_UNIT_NAME = 200
_KNOWN: dict[str, type | dict[str, type]] = {
    "language": str,
    "timezone": str,
    "database": str,
    "publisher_key": str,
    "unit": {
        "name": str,
        "address": str,
        "phone": str,
        "email": str,
        "manager": str,
        "level": str,
        "code": str,
    },
    "report": {
        "parent": str,
        "code": str,
        "place": str,
        "layout": str,
        "to": list,
        "authority": list,
        "signer": str,
        "recipients": list,
    },
    "approval": {"required": list, "expires_days": int, "kinds": dict},
    "deadline_hours": dict,
    "publisher": {"workers": int, "reach_minutes": int},
    "alerts": {
        "quiet": str,
        "silent_minutes": int,
        "unknown_minutes": int,
        "by_hand_hours": int,
        "freeze_hours": int,
        "disk_mb": int,
        "backup_days": int,
    },
    "window": {"theme": str, "lock_minutes": int},
    "keys": dict,
    "backup": {"folder": str, "every": str, "keep": int},
    "checks": dict,
    "slots": dict,
    "quiet_hours": dict,
    "duplicates": {"months": int},
    "cadence": {"days": int, "channels": dict},
    "counter": {"own": list, "robots": list},
    "log": {"format": str, "file": str, "mb": int},
    "metrics": {"listen": str, "channels": int},
    "inbox": {"minutes": int, "answer_days": int, "keep_days": int},
}
MOST_LINES = 30
_LAYOUT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_EVERY = re.compile(r"([1-9][0-9]?)([hd])", re.ASCII)
_QUIET = re.compile(r"(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)")


def is_workspace(folder: Path) -> bool:
    """Settings with a key or a database beside them: a checkout of Loa has the settings alone."""
    return (folder / FILE).is_file() and any((folder / name).exists() for name in _MADE_WITH_IT)


def default_text(unit: str = "") -> str:
    """The commented default: beside the code in a wheel, at the root of a checkout. `unit`: who will speak.

    Raises UsageError for a name that nobody could print on a page.
    """
    here = Path(__file__).resolve().parent
    shipped = next(path for path in (here / FILE, here.parent / FILE) if path.is_file()).read_text("utf-8")
    name = " ".join(normalise(unit).split())
    if len(name) > LONGEST_UNIT_NAME or not name.isprintable():
        raise UsageError("cli.init.bad_unit", maximum=LONGEST_UNIT_NAME)
    # A JSON string is a TOML string; what is not printable was refused.
    return (
        shipped.replace(f'"{UnitConfig.name}"', json.dumps(name, ensure_ascii=False), 1) if name else shipped
    )


def read(folder: Path) -> Config:
    """Settings of a workspace; raises UsageError naming the key and the nearest valid one."""
    try:
        return parse((folder / FILE).read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError("cli.config.not_utf8", file=folder / FILE, byte=error.start) from None


def parse(text: str) -> Config:
    """Settings from TOML text."""
    try:
        raw = tomllib.loads(normalise(text))
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError; an endless number, too
        raise UsageError("cli.config.not_toml", problem=error) from None
    _check(raw, _KNOWN, "")
    approval, publisher = raw.get("approval", {}), raw.get("publisher", {})
    for kind in approval.get("kinds", {}):
        _must_be_kind(kind, "approval.kinds.")
    by_kind = {
        kind: _roles(roles, f"approval.kinds.{kind}") for kind, roles in approval.get("kinds", {}).items()
    }
    deadlines = raw.get("deadline_hours", {})
    for kind, hours in deadlines.items():
        _must_be_kind(kind, "deadline_hours.")
        number = isinstance(hours, int | float) and not isinstance(hours, bool)
        if not number or not 0 < hours <= LONGEST_DEADLINE_HOURS:  # nan is not either
            raise UsageError("cli.config.bad_value", key=f"deadline_hours.{kind}", value=hours)
    language = raw.get("language", "vi")
    if language not in LANGUAGES:
        raise UsageError("cli.config.bad_value", key="language", value=language)
    return Config(
        language=language,
        zone=_zone(raw.get("timezone", "Asia/Ho_Chi_Minh")),
        database=_database(raw.get("database", "")),
        publisher_key=_publisher_key(raw.get("publisher_key", "")),
        unit=_unit(raw.get("unit", {})),
        report=_report(raw.get("report", {})),
        approval=ApprovalRules(
            required=_roles(approval.get("required", ["approver"]), "approval.required"),
            by_kind=by_kind,
            lasts=timedelta(days=_whole(approval.get("expires_days", 30), "approval.expires_days", 1, 3650)),
        ),
        deadlines={kind: timedelta(hours=hours) for kind, hours in deadlines.items()},
        workers=_whole(publisher.get("workers", 64), "publisher.workers", 1, 512),
        reach_every=timedelta(
            minutes=_whole(publisher.get("reach_minutes", 15), "publisher.reach_minutes", 0, 10_080)
        ),
        alerts=_alerts(raw.get("alerts", {})),
        window=_window(raw.get("window", {})),
        checks=_checks(raw.get("checks", {})),
        cadence=_cadence(raw.get("cadence", {})),
        duplicate_months=_whole(raw.get("duplicates", {}).get("months", 6), "duplicates.months", 0, 120),
        counter=_counter(raw.get("counter", {})),
        inbox=_inbox(raw.get("inbox", {})),
        keys={name: _keys(written, f"keys.{name}") for name, written in raw.get("keys", {}).items()},
        backup=_backup(raw.get("backup", {})),
        log=_log(raw.get("log", {})),
        metrics=_metrics(raw.get("metrics", {})),
        slots=_slots(raw.get("slots", {})),
        quiet_hours=_quiet_hours(raw.get("quiet_hours", {})),
    )


def _unit(table: Mapping[str, Any]) -> UnitConfig:
    level, code = table.get("level", "").strip(), table.get("code", "").strip().upper()
    if level and level not in list(Level):
        raise UsageError("cli.config.bad_value", key="unit.level", value=level)
    if code and (not level or code_slip(Level(level), code)):
        raise UsageError("cli.config.bad_value", key="unit.code", value=code)
    return UnitConfig(**{**table, "level": level, "code": code})


def _slots(table: Mapping[str, Any]) -> dict[str, tuple[Slot, ...]]:
    for name, written in table.items():
        if not isinstance(written, str):
            raise UsageError("cli.config.bad_value", key=f"slots.{name}", value=written)
    return {name: parse_slots(written, f"slots.{name}") for name, written in table.items()}


def _quiet_hours(table: Mapping[str, Any]) -> QuietHours:
    found = {}
    for name, written in table.items():
        try:
            found[name] = Hours.parse(written)
        except (ValueError, AttributeError):  # no such form, no such hour; no text
            raise UsageError("cli.config.bad_value", key=f"quiet_hours.{name}", value=written) from None
    return QuietHours(found)


def _report(table: Mapping[str, Any]) -> ReportConfig:
    told: dict[str, Any] = dict(table)
    for key in ("to", "authority", "recipients"):
        if key in told:
            lines = told[key]
            if len(lines) > MOST_LINES or not all(isinstance(line, str) for line in lines):
                raise UsageError("cli.config.bad_value", key=f"report.{key}", value=lines)
            told[key] = tuple(line.strip() for line in lines if line.strip())
    if not _LAYOUT.fullmatch(told.get("layout", "nha-nuoc")):  # it becomes part of a file's name
        raise UsageError("cli.config.bad_value", key="report.layout", value=told["layout"])
    return ReportConfig(**told)


def _backup(table: Mapping[str, Any]) -> BackupPlan:
    folder = Path(written) if (written := table.get("folder", "").strip()) else None
    if (
        folder and not folder.is_absolute()
    ):  # from where the publisher was started is nobody's idea of a place
        raise UsageError("cli.config.bad_value", key="backup.folder", value=written)
    every = table.get("every", "1d")
    found = _EVERY.fullmatch(every.strip())
    if not found:
        raise UsageError("cli.config.bad_value", key="backup.every", value=every)
    wait = timedelta(**{{"h": "hours", "d": "days"}[found[2]]: int(found[1])})
    return BackupPlan(folder, wait, _whole(table.get("keep", 14), "backup.keep", 1, 1000))


def _log(table: Mapping[str, Any]) -> LogConfig:
    if (kind := table.get("format", "text")) not in ("text", "json"):
        raise UsageError("cli.config.bad_value", key="log.format", value=kind)
    most = _whole(table.get("mb", 5), "log.mb", 1, 1000)
    return LogConfig(kind, table.get("file", "").strip(), most * 1024 * 1024)


def _metrics(table: Mapping[str, Any]) -> MetricsConfig:
    channels = _whole(table.get("channels", 200), "metrics.channels", 0, 20_000)
    return MetricsConfig(table.get("listen", "").strip(), channels)


def _cadence(table: Mapping[str, Any]) -> CadenceRules:
    own = table.get("channels", {})
    return CadenceRules(
        _whole(table.get("days", 10), "cadence.days", 0, 250),
        {name: _whole(days, f"cadence.channels.{name}", 0, 250) for name, days in own.items()},
    )


def _counter(table: Mapping[str, Any]) -> CounterConfig:
    own, robots = (_keys(table.get(name, []), f"counter.{name}") for name in ("own", "robots"))
    for one in own:
        try:
            ip_network(one.strip(), strict=False)
        except ValueError:  # a slip would count the unit's own visits, unnoticed
            raise UsageError("cli.config.bad_value", key="counter.own", value=one) from None
    return CounterConfig(own, robots)


def _inbox(table: Mapping[str, Any]) -> InboxConfig:
    def whole(name: str, default: int, least: int, most: int) -> int:
        return _whole(table.get(name, default), f"inbox.{name}", least, most)

    return InboxConfig(
        timedelta(minutes=whole("minutes", 15, 0, 10_080)),
        whole("answer_days", 5, 1, 250),
        timedelta(days=whole("keep_days", 365, 30, 3650)),
    )


def _window(table: Mapping[str, Any]) -> WindowConfig:
    theme = table.get("theme", "dark")
    if theme not in THEMES:
        raise UsageError("cli.config.bad_value", key="window.theme", value=theme)
    return WindowConfig(theme, _whole(table.get("lock_minutes", 15), "window.lock_minutes", 0, 1440))


def _checks(table: Mapping[str, Any]) -> dict[str, str]:
    for rule, severity in table.items():
        if rule not in DEFAULTS:  # a slip would leave a check as it is, unnoticed
            best = nearest(rule, DEFAULTS) or ", ".join(DEFAULTS)
            raise UsageError("cli.config.unknown_key", key=f"checks.{rule}", nearest=best)
        if severity not in LEAST.get(rule, CHOICES):
            raise UsageError("cli.config.bad_value", key=f"checks.{rule}", value=severity)
    return dict(table)


def _keys(written: object, key: str) -> tuple[str, ...]:
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise UsageError("cli.config.bad_value", key=key, value=written)
    return tuple(written)


def _alerts(table: Mapping[str, Any]) -> AlertRules:
    def whole(name: str, default: int, least: int, most: int) -> int:
        return _whole(table.get(name, default), f"alerts.{name}", least, most)

    return AlertRules(
        quiet=_hours(table.get("quiet", "22:00-06:00"), "alerts.quiet"),
        silent=timedelta(minutes=whole("silent_minutes", 2, 1, 1440)),
        unknown=timedelta(minutes=whole("unknown_minutes", 10, 1, 1440)),
        by_hand=timedelta(hours=whole("by_hand_hours", 4, 1, 720)),
        freeze=timedelta(hours=whole("freeze_hours", 24, 1, 720)),
        disk_bytes=whole("disk_mb", 1000, 0, 10_000_000) * 1024 * 1024,
        backup=timedelta(days=whole("backup_days", 2, 1, 365)),
    )


def _hours(written: str, key: str) -> tuple[time, time] | None:
    if not written.strip():
        return None
    found = _QUIET.fullmatch(written.strip())
    try:
        numbers = [int(number) for number in found.groups()] if found else []
        start, start_minute, end, end_minute = numbers
        return time(start, start_minute), time(end, end_minute)
    except ValueError:  # no such form, no such hour
        raise UsageError("cli.config.bad_value", key=key, value=written) from None


def _check(table: Mapping[str, Any], known: Mapping[str, Any], prefix: str) -> None:
    for key, value in table.items():
        if key not in known:
            best = nearest(key, known) or ", ".join(known)
            raise UsageError("cli.config.unknown_key", key=prefix + key, nearest=best)
        expected = known[key]
        kind = dict if isinstance(expected, dict) else expected
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise UsageError("cli.config.bad_value", key=prefix + key, value=value)
        if isinstance(expected, dict):
            _check(value, expected, f"{prefix}{key}.")


def _must_be_kind(code: str, prefix: str) -> None:
    """A slip here would silently leave a kind with fewer approvals than its unit decided."""
    if code not in KINDS:
        best = nearest_kind(code) or ", ".join(KINDS)
        raise UsageError("cli.config.unknown_key", key=prefix + code, nearest=prefix + best)


def _database(url: str) -> str:
    if url and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        scheme = url.partition(":")[0]  # what follows may hold a password
        raise UsageError("cli.config.bad_value", key="database", value=f"{scheme}:…")
    address, _, query = url.partition("?")
    account = address.partition("://")[2].rpartition("@")[0]  # a password may well have a / in it
    named = {one.partition("=")[0].lower() for one in query.split("&")}
    if account.partition(":")[2] or SECRET_IN_ADDRESS & named:
        raise UsageError("store.password_in_address")
    if lacks_database(url):
        raise UsageError("store.no_name", example=EXAMPLE_ADDRESS)
    return url


def lacks_database(url: str) -> bool:
    """Whether a server's address names no database: the server would take the account's name for it."""
    address, _, query = url.partition("?")
    scheme, _, rest = address.partition("://")
    named = {one.partition("=")[0].lower() for one in query.split("&")} & {"dbname", "service"}
    return scheme.startswith("postgresql") and not named and not rest.partition("/")[2]


def _publisher_key(told: str) -> str:
    if not told:
        return ""
    from loa.sealing import read_public

    try:
        read_public(told)
    except ValueError:
        raise UsageError("cli.config.bad_value", key="publisher_key", value=told) from None
    return told


def _roles(names: object, key: str) -> tuple[Role, ...]:
    may_approve = (Role.REVIEWER, Role.APPROVER)
    if not isinstance(names, list) or not names or any(name not in may_approve for name in names):
        raise UsageError("cli.config.bad_value", key=key, value=names)
    return tuple(Role(name) for name in names)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        raise UsageError("cli.config.bad_value", key="timezone", value=name) from None


def _whole(value: object, key: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise UsageError("cli.config.bad_value", key=key, value=value)
    return value
