"""The judge finds what it is there for, and the data are the ones that were handed over."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.oracles.zalo import audit, recorded_quotas, vectors

JSON = {"access_token": "t", "content-type": "application/json"}
FORM = {"secret_key": "k", "content-type": "application/x-www-form-urlencoded"}
ARTICLE: dict[str, Any] = {
    "type": "normal",
    "title": "Tiêu đề",
    "author": "Đơn vị",
    "cover": {"cover_type": "photo", "photo_url": "https://xa.example/a.jpg", "status": "show"},
    "description": "Tóm tắt",
    "body": [{"type": "text", "content": "Đoạn"}, {"type": "image", "url": "https://xa.example/b.jpg"}],
    "tracking_link": "https://xa.example/?loa=1",
    "status": "hide",
    "comment": "show",
}
CREATE = ("POST", "/v2.0/article/create")


def test_the_documented_requests_pass() -> None:
    assert audit(*CREATE, JSON, {}, ARTICLE) == []
    assert audit("POST", "/v2.0/article/update", JSON, {}, {**ARTICLE, "id": "1"}) == []
    assert audit("POST", "/v2.0/article/verify", JSON, {}, {"token": "t"}) == []
    listing = {"offset": "0", "limit": "10", "type": "normal"}
    assert audit("GET", "/v2.0/article/getslice", JSON, listing, {}) == []
    refresh = {"app_id": "1", "grant_type": "refresh_token", "refresh_token": "r"}
    assert audit("POST", "/v4/oa/access_token", FORM, {}, refresh) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda a: a.update(titel="?"), "unknown field 'titel'"),
        (lambda a: a.pop("cover"), "missing 'cover'"),
        (lambda a: a["cover"].update(cover_type=1), "cover_type is a word"),
        (lambda a: a["cover"].update(url="?"), "unknown cover field 'url'"),
        (lambda a: a["body"][0].update(html="?"), "text: unknown 'html'"),
        (lambda a: a["body"].append({"type": "image", "url": 5}), "a value that is no text"),
    ],
)
def test_a_slip_in_an_article_is_found(change: Any, found: str) -> None:
    article = copy.deepcopy(ARTICLE)
    change(article)
    assert any(found in wrong for wrong in audit(*CREATE, JSON, {}, article))


def test_other_slips_are_found() -> None:
    assert audit(*CREATE, {"content-type": "application/json"}, {}, ARTICLE) == ["no access_token header"]
    assert audit(*CREATE, {**JSON, "authorization": "Bearer t"}, {}, ARTICLE)
    assert audit(*CREATE, JSON, {"access_token": "t"}, ARTICLE)
    assert audit("GET", "/v2.0/article/getslice", JSON, {"data": "{}"}, {})
    assert audit("POST", "/v3.0/article/create", JSON, {}, ARTICLE) == ["no such call"]
    assert audit("POST", "/v4/oa/access_token", {}, {}, {"grant_type": "refresh_token"})


VIDEO: dict[str, Any] = {
    "type": "video",
    "title": "Tiêu đề",
    "description": "Tóm tắt",
    "video_id": "v",
    "avatar": "https://xa.example/a.jpg",
    "comment": "show",
}
FORM_DATA = {"access_token": "t", "content-type": "multipart/form-data; boundary=x"}
UPLOAD = ("POST", "/v2.0/article/upload_video/preparevideo")
SENT: dict[str, Any] = {
    "recipient": {"target": {"gender": "0"}},
    "message": {
        "attachment": {
            "type": "template",
            "payload": {
                "template_type": "media",
                "elements": [{"media_type": "article", "attachment_id": "1"}],
            },
        }
    },
}


def test_videos_and_broadcasts_pass_as_the_samples_have_them() -> None:
    assert audit(*CREATE, JSON, {}, VIDEO) == []
    assert audit("POST", "/v2.0/article/update", JSON, {}, {**VIDEO, "id": "1", "status": "show"}) == []
    assert audit(*UPLOAD, FORM_DATA, {}, {"file": "video/mp4"}) == []
    state = {"access_token": "t", "token": "v"}
    assert audit("GET", "/v2.0/article/upload_video/verify", state, {"token": "v"}, {}) == []
    assert audit("POST", "/v2.0/oa/message", JSON, {}, SENT) == []


def test_slips_in_videos_and_broadcasts_are_found() -> None:
    assert audit(*CREATE, JSON, {}, {**VIDEO, "body": []}) == ["unknown field 'body'"]
    assert audit(*CREATE, JSON, {}, {k: v for k, v in VIDEO.items() if k != "avatar"}) == ["missing 'avatar'"]
    assert audit(*UPLOAD, FORM_DATA, {}, {"video": "video/mp4"})
    assert audit(*UPLOAD, JSON, {}, {"file": "video/mp4"}) == ["a video goes up as a form"]
    verify = ("GET", "/v2.0/article/upload_video/verify")
    assert audit(*verify, {"access_token": "t"}, {"token": "v"}, {})
    assert audit("POST", "/v2.0/oa/message", JSON, {}, {**SENT, "recipient": {"target": {"gender": 0}}})
    assert audit("POST", "/v2.0/oa/message", JSON, {}, {**SENT, "message": {"text": "x"}})


def test_the_data_are_whole() -> None:
    assert {name: len(rows) for name, rows in vectors().items()} == {
        "pkce_s256": 2,
        "appsecret_proof": 2,
        "webhook_mac": 3,
    }
    assert [answer["response_json"]["error"] for answer in recorded_quotas()] == [0, 0, 0]
