"""What is taken as given: the platforms' limits (`limits.toml`), what was measured (`measured.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from connectors.facebook.errors import BACK_OFF as FACEBOOK_BACK_OFF
from connectors.facebook.message import CAPABILITIES as FACEBOOK
from connectors.website.settings import CAPABILITIES as WEBSITE
from connectors.youtube.settings import CAPABILITIES as YOUTUBE
from connectors.zalo.errors import BACK_OFF as ZALO_BACK_OFF
from connectors.zalo.settings import CAPABILITIES as ZALO

Step = Literal["prepare", "hand_over", "reveal", "verify"]
HERE = Path(__file__).parent

CAPABILITIES = {"facebook": FACEBOOK, "youtube": YOUTUBE, "zalo": ZALO, "website": WEBSITE}
REST: dict[str, timedelta] = {"facebook": FACEBOOK_BACK_OFF, "zalo": ZALO_BACK_OFF}
"""How long a connector asks its lane to rest when the platform says no more; YouTube: until the day's end."""

COMMUNES = 3321
PROVINCES = 34
"""NQ 202/2025/QH15 of 12/06/2025: 34 provincial units, 3,321 communes (facts/domain.md §4)."""

COMMIT_S = {"sqlite": (1 / 3170, 4.8e-6), "postgresql": (1 / 2340, 8.8e-6)}
"""Seconds of a commit with one row, and of each further row (facts/engine.md §3: 1 row, 500 rows, FULL)."""
COMMITS_TOGETHER = 5280
"""Commits a second that one PostgreSQL took from 16 connections (same place)."""
PGQUEUER_JOB_S = 9.6 / 10_000
"""CPU that PgQueuer adds for each job, worker and server together (same place, §4); how it is shared was not
measured: at best all of it is the workers', at worst all of it the server's."""


@dataclass(frozen=True)
class Limit:
    """So many in a window of seconds, or None: in a day of California. None for an amount: no limit."""

    name: str
    per: Literal["project", "channel"]
    best: int | None
    worst: int | None
    window_s: int | None
    each_unit: bool
    """The amount is for each unit that shares the project."""
    confidence: str
    source: str


@dataclass(frozen=True)
class Call:
    name: str
    spends: Mapping[str, int] = field(default_factory=dict)
    shows: bool = False
    """From here on the public sees it."""
    carries_video: bool = False


@cache
def limits() -> dict[str, Limit]:
    found = {}
    for name, row in _read("limits.toml")["limit"].items():
        window = None if row["window"] == "pacific day" else row["window"]
        found[name] = Limit(
            name,
            row["per"],
            row.get("best"),
            row.get("worst"),
            window,
            row.get("each_unit", False),
            row["confidence"],
            row["source"],
        )
    return found


@cache
def calls(platform: str, step: Step, *, captions: bool = False) -> tuple[Call, ...]:
    """What the connector asks the platform, in order. A hand-over is the reveal with a time set."""
    asked = "reveal" if step == "hand_over" else step
    return tuple(
        Call(
            row["name"],
            row["spends"],
            row.get("shows", False) and step != "hand_over",
            row.get("carries_video", False),
        )
        for row in _read("limits.toml")["call"]
        if (row["platform"], row["step"]) == (platform, asked)
        and (captions or row.get("only_with") != "captions")
    )


def videos_a_day(*, captions: bool = False) -> int:
    """How many videos one Google project can bring out in a day: uploaded, shown and read back once."""
    spent: dict[str, int] = {}
    for step in ("prepare", "reveal", "verify"):
        for call in calls("youtube", step, captions=captions):
            for name, cost in call.spends.items():
                spent[name] = spent.get(name, 0) + cost
    return min((limits()[name].best or 0) // cost for name, cost in spent.items())


def not_published() -> dict[str, str]:
    return dict(_read("limits.toml")["not_published"])


@cache
def worker_s(platform: str, step: Step) -> float:
    """Seconds of one core that a step costs a worker."""
    cost: float = _read("measured.toml")["worker"][platform]["reveal" if step == "hand_over" else step]
    return cost


@cache
def server_s(step: Step) -> float:
    """Seconds of one core that a step costs the database server."""
    cost: float = _read("measured.toml")["server"]["reveal" if step == "hand_over" else step]
    return cost


def measured() -> dict[str, Any]:
    return _read("measured.toml")


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))
