"""Jobs: PgQueuer's part in the work of several machines. A job says "look at this lane", no more.

Its tables hold only lanes that are due at this moment, so they may be lost at any time: what is still due is
offered once more. They lie in a schema of their own, unlogged, and are made and brought up to date by the
library itself when a worker starts; `loa db move` knows nothing of them.

What was read in PgQueuer 1.6.0: two jobs of one `dedupe_key` conflict while one is queued or picked, and
`on_conflict="skip"` leaves the second out; a job that fails is deleted and logged; picked jobs whose worker
sends no heartbeat are picked again by whoever looks next; outcomes are written every 0.1 s, and
each such DELETE wakes every worker for a look and three questions, so here nobody hears of it; its psycopg
driver listens up to 1 s on the connection that statements wait for, so here listening has its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import NotifyCallback

from scheduler.store.database import Database
from scheduler.store.postgres import LINE

log = logging.getLogger("loa.jobs")

SCHEMA = "loa_jobs"
SETTINGS = DBSettings.model_construct(
    # Not read from the environment: all workers must look into the same tables.
    prefix="",
    db_schema=SCHEMA,
    channel=Channel("loa_jobs"),
    function="fn_changed",
    statistics_table="statistics",
    queue_status_type="status",
    queue_table="job",
    queue_table_log="log",
    trigger="tg_changed",
    schedules_table="schedules",
    durability=Durability.volatile,
    widen_id=False,
)
_GIVE_BACK = b"DELETE FROM loa_jobs.job WHERE queue_manager_id = %s"
INSTALLING = 0x10A2
"""The advisory lock of whoever makes or changes the tables."""
DEQUEUE_EVERY = timedelta(seconds=2)
"""How often an idle worker looks for dead workers' jobs; new ones it is told of."""
HEARTBEAT = timedelta(seconds=15)
"""A picked job without a sign of life for so long is another's."""
BATCH = 32
ANSWER_S = 10.0
"""How long the server may take over one batch of jobs; its lines notice a dead one by themselves."""

Hands = Callable[[str], Future[None]]
"""Does what is due on a channel; done when its turn is over. Must not block."""


class Ended(Exception):
    """The jobs' thread came to an end without an error of its own."""


class Jobs:
    """Offers lanes as jobs, and has those that this worker gets done by `hands`; in a thread of its own."""

    def __init__(self, database: Database, entrypoints: Collection[str], hands: Hands, slots: int) -> None:
        self._address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._entrypoints = entrypoints
        self._hands = hands
        self._slots = slots
        self._ready: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queries: Queries | None = None
        self._manager: QueueManager | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="loa-jobs", daemon=True)

    def start(self) -> None:
        """Returns when jobs are taken; raises what hindered that (psycopg's errors)."""
        self._thread.start()
        self._ready.result()

    def offer(self, lanes: Iterable[tuple[str, str]]) -> None:
        """One job for each (entrypoint, channel) that has none yet."""
        pairs = list(lanes)
        if pairs and self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._offer(pairs), self._loop).result(ANSWER_S)

    def clear_log(self) -> None:
        """What PgQueuer notes of every job is of no use to anybody: the attempts tell more."""
        if self._loop is not None and self._queries is not None:
            asyncio.run_coroutine_threadsafe(self._queries.clear_queue_log(), self._loop).result(ANSWER_S)

    @property
    def ended(self) -> BaseException | None:
        """Why no jobs are taken any more; None while they are."""
        return None if self._thread.is_alive() else self._error or Ended()

    def drain(self) -> None:
        """Take no more. What was taken goes on; `join` waits for it."""
        if self._loop is not None and self._manager is not None:
            with suppress(RuntimeError):  # it has ended meanwhile
                self._loop.call_soon_threadsafe(self._manager.shutdown.set)

    def join(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()

    # -- in its own thread -----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            # psycopg cannot use the loop that Windows has by default.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            if not self._ready.done():
                self._ready.set_exception(self._error or Ended())

    async def _serve(self) -> None:
        async with AsyncExitStack() as lines:
            asking = await lines.enter_async_context(await self._connect())
            listening = await lines.enter_async_context(await self._connect())
            driver = _TwoLines(asking, listening)
            self._queries = queries = _queries(driver)
            await _install(asking, queries)
            self._manager = manager = QueueManager(queries, channel=SETTINGS.channel)
            for name in self._entrypoints:
                manager.entrypoint(name, accepts_context=False)(self._look_at)
            self._loop = asyncio.get_running_loop()
            self._ready.set_result(None)
            working = asyncio.create_task(
                manager.run(
                    dequeue_timeout=DEQUEUE_EVERY,
                    batch_size=min(BATCH, self._slots),
                    max_concurrent_tasks=2 * self._slots,  # one is counted until its outcome is written
                    heartbeat_timeout=HEARTBEAT,
                    log_aggregation_interval=timedelta(0),
                    # Its probe takes a busy machine for a lost line; ours says so itself.
                    shutdown_on_listener_failure=False,
                )
            )
            await asyncio.wait({working, driver.lost}, return_when=asyncio.FIRST_COMPLETED)
            manager.shutdown.set()
            try:
                await working
            finally:
                await _give_back(asking, manager)
            if driver.lost.done():
                driver.lost.result()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, **LINE, application_name="loa-jobs"
        )

    async def _look_at(self, job: Job) -> None:
        channel = (job.payload or b"").decode("utf-8")
        await asyncio.wrap_future(self._hands(channel))

    async def _offer(self, pairs: list[tuple[str, str]]) -> None:
        assert self._queries is not None
        await self._queries.enqueue(
            [entrypoint for entrypoint, _ in pairs],
            [channel.encode("utf-8") for _, channel in pairs],
            [0] * len(pairs),
            dedupe_key=[key(entrypoint, channel) for entrypoint, channel in pairs],
            on_conflict="skip",
        )


def key(entrypoint: str, channel: str) -> str:
    """One job for each lane at a time. A channel that was given to another zone is another lane."""
    return f"{entrypoint} {channel}"


def _queries(driver: PsycopgDriver) -> Queries:
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(SETTINGS),
        qbq=QueryQueueBuilder(SETTINGS),
        qbs=QuerySchedulerBuilder(SETTINGS),
    )


async def _install(connection: psycopg.AsyncConnection[Any], queries: Queries) -> None:
    """Make the library's tables, or bring them to its version; one worker at a time."""
    await connection.execute("SET lock_timeout = '15s'")  # whoever is at it may have been suspended
    await connection.execute("SELECT pg_advisory_lock(%s)", (INSTALLING,))
    try:
        if await queries.schema_is_installed():
            await queries.upgrade()
        else:
            async with connection.transaction():  # all of it or nothing
                await queries.install()
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s)", (INSTALLING,))


async def _give_back(connection: psycopg.AsyncConnection[Any], manager: QueueManager) -> None:
    """Jobs that were picked and whose outcome could not be written: nobody need wait for their heartbeat."""
    with suppress(psycopg.Error):
        await connection.execute(_GIVE_BACK, (manager.queue_manager_id,))


def _is_no_news(payload: str) -> bool:
    """A job that was struck off brings nobody work; whoever was full looks again within 0.1 s by itself."""
    try:
        return bool(json.loads(payload).get("operation") == "delete")
    except (ValueError, AttributeError):
        return False  # not of the table's trigger


class _TwoLines(PsycopgDriver):
    """Statements on one connection, notifications on another. `lost` ends when the second is gone."""

    def __init__(self, asking: psycopg.AsyncConnection[Any], listening: psycopg.AsyncConnection[Any]) -> None:
        super().__init__(asking)
        self._ear = listening
        self._heard: dict[str, list[NotifyCallback]] = {}
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        from psycopg import sql

        first = not self._heard
        if channel not in self._heard:
            await self._ear.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        self._heard.setdefault(channel, []).append(callback)
        if first:
            self.tm.add(asyncio.create_task(self._listen()))

    async def _listen(self) -> None:
        try:
            while not self.shutdown.is_set():
                async for note in self._ear.notifies(timeout=1.0, stop_after=1):
                    if _is_no_news(note.payload):
                        continue
                    for callback in self._heard.get(note.channel, []):
                        callback(note.payload)
        except psycopg.Error as error:
            if not self.lost.done():
                self.lost.set_exception(error)
