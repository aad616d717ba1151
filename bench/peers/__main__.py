"""`python -m bench.peers`: run the comparison, append every result to bench/results/*.jsonl."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.peers import limits, sink
from bench.peers.catalogue import ALL
from bench.peers.drivers import ROOT, Bench
from bench.peers.machine import FOREIGN_BOUND, described
from bench.peers.session import FULL, QUICK, Record, Turn, commit, plan
from bench.peers.workloads import run
from tests.support import postgres

RESULTS = ROOT / "bench" / "results"
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
LIMIT_ROUNDS = 5


def main() -> None:
    args = _arguments()
    python = Path(args.python).absolute()
    if not python.exists():
        sys.exit(f"{args.python} is not there; `make bench` makes the peers' environment")
    workloads = [one for one in (QUICK if args.quick else FULL) if not args.only or one.name in args.only]
    record = Record(
        Path(args.out) if args.out else RESULTS / f"{commit()}{'-quick' if args.quick else ''}.jsonl"
    )
    if args.again and record.file.exists():
        record.file.unlink()
        record = Record(record.file)
    with ExitStack() as stack:
        platform = stack.enter_context(sink.running())
        server = stack.enter_context(postgres.running(**DURABLE)) if not postgres.hindrance() else None
        redis = stack.enter_context(_redis(python))
        bench = Bench(str(python), platform.url, server.uri if server else "", redis)
        bench.roots = (os.getpid(), *postmaster(server.uri if server else ""))
        engines = [name for name in ALL if not args.engines or name in args.engines]
        engines = [name for name in engines if _possible(name, bench)]
        turns = plan(workloads, engines, args.rounds)
        if not record.rows:
            record.add({"machine": described(), "versions": _versions(bench), **_session(bench)})
        if not any("limits" in row for row in record.rows):
            _limits(record, bench, 1 if args.quick else LIMIT_ROUNDS)
        _all(turns, record, bench, platform)
    print(f"results: {record.file}; table: python -m bench.table {record.file}", file=sys.stderr)


def _all(turns: list[Turn], record: Record, bench: Bench, platform: sink.Sink) -> None:
    waiting = [turn for turn in turns if not record.has(turn)]
    print(f"{len(waiting)} runs to make, about {record.left_s(waiting) / 60:.0f} min", file=sys.stderr)
    for number, turn in enumerate(waiting):
        began = time.monotonic()
        row = run(turn.workload, record.paced(turn), bench, platform)
        row |= {"turn": turn.name, "workload": turn.workload.name, "engine": turn.engine.name}
        record.add(row | {"round": turn.round, "took_s": round(time.monotonic() - began, 1)})
        left = record.left_s(waiting[number + 1 :]) / 60
        print(
            f"[{number + 1}/{len(waiting)}, {left:.0f} min left] {_said(turn, row)}",
            file=sys.stderr,
            flush=True,
        )


def _said(turn: Turn, row: dict[str, Any]) -> str:
    name = f"{turn.workload.name} {turn.engine.name}, round {turn.round + 1}"
    wanted = (
        "sent_s",
        "recorded_s",
        "came_last",
        "start_s",
        "idle_percent",
        "memory_mb",
        "all_sent_s",
        "enqueue_s",
    )
    figures = [f"{key} {row[key]}" for key in wanted if row.get(key) is not None]
    figures += [f"{key.upper()} {row[key]}" for key in ("lost", "double", "early") if row.get(key)]
    figures += [str(row[key]) for key in ("broken", "cut_off") if row.get(key)]
    busy = f" [others used {row['foreign_cores']} cores]" if row["foreign_cores"] > FOREIGN_BOUND else ""
    return f"{name}: {', '.join(figures)}{busy}"


def _limits(record: Record, bench: Bench, rounds: int) -> None:
    dsn = bench.new_database() if bench.postgres else ""
    for _ in range(rounds):
        record.add({"limits": limits.measure(dsn)})
    if dsn:
        bench.drop(dsn)


def _possible(name: str, bench: Bench) -> bool:
    return bool(bench.postgres) or ALL[name].needs != "postgresql"


@contextmanager
def _redis(python: Path) -> Iterator[str]:
    """Address of a Redis of our own (Debian's, from the system or unpacked by `make bench`), or nothing.

    It keeps what it takes, once a second (`appendfsync everysec`, its recommended setting).
    """
    unpacked = python.parents[1] / "redis"
    found = shutil.which("redis-server") or str(unpacked / "usr" / "bin" / "redis-server")
    if not Path(found).exists():
        yield ""
        return
    libraries = ":".join(str(path) for path in unpacked.glob("usr/lib/*-linux-gnu"))
    folder = Path(tempfile.mkdtemp(prefix="loa-redis-"))
    command = [found, "--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder)]
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    env = os.environ | ({"LD_LIBRARY_PATH": libraries} if libraries else {})
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env)
    try:
        until = time.monotonic() + 10
        while not (folder / "s").exists() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
        yield f"redis+socket://{folder / 's'}" if (folder / "s").exists() else ""
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def postmaster(uri: str) -> tuple[int, ...]:
    """The server's first process, which we did not start ourselves."""
    import psycopg

    if not uri:
        return ()
    with psycopg.connect(uri) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    with suppress(OSError, ValueError):
        return (int(Path(str(row[0] if row else ""), "postmaster.pid").read_text().split()[0]),)
    return ()


def _versions(bench: Bench) -> dict[str, str]:
    names = [
        "apscheduler",
        "huey",
        "celery",
        "procrastinate",
        "pgqueuer",
        "dbos",
        "requests",
        "sqlalchemy",
        "redis",
    ]
    ask = "import sys; from importlib.metadata import version; print(*[version(n) for n in sys.argv[1:]])"
    told = subprocess.run([bench.python, "-c", ask, *names], capture_output=True, text=True, check=True)
    found = dict(zip(names, told.stdout.split(), strict=True))
    return found | {"loa": version("loa"), "aiohttp": version("aiohttp")}


def _session(bench: Bench) -> dict[str, Any]:
    broker = (
        "Redis, appendfsync everysec, Unix socket" if bench.redis else "its filesystem broker: no Redis here"
    )
    said = {"date": datetime.now(UTC).isoformat(timespec="minutes"), "commit": commit(), "broker": broker}
    if bench.postgres:
        import psycopg

        with psycopg.connect(bench.postgres) as connection:
            row = connection.execute("SHOW server_version").fetchone()
            said["postgresql"] = str(row[0]) if row else ""
    return said


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, one round: does everything work?")
    parser.add_argument(
        "--only", nargs="+", metavar="WORKLOAD", choices=sorted({w.name for w in FULL + QUICK})
    )
    parser.add_argument("--engines", nargs="+", metavar="ENGINE", choices=list(ALL))
    parser.add_argument("--rounds", type=int, default=0, help="instead of each workload's own number")
    parser.add_argument(
        "--again", action="store_true", help="throw away what this commit has measured so far"
    )
    parser.add_argument("--out", help="results file; default: bench/results/COMMIT.jsonl, which is continued")
    parser.add_argument(
        "--python", default=str(ROOT / ".venv-bench" / "bin" / "python"), help="the peers' own"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
