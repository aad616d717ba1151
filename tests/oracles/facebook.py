"""Judge of every request sent to the practice platform: Meta's own tables in `facebook-business` 26.0.3.

Facebook ignores a parameter it does not know, so a typing slip never shows there; it shows here. The
package is a development dependency only (its licence allows use with Facebook's APIs; docs/adr/0005).
Never call `FacebookAdsApi.init()`: it installs an excepthook that reports crashes to Meta.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from typing import Any

from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.photo import Photo
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

COMMON = {
    "access_token",
    "appsecret_proof",
    "fields",
    "locale",
    "limit",
    "after",
    "before",
    "since",
    "until",
    "summary",
}

# (node, method, edge) → the method of the SDK class that makes this request, and the node it answers with
CALLS: dict[tuple[str, str, str], tuple[type, str, type | None]] = {
    ("Page", "GET", ""): (Page, "api_get", Page),
    ("Page", "GET", "feed"): (Page, "get_feed", PagePost),
    ("Page", "GET", "posts"): (Page, "get_posts", PagePost),
    ("Page", "GET", "published_posts"): (Page, "get_published_posts", PagePost),
    ("Page", "GET", "scheduled_posts"): (Page, "get_scheduled_posts", PagePost),
    ("Page", "GET", "insights"): (Page, "get_insights", None),
    ("Page", "POST", "feed"): (Page, "create_feed", PagePost),
    ("Page", "POST", "photos"): (Page, "create_photo", Photo),
    ("PagePost", "GET", ""): (PagePost, "api_get", PagePost),
    ("PagePost", "POST", ""): (PagePost, "api_update", PagePost),
    ("PagePost", "DELETE", ""): (PagePost, "api_delete", None),
    ("PagePost", "GET", "insights"): (PagePost, "get_insights", None),
    ("Photo", "GET", ""): (Photo, "api_get", Photo),
    ("Photo", "DELETE", ""): (Photo, "api_delete", None),
}
FILE_PARTS = {("Page", "POST", "photos"): {"source"}}  # the table lists no file part for photos
_ENUM_VALUE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def audit(method: str, edge: str, node: str, params: dict[str, str], files: dict[str, str]) -> list[str]:
    """What Meta's tables say against a request; empty when nothing."""
    if (node, method, edge) == ("", "GET", "debug_token"):  # not in the tables; Meta, "Debugging" 2026-11
        return [f"unknown parameter {name!r}" for name in params if name not in {"input_token", *COMMON}]
    call = CALLS.get((node, method, edge))
    if call is None:
        return [f"unknown edge {edge!r} for {method} on {node}"]
    types, enums = _table(*call[:2])
    wrong = []
    for key, value in params.items():
        name = key.partition("[")[0]
        if name == "fields":
            wrong += _wrong_fields(value, call[2])
        elif name in types:
            kind = types[name]
            if key != name and kind.startswith("list<"):
                kind = kind.removeprefix("list<").removesuffix(">")
            if not _fits(kind, value, enums, metric=name == "metric"):
                wrong.append(f"{key}={value[:60]!r} is not a {kind}")
        elif name not in COMMON:
            wrong.append(f"unknown parameter {name!r}")
    allowed = FILE_PARTS.get((node, method, edge), set())
    wrong += [f"unknown file part {n!r}" for n in files if n not in allowed and types.get(n) != "file"]
    return wrong


@cache
def _table(node: type, maker: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    api = FacebookAdsApi(FacebookSession(access_token="t"), api_version="v26.0")
    request = getattr(node("1", api=api), maker)(pending=True)
    checker = request._param_checker
    enums = {
        name: {value for value in values if isinstance(value, str) and _ENUM_VALUE.fullmatch(value)}
        for name, values in checker._enum_data.items()
    }
    return checker._type_check_info, enums


def _wrong_fields(fields: str, node: Any) -> list[str]:
    if node is None:
        return ["fields= on a call without a node"]
    edges = {name.removeprefix("get_") for name in vars(node) if name.startswith("get_")}
    known = set(node._field_types) | edges
    return [
        f"(#100) Tried accessing nonexisting field ({name}) on node type ({node.__name__})"
        for name in _names(fields)
        if name not in known
    ]


def _names(fields: str) -> list[str]:
    flat, depth = "", 0
    for letter in fields:
        depth += letter in "{("
        flat += letter if depth == 0 else ""
        depth -= letter in "})"
    return [name.partition(".")[0].strip() for name in flat.split(",")]


def _fits(kind: str, value: str, enums: dict[str, set[str]], *, metric: bool) -> bool:
    if kind in enums:
        return value in enums[kind]
    if metric:  # documented as a comma list, typed as list<Object>
        return bool(re.fullmatch(r"[a-z0-9_]+(,[a-z0-9_]+)*", value))
    if kind == "bool":
        return value in ("true", "false", "1", "0")
    if kind in ("int", "unsigned int"):
        return value.isascii() and value.isdigit()
    if kind == "float":
        return bool(re.fullmatch(r"-?\d+(\.\d+)?", value))
    if kind == "datetime":
        return value.isdigit() or _is_iso(value)
    if kind.startswith(("list", "map")) or kind == "Object":
        return _is_json(value, kind)
    return True


def _is_json(value: str, kind: str) -> bool:
    try:
        decoded = json.loads(value)
    except ValueError:
        return False
    if kind.startswith("list"):
        wants_objects = kind == "list<Object>"
        return isinstance(decoded, list) and (
            not wants_objects or all(isinstance(entry, dict) for entry in decoded)
        )
    return isinstance(decoded, dict)


def _is_iso(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
