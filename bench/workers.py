"""Several workers: how fast one, two and four publish a herd, and what a post costs in processor time.

`python -m bench.workers [400x1 40x10] [--workers 1 2 4] [--threads 64] [--answers-after 0.05]`
prints a table in Markdown. Each worker is a process and a machine of its own, joined with a pack
(with `--one-folder` all share one). Everything is prepared when its instant comes; from there until every
outcome is in the database is what counts. PostgreSQL with every guarantee on, platform a process of its own.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.peers import sink
from bench.peers.__main__ import DURABLE, postmaster
from bench.peers.catalogue import ALL
from bench.peers.drivers import Bench, Order
from bench.peers.machine import Watch, cpu_s
from bench.peers.office import PASSPHRASE, LoaDriver
from bench.peers.posts import herd
from loa.services import joining, people
from tests.support import postgres

PACK = "mot cum mat khau cho goi"
STORED_PER_S, START_S = 20, 10
LIMIT_S = 120.0
LOOK_EVERY_S = 0.05
SHAPE = re.compile(r"(\d+)x(\d+)")


@dataclass(frozen=True)
class Found:
    """Seconds after the posts' instant; CPU seconds from there on. `commits`: looks count as well."""

    sent_s: float
    recorded_s: float
    workers_cpu_s: float
    server_cpu_s: float
    commits: int
    lost: int
    double: int
    foreign_cores: float


class Machines(LoaDriver):
    """Loa as the comparison starts it, with a folder for each worker."""

    def prepared(self, workers: int, threads: int, *, one_folder: bool) -> None:
        settings = self._folder / "config.toml"
        text = settings.read_text("utf-8")
        settings.write_text(re.sub(r"(?m)^workers = \d+", f"workers = {threads}", text), "utf-8")
        self._folders = [self._folder] * workers
        if one_folder:
            return
        operator = people.authenticate(self._workspace, "ky", PASSPHRASE)
        for number in range(1, workers):
            pack = self._folder.parent / f"may-{number}.loa"
            folder = self._folders[number] = self._folder.parent / f"may-{number}"
            joining.pack(self._workspace, operator, pack, PACK)
            joining.join(pack, folder, PACK, officer="ky", officers_passphrase=PASSPHRASE, name=folder.name)

    def start(self, workers: int = 1) -> None:
        del workers
        for folder in self._folders:
            command = [sys.executable, "-m", "loa.cli.main", "-w", str(folder), "worker", "--quiet"]
            self._processes.start(command, self._env, says_ready=False)


def run(
    lanes: int, each: int, workers: int, *, threads: int, answers_after_s: float, one_folder: bool
) -> Found:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(postgres.running(**DURABLE))
        root = postmaster(server.uri)[0]
        watched = stack.enter_context(sink.running(answers_after_s))
        bench = Bench(sys.executable, watched.url, server.uri)
        driver = Machines(ALL["loa-worker"], folder, bench)
        stack.callback(driver.clean)
        stack.callback(driver.stop)
        driver.store(Order(lanes))
        driver.prepared(workers, threads, one_folder=one_folder)
        lead = lanes * each / STORED_PER_S + START_S * workers
        posts = herd(lanes, each, float(int(time.time() + lead)))
        driver.enqueue(posts)
        driver.start()
        while driver.ready() < len(posts):
            if time.time() > posts[0].due:
                raise SystemExit(f"not ready in time: {driver.ready()} of {len(posts)}")
            time.sleep(LOOK_EVERY_S)
        time.sleep(max(0.0, posts[0].due - time.time()))
        watch = Watch((root, os.getpid()))  # all that we started is under this process
        before = cpu_s(driver.pids()), cpu_s([root]), _commits(driver._dsn)
        due = posts[0].due
        while driver.recorded() < len(posts) and time.time() < due + LIMIT_S:
            time.sleep(LOOK_EVERY_S)
        recorded_s = time.time() - due
        mine, servers = cpu_s(driver.pids()) - before[0], cpu_s([root]) - before[1]
        commits = _commits(driver._dsn) - before[2]
        arrivals = watched.arrivals()
        told = sink.tally(arrivals, {post.key: post.due for post in posts})
        return Found(
            max((one.answered for one in arrivals), default=due) - due,
            recorded_s,
            mine,
            servers,
            commits,
            told.lost,
            told.double,
            watch.foreign(),
        )


def _commits(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", default=["400x1", "40x10"])
    parser.add_argument("--workers", nargs="*", type=int, default=[1, 2, 4])
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--answers-after", type=float, default=sink.ANSWERS_AFTER_S)
    parser.add_argument("--one-folder", action="store_true")
    asked = parser.parse_args()
    print(
        "| herd | workers | all sent | all recorded | posts/s | CPU a post: workers | server | commits |"
        " lost | double | cores of others |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for shape in asked.shapes:
        matched = SHAPE.fullmatch(shape)
        assert matched, shape
        lanes, each = map(int, matched.groups())
        for workers in asked.workers:
            found = run(
                lanes,
                each,
                workers,
                threads=asked.threads,
                answers_after_s=asked.answers_after,
                one_folder=asked.one_folder,
            )
            count = lanes * each
            print(
                f"| {lanes} × {each} | {workers} | {found.sent_s:.1f} s | {found.recorded_s:.1f} s "
                f"| {count / found.recorded_s:.0f} | {1000 * found.workers_cpu_s / count:.1f} ms "
                f"| {1000 * found.server_cpu_s / count:.1f} ms | {found.commits} "
                f"| {found.lost} | {found.double} | {found.foreign_cores:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
