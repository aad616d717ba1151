"""A real WebDAV server (wsgidav, which nobody here wrote) on loopback, with troubles that can be switched on.

`/dav` is the office's share, by password; `/bang-tin` is its public folder as readers see it; `/open` is the
share again, with its rights set wrong.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

USER, PASSWORD = "loa", "mật khẩu của Loa 2026"
FOLDER, DRAFTS = "bảng tin", "bản nháp"
STEPS = {"prepare": {"PUT"}, "reveal": {"MOVE"}, "read": {"GET", "PROPFIND"}}
SUCCESS = {"PUT": "201 Created", "GET": "200 OK", "PROPFIND": "207 Multi-Status", "MOVE": "200 OK"}


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "cut": lambda: self.connection.shutdown(socket.SHUT_RDWR)}

    def log_message(self, *_: Any) -> None:
        pass


class Office:
    """The server, its disk, and what reached it."""

    def __init__(self, root: Path) -> None:
        self.folder, self.drafts = root / FOLDER, root / DRAFTS
        self.folder.mkdir()
        self.drafts.mkdir()
        self.requests = 0
        self._troubles: list[tuple[str, set[str]]] = []
        self._dav = WsgiDAVApp(
            {
                "provider_mapping": {
                    "/dav": FilesystemProvider(str(root)),
                    "/bang-tin": {"root": str(self.folder), "readonly": True},
                    "/open": str(root),
                },
                "simple_dc": {
                    "user_mapping": {"/dav": {USER: {"password": PASSWORD}}, "/bang-tin": True, "/open": True}
                },
                "http_authenticator": {"accept_digest": False, "default_to_digest": False},
                "lock_storage": None,
                "property_manager": None,
                "logging": {"enable": False},
                "verbose": 0,
            }
        )
        self._server = make_server("127.0.0.1", 0, self._answer, server_class=Server, handler_class=Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    @property
    def settings(self) -> dict[str, str]:
        dav = f"{self.url}/dav"
        return {"folder": f"{dav}/{FOLDER}", "drafts": f"{dav}/{DRAFTS}/", "public": f"{self.url}/bang-tin"}

    def trouble(self, trouble: str, step: str, times: int) -> None:
        self._troubles += [(trouble, STEPS[step])] * times

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests += 1
        method = environ["REQUEST_METHOD"]
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(sent)
        now = next((entry for entry in self._troubles if method in entry[1]), None)
        if now is None:
            return self._dav(environ, start_response)  # type: ignore[no-any-return]
        self._troubles.remove(now)
        return self._misbehave(now[0], environ, start_response)

    def _misbehave(self, trouble: str, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if trouble.endswith("_after_accept"):
            b"".join(self._dav(environ, lambda *_: None))
        if trouble.startswith("cut_"):
            environ["cut"]()
            return []
        if trouble.isdecimal():
            start_response(f"{trouble} Said", [("Content-Length", "0")])
            return []
        login = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Basic ")
        said = (
            f"<html>{login}</html>".encode()
        )  # a page that tells what it was sent: none of it may be passed on
        status, headers, body = {
            "error_after_accept": ("500 Internal Server Error", {}, said),
            "throttled": ("429 Too Many Requests", {"Retry-After": "30"}, said),
            "auth_lost": ("401 Unauthorized", {}, said),
            "html": (SUCCESS[environ["REQUEST_METHOD"]], {"Content-Type": "text/html"}, said),
            "empty": (SUCCESS[environ["REQUEST_METHOD"]], {}, b""),
            "truncated": (SUCCESS[environ["REQUEST_METHOD"]], {"Content-Length": "9000"}, said),
            "wrong_types": (SUCCESS[environ["REQUEST_METHOD"]], {"Content-Type": "text/xml"}, b"<ok>1</ok>"),
        }[trouble]
        start_response(status, list({"Content-Length": str(len(body)), **headers}.items()))
        return [body]
