"""One office a test; nothing listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.http import Http
from tests.connectors.outlets.harness import OutletHarness


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    layer = Http(proxies={})
    yield layer
    layer.close()


@pytest.fixture
def office(http: Http, tmp_path: Path) -> Callable[..., OutletHarness]:
    def made(platform: str, **settings: str) -> OutletHarness:
        return OutletHarness(platform, http, tmp_path, settings)

    return made
