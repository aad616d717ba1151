"""procrastinate alone: its table is the queue."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import procrastinate
import psycopg

from bench.peers.handler import Handler
from bench.peers.posts import CONCURRENCY, Post, Task

BATCH = 500
logging.getLogger("procrastinate").setLevel(logging.ERROR)


class Peer:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._pool = ThreadPoolExecutor(CONCURRENCY)
        self._handler: Handler | None = None
        connector = procrastinate.PsycopgConnector(conninfo=task.dsn, min_size=4, max_size=16)
        self._app = app = procrastinate.App(connector=connector)

        @app.task(name="send")
        async def send(body: dict[str, Any]) -> None:
            assert self._handler is not None
            await asyncio.get_running_loop().run_in_executor(self._pool, self._handler, body)

        self._send = send
        if task.recovers:

            @app.periodic(cron="* * * * * */5")  # seconds are the sixth, last field
            @app.task(name="retry_stalled", pass_context=True, queueing_lock="retry_stalled")
            async def retry_stalled(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
                for job in await context.app.job_manager.get_stalled_jobs():
                    await context.app.job_manager.retry_job(job)

    def prepare(self) -> None:
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        async with self._app.open_async():
            await self._app.schema_manager.apply_schema_async()

    def enqueue(self, posts: Sequence[Post]) -> None:
        asyncio.run(self._enqueue(posts))

    async def _enqueue(self, posts: Sequence[Post]) -> None:
        def alike(post: Post) -> tuple[float, str]:
            return post.due, post.lane if self._task.ordered else ""

        async with self._app.open_async():
            for (due, lane), group in groupby(sorted(posts, key=alike), key=alike):
                at = {"schedule_at": datetime.fromtimestamp(due, UTC), "lock": lane or None}
                rows = [{"body": post.body()} for post in group]
                for first in range(0, len(rows), BATCH):
                    await self._send.configure(**at).batch_defer_async(*rows[first : first + BATCH])

    def backlog(self, count: int, due: float) -> None:
        """Rows by SQL: in its own batches a million would take minutes."""
        row = (
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at) "
            "SELECT 'default', 'send', %s::jsonb, to_timestamp(%s) FROM generate_series(1, %s)"
        )
        with psycopg.connect(self._task.dsn, autocommit=True) as connection:
            connection.execute(row, (json.dumps({"body": Post("later", "xa0", 0, due).body()}), due, count))
            connection.execute("ANALYZE procrastinate_jobs")

    def work(self, ready: Callable[[], None]) -> None:
        asyncio.run(self._work(ready))

    async def _work(self, ready: Callable[[], None]) -> None:
        self._handler = Handler(self._task)
        async with self._app.open_async():
            ready()
            beats = {"update_heartbeat_interval": 1.0, "stalled_worker_timeout": 5.0}
            await self._app.run_worker_async(
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=0.2,
                **(beats if self._task.recovers else {}),
            )
