"""Posting by hand keeps the contract: the portal is real HTTP, the officer works from the pack alone."""

from __future__ import annotations

import pytest

from connectors.conformance import ConnectorConformance
from tests.connectors.assisted.harness import AssistedHarness


class TestAnEditorThatKeepsTheMark(ConnectorConformance):
    @pytest.fixture
    def harness(self, harness: AssistedHarness) -> AssistedHarness:
        return harness


class TestAnEditorThatDropsTheMark(ConnectorConformance):
    @pytest.fixture
    def harness(self, harness: AssistedHarness) -> AssistedHarness:
        harness.portal.keeps_comments = False
        return harness


class TestWithoutANamedPortal(ConnectorConformance):
    @pytest.fixture
    def harness(self, harness: AssistedHarness) -> AssistedHarness:
        harness.settings["portal"] = ""
        harness.settings["editor"] = harness.portal.url  # which names a machine that stands inside
        return harness
