"""The test's side of publishers that die: start one, learn how it ended and which points it passed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
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


@dataclass(frozen=True)
class Asleep:
    """One that was stopped in the middle of its work, until it is woken up."""

    pid: int
    wake: Callable[[], Life]


class Publishers:
    """Forks publishers from one warm process, one at a time; a context manager. `name` tells two apart."""

    def __init__(self, clock: SharedClock, name: str = "") -> None:
        self._clock, self._name = clock, name
        self._asleep: set[int] = set()

    def __enter__(self) -> Publishers:
        command = [sys.executable, "-m", "tests.crash.child", "--serve"]
        self._server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid in self._asleep:
            os.kill(pid, signal.SIGKILL)
        self._server.kill()
        with self._server:  # closes its pipes
            pass

    def run(
        self,
        folder: Path,
        *,
        at: int = 0,
        builds: Sequence[str] = (),
        patience_s: float = 0.0,
        off_s: float = 0.0,
    ) -> Life:
        """`loa run` over this workspace until nothing is planned, or until point number `at`.

        `patience_s`, unless 0, is how long it waits for an answer; `off_s` is how far its clock is ahead.
        """
        answer = self._start(folder, at=at, builds=builds, patience_s=patience_s, off_s=off_s)
        return self._life(folder, answer)

    def stopped(self, folder: Path, *, at: int, builds: Sequence[str] = ()) -> Asleep | Life:
        """The same, but stopped (SIGSTOP) at that point; its life, when it came to its end before."""
        answer = self._start(folder, at=at, builds=builds, stop=True)
        if not answer.startswith("stopped"):
            return self._life(folder, answer)
        pid = int(answer.split()[1])
        self._asleep.add(pid)

        def wake() -> Life:
            self._asleep.discard(pid)
            os.kill(pid, signal.SIGCONT)
            return self._life(folder, self._ask({"wait": pid}, folder))

        return Asleep(pid, wake)

    def _start(self, folder: Path, **how: object) -> str:
        trace = folder / f"{TRACE}{self._name}"
        trace.unlink(missing_ok=True)
        files = {"folder": folder, "clock": self._clock.file, "trace": trace, "said": self._said(folder)}
        return self._ask({key: str(path) for key, path in files.items()} | how, folder)

    def _ask(self, wanted: dict[str, object], folder: Path) -> str:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(wanted).encode() + b"\n")
        ready, _, _ = select.select([self._server.stdout], [], [], PATIENCE_S)
        words = self._said(folder).read_text() if self._said(folder).exists() else ""
        assert ready, f"a publisher did not end within {PATIENCE_S:.0f} s\n{words[-3000:]}"
        return self._server.stdout.readline().decode()

    def _life(self, folder: Path, answer: str) -> Life:
        trace, said = folder / f"{TRACE}{self._name}", self._said(folder)
        points = tuple(trace.read_text().splitlines()) if trace.exists() else ()
        return Life(int(answer), points, said.read_text() if said.exists() else "")

    def _said(self, folder: Path) -> Path:
        return folder / f"{SAID}{self._name}"


def start(folder: Path, clock: SharedClock, *, patience_s: float = 0.0) -> subprocess.Popen[bytes]:
    """A publisher in a process of its own, from the first import on; its points go to `folder / TRACE`."""
    (folder / TRACE).unlink(missing_ok=True)
    told = (folder, clock.file, folder / TRACE, patience_s)
    command = [sys.executable, "-m", "tests.crash.child", *map(str, told)]
    with (folder / SAID).open("ab") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
