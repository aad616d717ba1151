"""Loa's own suite for connectors: all of it must pass."""

from __future__ import annotations

from loa.api import ConnectorConformance


class TestWebDav(ConnectorConformance):
    """The fixture `harness` is in conftest.py."""
