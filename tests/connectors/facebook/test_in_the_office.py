"""From a post file with a video to a public video or Reel, through approval, queue and lane."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from loa.services import channels
from tests.connectors.facebook.harness import MP4_HEAD
from tests.oracles.facebook import audit
from tests.support.clock import TestClock
from tests.support.office import PAGE, Office, open_office

SIZE = 700_000


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def office(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    with (
        PracticeServer(clock=clock.now, audit=audit) as server,
        open_office(tmp_path / "xa", server, clock) as opened,
    ):
        server.world.shelf.chunk_bytes = 200_000
        channels.add(
            opened.workspace,
            opened.people["ky"],
            "reel",
            platform="facebook",
            account=server.add_page("1002", "Trang Reel").id,
            settings={"base_url": server.url, "video_as": "reel"},
            secrets={"page_token": server.world.pages["1002"].token},
        )
        yield opened
        assert server.violations == []


def approve(office: Office, channel: str) -> None:
    (office.folder / "posts").mkdir(exist_ok=True)
    content = MP4_HEAD + random.Random(3).randbytes(SIZE - len(MP4_HEAD))
    (office.folder / "posts" / "phim.mp4").write_bytes(content)
    office.approved(channels=f"[{channel}]", media="[{file: phim.mp4, alt: Phim về đất đai}]")


def public(office: Office, page: str) -> list[str]:
    world = office.server.world
    return [world.videos[post.video].sha256 for post in world.public_posts(world.pages[page]) if post.video]


@pytest.mark.parametrize("processing_s", [0, 90, 3_000])
@pytest.mark.parametrize(("channel", "page"), [("fanpage", PAGE), ("reel", "1002")])
def test_a_video_comes_out_and_once(
    office: Office, clock: TestClock, channel: str, page: str, processing_s: int
) -> None:
    office.server.world.shelf.processing = timedelta(seconds=processing_s)
    approve(office, channel)
    office.publish_until(clock.now() + timedelta(hours=3))
    assert set(office.statuses().values()) == {"published"}
    assert len(public(office, page)) == len(office.server.world.videos) == 1


@pytest.mark.parametrize(
    ("channel", "kind", "match", "times"),
    [
        ("fanpage", "cut_after_accept", {"edge": ""}, 1),
        ("fanpage", "500_after_accept", {"edge": ""}, 1),
        ("fanpage", "cut_before", {"edge": ""}, 2),
        ("fanpage", "500", {"edge": "videos", "phase": "transfer"}, 5),
        ("fanpage", "cut_after_accept", {"edge": "videos", "phase": "finish"}, 1),
        ("fanpage", "code_4", {"edge": ""}, 1),
        ("reel", "cut_after_accept", {"edge": "video_reels", "phase": "finish"}, 1),
        ("reel", "500_after_accept", {"edge": "video_reels", "phase": "finish"}, 1),
        ("reel", "cut_before", {"edge": "video_reels", "phase": "finish"}, 2),
        ("reel", "cut_mid", {"edge": "video-upload"}, 5),
        ("reel", "offset_invalid", {"edge": "video-upload"}, 5),
        ("reel", "code_613", {"edge": "video_reels", "phase": "finish"}, 1),
    ],
)
def test_on_a_bad_day_it_comes_out_once(
    office: Office, clock: TestClock, channel: str, kind: str, match: dict[str, str], times: int
) -> None:
    office.server.fault(kind, method="POST", times=times, **match)
    approve(office, channel)
    office.publish_until(clock.now() + timedelta(hours=3))
    assert set(office.statuses().values()) == {"published"}
    assert len(public(office, PAGE if channel == "fanpage" else "1002")) == 1


def test_a_video_facebook_cannot_use_fails_with_a_sentence(office: Office, clock: TestClock) -> None:
    office.server.fault("processing_failed", method="POST", edge="videos", phase="finish")
    approve(office, "fanpage")
    office.publish_until(clock.now() + timedelta(hours=3))
    assert set(office.statuses().values()) == {"failed"}
    assert public(office, PAGE) == []
