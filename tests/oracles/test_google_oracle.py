"""The judge catches slips itself: otherwise its silence means nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.practice.youtube.wire import Call, read_body, read_head
from connectors.practice.youtube.world import ALL_SCOPES
from tests.oracles.google import audit

VIDEO = {"snippet": {"title": "T"}, "status": {"privacyStatus": "private"}}
START = "/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status"
FILE = {"x-upload-content-type": "video/mp4", "x-upload-content-length": "10"}


def call(
    method: str,
    address: str,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    scopes: tuple[str, ...] = ALL_SCOPES,
) -> Call:
    path, _, query = address.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    made = read_head(method, path, query.encode(), raw)
    read_body(made, b"" if body is None else json.dumps(body).encode())
    made.scopes = frozenset(scopes)
    return made


def related(address: str, document: Any, mime: str, content: bytes) -> Call:
    path, _, query = address.partition("?")
    made = read_head(
        "POST", path, query.encode(), [(b"content-type", b'multipart/related; boundary="==b=="')]
    )
    first = b"--==b==\nContent-Type: application/json\n\n" + json.dumps(document).encode()
    second = b"\n--==b==\nContent-Type: " + mime.encode() + b"\n\n" + content + b"\n--==b==--"
    read_body(made, first + second)
    made.scopes = frozenset(ALL_SCOPES)
    return made


@pytest.mark.parametrize(
    "sound",
    [
        call("POST", START, VIDEO, headers=FILE),
        call("GET", "/youtube/v3/videos?part=snippet,status&id=a,b&alt=json"),
        call("PUT", "/youtube/v3/videos?part=status", {"id": "a", "status": {"privacyStatus": "public"}}),
        call(
            "PUT",
            "/youtube/v3/videos?part=snippet,status",
            {"id": "a", **VIDEO, "status": {"privacyStatus": "private", "publishAt": "2026-12-01T01:00:00Z"}},
        ),
        call("GET", "/youtube/v3/videos:batchGetStats?part=statistics&id=a"),
        call("DELETE", "/youtube/v3/videos?id=a"),
        call("GET", "/youtube/v3/commentThreads?part=id,snippet,replies&videoId=a&order=time&maxResults=100"),
        call("GET", "/youtube/v3/comments?part=id,snippet&parentId=a&textFormat=plainText"),
        call("GET", "/v2/reports?ids=channel==MINE&startDate=2026-11-01&endDate=2026-11-20&metrics=views"),
        call("PUT", "/upload/youtube/v3/videos?uploadType=resumable&upload_id=x"),
        related(
            "/upload/youtube/v3/captions?uploadType=multipart&part=snippet",
            {"snippet": {"videoId": "a", "language": "vi", "name": ""}},
            "application/octet-stream",
            b"WEBVTT\n",
        ),
    ],
    ids=lambda sound: sound.operation,
)
def test_sound_requests_pass(sound: Call) -> None:
    assert audit(sound) == []


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (call("GET", "/youtube/v3/vidoes?part=id&id=a"), "unknown path"),
        (call("POST", "/youtube/v3/channels?part=id"), "unknown path or verb"),
        (call("GET", "/youtube/v3/videos?prat=id&id=a"), "unknown query 'prat'"),
        (call("GET", "/youtube/v3/videos?id=a"), "missing query 'part'"),
        (call("GET", "/youtube/v3/videos?part=foo&id=a"), "unknown part 'foo'"),
        (call("GET", "/youtube/v3/videos?part=id&chart=popular"), "is not one of"),
        (call("GET", "/youtube/v3/playlistItems?part=id&playlistId=a&maxResults=500"), "is above 50"),
        (call("GET", "/youtube/v3/playlistItems?part=id&maxResults=ten"), "no integer"),
        (call("GET", "/youtube/v3/channels?part=id&mine=yes"), "no boolean"),
        (call("GET", "/youtube/v3/commentThreads?part=id&videoId=a&order=newest"), "is not one of"),
        (call("GET", "/youtube/v3/comments?part=replies&parentId=a"), "unknown part"),
        (call("GET", "/youtube/v3/commentThreads?part=id&maxResults=500"), "is above 100"),
        (call("GET", "/youtube/v3/commentThreads?part=id", scopes=ALL_SCOPES[1:2]), "no scope"),
        (call("POST", START + "&notify=true", VIDEO, headers=FILE), "unknown query 'notify'"),
        (call("POST", START, {"snipet": {}}, headers=FILE), "unknown field Video.snipet"),
        (call("POST", START, {"snippet": {"titel": "T"}}, headers=FILE), "unknown field Video.snippet.titel"),
        (call("POST", START, {"status": {"privacyStatus": "friends"}}, headers=FILE), "is not one of"),
        (call("POST", START, {"snippet": {"tags": "a,b"}}, headers=FILE), "is no list"),
        (call("POST", START, {"snippet": {"title": 7}}, headers=FILE), "is no string"),
        (call("POST", START, {"status": {"embeddable": "true"}}, headers=FILE), "is no boolean"),
        (
            call("POST", START, {"status": {"publishAt": "2026-12-01 08:00"}}, headers=FILE),
            "time with a zone",
        ),
        (call("POST", START, headers=FILE), "without a body"),
        (call("POST", START.replace(",status", ""), VIDEO, headers=FILE), "'status' is not in part"),
        (call("POST", START, VIDEO, headers={**FILE, "x-upload-content-type": "text/plain"}), "'text/plain'"),
        (call("POST", START, VIDEO, headers={**FILE, "x-upload-content-length": "999999999999"}), "at most"),
        (call("POST", START, VIDEO, headers=FILE, scopes=ALL_SCOPES[1:2]), "no scope"),
        (call("PUT", "/youtube/v3/videos?part=status", {"status": {}}), "no id"),
        (call("PUT", "/youtube/v3/videos?part=status", {"id": "a", **VIDEO}), "'snippet' is not in part"),
        (call("DELETE", "/youtube/v3/videos"), "missing query 'id'"),
        (call("DELETE", "/youtube/v3/videos?id=a", scopes=ALL_SCOPES[1:2]), "no scope"),
        (call("GET", "/youtube/v3/videos?part=id&id=a", {"id": "a"}), "takes no body"),
        (
            call(
                "GET",
                "/youtube/v3/captions?part=id&videoId=a",
                scopes=("https://www.googleapis.com/auth/youtube",),
            ),
            "no scope",
        ),
        (
            call("POST", "/youtube/v3/playlistItems?part=snippet", {"snippet": {"playlistId": "a"}}),
            "resourceId",
        ),
        (call("GET", "/v2/reports?ids=nobody&startDate=2026-11-01&endDate=1&metrics=views"), "does not look"),
        (call("GET", "/v2/reports?ids=channel==MINE"), "missing query 'metrics'"),
        (call("PUT", "/upload/youtube/v3/nothing?upload_id=x"), "no session lives here"),
        (
            related(
                "/upload/youtube/v3/captions?uploadType=multipart&part=snippet",
                {"snippet": {"videoId": "a", "language": "vi"}},
                "text/vtt",
                b"x",
            ),
            "missing field Caption.snippet.name",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_slip_is_caught(slip: Call, said: str) -> None:
    assert any(said in wrong for wrong in audit(slip)), audit(slip)


def test_a_picture_of_the_wrong_kind_is_caught() -> None:
    raw = [(b"content-type", b"image/gif")]
    made = read_head("POST", "/upload/youtube/v3/thumbnails/set", b"videoId=a&uploadType=media", raw)
    read_body(made, b"GIF89a")
    assert any("image/gif" in wrong for wrong in audit(made))
