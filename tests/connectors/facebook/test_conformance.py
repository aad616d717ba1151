"""Facebook keeps the contract in both of its modes, with pictures, feed videos and Reels."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.conformance import ConnectorConformance
from connectors.http import Http
from connectors.practice import PracticeServer
from tests.connectors.facebook.harness import Clock, PageHarness


class TestHiddenPostFirst(ConnectorConformance):
    @pytest.fixture
    def harness(self, two_step: PageHarness) -> PageHarness:
        return two_step


class TestPostedDirectly(ConnectorConformance):
    @pytest.fixture
    def harness(self, direct: PageHarness) -> PageHarness:
        return direct


class TestHiddenVideoFirst(ConnectorConformance):
    @pytest.fixture
    def harness(self, video: PageHarness) -> PageHarness:
        return video


class TestHiddenVideoWhoseChunksGoWrong(ConnectorConformance):
    @pytest.fixture
    def harness(self, server: PracticeServer, http: Http, clock: Clock, tmp_path: Path) -> PageHarness:
        return PageHarness(server, http, clock, tmp_path, footage=True, prepare_phase="transfer")


class TestHiddenVideoWhoseFinishGoesWrong(ConnectorConformance):
    @pytest.fixture
    def harness(self, server: PracticeServer, http: Http, clock: Clock, tmp_path: Path) -> PageHarness:
        return PageHarness(server, http, clock, tmp_path, footage=True, prepare_phase="finish")


class TestVideoPublishedByItsFinish(ConnectorConformance):
    @pytest.fixture
    def harness(self, video_direct: PageHarness) -> PageHarness:
        return video_direct


class TestReel(ConnectorConformance):
    @pytest.fixture
    def harness(self, reel: PageHarness) -> PageHarness:
        return reel
