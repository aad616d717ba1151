"""APScheduler 3: one date job for each post."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import create_engine, event, insert

from bench.peers.desk import tell, until_ended
from bench.peers.handler import Handler
from bench.peers.posts import CONCURRENCY, Post, Task

BATCH = 5000
logging.getLogger("apscheduler").setLevel(logging.ERROR)
_handler: Handler


def send(body: dict[str, Any]) -> None:
    """A module's function, so that a store can name it."""
    _handler(body)


class Peer:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._memory = task.setup["store"] == "memory"

    def _scheduler(self) -> BackgroundScheduler:
        return BackgroundScheduler(
            jobstores={"default": MemoryJobStore() if self._memory else self._store()},
            executors={"default": ThreadPoolExecutor(CONCURRENCY)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )

    def _store(self) -> SQLAlchemyJobStore:
        if self._task.setup["store"] == "postgresql":
            return SQLAlchemyJobStore(url=self._task.dsn.replace("postgresql://", "postgresql+psycopg://", 1))
        engine = create_engine(f"sqlite:///{self._task.folder}/jobs.db", connect_args={"timeout": 30})
        event.listen(engine, "connect", _in_wal)
        return SQLAlchemyJobStore(engine=engine)

    def prepare(self) -> None: ...

    def enqueue(self, posts: Sequence[Post]) -> None:
        if not self._memory:  # a memory store is filled by the process that works
            self._add(self._paused(), posts)

    def _paused(self) -> BackgroundScheduler:
        scheduler = self._scheduler()
        scheduler.start(paused=True)
        return scheduler

    def _add(self, scheduler: BackgroundScheduler, posts: Sequence[Post]) -> None:
        for post in posts:
            due = datetime.fromtimestamp(post.due, UTC)
            scheduler.add_job(send, "date", run_date=due, args=[post.body()], id=post.key)

    def backlog(self, count: int, due: float) -> None:
        """Rows as its store would write them, many to a commit."""
        if self._memory:
            return
        scheduler = self._paused()
        store = scheduler._lookup_jobstore("default")
        self._add(scheduler, [Post("sample", "xa0", 0, due)])
        job = store.lookup_job("sample")
        rows = []
        with store.engine.begin() as connection:
            for number in range(count - 1):
                job.id = f"later-{number}"
                state = pickle.dumps(job.__getstate__(), store.pickle_protocol)
                rows.append({"id": job.id, "next_run_time": due, "job_state": state})
                if len(rows) == BATCH:
                    connection.execute(insert(store.jobs_t), rows)
                    rows = []
            if rows:
                connection.execute(insert(store.jobs_t), rows)

    def work(self, ready: Callable[[], None]) -> None:
        import time

        global _handler
        _handler = Handler(self._task)
        scheduler = self._scheduler()
        scheduler.start()
        if self._memory:
            task, began = self._task, time.perf_counter()
            self._add(
                scheduler,
                [Post(f"later-{n}", "xa0", 0, task.backlog_due) for n in range(task.backlog)],
            )
            loaded = time.perf_counter()
            self._add(scheduler, task.posts)
            tell(load_s=loaded - began, enqueue_s=time.perf_counter() - loaded)
        ready()
        until_ended()


def _in_wal(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.execute("PRAGMA synchronous=FULL")
