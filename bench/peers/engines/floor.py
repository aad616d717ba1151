"""No engine: a bare pool of threads that wakes at the due instant. What no scheduler can beat."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from bench.peers.desk import until_ended
from bench.peers.handler import Handler
from bench.peers.posts import CONCURRENCY, Post, Task, share


class Peer:
    def __init__(self, task: Task) -> None:
        self._task = task

    def prepare(self) -> None: ...

    def enqueue(self, posts: Sequence[Post]) -> None: ...

    def backlog(self, count: int, due: float) -> None: ...

    def work(self, ready: Callable[[], None]) -> None:
        task = self._task
        posts = sorted(share(task), key=lambda p: (p.due, p.lane, p.seq))
        handler = Handler(task)
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            list(pool.map(time.sleep, [0.01] * CONCURRENCY))  # so that the threads are there
            ready()
            for due, together in groupby(posts, key=lambda p: p.due):
                time.sleep(max(0.0, due - time.time()))
                if task.ordered:
                    by_lane = [list(lane) for _, lane in groupby(together, key=lambda p: p.lane)]
                    list(pool.map(lambda lane: [handler(post.body()) for post in lane], by_lane))
                else:
                    list(pool.map(lambda post: handler(post.body()), together))
        until_ended()
