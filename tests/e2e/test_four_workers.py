"""Four workers on one PostgreSQL: one is killed, one sleeps past its lease, the server goes away twice.

Counted at the platform: every post public once. LOA_WORKERS_POSTS=20000 is the full size
(`make test-workers N=20000`); what one worker does alone is told then, never judged: with few posts each
worker's first seconds would be all that is measured (`bench/workers.py` does it apart).
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from loa import config as settings
from loa.services import channels
from scheduler.policy import LEASE
from tests.support import postgres
from tests.support.clock import TestClock
from tests.support.machines import first_machine, joined, quick_packs
from tests.support.office import Office
from tests.support.worker_processes import Worker, gathered, said, start_worker

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]  # with a server of its own, which it stops

DELIVERIES = int(os.environ.get("LOA_WORKERS_POSTS", "1200"))
PAGES = min(400, max(40, DELIVERIES // 50))
WORKERS = 4
THREADS = 16
STALLED_S = 180.0
"""Without one more post public: longer than whatever a lost machine may hold up."""
ENDS_WITHIN_S = 60.0
COMPARED_FROM = 10_000
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass
class Town:
    """An office whose database is on a server, and the folders of its machines."""

    office: Office
    server: postgres.Server
    folders: list[Path]
    posts: int = 0

    def publish(self, posts: int) -> None:
        """So many posts more, each on every Page, all due when they are approved."""
        self.office.clock.instant = datetime.now(UTC)
        due = self.office.clock.instant + timedelta(seconds=1)
        names = f"[{', '.join(_channels())}]"
        for _ in range(posts):
            self.posts += 1
            name = f"bai-{self.posts}"
            self.office.approved(
                f"{name}.md",
                id=name,
                title=name,
                text=f"Nội dung {name}.",
                channels=names,
                due=due.isoformat(),
            )

    def public(self) -> Counter[tuple[str, str]]:
        """How often the public sees each post on each Page, by the platform itself."""
        world = self.office.server.world
        pages = [page for page in world.pages.values() if page.id.startswith("9")]
        return Counter((page.id, one.message) for page in pages for one in [*world.public_posts(page)])

    def seen(self) -> int:
        return self.public().total()


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    if why := postgres.hindrance():
        pytest.skip(f"no PostgreSQL here: {why}")
    quick_packs(monkeypatch)
    with ExitStack() as open_now:
        server = open_now.enter_context(postgres.running(**DURABLE))
        platform = open_now.enter_context(PracticeServer())
        clock, address = TestClock(datetime.now(UTC)), server.empty(tmp_path)
        office = open_now.enter_context(first_machine(tmp_path / "may-1", platform, clock, address))
        _set(office.folder, workers=THREADS, reach_minutes=0)  # which packs bring to the others
        for number, name in enumerate(_channels()):
            page = platform.add_page(f"9{number:04}", name)
            channels.add(
                office.workspace,
                office.people["ky"],
                name,
                platform="facebook",
                account=page.id,
                settings={"base_url": platform.url},
                secrets={"page_token": page.token},
            )
        names = [f"may-{number}" for number in range(2, WORKERS + 1)]
        further = [open_now.enter_context(joined(office, tmp_path / name, name)) for name in names]
        yield Town(office, server, [office.folder, *(one.folder for one in further)])


@pytest.fixture
def started() -> Iterator[list[Worker]]:
    with gathered() as processes:
        yield processes


def test_whoever_dies_sleeps_or_goes_away_every_post_is_public_once(
    town: Town, started: list[Worker], record_property: Callable[[str, object], None]
) -> None:
    told: list[str] = []
    if DELIVERIES >= COMPARED_FROM:
        told.append(_compared(town, started, DELIVERIES // 10 // PAGES))
    together_posts = max(2, DELIVERIES // PAGES - town.posts)

    before = town.seen()
    town.publish(together_posts)
    wanted = town.posts * PAGES
    begun = time.monotonic()
    killed, sleeper, *_ = started[:] = [start_worker(folder) for folder in town.folders]

    def when(part: float, what: str) -> None:
        _until(town, before + part * (wanted - before))
        told.append(f"{what} at {town.seen() - before:,}")

    when(0.15, "killed one")
    killed.kill()
    killed.wait()
    when(0.25, "stopped one")
    sleeper.send_signal(signal.SIGSTOP)
    slept = time.monotonic()
    when(0.4, "restarted the server")
    town.server.restart()
    when(0.6, "cut the server off")
    town.server.restart(immediate=True)
    when(0.7, "started another")
    started.append(start_worker(town.folders[0]))
    _until(town, wanted)
    took_s = time.monotonic() - begun
    _wait_until(lambda: time.monotonic() - slept > LEASE.total_seconds(), "its lease has ended")
    assert sleeper.poll() is None
    sleeper.send_signal(signal.SIGCONT)
    _wait_until(lambda: set(town.office.statuses().values()) == {"published"}, "all seen and written down")
    for process in started[1:]:
        process.send_signal(signal.SIGTERM)
    codes = [process.wait(ENDS_WITHIN_S) for process in started[1:]]

    public = town.public()
    lost, doubled = wanted - len(public), public.total() - len(public)
    figures = (
        f"{wanted:,} deliveries on {PAGES} Pages by {WORKERS} workers: lost {lost}, "
        f"visible duplicates {doubled}; {'; '.join(told)}; {took_s:.0f} s"
    )
    record_property("workers", figures)
    print(f"\n{figures}")  # noqa: T201 the figures of the issue
    assert (lost, doubled) == (0, 0), [key for key, count in public.items() if count > 1][:10]
    assert codes == [0] * WORKERS, said(town.folders)


def _compared(town: Town, started: list[Worker], posts: int) -> str:
    one_s = _worked(town, started, town.folders[:1], posts)
    four_s = _worked(town, started, town.folders, posts)
    one, four = posts * PAGES / one_s, posts * PAGES / four_s
    return f"one worker {one:.0f}/s, four {four:.0f}/s, {one_s / four_s:.1f} times as fast"


def _worked(town: Town, started: list[Worker], folders: list[Path], posts: int) -> float:
    """Seconds in which these machines publish so many posts on every Page that are all due."""
    begun_with = town.seen()
    town.publish(posts)
    wanted = begun_with + posts * PAGES
    started[:] = [start_worker(folder) for folder in folders]
    _until(town, begun_with + 1)
    begun = time.monotonic()
    _until(town, wanted)
    took_s = time.monotonic() - begun
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(ENDS_WITHIN_S)
    started.clear()
    return took_s


def _until(town: Town, count: float) -> None:
    """So many are public; fails when nothing has become public for STALLED_S."""
    seen, since = town.seen(), time.monotonic()
    while seen < count:
        assert time.monotonic() - since < STALLED_S, (
            f"{seen} of {count} public, and no more\n{said(town.folders)}"
        )
        time.sleep(0.1)
        now = town.seen()
        if now != seen:
            seen, since = now, time.monotonic()


def _wait_until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + STALLED_S
    while not condition():
        assert time.monotonic() < limit, f"after {STALLED_S:.0f} s still not: {what}"
        time.sleep(0.5)


def _set(folder: Path, **numbers: int) -> None:
    """In a workspace's settings, where each stands with its default."""
    file = folder / settings.FILE
    told = file.read_text("utf-8")
    for name, number in numbers.items():
        told, found = re.subn(rf"^{name} = \d+", f"{name} = {number}", told, flags=re.MULTILINE)
        assert found == 1, name
    file.write_text(told, "utf-8")


def _channels() -> list[str]:
    return [f"trang-{number}" for number in range(PAGES)]
