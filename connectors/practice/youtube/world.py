"""What exists on the practice YouTube: logins, channels, sessions, videos, and a ledger of what arrived."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors.practice.comments import CommentBook
from connectors.practice.oddities import Oddities

_ROOT = "https://www.googleapis.com/auth/"
ALL_SCOPES = (
    f"{_ROOT}youtube.force-ssl",
    f"{_ROOT}youtube.readonly",
    f"{_ROOT}yt-analytics.readonly",
)
DAILY = {"uploads": 100, "search": 100, "stats": 10_000, "units": 10_000}
"""Quota Calculator, in buckets since 2026-06-01."""
TOKEN_LASTS_S = 3_599
_PACIFIC = ZoneInfo("America/Los_Angeles")
_ARRIVALS_KEPT = 200_000


@dataclass
class Channel:
    """A channel and the one login that may use it. `project` is the Cloud project whose quota it eats."""

    id: str
    title: str
    refresh_token: str
    client_id: str = "10001000-practice.apps.googleusercontent.com"
    client_secret: str = "GOCSPX-practice-secret"  # noqa: S105 nothing real is behind it
    scopes: tuple[str, ...] = ALL_SCOPES
    long_uploads: str = "allowed"
    privacy: str = "public"
    revoked: bool = False
    rotates: bool = False
    """Whether the next renewal hands out a new refresh token and forgets the old one."""
    client_kind: str = "any"
    """`desktop` cannot have device codes, `tv` no redirect; `any` may both, which no real client may."""
    testing: bool = False
    """The consent screen is in "Testing": a new refresh token ends after seven days."""
    login_ends_at: datetime | None = None
    withheld: int = 0
    """How many consents bring no refresh token, as for an account that consented to the app before."""
    spent: set[str] = field(default_factory=set)
    """Refresh tokens that were good once."""
    subscribers: int | None = 12_345
    """None: the channel hides them."""
    signed_up: bool = True
    """Whether the Google account has a channel at all."""
    siblings: tuple[str, ...] = ()
    """Other channels that this login is told about."""
    uploads_a_day: int = 0
    """The channel's own limit; 0 for none."""
    stays_private: bool = False
    """Answers an update with 200 and keeps the video private, as unverified projects once were."""
    calls: int = 0

    @property
    def uploads_playlist(self) -> str:
        return "UU" + self.id[2:]

    @property
    def project(self) -> str:
        return self.client_id.partition("-")[0]


@dataclass
class Session:
    """A resumable upload; the bytes lie in `path`, their digest grows with them."""

    id: str
    channel: str
    part: list[str]
    body: dict[str, Any]
    size: int
    mime: str
    name: str
    path: Path
    outcome: str = ""
    stored: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    video: str = ""


@dataclass
class Video:
    """A finished upload. `outcome` is empty, or `failed_X` / `rejected_X` once processing is over."""

    id: str
    channel: str
    snippet: dict[str, Any]
    status: dict[str, Any]
    path: Path
    size: int
    mime: str
    sha256: str
    file_name: str
    uploaded_at: datetime
    processed_at: datetime
    listed_at: datetime
    details_at: datetime
    outcome: str = ""
    thumbnail: str = ""
    thumbnail_type: str = ""
    public_since: datetime | None = None
    reveals: int = 0
    counts: dict[str, int | None] = field(default_factory=dict)
    """Counters set by hand; None hides one."""
    analytics: dict[str, int] = field(default_factory=dict)


@dataclass
class Track:
    """Captions of one language."""

    id: str
    video: str
    language: str
    name: str
    content: bytes


class World:
    """All state. Written by the server's thread; tests and the demo read it, and write between requests."""

    def __init__(self, clock: Callable[[], datetime], folder: Path, *, processing_s: float) -> None:
        self.now = clock
        self.folder = folder
        self.processing_s = processing_s
        self.listing_delay_s = 0.0
        self.details_delay_s = 0.0
        self.twins_in_playlists = False
        """Whether a playlist takes a video a second time, as YouTube's own page offers to."""
        self.shorts = False
        """Whether uploads are Shorts, which take a thumbnail only once they are processed."""
        self.daily = dict(DAILY)
        self.url = ""
        self.channels: dict[str, Channel] = {}
        self.reset()

    def reset(self, *, channels: bool = False) -> None:
        """Forget videos, sessions, counts and arrivals; with `channels` the channels too."""
        self.oddities = Oddities()
        self.sessions: dict[str, Session] = {}
        self.videos: dict[str, Video] = {}
        self.comments = CommentBook(lambda: self.now())
        self.tracks: dict[str, Track] = {}
        self.playlists: dict[str, list[tuple[str, str, datetime]]] = {}
        self.blobs: dict[str, Path] = {}
        self.access: dict[str, tuple[str, datetime]] = {}
        self.arrivals: deque[tuple[float, float, str, str]] = deque(maxlen=_ARRIVALS_KEPT)
        self.used: dict[tuple[str, str, str], int] = {}
        self._numbers = itertools.count(1)
        self._started = 0
        if channels:
            self.channels.clear()
        for channel in self.channels.values():
            channel.calls, channel.revoked, channel.withheld = 0, False, 0
        for path in self.folder.glob("*.part"):
            path.unlink()

    # logins

    def add_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel

    def grant(self, channel: Channel) -> str:
        token = f"ya29.practice-{next(self._numbers):06d}-{channel.id[-6:]}"
        self.access[token] = (channel.id, self.now() + timedelta(seconds=TOKEN_LASTS_S))
        return token

    def holder(self, token: str) -> Channel | None:
        """The channel a token is good for now."""
        known = self.access.get(token)
        if not known or known[1] <= self.now() or self.channels[known[0]].revoked:
            return None
        return self.channels[known[0]]

    def expire(self, channel: Channel) -> None:
        self.access = {token: held for token, held in self.access.items() if held[0] != channel.id}

    def revoke(self, channel: Channel) -> None:
        channel.revoked = True
        self.expire(channel)

    # quota

    def spend(self, channel: Channel, bucket: str, cost: int) -> bool:
        """Take from a bucket of the project; False when it is empty."""
        key = (channel.project, self.now().astimezone(_PACIFIC).date().isoformat(), bucket)
        self.used[key] = self.used.get(key, 0) + cost
        return self.used[key] <= self.daily[bucket]

    # uploads

    def open_session(
        self, channel: Channel, part: list[str], body: dict[str, Any], *, size: int, mime: str, name: str
    ) -> Session:
        number = f"{next(self._numbers):06d}"
        session = Session(
            f"practice-session-{number}",
            channel.id,
            part,
            body,
            size,
            mime,
            name,
            self.folder / f"{number}.part",
        )
        session.path.touch()
        self.sessions[session.id] = session
        self._started += 1
        return session

    def append(self, session: Session, data: bytes) -> None:
        with session.path.open("ab") as file:
            file.write(data)
        session.digest.update(data)
        session.stored += len(data)

    def finish(self, session: Session) -> Video:
        """Every byte is there: the file gets its digest for a name, and the video begins to be processed."""
        sha256 = session.digest.hexdigest()
        path = self.folder / f"{sha256}.video"
        session.path.replace(path)
        now = self.now()
        snippet = session.body.get("snippet", {}) if "snippet" in session.part else {}
        status = session.body.get("status", {}) if "status" in session.part else {}
        video = Video(
            id=f"pr{next(self._numbers):09d}",
            channel=session.channel,
            snippet=dict(snippet),
            status={"privacyStatus": "public", **status},
            path=path,
            size=session.size,
            mime=session.mime,
            sha256=sha256,
            file_name=session.name,
            uploaded_at=now,
            processed_at=now + timedelta(seconds=self.processing_s),
            listed_at=now + timedelta(seconds=self.listing_delay_s),
            details_at=now + timedelta(seconds=self.details_delay_s),
            outcome=session.outcome,
        )
        self.videos[video.id] = video
        session.video = video.id
        self._note_public(video)
        return video

    def keep_blob(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        path = self.folder / f"{digest}.blob"
        path.write_bytes(content)
        self.blobs[digest] = path
        return digest

    def add_track(self, video: str, language: str, name: str, content: bytes) -> Track:
        track = Track(f"caption-{next(self._numbers)}", video, language, name, content)
        self.tracks[track.id] = track
        return track

    def add_to_playlist(self, playlist: str, video: str) -> str:
        name = f"item-{next(self._numbers)}"
        self.playlists[playlist].append((name, video, self.now()))
        return name

    # a video's life

    def stage(self, video: Video) -> str:
        """`status.uploadStatus`."""
        if self.now() < video.processed_at:
            return "uploaded"
        return video.outcome.partition("_")[0] or "processed"

    def set_status(self, video: Video, status: dict[str, Any]) -> None:
        """What a request leaves out is gone: that is how `videos.update` works."""
        if self.channels[video.channel].stays_private:
            status = {**status, "privacyStatus": "private"}
        video.status = {"privacyStatus": "public", **status}
        if video.status["privacyStatus"] == "public":
            video.reveals += 1
        self._note_public(video)

    def is_public(self, video: Video) -> bool:
        """Whether anybody can open it, processed or not. A `publishAt` that has come shows it."""
        if self.stage(video) in ("failed", "rejected"):
            return False
        at = publish_at(video)
        if at is not None and at <= self.now():
            video.status = {**video.status, "privacyStatus": "public"}
            video.status.pop("publishAt")
            video.public_since = video.public_since or at
        return bool(video.status["privacyStatus"] == "public")

    def was_public(self, video: Video) -> bool:
        return self.is_public(video) or video.public_since is not None

    def remove(self, video: Video) -> None:
        del self.videos[video.id]
        for playlist, entries in self.playlists.items():
            self.playlists[playlist] = [entry for entry in entries if entry[1] != video.id]

    def public_videos(self) -> Iterator[Video]:
        """Newest first."""
        return (video for video in reversed(list(self.videos.values())) if self.is_public(video))

    def _note_public(self, video: Video) -> None:
        if video.public_since is None and video.status["privacyStatus"] == "public":
            video.public_since = self.now()

    # ledger

    def arrived(self, method: str, operation: str) -> None:
        self.arrivals.append((time.monotonic(), time.time(), method, operation))

    def ledger(self, *, arrivals: bool = True) -> dict[str, Any]:
        """What happened: counts per channel and in all, and every arrival in order."""
        per_channel = {channel.id: self._counts(channel) for channel in self.channels.values()}
        names = ("creates", "reveals", "hidden", "public", "calls")
        told: dict[str, Any] = {
            "total": {name: sum(counts[name] for counts in per_channel.values()) for name in names},
            "channels": per_channel,
        }
        told["total"]["sessions"] = self._started
        if arrivals:
            keys = ("monotonic", "wall", "method", "operation")
            told["arrivals"] = [dict(zip(keys, arrival, strict=True)) for arrival in list(self.arrivals)]
        return told

    def _counts(self, channel: Channel) -> dict[str, int]:
        videos = [video for video in self.videos.values() if video.channel == channel.id]
        public = sum(self.is_public(video) for video in videos)
        return {
            "creates": len(videos),
            "reveals": sum(video.reveals for video in videos),
            "hidden": len(videos) - public,
            "public": public,
            "calls": channel.calls,
        }


def publish_at(video: Video) -> datetime | None:
    """The time at which YouTube will show it, aware UTC."""
    at = video.status.get("publishAt")
    return datetime.fromisoformat(at).astimezone(UTC) if at else None
