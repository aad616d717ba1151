"""The questions a ministry or a province asks, as scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bench.simulation.allowances import Sharing
from bench.simulation.facts import COMMUNES, PROVINCES
from bench.simulation.figures import Row, row_group
from bench.simulation.world import Scenario

OF_A_PROVINCE = round(COMMUNES / PROVINCES)
WORKERS = (1, 2, 4, 8, 16)
ENOUGH = 8
"""Workers for the questions that are not about workers."""

COUNTRY = Scenario(COMMUNES, ENOUGH, database="postgresql", server_cores=ENOUGH)
SHARED: dict[Sharing, str] = {
    "one": "one for the country",
    "province": "one a province",
    "unit": "one a unit",
}


def everything() -> Iterator[Row]:
    """All tables, some minutes of work."""
    yield from machines()
    yield from projects()
    yield from relief()
    yield from videos()


def machines() -> Iterator[Row]:
    """How many workers, every unit with API projects of its own."""
    yield from row_group("machines", "one commune, 1 worker, a file", Scenario(1))
    yield from row_group("machines", "one province, 1 worker, a file", Scenario(OF_A_PROVINCE))
    for workers in (2, 4):
        asked = Scenario(OF_A_PROVINCE, workers, database="postgresql")
        yield from row_group("machines", f"one province, {_workers(workers)}", asked)
    for workers in WORKERS:
        asked = Scenario(COMMUNES, workers, database="postgresql", server_cores=_cores(workers))
        label = f"the country, {_workers(workers)}, server of {_cores(workers)} cores"
        yield from row_group("machines", label, asked)


def projects() -> Iterator[Row]:
    """One API project for all, one a province, one a unit."""
    apart = ("facebook", "youtube", "zalo")
    for sharing, label in SHARED.items():
        yield from row_group("projects", label, replace(COUNTRY, platforms=apart, sharing=sharing))
    captioned = replace(COUNTRY, platforms=("youtube",), captions=True)
    for sharing, label in list(SHARED.items())[1:]:
        yield from row_group("projects", f"{label}, with captions", replace(captioned, sharing=sharing))


def relief() -> Iterator[Row]:
    """What helps without another machine: platforms that hold posts, minutes that differ."""
    helps: dict[str, dict[str, Any]] = {
        "all at 08:00:00": {},
        "prepared 2 hours before": {"lead_s": 7200.0},
        "held by the platforms that can": {"hand_over": True},
        "held, prepared 2 hours before": {"hand_over": True, "lead_s": 7200.0},
        "spread over 2 minutes": {"spread_s": 120.0},
        "spread over 15 minutes": {"spread_s": 900.0},
    }
    for label, more in helps.items():
        yield from row_group("relief", label, replace(COUNTRY, workers=4, server_cores=4, **more))


def videos() -> Iterator[Row]:
    """Whether the half hour before is enough to bring the videos up."""
    for megabytes in (20.0, 100.0, 300.0):
        asked = Scenario(OF_A_PROVINCE, video_mb=megabytes)
        yield from row_group("videos", f"one province, 1 worker, {megabytes:.0f} MB each", asked)
    for megabytes in (20.0, 100.0):
        label = f"the country, {ENOUGH} workers, {megabytes:.0f} MB each"
        yield from row_group("videos", label, replace(COUNTRY, video_mb=megabytes))


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"


def _cores(workers: int) -> int:
    """A server of as many cores as there are workers, two at least."""
    return max(2, workers)
