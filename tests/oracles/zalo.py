"""Judge of every request sent to the practice Zalo, and the vectors nobody here made.

`zalo_data/` holds outputs of Zalo's own Java SDK and recorded quota answers (its README names the origins).
No machine-readable description of the article API exists. The tables below transcribe the request samples of
Zalo's Java SDK (zaloplatform/zalo-java-sdk @ d869903, `src/test/java/*Article*.java`, `GetAccessTokenBy
RefreshToken.java`) as facts/zalo.md §1, §2 and §9 give them; they were not checked against the live API.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("zalo_data")

TOKEN_PATH = "/v4/oa/access_token"
ARTICLE = {
    *("type", "title", "author", "cover", "description", "body", "related_medias", "tracking_link"),
    *("status", "comment"),
}
COVER = {"cover_type", "photo_url", "video_id", "cover_view", "status"}
BLOCKS = {
    "text": {"type", "content"},
    "image": {"type", "url", "caption"},
    "video": {"type", "url", "video_id", "thumb"},
    "product": {"type", "id"},
}
BODIES = {
    "/v2.0/article/create": ARTICLE,
    "/v2.0/article/update": ARTICLE | {"id"},
    "/v2.0/article/verify": {"token"},
    "/v2.0/article/remove": {"id"},
    "/v2.0/oa/message": {"recipient", "message"},
    "/v3.0/oa/quota/message": {"user_id", "quota_owner", "product_type", "quota_type"},
}
QUERIES: dict[str, set[str]] = {
    "/v2.0/article/getdetail": {"id"},
    "/v2.0/article/getslice": {"offset", "limit", "type"},
    "/v2.0/oa/getoa": set(),
    "/v2.0/article/upload_video/verify": {"token"},
}
UPLOAD_PATH = "/v2.0/article/upload_video/preparevideo"
VIDEO = {"type", "title", "description", "video_id", "avatar", "comment"}
"""`CreateVideoArticle.java`; `status` is sent by NukeViet (facts §2.2)."""
GRANTS = {
    "refresh_token": {"app_id", "grant_type", "refresh_token"},
    "authorization_code": {"app_id", "grant_type", "code", "code_verifier"},
}


@cache
def vectors() -> dict[str, list[dict[str, str]]]:
    """Inputs and outputs of the SDK's PKCE, proof and MAC helpers."""
    found: dict[str, Any] = json.loads((DATA / "signature-vectors.json").read_text("utf-8"))
    return {name: rows for name, rows in found.items() if isinstance(rows, list)}


@cache
def recorded_quotas() -> list[dict[str, Any]]:
    """Requests and answers of the quota call, as somebody else recorded them."""
    return list(json.loads((DATA / "recorded-quota-responses.json").read_text("utf-8"))["responses"])


def audit(
    method: str, path: str, headers: dict[str, str], query: dict[str, str], body: dict[str, Any]
) -> list[str]:
    """What the samples say against a request; empty when nothing."""
    if path == TOKEN_PATH:
        return _token_request(method, headers, query, body)
    wrong = [] if headers.get("access_token") else ["no access_token header"]
    if "authorization" in headers:
        wrong.append("Zalo wants a bare access_token header, no Authorization")
    secret = set(query) & {"access_token", "appsecret_proof", "refresh_token"}
    wrong += [f"a secret in the address: {name}" for name in sorted(secret)]
    if path == UPLOAD_PATH:
        if method != "POST" or not headers.get("content-type", "").startswith("multipart/form-data"):
            wrong.append("a video goes up as a form")
        if set(body) != {"file"}:
            wrong.append(f"one part named file, not {sorted(body)}")
    elif method == "POST" and path in BODIES:
        known = VIDEO | {"id", "status"} if body.get("type") == "video" else BODIES[path]
        wrong += [f"unknown field {name!r}" for name in sorted(body.keys() - known)]
        if query:
            wrong.append(f"a query on a POST: {sorted(query)}")
        if "application/json" not in headers.get("content-type", ""):
            wrong.append("the body is not sent as JSON")
        if path.endswith(("create", "update")):
            wrong += _video(body) if body.get("type") == "video" else _article(body)
        if path == "/v2.0/oa/message":
            wrong += _broadcast(body)
    elif method == "GET" and path in QUERIES:
        if set(query) != QUERIES[path]:
            wrong.append(f"query {sorted(query)} instead of {sorted(QUERIES[path])}")
        if path.endswith("upload_video/verify") and headers.get("token") != query.get("token"):
            wrong.append("the SDK sends the video's token as a header")
    else:
        wrong.append("no such call")
    return wrong


def _token_request(
    method: str, headers: dict[str, str], query: dict[str, str], body: dict[str, Any]
) -> list[str]:
    wrong = [] if method == "POST" else [f"{method} instead of POST"]
    if query:
        wrong.append("secrets belong in the form, not the address")
    if not headers.get("secret_key"):
        wrong.append("no secret_key header")
    if "application/x-www-form-urlencoded" not in headers.get("content-type", ""):
        wrong.append("not form-encoded")
    grant = str(body.get("grant_type"))
    if set(body) != GRANTS.get(grant, set()):
        wrong.append(f"{grant}: fields {sorted(body)}")
    return wrong


def _video(body: dict[str, Any]) -> list[str]:
    return [f"missing {name!r}" for name in sorted(VIDEO - set(body))]


def _broadcast(body: dict[str, Any]) -> list[str]:
    """`SendBroadcastMessage.java`: its shape; the target is free but an object of texts."""
    target = body.get("recipient", {}).get("target")
    wrong = [] if isinstance(target, dict) else ["a broadcast has a target"]
    if isinstance(target, dict) and not all(isinstance(value, str) for value in target.values()):
        wrong.append("a target's values are texts")
    attachment = body.get("message", {}).get("attachment", {})
    payload = attachment.get("payload", {})
    if attachment.get("type") != "template" or payload.get("template_type") != "media":
        wrong.append("a broadcast is a template of media")
    for element in payload.get("elements") or [{}]:
        if set(element) != {"media_type", "attachment_id"} or element["media_type"] != "article":
            wrong.append("an element is an article by its id")
    return wrong


def _article(body: dict[str, Any]) -> list[str]:
    wrong = [
        f"missing {name!r}" for name in sorted({"type", "title", "cover", "description", "body"} - set(body))
    ]
    cover = body.get("cover")
    if not isinstance(cover, dict) or not isinstance(cover.get("cover_type"), str):
        wrong.append("cover_type is a word: photo or video")
    else:
        wrong += [f"unknown cover field {name!r}" for name in sorted(cover.keys() - COVER)]
    for block in body.get("body") or []:
        allowed = BLOCKS.get(block.get("type"), set())
        wrong += [f"{block.get('type')}: unknown {name!r}" for name in sorted(block.keys() - allowed)]
        if not all(isinstance(value, str) for value in block.values()):
            wrong.append(f"{block.get('type')}: a value that is no text")
    return wrong
