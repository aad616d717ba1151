"""Every engine that is compared, with the settings that make it as good as it can be and why."""

# ruff: noqa: E501 the settings are sentences

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FLOOR = "floor"
OUTCOME = "SELECT count(*) FROM outcome"


@dataclass(frozen=True)
class Listed:
    """`posts`: how many of a herd it is given, fewer where 2,000 take more than 20 s. `enqueue_per_s`: a low
    guess, so that the due instant lies behind the enqueuing. `recorded`: where its outcomes are counted."""

    name: str
    module: str
    settings: str
    setup: dict[str, Any] = field(default_factory=dict)
    posts: int = 2000
    enqueue_per_s: int = 150
    order: str = ""
    """How it keeps the order of a channel's posts; empty where it has nothing for that."""
    recorded: tuple[str, str] = ("outcome.db", OUTCOME)
    needs: str = ""
    """`postgresql`, `redis`, or nothing but a folder."""
    most_backlog: int = 10_000
    durable: bool = True
    several: bool = False
    """Several worker processes may share its store."""
    start_s: float = 4.0
    load_per_s: int = 20_000
    """Backlog rows that its worker takes in at its start, for one that keeps them in memory."""
    lease_s: float = 0.0
    """How long what a dead process had on its way stays its own, where that is longer than a few seconds."""
    loaded_by: str = "SQL"
    """How the backlog is put in."""


_OWN_ROW = "outcome: one committed row of the application's"
_APS = (
    "APScheduler 3.11 `BackgroundScheduler`, a date job a post, 64 threads, `misfire_grace_time=None` (its"
    " default of 1 s drops a herd), `coalesce=True`; no order within a channel; " + _OWN_ROW
)

PEERS = (
    Listed(
        "apscheduler-memory",
        "apscheduler3",
        _APS + " (SQLite FULL); its memory store forgets everything when the process ends",
        {"store": "memory", "outcome": "sqlite"},
        enqueue_per_s=1500,
        most_backlog=100_000,
        durable=False,
        loaded_by="its own way, at its start",
    ),
    Listed(
        "apscheduler-sqlite",
        "apscheduler3",
        _APS + " (SQLite FULL); its SQLAlchemy store on SQLite with WAL and FULL set by hand",
        {"store": "sqlite", "outcome": "sqlite"},
        posts=500,
        enqueue_per_s=250,
        most_backlog=100_000,
    ),
    Listed(
        "apscheduler-postgresql",
        "apscheduler3",
        _APS + " (PostgreSQL); its SQLAlchemy store on PostgreSQL",
        {"store": "postgresql", "outcome": "postgresql"},
        posts=500,
        enqueue_per_s=110,
        recorded=("postgresql", OUTCOME),
        needs="postgresql",
    ),
    Listed(
        "huey-sqlite",
        "huey_sqlite",
        "Huey 3.5 `SqliteHuey`, WAL, `fsync=True` (FULL), 64 threads, polling 0.05 s growing to 1 s, scheduler every"
        " second (its least); no order within a channel; outcome: its own result store",
        {"outcome": "", "max_delay": 1.0},
        enqueue_per_s=250,
        recorded=("jobs.db", "SELECT count(*) FROM kv"),
    ),
    Listed(
        "celery",
        "celery_",
        "Celery 5.7, eta tasks, 64 threads, `acks_late`, no gossip/mingle/heartbeat; no order within a channel;"
        " visibility time-out 1 h (its default), 10 s where a worker is killed; "
        + _OWN_ROW
        + " (SQLite FULL)",
        {"outcome": "sqlite"},
        enqueue_per_s=350,
        needs="redis",
        start_s=6.0,
        loaded_by="its own way",
    ),
    Listed(
        "procrastinate",
        "procrastinate_",
        "procrastinate 3.10 alone, `batch_defer` of 500, 64 jobs at a time, `fetch_job_polling_interval=0.2`;"
        " order: `lock` = channel; where a worker is killed the manual's task for stalled jobs every 5 s and"
        " heartbeats of 1 s / 5 s; " + _OWN_ROW + " (PostgreSQL)",
        {"outcome": "postgresql"},
        posts=500,
        enqueue_per_s=400,
        order="lock = channel",
        recorded=("postgresql", OUTCOME),
        needs="postgresql",
        most_backlog=1_000_000,
        several=True,
    ),
    Listed(
        "pgqueuer",
        "pgqueuer_",
        "PgQueuer 1.6 alone on asyncpg, batch enqueue of 500, `batch_size=32`, `max_concurrent_tasks=128` (it counts"
        " a job until its outcome is flushed; 64 threads do the calls), `dequeue_timeout=2 s`, heartbeat 30 s (5 s where a worker"
        " is killed); order: an entrypoint for each channel with `concurrency_limit=1`; "
        + _OWN_ROW
        + " (PostgreSQL)",
        {"outcome": "postgresql"},
        enqueue_per_s=1500,
        order="an entrypoint for each channel, one at a time",
        recorded=("postgresql", OUTCOME),
        needs="postgresql",
        most_backlog=1_000_000,
        several=True,
    ),
    Listed(
        "dbos-sqlite",
        "dbos_",
        "DBOS Transact 3.4 on SQLite (WAL set by hand; synchronous left at its FULL), `worker_concurrency=64`,"
        " `polling_interval_sec=0.05` (its default of 1 s starts 64 a second), version and executor pinned; order:"
        " `partition_concurrency=1`, partition = channel; outcome: its own step record",
        {"store": "sqlite", "outcome": ""},
        posts=500,
        enqueue_per_s=120,
        order="partition_concurrency = 1",
        recorded=("dbos.db", "SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'"),
        most_backlog=2_000,
        loaded_by="its own way",
    ),
    Listed(
        "dbos-postgresql",
        "dbos_",
        "DBOS Transact 3.4 on PostgreSQL, otherwise the same",
        {"store": "postgresql", "outcome": ""},
        posts=500,
        enqueue_per_s=80,
        order="partition_concurrency = 1",
        recorded=("postgresql", "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"),
        needs="postgresql",
        most_backlog=2_000,
        several=True,
        loaded_by="its own way",
    ),
)

FLOORS = (
    Listed(
        FLOOR,
        "floor",
        "64 threads that wake at the due instant, the same calls, nothing written: what no engine can beat;"
        " beside several workers as many processes, each with its share of the channels",
        {"outcome": ""},
        recorded=("", ""),
        enqueue_per_s=100_000,
        order="a thread works through a channel",
        durable=False,
        start_s=2.0,
    ),
    Listed(
        "floor-sqlite",
        "floor",
        "the same, each outcome a committed row (SQLite WAL, FULL)",
        {"outcome": "sqlite"},
        enqueue_per_s=100_000,
        order="a thread works through a channel",
        durable=False,
        start_s=2.0,
    ),
    Listed(
        "floor-postgresql",
        "floor",
        "the same, each outcome a committed row (PostgreSQL, 64 connections)",
        {"outcome": "postgresql"},
        recorded=("postgresql", OUTCOME),
        needs="postgresql",
        enqueue_per_s=100_000,
        order="a thread works through a channel",
        durable=False,
        start_s=2.0,
    ),
)
LOA = (
    Listed(
        "loa",
        "",
        "Loa as installed, SQLite, 64 lanes; posts imported, checked, submitted, approved with a signature, prepared"
        " ahead of their minute (not in the figure), revealed by one POST, read back afterwards",
        enqueue_per_s=120,
        order="a lane for each channel",
        recorded=("loa", ""),
        most_backlog=1_000_000,
        start_s=8.0,
    ),
    Listed(
        "loa-postgresql",
        "",
        "the same on PostgreSQL, one publisher (`loa run`)",
        enqueue_per_s=80,
        order="a lane for each channel",
        recorded=("loa", ""),
        needs="postgresql",
        lease_s=50.0,
        start_s=8.0,
    ),
    Listed(
        "loa-worker",
        "",
        "the same on PostgreSQL, worked by `loa worker` processes",
        enqueue_per_s=80,
        order="a lane for each channel",
        recorded=("loa", ""),
        needs="postgresql",
        several=True,
        lease_s=50.0,
        start_s=8.0,
    ),
)
ALL = {listed.name: listed for listed in (*FLOORS, *LOA, *PEERS)}
