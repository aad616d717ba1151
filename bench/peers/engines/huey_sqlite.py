"""Huey on its SQLite storage."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from huey import SqliteHuey

from bench.peers.handler import Handler
from bench.peers.posts import CONCURRENCY, Post, Task

logging.getLogger("huey").setLevel(logging.ERROR)


class Peer:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._handler: Handler | None = None
        self._huey = SqliteHuey("posts", filename=f"{task.folder}/jobs.db", fsync=True, timeout=30)

        @self._huey.task()
        def send(body: dict[str, Any]) -> str:
            self._handler = self._handler or Handler(task)
            return self._handler(body)

        self._send = send

    def prepare(self) -> None: ...

    def enqueue(self, posts: Sequence[Post]) -> None:
        for post in posts:
            self._send.schedule((post.body(),), eta=_local(post.due))

    def backlog(self, count: int, due: float) -> None:
        """Rows as its storage would write them, in one commit."""
        body = Post("later", "xa0", 0, due).body()
        storage = self._huey.storage
        rows = (
            (storage.name, self._huey.serialize_task(self._send.s(body, eta=_local(due))), due)
            for _ in range(count)
        )
        with storage.db(commit=True) as cursor:
            cursor.executemany("insert into schedule (queue, data, timestamp) values (?, ?, ?)", rows)

    def work(self, ready: Callable[[], None]) -> None:
        self._handler = Handler(self._task)
        consumer = self._huey.create_consumer(
            workers=CONCURRENCY,
            periodic=False,
            initial_delay=0.05,
            max_delay=self._task.setup["max_delay"],
            scheduler_interval=1,
            check_worker_health=False,
        )
        ready()
        consumer.run()


def _local(at: float) -> datetime:
    """Huey takes a time without a zone for this machine's, and turns it into UTC."""
    return datetime.fromtimestamp(at, UTC).astimezone().replace(tzinfo=None)
