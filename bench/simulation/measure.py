"""What a step costs on this machine: `python -m bench.simulation.measure` prints `measured.toml` anew.

Facebook's steps come from the publisher itself on a herd; the other platforms' are that, less Facebook's
connector, plus their own connector, each read as CPU time of the thread that carries it out.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.simulation import herd
from connectors.contract import Job

COUNT = 200
JOBS = 60
STEPS = ("prepare", "reveal", "verify")
PICTURES = 1


def main() -> None:
    own = {name: _connector(make) for name, make in _harnesses().items()}
    runs = [herd.live(COUNT, 0.05) for _ in range(3)]
    lived = {step: statistics.median(getattr(run, f"cpu_{step}") for run in runs) for step in STEPS}
    served = _on_a_server()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f'# Printed by `python -m bench.simulation.measure`; seconds of CPU.\nmachine = "{machine}"')
    print(f"checked_on = {datetime.now(UTC):%Y-%m-%d}\nherd = {COUNT}")
    print("\n# What the database server spends on a step (PostgreSQL), whatever the platform.\n[server]")
    for step in STEPS:
        print(f"{step} = {served[step]:.5f}")
    print("\n# A worker's own, one core: queue, claim, signatures, database client and the connector.")
    for name, cost in own.items():
        print(f"[worker.{name}]")
        for step in STEPS:
            print(f"{step} = {max(lived[step] - own['facebook'][step], 0) + cost[step]:.5f}")


def _on_a_server() -> dict[str, float]:
    from tests.support.postgres import running

    with running(fsync="on", synchronous_commit="on", full_page_writes="on") as server:
        runs = [herd.live(COUNT, 0.05, database=server.database(f"herd-{n}")) for n in range(3)]
    return {step: statistics.median(getattr(run, f"server_{step}") for run in runs) for step in STEPS}


def _connector(make: Callable[[], Any]) -> dict[str, float]:
    """Median CPU seconds of this thread in each step; the platform answers from threads of its own."""
    took: dict[str, list[float]] = {step: [] for step in STEPS}
    with make() as harness:
        connector = harness.connector()
        for _ in range(JOBS):
            job: Job = harness.job(pictures=PICTURES)
            begun = time.thread_time()
            handle = connector.prepare(job, {}, lambda _: None)
            prepared = time.thread_time()
            connector.reveal(job, handle)
            revealed = time.thread_time()
            connector.find(job, handle)
            read = time.thread_time()
            for step, seconds in zip(
                STEPS, (prepared - begun, revealed - prepared, read - revealed), strict=True
            ):
                took[step].append(seconds)
    return {step: statistics.median(values) for step, values in took.items()}


def _harnesses() -> dict[str, Callable[[], Any]]:
    return {"facebook": _facebook, "youtube": _youtube, "zalo": _zalo, "website": _website}


@contextmanager
def _facebook() -> Iterator[Any]:
    from connectors.http import Http
    from connectors.practice import PracticeServer
    from tests.connectors.facebook import harness as of

    with tempfile.TemporaryDirectory() as folder, PracticeServer() as server:
        clock = of.Clock()
        server.world.now = clock
        server.add_page(of.PAGE, "Xã", of.TOKEN, app_secret=of.APP_SECRET)
        yield of.PageHarness(server, Http(proxies={}), clock, Path(folder))


@contextmanager
def _youtube() -> Iterator[Any]:
    from connectors.http import Http
    from connectors.practice.youtube import PracticeYouTube
    from tests.connectors.youtube import harness as of

    with tempfile.TemporaryDirectory() as folder, PracticeYouTube(processing_s=0) as server:
        clock = of.Clock()
        server.world.now = clock
        server.world.listing_delay_s = server.world.details_delay_s = 0
        server.add_channel(
            of.CHANNEL, "Xã", of.REFRESH_TOKEN, client_id=of.CLIENT_ID, client_secret=of.CLIENT_SECRET
        )
        yield of.ChannelHarness(server, Http(proxies={}), clock, Path(folder))


@contextmanager
def _zalo() -> Iterator[Any]:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from connectors.http import Http
    from connectors.practice.zalo import PracticeZalo
    from tests.connectors.zalo import harness as of

    async def picture(_: Request) -> Response:  # what the unit's website would serve
        return Response(b"\x89PNG", media_type="image/png")

    server = PracticeZalo()
    server.app._people.router.routes.append(Route("/media/{name}", picture, methods=["GET", "HEAD"]))
    with tempfile.TemporaryDirectory() as folder, server:
        clock = of.Clock()
        server.world.now, server.world.verify_delay = clock, 0
        server.add_oa(
            *(of.OA, "Xã"),
            app_id=of.APP_ID,
            app_secret=of.APP_SECRET,
            articles_most=10**6,
            calls_per_minute=10**6,
        )
        yield of.OaHarness(server, Http(proxies={}), clock, Path(folder))


@contextmanager
def _website() -> Iterator[Any]:
    from tests.connectors.website.conftest import Place
    from tests.connectors.website.test_conformance import SectionHarness

    with tempfile.TemporaryDirectory() as folder:
        yield SectionHarness(Place(Path(folder)))


if __name__ == "__main__":
    main()
