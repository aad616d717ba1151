"""Calls and errors of the REST API as they travel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.practice.wordpress.faults import told
from connectors.practice.wordpress.world import User


class RestError(Exception):
    """An answer that is an error."""

    def __init__(self, code: str, status: int, message: str = "", **data: Any) -> None:
        super().__init__(code)
        self.reply = told(code, message or code, status, **data)


@dataclass
class Request:
    """One call. `edge` is `posts`, `posts/id`, `media` …, `object` the id; `user` None for a stranger."""

    method: str
    route: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    user: User | None = None
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def edge(self) -> str:
        parts = self.route.removeprefix("wp/v2/").split("/")
        return "/".join("id" if part.isdigit() else part for part in parts)

    @property
    def object(self) -> str:
        return next((part for part in self.route.split("/") if part.isdigit()), "")

    @property
    def method_name(self) -> str:
        return "POST" if self.method in ("PUT", "PATCH") else self.method


def fields_of(request: Request) -> dict[str, Any]:
    """The JSON body of a write; raises RestError for another."""
    if request.method == "GET" or request.edge == "media" or not request.body:
        return {}
    try:
        fields = json.loads(request.body)
    except ValueError:
        raise RestError("rest_invalid_json", 400) from None
    if not isinstance(fields, dict):
        raise RestError("rest_invalid_json", 400)
    return fields


def only(body: Any, wanted: str) -> Any:
    """`_fields=id,content.raw` leaves these."""
    if not wanted or not isinstance(body, dict):
        return body
    kept: dict[str, Any] = {}
    for name in wanted.split(","):
        outer, _, inner = name.strip().partition(".")
        if outer not in body:
            continue
        if not inner:
            kept[outer] = body[outer]
        elif isinstance(body[outer], dict) and inner in body[outer]:
            kept.setdefault(outer, {})[inner] = body[outer][inner]
    return kept
