"""Another program holds the database: commands say who, the publisher waits and goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.office import Office
from tests.trouble.conftest import soon
from tests.trouble.machine import Machine, stop, until

pytestmark = pytest.mark.slow


@contextmanager
def viewer(folder: Path, begin: str = "BEGIN IMMEDIATE", pragma: str = "") -> Iterator[None]:
    """An SQLite viewer in this process that has begun to write and does not end."""
    connection = sqlite3.connect(folder / "loa.db", isolation_level=None, timeout=5)
    try:
        if pragma:
            connection.execute(pragma)
        connection.execute(begin)
        connection.execute("UPDATE post SET title = title")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def test_a_command_waits_then_says_who_holds_the_database(office: Office, here: Machine) -> None:
    office.approved("duyet.md", channels="[website]", due=soon(3600))
    office.workspace.close()
    cancel = ("--as", "soan", "queue", "cancel", "duyet@website", "--reason", "thử")
    with viewer(office.folder):
        here.loa(*cancel).must_be_a_sentence("một chương trình khác (", "Hãy đóng chương trình ấy")
        assert here.loa("queue", "list").code == 0, "looking does not wait for a writer"
        assert here.loa("status").code == 0
    assert here.statuses() == {"duyet@website": "queued"}
    assert here.loa(*cancel).code == 0


def test_under_an_exclusive_lock_even_looking_says_the_sentence(office: Office, here: Machine) -> None:
    office.workspace.close()
    with viewer(office.folder, pragma="PRAGMA locking_mode=EXCLUSIVE"):
        here.loa("queue", "list").must_be_a_sentence("một chương trình khác", "Hãy đóng chương trình ấy")
        here.loa("run", "--once").must_be_a_sentence("một chương trình khác", "Hãy đóng chương trình ấy")
    assert here.loa("queue", "list").code == 0


def test_the_publisher_waits_for_the_lock_and_the_late_reveal_is_still_one(
    office: Office, here: Machine, tmp_path: Path
) -> None:
    office.approved("duyet.md", due=soon(6))
    office.workspace.close()
    log = tmp_path / "run.log"
    process = here.publisher(log)
    until(lambda: "đang chạy" in log.read_text(), "the publisher runs", log)
    with viewer(office.folder):
        until(lambda: "Bộ đăng bài tạm dừng" in log.read_text(), "it says that it pauses", log)
        assert "một chương trình khác (" in log.read_text()
        until(lambda: "ĐỨNG YÊN" in here.loa("status").out, "status tells that it stands still", log)
        assert process.poll() is None
    until(lambda: set(here.statuses().values()) == {"published"}, "both are public", log)
    said = log.read_text()
    assert "chạy tiếp" in said
    assert "Traceback" not in said
    assert stop(process) == 0
    total = office.server.ledger(arrivals=False)["total"]
    assert (total["public"], total["reveals"]) == (1, 1)


def test_a_publisher_that_is_stopped_while_it_waits_ends_at_once(
    office: Office, here: Machine, tmp_path: Path
) -> None:
    office.approved("duyet.md", due=soon(4))
    office.workspace.close()
    log = tmp_path / "run.log"
    process = here.publisher(log)
    until(lambda: "đang chạy" in log.read_text(), "the publisher runs", log)
    with viewer(office.folder):
        until(lambda: "Bộ đăng bài tạm dừng" in log.read_text(), "it says that it pauses", log)
        assert stop(process) == 0
    assert set(here.statuses().values()) <= {"queued", "preparing"}, "what was begun is found in flight"
    assert "Traceback" not in log.read_text()
    here.publisher(log)
    until(lambda: set(here.statuses().values()) == {"published"}, "both are public", log)
    total = office.server.ledger(arrivals=False)["total"]
    assert (total["public"], total["reveals"]) == (1, 1)
