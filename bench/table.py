"""`python -m bench.table [RESULTS.jsonl]`: what was measured, with peers and alone, as `bench/results.md`."""

from __future__ import annotations

import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import budgets, kept
from bench.peers.catalogue import ALL, FLOOR
from bench.peers.machine import FOREIGN_BOUND
from bench.peers.session import read
from bench.peers.workloads import INSTANTS, TOGETHER
from bench.ratios import Row, ratios, trouble

RESULTS = Path(__file__).with_name("results.md")


class NotComparable(Exception):
    """Rounds of one name that did different things."""


def comparable(rows: Sequence[Row]) -> None:
    """Raises NotComparable when one engine's rounds of a workload differ, or workloads of one name do."""
    shapes: dict[tuple[str, str], str] = {}
    shared: dict[str, str] = {}
    for row in rows:
        if row["engine"] != FLOOR:  # it is run with each number of posts
            shape = json.dumps(row["shape"], sort_keys=True)
            if shapes.setdefault((row["workload"], row["engine"]), shape) != shape:
                raise NotComparable(f"{row['workload']} of {row['engine']}: rounds with different workloads")
        same = json.dumps([row["shape"][key] for key in ("kind", "each", "workers", "backlog")])
        if shared.setdefault(row["workload"], same) != same:
            raise NotComparable(f"{row['workload']}: runs of different workloads under one name")


def table(rows: Sequence[Row], alone: Sequence[Row] = ()) -> list[str]:
    """The whole page. `alone`: what Loa's own benchmarks have kept."""
    runs = [row for row in rows if "turn" in row]
    comparable(runs)
    head = next((row for row in rows if "machine" in row), {})
    lines = [
        "# Loa beside its peers",
        "",
        *_head(head),
        *budgets.table(budgets.budgets(runs, alone)),
        *_limits([r["limits"] for r in rows if "limits" in r]),
    ]
    for workload in dict.fromkeys(row["workload"] for row in runs):
        mine = [row for row in runs if row["workload"] == workload]
        lines += _section(workload, mine)
    lines += budgets.enqueuing(runs)
    lines += ["## Settings", "", *(f"- **{one.name}**: {one.settings}." for one in ALL.values()), ""]
    return lines


def _head(head: Row) -> list[str]:
    told = {**head.get("machine", {}), **head.get("versions", {})}
    told |= {key: head[key] for key in ("date", "commit", "broker", "postgresql") if key in head}
    return [
        ", ".join(f"{key} {value}" for key, value in told.items()) + ".",
        "",
        "Medians, range in brackets; ratios to the floor of the same round with as many posts. A star: others"
        f" used more than {FOREIGN_BOUND} cores in some round.",
        "",
    ]


def _limits(found: Sequence[dict[str, float]]) -> list[str]:
    if not found:
        return []
    rows = [f"| {what} | {_middle([one[what] for one in found], 0)} |" for what in found[0]]
    return ["## The machine's limits", "", "| | a second |", "|---|---|", *rows, ""]


SHOWN = {
    "herd": ("sent_s", "recorded_s", "came_first", "came_median", "enqueue_s", "cpu_s", "out_of_order"),
    "due": ("came_last", "start_s", "idle_percent", "memory_mb", "load_s", "enqueue_s"),
    "kill": ("taken_at_kill", "lost", "double", "recorded", "all_sent_s", "recorded_s"),
}


def _section(workload: str, rows: Sequence[Row]) -> list[str]:
    shown = SHOWN[rows[0]["shape"]["kind"]]
    lines = [f"## {workload}", "", f"| engine | posts | ratio | {' | '.join(shown)} | told |"]
    lines.append("|---" * (len(shown) + 4) + "|")
    groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["engine"], row["shape"]["lanes"] * row["shape"]["each"]].append(row)
    for (engine, posts), mine in groups.items():
        star = "*" if any(row["foreign_cores"] > FOREIGN_BOUND for row in mine) else ""
        figures = [_middle([row[key] for row in mine if row.get(key) is not None], 3) for key in shown]
        ratio = "1" if engine == FLOOR else _middle(ratios(rows, engine), 2)
        count = f"{INSTANTS * TOGETHER} + 1" if rows[0]["shape"]["kind"] == "due" else f"{posts:,}"
        told = (
            trouble(mine)
            if "lost" not in shown
            else "; ".join(str(r["broken"]) for r in mine if "broken" in r)
        )
        lines.append(f"| {engine}{star} | {count} | {ratio} | {' | '.join(figures)} | {told} |")
    return [*lines, ""]


def _middle(values: Iterable[float], digits: int) -> str:
    found = sorted(values)
    if not found:
        return "–"
    middle = f"{statistics.median(found):,.{digits}f}"
    return middle if len(found) == 1 else f"{middle} ({found[0]:,.{digits}f}–{found[-1]:,.{digits}f})"


def main() -> None:
    files = [file for file in kept.FILE.parent.glob("*.jsonl") if file != kept.FILE]
    files = [Path(sys.argv[1])] if len(sys.argv) > 1 else sorted(files, key=lambda f: f.stat().st_mtime)
    alone = kept.kept()
    if not files and not alone:
        sys.exit("no results yet: make bench")
    RESULTS.write_text("\n".join(table(read(files[-1]) if files else [], alone)), "utf-8")
    print(RESULTS)


if __name__ == "__main__":
    main()
