"""DBOS Transact: a delayed workflow of one step for each post."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bench.peers.desk import until_ended
from bench.peers.handler import Handler
from bench.peers.posts import CONCURRENCY, Post, Task

_handler: Handler


@DBOS.step()
def send(body: dict[str, Any]) -> str:
    return _handler(body)


@DBOS.workflow()
def publish(body: dict[str, Any]) -> str:
    return send(body)


class Peer:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._launched = False
        logging.getLogger("dbos").setLevel(logging.ERROR)

    def _launch(self) -> None:
        if self._launched:
            return
        self._launched = True
        file = f"{self._task.folder}/dbos.db"
        url = self._task.dsn
        if self._task.setup["store"] == "sqlite":
            url = f"sqlite:///{file}"
            with sqlite3.connect(file) as connection:  # it leaves the slow rollback journal by itself
                connection.execute("PRAGMA journal_mode=WAL")
        DBOS(
            config={
                "name": "posts",
                "system_database_url": url,
                "application_version": "1",
                "executor_id": f"worker-{self._task.index}",
                "log_level": "ERROR",
                "console_log_level": "ERROR",
                "sys_db_pool_size": CONCURRENCY // 2,
                "max_executor_threads": 2 * CONCURRENCY,
            }
        )
        DBOS.launch()

    def _register(self) -> None:
        order: dict[str, Any] = {"partition_concurrency": 1} if self._task.ordered else {}
        DBOS.register_queue("posts", worker_concurrency=CONCURRENCY, polling_interval_sec=0.05, **order)

    def prepare(self) -> None:
        self._as_a_client()

    def _as_a_client(self) -> None:
        self._task.index = 99  # who enqueues must not be taken for a worker that came back
        self._launch()

    def enqueue(self, posts: Sequence[Post]) -> None:
        self._as_a_client()
        # In this process nothing is dequeued: the queue is registered by the worker, the name is enough here.
        for post in posts:
            with (
                SetWorkflowID(post.key),
                SetEnqueueOptions(
                    delay_seconds=max(0.0, post.due - time.time()),
                    queue_partition_key=post.lane if self._task.ordered else None,
                ),
            ):
                DBOS.enqueue_workflow("posts", publish, post.body())

    def backlog(self, count: int, due: float) -> None:
        self.enqueue([Post(f"later-{n}", "xa0", 0, due) for n in range(count)])

    def work(self, ready: Callable[[], None]) -> None:
        global _handler
        _handler = Handler(self._task)
        self._launch()
        self._register()
        ready()
        until_ended()
