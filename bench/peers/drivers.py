"""The harness's side of an engine: prepare, start, stop, and what it has recorded."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import psycopg

from bench.peers.catalogue import Listed
from bench.peers.handler import TABLE
from bench.peers.posts import Post, Task

PREPARE_S = 240.0
READY_S = 60.0
STOP_S = 10.0
ROOT = Path(__file__).parents[2]


class Broken(Exception):
    """An engine that could not be brought to work; the message is its own last words."""


@dataclass
class Bench:
    """What every run of a session shares."""

    python: str
    """Interpreter of the peers' environment."""
    sink: str
    postgres: str = ""
    """Address of the server's own database; empty where there is none."""
    redis: str = ""
    """Address of a broker; empty where Redis is not installed."""
    roots: tuple[int, ...] = ()
    """Processes whose time is ours though we did not start them (the database server)."""

    def new_database(self) -> str:
        """Address of an empty one."""
        name = "bench_" + secrets.token_hex(6)
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        dsn = self.postgres.replace("/postgres?", f"/{name}?")
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(TABLE.encode())
        return dsn

    def drop(self, dsn: str) -> None:
        name = dsn.rpartition("/")[2] if "?" not in dsn else dsn.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@dataclass
class Order:
    """What a run asks of an engine."""

    lanes: int
    ordered: bool = False
    backlog: int = 0
    backlog_due: float = 0.0
    recovers: bool = False


@dataclass
class Driver(Protocol):
    """One engine in one fresh folder or database."""

    figures: dict[str, float]
    """What storing told: `load_s` (backlog), `enqueue_s` (posts)."""

    def store(self, order: Order) -> None:
        """Tables, channels and the backlog."""

    def enqueue(self, posts: list[Post]) -> None:
        """Everything is stored when this returns; the publishing processes do not run yet."""

    def start(self, workers: int = 1) -> None:
        """Start the processes; returns when they say that they work."""

    def ready(self) -> int:
        """Posts that are where they have to be before their instant."""

    def recorded(self) -> int:
        """Posts whose outcome the engine has kept."""

    def pids(self) -> list[int]: ...

    def kill(self) -> None:
        """`kill -9` of every process."""

    def kill_one(self) -> None:
        """The same of the first; the others work on."""

    def stop(self) -> None: ...

    def clean(self) -> None: ...


@dataclass
class Processes:
    """The publishing processes of a run, each with all that it started in a group of its own."""

    errors: Path
    running: list[subprocess.Popen[str]] = field(default_factory=list)
    _open: list[IO[str]] = field(default_factory=list)

    def start(self, command: Sequence[str], env: dict[str, str], *, says_ready: bool) -> dict[str, float]:
        log = self.errors.open("a", encoding="utf-8")
        self._open.append(log)
        out = subprocess.PIPE if says_ready else log
        process = subprocess.Popen(
            command, stdout=out, stderr=log, text=True, env=env, start_new_session=True
        )
        self.running.append(process)
        told: dict[str, float] = {}
        patience = threading.Timer(READY_S, process.kill)
        patience.daemon = True
        patience.start()
        while says_ready:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                patience.cancel()
                raise Broken(self.last_words())
            if line.strip() == "ready":
                break
            if line.startswith("{"):
                told |= json.loads(line)
        patience.cancel()
        return told

    def last_words(self) -> str:
        lines = self.errors.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else "no word"

    def kill_first(self) -> None:
        process = self.running.pop(0)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()

    def end(self, number: int) -> None:
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, number)
        until = time.monotonic() + STOP_S
        for process in self.running:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdout:
                process.stdout.close()
        self.running.clear()
        while self._open:
            self._open.pop().close()


class PeerDriver:
    """Any module of `bench.peers.engines`."""

    def __init__(self, listed: Listed, folder: Path, bench: Bench) -> None:
        self.figures: dict[str, float] = {}
        self._listed, self._folder, self._bench = listed, folder, bench
        self._dsn = bench.new_database() if listed.needs == "postgresql" else ""
        self._processes = Processes(folder / "errors.log")
        self._env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        self._task: Task | None = None

    def store(self, order: Order) -> None:
        self._task = Task(
            folder=str(self._folder),
            sink=self._bench.sink,
            dsn=self._dsn,
            broker=self._broker() if self._listed.needs == "redis" else "",
            backlog=order.backlog,
            backlog_due=order.backlog_due,
            ordered=order.ordered and bool(self._listed.order),
            lanes=order.lanes,
            recovers=order.recovers,
            setup=self._listed.setup,
        )
        self._desk("store")

    def enqueue(self, posts: list[Post]) -> None:
        assert self._task is not None
        self._task.posts = posts
        self._desk("enqueue")

    def _desk(self, verb: str) -> None:
        command = self._command(verb, 0)
        with self._processes.errors.open("a") as log:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=self._env, timeout=PREPARE_S
            )
        told = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or not told:
            raise Broken(self._processes.last_words())
        self.figures |= json.loads(told[-1])

    def _broker(self) -> str:
        if not self._bench.redis:
            return "filesystem://"
        import socket

        where = self._bench.redis.removeprefix("redis+socket://").partition("?")[0]
        with socket.socket(socket.AF_UNIX) as line:  # a fresh one for each run
            line.connect(where)
            line.sendall(b"FLUSHALL\r\n")
            line.recv(64)
        return self._bench.redis

    def _command(self, verb: str, index: int) -> list[str]:
        assert self._task is not None
        self._task.index = index
        file = self._folder / f"task-{verb}-{index}.json"
        file.write_text(json.dumps(self._task.as_dict()), "utf-8")
        return [self._bench.python, "-m", "bench.peers.desk", self._listed.module, verb, str(file)]

    def start(self, workers: int = 1) -> None:
        assert self._task is not None
        self._task.workers = workers
        for index in range(workers):
            told = self._processes.start(self._command("work", index), self._env, says_ready=True)
            self.figures |= told

    def ready(self) -> int:
        assert self._task is not None
        return len(self._task.posts)

    def recorded(self) -> int:
        where, statement = self._listed.recorded
        if not where:
            return -1
        if where == "postgresql":
            with psycopg.connect(self._dsn) as connection:
                row = connection.execute(statement.encode()).fetchone()
                return int(row[0]) if row else 0
        file = sqlite3.connect(f"file:{self._folder / where}?mode=ro", uri=True, timeout=10)
        try:
            return int(file.execute(statement).fetchone()[0])
        finally:
            file.close()

    def pids(self) -> list[int]:
        return [process.pid for process in self._processes.running]

    def kill(self) -> None:
        self._processes.end(signal.SIGKILL)
        if not self._listed.durable and self._task is not None:
            self._task.posts = []  # what only a dead process knew

    def kill_one(self) -> None:
        self._processes.kill_first()

    def stop(self) -> None:
        self._processes.end(signal.SIGTERM)

    def clean(self) -> None:
        if self._dsn:
            self._bench.drop(self._dsn)
