"""The peers' side of the harness: `python -m bench.peers.desk MODULE store|enqueue|work TASK.json`.

Runs in the peers' environment. `store` (tables and backlog) and `enqueue` print how long that took, `work`
prints `ready` and then works until it is ended.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Protocol

from bench.peers.posts import Post, Task


class Engine(Protocol):
    """One peer. Made once in each process."""

    def __init__(self, task: Task) -> None: ...

    def prepare(self) -> None:
        """Make its tables."""

    def enqueue(self, posts: Sequence[Post]) -> None:
        """The way its manual shows, in batches where it has them."""

    def backlog(self, count: int, due: float) -> None:
        """`count` jobs for later, as fast as its store takes them."""

    def work(self, ready: Callable[[], None]) -> None:
        """Run a worker until this process is ended."""


def until_ended() -> None:
    """For engines that work in threads of their own."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    ended.wait()


def tell(**figures: float) -> None:
    print(json.dumps(figures), flush=True)


def main() -> None:
    module, verb, file = sys.argv[1:]
    task = Task.of(json.loads(Path(file).read_text("utf-8")))
    engine: Engine = import_module(f"bench.peers.engines.{module}").Peer(task)
    if verb == "work":
        engine.work(lambda: print("ready", flush=True))
        return
    if verb == "store":
        engine.prepare()
        began = time.perf_counter()
        if task.backlog:
            engine.backlog(task.backlog, task.backlog_due)
        tell(load_s=time.perf_counter() - began)
    else:
        began = time.perf_counter()
        engine.enqueue(task.posts)
        tell(enqueue_s=time.perf_counter() - began)


if __name__ == "__main__":
    main()
