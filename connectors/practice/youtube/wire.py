"""Requests as they travel to Google's APIs, and Google's error shape on the way back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from connectors.practice.wire import Reply

JSON = "application/json; charset=UTF-8"


@dataclass(slots=True)
class Call:
    """One API call. `operation` is Google's method (`videos.list`), or `chunk` and `ask` on a session.

    `query` keeps repeated names. `body` is the decoded JSON part, `media` what came beside it.
    """

    method: str
    path: str
    operation: str
    headers: dict[str, str]
    query: list[tuple[str, str]]
    base: str
    body: Any = None
    has_body: bool = False
    media_type: str = ""
    media: bytes = b""
    media_size: int = 0
    token: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)
    """What the token was granted; filled in once the token is known."""

    def one(self, name: str) -> str:
        return next((value for key, value in self.query if key == name), "")

    def many(self, name: str) -> list[str]:
        """Values of a name that may be repeated or hold a comma list."""
        return [
            part.strip()
            for key, value in self.query
            if key == name
            for part in value.split(",")
            if part.strip()
        ]


class ApiError(Exception):
    """An error as Google words it."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.status, self.reason, self.message = status, reason, message or reason

    def reply(self) -> Reply:
        entry = {"message": self.message, "domain": "youtube", "reason": self.reason}
        body = {"error": {"code": self.status, "message": self.message, "errors": [entry]}}
        return Reply(self.status, json.dumps(body).encode(), JSON)


REASONS = {
    "uploadLimitExceeded": 400,
    "quotaExceeded": 403,
    "dailyLimitExceeded": 403,
    "rateLimitExceeded": 403,
    "userRateLimitExceeded": 403,
    "forbidden": 403,
    "insufficientPermissions": 403,
    "accessNotConfigured": 403,
    "youtubeSignupRequired": 401,
    "authError": 401,
    "commentsDisabled": 403,
    "videoNotFound": 404,
    "playlistNotFound": 404,
    "videoAlreadyInPlaylist": 409,
    "captionExists": 409,
    "uploadRateLimitExceeded": 429,
    "notFound": 404,
    "backendError": 500,
    "processingFailure": 400,
}
"""Status that goes with a reason; any other is a 400."""


def operation_of(method: str, path: str, headers: dict[str, str], query: list[tuple[str, str]]) -> str:
    """What a request is, by verb and path; empty for what the practice platform does not play."""
    if path in _LOGIN:
        return _LOGIN[path]
    if path.startswith("/upload/") and method == "PUT" and any(name == "upload_id" for name, _ in query):
        return "ask" if headers.get("content-range", "").startswith("bytes */") else "chunk"
    return _OPERATIONS.get((method, path.removeprefix("/upload").removeprefix("/resumable")), "")


_LOGIN = {"/token": "token", "/device/code": "device"}
_DATA = "/youtube/v3/"
_OPERATIONS = {
    ("POST", f"{_DATA}videos"): "videos.insert",
    ("GET", f"{_DATA}videos"): "videos.list",
    ("PUT", f"{_DATA}videos"): "videos.update",
    ("DELETE", f"{_DATA}videos"): "videos.delete",
    ("GET", f"{_DATA}videos:batchGetStats"): "videos.batchGetStats",
    ("POST", f"{_DATA}thumbnails/set"): "thumbnails.set",
    ("POST", f"{_DATA}captions"): "captions.insert",
    ("GET", f"{_DATA}captions"): "captions.list",
    ("POST", f"{_DATA}playlistItems"): "playlistItems.insert",
    ("GET", f"{_DATA}playlistItems"): "playlistItems.list",
    ("GET", f"{_DATA}channels"): "channels.list",
    ("GET", f"{_DATA}commentThreads"): "commentThreads.list",
    ("GET", f"{_DATA}comments"): "comments.list",
    ("GET", f"{_DATA}videoCategories"): "videoCategories.list",
    ("GET", "/v2/reports"): "reports.query",
}


def read_head(method: str, path: str, query_string: bytes, raw: list[tuple[bytes, bytes]]) -> Call:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
    query = parse_qsl(query_string.decode("utf-8", "replace"), keep_blank_values=True)
    method = headers.get("x-http-method-override", method)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return Call(
        method=method,
        path=path,
        operation=operation_of(method, path, headers, query),
        headers=headers,
        query=query,
        base=f"http://{headers.get('host', 'localhost')}",
        token=token.strip() if scheme.lower() == "bearer" else "",
    )


def read_body(call: Call, body: bytes) -> None:
    """Split a small body into its JSON and its file; raises ApiError for what cannot be read."""
    call.has_body = bool(body)
    mime = call.headers.get("content-type", "")
    if mime.startswith("multipart/related"):
        call.body, call.media_type, call.media = _related(mime, body)
        call.media_size = len(call.media)
    elif call.path.startswith("/upload/") and call.one("uploadType") == "media":
        call.media_type, call.media, call.media_size = mime.partition(";")[0], body, len(body)
    elif call.headers.get("x-http-method-override") and mime.startswith("application/x-www-form-urlencoded"):
        call.query += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        call.has_body = False
    elif body:
        call.body = _json(body)


def _related(mime: str, body: bytes) -> tuple[Any, str, bytes]:
    """Two parts: JSON, then the file. Google's own client ends its lines with a bare LF."""
    boundary = mime.partition("boundary=")[2].split(";")[0].strip().strip('"').encode()
    parts = body.split(b"--" + boundary)[1:-1] if boundary else []
    if len(parts) != 2:
        raise ApiError(400, "badRequest", "Malformed multipart body.")
    (_, document), (media_type, media) = (_part(part) for part in parts)
    return _json(document), media_type, media


def _part(part: bytes) -> tuple[str, bytes]:
    part = part.removeprefix(b"\r").removeprefix(b"\n")
    ends = [(part.find(mark), mark) for mark in (b"\r\n\r\n", b"\n\n") if mark in part]
    if not ends:
        raise ApiError(400, "badRequest", "Malformed multipart body.")
    at, mark = min(ends)
    lines = part[:at].decode("latin-1").splitlines()
    mime = next(
        (line.partition(":")[2].strip() for line in lines if line.lower().startswith("content-type:")), ""
    )
    return mime, part[at + len(mark) :].removesuffix(b"\n").removesuffix(b"\r")


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ApiError(400, "parseError", "This API does not support parsing form-encoded input.") from None


def good(answer: Any) -> Reply:
    return Reply(200, json.dumps(answer).encode(), JSON)
