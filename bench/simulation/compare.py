"""How true the simulation is: the real publisher on herds beside it, `python -m bench.simulation.compare`.

The seconds of CPU are those of the first herd; the others (slower answers, more channels) are foretold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.simulation import herd
from bench.simulation.herd import Lived
from bench.simulation.world import Scenario, live

HERDS = ((200, 0.05), (200, 0.5), (200, 1.0), (400, 0.05))
"""Channels, and seconds that each answer of the practice platform takes."""
RUNS = 3


@dataclass(frozen=True)
class Beside:
    """Seconds late: the median, 95 of 100, the last; as lived and as simulated."""

    channels: int
    call_s: float
    lived: tuple[float, float, float]
    simulated: tuple[float, float, float]


def main() -> None:
    lived = [_quietest(count, call_s) for count, call_s in HERDS]
    print("\n".join(table([beside(one, lived[0]) for one in lived])))


def _quietest(count: int, call_s: float) -> Lived:
    """The quickest of some runs: what other programs take of the machine is in none of our figures."""
    return min((herd.live(count, call_s) for _ in range(RUNS)), key=lambda one: one.late[-1])


def beside(one: Lived, measured: Lived) -> Beside:
    """One herd, and the same simulated with the CPU seconds of `measured`."""
    own = {
        ("facebook", "prepare"): measured.cpu_prepare,
        ("facebook", "reveal"): measured.cpu_reveal,
        ("facebook", "verify"): measured.cpu_verify,
    }
    scenario = Scenario(one.channels, platforms=("facebook",), call_s=one.call_s, jitter=0)
    told = live(scenario, worker_s=lambda platform, step: own[platform, step])
    return Beside(one.channels, one.call_s, shape(one.late), shape([d.late_s for d in told.deliveries]))


def shape(late: Sequence[float]) -> tuple[float, float, float]:
    """Median, 95 of 100, last."""
    ordered = sorted(late)
    return ordered[len(ordered) // 2], ordered[int(0.95 * len(ordered))], ordered[-1]


def table(rows: Sequence[Beside]) -> list[str]:
    lines = [
        "| Pages | each answer takes | late p50, lived / simulated | p95 | last | ratio of the last |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        pairs = [f"{a:.2f} / {b:.2f} s" for a, b in zip(row.lived, row.simulated, strict=True)]
        ratio = row.simulated[2] / row.lived[2]
        lines.append(f"| {row.channels} | {row.call_s:g} s | {' | '.join(pairs)} | {ratio:.2f} |")
    return lines


if __name__ == "__main__":
    main()
