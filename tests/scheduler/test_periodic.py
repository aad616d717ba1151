"""The publisher's small jobs beside the lanes: when each comes first."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Connector
from loa.cli.logs import Log
from scheduler.lane import Lanes
from scheduler.publisher import Publisher
from scheduler.queue import Queue
from scheduler.timetable import Periodic, Timetable
from tests.support.office import Office

NOW = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def nothing() -> None:
    """A job without work."""


def connect(channel_id: str, version: int | None = None) -> Connector:
    raise AssertionError(f"nothing is due on {channel_id} {version}")


def publisher(office: Office, *periodic: Periodic) -> Publisher:
    database, clock = office.workspace.database, office.workspace.clock
    queue = Queue(database, office.workspace.config.approval, office.workspace.trust, "w1")
    lanes = Lanes(queue, connect, office.workspace.media, clock, random.Random(1))
    return Publisher(
        database, database, queue, lanes, clock, worker="w1", version="0", workers=2, periodic=periodic
    )


def test_a_job_comes_first_after_its_interval_unless_it_says_otherwise():
    assert Periodic("reach", HOUR, nothing).first_at(NOW) == NOW + HOUR
    soon = Periodic("channels", HOUR, nothing, first_after=timedelta(minutes=1))
    assert soon.first_at(NOW) == NOW + timedelta(minutes=1)
    assert Periodic("now", HOUR, nothing, first_after=timedelta()).first_at(NOW) == NOW


def test_the_engine_keeps_to_each_jobs_own_first_time_and_then_to_its_interval(office: Office):
    came: list[str] = []
    both = threading.Barrier(2, timeout=10)

    def call(name: str, then: Callable[[], object]) -> Callable[[], None]:
        def called() -> None:
            came.append(name)
            then()

        return called

    at_once = Periodic("at-once", HOUR, call("at-once", both.wait), first_after=timedelta())
    in_an_hour = Periodic("in-an-hour", HOUR, call("in-an-hour", nothing))
    running = publisher(office, at_once, in_an_hour)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        both.wait()
    finally:
        running.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert came == ["at-once"]


def test_a_job_that_fails_is_told_in_words_and_comes_again(capsys: pytest.CaptureFixture[str]):
    times, again = [0], threading.Event()

    def broken() -> None:
        times[0] += 1
        if times[0] > 1:  # says no more: the timetable waits for nobody, and the log is closed by then
            again.set()
            return
        raise ValueError("hỏng")

    job = Periodic("reach", timedelta(milliseconds=20), broken, first_after=timedelta())
    root, kept = logging.getLogger(), logging.getLogger().handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("", "apscheduler", "pgqueuer")}
    root.handlers.clear()
    try:
        with Log("text", UTC).open(quiet=True, file=None, most_bytes=1000):
            timetable = Timetable(nothing, [job])
            timetable.start()
            assert again.wait(30)
            timetable.stop()
    finally:
        root.handlers[:] = kept
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    told = capsys.readouterr().err
    assert "Việc định kỳ reach không thành: ValueError: hỏng" in told
    assert "Traceback" not in told
    assert "raised an exception" not in told
