"""`loa web`: a login page, the window's page, and a socket for each window, all from this machine.

textual-serve brings the terminal for the browser and the way to a window's process. What is around it is
ours: who may come in, from which pages, how many at once, and that nothing is fetched from elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web
from jinja2 import Environment, FileSystemLoader
from textual_serve.download_manager import DownloadManager

from content.errors import LoaError, NotFound, RefusedByRule
from content.wording import say
from loa.services import people
from loa.services.workspace import Workspace
from tui.web.entry import Login, Logins, Tries
from tui.web.seat import PATIENCE_S, Seat

log = logging.getLogger("loa.web")

COOKIE = "loa-web"
WIDEST, HIGHEST = 500, 200
"""No screen is larger; a window that is told so would only eat memory."""
LONGEST_MESSAGE = 1 << 20
LONGEST_FORM = 4096
HEARTBEAT_S = 15.0
_HERE = Path(__file__).parent
_THEIRS = Path(textual_serve.__file__).parent / "static"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not no-referrer: with that a form would be sent with Origin: null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Settings:
    """Where to listen, as which addresses the browser knows us, and how many windows at once."""

    host: str
    port: int
    origins: tuple[str, ...] = ()
    """`https://loa.xa.example.vn`: behind a reverse proxy. Addresses of this machine are known anyway."""
    most: int = 8

    @property
    def is_here(self) -> bool:
        return is_loopback(self.host)

    def allowed(self, port: int) -> frozenset[str]:
        """Every origin whose pages may speak with us; `port` is the one we listen on."""
        names = ("127.0.0.1", "localhost", "[::1]") if self.is_here else ()
        return frozenset([*(f"http://{name}:{port}" for name in names), *self.origins])


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin_of(written: str) -> str:
    """`https://Loa.Xa.vn/` → `https://loa.xa.vn`; raises ValueError for what is no origin."""
    parts = urlsplit(written.strip().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ValueError(written)
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


class WebServer:
    """One workspace for several officers, each in windows of their own. Lives in one event loop."""

    def __init__(self, workspace: Workspace, settings: Settings, *, command: Sequence[str] = ()) -> None:
        self._workspace, self._settings = workspace, settings
        self._command = command or (
            sys.executable,
            "-m",
            "loa.cli.main",
            "--workspace",
            str(workspace.folder),
        )
        self._origins: frozenset[str] = frozenset()
        self._hosts: frozenset[str] = frozenset()
        self.tries, self.logins = Tries(), Logins()
        self._one_try = asyncio.Lock()  # so that tries side by side do not get around their limit
        self._downloads = DownloadManager()
        self._sockets: set[web.WebSocketResponse] = set()
        self._pages = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)
        self._runner: web.AppRunner | None = None
        self.port = 0

    # ---- beginning and end

    async def start(self) -> str:
        """Listen; returns the address to be opened. Raises OSError when the port is taken."""
        app = web.Application(middlewares=[self._guarded], client_max_size=LONGEST_FORM)
        app.add_routes(
            [
                web.get("/", self._window),
                web.get("/login", self._login_page),
                web.post("/login", self._login),
                web.post("/logout", self._logout),
                web.get("/ws", self._socket),
                web.static("/static", _THEIRS),
                web.static("/own", _HERE / "static"),
            ]
        )
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=PATIENCE_S + 1
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.host, self._settings.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._origins = self._settings.allowed(self.port)
        self._hosts = frozenset(urlsplit(origin).netloc for origin in self._origins)
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"http://{host}:{self.port}"

    async def stop(self) -> None:
        """Close every window, wait for their processes."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)
        if self._runner is not None:
            await self._runner.cleanup()

    # ---- what every request goes through

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await self._answer(request, handler)
        except web.HTTPException as error:
            self._dress(request, error)
            raise
        except Exception as error:
            log.warning("a page could not be made: %s", type(error).__name__)
            log.debug("fault", exc_info=error)
            answer = web.Response(status=500, text=say("web.fault"))
        self._dress(request, answer)
        return answer

    def _dress(self, request: web.Request, answer: web.StreamResponse) -> None:
        if answer.prepared:  # a socket
            return
        answer.headers.update(_HEADERS)
        answer.headers["Content-Security-Policy"] = self._policy(request)
        if not request.path.startswith(("/static/", "/own/")):
            answer.headers["Cache-Control"] = "no-store"

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host.lower() not in self._hosts:  # a foreign name that leads here (DNS rebinding)
            raise web.HTTPMisdirectedRequest(text=say("web.other_name", host=request.host[:100]))
        writes = request.method not in ("GET", "HEAD")
        if (writes or request.path == "/ws") and request.headers.get("Origin", "") not in self._origins:
            raise web.HTTPForbidden(text=say("web.other_page"))
        return await handler(request)

    def _policy(self, request: web.Request) -> str:
        """Nothing from elsewhere. xterm.js writes its sizes into style elements, hence their exception."""
        socket = f"{'wss' if self._is_secure(request) else 'ws'}://{request.host}"
        return (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
            f"img-src 'self' data:; connect-src 'self' {socket}; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )

    def _is_secure(self, request: web.Request) -> bool:
        return f"https://{request.host}" in self._origins

    def _login_of(self, request: web.Request) -> Login | None:
        return self.logins.of(request.cookies.get(COOKIE, ""))

    # ---- pages

    async def _login_page(self, _: web.Request) -> web.Response:
        return self._page("login.html")

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        name, passphrase = str(form.get("name", "")).strip(), str(form.get("passphrase", ""))
        who = (f"name {name[:64]}", f"address {self._address(request)}")
        async with self._one_try:
            if wait := self.tries.wait_s(*who):
                sentence = say("web.wait", seconds=int(wait) + 1)
                answer = self._page("login.html", status=429, wrong=sentence, name=name)
                answer.headers["Retry-After"] = str(int(wait) + 1)
                return answer
            try:
                await asyncio.to_thread(people.authenticate, self._workspace, name, passphrase)
            except (RefusedByRule, NotFound):
                self.tries.wrong(*who)
                log.info("%s", say("web.log.refused", address=self._address(request)))
                return self._page("login.html", status=403, wrong=say("web.wrong"), name=name)
            except LoaError as error:
                return self._page("login.html", status=503, wrong=str(error), name=name)
            self.tries.right(*who)
        log.info("%s", say("web.log.entered", name=name, address=self._address(request)))
        token = self.logins.begin(name)
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(
            COOKIE, token, path="/", httponly=True, samesite="Strict", secure=self._is_secure(request)
        )
        return answer

    async def _logout(self, request: web.Request) -> web.Response:
        self.logins.end(request.cookies.get(COOKIE, ""))
        answer = web.Response(status=303, headers={"Location": "/login"})
        answer.del_cookie(COOKIE, path="/")
        return answer

    async def _window(self, request: web.Request) -> web.Response:
        if self._login_of(request) is None:
            return web.Response(status=303, headers={"Location": "/login"})
        if self.logins.windows >= self._settings.most:
            return self._page("full.html", status=503, most=self._settings.most)
        return self._page("window.html")

    def _page(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        text = self._pages.get_template(template).render(
            say=say, unit=self._workspace.config.unit.name or "Loa", **values
        )
        return web.Response(status=status, text=text, content_type="text/html")

    def _address(self, request: web.Request) -> str:
        """Who asks, as a reverse proxy on this machine tells it."""
        peer = request.remote or ""
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        behind = self._settings.origins and is_loopback(peer) and told
        return told[:64] if behind else peer

    # ---- windows

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        login = self._login_of(request)
        if login is None or not await self._still_there(login.officer):
            raise web.HTTPUnauthorized(text=say("web.not_known"))
        if self.logins.windows >= self._settings.most:
            raise web.HTTPServiceUnavailable(text=say("web.full", most=self._settings.most))
        self.logins.entered(login)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LONGEST_MESSAGE)
        try:
            await socket.prepare(request)
            self._sockets.add(socket)
            await self._run_window(request, socket, login)
        finally:
            self._sockets.discard(socket)
            self.logins.left(login)
        return socket

    async def _still_there(self, name: str) -> bool:
        """An officer may have left since the login."""
        try:
            await asyncio.to_thread(people.find, self._workspace, name)
        except LoaError:
            return False
        return True

    async def _run_window(self, request: web.Request, socket: web.WebSocketResponse, login: Login) -> None:
        async def close() -> None:
            await socket.close()

        seat = Seat(
            [*self._command, "--as", login.officer, "window"],
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=close,
            download_manager=self._downloads,
        )
        size = _size(request.query.get("width"), request.query.get("height"))
        hearing: asyncio.Task[None] | None = None
        try:
            await seat.start(*size)
            hearing = asyncio.create_task(_hear(socket, seat))
            await asyncio.wait([hearing, seat.running], return_when=asyncio.FIRST_COMPLETED)
        except ConnectionError:  # the browser is gone
            pass
        finally:
            await seat.stop()
            await socket.close()
            if hearing is not None:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)


async def _hear(socket: web.WebSocketResponse, seat: Seat) -> None:
    """Hand on what the browser sends; what cannot be understood ends the window."""
    async for message in socket:
        if message.type != WSMsgType.TEXT:
            continue
        try:
            kind, *rest = json.loads(message.data)
            about: Any = rest[0] if rest else None
            if kind == "stdin":
                await seat.send_bytes(str(about).encode("utf-8", "replace"))
            elif kind == "resize":
                await seat.set_terminal_size(*_size(about["width"], about["height"]))
            elif kind == "ping":
                await socket.send_json(["pong", str(about)[:40]])
            elif kind == "blur":
                await seat.blur()
            elif kind == "focus":
                await seat.focus()
        except (ValueError, TypeError, KeyError, RecursionError):
            log.info("%s", say("web.log.garbled"))
            return


def _size(width: object, height: object) -> tuple[int, int]:
    def between(value: object, usual: int, most: int) -> int:
        try:
            return max(10, min(int(str(value)), most))
        except ValueError:
            return usual

    return between(width, 80, WIDEST), between(height, 24, HIGHEST)
