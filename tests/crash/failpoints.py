"""What a child puts between the real publisher and the world: by wrapping, never in production code.

Every outgoing call, every commit that writes and every change to the website's folder is a point with a
running number and a name (`call:POST /v26.0/1001/feed:before`, `commit:Queue.keep:after`). A point's name
goes into the trace file; at the number it was given, the process kills itself with SIGKILL, or stops itself.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from sqlalchemy import Connection

from connectors.youtube import upload
from connectors.zalo import official
from scheduler.clock import SystemClock
from scheduler.news import News
from scheduler.publisher import Publisher
from scheduler.store.database import Database
from scheduler.store.group import GroupCommit
from tests.crash.clock import SharedClock
from tests.support.store import ENGINE

CHUNK_BYTES = 256 * 1024
"""A video of three chunks need not be 24 MB long."""
BUSY_S = 5.0
OFFERED_S = 0.02
STOPPED_WITHIN_S = 0.02
"""A stop reaches the other threads, and this one, a moment after it was asked for."""
_MOVES = {"os.rename", "os.symlink", "os.link", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile"}
"""Audit events of Python that change a folder; a file opened for writing counts too."""
_NUMBER_GIVEN = "SELECT pg_current_xact_id_if_assigned()"
_NUMBERED = re.compile(r"[0-9]{6,}|[0-9]+(?=_)|(?<=/)[0-9a-f]{16,}")


class Points:
    """Counts and names what is passed; ends this process with a signal at number `at` (0: never)."""

    def __init__(self, trace: Path, at: int, end: signal.Signals = signal.SIGKILL) -> None:
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._at, self._end, self._passed = at, end, 0
        self._one = threading.Lock()
        self.writing = threading.RLock()
        """Held by a transaction: nobody is stopped (SIGSTOP) while another thread has the database."""

    def passing(self, name: str) -> None:
        with self._one:
            self._passed += 1
            os.write(self._trace, f"{name}\n".encode())
            ends = self._passed == self._at
            if ends and self._end is signal.SIGKILL:
                os.kill(os.getpid(), self._end)
        if ends:
            with self.writing:
                os.kill(os.getpid(), self._end)
                time.sleep(STOPPED_WITHIN_S)


def install(points: Points, site: Path) -> None:
    """Put a point before and after everything that leaves a mark; `site` is the website's folder."""
    _watch_calls(points)
    _watch_commits(points)
    _watch_folder(points, f"{site.resolve()}{os.sep}")


def be_impatient(patience_s: float) -> None:
    """Wait no longer than that for any answer."""
    send = HTTPAdapter.send

    def sending(self: HTTPAdapter, request: Any, *args: Any, **more: Any) -> Any:
        connect_s, _ = more["timeout"]
        return send(self, request, *args, **{**more, "timeout": (connect_s, patience_s)})

    HTTPAdapter.send = sending  # type: ignore[method-assign]


def _watch_calls(points: Points) -> None:
    send = HTTPAdapter.send

    def sending(self: HTTPAdapter, request: Any, *args: Any, **more: Any) -> Any:
        name = f"call:{request.method} {_NUMBERED.sub('N', urlsplit(request.url).path)}"
        points.passing(f"{name}:before")
        answer = send(self, request, *args, **more)
        points.passing(f"{name}:after")
        return answer

    HTTPAdapter.send = sending  # type: ignore[method-assign]


def _watch_commits(points: Points) -> None:
    run, commit = Database.run, GroupCommit._commit
    writing = threading.local()

    def running(self: Database, work: Callable[[Connection], Any], **how: Any) -> Any:
        name = f"commit:{getattr(writing, 'name', '') or _name_of(work)}"
        wrote = False

        def traced(connection: Connection) -> Any:
            nonlocal wrote
            written = _written(connection)
            result = work(connection)
            wrote = written()  # a look that took nothing leaves no mark
            if wrote:
                points.passing(f"{name}:before")
            return result

        with points.writing:
            result = run(self, traced, **how)
        if wrote:
            points.passing(f"{name}:after")
        return result

    def committing(self: GroupCommit, group: list[tuple[Any, Any]]) -> None:
        writing.name = "+".join(_name_of(work) for work, _ in group)
        commit(self, group)

    Database.run = running  # type: ignore[method-assign]
    GroupCommit._commit = committing  # type: ignore[method-assign]


def _written(connection: Connection) -> Callable[[], bool]:
    """Whether this transaction has changed anything since now: a server gives it a number when it does."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        before = driver.total_changes
        return lambda: bool(driver.total_changes != before)
    return lambda: connection.exec_driver_sql(_NUMBER_GIVEN).scalar() is not None


def _watch_folder(points: Points, site: str) -> None:
    def heard(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and not args[2] & (os.O_CREAT | os.O_TRUNC):
            return  # read, or opened once more to be synced
        if event == "open" or event in _MOVES:
            named = args[:1] if event == "open" else args[:2]
            paths = [os.fsdecode(part) for part in named if isinstance(part, str | bytes | os.PathLike)]
            if any(path.startswith(site) for path in paths):
                points.passing(f"file:{event} {_shown(paths[-1].removeprefix(site))}")

    sys.addaudithook(heard)


def follow(clock: SharedClock, off: timedelta = timedelta()) -> None:
    """Let the publisher live by this clock: jump over what it would wait for, end when nothing is planned.

    `off`: this machine's clock is so much ahead of everybody else's.
    """

    def now(self: SystemClock) -> datetime:
        return clock.now() + off

    def pause(seconds: float) -> None:
        clock.forward(seconds)

    SystemClock.now = now  # type: ignore[method-assign]
    assert callable(official._wait)
    official._wait = pause
    upload.CHUNK_BYTES = CHUNK_BYTES
    calm_at: dict[int, int] = {}

    def wait(self: Publisher, news: News) -> None:
        with self._busy_lock:
            busy, steps = self._busy, self._steps
        if busy:  # time stands still: only a turn that ends brings anything new
            self._wake.wait(BUSY_S)
        elif calm_at.get(id(self)) != steps:
            calm_at[id(self)] = steps  # something was done since: look once more before any time passes
        elif self._next is None:
            self.stop()
        else:
            clock.instant = max(clock.instant, self._next - off)

    Publisher._wait = wait  # type: ignore[method-assign]
    if ENGINE == "worker":
        _follow_as_worker(wait)


def _follow_as_worker(wait: Callable[[Publisher, News], None]) -> None:
    """The same for a worker among several: it has nothing to do when there is no job either.

    The server's clock is not ours, so its dead workers' jobs are taken up after a second of it.
    """
    from scheduler import jobs
    from scheduler.worker import Worker

    jobs.HEARTBEAT, jobs.DEQUEUE_EVERY = timedelta(seconds=1), timedelta(seconds=0.1)

    def waiting(self: Worker, news: News) -> None:
        with self._database.read() as connection:
            offered = connection.exec_driver_sql(f"SELECT EXISTS (SELECT FROM {jobs.SCHEMA}.job)").scalar()
        if offered:
            self._wake.wait(OFFERED_S)
        else:
            wait(self, news)
        self._planned_at = 0.0  # each look is a whole one

    Worker._wait = waiting  # type: ignore[method-assign]
    Worker._must_agree = lambda _: None  # type: ignore[method-assign]
    Worker._look_at_held = Publisher._look_at_held  # type: ignore[method-assign]


def _name_of(work: Callable[..., Any]) -> str:
    return work.__qualname__.replace(".<locals>", "").removesuffix(".<lambda>").removesuffix(".work")


def _shown(path: str) -> str:
    """Without what differs from run to run: temporary names and digests."""
    return re.sub(r"\.[0-9a-f]{8,16}\.tmp", ".tmp", re.sub(r"[0-9a-f]{32,}", "D", path))
