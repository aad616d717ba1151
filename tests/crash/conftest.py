"""One town for a worker's crash tests, and the table at the end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.zalo import official
from tests.crash.cases import Town, open_town
from tests.crash.publisher import Publishers
from tests.crash.table import table

TABLE, LINE = "crash table", "crash line"
"""Names of the properties under which a test hands in its line: of the table, or a sentence."""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(tmp_path_factory.mktemp("town")) as opened:
        yield opened


@pytest.fixture(scope="session")
def publishers(town: Town) -> Iterator[Publishers]:
    with Publishers(town.clock) as started:
        yield started


@pytest.fixture(scope="session")
def followers(town: Town) -> Iterator[Publishers]:
    """Publishers of a second machine."""
    with Publishers(town.clock, ".2") as started:
        yield started


@pytest.fixture(autouse=True)
def _nobody_waits(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connectors used by the test itself live by the town's clock too."""
    monkeypatch.setattr(official, "_wait", lambda seconds: town.clock.forward(seconds))


@pytest.fixture(scope="session")
def seed() -> int:
    """One for all: given, else always the same, else (for a number of kills that was asked for) a new one."""
    asked = "LOA_KILLS" in os.environ
    return int(os.environ.get("LOA_SEED") or (secrets.randbelow(10**8) if asked else 20261122))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print every sweep's line, also those that other workers made."""
    ended = ("passed", "failed", "xfailed")
    reports = [report for kind in ended for report in terminalreporter.stats.get(kind, [])]
    found = [dict(report.user_properties) for report in reports if hasattr(report, "user_properties")]
    rows = table([told[TABLE] for told in found if TABLE in told]) + [
        told[LINE] for told in found if LINE in told
    ]
    if rows:
        terminalreporter.section("killed at every boundary, and at random")
    for row in rows:
        terminalreporter.write_line(row)
