"""Requests and answers as they travel: forms, multipart, tokens, and Facebook's error shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """One file part."""

    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class Request:
    """One Graph call. `edge` is empty for a call on the object itself; `node` is its type's name."""

    method: str
    version: str
    object: str
    edge: str
    base: str
    token: str = ""
    params: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    node: str = ""
    spoiled: str = ""
    """A fault that the work itself shows, not its answer: `processing_failed`, `offset_invalid`."""


@dataclass(slots=True)
class Reply:
    """What goes back. `cut` closes the connection instead; `delay_s` waits before either.

    `late` does the work after the delay and gives the real answer.
    """

    status: int = 200
    body: bytes = b"{}"
    content_type: str | None = "application/json; charset=UTF-8"
    cut: bool = False
    delay_s: float = 0.0
    late: Callable[[], Reply] | None = None
    headers: dict[str, str] = field(default_factory=dict)


class GraphError(Exception):
    """An error as Facebook words it; `kind` is its `type`: OAuthException or GraphMethodException."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        status: int = 400,
        kind: str = "OAuthException",
        user_message: str = "",
        transient: bool = False,
        data: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind, "code": code}
        if subcode is not None:
            self.error["error_subcode"] = subcode
        if transient or user_message:
            self.error["is_transient"] = transient
        if user_message:
            self.error["error_user_msg"] = user_message
        if data is not None:
            self.error["error_data"] = data

    def reply(self, trace: str) -> Reply:
        body = json.dumps({"error": {**self.error, "fbtrace_id": trace}})
        return Reply(self.status, body.encode(), headers={"WWW-Authenticate": f'OAuth "Facebook" "{trace}"'})


def missing(method: str, name: str) -> GraphError:
    """Gone, foreign and never existed look the same on purpose."""
    return GraphError(
        100,
        f"Unsupported {method.lower()} request. Object with ID '{name}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation. Please read the Graph API "
        "documentation at https://developers.facebook.com/docs/graph-api",
        subcode=33,
        kind="GraphMethodException",
    )


def read(
    method: str, path: str, query: bytes, headers: dict[bytes, bytes], body: bytes, *, default_host: str
) -> Request | None:
    """A Graph request, or None when the path is none: `/v26.0/{object}` or `/v26.0/{object}/{edge}`."""
    parts = path.split("/")
    if len(parts) not in (3, 4) or not parts[1].startswith("v") or not parts[2]:
        return None
    host = headers.get(b"host", b"").decode("latin-1") or default_host
    edge = parts[3] if len(parts) == 4 else ""
    request = Request(method, parts[1], parts[2], edge, f"http://{host}")
    if query:
        request.params.update(_form(query))
    if body:
        content_type = headers.get(b"content-type", b"")
        if content_type.startswith(b"multipart/form-data"):
            _read_multipart(content_type, body, request)
        else:
            request.params.update(_form(body))
    scheme, _, bearer = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    by_header = bearer.strip() if scheme.lower() in ("bearer", "oauth") else ""
    request.token = request.params.pop("access_token", "") or by_header
    return request


def read_rupload(method: str, path: str, headers: dict[bytes, bytes], *, default_host: str) -> Request | None:
    """The head of `POST /video-upload/v26.0/{video}`: what is a parameter elsewhere is a header here."""
    parts = path.split("/")
    if len(parts) != 4 or method != "POST":
        return None
    host = headers.get(b"host", b"").decode("latin-1") or default_host
    request = Request(method, parts[2], parts[3], "video-upload", f"http://{host}", node="Video")
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    request.token = token.strip() if scheme == "OAuth" else ""
    for name in ("offset", "file_size"):
        if value := headers.get(name.encode()):
            request.params[name] = value.decode("latin-1")
    return request


def _form(text: bytes) -> dict[str, str]:
    return dict(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))


def _read_multipart(content_type: bytes, body: bytes, request: Request) -> None:
    _, _, boundary = content_type.partition(b"boundary=")
    boundary = boundary.split(b";")[0].strip().strip(b'"')
    if not boundary:
        return
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        lines = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.split(b"\r\n"))
        }
        words = _disposition(lines.get(b"content-disposition", b""))
        name = words.get("name", "")
        if "filename" in words:
            mime = lines.get(b"content-type", b"application/octet-stream").decode("latin-1")
            request.files[name] = Upload(words["filename"], mime, content)
        else:
            request.params[name] = content.decode("utf-8", "replace")


def _disposition(header: bytes) -> dict[str, str]:
    words: dict[str, str] = {}
    for item in header.split(b";")[1:]:
        name, _, value = item.strip().partition(b"=")
        text = unquote_to_bytes(value.strip(b'"')).decode("utf-8", "replace")
        words[name.decode("latin-1").removesuffix("*")] = text
    return words
