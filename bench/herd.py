"""A herd: many Pages with one post each, all due at the same second.

Floor: a bare pool of as many threads making the same calls through the same HTTP layer, no queue. The
publisher and the platform are processes of their own; times are read at the platform.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from connectors.http import Http
from content.approval import Role
from loa.services import approving, channels, deliveries, people
from loa.services.importing import import_files
from loa.services.workspace import Workspace

WORKERS = 64
PREPARE_S_PER_100 = 3.0


@dataclass(frozen=True)
class Herd:
    """Lateness of the reveals at the platform, in seconds after the due instant, and the floor's spread."""

    channels: int
    first: float
    median: float
    last: float
    floor_last: float

    @property
    def ratio(self) -> float:
        return self.last / self.floor_last


def run(count: int = 500) -> Herd:
    with tempfile.TemporaryDirectory() as folder:
        platform, url = start_platform(count)
        try:
            floor = _floor(url, count)
            requests.post(f"{url}/practice/reset", json={}, timeout=10)
            late = _publish(Path(folder) / "ws", url, count)
        finally:
            platform.terminate()
            platform.wait()
    return Herd(count, late[0], late[len(late) // 2], late[-1], floor)


def start_platform(count: int) -> tuple[subprocess.Popen[str], str]:
    """The practice platform with `count` Pages in its own process."""
    pages = [arg for n in range(count) for arg in ("--page", f"{5000 + n}:token-{n}:Xã {n}")]
    command = [sys.executable, "-m", "connectors.practice", *pages]
    platform = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert platform.stdout is not None
    return platform, platform.stdout.readline().strip()


def _floor(url: str, count: int) -> float:
    """Seconds until the last of `count` hidden posts was revealed by a bare thread pool."""
    http = Http(pool=WORKERS)

    def call(number: int, path: str, **data: str) -> Any:
        headers = {"Authorization": f"Bearer token-{number}"}
        return http.call("POST", f"{url}/v26.0/{path}", creates=True, headers=headers, data=data).json()

    with ThreadPoolExecutor(WORKERS) as pool:
        made = list(
            pool.map(
                lambda n: call(n, f"{5000 + n}/feed", message=f"bài {n}", published="false"), range(count)
            )
        )
        start = time.time()
        list(pool.map(lambda n: call(n, made[n]["id"], is_published="true"), range(count)))
    http.close()
    return max(_reveals(url)) - start


def _publish(folder: Path, url: str, count: int) -> list[float]:
    workspace = Workspace.create(folder)
    operator = people.add(
        workspace, None, "ky", full_name="K", roles=[Role.OPERATOR], passphrase="mat khau dai"
    )
    author = people.add(
        workspace, operator, "soan", full_name="S", roles=[Role.DRAFTER], passphrase="mat khau dai"
    )
    chief = people.add(
        workspace, operator, "duyet", full_name="D", roles=[Role.APPROVER], passphrase="mat khau dai"
    )
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
    wait = timedelta(seconds=10 + PREPARE_S_PER_100 * count / 100)
    due = datetime.now(UTC).replace(microsecond=0) + wait
    file = folder / "posts" / "chung.md"
    names = ", ".join(f"xa{n}" for n in range(count))
    front = f"title: Một bài cho mọi xã\nkind: hoi_dap\nchannels: [{names}]\ndue: {due.isoformat()}"
    file.write_text(f"---\n{front}\n---\n\nNội dung.\n", "utf-8")
    import_files(workspace, author, [file])
    approving.submit(workspace, author, "chung")
    approving.approve(workspace, chief, "chung")
    publisher = subprocess.Popen(
        [sys.executable, "-m", "loa.cli.main", "-w", str(folder), "run", "--quiet"], stderr=subprocess.DEVNULL
    )
    try:
        until = due + timedelta(seconds=30)
        while datetime.now(UTC) < until:
            time.sleep(1)  # a benchmark waits for real time
            if datetime.now(UTC) > due and all(
                v.status == "published" for v in deliveries.listing(workspace, limit=count)
            ):
                break
        ready = sum(v.status == "published" for v in deliveries.listing(workspace, limit=count))
        assert ready == count, f"only {ready} of {count} were published"
    finally:
        publisher.terminate()
        publisher.wait()
        workspace.close()
    return sorted(arrived - due.timestamp() for arrived in _reveals(url))


def _reveals(url: str) -> list[float]:
    """Wall-clock seconds at which the platform got each reveal."""
    arrivals = requests.get(f"{url}/practice/ledger", timeout=30).json()["arrivals"]
    times = [a["wall"] for a in arrivals if a["method"] == "POST" and a["edge"] == ""]
    return [datetime.fromisoformat(t).timestamp() if isinstance(t, str) else float(t) for t in times]
