"""From lived scenarios to figures: how late, how many never came out, what it took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bench.simulation.world import Delivery, Scenario, live

LATE_S = 60.0


@dataclass(frozen=True)
class Figures:
    """Seconds late (None: it did not come out that day), and how the deliveries ended."""

    deliveries: int
    p50: float | None
    p95: float | None
    p99: float | None
    last: float | None
    late_share: float
    """Of those that came out more than a minute late, or not at all."""
    published: int
    missed: int
    failed: int

    @staticmethod
    def of(deliveries: Iterable[Delivery]) -> Figures:
        these = list(deliveries)
        late = sorted(one.late_s for one in these)
        count = len(late)

        def at(share: float) -> float | None:
            value = late[max(0, math.ceil(share * count) - 1)]
            return round(value, 3) if math.isfinite(value) else None

        ended = [one.state for one in these]
        return Figures(
            count,
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0),
            round(sum(one > LATE_S for one in late) / count, 4),
            ended.count("published"),
            ended.count("missed"),
            ended.count("failed"),
        )


@dataclass(frozen=True)
class Row:
    """One platform in one scenario, at the better and the worse end of what is known."""

    group: str
    label: str
    scenario: Scenario
    platform: str
    best: Figures
    worst: Figures


def row_group(group: str, label: str, scenario: Scenario) -> list[Row]:
    good, bad = _lived(best(scenario)), _lived(worst(scenario))
    return [Row(group, label, scenario, name, good[name], bad[name]) for name in scenario.platforms]


def best(scenario: Scenario) -> Scenario:
    """Answers in a tenth of a second, the larger allowances, PgQueuer's cost with the workers."""
    return replace(scenario, call_s=0.1, worst=False)


def worst(scenario: Scenario) -> Scenario:
    """Answers in a second, the smaller allowances, PgQueuer's cost with the database."""
    return replace(scenario, call_s=1.0, worst=True)


@cache
def _lived(scenario: Scenario) -> dict[str, Figures]:
    """By platform. Some tables ask the same question, and the same question has one answer."""
    lived = live(scenario)
    return {
        name: Figures.of(one for one in lived.deliveries if one.platform == name)
        for name in scenario.platforms
    }


def table(rows: Sequence[Row]) -> list[str]:
    """Markdown; every cell says best – worst."""
    lines = [
        "| | platform | late p50 | p95 | p99 | last | > 60 s late | not out that day |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [
            _both(_seconds(getattr(row.best, name)), _seconds(getattr(row.worst, name)))
            for name in ("p50", "p95", "p99", "last")
        ]
        cells.append(_both(f"{row.best.late_share:.0%}", f"{row.worst.late_share:.0%}"))
        gone = [f"{one.missed + one.failed:,}" for one in (row.best, row.worst)]
        lines.append(f"| {row.label} | {row.platform} | {' | '.join(cells)} | {_both(*gone)} |")
    return lines


def as_json(row: Row) -> dict[str, Any]:
    asked = {
        name: value
        for name, value in vars(row.scenario).items()
        if name not in ("worst", "call_s", "lateness", "platforms")
    }
    told = {"best": vars(row.best), "worst": vars(row.worst)}
    return {"group": row.group, "label": row.label, "platform": row.platform, "asked": asked, **told}


def _both(one: str, other: str) -> str:
    return one if one == other else f"{one} – {other}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "never"
    if value < 10:
        return f"{value:.1f} s"
    if value < 180:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"
