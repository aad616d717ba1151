"""An office with grassroots channels: people who do what a pack says, and the book that keeps their word."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from connectors import registry
from connectors.conformance import Step, Trouble
from connectors.contract import Account, Context, Handle, Job, Pending, Published, Unit
from connectors.extras import Word
from connectors.http import Http
from connectors.outlets.outlet import ROOM, Outlet
from content.variant import MediaRef, Variant

DUE = datetime(2026, 11, 9, 10, 0, tzinfo=UTC)  # 17:00 in Vietnam
CHANNEL = "loa-xa"
UNIT = "Ủy ban nhân dân xã Thống Nhất"
TEXT = """## Thủ tục

Nộp **tờ khai** tại UBND xã trước 17h30 ngày 15/11.

- Giấy chứng sinh
- Căn cước"""
PLATFORMS = ("loudspeaker", "sms", "leaflet", "notice", "press")


def with_people(made: type[Outlet], harness: OutletHarness) -> Callable[[Context], Outlet]:
    """The same connector where people do it while it waits, and `loa queue done` writes what they say."""

    class WithPeople(made):  # type: ignore[misc, valid-type]
        def poll(self, job: Job, pending: Pending) -> Published | Pending:
            waits = super().poll(job, pending)
            assert isinstance(waits, Pending)
            assert harness.pack(job).is_dir()
            return self.told(job, harness.words.setdefault(job.marker, Word("soan", harness.clock, 3)))

        def reveal(self, job: Job, handle: Handle) -> Published | Pending:
            return super().reveal(job, harness.kept(job, handle))

        def find(self, job: Job, handle: Handle) -> list[Published]:
            return super().find(job, harness.kept(job, handle))

    return WithPeople


@dataclass
class OutletHarness:
    """Implements `connectors.conformance.Harness`; also what other tests work with."""

    platform: str
    http: Http
    workspace: Path
    settings: dict[str, str] = field(default_factory=dict)
    clock: datetime = DUE - timedelta(hours=1)
    language: str = "vi"
    words: dict[str, Word] = field(default_factory=dict)

    troubles: frozenset[Trouble] = frozenset()  # nothing is sent
    secrets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.settings = {"voice": "none", "phone": "0236 3825 123", **self.settings}
        self.media = self.workspace / "media"
        self.media.mkdir()

    def connector(self, **settings: str) -> Outlet:
        return with_people(self._class(), self)(self._context(settings))

    def alone(self, **settings: str) -> Outlet:
        """The connector where nobody says anything."""
        return self._class()(self._context(settings))

    def _class(self) -> Any:
        return registry.connector_class(self.platform)

    def _context(self, settings: dict[str, str]) -> Context:
        return Context(
            account=Account(CHANNEL, CHANNEL, "Loa xã", {**self.settings, **settings}),
            unit=Unit(UNIT, language=self.language),
            http=self.http,
            media=lambda ref: self.media / ref.sha256,
            now=lambda: self.clock,
            workspace=self.workspace,
        )

    def kept(self, job: Job, handle: Handle) -> Handle:
        word = self.words.get(job.marker)
        return {**handle, "word": word.stored()} if word else handle

    def job(self, *, pictures: int = 0, due: datetime = DUE, **changes: Any) -> Job:
        number = next(self._numbers)
        fields: dict[str, Any] = {
            "post": f"bai-{number}",
            "revision": 1,
            "source_sha256": "0" * 64,
            "channel": CHANNEL,
            "platform": self.platform,
            "account": CHANNEL,
            "kind": "ban_tin",
            "title": f"Đăng ký khai sinh cho trẻ em, bài {number}",
            "summary": "Cha mẹ có 60 ngày để đăng ký, không mất phí.",
            "text": TEXT,
            "link": "https://xa.example.vn/khai-sinh",
            "media": tuple(self.picture(number, index) for index in range(pictures)),
            "citations": ("Luật Hộ tịch số 60/2014/QH13",),
            "tags": ("hộ tịch",),
            "author": "",
            "not_before": due,
            "deadline": due + timedelta(hours=6),
            **changes,
        }
        marker = hashlib.sha256(f"{number}".encode()).hexdigest()[:20]
        return Job(f"bai-{number}@{CHANNEL}", marker, Variant(**fields), due)

    def picture(self, number: int = 1, index: int = 0, *, size: tuple[int, int] = (640, 360)) -> MediaRef:
        buffer = io.BytesIO()
        Image.new("RGB", size, (number % 256, 90 + index, 120)).save(buffer, "PNG")
        data = buffer.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        (self.media / digest).write_bytes(data)
        ref = MediaRef(digest, "image/png", len(data), f"anh-{number}-{index}.png")
        return replace(ref, alt="Buổi nói chuyện tại nhà văn hóa", width=size[0], height=size[1])

    def now(self) -> datetime:
        return self.clock

    def public(self, job: Job) -> int:
        return int(job.marker in self.words)

    def traffic(self) -> int:
        return 0

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        raise AssertionError("none declared")

    def pack(self, job: Job) -> Path:
        """The only pack of a delivery."""
        key = hashlib.sha256(job.marker.encode()).hexdigest()[:8]
        (folder,) = (self.workspace / ROOM / CHANNEL).glob(f"*-{key}")
        return folder

    def files(self, job: Job, **settings: str) -> dict[str, bytes]:
        """What a pack holds that is made for this job."""
        return dict(self.alone(**settings).files(job))


def forget(_: Handle) -> None:
    """A save nobody reads."""
