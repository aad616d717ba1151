"""WordPress keeps the contract, whatever its permalinks look like."""

from __future__ import annotations

import pytest

from connectors.conformance import ConnectorConformance
from tests.connectors.wordpress.harness import SiteHarness


class TestPrettyPermalinks(ConnectorConformance):
    @pytest.fixture
    def harness(self, harness: SiteHarness) -> SiteHarness:
        return harness


class TestPlainPermalinks(ConnectorConformance):
    @pytest.fixture
    def harness(self, harness: SiteHarness) -> SiteHarness:
        harness.world.pretty = False
        return harness


class TestWithoutALinkHeader(ConnectorConformance):
    @pytest.fixture
    def harness(self, harness: SiteHarness) -> SiteHarness:
        harness.world.link_header = False
        return harness
