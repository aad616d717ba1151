"""The practice platforms as a crash test counts them: what the public sees, what is left unseen.

`public` gives one entry for every public object, telling all that readers get and nothing that differs from
run to run, so that one that lost its picture is not taken for whole. `hidden` gives the platform's own ids.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.practice import PracticeServer, faults
from connectors.practice.videos import Video
from connectors.practice.wordpress import PracticeWordPress
from connectors.practice.youtube import PracticeYouTube
from connectors.practice.youtube import faults as youtube_faults
from connectors.practice.zalo import PracticeZalo
from connectors.practice.zalo import faults as zalo_faults

CHUNK_BYTES = 256 * 1024
"""A video of three chunks need not be 24 MB long."""
_READS = ("GET", "HEAD", "OPTIONS")

Seen = tuple[str, ...]


class Platform(Protocol):
    """One channel's platform."""

    def reset(self) -> None:
        """As if nothing had ever been published."""
        ...

    def public(self, folder: Path) -> list[Seen]: ...

    def hidden(self, folder: Path) -> set[str]: ...

    def loose(self) -> set[str]:
        """Those of the hidden that belong to no post: pictures alone, which no connector takes away."""
        ...

    def violations(self) -> list[str]:
        """Requests that the platform's own documents do not know."""
        ...

    def drop(self, number: int) -> None:
        """Cut the line after accepting the writing call with this number, counted from now on."""
        ...

    @property
    def dropped(self) -> int:
        """How many answers were cut off so far."""
        ...


class _Dropping:
    """Stands before a platform's faults; no kind of call needs naming. `done` counts the answers cut off."""

    def __init__(self, server: Any, cut: Callable[[], Any]) -> None:
        self._faults, self._cut = server.app.faults, cut
        self._take: Callable[..., Any] = self._faults.take
        self.left = self.done = 0
        self._faults.take = self._taken

    def _taken(self, method: str, *rest: str) -> Any:
        if method not in _READS and self.left:
            self.left -= 1
            if not self.left:
                self.done += 1
                return self._cut()
        return self._take(method, *rest)


class _Served:
    """What all platforms with a server have in common."""

    server: Any
    _dropping: _Dropping

    def loose(self) -> set[str]:
        return set()

    def drop(self, number: int) -> None:
        self._dropping.left = number

    @property
    def dropped(self) -> int:
        return self._dropping.done

    def violations(self) -> list[str]:
        return list(getattr(self.server, "violations", []))


class Website:
    """The folder that a web server shows. What a crash may leave there are temporary names."""

    def reset(self) -> None:
        """Each workspace has its own folder."""

    def public(self, folder: Path) -> list[Seen]:
        current = folder / "site" / "current"
        pages = sorted(current.glob("bai/*.html"))
        front = (current / "index.html").read_text("utf-8") if pages else ""
        return [
            (
                page.name,
                f"{page.read_text('utf-8').count('<img')} pictures",
                f"{front.count(page.name)} in the list",
            )
            for page in pages
        ]

    def hidden(self, folder: Path) -> set[str]:
        site = folder / "site"  # an announced record is settled when the section is opened next
        return {str(path.relative_to(site)) for path in site.rglob("*.tmp")}

    def loose(self) -> set[str]:
        return set()

    def violations(self) -> list[str]:
        return []

    def drop(self, number: int) -> None:
        raise NotImplementedError("a folder answers always")

    @property
    def dropped(self) -> int:
        return 0


@dataclass
class Facebook(_Served):
    """One Page of the practice Facebook."""

    server: PracticeServer
    page: str

    def __post_init__(self) -> None:
        self._dropping = _Dropping(self.server, lambda: faults.Fault("cut_after_accept"))

    def reset(self) -> None:
        self.server.reset()
        self.server.world.shelf.chunk_bytes = CHUNK_BYTES
        self._dropping.left = 0

    def public(self, folder: Path) -> list[Seen]:
        world = self.server.world
        return [
            (
                post.message,
                post.link,
                *(world.photos[photo].digest for photo in post.photos),
                *(_film(world.videos[post.video]) if post.video else ()),
            )
            for post in world.public_posts(world.pages[self.page])
        ]

    def hidden(self, folder: Path) -> set[str]:
        """Posts and finished videos. Photos without a post Facebook deletes by itself within a day."""
        world, now = self.server.world, self.server.world.now()
        posts = world.pages[self.page].posts
        return {post.video or post.id for post in posts if not post.is_out(now)}


@dataclass
class WordPress(_Served):
    """The practice site."""

    server: PracticeWordPress

    def __post_init__(self) -> None:
        self._dropping = _Dropping(self.server, lambda: faults.Fault("cut_after_accept"))

    def reset(self) -> None:
        self.server.reset()
        self._dropping.left = 0

    def public(self, folder: Path) -> list[Seen]:
        world = self.server.world
        return [
            (
                post.title,
                post.slug,
                re.sub(r"wp-image-\d+|\"id\":\d+", "", post.content).replace(world.home, ""),
                _digest(world.media[post.featured_media].content) if post.featured_media else "",
                *(world.terms[term].name for term in (*post.tags, *post.categories)),
            )
            for post in world.public()
        ]

    def hidden(self, folder: Path) -> set[str]:
        posts = self.server.world.posts.values()
        return self.loose() | {str(post.id) for post in posts if post.status != "publish"}

    def loose(self) -> set[str]:
        world = self.server.world
        posts = world.posts.values()
        used = " ".join(post.content for post in posts)
        return {
            str(media.id)
            for media in world.media.values()
            if media.file not in used and media.id not in {post.featured_media for post in posts}
        }


@dataclass
class YouTube(_Served):
    """The practice YouTube and what its one channel needs to be there."""

    server: PracticeYouTube
    playlist: str

    def __post_init__(self) -> None:
        self._dropping = _Dropping(self.server, lambda: youtube_faults.Fault("cut_after_accept"))
        self.reset()

    def reset(self) -> None:
        self.server.reset()
        self.server.add_playlist(self.playlist)
        self._dropping.left = 0

    def public(self, folder: Path) -> list[Seen]:
        world = self.server.world
        return [
            (
                str(video.snippet.get("title")),
                str(video.snippet.get("description")),
                video.sha256,
                video.thumbnail,
                f"{sum(track.video == video.id for track in world.tracks.values())} captions",
                f"{sum(entry[1] == video.id for entry in world.playlists[self.playlist])} in the playlist",
            )
            for video in self.server.public_videos()
        ]

    def hidden(self, folder: Path) -> set[str]:
        world = self.server.world
        return {video.id for video in world.videos.values() if not world.is_public(video)}


@dataclass
class Zalo(_Served):
    """One OA of the practice Zalo; the same server stands in for the website that has the pictures."""

    server: PracticeZalo
    oa: str
    app_id: str
    app_secret: str

    def __post_init__(self) -> None:
        self._dropping = _Dropping(self.server, lambda: zalo_faults.Fault("cut_after_accept"))
        self.server.app._people.router.routes.append(
            Route("/media/{name}", _picture, methods=["GET", "HEAD"])
        )
        self.access, self.refresh = f"practice-access-{self.oa}", f"practice-refresh-{self.oa}"
        self.reset()

    def reset(self) -> None:
        self.server.reset()
        self.server.add_oa(
            self.oa,
            "Sở Tư pháp",
            app_id=self.app_id,
            app_secret=self.app_secret,
            access_token=self.access,
            refresh_token=self.refresh,
            calls_per_minute=10_000,  # time stands still here, and with it Zalo's minute
        )
        self._dropping.left = 0

    def public(self, folder: Path) -> list[Seen]:
        world = self.server.world
        films = {video.id: video.sha256 for video in world.videos.values()}
        sent = Counter(broadcast.article for broadcast in world.oas[self.oa].broadcasts)
        seen: list[Seen] = []
        for article in world.public_articles(world.oas[self.oa]):
            fields = dict(article.fields)
            if "video_id" in fields:
                fields["video_id"] = films[fields["video_id"]]
            told = json.dumps(fields, ensure_ascii=False, sort_keys=True)
            seen.append((told, f"sent to all {sent[article.id]} times"))
        return seen

    def hidden(self, folder: Path) -> set[str]:
        self.server.world.work()
        return {article.id for article in self.server.world.oas[self.oa].articles if not article.public}

    def consent(self) -> tuple[str, str]:
        """A new pair of tokens, as after an administrator's consent."""
        return self.server.world.issue(self.server.world.oas[self.oa])


def _film(video: Video) -> Seen:
    captions = sorted(video.captions)
    return (video.title, video.sha256, video.thumbnail, f"captions: {captions}", f"Reel: {video.reel}")


async def _picture(_: Request) -> Response:
    return Response(b"\x89PNG", media_type="image/png")


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
