"""Facebook keeps the contract in both of its modes."""

from __future__ import annotations

import pytest

from connectors.conformance import ConnectorConformance
from tests.connectors.facebook.harness import PageHarness


class TestHiddenPostFirst(ConnectorConformance):
    @pytest.fixture
    def harness(self, two_step: PageHarness) -> PageHarness:
        return two_step


class TestPostedDirectly(ConnectorConformance):
    @pytest.fixture
    def harness(self, direct: PageHarness) -> PageHarness:
        return direct
