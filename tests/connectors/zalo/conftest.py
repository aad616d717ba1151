"""One practice Zalo a module, emptied for each test; a request the samples do not know fails the test.

Pictures need a public address. The website stands in for itself: the same server answers `/media/…`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.routing import Route

from connectors.http import Http
from connectors.practice.zalo import PracticeZalo
from tests.connectors.zalo.harness import APP_ID, APP_SECRET, OA, Clock, OaHarness
from tests.oracles.zalo import audit


class Pictures:
    """What the unit's website serves under `/media/`: everything, except what a test takes away."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.status = 404
        self.kind = "text/html"
        self.no_head = False
        self.asked: list[str] = []

    async def __call__(self, request: object) -> Response:
        path, method = request.url.path, request.method  # type: ignore[attr-defined]
        self.asked.append(f"{method} {path}")
        if method == "HEAD" and self.no_head:
            return Response(status_code=405)
        if path in self.missing or "*" in self.missing:
            return Response("không có", self.status, media_type=self.kind)
        return Response(b"\x89PNG", media_type="image/png")


@pytest.fixture(scope="module")
def _running() -> Iterator[tuple[PracticeZalo, Pictures]]:
    pictures = Pictures()
    server = PracticeZalo(audit=audit)

    async def serve(request: object) -> Response:
        return await pictures(request)

    server.app._people.router.routes.append(Route("/media/{name}", serve, methods=["GET", "HEAD"]))
    with server:
        yield server, pictures


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    layer = Http(proxies={})
    yield layer
    layer.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def website(_running: tuple[PracticeZalo, Pictures]) -> Pictures:
    pictures = _running[1]
    pictures.__init__()  # type: ignore[misc]  # as new
    return pictures


@pytest.fixture
def server(
    _running: tuple[PracticeZalo, Pictures], website: Pictures, clock: Clock
) -> Iterator[PracticeZalo]:
    running = _running[0]
    running.reset(oas=True)
    world = running.world
    world.now, world.verify_delay, world.video_status, world.fetches = clock, 0, 1, None
    running.add_oa(OA, "Sở Tư pháp tỉnh A", app_id=APP_ID, app_secret=APP_SECRET)
    yield running
    assert running.violations == [], "requests that Zalo's samples do not know"


@pytest.fixture
def harness(server: PracticeZalo, http: Http, clock: Clock, tmp_path: Path) -> OaHarness:
    return OaHarness(server, http, clock, tmp_path)
