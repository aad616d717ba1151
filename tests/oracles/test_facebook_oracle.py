"""The judge itself is judged: it must see the slips it is there for."""

from __future__ import annotations

import pytest

from tests.oracles.facebook import CALLS, audit


def test_a_correct_post_passes():
    params = {
        "message": "Chào",
        "published": "false",
        "fields": "id,permalink_url",
        "locale": "vi_VN",
        "attached_media": '[{"media_fbid":"1"}]',
    }
    assert audit("POST", "feed", "Page", params, {}) == []
    assert audit("POST", "", "PagePost", {"is_published": "true"}, {}) == []
    assert audit("POST", "photos", "Page", {"published": "false"}, {"source": "image/png"}) == []
    assert (
        audit("GET", "published_posts", "Page", {"fields": "id,attachments{target}", "limit": "50"}, {}) == []
    )


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"mesage": "x"}, "unknown parameter 'mesage'"),
        ({"message": "x", "published": "False"}, "published='False' is not a bool"),
        ({"unpublished_content_type": "SECRET"}, "is not a unpublished_content_type_enum"),
        ({"attached_media": '["1"]'}, "is not a list<Object>"),
        ({"attached_media": "1,2"}, "is not a list<Object>"),
        ({"attached_media[0]": "1"}, "is not a Object"),
        ({"scheduled_publish_time": "tomorrow"}, "is not a datetime"),
        ({"fields": "id,permalink"}, "nonexisting field (permalink)"),
        ({"targeting": "[]"}, "is not a Object"),
    ],
)
def test_a_slip_in_a_post_is_seen(params: dict[str, str], said: str):
    found = audit("POST", "feed", "Page", params, {})
    assert len(found) == 1
    assert said in found[0]


def test_an_unknown_edge_is_seen():
    assert audit("POST", "fead", "Page", {}, {}) == ["unknown edge 'fead' for POST on Page"]
    assert audit("PUT", "feed", "Page", {}, {}) != []


def test_an_unknown_file_part_is_seen():
    assert audit("POST", "photos", "Page", {}, {"sauce": "image/png"}) == ["unknown file part 'sauce'"]


def test_a_bad_period_of_insights_is_seen():
    params = {"metric": "post_media_view,post_clicks", "period": "lifetime"}
    assert audit("GET", "insights", "PagePost", params, {}) == []
    assert audit("GET", "insights", "PagePost", {**params, "period": "forever"}, {}) != []


@pytest.mark.parametrize("call", CALLS)
def test_every_call_in_the_list_has_a_table(call: tuple[str, str, str]):
    node, method, edge = call
    assert audit(method, edge, node, {"no_such_thing": "1"}, {}) == ["unknown parameter 'no_such_thing'"]


def test_a_correct_video_passes():
    start = {"upload_phase": "start", "file_size": "1000"}
    assert audit("POST", "videos", "Page", start, {}) == []
    chunk = {"upload_phase": "transfer", "upload_session_id": "1", "start_offset": "0"}
    assert audit("POST", "videos", "Page", chunk, {"video_file_chunk": "application/octet-stream"}) == []
    end = {
        "upload_phase": "finish",
        "upload_session_id": "1",
        "custom_labels": '["loa:1"]',
        "published": "false",
    }
    assert audit("POST", "videos", "Page", end, {"thumb": "image/png"}) == []
    assert audit("POST", "", "Video", {"published": "true"}, {}) == []
    reel = {"upload_phase": "finish", "video_id": "1", "video_state": "SCHEDULED", "title": "x"}
    assert audit("POST", "video_reels", "Page", {**reel, "scheduled_publish_time": "1795312800"}, {}) == []
    assert audit("POST", "video-upload", "Video", {"offset": "0", "file_size": "10"}, {}) == []


@pytest.mark.parametrize(
    ("edge", "node", "params", "files", "said"),
    [
        ("videos", "Page", {"upload_phase": "begin"}, {}, "upload_phase='begin' is not a"),
        ("videos", "Page", {"file_size": "1e6"}, {}, "is not a unsigned int"),
        ("videos", "Page", {"custom_labels": "loa:1"}, {}, "is not a list<string>"),
        ("videos", "Page", {}, {"video_chunk": "x"}, "unknown file part 'video_chunk'"),
        ("video_reels", "Page", {"video_state": "LIVE"}, {}, "video_state='LIVE' is not a"),
        ("video_reels", "Page", {"custom_labels": '["x"]'}, {}, "unknown parameter 'custom_labels'"),
        ("", "Video", {"title": "x"}, {}, "unknown parameter 'title'"),
        ("captions", "Video", {"locale_default": "vi_VN"}, {}, "unknown parameter 'locale_default'"),
        ("video-upload", "Video", {"file_offset": "0"}, {}, "unknown parameter 'file_offset'"),
    ],
)
def test_a_slip_in_a_video_is_seen(
    edge: str, node: str, params: dict[str, str], files: dict[str, str], said: str
):
    found = audit("POST", edge, node, params, files)
    assert len(found) == 1
    assert said in found[0]


def test_tasks_are_known_where_pages_are_listed_and_nowhere_else():
    assert audit("GET", "accounts", "User", {"fields": "id,tasks"}, {}) == []
    assert audit("GET", "", "Page", {"fields": "id,tasks"}, {}) != []


@pytest.mark.parametrize("node", ["PagePost", "Video"])
def test_a_slip_in_reading_comments_is_seen(node: str):
    params = {"fields": "id,message,from{id},parent{id},is_hidden", "filter": "stream", "limit": "50"}
    assert audit("GET", "comments", node, {**params, "order": "reverse_chronological"}, {}) == []
    for slip in ({"order": "newest"}, {"filter": "all"}, {"fields": "id,text"}, {"sort": "time"}):
        assert len(audit("GET", "comments", node, params | slip, {})) == 1, slip
