"""What Loa's conformance suite has to know of a WebDAV server."""

from __future__ import annotations

import io
import itertools
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from loa_webdav.connector import WebDav
from PIL import Image
from server import PASSWORD, USER, Office

from loa.api import Account, Context, Http, Job, MediaRef, Step, Trouble, Unit, Variant

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@dataclass
class DavHarness:
    """Implements `loa.api.Harness`. What is public is read off the server's disk."""

    office: Office
    http: Http
    media: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    troubles: frozenset[Trouble] = frozenset(
        {
            *("error_after_accept", "cut_after_accept", "cut_before", "html", "empty"),
            *("truncated", "wrong_types", "throttled", "auth_lost"),
        }
    )
    secrets: tuple[str, ...] = (PASSWORD, b64encode(f"{USER}:{PASSWORD}".encode()).decode())

    def connector(self, **settings: str) -> WebDav:
        login = {"user": USER, "password": settings.pop("password", PASSWORD)}
        account = Account("bang-tin", "", "Bảng tin", {**self.office.settings, **settings}, login)
        return WebDav(
            Context(
                account=account,
                unit=Unit("UBND xã Thống Nhất"),
                http=self.http,
                media=lambda ref: self.media / ref.name,
                now=self.now,
                workspace=self.media,
            )
        )

    def job(self, *, pictures: int = 0, text: str = "Nộp **tờ khai** tại xã.", link: str = "") -> Job:
        number = next(self.numbers)
        variant = Variant(
            post=f"bai-{number}",
            revision=1,
            source_sha256="0" * 64,
            channel="bang-tin",
            platform="webdav",
            account=self.office.url,
            kind="hoi_dap",
            title=f"Đăng ký khai sinh, bài {number}",
            summary="Cha mẹ có 60 ngày.",
            text=text,
            link=link,
            media=tuple(self._picture(number, index) for index in range(pictures)),
            citations=("Luật Hộ tịch số 60/2014/QH13",),
            tags=(),
            author="",
            not_before=NOW,
            deadline=NOW + timedelta(hours=6),
        )
        return Job(f"bai-{number}@bang-tin", sha256(str(number).encode()).hexdigest()[:20], variant, NOW)

    def now(self) -> datetime:
        return NOW

    def public(self, job: Job) -> int:
        return _count(self.office.folder, job)

    def hidden(self, job: Job) -> int:
        return _count(self.office.drafts, job)

    def traffic(self) -> int:
        return self.office.requests

    def jump(self, to: datetime) -> None:
        raise AssertionError("only asked of connectors that hand over")

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        self.office.trouble(trouble, step, times)

    def _picture(self, number: int, index: int) -> MediaRef:
        buffer = io.BytesIO()
        Image.new("RGB", (16, 9), (number % 256, index, 90)).save(buffer, "PNG")
        name = f"anh-{number}-{index}.png"
        (self.media / name).write_bytes(buffer.getvalue())
        digest = sha256(buffer.getvalue()).hexdigest()
        return MediaRef(digest, "image/png", buffer.tell(), name, "Buổi nói chuyện", 16, 9)


def _count(folder: Path, job: Job) -> int:
    return sum(job.marker in page.read_text("utf-8") for page in folder.iterdir())


@pytest.fixture(scope="session")
def http() -> Iterator[Http]:
    layer = Http(proxies={})
    yield layer
    layer.close()


@pytest.fixture
def harness(tmp_path: Path, http: Http) -> Iterator[DavHarness]:
    share, media = tmp_path / "share", tmp_path / "media"
    share.mkdir()
    media.mkdir()
    office = Office(share)
    yield DavHarness(office, http, media)
    office.close()
