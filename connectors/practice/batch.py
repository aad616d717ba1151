"""Several reads in one request: `POST /v26.0/` with `batch` (Meta, "Batch Requests")."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from connectors.practice.wire import GraphError, Reply, Request, read

MOST = 50
Answer = Callable[[Request | None], Reply]


def is_batch(method: str, path: str) -> bool:
    """Whether a request is one: a `POST` to a version and nothing else."""
    return method == "POST" and path.count("/") == 2 and path.endswith("/")


def head(path: str, query: bytes, headers: dict[bytes, bytes], body: bytes, *, host: str) -> Request | None:
    """The request as such: its token and its fields. Its object is none."""
    request = read("POST", f"{path}batch", query, headers, body, default_host=host)
    if request is not None:
        request.object = request.edge = ""
    return request


def reply(request: Request, answer: Answer) -> Reply:
    """The answers of the parts, each as if it had come alone; null for one that is cut. Raises GraphError."""
    found = [_told(answer(_part(request, one))) for one in _parts(request)]
    return Reply(body=json.dumps(found).encode())


def _parts(request: Request) -> list[dict[str, Any]]:
    try:
        parts = json.loads(request.params.get("batch", ""))
    except ValueError:
        parts = None
    if not isinstance(parts, list) or not parts or not all(isinstance(one, dict) for one in parts):
        raise GraphError(100, "(#100) batch parameter must be a JSON array")
    if len(parts) > MOST:
        raise GraphError(100, f"(#100) Too many requests in batch message. Maximum batch size is {MOST}")
    return parts


def _part(request: Request, part: dict[str, Any]) -> Request | None:
    """One part with the token and the common fields of the whole. Only reads are practised."""
    address = urlsplit(str(part.get("relative_url") or ""))
    if part.get("method") != "GET":
        raise GraphError(100, "(#100) The practice platform takes GET only in a batch")
    host = urlsplit(request.base).netloc
    made = read(
        "GET", f"/{request.version}/{address.path}", address.query.encode(), {}, b"", default_host=host
    )
    if made is not None:
        made.token = request.token
        common = ("appsecret_proof", "locale")
        made.params |= {name: request.params[name] for name in common if name in request.params}
    return made


def _told(told: Reply) -> dict[str, Any] | None:
    if told.cut:
        return None
    headers = [{"name": name, "value": value} for name, value in told.headers.items()]
    return {"code": told.status, "headers": headers, "body": told.body.decode("utf-8", "replace")}
