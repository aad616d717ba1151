"""One event of the journal in full, its details in words. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from content.wording import say
from loa.services.auditing import ChainView, EventView
from loa.speech import moment, number, one_line, reason, status_word, worded
from scheduler.status import Status

_FIRST = ("before", "after", "to", "reason")
"""What changed, from what, to what and why; all else comes after it as it stands."""

MOST_NAMED = 3
"""Places where the database contradicts the record that are named; `loa audit verify` names them all."""


def action(event: EventView) -> str:
    return worded("audit.actions", event.action)


def details(event: EventView, zone: ZoneInfo) -> str:
    """Who did what about what, when; before and after; what else was written down; its link in the chain."""
    lines = [
        f"{action(event)} · {one_line(event.subject)}",
        f"{say('tui_journal.event', number=number(event.id))} · {moment(event.at, zone)}",
        say("tui_journal.by", actor=one_line(event.actor)),
        "",
    ]
    names = [name for name in _FIRST if name in event.detail]
    names += [name for name in event.detail if name not in _FIRST]
    told = [(name, _value(name, event.detail[name], zone)) for name in names]
    lines += [f"{worded('tui_journal.detail', name)}: {words}" for name, words in told if words]
    lines += ["", say("tui_journal.link", hash=event.hash)]
    return "\n".join(lines)


def chain(told: ChainView, at: datetime, zone: ZoneInfo, file: object) -> str:
    """What a check came to, when, and what to do about it."""
    when = f"{at.astimezone(zone):%H:%M:%S}"
    if told.broken_at is not None:
        sentence = say("audit.broken", event=number(told.broken_at))
    elif told.cut_at is not None:
        sentence = say("audit.cut", event=number(told.cut_at), file=one_line(str(file)))
    elif told.contradictions:
        sentence = say("audit.contradicted", count=number(len(told.contradictions)))
    else:
        sentence = say("audit.whole", count=number(told.events), head=told.head[:16])
    named = told.contradictions[:MOST_NAMED]
    lines = [say(f"audit.contradictions.{one.key}", subject=one_line(one.subject)) for one in named]
    if len(told.contradictions) > len(named):
        lines.append(say("tui_journal.more_places", count=number(len(told.contradictions) - len(named))))
    return "\n".join([*lines, say("tui_journal.checked", sentence=sentence, time=when)])


def alarming(told: ChainView) -> bool:
    return not told.whole or bool(told.contradictions)


def short(event: EventView, zone: ZoneInfo) -> str:
    """What of the details is worth a column: why, or to when, or from what."""
    for name in ("reason", "to", "before"):
        words = _value(name, event.detail.get(name), zone)
        if words:
            return words
    return ""


def _value(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None or value in ("", "–"):
        return ""
    if isinstance(value, bool):
        return say("tui_journal.yes" if value else "tui_journal.no")
    if isinstance(value, list):
        return ", ".join(filter(None, (_value(name, one, zone) for one in value)))
    if isinstance(value, dict):
        pairs = ((worded("tui_journal.detail", key), _value(key, one, zone)) for key, one in value.items())
        return "; ".join(f"{key} {words}" for key, words in pairs if words)
    text = one_line(str(value))
    if name in ("before", "after") and text in set(Status):
        return status_word(text)
    if name in ("role", "roles"):
        return worded("cli.role", text)
    if name == "metric":
        return worded("cli.metric", text)
    if name == "reason":
        return reason(text)
    return _time(text, zone) or text


def _time(text: str, zone: ZoneInfo) -> str:
    if len(text) < len("2026-11-09T07:00") or text[4:5] != "-":
        return ""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return moment(found, zone) if found.tzinfo else ""
