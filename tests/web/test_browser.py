"""The window in a real Chromium, served by the real command: `make test-browser`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.office import PASSPHRASE, Office
from tui.web.server import COOKIE

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]

PATIENCE_S = 60.0
# xterm.js draws on a canvas and textual.js keeps the terminal to itself; its public object is met when it
# sets its first property.
CATCH_TERMINAL = """
Object.defineProperty(Object.prototype, "_core", {
  configurable: true,
  set(core) {
    Object.defineProperty(this, "_core", {value: core, writable: true, configurable: true});
    if (typeof this.loadAddon === "function") { window.caught = this; }
  },
});
window.screenText = () => {
  if (!window.caught) { return ""; }
  const buffer = window.caught.buffer.active, lines = [];
  for (let y = 0; y < window.caught.rows; y++) {
    const line = buffer.getLine(y);
    lines.push(line ? line.translateToString(true) : "");
  }
  return lines.join("\\n");
};
"""


class Served:
    """`loa web` in a process of its own, with what it said."""

    def __init__(self, office: Office, *options: str) -> None:
        words = [sys.executable, "-m", "loa.cli.main", "-w", str(office.folder), "web", "--port", "0"]
        hidden = ("LOA_PASSPHRASE", "LOA_USER", "LOA_WORKSPACE", "NO_COLOR")
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        self.process = subprocess.Popen(
            [*words, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), self.end()

    def end(self) -> str:
        """Ctrl+C; what it said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return said


@pytest.fixture
def served(busy: Office) -> Iterator[Served]:
    served = Served(busy)
    yield served
    if served.process.poll() is None:
        served.process.kill()
        served.process.communicate()


@pytest.fixture
def asked() -> list[str]:
    """Every address that the browser asked for."""
    return []


@pytest.fixture
def page(served: Served, asked: list[str]) -> Iterator[playwright.Page]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")
        context.add_init_script(CATCH_TERMINAL)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
        yield page
        browser.close()


def log_in(page: playwright.Page, served: Served, name: str = "duyet", passphrase: str = PASSPHRASE) -> None:
    page.goto(served.url)
    page.fill("#name", name)
    page.fill("#passphrase", passphrase)
    page.click("button[type=submit]")


def screen(page: playwright.Page) -> str:
    """What stands in the terminal."""
    return str(page.evaluate("window.screenText()"))


def until(page: playwright.Page, holds: Callable[[str], bool]) -> str:
    end = time.monotonic() + PATIENCE_S
    while not holds(shown := screen(page)):
        assert time.monotonic() < end, f"never happened; the screen is\n{shown}"
        page.wait_for_timeout(50)
    return shown


def windows_of(served: Served) -> list[int]:
    """Processes that the server started and that run."""
    told = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text()
    return [int(pid) for pid in told.split()]


def test_a_wrong_passphrase_is_refused_on_the_page(page: playwright.Page, served: Served) -> None:
    log_in(page, served, passphrase="sai rồi")
    assert "Tên hoặc cụm mật khẩu không đúng" in page.inner_text("main")
    assert page.input_value("#name") == "duyet"
    assert page.input_value("#passphrase") == ""
    assert windows_of(served) == []


def test_the_queue_appears_and_vietnamese_reaches_the_search_box(
    page: playwright.Page, served: Served, asked: list[str]
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    log_in(page, served)
    until(page, lambda shown: "Hỏi đáp đất đai" in shown)
    shown = screen(page)
    assert "UBND xã Thử Nghiệm" in shown
    assert "Chưa đăng nhập" in shown, "the window asks for the passphrase when it signs"

    page.keyboard.press("F9")
    until(page, lambda shown: "Sang màn hình nào?" in shown)
    page.keyboard.press("Escape")
    until(page, lambda shown: "Sang màn hình nào?" not in shown)

    page.keyboard.press("F3")
    page.keyboard.insert_text("đất đai")  # as an input method of the system commits it
    shown = until(page, lambda shown: "Tìm: đất đai" in " ".join(shown.split()))
    until(page, lambda shown: "Trợ giúp pháp lý" not in shown and "Hỏi đáp đất đai" in shown)

    page.keyboard.press("Control+u")
    until(page, lambda shown: "Trợ giúp pháp lý" in shown)
    compose(page, ["t", "ti", "tie", "tiê", "tiến", "tiếng"])  # as one composes it under the cursor
    until(page, lambda shown: "tiếng" in shown)
    page.keyboard.type(" abc", delay=1)
    until(page, lambda shown: "tiếng abc" in shown)

    outside = [url for url in asked if urlsplit(url).hostname != "127.0.0.1" and not url.startswith("data:")]
    assert outside == [], "something was fetched from elsewhere"
    assert any(url.startswith("ws://127.0.0.1") for url in asked)
    wrong = [line for line in said if re.search(r"error|refused|violates|policy", line, re.IGNORECASE)]
    assert wrong == []
    assert page.evaluate("document.fonts.check('16px \"Roboto Mono\"', 'ếữđ')")


def compose(page: playwright.Page, steps: list[str]) -> None:
    """What Chromium is told by an input method that shows its letters before they are done."""
    devtools = page.context.new_cdp_session(page)
    for step in steps:
        told = {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
        devtools.send("Input.imeSetComposition", told)
    devtools.send("Input.insertText", {"text": steps[-1]})


def test_the_mouse_works_and_a_closed_tab_ends_the_window(page: playwright.Page, served: Served) -> None:
    log_in(page, served)
    shown = until(page, lambda shown: "Hỏi đáp đất đai" in shown)
    lines = shown.splitlines()
    row = next(number for number, line in enumerate(lines) if "[Hàng đợi]" in line)
    column = lines[row].index("Tập huấn") + 2
    box = page.locator(".xterm-screen").bounding_box()
    assert box is not None
    wide, high = page.evaluate("[window.caught.cols, window.caught.rows]")
    page.mouse.click(
        box["x"] + (column + 0.5) * box["width"] / wide, box["y"] + (row + 0.5) * box["height"] / high
    )
    until(page, lambda shown: "[Tập huấn]" in shown)
    assert len(windows_of(served)) == 1
    page.close()
    end = time.monotonic() + PATIENCE_S
    while windows_of(served):
        assert time.monotonic() < end, "the window's process outlived its tab"
        time.sleep(0.05)


def test_quitting_says_so_and_the_server_ends_cleanly(page: playwright.Page, served: Served) -> None:
    log_in(page, served)
    until(page, lambda shown: "Hỏi đáp đất đai" in shown)
    page.keyboard.press("Control+q")
    page.wait_for_selector("body.-closed #again", state="visible")
    assert "Bài đã duyệt vẫn được đăng đúng giờ" in page.inner_text(".closed")
    page.click("#again")
    until(page, lambda shown: "Hỏi đáp đất đai" in shown)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies[COOKIE]["httpOnly"]
    assert cookies[COOKIE]["sameSite"] == "Strict"
    said = served.end()
    assert served.process.returncode == 0
    assert "Đã dừng" in said
    assert "Traceback" not in said
    assert PASSPHRASE not in said
    page.wait_for_selector("body.-closed", timeout=PATIENCE_S * 1000)
