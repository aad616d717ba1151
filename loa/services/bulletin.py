"""Alerts in words: one sentence each, and the message that tells a round's alerts together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from connectors.redact import redact
from content.moment import show
from content.typed import typed
from content.wording import say
from loa.services import clockcare, zoning
from loa.services.alerts import Alert, Severity
from loa.speech import moment, number, one_line, reason
from scheduler.zones import EVERYTHING, Serves

NAMED = 3
"""So many of one kind have a sentence each; of more, the first ones are named and all are counted."""


def sentence(alert: Alert, zone: ZoneInfo) -> str:
    """What happened, on one line."""
    values = {key: _value(key, value, alert, zone) for key, value in alert.values.items()}
    since = moment(to_the_minute(alert.since), zone)
    told = say(f"alerts.about.{alert.key}.one", subject=alert.subject, since=since, **values)
    return one_line(redact(told))


def remedy(alert: Alert) -> str:
    """What to do about it. `{channel}` and `{subject}` stand for the first of several."""
    channel, subject = typed(str(alert.values.get("channel", alert.subject))), typed(alert.subject)
    serves = alert.values.get("serves")
    command = zoning.command(serves if isinstance(serves, Serves) else None)
    return say(
        f"alerts.about.{alert.key}.do",
        subject=subject,
        channel=channel,
        command=command,
        hindered=say("alerts.hindered"),
    )


def compose(alerts: Sequence[Alert], unit: str, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """(title, body): the most severe kinds first, a kind together, the way on at the end."""
    urgent = any(alert.severity is Severity.CRITICAL for alert in alerts)
    title = say(f"alerts.title.{'urgent' if urgent else 'plain'}", unit=unit, count=number(len(alerts)))
    kinds = sorted(alerts, key=lambda alert: (-alert.severity.rank, alert.key))
    lines = [f"{unit} · {show(now.replace(second=0, microsecond=0), zone)}", ""]
    for key, same in groupby(kinds, key=lambda alert: alert.key):
        group = list(same)
        if len(group) <= NAMED:
            lines += [f"• {sentence(alert, zone)}" for alert in group]
        else:
            first = ", ".join(alert.subject for alert in group[:NAMED])
            more = number(len(group) - NAMED)
            many = say(f"alerts.about.{key}.many", count=number(len(group)), first=first, more=more)
            lines.append(f"• {one_line(many)}")
        lines += [f"  → {one_line(remedy(group[0]))}", ""]
    lines.append(say("alerts.see_all"))
    return one_line(title), "\n".join(lines)


def to_the_minute(at: datetime | None) -> datetime | None:
    """Seconds are no help in a sentence."""
    return at.replace(second=0, microsecond=0) if at else None


def _value(key: str, value: object, alert: Alert, zone: ZoneInfo) -> str:
    if key == "reason":
        return reason(str(value), str(alert.values.get("channel", "")))
    if key == "skew_s":
        return clockcare.in_words(float(str(value)))
    if key == "scope":
        return say(f"stopping.scope_{value}", target=alert.values.get("target", ""))
    if key == "nobody":
        return zoning.nobody(to_the_minute(alert.since), zone)
    if isinstance(value, tuple):
        return zoning.named(value)
    if key == "serves":
        return zoning.takes(value if isinstance(value, Serves) else EVERYTHING)
    if isinstance(value, datetime):
        return moment(to_the_minute(value), zone)
    return number(value) if isinstance(value, int) else str(value)
