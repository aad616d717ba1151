"""Loa as an engine of the comparison: a workspace of its own, posts through the real way, `loa run`."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from bench.peers.catalogue import Listed
from bench.peers.connector import PLATFORM, installed
from bench.peers.drivers import ROOT, Bench, Broken, Order, Processes
from bench.peers.posts import TEXT, Post, lane_names
from content.approval import Role
from loa.services import approving, people
from loa.services.importing import import_files
from loa.services.workspace import Workspace
from scheduler.store import search, tally
from scheduler.store.tables import channel, delivery, lane, post
from scheduler.witness import digest_of_channel

PASSPHRASE = "mat khau dai"
STORES = 200
"""Channels that the backlog is spread over."""
BATCH = 5000


class LoaDriver:
    def __init__(self, listed: Listed, folder: Path, bench: Bench) -> None:
        self.figures: dict[str, float] = {}
        self._listed, self._folder, self._bench = listed, folder / "ws", bench
        self._dsn = bench.new_database() if listed.needs == "postgresql" else ""
        self._processes = Processes(folder / "errors.log")
        site = installed(folder)
        path = os.pathsep.join((str(ROOT), str(site)))
        self._env = os.environ | {"PYTHONPATH": path, "LOA_PASSPHRASE": PASSPHRASE}
        if str(site) not in sys.path:  # this process imports and approves the posts
            sys.path.append(str(site))
            importlib.invalidate_caches()
        self._workspace = self._create()

    def _create(self) -> Workspace:
        workspace = Workspace.create(self._folder)
        if self._dsn:
            workspace.database.close()
            settings = self._folder / "config.toml"
            text = settings.read_text("utf-8")
            assert 'database = ""' in text
            settings.write_text(text.replace('database = ""', f'database = "{self._dsn}"', 1), "utf-8")
            (self._folder / "loa.db").unlink(missing_ok=True)
            workspace = Workspace.open(self._folder)
            workspace.trust.witness.begin(workspace.database)
        return workspace

    def store(self, order: Order) -> None:
        workspace = self._workspace
        operator = people.add(
            workspace, None, "ky", full_name="K", roles=[Role.OPERATOR], passphrase=PASSPHRASE
        )
        self._author, self._chief = (
            people.add(workspace, operator, name, full_name=name, roles=[role], passphrase=PASSPHRASE)
            for name, role in (("soan", Role.DRAFTER), ("duyet", Role.APPROVER))
        )
        names = lane_names([], order.lanes)
        workspace.database.run(lambda connection: self._enrol(connection, names))
        began = time.perf_counter()
        if order.backlog:
            _fill(workspace, order.backlog, order.backlog_due)
        self.figures["load_s"] = time.perf_counter() - began

    def enqueue(self, posts: list[Post]) -> None:
        """Files in, all checks, submitted, and approved with a signature: what an office does."""
        workspace, began = self._workspace, time.perf_counter()
        for imported in import_files(workspace, self._author, self._write(posts)):
            approving.submit(workspace, self._author, imported.post)
            approving.approve(workspace, self._chief, imported.post)
        self.figures["enqueue_s"] = time.perf_counter() - began

    def _enrol(self, connection: Connection, names: Sequence[str]) -> None:
        """As `loa channel add` writes each, in one transaction for all."""
        workspace, now = self._workspace, self._workspace.now()
        settings = json.dumps({"url": self._bench.sink}, sort_keys=True)
        for name in names:
            row = {"id": name, "platform": PLATFORM, "account": name, "name": name}
            kept = {"settings": settings, "state": "ok", "state_reason": "", "version": 1}
            connection.execute(insert(channel).values(**row, **kept, created_at=now, updated_at=now))
            connection.execute(insert(lane).values(channel_id=name, owner="", fence=0, failures=0))
            workspace.trust.witness.pin_channel(name, digest_of_channel(PLATFORM, name, settings))

    def _write(self, posts: Sequence[Post]) -> Sequence[Path]:
        """A Markdown file for each post; all the channels that it goes to stand in it."""
        written: dict[tuple[str, float], list[str]] = defaultdict(list)
        for one in posts:
            written[one.key.partition("@")[0], one.due].append(one.lane)
        files = []
        for (key, due), names in written.items():
            file = self._folder / "posts" / f"{key}.md"
            when = datetime.fromtimestamp(due, UTC).isoformat()
            front = f"title: Bài {key}\nkind: hoi_dap\nchannels: [{', '.join(names)}]\ndue: {when}"
            file.write_text(f"---\n{front}\n---\n\n{TEXT}\n", "utf-8")
            files.append(file)
        return files

    def start(self, workers: int = 1) -> None:
        verb = "worker" if self._listed.several else "run"
        command = [sys.executable, "-m", "loa.cli.main", "-w", str(self._folder), verb, "--quiet"]
        for _ in range(workers):
            self._processes.start(command, self._env, says_ready=False)

    def ready(self) -> int:
        if any(process.poll() is not None for process in self._processes.running):
            raise Broken(self._processes.last_words())
        counts = self._counts()
        return sum(counts.get(status, 0) for status in ("ready", "revealing", "published"))

    def recorded(self) -> int:
        return self._counts().get("published", 0)

    def _counts(self) -> dict[str, int]:
        """From the tally: asking costs the publisher nothing."""
        with self._workspace.database.read() as connection:
            return tally.counts(connection)

    def pids(self) -> list[int]:
        return [process.pid for process in self._processes.running]

    def kill(self) -> None:
        self._processes.end(signal.SIGKILL)

    def kill_one(self) -> None:
        self._processes.kill_first()

    def stop(self) -> None:
        self._processes.end(signal.SIGTERM)

    def clean(self) -> None:
        self._workspace.close()
        sys.path[:] = [entry for entry in sys.path if not entry.startswith(str(self._folder.parent))]
        if self._dsn:
            self._bench.drop(self._dsn)


def _fill(workspace: Workspace, count: int, due: float) -> None:
    """`count` deliveries queued for `due` by SQL: whole rows, but no approvals, which the real way signs."""
    when, now = datetime.fromtimestamp(due, UTC), workspace.now().replace(microsecond=0)
    stamps = {"created_at": now, "updated_at": now}
    base = {"fence": 0, "tries": 0, "looks": 0, "reads": 0, "hand_over": False, "url": "", "status": "queued"}
    base |= {"due_at": when, "deadline": when + timedelta(days=1), "wake_at": when, "payload": TEXT, **stamps}

    def work(connection: Any) -> None:
        for number in range(STORES):
            name = f"kho-{number}"
            kept = {"id": name, "platform": "website", "account": name, "name": name, "settings": "{}"}
            connection.execute(channel.insert().values(**kept, state="ok", version=1, **stamps))
            connection.execute(lane.insert().values(channel_id=name, owner="", fence=0, failures=0))
        tally.remove(connection)
        search.remove(connection)
        for first in range(0, count, BATCH):
            posts, rows = [], []
            for number in range(first, min(first + BATCH, count)):
                key, name = f"sau-{number:07}", f"kho-{number % STORES}"
                written = {"id": key, "title": f"Bài {number}", "kind": "hoi_dap", "source": TEXT}
                posts.append(written | {"contributors": "soan", "media": "[]", "revision": 1, **stamps})
                rows.append(base | {"id": f"{key}@{name}", "marker": key, "post_id": key, "channel_id": name})
            connection.execute(post.insert(), posts)
            connection.execute(delivery.insert(), rows)
        tally.install(connection)
        search.install(connection)

    workspace.database.run(work)
