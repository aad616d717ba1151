"""One office with every channel, closed and ready to be copied, beside all practice platforms."""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from connectors.practice import PracticeServer
from connectors.practice.wordpress import PracticeWordPress
from connectors.practice.youtube import PracticeYouTube
from connectors.practice.zalo import PracticeZalo
from loa import config as settings
from loa.services import channels
from loa.services.moving import settings_with
from loa.services.people import Person
from loa.services.workspace import Workspace
from tests.crash.clock import START, SharedClock
from tests.crash.platforms import Facebook, Platform, Website, WordPress, YouTube, Zalo
from tests.oracles import google
from tests.oracles import zalo as zalo_oracle
from tests.oracles.facebook import audit
from tests.support.office import PAGE, Office, open_office
from tests.support.store import ENGINE

if TYPE_CHECKING:
    from tests.crash.cases import Case
    from tests.support.postgres import Server

DIRECT_PAGE, REEL_PAGE = "1002", "1003"
YT_CHANNEL, YT_PLAYLIST = "UCso-tu-phap-tinh-A0001", "PLphap-luat"
YT_LOGIN = {"client_id": "10001000-p.apps.googleusercontent.com", "client_secret": "GOCSPX-p"}
YT_REFRESH = "1//0practice-refresh"
OA, SENDING_OA = "4001002003", "4001002004"
OA_APP, OA_SECRET = "1234567890123456789", "practice-app-secret-01"
SITE_USER, SITE_PASSWORD = "loa-tac-gia", "Abcd 1234 Efgh 5678 Ijkl 9012"
DUE = START + timedelta(hours=1)
VIDEO_BYTES = 600_000
"""Three chunks (`failpoints.CHUNK_BYTES`)."""


@dataclass
class Platforms:
    """Every practice platform, by channel, on one clock."""

    clock: SharedClock
    by_channel: dict[str, Platform]
    youtube: PracticeYouTube
    zalo: Zalo
    zalo_server: PracticeZalo

    def reset(self) -> None:
        for platform in self.by_channel.values():
            platform.reset()
        self.youtube.world.processing_s = 0
        self.zalo_server.world.verify_delay = 0
        self.clock.instant = START

    def violations(self) -> list[str]:
        return [said for platform in self.by_channel.values() for said in platform.violations()]


@dataclass
class Town:
    """The office with every channel, closed and ready to be copied, and the platforms it talks to."""

    folder: Path
    people: dict[str, Person]
    facebook: PracticeServer
    platforms: Platforms
    server: Server | None = None
    """Where the workspaces' databases are; None: in their folders."""
    _copies: set[Path] = field(default_factory=set)

    @property
    def clock(self) -> SharedClock:
        return self.platforms.clock

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Office]:
        workspace = Workspace.open(folder, self.clock)
        numbers = random.Random(7)
        workspace.new_marker = lambda: f"{numbers.getrandbits(80):020x}"
        try:
            yield Office(workspace, self.facebook, self.clock, self.people)
        finally:
            workspace.close()

    def copy(self, source: Path, target: Path) -> Path:
        """A workspace as it is now, its database with it; nobody may have it open."""
        shutil.copytree(source, target, symlinks=True)
        if self.server is not None:
            _name_database(target, self.server.copy(source.resolve(), target.resolve()))
            self._copies.add(target.resolve())
        return target

    def forget_copies(self) -> None:
        """A server would keep all their databases until it ends."""
        while self._copies:
            assert self.server is not None
            self.server.drop(self._copies.pop())

    def made_ready(self, case: Case, folder: Path) -> Path:
        """A workspace with the case's post approved, nothing published yet."""
        self.platforms.reset()
        self.copy(self.folder, folder)
        with self.opened(folder) as office:
            media = f"[{', '.join(case.media)}]"
            office.approved(channels=f"[{case.channel}]", media=media, due=DUE.isoformat())
            if case.arrange:
                case.arrange(office, self.platforms)
        return folder


@contextmanager
def open_town(folder: Path, server: Server | None = None) -> Iterator[Town]:
    """All platforms running, the office founded; everything is gone afterwards.

    With a `server`, `default_url` is one of its databases (tests/conftest.py): the settings name it for those
    who run without the tests.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clock = SharedClock(folder / "clock", START)
    with (
        PracticeServer(clock=clock, audit=audit) as facebook,
        PracticeWordPress(name="Xã Thống Nhất", clock=clock) as site,
        PracticeYouTube(clock=clock, audit=google.audit, processing_s=0) as youtube,
        PracticeZalo(clock=clock, audit=zalo_oracle.audit) as zalo_server,
    ):
        site.add_user(SITE_USER, SITE_PASSWORD)
        youtube.add_channel(YT_CHANNEL, "Sở Tư pháp", YT_REFRESH, **YT_LOGIN)
        zalo = Zalo(zalo_server, OA, OA_APP, OA_SECRET)
        by_channel: dict[str, Platform] = {
            "website": Website(),
            "fanpage": Facebook(facebook, PAGE),
            "truc-tiep": Facebook(facebook, DIRECT_PAGE),
            "phim-ngan": Facebook(facebook, REEL_PAGE),
            "trang": WordPress(site),
            "kenh": YouTube(youtube, YT_PLAYLIST),
            "oa": zalo,
            "oa-gui": Zalo(zalo_server, SENDING_OA, OA_APP, OA_SECRET),
        }
        office_folder = folder / "xa"
        with open_office(office_folder, facebook, clock) as office:
            _add_channels(office, site, youtube, zalo_server)
            _put_media(office.folder / "posts")
            people = office.people
            if server is not None:
                _name_database(office.folder, office.workspace.default_url())
            if ENGINE == "worker":
                _make_jobs(office)
        platforms = Platforms(clock, by_channel, youtube, zalo, zalo_server)
        yield Town(office_folder, people, facebook, platforms, server)


def _make_jobs(office: Office) -> None:
    """The library's tables: else every copy's first worker makes them."""
    from scheduler.jobs import Jobs

    jobs = Jobs(office.workspace.database, ["lane"], lambda _: Future(), 1)
    jobs.start()
    jobs.drain()
    jobs.join()


def _name_database(folder: Path, url: str) -> None:
    file = folder / settings.FILE
    file.write_text(settings_with(file.read_text("utf-8"), url), "utf-8")


def _add_channels(
    office: Office, site: PracticeWordPress, youtube: PracticeYouTube, oa: PracticeZalo
) -> None:
    def add(channel: str, platform: str, account: str, settings: dict[str, str], **secrets: str) -> None:
        channels.add(
            office.workspace,
            office.people["ky"],
            channel,
            platform=platform,
            account=account,
            settings=settings,
            secrets=secrets,
        )

    graph = office.server.url
    for channel, page, how in (
        ("truc-tiep", DIRECT_PAGE, {"reveal_mode": "direct"}),
        ("phim-ngan", REEL_PAGE, {"video_as": "reel"}),
    ):
        token = office.server.add_page(page, f"Trang {channel}").token
        add(channel, "facebook", page, {"base_url": graph, **how}, page_token=token)
    add("trang", "wordpress", site.url, {"base_url": site.url}, user=SITE_USER, app_password=SITE_PASSWORD)
    tube = {"base_url": youtube.url, "playlist": YT_PLAYLIST}
    add("kenh", "youtube", YT_CHANNEL, tube, **YT_LOGIN, refresh_token=YT_REFRESH)
    at = {"base_url": oa.url, "token_url": oa.token_url, "images_from": oa.url}
    for channel, name, how in (("oa", OA, {}), ("oa-gui", SENDING_OA, {"broadcast": "yes"})):
        known = oa.world.oas[name]
        pair = {"access_token": known.access_token, "refresh_token": known.refresh_token}
        add(channel, "zalo", name, at | how, app_id=OA_APP, app_secret=OA_SECRET, **pair)


def _put_media(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(("anh.png", "anh-2.png")):
        content = io.BytesIO()
        Image.new("RGB", (64, 36), (170, 40 * number, 90)).save(content, "PNG")
        (folder / name).write_bytes(content.getvalue())
    head = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
    (folder / "phim.mp4").write_bytes(head + random.Random(3).randbytes(VIDEO_BYTES - len(head)))
    (folder / "phu-de.vtt").write_bytes("WEBVTT\n\n00:00.000 --> 00:02.000\nXin chào\n".encode())
