"""The budgets beside what was measured: met, not met, and never a figure of another size."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bench import budgets, table
from bench.dispatch import Dispatch
from bench.kept import keep, kept
from bench.memory import Memory
from bench.peers.catalogue import ALL, FLOOR
from bench.peers.session import FULL, QUICK, Record, plan
from bench.peers.sink import tally
from bench.peers.workloads import Workload


def run(engine: str, sent_s: float, lanes: int = 2000, **more: Any) -> dict[str, Any]:
    shape = Workload("herd", "herd", lanes).as_row()
    counts = asdict(tally([], {})) | {"sent_s": sent_s, "foreign_cores": 0.0, "round": 0}
    return {"turn": [], "workload": "herd", "engine": engine, "shape": shape} | counts | more


def verdicts(rows: list[dict[str, Any]], alone: list[dict[str, Any]]) -> dict[str, str]:
    return {one.what: one.verdict for one in budgets.budgets(rows, alone)}


def test_a_herd_within_a_quarter_of_the_floor_meets_its_budget_and_a_slower_one_does_not() -> None:
    assert verdicts([run(FLOOR, 1.0), run("loa", 1.25)], [])["herd of 2,000, against the bare pool"] == "met"
    slower = verdicts([run(FLOOR, 1.0), run("loa", 1.3)], [])
    assert slower["herd of 2,000, against the bare pool"] == "**not met**"


def test_a_small_herd_says_nothing_about_the_budget() -> None:
    found = verdicts([run(FLOOR, 1.0, 100), run("loa", 1.0, 100), run("celery", 9.0, 100)], [])
    assert set(found.values()) == {"not measured"}


def test_twice_as_fast_as_a_peer_is_reckoned_from_floors_with_as_many_posts() -> None:
    rows = [run(FLOOR, 1.0), run(FLOOR, 0.5, 500), run("loa", 1.2)]
    assert verdicts([*rows, run("procrastinate", 1.2, 500)], [])["as fast as procrastinate"] == "met"
    assert verdicts([*rows, run("procrastinate", 1.1, 500)], [])["as fast as procrastinate"] == "**not met**"


def test_a_peer_that_lost_posts_is_not_beaten_but_told() -> None:
    rows = [run(FLOOR, 1.0), run("loa", 1.2), run("celery", 9.0, lost=3)]
    [one] = [one for one in budgets.budgets(rows, []) if one.what == "as fast as celery"]
    assert (one.verdict, one.told) == ("not measured", "lost 3")


def test_of_what_a_benchmark_of_loa_alone_has_kept_the_last_run_of_the_budgets_size_counts(
    tmp_path: Path,
) -> None:
    file = tmp_path / "alone.jsonl"
    keep("dispatch", Dispatch(10_000, 100, 50.0, 900.0, 950.0, 1.0), file=file)
    keep("dispatch", Dispatch(10_000, 100, 50.0, 200.0, 220.0, 1.0), file=file)
    keep("dispatch", Dispatch(1_000_000, 100, 70.0, 210.0, 230.0, 1.0), file=file)
    keep("memory", Memory(10, 50, 90.0, 900.0), file=file, chunks=99.0)
    found = verdicts([], kept(file))
    assert found["first call after the due instant, p99"] == "met"
    assert found["the same (p50) with 1,000,000 queued"] == "**not met**"
    assert found["a video of 300 MB: memory grows by"] == "not measured"


def test_the_page_tells_how_long_a_hundred_thousand_take_in_an_engines_own_way() -> None:
    page = "\n".join(table.table([run("loa", 1.0, enqueue_s=20.0)]))
    assert "| loa | 2000 | 100 | 1,000 s | – |" in page
    assert "## Budgets" in page


def test_a_later_round_waits_as_long_as_storing_has_taken(tmp_path: Path) -> None:
    record = Record(tmp_path / "results.jsonl")
    [first, second] = [turn for turn in plan([FULL[0]], ["huey-sqlite"], 2) if turn.engine.name != FLOOR]
    assert record.paced(first) == ALL["huey-sqlite"]
    record.add(run("huey-sqlite", 5.0, enqueue_s=2.0))
    assert record.paced(second).enqueue_per_s == 400


@pytest.mark.parametrize("session", [FULL, QUICK], ids=["full", "quick"])
def test_every_engine_takes_part_in_every_session(session: tuple[Workload, ...]) -> None:
    assert {turn.engine.name for turn in plan(session, [])} == set(ALL)


def test_only_several_workers_are_killed_one_of_and_only_who_keeps_an_order_is_tried_for_it() -> None:
    taking = {w.name: {turn.engine.name for turn in plan([w], []) if turn.engine.name != FLOOR} for w in FULL}
    assert taking["kill-one-of-two"] == {name for name, one in ALL.items() if one.several}
    assert "celery" in taking["herd"]
    assert "celery" not in taking["lanes"]
    assert "loa" in taking["due-1m"]
    assert "celery" not in taking["due-1m"]
