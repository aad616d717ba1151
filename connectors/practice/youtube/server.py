"""Running the practice YouTube in a thread of this process: for tests, the demo and training."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from connectors.practice.app import PracticeApp
from connectors.practice.running import Server, address_of, config, listen, utc_now
from connectors.practice.server import START_TIMEOUT_S
from connectors.practice.youtube.app import Audit, PracticeYouTubeApp
from connectors.practice.youtube.faults import Fault
from connectors.practice.youtube.world import Channel, Video, World

PROCESSING_S = 3.0


class PracticeYouTube:
    """The practice YouTube; a context manager.

    >>> with PracticeYouTube(channels=[Channel("UC1", "Sở Tư pháp", "1//token")]) as server:
    ...     server.url
    'http://127.0.0.1:…'

    Uploads lie in `folder`, or in a folder of their own that goes with the server. `violations` collects
    what the audit hook found. Use the `world` for what no method tells.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        channels: Iterable[Channel] = (),
        clock: Callable[[], datetime] | None = None,
        audit: Audit | None = None,
        folder: Path | None = None,
        processing_s: float = PROCESSING_S,
    ) -> None:
        self._own_folder = None if folder else tempfile.TemporaryDirectory(prefix="loa-youtube-")
        place = folder or Path(cast("tempfile.TemporaryDirectory[str]", self._own_folder).name)
        place.mkdir(parents=True, exist_ok=True)
        self.world = World(clock or utc_now, place, processing_s=processing_s)
        self.app = PracticeYouTubeApp(self.world, audit=audit)
        for channel in channels:
            self.world.add_channel(channel)
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None
        self._server: Server | None = None
        self.url = ""

    @property
    def violations(self) -> list[str]:
        return self.app.violations

    def add_channel(self, id: str, title: str = "", refresh_token: str = "", **more: Any) -> Channel:  # noqa: A002
        """Make or change a channel; `more` are fields of `world.Channel` (client_id, scopes …)."""
        login = refresh_token or f"1//practice-{id}"
        return self.world.add_channel(Channel(id, title or f"Kênh {id}", login, **more))

    def add_playlist(self, playlist: str) -> None:
        self.world.playlists.setdefault(playlist, [])

    def fault(
        self,
        kind: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        times: int = 1,
        seconds: float = 0.0,
        skip: int = 0,
        keep: int | None = None,
    ) -> None:
        """Misbehave on `times` calls of `operation` (`videos.update`, `chunk` …) after the first `skip`."""
        self.app.faults.arm(Fault(kind, times, seconds, method, operation, skip, keep))

    def ledger(self, *, arrivals: bool = True) -> dict[str, Any]:
        """What happened so far, as `GET /practice/ledger` tells it."""
        return self.world.ledger(arrivals=arrivals)

    def public_videos(self) -> list[Video]:
        """What anybody could watch now, newest first."""
        return list(self.world.public_videos())

    def reset(self, *, channels: bool = False) -> None:
        """Forget videos, faults, counts and violations; channels only when asked."""
        self.world.reset(channels=channels)
        self.app.faults.clear()
        self.app.logins.clear()
        self.violations.clear()

    def start(self) -> PracticeYouTube:
        """Listen, on a free port when none was given; returns when requests are answered.

        After `stop` it can be started again: same address, same world. That is an outage.
        """
        listener = listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self.url = self.world.url = address_of(listener)
        self._server = Server(config(cast("PracticeApp", self.app)))  # any ASGI application will do
        run = self._server.run
        self._thread = threading.Thread(
            target=run, kwargs={"sockets": [listener]}, name="practice-youtube", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(START_TIMEOUT_S):
            raise TimeoutError(f"the practice YouTube did not start at {self.url}")
        return self

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.end()
            self._thread.join(START_TIMEOUT_S)

    def close(self) -> None:
        """Stop for good: a folder of its own is removed."""
        self.stop()
        if self._own_folder:
            self._own_folder.cleanup()

    def __enter__(self) -> PracticeYouTube:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()
