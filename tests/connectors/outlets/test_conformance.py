"""The outlets keep the contract; the platform that is asked what is public is the book of people's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.conformance import ConnectorConformance
from tests.connectors.outlets.harness import PLATFORMS, OutletHarness


@pytest.mark.parametrize("platform", PLATFORMS)
class TestAnOutlet(ConnectorConformance):
    @pytest.fixture
    def harness(self, office: Callable[..., OutletHarness], platform: str) -> OutletHarness:
        return office(platform)
