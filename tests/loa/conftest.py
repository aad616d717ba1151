"""An office without a platform, and the command line as a person calls it, in this process."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, Office, open_office

NOBODY_THERE = "http://127.0.0.1:9"
"""The discard port: nothing listens, so a call is refused at once."""


@dataclass(frozen=True)
class Answer:
    """What one command came to: exit code, data (stdout), speech (stderr)."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Loa = Callable[..., Answer]


@dataclass
class _Door:
    """Lets click's runner call the program's own `main`, exit codes included, not only the click group."""

    name: str = "loa"

    def main(self, args: list[str], prog_name: str, **_: object) -> None:
        from loa.cli.main import main

        sys.argv = [prog_name, *args]
        main()


@pytest.fixture
def desk(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    """The office of `tests.support` with its platform out of reach: for all that needs no network."""
    away: Any = SimpleNamespace(url=NOBODY_THERE, add_page=lambda *_: SimpleNamespace(token="not-used"))
    with open_office(tmp_path / "xa", away, clock) as opened:
        yield opened


@pytest.fixture
def run_loa(clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loa]:
    """`run_loa("queue", "list", workspace=…, user="soan")`: a whole `loa` call with the tests' clock."""
    monkeypatch.setattr("loa.services.workspace.SystemClock", lambda: clock)
    monkeypatch.setattr(sys, "argv", sys.argv)
    handlers = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}

    def run(
        *args: object,
        workspace: Path | None = None,
        user: str | None = "ky",
        passphrase: str | None = PASSPHRASE,
        **env: str | None,
    ) -> Answer:
        settings: dict[str, str | None] = {
            "LOA_WORKSPACE": str(workspace) if workspace else None,
            "LOA_USER": user,
            "LOA_PASSPHRASE": passphrase,
            "LOA_NEW_PASSPHRASE": None,
            "LOA_LANGUAGE": None,
            **env,
        }
        door: Any = _Door()
        result = CliRunner().invoke(door, [str(arg) for arg in args], env=settings)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    yield run
    for name, handler in handlers.items():
        signal.signal(name, handler)


@pytest.fixture
def at_desk(desk: Office, run_loa: Loa) -> Loa:
    """`loa` in the office without a platform."""
    return lambda *args, **more: run_loa(*args, **{"workspace": desk.folder, **more})


@pytest.fixture
def in_office(office: Office, run_loa: Loa) -> Loa:
    """`loa` in the practice office."""
    return lambda *args, **more: run_loa(*args, **{"workspace": office.folder, **more})
