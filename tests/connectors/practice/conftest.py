"""One practice server a module, with a clock that stands still, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.practice import PracticeServer

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@dataclass
class Caller:
    """Calls the Graph API of a practice server with a Page's token."""

    server: PracticeServer
    session: requests.Session
    token: str = "t-1"
    now: datetime = START
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.session.request(
            method, f"{self.server.url}/v26.0/{path}", headers=headers, timeout=5, **more
        )

    def post(self, **data: str) -> str:
        answer = self("POST", "1/feed", data=data)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def error(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self(method, path, **more)
        assert answer.status_code >= 400, answer.text
        return answer.json()["error"]

    def browse(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(self.server.url + path, timeout=5, **more)

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def _running(site: Path) -> Iterator[PracticeServer]:
    with PracticeServer(static={"/site/": site}) as server:
        yield server


@pytest.fixture
def call(_running: PracticeServer) -> Iterator[Caller]:
    _running.reset(pages=True)
    _running.add_page("1", "Sở Tư pháp", "t-1")
    with requests.Session() as session:
        session.trust_env = False
        caller = Caller(_running, session)
        _running.world.now = lambda: caller.now
        yield caller


@pytest.fixture
def server(call: Caller) -> PracticeServer:
    return call.server
