"""A section in a temporary folder, with its clock, its pictures and its readers in the test's hand."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from connectors.contract import Account, Context, Handle, Job, Published, Unit
from connectors.errors import NotSent
from connectors.http import Answer, Http
from connectors.website import Website
from content.variant import MediaRef, Variant

DUE = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)  # 07:00 on the Day of Law in Vietnam
FOOTER = {
    "title": "Pháp luật và cuộc sống",
    "address": "Số 1 đường Hùng Vương",
    "email": "tuphap@xa.example.gov.vn",
    "phone": "0203 3 888 888",
    "manager": "Nguyễn Thị Đào",
}


BASE_URL = "https://xa.example.gov.vn/pbgdpl/"


class Served(Http):
    """A web server over a folder, without a network. `answer` stands in for every file when set."""

    def __init__(self, folder: Path) -> None:
        super().__init__(proxies={})
        self.folder = folder
        self.asked: list[str] = []
        self.answer: Answer | None = None
        self.cut = False

    def call(self, method: str, url: str, *, creates: bool, **request: object) -> Answer:  # type: ignore[override]
        assert method == "GET"
        assert not creates
        assert url.startswith(BASE_URL)
        self.asked.append(url)
        if self.cut:
            raise NotSent("net:unreachable", "no route")
        if self.answer:
            return self.answer
        path = self.folder / url.removeprefix(BASE_URL)
        return Answer(200, {}, path.read_bytes()) if path.is_file() else Answer(404, {}, b"<h1>404</h1>")


@dataclass
class Place:
    """One section on disk and everything a test needs to drive it."""

    workspace: Path
    settings: dict[str, str] = field(default_factory=lambda: dict(FOOTER))
    now: datetime = DUE
    http: Http = field(default_factory=lambda: Http(proxies={}))
    pictures: dict[str, Path] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.workspace / self.settings.get("folder", "site")

    @property
    def current(self) -> Path:
        return self.folder / "current"

    def website(self, **settings: str) -> Website:
        return Website(
            Context(
                account=Account("web", "site", "Trang tin", {**self.settings, **settings}),
                unit=Unit("Ủy ban nhân dân xã Thống Nhất"),
                http=self.http,
                media=lambda ref: self.pictures[ref.sha256],
                now=lambda: self.now,
                workspace=self.workspace,
            )
        )

    def picture(
        self, name: str = "anh.jpg", alt: str = "Buổi nói chuyện tại nhà văn hóa", colour: str = "#a33"
    ) -> MediaRef:
        buffer = io.BytesIO()
        Image.new("RGB", (64, 36), colour).save(buffer, "JPEG")
        data = buffer.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        store = self.workspace / "media"
        store.mkdir(exist_ok=True)
        self.pictures[digest] = store / digest
        self.pictures[digest].write_bytes(data)
        return MediaRef(digest, "image/jpeg", len(data), name, alt)

    def job(self, number: int = 1, **changes: object) -> Job:
        due = changes.pop("due_at", DUE + timedelta(days=number - 1))
        assert isinstance(due, datetime)
        variant = Variant(
            post=f"bai-{number}",
            revision=1,
            source_sha256="0" * 64,
            channel="web",
            platform="website",
            account="site",
            kind="hoi_dap",
            title=f"Đăng ký khai sinh cho trẻ em, bài {number}",
            summary="Cha mẹ có 60 ngày để đăng ký khai sinh cho con.",
            text="## Thủ tục\n\nNộp **tờ khai** tại xã.\n\n- Giấy chứng sinh\n- Căn cước",
            link="https://vbpl.example.vn/ho-tich",
            media=(),
            citations=("Luật Hộ tịch số 60/2014/QH13",),
            tags=("hộ tịch",),
            author="",
            not_before=due,
            deadline=due + timedelta(hours=6),
        )
        marker = changes.pop("marker", f"loa-{number:04}")
        return Job(f"d{number}", str(marker), replace(variant, **changes), due)  # type: ignore[arg-type]

    def serve(self) -> Served:
        """Serve `current` under a public address from now on."""
        self.settings["base_url"] = BASE_URL
        self.http = Served(self.current)
        return self.http

    def publish(self, job: Job, website: Website | None = None) -> Published:
        website = website or self.website()
        self.now = max(self.now, job.due_at)
        return website.reveal(job, website.prepare(job, {}, keep))

    def articles(self) -> list[str]:
        """Addresses of the articles that a reader finds, from the pages themselves."""
        return sorted(path.relative_to(self.current).as_posix() for path in self.current.glob("bai/*.html"))

    def page(self, path: str = "index.html") -> str:
        return (self.current / path).read_text("utf-8")

    def article(self) -> str:
        """The only article's page."""
        (path,) = self.articles()
        return self.page(path)


def keep(handle: Handle) -> None:
    """A save that always succeeds."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def places(tmp_path: Path) -> Callable[[str], Place]:
    def make(name: str) -> Place:
        (tmp_path / name).mkdir()
        return Place(tmp_path / name)

    return make
