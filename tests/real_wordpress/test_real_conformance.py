"""The whole contract against a real WordPress; troubles are made on the line, the rest is its own."""

from __future__ import annotations

import pytest

from connectors.conformance import ConnectorConformance
from tests.real_wordpress.actors import Office


class TestRealWordPress(ConnectorConformance):
    @pytest.fixture
    def harness(self, office: Office) -> Office:
        return office
