"""The budgets of Loa beside what was measured, for the head of `bench/results.md`.

Each figure is one that a benchmark has kept: of the comparison (bench.peers), or of Loa alone (bench.kept).
What nobody measured at the budget's size says so.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.peers.catalogue import ALL
from bench.peers.machine import FOREIGN_BOUND
from bench.ratios import Row, ratios, trouble

HERD = 2000
MILLION, FEW = 1_000_000, 10_000
VIDEO_MB = 300
TWICE = ("huey-sqlite", "celery", "procrastinate", "dbos-sqlite", "dbos-postgresql")
AS_FAST = ("apscheduler-memory",)
OWN_ENQUEUE = 100_000


@dataclass(frozen=True)
class Budget:
    """`found` in the unit of `limit`, None where not measured. `least`: `limit` is the least allowed."""

    what: str
    limit: float
    unit: str
    found: float | None
    told: str = ""
    least: bool = False

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "not measured"
        kept = self.found >= self.limit if self.least else self.found <= self.limit
        return "met" if kept else "**not met**"


def budgets(rows: Sequence[Row], alone: Sequence[Row]) -> list[Budget]:
    """`rows`: runs of the comparison; `alone`: what `bench.kept` has, the oldest first."""
    return [*_herd(rows), *_alone(alone)]


def table(found: Sequence[Budget]) -> list[str]:
    """Markdown."""
    lines = ["## Budgets", "", "| what | budget | measured | | told |", "|---|---|---|---|---|"]
    for one in found:
        sign, unit = "≥" if one.least else "≤", f" {one.unit}".rstrip()
        measured = "–" if one.found is None else f"{one.found:,.3g}{unit}"
        lines.append(f"| {one.what} | {sign} {one.limit:g}{unit} | {measured} | {one.verdict} | {one.told} |")
    return [*lines, ""]


def enqueuing(rows: Sequence[Row]) -> list[str]:
    """Markdown: posts a second in each engine's own way, and a hundred thousand loaded for later."""
    lines = [
        "## enqueue 100 k",
        "",
        "Own way: read from the herd's posts; 100,000 in it are reckoned from that. Loaded: the backlog of"
        " due-100k, measured.",
        "",
        "| engine | posts | own way, a second | 100,000 in it, reckoned | loaded | how |",
        "|---|---|---|---|---|---|",
    ]
    for name, listed in ALL.items():
        own = [
            (row["enqueue_s"], row["shape"]["lanes"] * row["shape"]["each"])
            for row in rows
            if row["engine"] == name and row["workload"] == "herd" and row.get("enqueue_s", 0) > 0.001
        ]
        loaded = [
            row["load_s"]
            for row in rows
            if row["engine"] == name and row["shape"]["backlog"] == OWN_ENQUEUE and "load_s" in row
        ]
        if name.startswith("floor") or not (own or loaded):
            continue
        rate = statistics.median(count / seconds for seconds, count in own) if own else None
        lines.append(
            f"| {name} | {own[0][1] if own else '–'} | {f'{rate:,.0f}' if rate else '–'} "
            f"| {f'{OWN_ENQUEUE / rate:,.0f} s' if rate else '–'} "
            f"| {f'{statistics.median(loaded):,.1f} s | {listed.loaded_by}' if loaded else '– | '} |"
        )
    return [*lines, ""] if len(lines) > 6 else []


def _herd(rows: Sequence[Row]) -> list[Budget]:
    mine = [row for row in rows if row["workload"] == "herd"]
    loa = [row for row in mine if row["engine"] == "loa" and row["shape"]["lanes"] == HERD]
    ours = _middle(ratios(mine, "loa")) if loa else None
    found = [Budget(f"herd of {HERD:,}, against the bare pool", 1.25, "×", ours, _told(loa))]
    for names, limit in ((TWICE, 2.0), (AS_FAST, 1.0)):
        for name in names:
            theirs = _middle(ratios(mine, name))
            times = theirs / ours if theirs and ours else None
            told = _told([row for row in mine if row["engine"] == name])
            found.append(Budget(f"as fast as {name}", limit, "×", times, told, least=True))
    return found


def _told(rows: Sequence[Row]) -> str:
    busy = any(row["foreign_cores"] > FOREIGN_BOUND for row in rows)
    return "; ".join(filter(None, [trouble(rows), "others used the processors" if busy else ""]))


def _alone(alone: Sequence[Row]) -> list[Budget]:
    def last(kind: str, size: str, of: float) -> Row | None:
        return next((row for row in reversed(alone) if row["alone"] == kind and row[size] == of), None)

    def read(row: Row | None, figure: Callable[[Row], float]) -> tuple[float | None, str]:
        return (None, "") if row is None else (figure(row), f"{row['date']}, {row['commit']}{_busy(row)}")

    few, million = last("dispatch", "queued", FEW), last("dispatch", "queued", MILLION)
    grown, said = read(million, lambda row: row["p50_ms"] / few["p50_ms"]) if few else (None, "")
    idle = last("idle", "queued", MILLION)
    started, herd = last("start", "queued", MILLION), last("herd", "channels", HERD)
    return [
        Budget(
            f"herd of {HERD:,} Pages, two calls each, bare pool", 1.25, "×", *read(herd, lambda r: r["ratio"])
        ),
        Budget("first call after the due instant, p99", 250, "ms", *read(few, lambda r: r["p99_ms"])),
        Budget("the same (p50) with 1,000,000 queued", 1.2, "×", grown, said),
        Budget("publisher's memory, 1,000,000 queued", 120, "MB", *read(idle, lambda r: r["memory_mb"])),
        Budget("its processor while idle", 0.5, "%", *read(idle, lambda r: r["cpu_percent"])),
        Budget(
            f"a video of {VIDEO_MB} MB: memory grows by",
            2,
            "chunks",
            *read(last("memory", "large_mb", VIDEO_MB), lambda r: r["chunks"]),
        ),
        Budget("`loa --help`", 0.15, "s", *read(started, lambda r: r["help_s"])),
        Budget("`loa queue list`, 1,000,000 queued", 0.9, "s", *read(started, lambda r: r["list_s"])),
        Budget("the window's first frame", 0.8, "s", *read(started, lambda r: r["frame_s"])),
        Budget("a list of 1,000,000 opens", 0.2, "s", *read(started, lambda r: r["opens_s"])),
    ]


def _busy(row: Row) -> str:
    free = row.get("idle_before")
    return f", {100 * free:.0f} % of the machine free" if free is not None else ""


def _middle(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
