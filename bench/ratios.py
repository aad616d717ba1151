"""Runs against the floor of their round, and which runs may be compared at all."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bench.peers.catalogue import FLOOR

Row = dict[str, Any]


def ratios(rows: Sequence[Row], engine: str) -> list[float]:
    """`sent_s` against the median floor of the same round with as many posts."""
    floors: dict[tuple[int, int], list[float]] = defaultdict(list)
    for row in rows:
        if row["engine"] == FLOOR and whole(row):
            floors[row["round"], row["shape"]["lanes"]].append(row["sent_s"])
    return [
        row["sent_s"] / statistics.median(floor)
        for row in rows
        if row["engine"] == engine
        and whole(row)
        and (floor := floors.get((row["round"], row["shape"]["lanes"])))
    ]


def whole(row: Row) -> bool:
    """Every post once and none before its time: only that is a time to be compared."""
    wrong = ("broken", "cut_off", "lost", "double", "strangers", "early")
    return bool(row.get("sent_s")) and not any(row.get(key) for key in wrong)


def trouble(rows: Sequence[Row]) -> str:
    """What went wrong in any round, in words."""
    told = [str(row[key]) for row in rows for key in ("broken", "cut_off") if row.get(key)]
    for key in ("lost", "double", "strangers", "early"):
        if counts := [row[key] for row in rows if row.get(key)]:
            told.append(f"{key} {max(counts):,}")
    return "; ".join(dict.fromkeys(told))
