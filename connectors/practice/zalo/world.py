"""What exists on the practice Zalo: OAs with their grants, articles, videos, broadcasts, and a ledger."""

from __future__ import annotations

import itertools
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.practice.oddities import Oddities

ACCESS_LIVES = timedelta(hours=25)
REFRESH_LIVES = timedelta(days=90)
TICKET_LIVES = timedelta(hours=1)
WORK_LASTS = timedelta(seconds=30)
"""An article is done after this long even when nobody asks for it."""
CODE_LIVES = timedelta(minutes=10)
WITHOUT_API = ("Cơ bản", "Tiêu chuẩn")
"""Packages without the OpenAPI since 2026-06-01 (facts §0.1)."""
_ARRIVALS_KEPT = 100_000


@dataclass
class Oa:
    """An OA, the one app it trusts, and the pair of tokens that is alive. Empty tokens: a pair is made."""

    id: str
    name: str
    app_id: str = "1234567890123456789"
    app_secret: str = "practice-app-secret"  # noqa: S105  # of this machine
    access_token: str = ""
    refresh_token: str = ""
    package: str = "Tăng trưởng"
    package_until: str = "31/12/2027"
    oa_type: int = 4
    is_verified: bool = True
    followers: int = 1_204
    articles_most: int | None = None
    """How many articles the package allows in all; None: no end."""
    broadcasts_most: int | None = None
    """How many broadcasts the package allows in all; None: no end."""
    api: bool | None = None
    """Whether the package has the OpenAPI; None: as its name says."""
    rights: tuple[str, ...] = ("article", "message")
    """The permission groups that are ticked."""
    callback: str = ""
    """The registered callback address; empty: any on this machine."""
    challenge: str = ""
    """The one code challenge of the console; empty: the link's own counts."""
    needs_proof: bool = False
    calls_per_minute: int = 100
    access_until: datetime | None = None
    refresh_until: datetime | None = None
    used: set[str] = field(default_factory=set)
    """Refresh tokens that were spent."""
    refreshes: int = 0
    refused_refreshes: int = 0
    creates: int = 0
    updates: int = 0
    removes: int = 0
    calls: deque[datetime] = field(default_factory=deque)
    articles: list[Article] = field(default_factory=list)
    broadcasts: list[Broadcast] = field(default_factory=list)

    @property
    def has_api(self) -> bool:
        return self.package not in WITHOUT_API if self.api is None else self.api


@dataclass(frozen=True)
class Broadcast:
    """One article sent to all followers."""

    message: str
    article: str
    at: datetime
    followers: int


@dataclass
class Video:
    """An uploaded video. `status` as `upload_video/verify` counts; `asks_left`: how often it is still 3."""

    token: str
    oa: str
    id: str
    size: int
    sha256: str
    at: datetime
    asks_left: int
    status: int = 1


@dataclass
class Article:
    """`fields` as they were last sent and taken; `shown` counts how often it turned from hide to show."""

    id: str
    oa: str
    number: int
    fields: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    shown: int = 0

    @property
    def public(self) -> bool:
        return self.fields.get("status") == "show"


@dataclass
class Ticket:
    """A create or update under work. `asks_left`: how often verify still says -214."""

    token: str
    oa: str
    fields: dict[str, Any]
    at: datetime
    asks_left: int
    article: str = ""
    done: bool = False
    failed: str = ""


class World:
    """All state. Written by the server's thread; tests read it, and write between requests."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.now = clock
        self.oas: dict[str, Oa] = {}
        self.codes: dict[str, tuple[str, str, datetime]] = {}
        self.verify_delay = 0
        """How often `verify` says -214, or that a video is converted, before it tells the id."""
        self.video_status = 1
        """What becomes of uploaded videos: 1 ready, 2 locked, 4 failed, 5 deleted."""
        self.fetches: Callable[[str], bool] | None = None
        """Whether Zalo can fetch a picture; None: every address will do, it is only written down."""
        self.expires_as_text = True
        self.reset()

    def reset(self, *, oas: bool = False) -> None:
        """Forget articles, tickets, counts and arrivals; with `oas` the OAs too."""
        self.oddities = Oddities()
        self.tickets: dict[str, Ticket] = {}
        self.videos: dict[str, Video] = {}
        self.articles: dict[str, Article] = {}
        self.fetched: list[str] = []
        self.arrivals: deque[tuple[float, float, str, str]] = deque(maxlen=_ARRIVALS_KEPT)
        self._numbers = itertools.count(1)
        if oas:
            self.oas.clear()
            self.codes.clear()
        for oa in self.oas.values():
            oa.articles, oa.broadcasts = [], []
            oa.calls.clear()
            oa.refreshes = oa.refused_refreshes = oa.creates = oa.updates = oa.removes = 0

    def add_oa(self, oa: Oa) -> Oa:
        """Make an OA, or change one that exists; its articles stay."""
        known = self.oas.get(oa.id)
        if known:
            oa.articles, oa.broadcasts = known.articles, known.broadcasts
        self.oas[oa.id] = oa
        if not oa.access_token:
            self.issue(oa)
        else:
            oa.access_until = oa.access_until or self.now() + ACCESS_LIVES
            oa.refresh_until = oa.refresh_until or self.now() + REFRESH_LIVES
        return oa

    def issue(self, oa: Oa) -> tuple[str, str]:
        """A new pair; the old access token is dead at once, the old refresh token spent."""
        if oa.refresh_token:
            oa.used.add(oa.refresh_token)
        oa.access_token = "practice-access-" + secrets.token_urlsafe(24)
        oa.refresh_token = "practice-refresh-" + secrets.token_urlsafe(24)
        oa.access_until, oa.refresh_until = self.now() + ACCESS_LIVES, self.now() + REFRESH_LIVES
        return oa.access_token, oa.refresh_token

    def grant_code(self, oa: Oa, challenge: str) -> str:
        """A one-use code, as a consent hands it out."""
        code = "practice-code-" + secrets.token_urlsafe(16)
        self.codes[code] = (oa.id, challenge, self.now())
        return code

    def take_video(self, oa: Oa, size: int, sha256: str, *, readable: bool) -> Video:
        """Take an uploaded file into work; one that is no video fails."""
        token, name = "practice-video-" + secrets.token_urlsafe(18), secrets.token_hex(8)
        status = self.video_status if readable else 4
        video = Video(token, oa.id, name, size, sha256, self.now(), self.verify_delay, status)
        self.videos[token] = video
        return video

    def send_to_all(self, oa: Oa, article: Article) -> Broadcast:
        """A broadcast to everybody who follows the OA."""
        broadcast = Broadcast(secrets.token_hex(12), article.id, self.now(), oa.followers)
        oa.broadcasts.append(broadcast)
        return broadcast

    def arrived(self, method: str, path: str) -> None:
        self.arrivals.append((time.monotonic(), time.time(), method, path))

    def accept(self, oa: Oa, fields: dict[str, Any], article: str = "") -> Ticket:
        """Take an article into work."""
        token = "practice-ticket-" + secrets.token_urlsafe(18)
        ticket = Ticket(token, oa.id, fields, self.now(), self.verify_delay, article)
        self.tickets[token] = ticket
        if article:
            oa.updates += 1
        else:
            oa.creates += 1
        self.work()
        return ticket

    def work(self) -> None:
        """Finish what is ready: no -214 left, or its time has passed."""
        for ticket in self.tickets.values():
            if not ticket.done and (not ticket.asks_left or self.now() >= ticket.at + WORK_LASTS):
                self._finish(ticket)

    def remove(self, article: Article) -> None:
        oa = self.oas[article.oa]
        oa.articles.remove(article)
        oa.removes += 1
        del self.articles[article.id]

    def public_articles(self, oa: Oa) -> Iterator[Article]:
        """Newest first."""
        self.work()
        return (article for article in reversed(oa.articles) if article.public)

    def ledger(self, *, arrivals: bool = True) -> dict[str, Any]:
        """What happened: counts per OA and in all, pictures asked for, and every arrival in order."""
        self.work()
        per_oa = {oa.id: _counts(oa) for oa in self.oas.values()}
        done = ("creates", "updates", "removes", "public", "hidden", "broadcasts")
        names = (*done, "refreshes", "refused_refreshes")
        told: dict[str, Any] = {
            "total": {name: sum(counts[name] for counts in per_oa.values()) for name in names},
            "oas": per_oa,
            "pictures": list(self.fetched),
        }
        if arrivals:
            keys = ("monotonic", "wall", "method", "path")
            told["arrivals"] = [dict(zip(keys, arrival, strict=True)) for arrival in list(self.arrivals)]
        return told

    def _finish(self, ticket: Ticket) -> None:
        ticket.done, ticket.asks_left = True, 0
        for address in _pictures(ticket.fields):
            self.fetched.append(address)
            if self.fetches and not self.fetches(address):
                ticket.failed = "Upload media failed: Too many failed attempts"
                return
        now = self.now()
        fields = {name: value for name, value in ticket.fields.items() if name != "id"}
        fields.setdefault("status", "hide")
        fields.setdefault("comment", "show")
        article = self.articles.get(ticket.article) if ticket.article else None
        if article is None:
            if ticket.article:
                ticket.failed = "article is removed"
                return
            number = next(self._numbers)
            name = f"{number:04d}{secrets.token_hex(10)}"
            article = Article(name, ticket.oa, number, {}, now, now)
            self.articles[name] = article
            self.oas[ticket.oa].articles.append(article)
            ticket.article = name
        article.shown += fields["status"] == "show" and not article.public
        article.fields, article.updated_at = fields, now


def _pictures(fields: dict[str, Any]) -> list[str]:
    blocks = fields.get("body") if isinstance(fields.get("body"), list) else []
    shown = [
        fields.get("cover", {}).get("photo_url"),
        fields.get("avatar"),
        *(block.get("url") for block in blocks or []),
    ]
    return [address for address in shown if isinstance(address, str) and address]


def _counts(oa: Oa) -> dict[str, int]:
    public = sum(article.public for article in oa.articles)
    return {
        "creates": oa.creates,
        "updates": oa.updates,
        "removes": oa.removes,
        "public": public,
        "hidden": len(oa.articles) - public,
        "broadcasts": len(oa.broadcasts),
        "refreshes": oa.refreshes,
        "refused_refreshes": oa.refused_refreshes,
    }
