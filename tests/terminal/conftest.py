"""The practice office on the real clock, and windows over it in terminals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from scheduler.clock import SystemClock
from tests.oracles.facebook import audit
from tests.support.office import Office, open_office
from tests.terminal.emulator import Terminal

Opens = Callable[..., Terminal]


def loa(folder: Path, *args: str) -> list[str]:
    """The command line over a workspace."""
    return [sys.executable, "-m", "loa.cli.main", "-w", str(folder), *args]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with PracticeServer(audit=audit) as server:
        with open_office(tmp_path / "xa", server, SystemClock()) as opened:  # type: ignore[arg-type]
            yield opened
        assert server.violations == []


@pytest.fixture
def opens(office: Office) -> Iterator[Opens]:
    """Opens a window in a terminal of its own and waits until its first room has told what it knows."""
    with ExitStack() as there:

        def open_one(columns: int = 80, lines: int = 24, **environment: str) -> Terminal:
            terminal = Terminal(loa(office.folder, "window"), environment, columns, lines)
            there.enter_context(terminal)
            terminal.until("KHÔNG CHẠY")
            return terminal

        yield open_one
