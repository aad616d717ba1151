"""A YouTube channel on the practice platform, as tests hold it."""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from PIL import Image

from connectors.conformance import Step, Trouble
from connectors.contract import Account, Context, Handle, Job, Pending, Published, Unit
from connectors.http import Http
from connectors.practice.youtube import PracticeYouTube
from connectors.practice.youtube.world import Channel, Video
from connectors.youtube import YouTubeChannel
from content.variant import MediaRef, Variant

CHANNEL = "UCso-tu-phap-tinh-A0001"
PLAYLIST = "PLphap-luat"
REFRESH_TOKEN = "1//0practice-refresh-Zx81kQ"
CLIENT_ID = "10001000-practice.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-9f2d-practice"
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
KIB = 1024
QUANTUM = 256 * KIB

KINDS: dict[Trouble, str] = {
    "error_after_accept": "500_after_accept",
    "cut_after_accept": "cut_after_accept",
    "cut_before": "cut_before",
    "html": "html_502",
    "empty": "empty_200",
    "truncated": "truncated_200",
    "wrong_types": "wrong_types_200",
    "throttled": "reason_quotaExceeded",
    "auth_lost": "revoked",
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
class Safe:
    """A `SecretStore` in memory; `events` tells what was done in which order."""

    values: dict[str, str]
    events: list[str] = field(default_factory=list)

    def read(self) -> Mapping[str, str]:
        return dict(self.values)

    @contextmanager
    def alone(self) -> Iterator[None]:
        self.events.append("alone")
        yield
        self.events.append("free")

    def replace(self, secrets: Mapping[str, str]) -> None:
        self.values.update(secrets)
        self.events.append(f"replace {', '.join(secrets)}")


class ChannelHarness:
    """Implements `connectors.conformance.Harness`; also what other tests work with.

    `prepare_step` is the operation that goes wrong in `prepare`. A job has one video of a quarter MiB and a
    bit; with pictures also a thumbnail, captions, and with three the playlist of the settings.
    """

    troubles = frozenset(KINDS)

    def __init__(
        self,
        server: PracticeYouTube,
        http: Http,
        clock: Clock,
        folder: Path,
        *,
        prepare_step: str = "videos.insert",
        **settings: str,
    ):
        self.server, self.http, self.clock, self.folder = server, http, clock, folder
        self.prepare_step = prepare_step
        self.settings = {"base_url": server.url, **settings}
        self.safe = Safe(
            {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN}
        )
        self._numbers = itertools.count(1)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (REFRESH_TOKEN, CLIENT_SECRET, "ya29.")

    @property
    def channel(self) -> Channel:
        return self.server.world.channels[CHANNEL]

    def connector(self, *, account: str = CHANNEL, **settings: str) -> YouTubeChannel:
        its = Account(
            channel="yt-so-tu-phap",
            account=account,
            name="Sở Tư pháp",
            settings={**self.settings, **settings},
            secrets=dict(self.safe.values),
        )
        context = Context(
            account=its,
            unit=Unit("Sở Tư pháp tỉnh A"),
            http=self.http,
            media=lambda ref: self.folder / ref.name,
            now=self.clock,
            workspace=self.folder,
            secrets=self.safe,
        )
        return YouTubeChannel(context)

    def job(
        self,
        *,
        pictures: int = 0,
        size: int = QUANTUM + 1_000,
        title: str | None = None,
        text: str = "Điều 1. Phạm vi điều chỉnh",
        link: str = "",
        tags: tuple[str, ...] = ("đất đai",),
        media: tuple[MediaRef, ...] | None = None,
    ) -> Job:
        number = next(self._numbers)
        if media is None:
            media = (self.video(f"phim-{number}.mp4", size=size, seed=number),)
            if pictures >= 1:
                media += (self.picture(f"anh-{number}.png", seed=number),)
            if pictures >= 2:
                media += (self.captions(f"phu-de-{number}.vtt"),)
        variant = Variant(
            post=f"bai-{number}",
            revision=1,
            source_sha256="0" * 64,
            channel="yt-so-tu-phap",
            platform="youtube",
            account=CHANNEL,
            kind="video",
            title=f"Luật Đất đai, bài số {number}" if title is None else title,
            summary="",
            text=text,
            link=link,
            media=media,
            citations=(),
            tags=tags,
            author="lan",
            not_before=self.clock(),
            deadline=self.clock() + timedelta(hours=6),
        )
        return Job(f"delivery-{number}", f"loa-{number}-7f3a", variant, self.clock())

    def video(self, name: str, *, size: int, seed: int = 0) -> MediaRef:
        data = random.Random(seed).randbytes(size)
        (self.folder / name).write_bytes(data)
        return MediaRef(sha256(data).hexdigest(), "video/mp4", size, name, "Phim")

    def picture(self, name: str, *, seed: int = 0) -> MediaRef:
        content = io.BytesIO()
        Image.new("RGB", (16, 9), (seed % 256, 40, 90)).save(content, "PNG")
        return self._file(name, "image/png", content.getvalue())

    def captions(self, name: str) -> MediaRef:
        return self._file(name, "text/vtt", "WEBVTT\n\n00:00.000 --> 00:02.000\nXin chào\n".encode())

    def _file(self, name: str, mime: str, data: bytes) -> MediaRef:
        (self.folder / name).write_bytes(data)
        return MediaRef(sha256(data).hexdigest(), mime, len(data), name, "Ảnh")

    def now(self) -> datetime:
        return self.clock()

    def public(self, job: Job) -> int:
        return sum(video.snippet.get("title") == job.variant.title for video in self.server.public_videos())

    def hidden(self, job: Job) -> int:
        return len(self.videos(job)) - self.public(job)

    def jump(self, to: datetime) -> None:
        assert to >= self.clock()
        self.clock.now = to  # the practice platform was given the same clock

    def videos(self, job: Job) -> list[Video]:
        """Every finished upload of this delivery, public or not."""
        known = self.server.world.videos.values()
        return [video for video in known if video.snippet.get("title") == job.variant.title]

    def traffic(self) -> int:
        return len(self.server.world.arrivals)

    def operations(self) -> list[str]:
        return [arrival[3] for arrival in self.server.world.arrivals]

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        if step == "read":
            self.server.fault(KINDS[trouble], method="GET", times=times)
        else:
            operation = {"prepare": self.prepare_step, "reveal": "videos.update"}[step]
            self.server.fault(KINDS[trouble], operation=operation, times=times)

    def publish(self, job: Job) -> tuple[Handle, Published]:
        connector = self.connector()
        handle = connector.prepare(job, {}, lambda _: None)
        outcome = connector.reveal(job, handle)
        assert not isinstance(outcome, Pending)
        return handle, outcome
