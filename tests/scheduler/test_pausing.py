"""Trouble that passes while a worker runs: said once when it begins and once when it ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.practice import PracticeServer
from content.errors import LoaError
from loa.services import publishing
from scheduler import presence, publisher
from scheduler import worker as worker_module
from scheduler.queue import Queue
from tests.support.machines import attack
from tests.support.office import Office
from tests.support.server_office import office_on, soon, until, working_on

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*BaseConnection:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*psycopg.*was deleted while still open:ResourceWarning"),
]
NEWEST = "WHERE n = (SELECT max(n) FROM note)"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "DATABASE_PAUSE_S", 0.02)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One for each time a publisher asked whether it may publish: whether it may."""
    asked: list[bool] = []
    ask = Queue.must_be_able

    def counted(queue: Queue) -> None:
        try:
            ask(queue)
        except LoaError:
            asked.append(False)
            raise
        asked.append(True)

    monkeypatch.setattr(Queue, "must_be_able", counted)
    return asked


@pytest.fixture
def hall(server: Any, tmp_path: Path) -> Iterator[Office]:
    with PracticeServer() as platform, office_on(server, tmp_path / "xa", platform, pages=1) as office:
        yield office


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of pauses, by the events' names."""
    events = [getattr(one, "loa_about", {}).get("event", "") for one in caplog.records if one.levelno > 10]
    return [one for one in events if one in ("publisher.paused", "publisher.resumed")]


def test_notes_that_cannot_be_believed_are_told_once_and_so_is_their_end(
    hall: Office, looks: list[bool], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    due = soon(4)
    hall.approved(channels="[xa0]", due=due)
    with hall.workspace.database.read() as connection:
        (mac,) = connection.execute(text(f"SELECT mac FROM note {NEWEST}")).one()
    with working_on(hall) as [worker]:
        until(lambda: True in looks, "the worker to be at work")
        attack(hall, f"UPDATE note SET mac = repeat('0', 64) {NEWEST}")
        worker._beat()
        until(lambda: datetime.now(UTC).isoformat() > due, "a post to be due")
        until(lambda: looks[-30:] == [False] * 30, "many looks at what stands in the way")
        assert said(caplog) == ["publisher.paused"]
        assert "loa machine accept" in caplog.text, "the remedy is named"
        assert hall.statuses()["hoi-dap@xa0"] == "queued"
        attack(hall, f"UPDATE note SET mac = '{mac}' {NEWEST}")
        until(lambda: hall.statuses()["hoi-dap@xa0"] == "published", "the post to be public")
    assert said(caplog) == ["publisher.paused", "publisher.resumed"]


def test_a_worker_that_may_publish_nothing_falls_silent_and_says_goodbye_all_the_same(
    hall: Office, looks: list[bool]
):
    """Else its zone would look served, by a machine that takes nothing."""
    database = hall.workspace.database

    def beat_at() -> Any:
        with database.read() as connection:
            return connection.execute(text("SELECT beat_at FROM heartbeat")).scalar_one()

    with working_on(hall) as [worker]:
        until(lambda: True in looks, "the worker to be at work")
        attack(hall, f"UPDATE note SET mac = repeat('0', 64) {NEWEST}")
        worker._beat()
        last = beat_at()
        until(lambda: looks[-30:] == [False] * 30, "many looks at what stands in the way")
        assert beat_at() == last
        with database.read() as connection:
            there = presence.workers(connection, datetime.now(UTC) + timedelta(seconds=30))
        assert [one.alive for one in there] == [False]
    with database.read() as connection:
        assert presence.workers(connection, datetime.now(UTC)) == [], "it has said goodbye"


def test_a_worker_that_pauses_over_anything_falls_silent_and_says_why_in_a_line(
    hall: Office, looks: list[bool], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """A fault in a query of ours let it look alive for ever, and nobody heard that posts were late."""
    caplog.set_level(logging.INFO)
    database = hall.workspace.database
    wrong = text("SELECT channel_id, '' FROM lane WHERE channel_id = (SELECT id FROM channel)")
    monkeypatch.setattr(worker_module, "_free_lanes", lambda _: wrong)
    with working_on(hall) as [worker]:
        until(lambda: said(caplog) != [], "the worker to pause")
        until(lambda: looks[-5:] == [True] * 5 and len(looks) > 20, "a few passes more")
        with database.read() as connection:
            last = connection.execute(text("SELECT beat_at FROM heartbeat")).scalar_one()
        worker._beat()
        with database.read() as connection:
            assert connection.execute(text("SELECT beat_at FROM heartbeat")).scalar_one() == last
    assert said(caplog) == ["publisher.paused"]
    assert "more than one row returned by a subquery" in caplog.text
    assert "SELECT channel_id" not in caplog.text


def test_a_trust_file_that_cannot_be_read_is_told_once_though_the_database_is_well(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Each pass begins with a beat, which goes well: the pause was taken for over, and told anew."""
    caplog.set_level(logging.INFO)
    office.approved(channels="[website]")
    office.clock.instant = office.view("hoi-dap@website").due_at
    file, tries = office.folder / "trust.toml", []
    sound = file.read_text("utf-8")
    file.write_text("người = [", "utf-8")
    claim = Queue.claim

    def counted(queue: Queue, *about: Any, **more: Any) -> Any:
        tries.append(1)
        if len(tries) == 30:
            file.write_text(sound, "utf-8")
        return claim(queue, *about, **more)

    monkeypatch.setattr(Queue, "claim", counted)
    with publishing.publisher(office.workspace) as engine:
        thread = threading.Thread(target=engine.run)
        thread.start()
        try:
            until(lambda: office.statuses()["hoi-dap@website"] == "published", "the post to be public")
        finally:
            engine.stop()
            thread.join()
    assert said(caplog) == ["publisher.paused", "publisher.resumed"]
