"""One town for a worker's crash tests, and the tables at the end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.zalo import official
from tests.crash.figures import summary, tables
from tests.crash.publisher import Publishers
from tests.crash.town import Town, open_town
from tests.support.store import ON_SERVER

TABLE, LINE = "crash table", "crash line"
"""Names of the properties under which a test hands in what it came to: a tally as JSON, or a sentence."""


@pytest.fixture(scope="session")
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    server = request.getfixturevalue("server") if ON_SERVER else None
    with open_town(tmp_path_factory.mktemp("town"), server) as opened:
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


@pytest.fixture(autouse=True)
def _no_copy_is_kept(town: Town) -> Iterator[None]:
    yield
    town.forget_copies()


@pytest.fixture(scope="session")
def seed() -> int:
    """One for all: given, else always the same, else (for a number of kills that was asked for) a new one."""
    asked = "LOA_KILLS" in os.environ
    return int(os.environ.get("LOA_SEED") or (secrets.randbelow(10**8) if asked else 20261122))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print every sweep's tally, also those that other workers made; as Markdown into LOA_CRASH_TABLE too."""
    ended = ("passed", "failed", "xfailed")
    reports = [report for kind in ended for report in terminalreporter.stats.get(kind, [])]
    found = [dict(report.user_properties) for report in reports if hasattr(report, "user_properties")]
    told = [properties[TABLE] for properties in found if TABLE in properties]
    lines = sorted(properties[LINE] for properties in found if LINE in properties)
    if told:
        lines.append(summary(told))
    made = tables(told)
    for table in made:
        terminalreporter.section(table.title)
        terminalreporter.write_line("\n".join(table.as_text()))
    if lines:
        terminalreporter.section("In all")
        terminalreporter.write_line("\n".join(lines))
    if made and (file := os.environ.get("LOA_CRASH_TABLE")):
        text = [line for table in made for line in table.as_markdown()] + [f"- {line}" for line in lines]
        Path(file).write_text("\n".join(text) + "\n", "utf-8")
