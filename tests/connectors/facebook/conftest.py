"""One practice server a module, emptied for each test; whatever Meta's tables refuse fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.http import Http
from connectors.practice import PracticeServer
from tests.connectors.facebook.harness import APP_SECRET, PAGE, TOKEN, Clock, PageHarness
from tests.oracles.facebook import audit


@pytest.fixture(scope="module")
def _running() -> Iterator[PracticeServer]:
    with PracticeServer(audit=audit) as server:
        yield server


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    layer = Http(proxies={})
    yield layer
    layer.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(_running: PracticeServer, clock: Clock) -> Iterator[PracticeServer]:
    _running.reset(pages=True)
    _running.world.now = clock
    _running.world.shelf.processing = timedelta(0)
    _running.world.shelf.chunk_bytes = 128 * 1024
    _running.add_page(PAGE, "Sở Tư pháp tỉnh A", TOKEN, app_secret=APP_SECRET)
    yield _running
    assert _running.violations == [], "requests that Meta's tables do not allow"


@pytest.fixture
def two_step(server: PracticeServer, http: Http, clock: Clock, tmp_path: Path) -> PageHarness:
    return PageHarness(server, http, clock, tmp_path)


@pytest.fixture
def direct(server: PracticeServer, http: Http, clock: Clock, tmp_path: Path) -> PageHarness:
    return PageHarness(server, http, clock, tmp_path, reveal_mode="direct")


@pytest.fixture
def video(server: PracticeServer, http: Http, clock: Clock, tmp_path: Path) -> PageHarness:
    """Feed videos, hidden first."""
    return PageHarness(server, http, clock, tmp_path, footage=True)


@pytest.fixture
def video_direct(server: PracticeServer, http: Http, clock: Clock, tmp_path: Path) -> PageHarness:
    return PageHarness(server, http, clock, tmp_path, footage=True, reveal_mode="direct")


@pytest.fixture
def reel(server: PracticeServer, http: Http, clock: Clock, tmp_path: Path) -> PageHarness:
    return PageHarness(server, http, clock, tmp_path, footage=True, video_as="reel")
