"""The store: one schema however it came about, aware times only, and many writers in one commit."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import SQLModel

from content.errors import LoaError
from scheduler import audit
from scheduler.side_by_side import SideBySide
from scheduler.store import row_security, search, tables
from scheduler.store.database import BUSY_TIMEOUT_MS, HEAD, Database, alembic_config
from scheduler.store.group import LARGEST_GROUP, GroupCommit
from tests.support.store import not_waiting_for_the_disk

NOW = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Both stores keep the same promises."""
    server = request.getfixturevalue("server") if request.param == "postgresql" else None
    made = Database(server.empty(tmp_path) if server else f"sqlite:///{tmp_path / 'loa.db'}")
    made.migrate()
    yield made
    made.close()


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def beat(connection: Connection, worker: str, at: datetime = NOW) -> str:
    """The smallest row that holds a time."""
    connection.execute(
        tables.heartbeat.insert().values(
            worker=worker, host="may", pid=1, version="0", started_at=at, beat_at=at, stopped=False
        )
    )
    return worker


def workers(database: Database) -> list[str]:
    with database.read() as connection:
        as_written = text("rowid" if database.is_sqlite else "ctid")
        return list(connection.execute(select(tables.heartbeat.c.worker).order_by(as_written)).scalars())


# ---- schema ----------------------------------------------------------------------------------------


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())


def test_head_is_alembics_head():
    assert scripts().get_heads() == [HEAD]


def test_revisions_are_numbered_without_a_gap_so_that_they_compare_as_text():
    found = sorted(script.revision for script in scripts().walk_revisions())
    assert found == [f"{number:04}" for number in range(1, len(found) + 1)]


def test_a_migrated_database_is_exactly_what_the_tables_say(database: Database):
    with database.engine.connect() as connection:
        mine = {"include_name": lambda name, kind, _: not (kind == "table" and search.is_ours(name))}
        context = MigrationContext.configure(connection, opts={"compare_type": True, **mine})
        found = compare_metadata(context, SQLModel.metadata)
    if not database.is_sqlite:  # where those of due order say so (scheduler.store.order)
        in_order = {"delivery_order", "delivery_status", "delivery_channel", "lane_served"}
        in_order |= {*row_security.INDEXES}
        found = [one for one in found if not ("index" in one[0] and one[1].name in in_order)]
    assert found == []


def test_every_index_of_the_hot_path_is_there_with_its_condition(database: Database):
    told = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'delivery'"
        if database.is_sqlite
        else "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'delivery'"
    )
    with database.read() as connection:
        made = dict(connection.exec_driver_sql(told).all())
    for name in ("delivery_due", "delivery_lane"):
        assert "wake_at IS NOT NULL" in made[name]


def test_on_a_server_times_keep_their_zone_and_the_queue_has_its_order(server):
    made = Database(server.database("zones"))
    columns = "SELECT data_type FROM information_schema.columns WHERE table_schema = 'public'"
    indexes = "SELECT indexdef FROM pg_indexes WHERE indexname IN ('delivery_order', 'delivery_status')"
    with made.read() as connection:
        assert "timestamp without time zone" not in set(connection.exec_driver_sql(columns).scalars())
        found = connection.exec_driver_sql(indexes).scalars().all()
    made.close()
    assert len(found) == 2
    assert all("due_at NULLS FIRST" in one for one in found)


def test_migrating_twice_changes_nothing(database: Database):
    database.run(lambda c: beat(c, "w1"))
    database.migrate()
    assert database.revision() == HEAD
    assert workers(database) == ["w1"]


def test_every_migration_can_be_taken_back(database: Database):
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.migrate()
    assert database.revision() == HEAD


def test_a_schema_of_a_newer_loa_is_refused_with_both_numbers_and_left_alone(database: Database):
    database.run(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LoaError) as raised:
        database.migrate()
    said = str(raised.value)
    assert "9999" in said
    assert HEAD in said
    assert "Hãy cập nhật Loa" in said
    assert database.revision() == "9999"


# ---- times and settings ------------------------------------------------------------------------------


def test_a_naive_time_is_refused(database: Database):
    with pytest.raises(StatementError, match="naive datetime"):
        database.run(lambda c: beat(c, "w1", datetime(2026, 11, 9)))  # noqa: DTZ001 that is the point
    assert workers(database) == []


def test_a_time_comes_back_as_the_same_instant_in_utc(database: Database):
    here = timezone(timedelta(hours=7))
    at = datetime(2026, 11, 9, 7, 0, 0, 123456, tzinfo=here)
    database.run(lambda c: beat(c, "w1", at))
    with database.read() as connection:
        read = connection.execute(select(tables.heartbeat.c.beat_at)).scalar_one()
    assert read == at
    assert read.tzinfo is UTC


def test_times_of_different_zones_compare_as_instants_in_the_database(database: Database):
    here = timezone(timedelta(hours=7))
    database.run(lambda c: beat(c, "muộn", datetime(2026, 11, 9, 1, 0, tzinfo=UTC)))
    database.run(lambda c: beat(c, "sớm", datetime(2026, 11, 9, 7, 0, tzinfo=here)))
    with database.read() as connection:
        order = connection.execute(select(tables.heartbeat.c.worker).order_by(tables.heartbeat.c.beat_at))
        assert list(order.scalars()) == ["sớm", "muộn"]


@on_sqlite
def test_a_power_cut_cannot_take_back_what_was_committed(database: Database):
    event.remove(database.engine, "connect", not_waiting_for_the_disk)
    database.engine.dispose()
    with database.engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15_000}


def test_a_row_that_points_nowhere_is_refused(database: Database):
    with pytest.raises(IntegrityError):
        database.run(
            lambda c: c.exec_driver_sql("INSERT INTO lane VALUES ('khong-co', '', 0, NULL, NULL, 0, NULL)")
        )


@on_sqlite
def test_who_only_looks_is_not_stopped_by_a_writer(database: Database):
    assert database.file is not None
    with closing(sqlite3.connect(database.file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM heartbeat")
        assert workers(database) == []


# ---- group commit ------------------------------------------------------------------------------------


@pytest.fixture
def group(database: Database) -> Iterator[GroupCommit]:
    made = GroupCommit(database)
    yield made
    made.close()


def held_back(group: GroupCommit) -> tuple[threading.Event, threading.Thread]:
    """Keep the writer busy, so that what comes meanwhile is committed as one group."""
    started, go = threading.Event(), threading.Event()

    def work(_connection: Connection) -> None:
        started.set()
        assert go.wait(10)

    thread = threading.Thread(target=group.run, args=(work,))
    thread.start()
    assert started.wait(10)
    return go, thread


class Crowd:
    """Threads that each write one row; `results` by name, an error where one was raised."""

    def __init__(self, group: GroupCommit) -> None:
        self._group = group
        self._threads: list[threading.Thread] = []
        self.results: dict[str, object] = {}

    def write(self, name: str, *, fails: bool = False) -> None:
        def work(connection: Connection) -> str:
            beat(connection, name)
            audit.record(connection, at=NOW, actor=audit.MACHINE, action="held", subject=name)
            if fails:
                raise RuntimeError(name)
            return name

        def run() -> None:
            try:
                self.results[name] = self._group.run(work)
            except RuntimeError as error:
                self.results[name] = error

        before = self._group._waiting.qsize()
        thread = threading.Thread(target=run)
        thread.start()
        self._threads.append(thread)
        while self._group._waiting.qsize() == before:  # it must have queued up before the next one does
            threading.Event().wait(0.0005)

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive(), "a writer was never answered"


def test_what_waits_is_committed_together_and_everyone_gets_the_own_answer(
    database: Database, group: GroupCommit, monkeypatch: pytest.MonkeyPatch
):
    commits = []
    real = database.run
    monkeypatch.setattr(database, "run", lambda work: (commits.append(1), real(work))[1])
    go, first = held_back(group)
    crowd = Crowd(group)
    names = [f"w{number:02}" for number in range(40)]
    for name in names:
        crowd.write(name)
    go.set()
    crowd.wait()
    first.join()
    assert crowd.results == {name: name for name in names}
    assert workers(database) == names, "in the order in which they came"
    assert len(commits) == 2, "one for the first, one for all forty"


def test_one_that_fails_takes_nobody_along(database: Database, group: GroupCommit):
    go, first = held_back(group)
    crowd = Crowd(group)
    names = [f"w{number:02}" for number in range(20)]
    for name in names:
        crowd.write(name, fails=name == "w07")
    go.set()
    crowd.wait()
    first.join()
    assert isinstance(crowd.results.pop("w07"), RuntimeError)
    assert crowd.results == {name: name for name in names if name != "w07"}
    assert workers(database) == [name for name in names if name != "w07"], "and the order is kept"


@pytest.mark.parametrize("failing", ["", "w02"])
def test_what_a_group_has_to_tell_is_appended_to_the_record_once_and_nothing_of_who_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch, failing: str
):
    appended: list[int] = []
    append = audit.append

    def counted(connection: Connection, events: Sequence[dict[str, Any]]) -> None:
        appended.append(len(events))
        append(connection, events)

    monkeypatch.setattr(audit, "append", counted)
    with closing(GroupCommit(SideBySide(database))) as group:
        go, first = held_back(group)
        crowd = Crowd(group)
        names = [f"w{number:02}" for number in range(5)]
        for name in names:
            crowd.write(name, fails=name == failing)
        go.set()
        crowd.wait()
        first.join()
    told = [name for name in names if name != failing]
    with database.read() as connection:
        assert connection.scalars(select(tables.audit_event.c.subject)).all() == told
        assert audit.broken_link(connection) is None
    assert appended == [0, *([1] * len(told) if failing else [len(told)])]


def test_many_threads_at_once_lose_nothing(database: Database, group: GroupCommit):
    names = [f"w{number:03}" for number in range(LARGEST_GROUP + 50)]
    done: list[str] = []
    threads = [
        threading.Thread(target=lambda n=name: done.append(group.run(lambda c: beat(c, n)))) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == names
    assert sorted(workers(database)) == names


@on_sqlite
def test_what_run_returned_for_is_on_the_disk(database: Database, group: GroupCommit):
    group.run(lambda c: beat(c, "w1"))
    assert database.file is not None
    with closing(sqlite3.connect(database.file)) as other:
        assert other.execute("SELECT worker FROM heartbeat").fetchall() == [("w1",)]


def test_closing_finishes_what_is_waiting(database: Database):
    group = GroupCommit(database)
    go, first = held_back(group)
    crowd = Crowd(group)
    for name in ("w1", "w2"):
        crowd.write(name)
    closer = threading.Thread(target=group.close)
    closer.start()
    go.set()
    closer.join(10)
    crowd.wait()
    first.join()
    assert workers(database) == ["w1", "w2"]


def test_a_closed_writer_refuses_instead_of_keeping_its_caller_for_ever(database: Database):
    """A periodic job that comes late during shutdown would otherwise keep the process from ending."""
    group = GroupCommit(database)
    group.close()
    refused: list[BaseException] = []

    def late() -> None:
        try:
            group.run(lambda c: beat(c, "w1"))
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=late, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive(), "it waits for an answer that nobody will give"
    assert len(refused) == 1
    assert workers(database) == []


@on_sqlite
def test_patience_with_a_lock_is_changed_and_given_back_on_one_connection(database: Database):
    def waits_ms(connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one())

    database.patience_ms = 20
    assert database.run(waits_ms) == 20
    database.patience_ms = BUSY_TIMEOUT_MS
    assert database.run(waits_ms) == BUSY_TIMEOUT_MS
