"""The practice platform answers as Facebook does, right and wrong."""

from __future__ import annotations

import io
import json

import pytest
import requests
from PIL import Image

from connectors.practice import PracticeServer
from tests.connectors.practice.conftest import START, Caller


def png(width: int = 4) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (width, 4), "red").save(content, "PNG")
    return content.getvalue()


def upload(call: Caller, **data: str) -> str:
    files = {"source": ("a.png", png(), "image/png")}
    answer = call("POST", "1/photos", data={"published": "false", **data}, files=files)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def test_a_post_is_public_at_once_unless_told_otherwise(call: Caller, server: PracticeServer):
    shown, hidden = call.post(message="một"), call.post(message="hai", published="false")
    assert shown.startswith("1_")
    listed = call("GET", "1/published_posts").json()["data"]
    assert [post["id"] for post in listed] == [shown]
    assert set(listed[0]) == {"id", "message", "created_time"}
    assert [post["id"] for post in call("GET", "1/feed").json()["data"]] == [hidden, shown]
    assert server.ledger()["total"] | {"hidden": 1, "public": 1} == server.ledger()["total"]


def test_publishing_a_hidden_post_may_be_repeated(call: Caller, server: PracticeServer):
    post = call.post(message="một", published="false")
    assert call("GET", post, params={"fields": "is_published"}).json() == {"id": post, "is_published": False}
    call.advance(minutes=9)
    for _ in range(3):
        assert call("POST", post, data={"is_published": "true"}).json() == {"success": True}
    fields = "is_published,created_time,permalink_url,application"
    told = call("GET", post, params={"fields": fields}).json()
    assert told["is_published"] is True
    assert told["created_time"] == "2026-11-22T01:09:00+0000"
    assert call.browse(told["permalink_url"].removeprefix(server.url)).status_code == 200
    assert server.ledger()["total"] | {"reveals": 3, "public": 1} == server.ledger()["total"]
    assert call.error("POST", post, data={"is_published": "false"})["code"] == 100


def test_a_post_with_photos_shows_them_as_attachments(call: Caller):
    photos = [upload(call, alt_text_custom=f"ảnh {n}") for n in range(2)]
    media = json.dumps([{"media_fbid": photo} for photo in photos])
    post = call.post(message="ảnh", attached_media=media)
    fields = "attachments{target,media_type,subattachments}"
    album = call("GET", post, params={"fields": fields}).json()["attachments"]["data"][0]
    assert set(album) == {"target", "media_type", "subattachments"}
    assert [part["target"]["id"] for part in album["subattachments"]["data"]] == photos
    again = call.error("POST", "1/feed", data={"message": "lại", "attached_media": media})
    assert (again["code"], again["error_subcode"]) == (100, 1366051)


def test_both_spellings_of_attached_media_are_taken(call: Caller):
    photo = upload(call)
    post = call.post(**{"attached_media[0]": json.dumps({"media_fbid": photo})})
    told = call("GET", post, params={"fields": "attachments"}).json()
    assert told["attachments"]["data"][0]["target"]["id"] == photo


def test_an_unused_photo_is_gone_after_a_day(call: Caller):
    photo = upload(call)
    call.advance(hours=25)
    media = json.dumps([{"media_fbid": photo}])
    assert call.error("POST", "1/feed", data={"message": "x", "attached_media": media})["code"] == 100


def test_a_published_photo_is_a_post(call: Caller):
    files = {"anything": ("a.png", png(), "image/png")}
    told = call("POST", "1/photos", data={"caption": "Chú thích"}, files=files).json()
    assert set(told) == {"id", "post_id"}
    assert call("GET", told["post_id"]).json()["message"] == "Chú thích"


@pytest.mark.parametrize(
    ("content", "code", "subcode"),
    [(b"not an image", 324, None), (png()[:40], 324, None), (b"\x89PNG" + bytes(4_300_000), 100, 1366046)],
)
def test_a_bad_image_is_refused(call: Caller, content: bytes, code: int, subcode: int | None):
    error = call.error("POST", "1/photos", files={"source": ("a.png", content, "image/png")})
    assert (error["code"], error.get("error_subcode")) == (code, subcode)


@pytest.mark.parametrize(
    ("data", "code", "subcode"),
    [
        ({}, 100, None),
        ({"published": "False", "message": "x"}, 100, None),
        ({"link": "https://www.facebook.com/x"}, 100, 1609008),
        ({"link": "stp.vn"}, 100, 2061006),
        ({"message": "x", "attached_media": "1,2"}, 100, None),
        ({"message": "x" * 63_207}, 100, None),
        ({"message": "x", "scheduled_publish_time": "1795312800"}, 100, None),
        ({"message": "x", "published": "false", "scheduled_publish_time": "1"}, 100, None),
    ],
)
def test_a_bad_post_is_refused(call: Caller, data: dict[str, str], code: int, subcode: int | None):
    error = call.error("POST", "1/feed", data=data)
    assert (error["code"], error.get("error_subcode")) == (code, subcode)
    assert error["fbtrace_id"]
    assert error["type"] == "OAuthException"


def test_an_unknown_parameter_is_ignored_as_facebook_does(call: Caller):
    assert call.post(message="x", mesage="y")


def test_a_scheduled_post_comes_out_by_itself(call: Caller):
    when = int(START.timestamp()) + 3600
    post = call.post(message="x", published="false", scheduled_publish_time=str(when))
    assert [entry["id"] for entry in call("GET", "1/scheduled_posts").json()["data"]] == [post]
    call.advance(hours=1)
    assert [entry["id"] for entry in call("GET", "1/posts").json()["data"]] == [post]
    assert call("GET", "1/scheduled_posts").json()["data"] == []


def test_a_listing_goes_on_by_cursor(call: Caller):
    made = [call.post(message=str(n)) for n in range(7)]
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(4):
        answer = call("GET", "1/published_posts", params={"limit": "2", **after}).json()
        seen += [post["id"] for post in answer["data"]]
        if "next" not in answer["paging"]:
            break
        after = {"after": answer["paging"]["cursors"]["after"]}
    assert seen == made[::-1]


def test_a_listing_can_be_cut_by_time(call: Caller):
    call.post(message="cũ")
    call.advance(hours=2)
    new = call.post(message="mới")
    since = str(int(call.now.timestamp()) - 60)
    assert [p["id"] for p in call("GET", "1/posts", params={"since": since}).json()["data"]] == [new]


def test_a_deleted_post_is_missing(call: Caller):
    post = call.post(message="x")
    assert call("DELETE", post).json() == {"success": True}
    error = call.error("GET", post)
    assert (error["code"], error["error_subcode"], error["type"]) == (100, 33, "GraphMethodException")


def test_an_unknown_field_edge_or_object_is_an_error(call: Caller):
    post = call.post(message="x")
    assert (
        "nonexisting field (permalink)" in call.error("GET", post, params={"fields": "permalink"})["message"]
    )
    assert "nonexisting field (fead)" in call.error("GET", "1/fead")["message"]
    assert call.error("POST", "1/fead")["error_subcode"] == 33
    assert call.error("GET", "1_999")["error_subcode"] == 33
    assert call.error("GET", "999")["error_subcode"] == 33


def test_a_token_may_come_in_the_header_or_as_a_parameter(call: Caller):
    call.token = ""
    assert call("GET", "me", params={"access_token": "t-1"}).json() == {"id": "1", "name": "Sở Tư pháp"}
    assert call("POST", "1/feed", data={"access_token": "t-1", "message": "x"}).status_code == 200
    assert call.error("GET", "me")["code"] == 2500
    assert call.error("GET", "1")["code"] == 104


def test_a_wrong_an_expired_and_a_foreign_token_are_told_apart(call: Caller, server: PracticeServer):
    server.add_page("2", "Trang khác", "t-2", expires_at=int(START.timestamp()) - 1)
    server.add_page("3", "Trang nữa", "t-3")
    post = call.post(message="x")
    for token in ("nonsense", "t-2"):
        call.token = token
        error = call.error("GET", "1")
        assert (error["code"], error["error_subcode"]) == (190, 463)
    call.token = "t-3"
    assert call.error("POST", "1/feed", data={"message": "x"})["code"] == 200
    assert call.error("GET", post)["code"] == 100


def test_a_missing_right_is_named(call: Caller, server: PracticeServer):
    server.world.pages["1"].scopes = ("pages_read_engagement",)
    assert "pages_manage_posts" in call.error("POST", "1/feed", data={"message": "x"})["message"]
    assert call.error("GET", "1/feed")["code"] == 10
    assert call.error("GET", "1/insights", params={"metric": "page_media_view"})["code"] == 10


def test_the_proof_is_demanded_where_the_page_has_a_secret(call: Caller, server: PracticeServer):
    server.add_page("1", "Sở Tư pháp", "t-1", app_secret="s")
    assert "require an appsecret_proof" in call.error("GET", "1")["message"]
    wrong = call.error("GET", "1", params={"appsecret_proof": "0"})
    assert "Invalid appsecret_proof" in wrong["message"]


def test_a_token_can_be_examined(call: Caller):
    told = call("GET", "debug_token", params={"input_token": "t-1"}).json()["data"]
    assert told["is_valid"] is True
    assert told["profile_id"] == "1"
    assert told["expires_at"] == 0
    told = call("GET", "debug_token", params={"input_token": "?"}).json()["data"]
    assert told["is_valid"] is False


def test_calls_are_counted_and_too_many_are_refused(call: Caller, server: PracticeServer):
    server.world.pages["1"].calls_per_day = 4
    usage = [json.loads(call("GET", "1").headers["X-App-Usage"])["call_count"] for _ in range(4)]
    assert usage == [25, 50, 75, 100]
    answer = call("GET", "1")
    assert answer.json()["error"]["code"] == 80001
    business = json.loads(answer.headers["X-Business-Use-Case-Usage"])["1"][0]
    assert business["estimated_time_to_regain_access"] == 60
    call.advance(hours=24)
    assert call("GET", "1").status_code == 200


def test_a_dead_version_is_silently_served_by_the_oldest_living(call: Caller, server: PracticeServer):
    def served(version: str) -> str:
        headers = {"Authorization": "Bearer t-1"}
        return call.browse(f"/{version}/1", headers=headers).headers["facebook-api-version"]

    assert served("v26.0") == "v26.0"
    assert served("v19.0") == "v21.0"
    assert call.browse("/v99.0/1").json()["error"]["code"] == 2635


def test_insights_grow_with_age_and_are_the_same_for_the_same_age(call: Caller):
    post = call.post(message="x")
    names = "post_total_media_view_unique,post_media_view,post_reactions_by_type_total"
    ask = {"metric": names, "period": "lifetime"}
    assert call("GET", f"{post}/insights", params=ask).json()["data"] == []
    call.advance(hours=3)
    first = call("GET", f"{post}/insights", params=ask).json()["data"]
    assert call("GET", f"{post}/insights", params=ask).json()["data"] == first
    assert first[0]["id"] == f"{post}/insights/post_total_media_view_unique/lifetime"
    call.advance(hours=30)
    later = call("GET", f"{post}/insights", params=ask).json()["data"]
    assert later[0]["values"][0]["value"] > first[0]["values"][0]["value"] > 0
    assert later[2]["values"][0]["value"]["like"] > 0


@pytest.mark.parametrize("name", ["post_impressions", "post_impressions_unique", "nonsense"])
def test_one_dead_metric_fails_the_whole_call(call: Caller, name: str):
    post = call.post(message="x")
    error = call.error("GET", f"{post}/insights", params={"metric": f"post_media_view,{name}"})
    assert error["message"] == "(#100) The value must be a valid insights metric"
    assert call.error("GET", f"{post}/insights")["error_subcode"] == 1504028


def test_a_pages_own_insights_sum_its_posts(call: Caller):
    ask = {"metric": "page_media_view,page_follows", "period": "day"}
    assert call("GET", "1/insights", params=ask).json()["data"] == []
    call.post(message="x")
    call.advance(hours=9)
    told = call("GET", "1/insights", params=ask).json()["data"]
    assert [entry["name"] for entry in told] == ["page_media_view", "page_follows"]
    assert told[0]["values"][0]["value"] > 0
    assert call.error("GET", "1/insights", params={**ask, "period": "lifetime"})["code"] == 100


def test_the_same_text_twice_in_a_row_is_refused_when_that_is_switched_on():
    with PracticeServer(duplicate_texts=True) as server, requests.Session() as session:
        session.trust_env = False
        server.add_page("1", "A", "t")
        call = Caller(server, session, token="t")
        call.post(message="x")
        assert call.error("POST", "1/feed", data={"message": "x"})["code"] == 506
        call.post(message="y")
        call.post(message="x")
