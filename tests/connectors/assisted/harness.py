"""A tiny portal on loopback without an API, and an officer who works from the pack alone."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from PIL import Image

from connectors.assisted import Assisted
from connectors.assisted.pack import ADDRESS_FILE, ROOM
from connectors.conformance import Step, Trouble
from connectors.contract import Account, Context, Handle, Job, Pending, Published, Unit
from connectors.http import Http
from content.variant import MediaRef, Variant

DUE = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)  # 07:00 in Vietnam
CHANNEL = "cong-xa"


@dataclass
class Page:
    """What the portal answers at one path."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


class Portal:
    """Home-made portal: people post through a form, readers get pages with a menu, scripts and a footer."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.posted: dict[str, str] = {}
        self.arrivals: list[str] = []
        self.keeps_comments = True
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                portal.arrivals.append(self.path)
                page = portal.pages.get(self.path, Page(404, b"<h1>404</h1>"))
                self._send(page.status, page.headers, page.body)

            def do_POST(self) -> None:
                form = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._send(201, {"Location": portal.post(form["title"], form["html"])}, b"")

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def post(self, title: str, html: str) -> str:
        """Publish as the portal's editor does; the address of the new page."""
        html = html if self.keeps_comments else re.sub(r"<!--.*?-->", "", html)
        path = f"/tin-tuc/{len(self.posted) + 1}.html"
        self.posted[path] = title
        self.show(path, title, html)
        return self.url + path

    def show(self, path: str, title: str, html: str, **page: Any) -> str:
        whole = (
            f"<!DOCTYPE html><html><head><title>{escape(title)} | Cổng xã</title><script>var a='<p>'</script>"
            f"</head><body><nav>Trang chủ</nav><h2>{escape(title)}</h2><div>{html}</div>"
            "<footer>Ủy ban nhân dân xã</footer></body></html>"
        )
        self.pages[path] = Page(body=whole.encode(), **page)
        return self.url + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Officer:
    """Posts what is in a pack, once, and writes the address into it."""

    def post(self, portal: Portal, pack: Path) -> str:
        page = (pack / "bai.html").read_text("utf-8")
        title = unescape(re.search(r"<h1>(.*?)</h1>", page)[1])
        html = re.search(r"</h1>(.*)</body>", page, re.DOTALL)[1]
        form = json.dumps({"title": title, "html": html}).encode()
        with urlopen(Request(f"{portal.url}/new", form)) as answer:
            return str(answer.headers["Location"])


class WithOfficer(Assisted):
    """The same connector, in an office where somebody posts while it waits."""

    harness: AssistedHarness

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        pack = self.harness.pack(job)
        if not self.harness.address(job):
            self.harness.write_address(job, Officer().post(self.harness.portal, pack))
        return super().poll(job, pending)


@dataclass
class AssistedHarness:
    """Implements `connectors.conformance.Harness`; also what other tests work with."""

    portal: Portal
    http: Http
    workspace: Path
    settings: dict[str, str] = field(default_factory=dict)
    clock: datetime = DUE - timedelta(hours=1)

    troubles: frozenset[Trouble] = frozenset()  # nothing is sent; what a portal answers has tests of its own
    secrets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.settings.setdefault("portal", self.portal.url)
        self.media = self.workspace / "media"
        self.media.mkdir()

    def connector(self, **settings: str) -> Assisted:
        made = WithOfficer(self._context(settings))
        made.harness = self
        return made

    def alone(self, **settings: str) -> Assisted:
        """The connector where nobody posts."""
        return Assisted(self._context(settings))

    def _context(self, settings: dict[str, str]) -> Context:
        return Context(
            account=Account(CHANNEL, CHANNEL, "Cổng xã", {**self.settings, **settings}),
            unit=Unit("Ủy ban nhân dân xã Thống Nhất"),
            http=self.http,
            media=lambda ref: self.media / ref.sha256,
            now=lambda: self.clock,
            workspace=self.workspace,
        )

    def job(self, *, pictures: int = 0, **changes: Any) -> Job:
        number = next(self._numbers)
        fields: dict[str, Any] = {
            "post": f"bai-{number}",
            "revision": 1,
            "source_sha256": "0" * 64,
            "channel": CHANNEL,
            "platform": "assisted",
            "account": CHANNEL,
            "kind": "hoi_dap",
            "title": f"Đăng ký khai sinh cho trẻ em, bài {number}",
            "summary": "Cha mẹ có 60 ngày.",
            "text": f"## Thủ tục\n\nNộp **tờ khai** tại xã, lần {number}.\n\n- Giấy chứng sinh\n- Căn cước",
            "link": "https://vbpl.example.vn/ho-tich",
            "media": tuple(self.picture(number, index) for index in range(pictures)),
            "citations": ("Luật Hộ tịch số 60/2014/QH13",),
            "tags": ("hộ tịch", "khai sinh"),
            "author": "",
            "not_before": DUE,
            "deadline": DUE + timedelta(hours=6),
            **changes,
        }
        marker = hashlib.sha256(f"{number}".encode()).hexdigest()[:20]
        return Job(f"bai-{number}-{CHANNEL}", marker, Variant(**fields), DUE)

    def picture(
        self, number: int = 1, index: int = 0, *, size: tuple[int, int] = (64, 36), **more: Any
    ) -> MediaRef:
        mode = more.pop("mode", "RGB")
        colour = (number % 256, index, 90) if mode == "RGB" else (number % 256, index, 90, 0)
        buffer = io.BytesIO()
        Image.new(mode, size, colour).save(buffer, "PNG")
        name = more.pop("name", f"anh-{number}-{index}.png")
        ref = self.file(name, "image/png", buffer.getvalue())
        return replace(ref, **{"alt": "Buổi nói chuyện tại nhà văn hóa", **more})

    def file(self, name: str, mime: str, data: bytes) -> MediaRef:
        digest = hashlib.sha256(data).hexdigest()
        (self.media / digest).write_bytes(data)
        return MediaRef(digest, mime, len(data), name)

    def now(self) -> datetime:
        return self.clock

    def public(self, job: Job) -> int:
        return sum(title == job.variant.title for title in self.portal.posted.values())

    def traffic(self) -> int:
        return len(self.portal.arrivals)

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        raise AssertionError("none declared")

    @property
    def room(self) -> Path:
        return self.workspace / ROOM / CHANNEL

    def pack(self, job: Job) -> Path:
        """The only pack of a delivery."""
        (folder,) = [
            path for path in self.room.iterdir() if job.delivery in (path / "huong-dan.html").read_text()
        ]
        return folder

    def address(self, job: Job) -> str:
        lines = (self.pack(job) / ADDRESS_FILE).read_text("utf-8").splitlines()
        return next((line for line in lines if line.startswith("http")), "")

    def write_address(self, job: Job, address: str) -> None:
        with (self.pack(job) / ADDRESS_FILE).open("a", encoding="utf-8") as file:
            file.write(f"{address}\n")


def forget(_: Handle) -> None:
    """A save nobody reads."""
