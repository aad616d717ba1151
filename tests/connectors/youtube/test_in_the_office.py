"""From a post file with a video to a public video, through approval, queue and lane."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from connectors import registry
from connectors.practice import PracticeServer
from connectors.practice.youtube import PracticeYouTube
from connectors.youtube import YouTubeChannel
from loa.services import channels, login
from loa.services.landing import Landing
from loa.services.login import Step
from tests.connectors.youtube.harness import CHANNEL, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from tests.oracles.google import audit
from tests.support.clock import TestClock
from tests.support.office import Office, open_office

SIZE = 700_000


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def _youtube_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its entry point will make it."""
    known = registry.connector_class
    monkeypatch.setattr(
        registry, "connector_class", lambda name: YouTubeChannel if name == "youtube" else known(name)
    )


@pytest.fixture
def platform(clock: TestClock) -> Iterator[PracticeYouTube]:
    with PracticeYouTube(clock=clock.now, audit=audit, processing_s=90) as server:
        server.add_channel(
            CHANNEL, "Sở Tư pháp", REFRESH_TOKEN, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        )
        yield server
        assert server.violations == []


@pytest.fixture
def channel_office(
    tmp_path: Path, clock: TestClock, platform: PracticeYouTube, _youtube_is_known: None
) -> Iterator[Office]:
    with PracticeServer(clock=clock.now) as facebook, open_office(tmp_path / "xa", facebook, clock) as office:
        channels.add(
            office.workspace,
            office.people["ky"],
            "kenh",
            platform="youtube",
            account=CHANNEL,
            settings={"base_url": platform.url},
            secrets={
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "refresh_token": REFRESH_TOKEN,
            },
        )
        yield office


def approved_video(office: Office) -> str:
    (office.folder / "posts").mkdir(exist_ok=True)
    video = office.folder / "posts" / "phim.mp4"
    head = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
    video.write_bytes(head + random.Random(3).randbytes(SIZE - len(head)))
    return office.approved(channels="[kenh]", media="[{file: phim.mp4, alt: Phim về đất đai}]")


def test_a_health_check_from_the_command_line(channel_office: Office) -> None:
    health = channels.check(channel_office.workspace, channel_office.people["ky"], "kenh")
    assert health.ok
    assert "Sở Tư pháp" in channels.explain(health)


@pytest.mark.parametrize("processing_s", [0, 90, 3_000])
def test_a_video_comes_out_at_its_minute(
    channel_office: Office, platform: PracticeYouTube, clock: TestClock, processing_s: int
) -> None:
    platform.world.processing_s = processing_s
    approved_video(channel_office)
    channel_office.publish_until(clock.now() + timedelta(hours=2))
    assert set(channel_office.statuses().values()) == {"published"}
    (video,) = platform.public_videos()
    assert video.size == SIZE
    assert video.public_since is not None
    assert video.public_since.isoformat() == "2026-11-09T00:00:00+00:00", "07:00 in Vietnam"


@pytest.mark.parametrize(
    ("kind", "operation", "times"),
    [
        ("cut_after_accept", "videos.update", 1),
        ("500_after_accept", "videos.update", 1),
        ("cut_before", "videos.update", 2),
        ("503", "chunk", 5),
        ("cut_after_accept", "videos.insert", 1),
        ("session_gone", "chunk", 1),
        ("reason_userRateLimitExceeded", "videos.update", 1),
        ("expired", "videos.update", 1),
        ("empty_200", "token", 1),
    ],
)
def test_on_a_bad_day_it_comes_out_once(
    channel_office: Office, platform: PracticeYouTube, clock: TestClock, kind: str, operation: str, times: int
) -> None:
    platform.fault(kind, operation=operation, times=times)
    approved_video(channel_office)
    channel_office.publish_until(clock.now() + timedelta(hours=3))
    assert set(channel_office.statuses().values()) == {"published"}
    assert len(platform.public_videos()) == 1
    assert len(platform.world.videos) == 1, "no orphan either"


def test_a_lost_login_stops_the_channel_and_nothing_else(
    channel_office: Office, platform: PracticeYouTube, clock: TestClock
) -> None:
    platform.world.channels[CHANNEL].revoked = True
    approved_video(channel_office)
    channel_office.publish_until(clock.now() + timedelta(hours=2))
    assert set(channel_office.statuses().values()) == {"held"}
    health = channels.check(channel_office.workspace, channel_office.people["ky"], "kenh")
    assert "đăng nhập lại" in channels.explain(health)


class Browser:
    """A person at the command line with a browser beside it: `loa.services.login.Skin`."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def tell(self, step: Step) -> None:
        self.read.append(step.words)

    def ask(self, step: Step, *, secret: bool, default: str) -> str:
        return CLIENT_SECRET if secret else CLIENT_ID

    def choose(self, step: Step, options: Sequence[tuple[str, str]]) -> str:
        return options[0][0]

    def visit(self, step: Step, address: str, landing: Landing | None) -> str:
        assert landing, "the skin listens where Google will send the browser"
        page = requests.get(address, timeout=10).text
        scopes = re.findall(r'name="scope" value="([^"]+)"', page)
        form = {"answer": "allow", "channel": CHANNEL, "scope": scopes}
        assert requests.post(address, data=form, timeout=10).ok  # redirected to the landing
        return landing.wait(10)

    def pause(self, step: Step, seconds: float) -> None:
        raise AssertionError("a browser needs no pause")


def test_a_lost_login_is_given_again_and_what_was_held_goes_out(
    channel_office: Office, platform: PracticeYouTube, clock: TestClock
) -> None:
    workspace, operator = channel_office.workspace, channel_office.people["ky"]
    platform.world.channels[CHANNEL].revoked = True
    approved_video(channel_office)
    channel_office.publish_until(clock.now() + timedelta(hours=2))
    assert set(channel_office.statuses().values()) == {"held"}
    login.sign_in(workspace, operator, login.plan(workspace, operator, "kenh", settings={}), Browser())
    view = channels.get(workspace, "kenh")
    assert view.settings["login"] == "browser"
    assert channels.check(workspace, operator, "kenh").ok
    channel_office.publish_until(clock.now() + timedelta(hours=1))
    assert set(channel_office.statuses().values()) == {"published"}


def test_a_new_channel_is_added_by_signing_in(
    channel_office: Office, platform: PracticeYouTube, clock: TestClock
) -> None:
    workspace, operator = channel_office.workspace, channel_office.people["ky"]
    other = "UCkenh-moi-0000000000003"
    platform.add_channel(other, "Kênh mới", client_id="77-b", client_secret=CLIENT_SECRET)

    class AtAnother(Browser):
        def ask(self, step: Step, *, secret: bool, default: str) -> str:
            return CLIENT_SECRET if secret else "77-b"

        def visit(self, step: Step, address: str, landing: Landing | None) -> str:
            page = requests.get(address, timeout=10).text
            assert other in page
            assert CHANNEL not in page
            form = {"answer": "allow", "channel": other, "scope": re.findall(r'"scope" value="([^"]+)', page)}
            answer = requests.post(address, data=form, timeout=10, allow_redirects=False)
            return answer.headers["location"]  # as pasted by a person whose browser is elsewhere

    what = login.plan(workspace, operator, "moi", platform="youtube", settings={"base_url": platform.url})
    view = login.sign_in(workspace, operator, what, AtAnother())
    assert (view.account, view.name) == (other, "Kênh mới")
    assert channels.check(workspace, operator, "moi").ok
