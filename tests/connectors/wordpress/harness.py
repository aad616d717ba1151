"""A WordPress site on the practice platform, as tests hold it."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from connectors.conformance import Step, Trouble
from connectors.contract import Account, Context, Handle, Job, Published, Unit
from connectors.http import Http
from connectors.practice.wordpress import PracticeWordPress
from connectors.practice.wordpress.world import Post
from connectors.wordpress import WordPress
from content.variant import MediaRef, Variant

USER = "loa-tac-gia"
PASSWORD = "Abcd 1234 Efgh 5678 Ijkl 9012"
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

KINDS: dict[Trouble, str] = {
    "error_after_accept": "500_after_accept",
    "cut_after_accept": "cut_after_accept",
    "cut_before": "cut_before",
    "html": "html_502",
    "empty": "empty_200",
    "truncated": "truncated_200",
    "wrong_types": "wrong_types_200",
    "throttled": "429",
    "auth_lost": "code_rest_not_logged_in",
}


@dataclass
class Clock:
    """Time that moves only when told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Desk:
    """Everything a unit has on its side: settings, secrets, pictures, deliveries."""

    folder: Path
    http: Http
    clock: Any
    settings: dict[str, str]
    login: dict[str, str] = field(default_factory=lambda: {"user": USER, "app_password": PASSWORD})
    prefix: str = "loa"

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def connector(self, **settings: str) -> WordPress:
        account = Account(
            channel="trang-xa",
            account=self.settings["base_url"],
            name="Trang xã",
            settings={**self.settings, **settings},
            secrets=self.login,
        )
        return WordPress(
            Context(
                account=account,
                unit=Unit("UBND xã Thống Nhất"),
                http=self.http,
                media=lambda ref: self.folder / ref.name,
                now=self.clock,
                workspace=self.folder,
            )
        )

    def job(self, *, pictures: int = 0, **changes: Any) -> Job:
        number = next(self._numbers)
        fields: dict[str, Any] = {
            "post": f"bai-{number}",
            "revision": 1,
            "source_sha256": "0" * 64,
            "channel": "trang-xa",
            "platform": "wordpress",
            "account": self.settings["base_url"],
            "kind": "hoi_dap",
            "title": f"Đăng ký khai sinh cho trẻ em, bài {number}",
            "summary": "Cha mẹ có 60 ngày.",
            "text": "## Thủ tục\n\nNộp **tờ khai** tại xã.\n\n- Giấy chứng sinh\n- Căn cước",
            "link": "https://vbpl.example.vn/ho-tich",
            "media": tuple(self.picture(number, index) for index in range(pictures)),
            "citations": ("Luật Hộ tịch số 60/2014/QH13",),
            "tags": ("hộ tịch",),
            "author": "",
            "not_before": self.clock(),
            "deadline": self.clock() + timedelta(hours=6),
            **changes,
        }
        marker = fields.pop("marker", sha256(f"{self.prefix}/{number}".encode()).hexdigest()[:20])
        return Job(f"delivery-{number}", marker, Variant(**fields), self.clock())

    def picture(self, number: int, index: int = 0, alt: str = "Buổi nói chuyện") -> MediaRef:
        buffer = io.BytesIO()
        Image.new("RGB", (64, 36), (number % 256, index, 90)).save(buffer, "PNG")
        content = buffer.getvalue()
        name = f"anh-{number}-{index}.png"
        (self.folder / name).write_bytes(content)
        return MediaRef(sha256(content).hexdigest(), "image/png", len(content), name, alt, 64, 36)

    def publish(self, job: Job, connector: WordPress | None = None) -> tuple[Handle, Published]:
        connector = connector or self.connector()
        handle = connector.prepare(job, {}, forget)
        published = connector.reveal(job, handle)
        assert isinstance(published, Published)
        return handle, published


class SiteHarness(Desk):
    """Implements `connectors.conformance.Harness`; also what other tests work with."""

    troubles = frozenset(KINDS)
    secrets = (USER, PASSWORD, PASSWORD.replace(" ", ""))

    def __init__(self, site: PracticeWordPress, http: Http, clock: Clock, folder: Path, **settings: str):
        super().__init__(folder, http, clock, {"base_url": site.url, **settings})
        self.site = site
        self.world = site.world

    def now(self) -> datetime:
        return self.clock()  # type: ignore[no-any-return]

    def posts(self, job: Job) -> list[Post]:
        return [post for post in self.world.posts.values() if job.marker in post.content]

    def post(self, job: Job) -> Post:
        """The only one."""
        (post,) = self.posts(job)
        return post

    def public(self, job: Job) -> int:
        return sum(post.status == "publish" for post in self.posts(job))

    def hidden(self, job: Job) -> int:
        return sum(post.status == "draft" for post in self.posts(job))

    def traffic(self) -> int:
        return len(self.world.arrivals)

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        method, edge = {"prepare": ("POST", "posts"), "reveal": ("POST", "posts/id"), "read": ("GET", None)}[
            step
        ]
        self.site.fault(KINDS[trouble], method=method, edge=edge, times=times)


def forget(_: Handle) -> None:
    """A save nobody reads."""
