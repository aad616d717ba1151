"""Zalo."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.practice.zalo import PracticeZalo, faults
from tests.crash.lies import Liar
from tests.crash.platforms.platform import Seen, Served


@dataclass
class Zalo(Served):
    """One OA of the practice Zalo; the same server stands in for the website that has the pictures."""

    server: PracticeZalo
    oa: str
    app_id: str
    app_secret: str

    def __post_init__(self) -> None:
        self.liar = Liar(self.server, faults.Fault, page="html_504")
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
        self.liar.be_honest()

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
            times = sent[article.id]
            seen += [(told, "sent to all" if times else "on the OA's page")] * max(times, 1)
        return seen

    def hidden(self, folder: Path) -> set[str]:
        self.server.world.work()
        return {article.id for article in self.server.world.oas[self.oa].articles if not article.public}

    def consent(self) -> tuple[str, str]:
        """A new pair of tokens, as after an administrator's consent."""
        return self.server.world.issue(self.server.world.oas[self.oa])


async def _picture(_: Request) -> Response:
    return Response(b"\x89PNG", media_type="image/png")
