"""A Zalo OA on the practice platform, as tests hold it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from connectors.conformance import Step, Trouble
from connectors.contract import Account, Context, Job, Unit
from connectors.http import Http
from connectors.practice.zalo import PracticeZalo
from connectors.practice.zalo.world import WORK_LASTS
from connectors.zalo import ZaloOA
from content.variant import MediaRef, Variant

OA = "4001002003"
APP_ID = "1234567890123456789"
APP_SECRET = "practice-app-secret-01"
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

KINDS: dict[Trouble, str] = {
    "error_after_accept": "500_after_accept",
    "cut_after_accept": "cut_after_accept",
    "cut_before": "cut_before",
    "html": "html_504",
    "empty": "empty_200",
    "truncated": "truncated_200",
    "wrong_types": "wrong_types_200",
    "throttled": "code_-32",
    "auth_lost": "code_-216",
}


@dataclass
class Clock:
    """Time that moves only when told; waiting is telling it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float = 0.0, **by: float) -> None:
        self.now += timedelta(seconds=seconds, **by)


@dataclass
class Secrets:
    """A `SecretStore` in memory. `log` tells what was committed, in order; `fails` makes it refuse a pair."""

    values: dict[str, str]
    log: list[dict[str, str]] = field(default_factory=list)
    fails: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> Mapping[str, str]:
        return dict(self.values)

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self.lock:
            yield

    def replace(self, secrets: Mapping[str, str]) -> None:
        if self.fails and "access_token" in secrets:
            raise self.fails.pop(0)
        self.log.append(dict(secrets))
        self.values.update(secrets)


class OaHarness:
    """Implements `connectors.conformance.Harness`; also what other tests work with."""

    troubles = frozenset(KINDS)

    def __init__(self, server: PracticeZalo, http: Http, clock: Clock, folder: Path, **settings: str):
        self.server, self.http, self.clock, self.folder = server, http, clock, folder
        self.oa = server.world.oas[OA]
        self.settings = {
            "base_url": server.url,
            "token_url": server.token_url,
            "images_from": server.url,
            "cover_url": server.url + "/media/cover.png",
            **settings,
        }
        self.store = Secrets(
            {
                "app_id": APP_ID,
                "app_secret": APP_SECRET,
                "access_token": self.oa.access_token,
                "refresh_token": self.oa.refresh_token,
            }
        )
        self._first = (self.oa.access_token, self.oa.refresh_token)
        self._numbers = itertools.count(1)
        self.with_video = False
        """Whether jobs bear a video, and so become video articles."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every token there ever was."""
        later = [
            entry[name]
            for entry in self.store.log
            for name in ("access_token", "refresh_token")
            if name in entry
        ]
        return (APP_SECRET, *self._first, self.oa.access_token, self.oa.refresh_token, *later)

    def connector(self, *, store: Any = None, **settings: str) -> ZaloOA:
        store = store or self.store
        account = Account("zalo-stp", OA, "Sở Tư pháp", {**self.settings, **settings}, store.read())
        context = Context(
            account=account,
            unit=Unit("Sở Tư pháp tỉnh A"),
            http=self.http,
            media=lambda ref: self.folder / ref.name,
            now=self.clock,
            workspace=self.folder,
            secrets=store,
        )
        return ZaloOA(context, wait=self.clock.advance)

    def job(self, *, pictures: int = 0, text: str | None = None, link: str = "", **more: Any) -> Job:
        number = next(self._numbers)
        videos = (self.video(number),) if more.pop("video", self.with_video) else ()
        variant = Variant(
            post=f"bai-{number}",
            revision=1,
            source_sha256="0" * 64,
            channel="zalo-stp",
            platform="zalo",
            account=OA,
            kind="news",
            title=more.pop("title", f"Luật Đất đai, bài số {number}"),
            summary=more.pop("summary", "Những điểm mới cần biết."),
            text=f"Bài số {number}\n\nĐiều 1. Phạm vi điều chỉnh" if text is None else text,
            link=link,
            media=(*(picture(number, index) for index in range(pictures)), *videos),
            citations=more.pop("citations", ()),
            tags=more.pop("tags", ()),
            author=more.pop("author", ""),
            not_before=self.clock(),
            deadline=self.clock() + timedelta(hours=6),
        )
        return Job(f"delivery-{number}", f"loa-{number}", variant, self.clock())

    def now(self) -> datetime:
        return self.clock()

    def public(self, job: Job) -> int:
        if self.server.world.verify_delay:
            self.clock.advance(WORK_LASTS.total_seconds())  # what was taken is done by then
        articles = self.server.world.public_articles(self.oa)
        return sum(article.fields["title"] == job.variant.title for article in articles)

    def hidden(self, job: Job) -> int:
        self.server.world.work()
        articles = [article for article in self.oa.articles if not article.public]
        return sum(article.fields["title"] == job.variant.title for article in articles)

    def video(self, number: int, size: int = 3_000) -> MediaRef:
        """A file of that many bytes that begins like an MP4 and that no other number has."""
        content = b"\0\0\0\x18ftypisom" + number.to_bytes(4, "big")
        content += bytes(size - len(content))
        path = self.folder / f"clip-{number}.mp4"
        path.write_bytes(content)
        return MediaRef(sha256(content).hexdigest(), "video/mp4", size, path.name, "Video")

    def traffic(self) -> int:
        return len(self.server.world.arrivals)

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        method, path = {
            "prepare": ("POST", "article/create"),
            "reveal": ("POST", "article/update"),
            "read": ("GET", None),
        }[step]
        self.server.fault(KINDS[trouble], method=method, path=path, times=times)
        if trouble == "auth_lost":  # the grant is gone: renewing does not help either
            self.server.fault("code_-14014", path="oa/access_token")

    def calls(self, ending: str) -> int:
        """How many calls to paths that end so have reached the platform."""
        return sum(path.endswith(ending) for *_, path in self.server.world.arrivals)


def picture(number: int, index: int) -> MediaRef:
    digest = sha256(f"{number}/{index}".encode()).hexdigest()
    return MediaRef(digest, "image/png", 70, f"anh-{number}-{index}.png", f"Ảnh {index}")
