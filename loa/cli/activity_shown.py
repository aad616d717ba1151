"""Activities as lines and rows, for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from content.wording import say
from loa.cli.output import speak, table
from loa.speech import number

if TYPE_CHECKING:
    from content.activity.entry import Activity
    from content.activity.kinds import Catalogue
    from loa.services.activities import Entry
    from loa.services.activity_import import Read

_TEXTS = ("place", "subject", "lead", "partners", "campaign", "note")


def told(one: Activity, kinds: Catalogue) -> list[str]:
    """An activity in lines, for somebody to look through."""
    values = {
        "kind": kinds.label(one.kind),
        "title": one.title,
        "first": f"{one.first:%d/%m/%Y}",
        "last": f"{one.last:%d/%m/%Y}",
        **{name: getattr(one, name) for name in _TEXTS},
        "done": say(f"activity.{'done' if one.done else 'planned'}"),
    }
    lines = [f"{say(f'activity.heading.{name}')}: {text}" for name, text in values.items() if text]
    return [*lines, f"{say('activity.column.counts')}: {counted(one, kinds)}"]


def show_rows(read: Read, kinds: Catalogue) -> None:
    """Every row of a table and what becomes of it."""
    table(
        [say("activity.column.row"), say("activity.column.outcome"), *headings()[1:]],
        [
            (one.number, say(f"activity.outcome.{one.outcome}"), *cells(one.activity, kinds))
            for one in read.rows
        ],
    )


def headings() -> list[str]:
    heads = [say("activity.column.number"), say("activity.column.days")]
    heads += [say(f"activity.heading.{name}") for name in ("kind", "title", "place")]
    return [*heads, say("activity.column.counts"), say("activity.heading.done")]


def row(entry: Entry, kinds: Catalogue) -> list[Any]:
    """An entry under `headings`."""
    return [entry.number, *cells(entry.activity, kinds)]


def cells(one: Activity, kinds: Catalogue) -> list[str]:
    days = f"{one.first:%d/%m/%Y}" + (f" – {one.last:%d/%m/%Y}" if one.last != one.first else "")
    state = say(f"activity.{'done' if one.done else 'planned'}")
    return [days, kinds.label(one.kind), one.title, one.place or "–", counted(one, kinds), state]


def tell_overdue(found: Sequence[Entry]) -> None:
    """Activities that may have been held, and are not counted because nobody said so."""
    if found:
        numbers = ", ".join(str(one.number) for one in found[:20])
        speak(say("activity.overdue", count=len(found), numbers=numbers))


def counted(one: Activity, kinds: Catalogue) -> str:
    """Every figure that its kind takes; not available is said, it is not 0."""
    taken = kinds.kinds[one.kind].measures if one.kind in kinds.kinds else tuple(one.counts)
    words = [f"{kinds.measure(code).label}: {number(one.counts.get(code))}" for code in taken]
    return "; ".join(words) if words and one.done else "–"


def plain_entry(entry: Entry) -> dict[str, Any]:
    """For JSON."""
    return {**asdict(entry), "removed": entry.removed}
