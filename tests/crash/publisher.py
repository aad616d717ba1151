"""The test's side of publishers that die: start one, learn how it ended and which points it passed."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.crash.clock import SharedClock

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
TRACE, SAID = "crash.trace", "crash.stderr"


@dataclass(frozen=True)
class Life:
    """One publisher's: `killed`, or `ended` with exit code 0; the points it passed, in order."""

    code: int
    points: tuple[str, ...]
    said: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    @property
    def ended(self) -> bool:
        return self.code == 0


class Publishers:
    """Forks publishers from one warm process; a context manager."""

    def __init__(self, clock: SharedClock) -> None:
        self._clock = clock

    def __enter__(self) -> Publishers:
        command = [sys.executable, "-m", "tests.crash.child", "--serve"]
        self._server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.kill()
        with self._server:  # closes its pipes
            pass

    def run(self, folder: Path, *, at: int = 0) -> Life:
        """`loa run` over this workspace until nothing is planned, or until point number `at`."""
        trace, said = folder / TRACE, folder / SAID
        trace.unlink(missing_ok=True)
        wanted = {
            "folder": str(folder),
            "clock": str(self._clock.file),
            "trace": str(trace),
            "at": at,
            "said": str(said),
        }
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(wanted).encode() + b"\n")
        ready, _, _ = select.select([self._server.stdout], [], [], PATIENCE_S)
        words = said.read_text() if said.exists() else ""
        assert ready, f"a publisher did not end within {PATIENCE_S:.0f} s\n{words[-3000:]}"
        code = int(self._server.stdout.readline())
        words = said.read_text() if said.exists() else ""
        return Life(code, tuple(trace.read_text().splitlines()) if trace.exists() else (), words)


def start(folder: Path, clock: SharedClock) -> subprocess.Popen[bytes]:
    """A publisher in a process of its own, from the first import on; its points go to `folder / TRACE`."""
    (folder / TRACE).unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.crash.child", str(folder), str(clock.file), str(folder / TRACE)]
    with (folder / SAID).open("ab") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
