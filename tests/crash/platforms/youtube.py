"""YouTube."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from connectors.practice.youtube import PracticeYouTube, faults
from tests.crash.lies import Liar
from tests.crash.platforms.platform import Seen, Served


@dataclass
class YouTube(Served):
    """The practice YouTube and what its one channel needs to be there."""

    server: PracticeYouTube
    playlist: str

    def __post_init__(self) -> None:
        self.liar = Liar(self.server, faults.Fault)
        self.reset()

    def reset(self) -> None:
        self.server.reset()
        self.server.add_playlist(self.playlist)
        self.liar.be_honest()

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
