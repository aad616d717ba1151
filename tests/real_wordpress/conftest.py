"""One real WordPress for all tests of this folder; they run only when asked for by `-m wordpress`.

`LOA_WORDPRESS=trixie` takes the WordPress of another Debian release.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_wordpress.actors import Office
from tests.real_wordpress.site import Site

MARK = "wordpress"
_TOLD: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}: a real WordPress, set up on loopback (half a minute)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked_for = MARK in config.getoption("-m") and f"not {MARK}" not in config.getoption("-m")
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(MARK)
            if not asked_for:
                item.add_marker(pytest.mark.skip(reason=f"sets up a real WordPress; run with -m {MARK}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _TOLD:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    began = time.monotonic()
    release = os.environ.get("LOA_WORDPRESS") or "bookworm"
    folder = tmp_path_factory.mktemp("wordpress")
    with Site(folder, release) as site:
        laps = ", ".join(f"{what} {seconds} s" for what, seconds in site.laps)
        _TOLD.append(f"{site.versions()}; ready after {time.monotonic() - began:.1f} s ({laps})")
        yield site
    shutil.rmtree(folder)  # 180 MB


@pytest.fixture
def office(wordpress: Site, tmp_path: Path) -> Iterator[Office]:
    """An author with a password that no other test knows, on a site with its usual settings."""
    opened = Office(wordpress, tmp_path)
    yield opened
    opened.close()
