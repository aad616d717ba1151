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

from facebook_business.adobjects.advideo import AdVideo
from facebook_business.adobjects.comment import Comment
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.photo import Photo
from facebook_business.adobjects.user import User
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
    ("PagePost", "GET", "comments"): (PagePost, "get_comments", Comment),
    ("PagePost", "GET", "insights"): (PagePost, "get_insights", None),
    ("Photo", "GET", ""): (Photo, "api_get", Photo),
    ("Photo", "DELETE", ""): (Photo, "api_delete", None),
    ("Page", "GET", "videos"): (Page, "get_videos", AdVideo),
    ("Page", "GET", "video_reels"): (Page, "get_video_reels", AdVideo),
    ("Page", "POST", "videos"): (Page, "create_video", None),
    ("Page", "POST", "video_reels"): (Page, "create_video_reel", None),
    ("Video", "GET", ""): (AdVideo, "api_get", AdVideo),
    ("Video", "GET", "comments"): (AdVideo, "get_comments", Comment),
    ("Video", "GET", "video_insights"): (AdVideo, "get_video_insights", None),
    ("Video", "POST", ""): (AdVideo, "api_update", None),
    ("Video", "POST", "captions"): (AdVideo, "create_cap_t_i_on", None),
    ("Video", "POST", "thumbnails"): (AdVideo, "create_thumbnail", None),
    ("Video", "DELETE", ""): (AdVideo, "api_delete", None),
    ("User", "GET", ""): (User, "api_get", User),
    ("User", "GET", "accounts"): (User, "get_accounts", Page),
}
# the tables list no file part for photos, and a string where the bytes of a video go
FILE_PARTS = {("Page", "POST", "photos"): {"source"}, ("Page", "POST", "videos"): {"video_file_chunk"}}
UNLISTED = {  # not in the tables
    ("", "GET", "debug_token"): {"input_token"},  # Meta, "Debugging", 2026-11
    # Meta, "Long-Lived Access Tokens", 2026-11
    ("", "GET", "access_token"): {"grant_type", "client_id", "client_secret", "fb_exchange_token"},
    ("", "POST", ""): {"batch"},  # Meta, "Batch Requests"; facebook_business.api.FacebookAdsApiBatch
    ("Video", "POST", "video-upload"): {"offset", "file_size"},  # Meta, "Reels Publishing API", 2026-11
}
_ENUM_VALUE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


UNLISTED_FIELDS = {("User", "GET", "accounts"): frozenset({"tasks"})}  # Meta, "Page Access Tokens", 2026-11


def audit(method: str, edge: str, node: str, params: dict[str, str], files: dict[str, str]) -> list[str]:
    """What Meta's tables say against a request; empty when nothing."""
    if known := UNLISTED.get((node, method, edge)):
        return [f"unknown parameter {name!r}" for name in params if name not in known | COMMON]
    call = CALLS.get((node, method, edge))
    if call is None:
        return [f"unknown edge {edge!r} for {method} on {node}"]
    types, enums = _table(*call[:2])
    wrong = []
    for key, value in params.items():
        name = key.partition("[")[0]
        if name == "fields":
            wrong += _wrong_fields(value, call[2], UNLISTED_FIELDS.get((node, method, edge), frozenset()))
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


def _wrong_fields(fields: str, node: Any, more: frozenset[str]) -> list[str]:
    if node is None:
        return ["fields= on a call without a node"]
    edges = {name.removeprefix("get_") for name in vars(node) if name.startswith("get_")}
    known = set(node._field_types) | edges | more
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
