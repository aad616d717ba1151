"""One publisher per database file; the operating system frees the place of one that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from content.errors import RefusedByRule
from scheduler import presence
from scheduler.presence import BEAT_EVERY, SILENT_AFTER, PublisherLock, is_held
from scheduler.store.database import Database
from tests.support.office import Office

NOW = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)

HOLDER = """
import sys
from datetime import UTC, datetime
from scheduler import presence
from scheduler.presence import PublisherLock
from scheduler.store.database import Database

database = Database("sqlite:///" + sys.argv[1])
now = datetime.fromisoformat(sys.argv[2])
lock = PublisherLock(database)
lock.take(now)
database.run(lambda c: presence.announce(c, "nguoi-giu", "0.1.0", now))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(office: Office) -> Database:
    return office.workspace.database


def hold_elsewhere(database: Database) -> subprocess.Popen[str]:
    """Another process that is the publisher; returns when it holds the place."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database.file), NOW.isoformat()],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


@pytest.mark.sqlite
def test_a_second_publisher_is_refused_while_the_first_lives_and_let_in_when_it_was_killed(office: Office):
    database = office.workspace.database
    first = hold_elsewhere(database)
    try:
        with pytest.raises(RefusedByRule) as raised:
            PublisherLock(database).take(NOW)
        said = str(raised.value)
        assert str(database.file) in said
        assert f"tiến trình {first.pid}" in said
        assert "Mỗi cơ sở dữ liệu chỉ chạy một bộ" in said
        assert raised.value.exit_code == 3
        with office.publisher():
            pass  # claims by hand, as another machine's worker would, are not what the lock forbids
        os.kill(first.pid, signal.SIGKILL)
        first.wait(10)
        lock = PublisherLock(database)
        lock.take(NOW)
        lock.release()
    finally:
        end(first)


@pytest.mark.sqlite
def test_run_is_refused_before_it_touches_the_queue(office: Office):
    from loa.services import publishing

    office.approved(channels="[website]")
    office.clock.instant = NOW
    database = office.workspace.database
    first = hold_elsewhere(database)
    try:
        with publishing.publisher(office.workspace) as second, pytest.raises(RefusedByRule):
            second.run(once=True)
    finally:
        end(first)
    assert office.steps("hoi-dap@website") == []


def test_an_unlocked_place_can_be_taken_again_by_the_same_process(office: Office):
    for _ in range(2):
        lock = PublisherLock(office.workspace.database)
        lock.take(NOW)
        lock.release()


@pytest.mark.sqlite
def test_two_threads_of_one_process_are_two_publishers(office: Office):
    held, tried = threading.Event(), threading.Event()
    refused: list[str] = []

    def first() -> None:
        lock = PublisherLock(office.workspace.database)
        lock.take(NOW)
        held.set()
        tried.wait(10)
        lock.release()

    thread = threading.Thread(target=first)
    thread.start()
    assert held.wait(10)
    try:
        PublisherLock(office.workspace.database).take(NOW)
    except RefusedByRule as error:
        refused.append(str(error))
    tried.set()
    thread.join()
    assert len(refused) == 1


def test_another_database_is_another_place(office: Office, tmp_path: Path):
    other = Database(f"sqlite:///{tmp_path / 'khac.db'}")
    locks = [PublisherLock(office.workspace.database), PublisherLock(other)]
    for lock in locks:
        lock.take(NOW)
    for lock in locks:
        lock.release()
    other.close()


def test_a_publisher_is_alive_while_it_beats_and_has_not_said_goodbye(database: Database):
    def seen(at: datetime) -> presence.Presence:
        with database.read() as connection:
            found = presence.newest(connection, at)
        assert found is not None
        return found

    with database.read() as connection:
        assert presence.newest(connection, NOW) is None
    database.run(lambda c: presence.announce(c, "w1", "0.1.0", NOW))
    assert seen(NOW).alive
    assert seen(NOW + SILENT_AFTER - timedelta(seconds=1)).alive
    assert not seen(NOW + SILENT_AFTER).alive
    later = NOW + timedelta(minutes=5)
    database.run(lambda c: presence.beat(c, "w1", later))
    assert seen(later).alive
    database.run(lambda c: presence.beat(c, "w1", later, stopped=True))
    assert not seen(later).alive
    assert seen(later).pid == os.getpid()


def test_a_missed_beat_or_two_is_not_yet_silence():
    assert SILENT_AFTER >= 3 * BEAT_EVERY


def test_the_newest_of_several_publishers_is_the_one_shown(database: Database):
    database.run(lambda c: presence.announce(c, "cu", "0.1.0", NOW))
    database.run(lambda c: presence.announce(c, "moi", "0.1.0", NOW + timedelta(hours=1)))
    with database.read() as connection:
        found = presence.newest(connection, NOW + timedelta(hours=1))
    assert found is not None
    assert found.worker == "moi"


def test_on_a_server_too_the_second_is_refused_and_the_lock_ends_with_its_connection(
    server: Any, tmp_path: Path
):
    database, other = (Database(server.database(tmp_path)) for _ in range(2))
    first, second = PublisherLock(database), PublisherLock(other)
    assert not is_held(other)
    first.take(NOW)
    assert is_held(other)
    with pytest.raises(RefusedByRule) as raised:
        second.take(NOW)
    assert other.place in str(raised.value)
    end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    with other.read() as connection:
        connection.execute(text(end))  # as when its process is killed
    second.take(NOW)
    first.release()
    assert is_held(database), "of what it has lost it frees nothing"
    second.release()
    assert not is_held(database)
    database.close()
    other.close()
