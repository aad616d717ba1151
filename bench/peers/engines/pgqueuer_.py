"""PgQueuer alone: its table is the queue."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import asyncpg
import psycopg
from pgqueuer import PgQueuer, Queries
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job

from bench.peers.handler import Handler
from bench.peers.posts import CONCURRENCY, Post, Task, lane_names

BATCH = 500
logging.getLogger("pgqueuer").setLevel(logging.ERROR)


class Peer:
    def __init__(self, task: Task) -> None:
        self._task = task

    def prepare(self) -> None:
        asyncio.run(self._with_queries(lambda queries: queries.install()))

    async def _with_queries(self, work: Callable[[Queries], object]) -> None:
        connection = await asyncpg.connect(self._task.dsn)
        try:
            await work(Queries(AsyncpgDriver(connection)))  # type: ignore[misc]
        finally:
            await connection.close()

    def _name(self, lane: str) -> str:
        return lane if self._task.ordered else "send"

    def enqueue(self, posts: Sequence[Post]) -> None:
        async def send(queries: Queries) -> None:
            for first in range(0, len(posts), BATCH):
                batch, now = posts[first : first + BATCH], time.time()
                await queries.enqueue(
                    [self._name(post.lane) for post in batch],
                    [json.dumps(post.body()).encode() for post in batch],
                    [0] * len(batch),
                    [timedelta(seconds=max(0.0, post.due - now)) for post in batch],
                )

        asyncio.run(self._with_queries(send))

    def backlog(self, count: int, due: float) -> None:
        """Rows by SQL, as its own statement writes them."""
        row = (
            "INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status) "
            "SELECT 0, %s, %s, to_timestamp(%s), 'queued' FROM generate_series(1, %s)"
        )
        body = json.dumps(Post("later", "xa0", 0, due).body()).encode()
        with psycopg.connect(self._task.dsn, autocommit=True) as connection:
            connection.execute(row, (self._name("xa0"), body, due, count))
            connection.execute("ANALYZE pgqueuer")

    def work(self, ready: Callable[[], None]) -> None:
        asyncio.run(self._work(ready))

    async def _work(self, ready: Callable[[], None]) -> None:
        handler, pool = Handler(self._task), ThreadPoolExecutor(CONCURRENCY)
        connection = await asyncpg.connect(self._task.dsn)
        queue = PgQueuer(AsyncpgDriver(connection))

        async def send(job: Job) -> None:
            assert job.payload is not None
            await asyncio.get_running_loop().run_in_executor(pool, handler, json.loads(job.payload))

        if self._task.ordered:  # an entrypoint for each lane, one job of it at a time
            for lane in lane_names(self._task.posts, self._task.lanes):
                queue.entrypoint(lane, concurrency_limit=1)(send)
        else:
            queue.entrypoint("send")(send)
        ready()
        await queue.run(
            batch_size=32,
            dequeue_timeout=timedelta(seconds=2),
            max_concurrent_tasks=2 * CONCURRENCY,
            heartbeat_timeout=timedelta(seconds=5 if self._task.recovers else 30),
        )
