"""One practice YouTube a module, emptied for each test; what Google's documents refuse fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.http import Http
from connectors.practice.youtube import PracticeYouTube
from tests.connectors.youtube.harness import (
    CHANNEL,
    CLIENT_ID,
    CLIENT_SECRET,
    PLAYLIST,
    REFRESH_TOKEN,
    ChannelHarness,
    Clock,
)
from tests.oracles.google import audit


@pytest.fixture(scope="module")
def _running() -> Iterator[PracticeYouTube]:
    with PracticeYouTube(audit=audit, processing_s=0) as server:
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
def server(_running: PracticeYouTube, clock: Clock) -> Iterator[PracticeYouTube]:
    _running.reset(channels=True)
    world = _running.world
    world.now, world.processing_s, world.listing_delay_s, world.details_delay_s = clock, 0, 0, 0
    world.twins_in_playlists = world.shorts = False
    world.daily.update(uploads=100, stats=10_000, units=10_000)
    _running.add_channel(
        CHANNEL, "Sở Tư pháp tỉnh A", REFRESH_TOKEN, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
    )
    _running.add_playlist(PLAYLIST)
    yield _running
    assert _running.violations == [], "requests that Google's own documents do not allow"


@pytest.fixture
def harness(server: PracticeYouTube, http: Http, clock: Clock, tmp_path: Path) -> ChannelHarness:
    return ChannelHarness(server, http, clock, tmp_path)
