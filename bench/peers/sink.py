"""The platform of the benchmark: answers each POST after 50 ms and keeps the only counts that are believed.

`python -m bench.peers.sink` prints its address. POST /posts takes {"key", "lane", "seq"}; GET /posts/KEY says
how often that key was taken (Loa reads back); GET /count, GET /arrivals and POST /reset are the harness's.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, cast

ANSWERS_AFTER_S = 0.05


@dataclass(frozen=True)
class Arrival:
    """One POST that was taken: wall-clock seconds at which it came and was answered."""

    key: str
    lane: str
    seq: int
    came: float
    answered: float


@dataclass(frozen=True)
class Tally:
    """What the platform saw of some posts."""

    wanted: int
    unique: int
    lost: int
    double: int
    strangers: int
    """Posts that nobody ordered."""
    early: int
    out_of_order: int
    """Posts that came while, or before, an earlier one of their lane was still to be answered."""


def tally(arrivals: Sequence[Arrival], wanted: dict[str, float]) -> Tally:
    """Counts over `arrivals`; `wanted` is key to due instant."""
    came: dict[str, int] = {}
    for one in arrivals:
        came[one.key] = came.get(one.key, 0) + 1
    unique = sum(key in came for key in wanted)
    return Tally(
        wanted=len(wanted),
        unique=unique,
        lost=len(wanted) - unique,
        double=sum(times - 1 for times in came.values()),
        strangers=sum(key not in wanted for key in came),
        early=sum(one.came < wanted.get(one.key, 0.0) for one in arrivals),
        out_of_order=_out_of_order(arrivals),
    )


def _out_of_order(arrivals: Sequence[Arrival]) -> int:
    lanes: dict[str, list[Arrival]] = {}
    for one in sorted(arrivals, key=lambda a: a.came):
        lanes.setdefault(one.lane, []).append(one)
    return sum(
        later.seq < sooner.seq or later.came < sooner.answered
        for lane in lanes.values()
        for sooner, later in pairwise(lane)
    )


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """First, median, 99th per cent and last of some instants."""
    ordered = sorted(seconds)
    at99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"first": ordered[0], "median": statistics.median(ordered), "p99": at99, "last": ordered[-1]}


class Sink:
    """The harness's side: a client of the process that `running` has started."""

    def __init__(self, url: str) -> None:
        self.url = url

    def count(self) -> int:
        return cast("int", self._get("/count")["taken"])

    def arrivals(self) -> list[Arrival]:
        return [Arrival(*one) for one in self._get("/arrivals")]

    def reset(self) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/reset", method="POST"), timeout=30).close()

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def running(answers_after_s: float = ANSWERS_AFTER_S) -> Iterator[Sink]:
    """A sink in a process of its own until the end of the block."""
    command = [sys.executable, "-m", "bench.peers.sink", str(answers_after_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Sink(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.communicate()


async def serve(answers_after_s: float) -> None:
    from aiohttp import web

    taken: list[Arrival] = []
    counts: dict[str, int] = {}

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if request.method == "POST" and path == "/posts":
            came = time.time()
            try:
                told = json.loads(await request.read())
            except ConnectionError:  # who sent it was killed half-way
                return web.Response()
            counts[told["key"]] = counts.get(told["key"], 0) + 1
            await asyncio.sleep(answers_after_s)
            # noted even where nobody waits for the answer any more: it is public all the same
            taken.append(Arrival(told["key"], told["lane"], told["seq"], came, time.time()))
            return web.json_response({"id": f"{told['key']}#{counts[told['key']]}"})
        if path.startswith("/posts/"):
            return web.json_response({"times": counts.get(path.removeprefix("/posts/"), 0)})
        if path == "/count":
            return web.json_response({"taken": len(taken)})
        if path == "/arrivals":
            return web.json_response([list(asdict(one).values()) for one in taken])
        if path == "/reset":
            taken.clear()
            counts.clear()
            return web.json_response({})
        return web.json_response({"error": "no such thing"}, status=404)

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
