"""Facebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from connectors.practice import PracticeServer, faults
from connectors.practice.videos import Video
from tests.crash.failpoints import CHUNK_BYTES
from tests.crash.lies import Liar
from tests.crash.platforms.platform import Seen, Served


@dataclass
class Facebook(Served):
    """One Page of the practice Facebook."""

    server: PracticeServer
    page: str

    def __post_init__(self) -> None:
        self.liar = Liar(self.server, faults.Fault)

    def reset(self) -> None:
        self.server.reset()
        self.server.world.shelf.chunk_bytes = CHUNK_BYTES
        self.liar.be_honest()

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


def _film(video: Video) -> Seen:
    captions = sorted(video.captions)
    return (video.title, video.sha256, video.thumbnail, f"captions: {captions}", f"Reel: {video.reel}")
