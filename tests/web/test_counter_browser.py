"""An article in a real Chromium: it tells the beacon, which is another origin, that it was read."""

from __future__ import annotations

import functools
import http.server
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from loa.services import beacon, channels, counter
from loa.services.beacon import Beacon
from tests.support.office import Office

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
HIDE = """(state) => {
  Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@contextmanager
def section(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def counting(office: Office, listener: socket.socket) -> Iterator[None]:
    server = beacon.server(Beacon(office.workspace), "")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)


def test_an_article_is_counted_once_it_was_on_the_screen_for_some_seconds_and_not_before(
    office: Office,
) -> None:
    site = office.folder / "site" / "current"
    ky = office.people["ky"]
    with section(site) as base, socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}{beacon.PATH}"
        settings = {"base_url": base, "counter": url}
        channels.change(office.workspace, ky, "website", settings=settings, secrets={})
        office.approved(channels="[website]")
        office.publish_until(office.clock.now() + timedelta(hours=2))
        address = office.view("hoi-dap@website").url
        with counting(office, listener), playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            context = browser.new_context(user_agent=AGENT)
            page = context.new_page()
            page.clock.install()
            sent: list[str] = []
            page.on("request", lambda one: sent.append(str(one.post_data)) if one.url == url else None)

            page.goto(address)
            page.clock.run_for(4_000)
            assert sent == [], "four seconds"
            page.evaluate(HIDE, "hidden")
            page.clock.run_for(60_000)
            assert sent == [], "a minute in the background"
            page.evaluate(HIDE, "visible")
            with page.expect_request(url) as told:
                page.clock.run_for(1_500)
            answer = told.value.response()
            assert answer is not None
            assert answer.status == 204
            page.clock.run_for(600_000)
            assert len(sent) == 1, "once, however long it is read"

            page.goto(base)
            page.clock.run_for(60_000)
            assert len(sent) == 1, "the front page is no article"
            assert context.cookies() == []
            browser.close()
    told = {one.delivery: one.views for one in counter.stored(office.workspace, "website", 5)}
    assert told == {"hoi-dap@website": 1}
