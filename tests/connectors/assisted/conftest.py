"""One portal a test, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.http import Http
from tests.connectors.assisted.harness import AssistedHarness, Portal


@pytest.fixture
def portal() -> Iterator[Portal]:
    opened = Portal()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    layer = Http(proxies={})
    yield layer
    layer.close()


@pytest.fixture
def harness(portal: Portal, http: Http, tmp_path: Path) -> AssistedHarness:
    return AssistedHarness(portal, http, tmp_path)
