"""One scene for the whole package; every test works on a copy of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tampering.scene import Scene, made


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with made(tmp_path_factory.mktemp("tampering")) as ready:
        yield ready
