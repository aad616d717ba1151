"""What is published while publishers die: a post for each case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from connectors.zalo.grant import issued
from loa.services import channels
from loa.services.connecting import ChannelSecrets
from tests.crash.town import Platforms
from tests.support.office import Office

PICTURE = "{file: anh.png, alt: Buổi nói chuyện tại nhà văn hóa}"
SECOND_PICTURE = "{file: anh-2.png, alt: Tờ khai đăng ký khai sinh}"
FILM = "{file: phim.mp4, alt: Phim về đất đai}"
CAPTIONS = "{file: phu-de.vtt, alt: Lời thoại tiếng Việt}"


@dataclass(frozen=True)
class Case:
    """One post on one channel. `arrange` changes the workspace once, `before` the platforms before each run.

    A case without a `reason` comes out by itself every time. With one (a regular expression) it may end in
    that `state` instead (`unknown` only when the reveal had begun); `person` does what people must do then.
    """

    name: str
    channel: str
    media: tuple[str, ...]
    arrange: Callable[[Office, Platforms], None] | None = None
    before: Callable[[Platforms], None] | None = None
    state: str = ""
    reason: str = ""
    person: Callable[[Office, Platforms], None] | None = None
    restores: bool = True
    """Whether an older copy of the workspace is of any use: not when a key in it was replaced since."""
    sees_twins: bool = True
    """Whether anybody but its readers can notice that the platform did something twice."""
    unproven: str = ""
    """With which code the connector may, after a restore only, list an orphan and leave it to a person."""


def still_processing(platforms: Platforms) -> None:
    """The due minute comes while YouTube works on the file, so that the reveal has to be polled."""
    platforms.youtube.world.processing_s = 1_820  # it goes up 30 minutes before


def slow_to_tell(platforms: Platforms) -> None:
    """Zalo says twice that an article is being processed."""
    platforms.zalo_server.world.verify_delay = 2


def token_is_due(office: Office, platforms: Platforms) -> None:
    """The access token is to be renewed before the first call."""
    zalo = platforms.zalo
    pair = issued(zalo.access, zalo.refresh, timedelta(hours=4), platforms.clock.now())
    ChannelSecrets(office.workspace, "oa").replace(pair)


def consents_again(office: Office, platforms: Platforms) -> None:
    """What an administrator and an officer do when a channel's key is lost."""
    access, refresh = platforms.zalo.consent()
    secrets = {"access_token": access, "refresh_token": refresh}
    officer = office.people["ky"]
    channels.change(office.workspace, officer, "oa", settings={}, secrets=secrets)
    assert channels.check(office.workspace, officer, "oa").ok


CASES = (
    Case("website", "website", (PICTURE, SECOND_PICTURE)),
    Case("wordpress", "trang", (PICTURE, SECOND_PICTURE)),
    Case(
        "facebook (two_step)",
        "fanpage",
        (PICTURE, SECOND_PICTURE),
        unproven="fb:orphan-unproven",  # its photos' ids were written down in the life that is lost
    ),
    Case("facebook (direct)", "truc-tiep", (PICTURE, SECOND_PICTURE)),
    Case("facebook (direct), words only", "truc-tiep", ()),  # a picture is taken by one post only
    Case("facebook video (two_step)", "fanpage", (FILM, PICTURE, CAPTIONS)),
    Case("facebook video (direct)", "truc-tiep", (FILM, PICTURE)),
    Case("facebook Reel", "phim-ngan", (FILM,)),
    Case("youtube", "kenh", (FILM, PICTURE, CAPTIONS), before=still_processing),
    Case("zalo", "oa", (PICTURE,), before=slow_to_tell),
    Case(
        "zalo video",
        "oa",
        (FILM, PICTURE),
        before=slow_to_tell,
        unproven="zalo:orphan-unproven",  # whose video it is was written down in the life that is lost
    ),
    Case(
        "zalo (token due)",
        "oa",
        (PICTURE,),
        arrange=token_is_due,
        state="held",
        reason="zalo:(renewal-lost|refresh-used)",
        person=consents_again,
        restores=False,
    ),
    Case(
        "zalo (sent to all)",
        "oa-gui",
        (PICTURE,),
        state="unknown",
        reason="settle.no_way_to_tell",  # Zalo does not say whether a broadcast left: never a second one
        restores=False,
        sees_twins=False,  # Zalo has no list of what it sent
    ),
)
