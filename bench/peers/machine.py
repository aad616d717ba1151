"""What this machine did during a run, from /proc (Linux): our processes' time, and everybody else's."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
FOREIGN_BOUND = 0.15
"""Cores that others may use before a run is marked: on two cores the figures begin to move."""


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def descendants(roots: Iterable[int]) -> set[int]:
    """The processes of `roots` that live, and all that they started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, IndexError):
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found and Path(f"/proc/{pid}").exists():
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def cpu_s(roots: Iterable[int]) -> float:
    """Processor seconds of these processes and all that they started, the ended and awaited ones too."""
    ticks = 0
    for pid in descendants(roots):
        with suppress(OSError, IndexError):
            ticks += sum(int(field) for field in _stat(pid)[11:15])
    return ticks / TICKS


def memory_mb(roots: Iterable[int]) -> float:
    """Resident megabytes of these processes and all that they started (shared pages counted each time)."""
    kilobytes = 0
    for pid in descendants(roots):
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            kilobytes += int(next(line for line in lines if line.startswith("VmRSS")).split()[1])
    return kilobytes / 1024


def _busy_s() -> float:
    user, nice, system, _idle, _wait, irq, soft, steal = (
        int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + irq + soft + steal) / TICKS


@dataclass
class Watch:
    """From its making on: how many cores others used. `roots`: the processes that are ours."""

    roots: tuple[int, ...]

    def __post_init__(self) -> None:
        self._began, self._busy, self._ours = time.monotonic(), _busy_s(), cpu_s(self.roots)

    def foreign(self) -> float:
        """Cores on average. Ours that ended without being awaited count as foreign: none do."""
        busy, ours = _busy_s() - self._busy, cpu_s(self.roots) - self._ours
        return max(0.0, busy - ours) / max(time.monotonic() - self._began, 0.001)


def described() -> dict[str, object]:
    """Which machine it is, for the head of the table."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "python": platform.python_version(),
    }
