"""A session: which runs, in which order, what is done already, how long the rest takes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.peers.catalogue import ALL, FLOOR, FLOORS, Listed
from bench.peers.workloads import INSTANT_EVERY_S, INSTANTS, QUIET_S, TOGETHER, Workload

FLOOR_EVERY = 12
"""Engines between two runs of the floor."""
ENQUEUE_SLACK = 1.5
DESK_START_S = 2.0
"""A later round gives the storing so many times what it has taken, and its process time to start."""
DESKS_S = 3.5
"""Preparing, waiting for the whole second, stopping."""
FULL = (
    Workload("herd", "herd", 2000, 1),
    Workload("lanes", "herd", 200, 10, rounds=1),
    Workload("kill", "kill", 500, 1, rounds=1),
    Workload("due-10k", "due", backlog=10_000, rounds=1),
    Workload("due-100k", "due", backlog=100_000, rounds=1),
    Workload("due-1m", "due", backlog=1_000_000, rounds=1),
    Workload("two-workers", "herd", 2000, 1, workers=2, rounds=1),
    Workload("four-workers", "herd", 2000, 1, workers=4, rounds=1),
    Workload("kill-one-of-two", "kill", 500, 1, workers=2, rounds=1),
)
QUICK = (
    Workload("herd", "herd", 100, 1, rounds=1),
    Workload("lanes", "herd", 20, 5, rounds=1),
    Workload("kill", "kill", 400, 1, rounds=1),
    Workload("due-1k", "due", backlog=1000, rounds=1),
    Workload("two-workers", "herd", 100, 1, workers=2, rounds=1),
    Workload("kill-one-of-two", "kill", 400, 1, workers=2, rounds=1),
)


@dataclass(frozen=True)
class Turn:
    """One run to be made."""

    workload: Workload
    engine: Listed
    round: int
    place: int
    """Which of several runs of the floor in a round this is."""

    @property
    def name(self) -> tuple[str, str, int, int]:
        return self.workload.name, self.engine.name, self.round, self.place

    def guess_s(self) -> float:
        """Seconds it takes, before any was seen."""
        shaped = self.workload.for_engine(self.engine)
        posts = shaped.lanes * shaped.each if shaped.kind != "due" else INSTANTS * TOGETHER + 1
        stored = posts / self.engine.enqueue_per_s + self.engine.start_s + DESKS_S
        if shaped.kind == "due":
            loaded = 0 if self.engine in FLOORS else shaped.backlog / 20_000
            return stored + QUIET_S + INSTANTS * INSTANT_EVERY_S + loaded
        if shaped.kind == "kill":
            return stored + 15 + self.engine.lease_s
        return stored + posts / (1000 if self.engine in FLOORS else 300)


def plan(workloads: Sequence[Workload], engines: Collection[str], rounds: int = 0) -> list[Turn]:
    """Every run, round by round; the floor comes before, between and after the engines of each round.

    `engines`: names; none for all. `rounds` replaces the workloads' own number of rounds.
    """
    turns = []
    for workload in workloads:
        chosen = [one for one in ALL.values() if one not in FLOORS[:1] and _takes_part(one, workload)]
        chosen = [one for one in chosen if not engines or one.name in engines]
        for number in range(rounds or workload.rounds):
            taking = [one for one in chosen if number == 0 or one not in FLOORS]  # what commits cost: once
            first = number % max(len(taking), 1)
            order = taking[first:] + taking[:first]
            turns += list(_with_floors(workload, order, number))
    return turns


def _takes_part(engine: Listed, workload: Workload) -> bool:
    if workload.workers > 1:
        return engine.several
    if engine.name == "loa-worker":
        return False
    if workload.kind == "herd":  # without an order of its own it does the same in both herds
        return workload.each == 1 or (bool(engine.order) and engine not in FLOORS)
    return engine not in FLOORS and engine.most_backlog >= workload.backlog


def _with_floors(workload: Workload, order: Sequence[Listed], number: int) -> Iterator[Turn]:
    """A floor for each number of posts that is given to an engine of this round."""
    floors: list[Listed] = []
    if workload.kind == "herd":
        counts = sorted({one.posts for one in order if workload.for_engine(one) != workload})
        floors = [ALL[FLOOR], *(replace(ALL[FLOOR], posts=count) for count in counts)]
    elif workload.kind == "due":
        floors = [ALL[FLOOR]]
    place = 0
    for at, engine in enumerate(order):
        if at % FLOOR_EVERY == 0:
            yield from (Turn(workload, floor, number, place + n) for n, floor in enumerate(floors))
            place += len(floors)
        yield Turn(workload, engine, number, 0)
    yield from (Turn(workload, floor, number, place + n) for n, floor in enumerate(floors))


class Record:
    """Results so far, a JSON object a line; a run that is in it is not made again."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows = read(file) if file.exists() else []
        self._done = {tuple(row["turn"]) for row in self.rows if "turn" in row}

    def has(self, turn: Turn) -> bool:
        return turn.name in self._done

    def add(self, row: dict[str, Any]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.rows.append(row)

    def paced(self, turn: Turn) -> Listed:
        """The engine with the rate at which it has stored posts in the last round, instead of the guess."""
        for row in reversed(self.rows if turn.workload.kind == "herd" else []):
            same = (row.get("workload"), row.get("engine")) == (turn.workload.name, turn.engine.name)
            if same and row.get("enqueue_s"):
                posts = row["shape"]["lanes"] * row["shape"]["each"]
                rate = posts / (ENQUEUE_SLACK * row["enqueue_s"] + DESK_START_S)
                return replace(turn.engine, enqueue_per_s=max(1, int(rate)))
        return turn.engine

    def left_s(self, turns: Sequence[Turn]) -> float:
        """Seconds for these turns: as long as the same took before, else the guess."""
        seen = {(row["workload"], row["engine"]): row["took_s"] for row in self.rows if "turn" in row}
        return sum(seen.get((t.workload.name, t.engine.name), t.guess_s()) for t in turns)


def commit() -> str:
    """Of the tree that is measured."""
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    return done.stdout.strip() or "unversioned"


def read(file: Path) -> list[dict[str, Any]]:
    """Rows of a results file; a line that was cut off by a kill is left out."""
    rows = []
    for line in file.read_text("utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows
