"""A herd: thousands of posts due at the same second. `python -m bench.herd [CHANNELSxEACH...] [--runs N]`.

Floor: a bare pool of as many threads making the same calls (the hidden post is looked at, then made public)
through the same HTTP layer, no queue. It runs before every herd, on the same platform, which is a process of
its own and answers after 50 ms. Times are read at the platform.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from bench.kept import keep
from bench.office import FIRST_PAGE, Office, cpu_s, idle_elsewhere, publisher, told
from connectors.facebook.readback import FIELDS
from connectors.http import Http

WORKERS = 64
ANSWERS_AFTER_S = 0.05
WORKLOADS = ((2000, 1), (200, 10))
RUNS = 5
READY_S_PER_1000 = 25.0
LEAST_S = 12.0
PATIENCE = 4
"""On a busy machine the posts are made with twice the time to be ready, so often."""
LAST_S = 60.0
"""After so long a herd that is not through has got stuck."""


class NotReady(Exception):
    """The machine was too busy to prepare all posts before their minute."""


@dataclass(frozen=True)
class Round:
    """Seconds after the due instant at which reveals came to the platform; CPU seconds of what made them."""

    first: float
    median: float
    last: float
    cpu_s: float
    floor_last: float
    floor_cpu_s: float
    idle_before: float
    """Share of the machine that nobody used before the herd."""

    @property
    def ratio(self) -> float:
        return self.last / self.floor_last


@dataclass(frozen=True)
class Herd:
    """All rounds of one workload: `each` posts on every one of `channels`."""

    channels: int
    each: int
    rounds: tuple[Round, ...]

    @property
    def ratio(self) -> float:
        return statistics.median(one.ratio for one in self.rounds)

    def median_of(self, name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in self.rounds))


def run(channels: int = 2000, each: int = 1, *, runs: int = RUNS, under: Sequence[str] = ()) -> Herd:
    """Every round has an office, a platform, a floor and a publisher of its own."""
    rounds: list[Round] = []
    longer = 1
    while len(rounds) < runs:
        with tempfile.TemporaryDirectory() as name, platform(channels) as url:
            floor = _floor(url, channels, each)
            _order(url, "reset", {})
            office = Office(Path(name) / "ws", channels, url)
            try:
                rounds.append(_round(office, url, each, longer, floor, under))
                told(f"herd {channels} x {each}, round {len(rounds)} of {runs}: {rounds[-1]}")
            except NotReady as error:
                told(f"not prepared in time: {error}")
                longer *= 2
                if longer > 2**PATIENCE:
                    raise
            finally:
                office.close()
    return Herd(channels, each, tuple(rounds))


def table(herds: Sequence[Herd]) -> list[str]:
    """Markdown: medians over the rounds, ratios round by round."""
    lines = [
        "| channels × posts | first reveal | median | last | bare pool, last | ratio (rounds) "
        "| CPU, publisher | CPU, bare pool |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for herd in herds:
        ratios = ", ".join(f"{one.ratio:.2f}" for one in sorted(herd.rounds, key=lambda r: r.ratio))
        m = herd.median_of
        lines.append(
            f"| {herd.channels} × {herd.each} | {m('first'):.3f} s | {m('median'):.2f} s | {m('last'):.2f} s "
            f"| {m('floor_last'):.2f} s | **{herd.ratio:.2f}** ({ratios}) | {m('cpu_s'):.2f} s "
            f"| {m('floor_cpu_s'):.2f} s |"
        )
    return lines


@contextmanager
def platform(count: int) -> Iterator[str]:
    """Address of a practice platform with `count` Pages in its own process."""
    pages = [arg for n in range(count) for arg in ("--page", f"{FIRST_PAGE + n}:token-{n}:Xã {n}")]
    command = [sys.executable, "-m", "connectors.practice", *pages]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def _round(
    office: Office, url: str, each: int, longer: int, floor: tuple[float, float], under: Sequence[str]
) -> Round:
    count = len(office.names) * each
    begun, ready_s = time.monotonic(), longer * (LEAST_S + READY_S_PER_1000 * count / 1000)
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=ready_s)
    for n in range(each):
        office.post(f"bai-{n}", office.names, due)
    told(f"{count} posts approved after {time.monotonic() - begun:.0f} s, due after {ready_s:.0f} s")
    with publisher(office.workspace.folder, under=under) as process:
        if not office.wait_for("ready", count, (due - datetime.now(UTC)).total_seconds() - 2):
            raise NotReady(office.count())
        _be_slow(url)
        idle = idle_elsewhere()
        time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds() - 0.2))
        used = cpu_s(process.pid)
        assert office.wait_for("published", count, LAST_S), (office.count(), office.troubles())
        used = cpu_s(process.pid) - used
    late = sorted(at - due.timestamp() for at in _reveals(url))
    assert len(late) == count, f"{len(late)} reveals of {count} posts"
    return Round(late[0], late[len(late) // 2], late[-1], used, *floor, idle)


def _floor(url: str, channels: int, each: int) -> tuple[float, float]:
    """Seconds until the last hidden post was made public by a bare pool of threads; and its CPU seconds."""
    http, root = Http(pool=WORKERS), f"{url}/v26.0"
    numbers = [n for _ in range(each) for n in range(channels)]
    fields = FIELDS.removeprefix("id,")

    def call(number: int, method: str, path: str, creates: bool, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer token-{number}"}
        return http.call(method, f"{root}/{path}", creates=creates, headers=headers, **more).json()

    def make(place: int) -> str:
        n = numbers[place]
        data = {"message": f"bài {place}", "published": "false"}
        return str(call(n, "POST", f"{FIRST_PAGE + n}/feed", True, data=data)["id"])

    def reveal(number: int, name: str) -> None:
        call(number, "GET", name, False, params={"fields": fields, "locale": "vi_VN"})
        call(number, "POST", name, True, data={"is_published": "true", "locale": "vi_VN"})

    with ThreadPoolExecutor(WORKERS) as pool:
        made = list(pool.map(make, range(len(numbers))))
        _be_slow(url)
        begun, used = time.time(), time.process_time()
        list(pool.map(reveal, numbers, made))
        used = time.process_time() - used
    http.close()
    return max(_reveals(url)) - begun, used


def _be_slow(url: str) -> None:
    _order(url, "faults", {"kind": "slow", "seconds": ANSWERS_AFTER_S, "times": 10**9})


def _order(url: str, what: str, order: dict[str, Any]) -> None:
    requests.post(f"{url}/practice/{what}", json=order, timeout=10).raise_for_status()


def _reveals(url: str) -> list[float]:
    """Wall-clock seconds at which the platform got each reveal."""
    arrivals = requests.get(f"{url}/practice/ledger", timeout=60).json()["arrivals"]
    return [float(a["wall"]) for a in arrivals if a["method"] == "POST" and a["edge"] == ""]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.herd", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="CHANNELSxEACH")
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    wanted = [tuple(map(int, text.split("x"))) for text in given.workloads] or WORKLOADS
    found = [run(channels, each, runs=given.runs) for channels, each in wanted]
    for one in found:
        keep("herd", one, ratio=one.ratio, idle_before=one.median_of("idle_before"))
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
