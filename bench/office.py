"""An office for a benchmark: a workspace with many Pages at a practice platform, and its publisher."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from content.approval import Role
from loa.services import approving, people
from loa.services.connecting import put_secrets
from loa.services.importing import import_files
from loa.services.workspace import Workspace
from scheduler.store import tally
from scheduler.store.tables import channel, delivery, lane
from scheduler.witness import digest_of_channel

PASSPHRASE = "mat khau dai"
FIRST_PAGE = 5000
LOOK_EVERY_S = 0.25


def told(text: str) -> None:
    """Progress, where it does not get into what is measured or printed as a result."""
    print(text, file=sys.stderr, flush=True)


class Office:
    """Officers and `pages` Facebook channels, named `xa0`, `xa1`, …, at `url`."""

    def __init__(self, folder: Path, pages: int, url: str) -> None:
        """One that is there already is opened."""
        self.names = [f"xa{n}" for n in range(pages)]
        if folder.exists():
            self.workspace = Workspace.open(folder)
            self.author, self.chief = (
                people.authenticate(self.workspace, name, PASSPHRASE) for name in ("soan", "duyet")
            )
            return
        self.workspace = workspace = Workspace.create(folder)
        operator = people.add(
            workspace, None, "ky", full_name="K", roles=[Role.OPERATOR], passphrase=PASSPHRASE
        )
        self.author, self.chief = (
            people.add(workspace, operator, name, full_name=name, roles=[role], passphrase=PASSPHRASE)
            for name, role in (("soan", Role.DRAFTER), ("duyet", Role.APPROVER))
        )
        workspace.database.run(lambda connection: self._enrol(connection, url))

    def _enrol(self, connection: Connection, url: str) -> None:
        """As `loa channel add` writes each, in one transaction for all."""
        workspace, now = self.workspace, self.workspace.now()
        settings = json.dumps({"base_url": url}, ensure_ascii=False, sort_keys=True)
        for n, name in enumerate(self.names):
            account = str(FIRST_PAGE + n)
            stamps = {"created_at": now, "updated_at": now}
            row = {"id": name, "platform": "facebook", "account": account, "name": f"Xã {n}", **stamps}
            connection.execute(
                insert(channel).values(**row, settings=settings, state="ok", state_reason="", version=1)
            )
            connection.execute(insert(lane).values(channel_id=name, owner="", fence=0, failures=0))
            put_secrets(connection, workspace.vault, name, {"page_token": f"token-{n}"})
            workspace.trust.witness.pin_channel(name, digest_of_channel("facebook", account, settings))

    def post(self, key: str, names: Sequence[str], due: datetime) -> str:
        """One approved post for these channels."""
        file = self.workspace.folder / "posts" / f"{key}.md"
        front = f"title: Bài {key}\nkind: hoi_dap\nchannels: [{', '.join(names)}]\ndue: {due.isoformat()}"
        file.write_text(f"---\n{front}\n---\n\nNội dung {key}.\n", "utf-8")
        [imported] = import_files(self.workspace, self.author, [file])
        approving.submit(self.workspace, self.author, imported.post)
        approving.approve(self.workspace, self.chief, imported.post)
        return imported.post

    def count(self) -> dict[str, int]:
        """Deliveries by status, from the tally: asking costs the publisher nothing."""
        with self.workspace.database.read() as connection:
            return tally.counts(connection)

    def troubles(self) -> dict[str, int]:
        """What deliveries wait for or failed of, and how many of them."""
        said = select(delivery.c.last_error, func.count()).group_by(delivery.c.last_error)
        with self.workspace.database.read() as connection:
            return {why: number for why, number in connection.execute(said) if why}

    def wait_for(self, status: str, number: int, timeout_s: float) -> bool:
        until = time.monotonic() + timeout_s
        while self.count().get(status, 0) < number:
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_EVERY_S)  # a benchmark waits for real time
        return True

    def close(self) -> None:
        self.workspace.close()


@contextmanager
def publisher(folder: Path, *, under: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """`loa run` in a process of its own. `under`: a profiler's command that runs it."""
    command = [*under, sys.executable, "-m", "loa.cli.main", "-w", str(folder), "run", "--quiet"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident megabytes of a process: now, and at most so far (Linux)."""
    told = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    return int(told["VmRSS"].split()[0]) / 1024, int(told["VmHWM"].split()[0]) / 1024


def idle_elsewhere(seconds: float = 0.5) -> float:
    """Share of the machine's processors that nobody uses just now: how far a figure can be trusted."""

    def read() -> tuple[int, int]:
        numbers = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        return numbers[3] + numbers[4], sum(numbers[:8])

    with suppress(OSError, ValueError, IndexError):
        idle, whole = read()
        time.sleep(seconds)
        idle_then, whole_then = read()
        return (idle_then - idle) / max(whole_then - whole, 1)
    return 0.0
