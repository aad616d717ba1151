"""What a claim, a cancelling and a start ask of the notes cost the same however many posts were published."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from scheduler import facts, witness_index
from scheduler.facts import Facts
from scheduler.witness import SENT, Witness


@pytest.mark.parametrize(
    "ask",
    [
        lambda told: told.look("approval", "a"),
        lambda told: told.all("freeze"),
        lambda told: told.given_to("bai@kenh"),
    ],
)
def test_a_fact_is_found_without_going_through_every_note(ask):
    connection = sqlite3.connect(":memory:", isolation_level=None)
    told = Facts.empty(connection)
    told.index_by_value()
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    ask(told)
    connection.set_trace_callback(None)
    [statement] = asked
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))
    assert plan.startswith("SEARCH"), plan
    assert "SCAN" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan


def test_a_later_start_reads_only_what_was_added_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(witness_index, "FROM_BYTES", 0)
    before = Witness(tmp_path)
    before.approvals(SENT, ["a", "b"])
    assert before.state("a") == SENT
    before.approvals(SENT, ["c"])
    read: list[bytes] = []
    real = facts._Learner.learn

    def learn(learner: facts._Learner, lines: bytes) -> None:
        read.append(lines)
        real(learner, lines)

    monkeypatch.setattr(facts._Learner, "learn", learn)
    assert [Witness(tmp_path).state(name) for name in "abc"] == [SENT, SENT, SENT]
    assert b"".join(read) == b'\n["approval", "c", "sent"]\n'


def test_few_notes_need_no_index(tmp_path: Path):
    witness = Witness(tmp_path)
    witness.approvals(SENT, ["a"])
    assert witness.state("a") == SENT
    assert [file.name for file in tmp_path.iterdir()] == [witness.file.name]
