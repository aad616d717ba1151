"""YouTube keeps the contract, whichever call of `prepare` goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.conformance import ConnectorConformance
from connectors.http import Http
from connectors.practice.youtube import PracticeYouTube
from tests.connectors.youtube.harness import PLAYLIST, ChannelHarness, Clock


class TestTheSessionGoesWrong(ConnectorConformance):
    @pytest.fixture
    def harness(self, server: PracticeYouTube, http: Http, clock: Clock, tmp_path: Path) -> ChannelHarness:
        return ChannelHarness(server, http, clock, tmp_path, playlist=PLAYLIST)


class TestTheThumbnailGoesWrong(ConnectorConformance):
    @pytest.fixture
    def harness(self, server: PracticeYouTube, http: Http, clock: Clock, tmp_path: Path) -> ChannelHarness:
        return ChannelHarness(server, http, clock, tmp_path, prepare_step="thumbnails.set")


class TestThePlaylistGoesWrong(ConnectorConformance):
    @pytest.fixture
    def harness(self, server: PracticeYouTube, http: Http, clock: Clock, tmp_path: Path) -> ChannelHarness:
        return ChannelHarness(
            server, http, clock, tmp_path, playlist=PLAYLIST, prepare_step="playlistItems.insert"
        )
