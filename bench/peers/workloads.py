"""What is run: a herd, the same with ten posts a channel, a hundred due among many, a kill, several workers.

Each run is one engine in a fresh folder or database; it gives a flat row for the results file.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.peers.catalogue import FLOORS, Listed
from bench.peers.drivers import Bench, Broken, Driver, Order, PeerDriver
from bench.peers.machine import Watch, cpu_s, memory_mb
from bench.peers.posts import FAR_S, Post, herd
from bench.peers.sink import Sink, spread, tally

LOOK_EVERY_S = 0.2
KILL_LOOK_EVERY_S = 0.01
HERD_LIMIT_S = 60.0
KILL_LIMIT_S = 20.0
FORGETFUL_LIMIT_S = 5.0
"""How long an engine is waited for that has forgotten its posts when it is killed."""
RECORD_LIMIT_S = 10.0
READY_BEFORE_S = 1.0
FURTHER_START_S = 2.0
"""A worker is started when the one before it is at work."""
INSTANTS = 3
INSTANT_EVERY_S = 2.0
TOGETHER = 100
OVERDUE_AFTER_S = 2.0
"""When the post falls due that waits for the engine's start; Loa takes no post that is due already."""
QUIET_S = 5.0
"""How long the processes are watched doing nothing."""
KILL_AT = 0.4


class TooLate(Exception):
    """The engine was not through with storing its posts when they came due; tried again with more time."""


@dataclass(frozen=True)
class Workload:
    """`lanes` × `each` posts. `kind`: herd, due, kill."""

    name: str
    kind: str
    lanes: int = 2000
    each: int = 1
    workers: int = 1
    backlog: int = 0
    rounds: int = 5

    def for_engine(self, listed: Listed) -> Workload:
        """With as many posts as the engine is given."""
        if self.kind == "due":
            return self
        return replace(self, lanes=max(1, min(self.lanes, listed.posts // self.each)))

    def as_row(self) -> dict[str, Any]:
        """What two runs must have in common to be compared."""
        shape = asdict(self)
        del shape["rounds"]
        return shape


def run(workload: Workload, listed: Listed, bench: Bench, sink: Sink) -> dict[str, Any]:
    """One run; trouble of the engine is told in the row as `broken`, never raised."""
    work = {"herd": _herd, "due": _due, "kill": _kill}[workload.kind]
    shaped = workload.for_engine(listed)
    slack = 1.0
    while True:
        sink.reset()
        folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
        driver: Driver | None = None
        row: dict[str, Any] = {}
        watch = Watch(bench.roots)
        try:
            driver = _driver(listed, folder, bench)
            row = work(shaped, listed, driver, sink, slack)
            row |= {f: round(s, 3) for f, s in driver.figures.items()}
        except TooLate as late:
            if slack >= 4:
                row = {"broken": str(late)}
        except (Broken, subprocess.TimeoutExpired, OSError) as error:
            row = {"broken": f"{type(error).__name__}: {error}"[:300]}
        finally:
            if driver is not None:
                driver.stop()
                driver.clean()
            shutil.rmtree(folder, ignore_errors=True)
        if row:
            return row | {"foreign_cores": round(watch.foreign(), 2), "shape": shaped.as_row()}
        slack *= 2


def _driver(listed: Listed, folder: Path, bench: Bench) -> Driver:
    if listed.module:
        return PeerDriver(listed, folder, bench)
    from bench.peers.office import LoaDriver

    return LoaDriver(listed, folder, bench)


def _start_in_time(driver: Driver, posts: list[Post], workers: int) -> None:
    """Everything is stored, running and ready a second before it is due, or TooLate."""
    due = posts[0].due
    driver.enqueue(posts)
    if time.time() > due - READY_BEFORE_S:
        raise TooLate("its posts were not stored in time")
    driver.start(workers)
    while driver.ready() < len(posts):
        if time.time() > due - READY_BEFORE_S:
            raise TooLate("it was not ready in time")
        time.sleep(LOOK_EVERY_S)
    if time.time() > due - READY_BEFORE_S:
        raise TooLate("it was not ready in time")


def _until(done: Callable[[], bool], until: float, every_s: float = LOOK_EVERY_S) -> bool:
    while not done():
        if time.time() > until:
            return False
        time.sleep(every_s)
    return True


def _due_at(listed: Listed, workload: Workload, slack: float, more_s: float = 0.0) -> float:
    """A whole second that lies behind the storing of the posts and the start of the processes."""
    posts = INSTANTS * TOGETHER if workload.kind == "due" else workload.lanes * workload.each
    start_s = listed.start_s + FURTHER_START_S * (workload.workers - 1)
    lead = slack * (posts / listed.enqueue_per_s + start_s + more_s) + 2 * READY_BEFORE_S
    return float(int(time.time() + lead) + 1)


def _herd(workload: Workload, listed: Listed, driver: Driver, sink: Sink, slack: float) -> dict[str, Any]:
    driver.store(Order(workload.lanes, ordered=workload.each > 1))
    posts = herd(workload.lanes, workload.each, _due_at(listed, workload, slack))
    due = posts[0].due
    _start_in_time(driver, posts, workload.workers)
    before = cpu_s(driver.pids())
    time.sleep(max(0.0, due - time.time()))
    through = _until(lambda: sink.count() >= len(posts), due + HERD_LIMIT_S)
    recorded_at = _recorded(driver, len(posts), listed)
    worked = cpu_s(driver.pids()) - before
    driver.stop()
    arrivals = sink.arrivals()
    row: dict[str, Any] = asdict(tally(arrivals, {post.key: due for post in posts}))
    if arrivals:
        row |= {f"came_{which}": round(s, 4) for which, s in spread([a.came - due for a in arrivals]).items()}
        row["sent_s"] = round(max(a.answered for a in arrivals) - due, 4)
    row["recorded_s"] = round(recorded_at - due, 2) if recorded_at else None
    row["cpu_s"] = round(worked, 2)
    if not through:
        row["cut_off"] = _told_cut(HERD_LIMIT_S, row["unique"], len(posts))
    return row


def _recorded(driver: Driver, count: int, listed: Listed, limit_s: float = RECORD_LIMIT_S) -> float | None:
    """When all outcomes were kept, to 0.2 s; None for the bare floor and what never gets there."""
    if not listed.recorded[0]:
        return None
    until = time.time() + limit_s
    return time.time() if _until(lambda: driver.recorded() >= count, until) else None


def _told_cut(limit_s: float, done: int, wanted: int) -> str:
    return f"not done in {limit_s:.0f} s: {done:,} of {wanted:,}"


def _due(workload: Workload, listed: Listed, driver: Driver, sink: Sink, slack: float) -> dict[str, Any]:
    """Start-up (one post is overdue), then nothing for a while, then three times a hundred posts."""
    driver.store(Order(TOGETHER, backlog=workload.backlog, backlog_due=time.time() + FAR_S))
    # What is kept in memory is brought there by the process that starts.
    load_s = 0.0 if listed.durable or listed in FLOORS else workload.backlog / 5_000
    first = _due_at(listed, workload, slack, load_s + QUIET_S)
    posts = [
        Post(f"s{number:04}@xa{lane}", f"xa{lane}", number, first + number * INSTANT_EVERY_S)
        for number in range(INSTANTS)
        for lane in range(TOGETHER)
    ]
    overdue = Post("p0000@xa0", "xa0", 0, time.time() + OVERDUE_AFTER_S)
    posts.insert(0, overdue)
    driver.enqueue(posts)
    time.sleep(max(0.0, overdue.due - time.time()))
    started_at = time.time()
    driver.start()
    if not _until(lambda: sink.count() > 0, first - READY_BEFORE_S - QUIET_S):
        raise TooLate("it had not sent the overdue post in time")
    start_s = sink.arrivals()[0].came - started_at
    # what an engine does after its start (Loa prepares) is not idling
    _until(lambda: driver.ready() >= len(posts), first - READY_BEFORE_S - QUIET_S)
    row: dict[str, Any] = {"start_s": round(start_s, 3)}
    row |= _quiet(driver, first - READY_BEFORE_S)
    last = posts[-1].due
    through = _until(lambda: sink.count() >= len(posts), last + HERD_LIMIT_S)
    driver.stop()
    arrivals = sink.arrivals()
    wanted = {post.key: post.due for post in posts}
    row |= asdict(tally(arrivals, wanted))
    late = [
        [a.came - wanted[a.key] for a in arrivals if a.seq == n and a.key[0] == "s"] for n in range(INSTANTS)
    ]
    spreads = [spread(one) for one in late if len(one) == TOGETHER]
    if spreads:
        row["instants"] = [round(one["last"], 4) for one in spreads]
        row["came_last"] = round(statistics.median(one["last"] for one in spreads), 4)
        row["came_first"] = round(statistics.median(one["first"] for one in spreads), 4)
    if not through:
        row["cut_off"] = _told_cut(HERD_LIMIT_S, row["unique"], len(posts))
    return row


def _quiet(driver: Driver, until: float) -> dict[str, Any]:
    """Cores and memory of the publishing processes while nothing is due."""
    began, before = time.time(), cpu_s(driver.pids())
    time.sleep(max(1.0, until - began))
    cores = (cpu_s(driver.pids()) - before) / (time.time() - began)
    return {"idle_percent": round(100 * cores, 2), "memory_mb": round(memory_mb(driver.pids()), 1)}


def _kill(workload: Workload, listed: Listed, driver: Driver, sink: Sink, slack: float) -> dict[str, Any]:
    """`kill -9` when 40 % were taken, started again after a second; who is counted is the platform.

    Of several workers one is killed and none is started.
    """
    driver.store(Order(workload.lanes, recovers=True))
    posts = herd(workload.lanes, workload.each, _due_at(listed, workload, slack))
    due = posts[0].due
    _start_in_time(driver, posts, workload.workers)
    _until(lambda: sink.count() >= KILL_AT * len(posts), due + HERD_LIMIT_S, KILL_LOOK_EVERY_S)
    if workload.workers > 1:
        driver.kill_one()
        taken, again = sink.count(), time.time()
    else:
        driver.kill()
        time.sleep(1.0)
        taken, again = sink.count(), time.time()
        driver.start()
    wanted = {post.key: due for post in posts}
    seen: list[Any] = []

    def all_there() -> bool:
        seen[:] = sink.arrivals()
        return len({one.key for one in seen}) >= len(posts)

    limit_s = KILL_LIMIT_S + listed.lease_s if listed.durable else FORGETFUL_LIMIT_S
    through = _until(all_there, again + limit_s)
    recorded_at = _recorded(driver, len(posts), listed, listed.lease_s + RECORD_LIMIT_S if through else 0.0)
    arrivals = sink.arrivals()
    row: dict[str, Any] = {"taken_at_kill": taken, **asdict(tally(arrivals, wanted))}
    if taken >= len(posts):
        row["broken"] = "the kill came after the last post"
    row["all_sent_s"] = round(max(a.answered for a in arrivals) - again, 2) if through else None
    row["recorded_s"] = round(recorded_at - again, 2) if recorded_at else None
    row["recorded"] = driver.recorded()
    if not through:
        row["cut_off"] = _told_cut(limit_s, row["unique"], len(posts)) + " after the kill"
    return row
