"""Celery: an eta task for each post, a worker with threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from bench.peers.handler import Handler
from bench.peers.posts import CONCURRENCY, Post, Task

VISIBILITY_S = 10
"""A task that was taken and not acknowledged is handed out again (the kill); default one hour."""


class Peer:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._handler: Handler | None = None
        self._app = app = Celery("posts", broker=task.broker)
        options: dict[str, Any] = {"visibility_timeout": VISIBILITY_S} if task.recovers else {}
        if task.broker.startswith("filesystem:"):
            box = Path(task.folder) / "box"
            box.mkdir(exist_ok=True)
            control = Path(task.folder) / "control"
            control.mkdir(exist_ok=True)
            options = {
                "data_folder_in": str(box),
                "data_folder_out": str(box),
                "control_folder": str(control),
            }
        app.conf.update(
            broker_transport_options=options,
            task_ignore_result=True,
            task_acks_late=True,
            worker_prefetch_multiplier=1,
            worker_hijack_root_logger=False,
            worker_redirect_stdouts=False,  # or nobody hears that it is ready
            broker_connection_retry_on_startup=True,
        )

        @app.task(name="send")
        def send(body: dict[str, Any]) -> None:
            assert self._handler is not None
            self._handler(body)

        self._send = send

    def prepare(self) -> None: ...

    def enqueue(self, posts: Sequence[Post]) -> None:
        for post in posts:
            self._send.apply_async((post.body(),), eta=datetime.fromtimestamp(post.due, UTC))

    def backlog(self, count: int, due: float) -> None:
        self.enqueue([Post(f"later-{n}", "xa0", 0, due) for n in range(count)])

    def work(self, ready: Callable[[], None]) -> None:
        self._handler = Handler(self._task)
        worker_ready.connect(lambda **_: ready(), weak=False)
        silent = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"]
        self._app.worker_main(["worker", "--pool=threads", f"--concurrency={CONCURRENCY}", *silent])
