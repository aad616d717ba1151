"""WordPress."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from connectors.practice import faults
from connectors.practice.wordpress import PracticeWordPress
from tests.crash.lies import Liar
from tests.crash.platforms.platform import Seen, Served


@dataclass
class WordPress(Served):
    """The practice site."""

    server: PracticeWordPress

    def __post_init__(self) -> None:
        self.liar = Liar(self.server, faults.Fault)

    def reset(self) -> None:
        self.server.reset()
        self.liar.be_honest()

    def public(self, folder: Path) -> list[Seen]:
        world = self.server.world
        return [
            (
                post.title,
                post.slug,
                self._shown(post.content),
                _digest(world.media[post.featured_media].content) if post.featured_media else "",
                *(world.terms[term].name for term in (*post.tags, *post.categories)),
            )
            for post in world.public()
        ]

    def _shown(self, content: str) -> str:
        """With each picture's digest in place of its name: WordPress numbers one that it has already."""
        for media in self.server.world.media.values():
            content = content.replace(media.file, _digest(media.content))
        return re.sub(r"wp-image-\d+|\"id\":\d+", "", content).replace(self.server.world.home, "")

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


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
