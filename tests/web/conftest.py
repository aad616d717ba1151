"""`loa web` over a practice office, with a program in a window's place that answers at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from tests.support.office import PASSPHRASE, Office
from tests.tui.conftest import busy  # noqa: F401 a fixture
from tui.web.server import Settings, WebServer

ECHO = """
import os, sys
out, come = sys.stdout.buffer, sys.stdin.buffer
def say(data):
    out.write(b"D" + len(data).to_bytes(4, "big") + data); out.flush()
out.write(b"__GANGLION__\\n")
say((" ".join(sys.argv[1:]) + f" {os.environ['COLUMNS']}x{os.environ['ROWS']}"
    f" secrets={sum(name.startswith(('LOA_PASS', 'LOA_SECRET')) for name in os.environ)}").encode())
while head := come.read(5):
    data = come.read(int.from_bytes(head[1:], "big"))
    if head[:1] == b"M" and b'"quit"' in data:
        break
    if data == b"die":
        os._exit(3)
    say(head[:1] + data)
"""


@dataclass
class Visitor:
    """A browser without a screen."""

    client: aiohttp.ClientSession
    url: str
    server: WebServer

    async def page(self, path: str = "/", **more: object) -> tuple[int, str]:
        async with self.client.get(self.url + path, allow_redirects=False, **more) as answer:  # type: ignore[arg-type]
            return answer.status, await answer.text()

    async def log_in(
        self, name: str = "duyet", passphrase: str = PASSPHRASE, *, origin: str | None = "", **more: str
    ) -> tuple[int, str]:
        headers = dict(more)
        if origin is not None:
            headers["Origin"] = origin or self.url
        form = {"name": name, "passphrase": passphrase}
        send = self.client.post(self.url + "/login", data=form, headers=headers, allow_redirects=False)
        async with send as answer:
            return answer.status, await answer.text()

    def window(self, query: str = "?width=80&height=24", origin: str = "") -> object:
        headers = {"Origin": origin or self.url}
        return self.client.ws_connect(f"{self.url}/ws{query}", headers=headers)


@asynccontextmanager
async def opened(office: Office, **settings: object) -> AsyncIterator[Visitor]:
    """A server on a free port, and a visitor who keeps cookies."""
    chosen = Settings(**{"host": "127.0.0.1", "port": 0, **settings})  # type: ignore[arg-type]
    server = WebServer(office.workspace, chosen, command=[sys.executable, "-c", ECHO])
    url = await server.start()
    try:
        # cookies of a bare address are kept only when asked for
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as client:
            yield Visitor(client, url, server)
    finally:
        await server.stop()


Story = Callable[[Visitor], Awaitable[None]]


@pytest.fixture
def visit(office: Office) -> Callable[..., None]:
    """Runs a story against a server of its own."""

    def run(story: Story, **settings: object) -> None:
        async def go() -> None:
            async with opened(office, **settings) as visitor:
                await story(visitor)

        asyncio.run(go())

    return run
