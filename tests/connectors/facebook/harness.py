"""A Facebook Page on the practice platform, as tests hold it."""

from __future__ import annotations

import io
import itertools
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from PIL import Image

from connectors.conformance import Step, Trouble
from connectors.contract import Account, Context, Handle, Job, Unit
from connectors.facebook import FacebookPage
from connectors.facebook.upload import STALLS_MOST
from connectors.http import Http
from connectors.practice import PracticeServer
from content.variant import MediaRef, Variant

PAGE = "100200300"
TOKEN = "EAAPracticeToken0123456789"
APP_SECRET = "3f5c9a7be1d24680"
MP4_HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

KINDS: dict[Trouble, str] = {
    "error_after_accept": "500_after_accept",
    "cut_after_accept": "cut_after_accept",
    "cut_before": "cut_before",
    "html": "html_502",
    "empty": "empty_200",
    "truncated": "truncated_200",
    "wrong_types": "wrong_types_200",
    "throttled": "code_4",
    "auth_lost": "code_190",
}


@dataclass
class Clock:
    """Time that moves only when told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class PageHarness:
    """Implements `connectors.conformance.Harness` for one mode; also what other tests work with.

    With `footage` every job has a video, with pictures also a thumbnail, with two also captions.
    """

    troubles = frozenset(KINDS)
    secrets = (TOKEN, APP_SECRET)

    def __init__(
        self,
        server: PracticeServer,
        http: Http,
        clock: Clock,
        folder: Path,
        *,
        footage: bool = False,
        prepare_phase: str | None = None,
        **settings: str,
    ):
        self.footage, self.prepare_phase = footage, prepare_phase
        self.server, self.http, self.clock, self.folder = server, http, clock, folder
        self.settings = {"base_url": server.url, **settings}
        self.mode = settings.get("reveal_mode", "two_step")
        self.token = TOKEN
        self._numbers = itertools.count(1)

    def connector(self, **settings: str) -> FacebookPage:
        account = Account(
            channel="fb-so-tu-phap",
            account=PAGE,
            name="Sở Tư pháp",
            settings={**self.settings, **settings},
            secrets={"page_token": self.token, "app_secret": APP_SECRET},
        )
        context = Context(
            account=account,
            unit=Unit("Sở Tư pháp tỉnh A"),
            http=self.http,
            media=lambda ref: self.folder / ref.name,
            now=self.clock,
            workspace=self.folder,
        )
        return FacebookPage(context)

    def job(
        self,
        *,
        pictures: int = 0,
        text: str | None = None,
        link: str = "",
        alt: str = "Ảnh",
        media: tuple[MediaRef, ...] | None = None,
        size: int = 300_000,
    ) -> Job:
        number = next(self._numbers)
        if media is None:
            media = tuple(self._picture(number, index, alt) for index in range(pictures))
            if self.footage:
                tracks = (
                    (self.captions(f"phu-de-{number}.vtt"),) if pictures > 1 and self.takes_captions else ()
                )
                media = (self.video(f"phim-{number}.mp4", size=size, seed=number), *media[:1], *tracks)
        variant = Variant(
            post=f"bai-{number}",
            revision=1,
            source_sha256="0" * 64,
            channel="fb-so-tu-phap",
            platform="facebook",
            account=PAGE,
            kind="news",
            title="Luật Đất đai",
            summary="",
            text=f"Bài số {number}\r\nĐiều 1. Phạm vi điều chỉnh " if text is None else text,
            link=link,
            media=media,
            citations=(),
            tags=(),
            author="lan",
            not_before=self.clock(),
            deadline=self.clock() + timedelta(hours=6),
        )
        return Job(f"delivery-{number}", f"loa-{number}", variant, self.clock())

    def twin(self, job: Job) -> Job:
        """Another delivery that says the same; its files, as in any office, are its own."""
        media = self.job(pictures=len(job.variant.media)).variant.media
        number = next(self._numbers)
        return replace(
            job,
            delivery=f"delivery-{number}",
            marker=f"loa-{number}",
            variant=replace(job.variant, post=f"bai-{number}", media=media),
        )

    def now(self) -> datetime:
        return self.clock()

    def public(self, job: Job) -> int:
        page = self.server.world.pages[PAGE]
        key = job.variant.text.splitlines()[0]
        return sum(key in post.message.splitlines() for post in self.server.world.public_posts(page))

    def hidden(self, job: Job) -> int:
        """Loose photos and unfinished uploads are no objects anybody sees: Facebook drops them by itself."""
        page, now = self.server.world.pages[PAGE], self.clock()
        key = job.variant.text.splitlines()[0]
        return sum(key in post.message.splitlines() and not post.is_out(now) for post in page.posts)

    def jump(self, to: datetime) -> None:
        self.clock.now = to

    @property
    def takes_captions(self) -> bool:
        return self.mode == "two_step" and self.settings.get("video_as") != "reel"

    def traffic(self) -> int:
        return len(self.server.world.arrivals)

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        two_step = self.mode == "two_step"
        upload = "video_reels" if self.settings.get("video_as") == "reel" else "videos"
        if step == "read":
            self.server.fault(KINDS[trouble], method="GET", times=times)
        elif not self.footage:
            edge = {"prepare": "feed" if two_step else "photos", "reveal": "" if two_step else "feed"}[step]
            self.server.fault(KINDS[trouble], method="POST", edge=edge, times=times)
        elif step == "prepare":
            phase = self.prepare_phase or "start"
            times *= STALLS_MOST + 1 if phase == "transfer" else 1  # fewer are got over unseen
            self.server.fault(KINDS[trouble], method="POST", edge=upload, phase=phase, times=times)
        elif two_step and upload == "videos":
            self.server.fault(KINDS[trouble], method="POST", edge="", times=times)
        else:
            self.server.fault(KINDS[trouble], method="POST", edge=upload, phase="finish", times=times)

    def prepare(self, job: Job, handle: Handle | None = None) -> Handle:
        return self.connector().prepare(job, handle or {}, lambda _: None)

    def video(self, name: str, *, size: int, seed: int = 0, shape: bytes = b"") -> MediaRef:
        """Looks like an MP4 to whom only its first bytes and its index matter."""
        data = (MP4_HEAD + shape + random.Random(seed).randbytes(size))[:size]
        (self.folder / name).write_bytes(data)
        return MediaRef(sha256(data).hexdigest(), "video/mp4", size, name, "Phim")

    def captions(self, name: str) -> MediaRef:
        data = "WEBVTT\n\n00:00.000 --> 00:02.000\nXin chào\n".encode()
        (self.folder / name).write_bytes(data)
        return MediaRef(sha256(data).hexdigest(), "text/vtt", len(data), name)

    def _picture(self, number: int, index: int, alt: str) -> MediaRef:
        content = io.BytesIO()
        Image.new("RGB", (8, 8), (number % 256, index, 90)).save(content, "PNG")
        name = f"anh-{number}-{index}.png"
        (self.folder / name).write_bytes(content.getvalue())
        digest = sha256(f"{number}/{index}".encode()).hexdigest()
        return MediaRef(digest, "image/png", len(content.getvalue()), name, alt)
