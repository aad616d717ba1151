"""Phòng tập huấn: all practice platforms in one process, and the start page that leads to them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import requests

from connectors.practice import places
from connectors.practice.faults import KINDS as FACEBOOK_FAULTS
from connectors.practice.places import COVER, MOMENTS, PLATFORMS, SITE, Place
from connectors.practice.running import Server, address_of, config, listen, utc_now
from connectors.practice.server import START_TIMEOUT_S, PracticeServer
from connectors.practice.start import start_app
from connectors.practice.wordpress.faults import KINDS as WORDPRESS_FAULTS
from connectors.practice.wordpress.server import PracticeWordPress
from connectors.practice.world import Page
from connectors.practice.youtube.faults import KINDS as YOUTUBE_FAULTS
from connectors.practice.youtube.server import PracticeYouTube
from connectors.practice.zalo.faults import KINDS as ZALO_FAULTS
from connectors.practice.zalo.server import PracticeZalo
from content.wording import say

if TYPE_CHECKING:
    from connectors.practice.app import PracticeApp

ROOMY = 6_000
"""Calls a minute on the practice OA: a whole campaign goes out in seconds here, as it never does for real."""
FETCH_TIMEOUT_S = 5.0
_NOT_TOLD: Any = {"login": {}, "faults": (), "moments": {}}
"""Of a thousand units: the same as of the first account."""


class PracticeHall:
    """Four platforms on four ports and a start page on a fifth; a context manager.

    >>> with PracticeHall() as hall:
    ...     hall.url, [place.platform for place in hall.places()]
    ('http://127.0.0.1:…', ['facebook', 'youtube', 'zalo', 'wordpress'])

    With a `port` the platforms have the ports after it, each always the same one. All worlds live in
    memory. `site` is the folder of the unit's website, shown at `/site/`; Zalo fetches pictures from there.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        only: Iterable[str] = PLATFORMS,
        pages: Iterable[Page] = (),
        site: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
        units: int = 0,
    ) -> None:
        after = {name: port + number if port else 0 for number, name in enumerate(PLATFORMS, 1)}
        self.only = tuple(name for name in PLATFORMS if name in set(only))
        self.facebook = PracticeServer(host=host, port=after["facebook"], pages=pages, clock=clock)
        self.youtube = PracticeYouTube(host=host, port=after["youtube"], clock=clock)
        self.zalo = PracticeZalo(host=host, port=after["zalo"], clock=clock)
        site_name = say("practice.accounts.wordpress")
        self.wordpress = PracticeWordPress(host=host, port=after["wordpress"], name=site_name, clock=clock)
        self.url = ""
        self._host, self._port = host, port
        self._units = units
        self._app = start_app(self.places, site, self.units)
        self._running = contextlib.ExitStack()
        self._open_accounts()

    def places(self) -> list[Place]:
        """What stands open, with the tokens of this moment."""
        made = {
            "facebook": self._facebook,
            "youtube": self._youtube,
            "zalo": self._zalo,
            "wordpress": self._wordpress,
        }
        return [made[name]() for name in self.only]

    def units(self) -> list[Place]:
        """The Page and the OA of each made-up unit, for putting a load on Loa: `xa-0001` and on."""
        return [place for number in range(1, self._units + 1) for place in self._of_unit(number)]

    def start(self) -> PracticeHall:
        """Serve in threads; returns when all answer. OSError, and nothing runs, when a port is taken."""
        server, listener = self._open()
        run = threading.Thread(target=server.run, args=([listener],), name="practice-start", daemon=True)
        run.start()
        self._running.callback(run.join, START_TIMEOUT_S)
        self._running.callback(server.end)
        if not server.ready.wait(START_TIMEOUT_S):
            raise TimeoutError(f"the start page did not come up at {self.url}")
        return self

    def serve(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM; `ready` is told the start page's address when all is open."""
        server, listener = self._open()
        try:
            ready(self.url)
            server.run([listener])
        finally:
            self.stop()

    def stop(self) -> None:
        self._running.close()

    def __enter__(self) -> PracticeHall:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _open(self) -> tuple[Server, socket.socket]:
        with contextlib.ExitStack() as opened:
            opened.callback(self.youtube.close)  # its folder goes, even where it is not wanted
            listener = opened.enter_context(contextlib.closing(listen(self._host, self._port)))
            self.url = address_of(listener)
            for name in self.only:
                opened.enter_context(getattr(self, name))
            self._running = opened.pop_all()
        return Server(config(cast("PracticeApp", self._app))), listener  # any ASGI application will do

    def _open_accounts(self) -> None:
        if not self.facebook.world.pages:
            self.facebook.add_page(places.PAGE, say("practice.accounts.facebook"), places.PAGE_TOKEN)
        for number in range(1, self._units + 1):
            name = say("practice.unit", number=number)
            self.facebook.add_page(f"2{number:06d}", name, f"practice-token-{number:06d}")
            self.zalo.add_oa(f"5{number:06d}", name, calls_per_minute=ROOMY)
        self._person = self.facebook.add_person()
        self.youtube.add_channel(
            places.YOUTUBE_CHANNEL, say("practice.accounts.youtube"), places.YOUTUBE_LOGIN
        )
        self.zalo.add_oa(places.OA, say("practice.accounts.zalo"), calls_per_minute=ROOMY)
        self.zalo.world.fetches = _can_fetch
        self.wordpress.add_user(places.WORDPRESS_USER, places.WORDPRESS_PASSWORD)

    def _of_unit(self, number: int) -> Iterator[Place]:
        name, unit = say("practice.unit", number=number), f"xa-{number:04d}"
        if "facebook" in self.only:
            page = self.facebook.world.pages[f"2{number:06d}"]
            account: Any = {"name": name, "account": page.id, "secrets": {"page_token": page.token}}
            yield replace(self._facebook(), channel=f"{unit}-fanpage", **account, **_NOT_TOLD)
        if "zalo" in self.only:
            oa = self.zalo.world.oas[f"5{number:06d}"]
            tokens = {"access_token": oa.access_token, "refresh_token": oa.refresh_token}
            secrets = {"app_id": oa.app_id, "app_secret": oa.app_secret, **tokens}
            account = {"name": name, "account": oa.id, "secrets": secrets}
            yield replace(self._zalo(), channel=f"{unit}-zalo", **account, **_NOT_TOLD)

    def _facebook(self) -> Place:
        page = next(iter(self.facebook.world.pages.values()))  # the units' come after it
        app = self.facebook.world.app
        return Place(
            platform="facebook",
            channel="fanpage",
            name=page.name,
            url=self.facebook.url,
            account=page.id,
            settings={"base_url": self.facebook.url},
            secrets={"page_token": page.token},
            login={"App ID": app.id, "App secret": app.secret, "User token": self._person.token},
            faults=FACEBOOK_FAULTS,
            moments=MOMENTS["facebook"],
        )

    def _youtube(self) -> Place:
        channel = self.youtube.world.channels[places.YOUTUBE_CHANNEL]
        return Place(
            platform="youtube",
            channel="youtube",
            name=channel.title,
            url=self.youtube.url,
            account=channel.id,
            settings={"base_url": self.youtube.url},
            secrets={
                "client_id": channel.client_id,
                "client_secret": channel.client_secret,
                "refresh_token": channel.refresh_token,
            },
            login={"Client ID": channel.client_id, "Client secret": channel.client_secret},
            faults=YOUTUBE_FAULTS,
            moments=MOMENTS["youtube"],
        )

    def _zalo(self) -> Place:
        oa = self.zalo.world.oas[places.OA]
        return Place(
            platform="zalo",
            channel="zalo",
            name=oa.name,
            url=self.zalo.url,
            account=oa.id,
            settings={
                "base_url": self.zalo.url,
                "token_url": self.zalo.token_url,
                "images_from": self.url + SITE.rstrip("/"),
                "cover_url": self.url + COVER,
            },
            secrets={
                "app_id": oa.app_id,
                "app_secret": oa.app_secret,
                "access_token": oa.access_token,
                "refresh_token": oa.refresh_token,
            },
            login={
                "App ID": oa.app_id,
                "App secret": oa.app_secret,
                "Access token": oa.access_token,
                "Refresh token": oa.refresh_token,
            },
            faults=ZALO_FAULTS,
            moments=MOMENTS["zalo"],
        )

    def _wordpress(self) -> Place:
        return Place(
            platform="wordpress",
            channel="cong",
            name=self.wordpress.world.name,
            url=self.wordpress.url,
            account="",
            settings={"base_url": self.wordpress.url, "comments": "open"},
            secrets={"user": places.WORDPRESS_USER, "app_password": places.WORDPRESS_PASSWORD},
            login={},
            faults=WORDPRESS_FAULTS,
            moments=MOMENTS["wordpress"],
        )


def _can_fetch(address: str) -> bool:
    """Whether a picture can really be had there, as Zalo has to."""
    try:
        answer = requests.get(address, timeout=FETCH_TIMEOUT_S)
    except requests.RequestException:
        return False
    return answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("image/")
