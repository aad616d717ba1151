"""One practice site a module, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.http import Http
from connectors.practice.wordpress import PracticeWordPress
from tests.connectors.wordpress.harness import PASSWORD, USER, Clock, SiteHarness


@pytest.fixture(scope="module")
def _running() -> Iterator[PracticeWordPress]:
    with PracticeWordPress(name="Xã Thống Nhất") as site:
        yield site


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    layer = Http(proxies={})
    yield layer
    layer.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(_running: PracticeWordPress, clock: Clock) -> PracticeWordPress:
    _running.world.users.clear()
    _running.world.now = clock
    _running.reset()
    _running.add_user(USER, PASSWORD)
    return _running


@pytest.fixture
def harness(site: PracticeWordPress, http: Http, clock: Clock, tmp_path: Path) -> SiteHarness:
    return SiteHarness(site, http, clock, tmp_path)
