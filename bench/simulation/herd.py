"""Loa's real publisher on a herd of practice Pages: when each step reached the platform, and its CPU.

What the simulation is compared with, and where its seconds of CPU come from. The CPU is the publisher
process's own, read from /proc while it runs (Linux), beside the server's where the database is one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from bench.herd import READY_S_PER_1000, platform
from content.approval import Role
from loa.services import approving, channels, deliveries, people
from loa.services.importing import import_files
from loa.services.workspace import Workspace

LOOK_EVERY_S = 0.05
TICKS = os.sysconf("SC_CLK_TCK")
PASSPHRASE = "mat khau dai"


@dataclass(frozen=True)
class Lived:
    """Seconds after the due instant at which each reveal reached the platform; CPU seconds per delivery."""

    channels: int
    call_s: float
    late: tuple[float, ...]
    cpu_prepare: float
    cpu_reveal: float
    cpu_verify: float
    server_prepare: float = 0.0
    """CPU of the database server, all of its processes; 0 for a file."""
    server_reveal: float = 0.0
    server_verify: float = 0.0


def live(count: int, call_s: float, *, database: str = "") -> Lived:
    """Publish one post on `count` Pages whose every answer takes `call_s` seconds."""
    with tempfile.TemporaryDirectory() as folder, platform(count) as url:
        slow = {"kind": "slow_before", "seconds": call_s, "times": 10**9}
        requests.post(f"{url}/practice/faults", json=slow, timeout=10).raise_for_status()
        return _publish(Path(folder) / "ws", url, count, call_s, database)


def _publish(folder: Path, url: str, count: int, call_s: float, database: str) -> Lived:
    workspace = _office(folder, url, count, database)
    due = _approved(workspace, count)
    samples: list[tuple[float, float, float]] = []
    with _publisher(folder) as process:
        until = due.timestamp() + 60
        looked = 0.0
        while time.time() < until:
            samples.append((time.time(), _cpu(process.pid), _servers(database)))
            if time.time() > due.timestamp() + 3 and time.time() - looked > 2:  # a look costs CPU as well
                looked = time.time()
                views = deliveries.listing(workspace, limit=count)
                if all(v.status == "published" and v.verified_at for v in views):
                    break
            time.sleep(LOOK_EVERY_S)  # a benchmark waits for real time
        samples.append((time.time(), _cpu(process.pid), _servers(database)))
        workspace.close()
    arrivals = requests.get(f"{url}/practice/ledger", timeout=60).json()["arrivals"]
    return _read(samples, arrivals, due.timestamp(), count, call_s)


def _office(folder: Path, url: str, count: int, database: str) -> Workspace:
    if database:
        Workspace.create(folder).close()
        config = folder / "config.toml"
        told = re.sub(r"(?m)^database = .*$", f'database = "{database}"', config.read_text("utf-8"))
        config.write_text(told, "utf-8")
        workspace = Workspace.open(folder)
    else:
        workspace = Workspace.create(folder)
    operator = people.add(workspace, None, "ky", full_name="K", roles=[Role.OPERATOR], passphrase=PASSPHRASE)
    for name, role in (("soan", Role.DRAFTER), ("duyet", Role.APPROVER)):
        people.add(workspace, operator, name, full_name=name, roles=[role], passphrase=PASSPHRASE)
    for n in range(count):
        channels.add(
            workspace,
            operator,
            f"xa{n}",
            platform="facebook",
            account=str(5000 + n),
            settings={"base_url": url},
            secrets={"page_token": f"token-{n}"},
        )
    return workspace


def _approved(workspace: Workspace, count: int) -> datetime:
    """One post for all of them, its minute far enough away that everything is prepared by then."""
    author, chief = (people.authenticate(workspace, name, PASSPHRASE) for name in ("soan", "duyet"))
    wait = timedelta(seconds=15 + READY_S_PER_1000 * count / 1000)
    due = datetime.now(UTC).replace(microsecond=0) + wait
    names = ", ".join(f"xa{n}" for n in range(count))
    front = f"title: Một bài cho mọi xã\nkind: hoi_dap\nchannels: [{names}]\ndue: {due.isoformat()}"
    file = workspace.folder / "posts" / "chung.md"
    file.write_text(f"---\n{front}\n---\n\nNội dung.\n", "utf-8")
    import_files(workspace, author, [file])
    approving.submit(workspace, author, "chung")
    approving.approve(workspace, chief, "chung")
    return due


@contextmanager
def _publisher(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "loa.cli.main", "-w", str(folder), "run", "--quiet"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _servers(database: str) -> float:
    """CPU seconds of the server whose socket the address names: its first process and all its children."""
    if not database:
        return 0.0
    folder = Path(database.partition("host=")[2].partition("&")[0])
    first = (folder / "postmaster.pid").read_text().split()[0]
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if stat.parent.name == first:
            total += (int(fields[13]) + int(fields[14])) / TICKS  # children that have ended
        if first in (stat.parent.name, fields[1]):
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def _read(
    samples: list[tuple[float, float, float]],
    arrivals: list[dict[str, Any]],
    due: float,
    count: int,
    call_s: float,
) -> Lived:
    """Tell the phases apart: before the minute, up to the last reveal, and the reading back after it."""
    reveals = sorted(a["wall"] for a in arrivals if a["method"] == "POST" and a["edge"] == "")
    assert len(reveals) == count, f"only {len(reveals)} of {count} were revealed"
    reads = [a["wall"] for a in arrivals if a["method"] == "GET" and a["wall"] > due]
    prepared = [a["wall"] for a in arrivals if a["edge"] == "feed"]
    last = reveals[-1] + call_s
    early = max(0, sum(at < last for at in reads) - count)  # each reveal looks first; the others read back

    def spent(which: int, since: float, to: float) -> float:
        within = [s[which] for s in samples if since <= s[0] <= to]
        return within[-1] - within[0] if within else 0.0

    told: list[float] = []
    for which in (1, 2):
        verify = spent(which, last, samples[-1][0]) / max(1, count - early)
        reveal = (spent(which, due - LOOK_EVERY_S, last + LOOK_EVERY_S) - early * verify) / count
        # the first and the last tenth are left out: the process's own start is no cost of a delivery
        begun, ended = sorted(prepared)[count // 10], sorted(prepared)[-count // 10]
        told += [spent(which, begun, ended) / (0.8 * count), reveal, verify]
    return Lived(count, call_s, tuple(at - due for at in reveals), *told)
