"""`loa worker` as processes of their own; whatever a test leaves running, or asleep, is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

Worker = subprocess.Popen[bytes]
ROOT = Path(__file__).parents[2]
_SAID = "said.txt"
LONGEST = 20_000


@contextmanager
def gathered() -> Iterator[list[Worker]]:
    """A list for those that a test starts."""
    processes: list[Worker] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def start_worker(folder: Path) -> Worker:
    """One machine's worker; what it says goes to a file in its folder."""
    command = [sys.executable, "-X", "faulthandler", "-m", "loa.cli.main"]  # SIGABRT: what each thread is at
    command += ["-w", str(folder), "worker", "--quiet"]
    with (folder / _SAID).open("ab") as told:
        return subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=told)


def said(folders: Iterable[Path]) -> str:
    """The last words of these machines' workers."""
    told = [folder / _SAID for folder in folders]
    return "\n".join(f"{file.parent.name}: {file.read_text()[-LONGEST:]}" for file in told if file.exists())
