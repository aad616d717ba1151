"""A commune's office on the real clock, whose posts are counted at the practice platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from scheduler.clock import SystemClock
from tests.support.office import Office, open_office
from tests.trouble.machine import Disk, Machine, small_disk


@pytest.fixture
def server() -> Iterator[PracticeServer]:
    with PracticeServer() as opened:
        yield opened


@pytest.fixture
def office(tmp_path: Path, server: PracticeServer) -> Iterator[Office]:
    with open_office(tmp_path / "office" / "xa", server, SystemClock()) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """8 MB: room for the workspace and for some work."""
    with small_disk(tmp_path, 8) as mounted:
        yield mounted


@pytest.fixture
def here(office: Office) -> Iterator[Machine]:
    """The command line on the office's own folder."""
    machine = Machine(office.folder)
    yield machine
    machine.end()


@pytest.fixture(autouse=True)
def _folders_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
