"""A small disk of its own for a test, and Loa's command line run on it as an officer would.

The disk is a tmpfs in a mount namespace that a sleeping process holds: nobody else sees it, and it is gone
with that process, also when the test is killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.office import PASSPHRASE

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0
BACKUP_PASSPHRASE = "mot cum mat khau that dai"
NOBODY = 65534
"""A user without any right here."""


@dataclass(frozen=True)
class Said:
    """What a command came to, as the officer sees it."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> Any:
        return json.loads(self.out)

    def must_be_a_sentence(self, *words: str, code: int = 1) -> None:
        """One sentence with these words and this exit code; nothing of Python's."""
        told = self.out + self.err
        assert self.code == code, told
        assert "Traceback" not in told, told
        assert "Error" not in told, told
        assert "sqlite" not in told.lower().replace("xem sqlite", ""), told
        for word in words:
            assert word in told, f"“{word}” is not in: {told}"


@dataclass
class Machine:
    """Where commands are run: `enter` puts them into the disk's namespace; empty: just here."""

    folder: Path
    enter: list[str] = field(default_factory=list)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def command(self, *args: object) -> list[str]:
        return [*self.enter, sys.executable, "-m", "loa.cli.main", "-w", str(self.folder), *map(str, args)]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LOA_")}
        own = {"LOA_PASSPHRASE": PASSPHRASE, "LOA_BACKUP_PASSPHRASE": BACKUP_PASSPHRASE}
        return {**kept, **own, "PYTHONPATH": str(ROOT), **more}

    def loa(self, *args: object, **env: str) -> Said:
        done = subprocess.run(
            self.command(*args),
            env=self.environment(env),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
            cwd="/",
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def publisher(self, log: Path, *, around: tuple[str, ...] = (), **env: str) -> subprocess.Popen[str]:
        """`loa run` in the background, what it says in `log`; ended by `stop` or with the fixture."""
        command = self.command("run")
        command[len(self.enter) : len(self.enter)] = around
        with log.open("a") as said:
            process = subprocess.Popen(
                command, env=self.environment(env), stdout=said, stderr=said, text=True, cwd="/"
            )
        self.processes.append(process)
        return process

    def sh(self, script: str) -> None:
        subprocess.run([*self.enter, "sh", "-ec", script], check=True, capture_output=True)

    def statuses(self) -> dict[str, str]:
        said = self.loa("queue", "list", "--json")
        assert said.code == 0, said.err
        return {row["id"]: row["status"] for row in said.rows}

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()


def stop(process: subprocess.Popen[str]) -> int:
    """End a publisher as a service manager would."""
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE_S)


def until(condition: Callable[[], bool], what: str, log: Path | None = None) -> None:
    """Wait for something outside this process; fails by name, with what the publisher said."""
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        told = log.read_text("utf-8", "replace")[-3000:] if log and log.exists() else ""
        assert time.monotonic() < limit, f"after {PATIENCE_S:.0f} s still not: {what}\n{told}"
        time.sleep(0.1)


@dataclass
class Disk(Machine):
    """A disk with an end, which holds the workspace."""

    @property
    def mount(self) -> Path:
        return self.folder.parent

    def take_in(self, source: Path) -> None:
        self.sh(f"cp -a '{source}/.' '{self.folder}'")

    def give_out(self, target: Path) -> None:
        """A copy of the workspace where the test can read it; only while nobody writes."""
        self.sh(f"rm -rf '{target}'; cp -a '{self.folder}' '{target}'")

    def fill(self, *, but_kb: int = 0) -> None:
        """Not one free byte, or so many kilobytes. `dd` ends by just that trouble."""
        self.sh(
            f"dd if=/dev/zero of='{self.mount}/ballast' bs=4k oflag=append conv=notrunc 2>/dev/null || true"
        )
        if but_kb:
            self.sh(f"truncate -s -{but_kb}K '{self.mount}/ballast'")

    def empty(self) -> None:
        self.sh(f"rm -f '{self.mount}/ballast'")

    def read_only(self, so: bool) -> None:
        self.sh(f"mount -o remount,{'ro' if so else 'rw'} '{self.mount}'")

    def names(self) -> set[str]:
        """Files of the workspace, without those that are always about."""
        found = subprocess.run(
            [*self.enter, "find", str(self.mount), "-type", "f", "-printf", "%P\n"],
            check=True,
            capture_output=True,
            text=True,
        )
        return set(found.stdout.splitlines())


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Mounted at `folder/disk`; the workspace on it is `xa`. Skips where this system lets nobody mount."""
    mount = folder / "disk"
    mount.mkdir()
    script = (
        f"mount -t tmpfs -o size={megabytes}m,mode=755 tmpfs '{mount}' && mkdir '{mount}/xa' && echo ready; "
        "exec sleep infinity"
    )
    try:
        holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        pytest.skip(f"no small disk to be had: unshare: {error.strerror}")
    try:
        assert holder.stdout is not None
        if holder.stdout.readline().strip() != "ready":
            pytest.skip("no small disk to be had: this system lets nobody mount one")
        disk = Disk(mount / "xa", ["nsenter", f"--mount=/proc/{holder.pid}/ns/mnt", "--"])
        try:
            yield disk
        finally:
            disk.end()
    finally:
        holder.kill()
        holder.communicate()
