"""The closing table: one line for each connector, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = {
    "name": "connector",
    "boundaries": "boundaries",
    "kills": "kills",
    "twice": "twice",
    "drops": "dropped answers",
    "taken_over": "taken over",
    "restored": "restored",
    "once": "public once",
    "orphans": "orphans found",
    "discarded": "discarded",
    "kept": "kept for a person",
    "unlisted": "not listable",
    "to_a_person": "to a person",
    "failed": "failed",
}


def table(tallies: Iterable[Mapping[str, Any]]) -> list[str]:
    """Rows of text, headed and summed up; several tallies of one name are one row."""
    numbers = [key for key in COLUMNS if key != "name"]
    by_name: dict[str, dict[str, Any]] = {}
    for tally in tallies:
        line = by_name.setdefault(tally["name"], {"name": tally["name"], **dict.fromkeys(numbers, 0)})
        for key in numbers:  # every sweep of a case has the same boundaries
            line[key] = tally[key] if key == "boundaries" else line[key] + tally[key]
    if not by_name:
        return []
    lines = [by_name[name] for name in sorted(by_name)]
    lines.append({"name": "in all", **{key: sum(line[key] for line in lines) for key in numbers}})
    rows = [list(COLUMNS.values()), *([str(line[key]) for key in COLUMNS] for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return [
        f"{row[0]:<{widths[0]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]
