"""A freeze of a busy office: many posts about to leave, some that platforms hold already.

The publisher and `loa freeze start` are processes of their own; what platforms hold is read at the platforms.
Floor: a bare pool of as many threads as there are Pages, making the same two calls for each post.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from connectors.http import Http
from connectors.practice import PracticeServer
from connectors.practice.youtube import PracticeYouTube
from content.approval import Role
from loa.services import approving, channels, deciding, deliveries, people, stopping
from loa.services.importing import import_files
from loa.services.workspace import Workspace
from scheduler.store.tables import attempt

PAGES, TUBES = 8, 2
PASSPHRASE = "mat khau dai"
LOOK_EVERY_S = 0.005
HELD_FOR = timedelta(hours=2)
LEAST_S, MARGIN_S = 60, 30
"""How long the office has to be ready before the queued posts are due, and the command to answer."""


@dataclass(frozen=True)
class Freeze:
    """What one freeze came to. Times are seconds since the command was started, its own start included."""

    stopped: int
    recalled: int
    not_recalled: int
    stopped_s: float
    """No claim of anything that is to leave succeeds from here on."""
    recalled_s: float
    """The last post is gone from the platforms' clocks."""
    answered_s: float
    floor_s: float
    leaving_after: int
    """Steps towards the public that were begun after the freeze."""
    public_in_freeze: int
    """Counted at the platforms after the minute of all that was queued."""
    overdue: int
    going_on: int
    published_once: int
    held_again: int

    @property
    def ratio(self) -> float:
        return (self.recalled_s - self.stopped_s) / self.floor_s


def run(queued: int = 200, held: int = 20) -> Freeze:
    """At least one post for each Page; what does not divide is rounded down."""
    with (
        tempfile.TemporaryDirectory() as folder,
        PracticeServer() as facebook,
        PracticeYouTube(processing_s=0) as youtube,
    ):
        for n in range(PAGES):
            facebook.add_page(str(5000 + n), f"Xã {n}", f"token-{n}")
        floor_s = _floor(facebook)
        facebook.reset()
        return _Office(Path(folder) / "ws", facebook, youtube).freeze(queued, held, floor_s)


def _floor(facebook: PracticeServer) -> float:
    http, due = Http(pool=PAGES), int((datetime.now(UTC) + HELD_FOR).timestamp())
    root = f"{facebook.url}/v26.0"

    def call(page: int, method: str, path: str, **data: Any) -> Any:
        headers = {"Authorization": f"Bearer token-{page}"}
        return http.call(method, f"{root}/{path}", creates=False, headers=headers, data=data).json()

    def make(page: int) -> list[str]:
        held = {"scheduled_publish_time": due, "published": "false", "unpublished_content_type": "SCHEDULED"}
        return [call(page, "POST", f"{5000 + page}/feed", message=f"bài {n}", **held)["id"] for n in (0, 1)]

    def take_back(page: int, names: list[str]) -> None:
        for name in names:
            call(page, "GET", f"{name}?fields=is_published")
            call(page, "DELETE", name)

    with ThreadPoolExecutor(PAGES) as pool:
        made = list(pool.map(make, range(PAGES)))
        start = time.perf_counter()
        list(pool.map(take_back, range(PAGES), made))
        took_s = time.perf_counter() - start
    http.close()
    return took_s


class _Office:
    def __init__(self, folder: Path, facebook: PracticeServer, youtube: PracticeYouTube) -> None:
        self._facebook, self._youtube = facebook, youtube
        self._workspace = workspace = Workspace.create(folder)
        self._ky = ky = people.add(
            workspace, None, "ky", full_name="K", roles=[Role.OPERATOR], passphrase=PASSPHRASE
        )
        self._soan, self._duyet = (
            people.add(workspace, ky, name, full_name=name, roles=[role], passphrase=PASSPHRASE)
            for name, role in (("soan", Role.DRAFTER), ("duyet", Role.APPROVER))
        )
        self._pages = [f"xa{n}" for n in range(PAGES)]
        self._tubes = [f"kenh{n}" for n in range(TUBES)]
        for n, name in enumerate(self._pages):
            secrets = {"page_token": f"token-{n}"}
            self._add(name, "facebook", str(5000 + n), facebook.url, secrets)
        for n, name in enumerate(self._tubes):
            known = youtube.add_channel(f"UCkenh-{n}-0123456789012345", name)
            login = {"client_id": known.client_id, "client_secret": known.client_secret}
            secrets = {**login, "refresh_token": known.refresh_token}
            self._add(name, "youtube", known.id, youtube.url, secrets)
        head = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
        (folder / "posts" / "phim.mp4").write_bytes(head + random.Random(1).randbytes(100_000))

    def _add(self, name: str, platform: str, account: str, url: str, secrets: dict[str, str]) -> None:
        channels.add(
            self._workspace,
            self._ky,
            name,
            platform=platform,
            account=account,
            settings={"base_url": url},
            secrets=secrets,
        )

    def freeze(self, queued: int, held: int, floor_s: float) -> Freeze:
        folder, now = self._workspace.folder, datetime.now(UTC).replace(microsecond=0)
        films = max(held // 5 // TUBES, 1)
        to_hold = [self._post(f"giu-{n}", self._pages, now + HELD_FOR) for n in range(held * 4 // 5 // PAGES)]
        film = "[{file: phim.mp4, alt: Phim về đất đai}]"
        to_hold += [
            self._post(f"phim-{n}", self._tubes, now + HELD_FOR + timedelta(minutes=n), film)
            for n in range(films)
        ]
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=LEAST_S + queued / 4)
        for n in range(queued // PAGES):
            self._post(f"cho-{n}", self._pages, due)
        command = [sys.executable, "-m", "loa.cli.main", "-w", str(folder)]
        publisher = subprocess.Popen([*command, "run", "--quiet"], stderr=subprocess.DEVNULL)
        try:
            names = [v.id for post in to_hold for v in deliveries.listing(self._workspace, post_id=post)]
            stopping.hand_over(self._workspace, self._ky, names)
            queued = queued // PAGES * PAGES
            self._wait_for(due, lambda count: count["handed_over"] == len(names) and count["ready"] == queued)
            _sleep_until(due - timedelta(seconds=MARGIN_S))
            told = self._watched([*command, "--as", "ky", "freeze", "start", "--all", "--reason", "x"])
            assert datetime.now(UTC) < due, "this machine is too busy: the posts were due before the answer"
            _sleep_until(due + timedelta(seconds=3))
            public_in_freeze, leaving = len(self._public()), self._left_since(told["at"])
            [view] = stopping.listing(self._workspace)
            lifted = stopping.lift(self._workspace, self._ky, view.id, "xong")
            for name in lifted.overdue:
                deciding.retry(self._workspace, self._ky, name)
            self._wait_for(
                due + timedelta(minutes=2),
                lambda count: count["published"] == queued and count["handed_over"] == len(names),
            )
            seen = Counter(self._public())
        finally:
            publisher.terminate()
            publisher.wait()
        done = told["recalls"]
        result = Freeze(
            stopped=len(told["stopped"]),
            recalled=sum(one["done"] for one in done),
            not_recalled=sum(not one["done"] for one in done),
            stopped_s=told["stopped_s"],
            recalled_s=told["recalled_s"],
            answered_s=told["answered_s"],
            floor_s=floor_s,
            leaving_after=leaving,
            public_in_freeze=public_in_freeze,
            overdue=len(lifted.overdue),
            going_on=lifted.left.going_on if lifted.left else 0,
            published_once=sum(count == 1 for count in seen.values()),
            held_again=self._held(),
        )
        self._workspace.close()
        return result

    def _post(self, name: str, names: list[str], due: datetime, media: str = "[]") -> str:
        front = f"title: Bài {name}\nkind: hoi_dap\nchannels: [{', '.join(names)}]\n"
        front += f"due: {due.isoformat()}\nmedia: {media}"
        file = self._workspace.folder / "posts" / f"{name}.md"
        file.write_text(f"---\n{front}\n---\n\nNội dung {name}.\n", "utf-8")
        [imported] = import_files(self._workspace, self._soan, [file])
        approving.submit(self._workspace, self._soan, imported.post)
        approving.approve(self._workspace, self._duyet, imported.post)
        return imported.post

    def _watched(self, command: list[str]) -> dict[str, Any]:
        """Run the command; tell when everything stood still and when the platforms held nothing any more."""
        told: dict[str, Any] = {"at": datetime.now(UTC)}
        start, over = time.perf_counter(), threading.Event()

        def look(name: str, is_so: Callable[[], bool]) -> None:
            while not over.is_set() or name not in told:
                if is_so():
                    told[name] = time.perf_counter() - start
                    return
                time.sleep(LOOK_EVERY_S)

        def frozen() -> bool:
            return bool(stopping.listing(self._workspace))

        watchers = [
            threading.Thread(target=look, args=("stopped_s", frozen)),
            threading.Thread(target=look, args=("recalled_s", lambda: not self._held())),
        ]
        for watcher in watchers:
            watcher.start()
        env = {**os.environ, "LOA_PASSPHRASE": PASSPHRASE}
        answer = subprocess.run([*command, "--json"], env=env, capture_output=True, text=True, check=False)
        told["answered_s"] = time.perf_counter() - start
        over.set()
        for watcher in watchers:
            watcher.join(60)
        [view] = stopping.listing(self._workspace)
        return told | json.loads(answer.stdout) | {"at": view.at}

    def _held(self) -> int:
        """How many posts come out by a platform's own clock."""
        posts = [post for page in self._facebook.world.pages.values() for post in list(page.posts)]
        videos = list(self._youtube.world.videos.values())
        return sum(p.scheduled_at is not None for p in posts) + sum("publishAt" in v.status for v in videos)

    def _public(self) -> list[str]:
        """One entry for each public object: on which Page, with which words."""
        world = self._facebook.world
        posts = [post for page in world.pages.values() for post in world.public_posts(page)]
        return [f"{post.page} {post.message}" for post in posts] + [
            v.id for v in self._youtube.public_videos()
        ]

    def _left_since(self, at: datetime) -> int:
        """Steps towards the public that were begun after the freeze was written."""
        outgoing = attempt.c.step.in_(["prepare", "hand_over", "reveal"]) & (attempt.c.started_at > at)
        with self._workspace.database.read() as connection:
            return int(connection.execute(select(func.count()).where(outgoing)).scalar_one())

    def _wait_for(self, until: datetime, is_so: Callable[[Counter[str]], bool]) -> None:
        while datetime.now(UTC) < until:
            count = Counter(view.status for view in deliveries.listing(self._workspace, limit=5000))
            if is_so(count):
                return
            time.sleep(0.2)  # a benchmark waits for real time
        raise AssertionError(f"not so by {until:%T}: {count}")


def _sleep_until(then: datetime) -> None:
    time.sleep(max(0.0, (then - datetime.now(UTC)).total_seconds()))
