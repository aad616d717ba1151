"""Zalo keeps the contract."""

from __future__ import annotations

import pytest

from connectors.conformance import ConnectorConformance
from tests.connectors.zalo.harness import OaHarness


class TestArticles(ConnectorConformance):
    """Hidden article first."""


class TestSlowArticles(ConnectorConformance):
    """The same while Zalo takes its time: every create and update says -214 four times."""

    @pytest.fixture(autouse=True)
    def _slow(self, harness: OaHarness) -> None:
        harness.server.world.verify_delay = 4
