"""Transactions of several workers beside each other on a real server: nobody waits but at the very end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from scheduler import audit
from scheduler.side_by_side import LONGEST_REST_S, REST, Seldom, SideBySide
from scheduler.store import postgres, tally
from scheduler.store.database import Database
from scheduler.store.tables import audit_event, channel, delivery, post

NOW = datetime(2026, 11, 9, 1, 0, tzinfo=UTC)
STAMPS = {"created_at": NOW, "updated_at": NOW}
LANES = 4
PATIENCE_S = 30.0


@pytest.fixture
def database(server: Any, tmp_path: Path) -> Iterator[Database]:
    made = Database(server.database(tmp_path))
    with made.engine.begin() as connection:
        about = {"title": "", "kind": "hoi_dap", "source": "", "contributors": "a"}
        connection.execute(insert(post).values(id="p", **about, **STAMPS))
        for n in range(LANES):
            named = {"id": f"xa{n}", "platform": "facebook", "account": "", "name": "", "state": "ok"}
            connection.execute(insert(channel).values(**named, **STAMPS))
            row = {"id": f"p@xa{n}", "marker": f"m{n}", "post_id": "p", "channel_id": f"xa{n}"}
            connection.execute(insert(delivery).values(**row, status="queued", due_at=NOW, **STAMPS))
    yield made
    made.close()


def moved(connection: Connection, lane: int, status: str) -> None:
    changed = update(delivery).where(delivery.c.channel_id == f"xa{lane}")
    connection.execute(changed.values(status=status))


def test_what_one_worker_writes_waits_for_no_other_though_both_change_the_same_counts(database: Database):
    half_way, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        moved(connection, 0, "ready")
        audit.record(connection, at=NOW, actor=audit.MACHINE, action="ready", subject="p@xa0")
        half_way.set()
        assert go_on.wait(PATIENCE_S)

    def quick(connection: Connection) -> None:
        moved(connection, 1, "ready")
        audit.record(connection, at=NOW, actor=audit.MACHINE, action="ready", subject="p@xa1")

    hot = SideBySide(database)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(hot.run, slow)
        try:
            assert half_way.wait(PATIENCE_S)
            database.patience_ms = 2_000  # else it would wait for the first
            hot.run(quick)
        finally:
            go_on.set()
        first.result(PATIENCE_S)
    with database.read() as connection:
        assert tally.counts(connection) == {"ready": 2, "queued": 2}
        assert tally.is_right(connection)
        told = select(audit_event.c.subject).order_by(audit_event.c.id)
        assert connection.scalars(told).all() == ["p@xa1", "p@xa0"]
        assert audit.broken_link(connection) is None


def test_counts_and_the_record_are_whole_whoever_writes_when_and_no_two_block_each_other(database: Database):
    """The statuses are passed through in opposite orders: rows that all touch would be locked crosswise."""
    orders = [("preparing", "ready", "revealing"), ("revealing", "ready", "preparing")]
    hot, rounds = SideBySide(database), 15
    tries: list[int] = []

    def work(lane: int, turn: int) -> None:
        def both(connection: Connection) -> None:
            tries.append(lane)
            for status in orders[(lane + turn) % 2]:
                moved(connection, lane, status)
            audit.record(connection, at=NOW, actor=audit.MACHINE, action="held", subject=f"p@xa{lane}")

        hot.run(both)

    def worker(lane: int) -> None:
        for turn in range(rounds):
            work(lane, turn)

    with ThreadPoolExecutor(LANES) as threads:
        ended: list[Future[None]] = [threads.submit(worker, lane) for lane in range(LANES)]
        wait(ended, 4 * PATIENCE_S)
        for one in ended:
            one.result(0)
    assert len(tries) == LANES * rounds, "a deadlock was run again"
    with database.read() as connection:
        assert tally.is_right(connection)
        assert audit.broken_link(connection) is None
        assert len(connection.execute(select(audit_event.c.id)).all()) == LANES * rounds


def test_a_worker_that_is_suspended_in_the_middle_is_cut_off_before_others_lose_patience(database: Database):
    def told(connection: Connection) -> str:
        return str(connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar())

    assert SideBySide(database).run(told) == f"{postgres.HOT_IDLE_S}s"
    assert database.run(told) == "1min", "only of that transaction"
    assert database.patience_ms > postgres.HOT_IDLE_S * 1000


def test_small_jobs_leave_the_database_to_the_workers_several_times_as_long_as_they_had_it(
    database: Database,
):
    rests: list[float] = []
    took = Seldom(database, rests.append).run(lambda c: c.exec_driver_sql("SELECT pg_sleep(0.02)").scalar())
    assert took is not None
    assert len(rests) == 1
    assert 0.02 * REST <= rests[0] <= LONGEST_REST_S
