"""Real worker processes on a real server: one is killed, one is suspended and comes back, each post once."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.practice import PracticeServer
from loa.services import auditing
from tests.oracles.facebook import audit
from tests.support.office import Office
from tests.support.server_office import PATIENCE_S, office_on, soon, until
from tests.support.worker_processes import Worker, gathered, said, start_worker

pytestmark = pytest.mark.slow

LEASE_AND_MORE_S = 90.0


@pytest.fixture
def hall(server: Any, tmp_path: Path) -> Iterator[Office]:
    with PracticeServer(audit=audit) as platform:
        with office_on(server, tmp_path / "xa", platform, pages=40) as office:
            yield office
        assert platform.violations == []


@pytest.fixture
def processes() -> Iterator[list[Worker]]:
    with gathered() as started:
        yield started


def start(office: Office, processes: list[Worker]) -> Worker:
    processes.append(start_worker(office.folder))
    return processes[-1]


def ends_when_told(office: Office, process: Worker) -> None:
    """Fails with what each of its threads was at when it would not end."""
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        process.wait()
        pytest.fail(said([office.folder]))
    assert code == 0, said([office.folder])


def living(office: Office) -> int:
    with office.workspace.database.read() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM heartbeat WHERE NOT stopped")) or 0)


def owners(office: Office) -> set[int]:
    """Numbers of the processes that are at work on a lane."""
    with office.workspace.database.read() as connection:
        return {int(one.split(":")[1]) for one in connection.scalars(text("SELECT owner FROM lane")) if one}


def published(office: Office) -> int:
    query = text("SELECT count(*) FROM delivery WHERE status = 'published'")
    with office.workspace.database.read() as connection:
        return int(connection.scalar(query) or 0)


def everything_is_public_once(office: Office, posts: int, count: int) -> None:
    limit = time.monotonic() + LEASE_AND_MORE_S
    while published(office) < count:
        assert time.monotonic() < limit, Counter(office.statuses().values())
        time.sleep(0.05)
    world = office.server.world
    for name, page in world.pages.items():
        if name != "1001":
            shown = Counter(post.message for post in world.public_posts(page))
            assert len(shown) == posts
            assert set(shown.values()) == {1}, f"a post is public twice on {name}"
    told = auditing.verify(office.workspace)
    assert told.whole
    assert not told.contradictions


def approve(office: Office, posts: int, seconds: float) -> int:
    channels, due = f"[{', '.join(f'xa{n}' for n in range(40))}]", soon(seconds)
    for n in range(posts):
        about = {"id": f"bai{n}", "title": f"Bài {n}", "text": f"Bài số {n}.", "channels": channels}
        office.approved(f"bai{n}.md", due=due, **about)
    return 40 * posts


def test_two_processes_publish_200_deliveries_once_and_the_dead_ones_share_is_retaken(
    hall: Office, processes: list[Worker]
):
    first, second = start(hall, processes), start(hall, processes)
    until(lambda: living(hall) == 2, "two workers to be there")
    hall.server.fault("slow", method="POST", edge="", seconds=0.4, times=60)
    count = approve(hall, 5, 45)
    until(lambda: first.pid in owners(hall) and published(hall) > 0, "the first to be at work")
    first.kill()
    everything_is_public_once(hall, 5, count)
    ends_when_told(hall, second)
    with hall.workspace.database.read() as connection:
        left = text("SELECT count(*) FROM loa_jobs.job WHERE status = 'queued'")
        assert connection.scalar(left) == 0
        assert connection.scalar(text("SELECT count(*) FROM lane WHERE owner <> ''")) == 0


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be suspended here")
def test_a_suspended_worker_that_comes_back_does_no_harm(hall: Office, processes: list[Worker]):
    first, second = start(hall, processes), start(hall, processes)
    until(lambda: living(hall) == 2, "two workers to be there")
    hall.server.fault("slow", method="POST", edge="", seconds=0.4, times=60)
    count = approve(hall, 2, 20)
    until(lambda: first.pid in owners(hall), "the first to be at work")
    os.kill(first.pid, signal.SIGSTOP)
    everything_is_public_once(hall, 2, count)
    os.kill(first.pid, signal.SIGCONT)
    for one in (first, second):
        ends_when_told(hall, one)
    everything_is_public_once(hall, 2, count)
