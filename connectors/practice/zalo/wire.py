"""Zalo's requests and answers as they travel, and its errors: HTTP 200 with `error` below zero."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from connectors.practice.wire import Reply


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a form as it came; its bytes are not kept but for the first few."""

    field: str
    mime: str
    size: int
    sha256: str
    head: bytes

    @property
    def is_video(self) -> bool:
        """MP4 or AVI, by the first bytes."""
        return self.head[4:8] == b"ftyp" or (self.head[:4] == b"RIFF" and self.head[8:12] == b"AVI ")


@dataclass(slots=True)
class Call:
    """One call. Header names are in small letters."""

    method: str
    path: str
    base: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    upload: Upload | None = None

    def json(self) -> dict[str, Any]:
        """The JSON object of the body; empty when it is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


class ZaloError(Exception):
    """An error as Zalo words it; the token endpoint says `error_name` where the API says `message`."""

    def __init__(self, code: int | str, message: str, *, status: int = 200, **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error": code, "message": message, **more}

    def reply(self) -> Reply:
        return answer(self.body, status=self.status)


def answer(body: Any, *, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False).encode(), "application/json;charset=utf-8")


def success(data: Any = None) -> Reply:
    return answer({"data": data, "error": 0, "message": "Success"} if data is not None else _DONE)


_DONE = {"error": 0, "message": "Success"}


def read(method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Call:
    heads = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    base = f"http://{heads.get('host', 'localhost')}"
    return Call(method, path, base, dict(parse_qsl(query.decode("latin-1"))), heads, body)
