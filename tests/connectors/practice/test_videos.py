"""Videos on the practice platform: uploads that must be exact, phases that are told, files that play."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
import requests

from connectors.practice import PracticeServer
from tests.connectors.practice.conftest import START, Caller
from tests.connectors.practice.test_graph import png

DATA = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def small_chunks(server: PracticeServer) -> None:
    server.world.shelf.chunk_bytes = 4_000
    server.world.shelf.processing = timedelta(seconds=10)


def start(call: Caller, size: int = len(DATA)) -> dict[str, str]:
    return call("POST", "1/videos", data={"upload_phase": "start", "file_size": str(size)}).json()


def transfer(call: Caller, told: dict[str, str], at: int, chunk: bytes) -> requests.Response:
    data = {
        "upload_phase": "transfer",
        "upload_session_id": told["upload_session_id"],
        "start_offset": str(at),
    }
    files = {"video_file_chunk": ("part", chunk, "application/octet-stream")}
    return call("POST", "1/videos", data=data, files=files)


def upload(call: Caller) -> dict[str, str]:
    told = start(call)
    at, end = int(told["start_offset"]), int(told["end_offset"])
    while at < end:
        answer = transfer(call, told, at, DATA[at:end]).json()
        at, end = int(answer["start_offset"]), int(answer["end_offset"])
    return told


def finish(call: Caller, told: dict[str, str], **data: str) -> requests.Response:
    fields = {"upload_phase": "finish", "upload_session_id": told["upload_session_id"], **data}
    return call("POST", "1/videos", data=fields)


def film(call: Caller, **data: str) -> str:
    told = upload(call)
    assert finish(call, told, **data).json() == {"success": True}
    return told["video_id"]


def reel(call: Caller, data: bytes = DATA, **finish: str) -> str:
    told = call("POST", "1/video_reels", data={"upload_phase": "start"}).json()
    assert send(call, told["upload_url"], data).json() == {"success": True}
    fields = {"upload_phase": "finish", "video_id": told["video_id"], "video_state": "PUBLISHED", **finish}
    answer = call("POST", "1/video_reels", data=fields)
    assert answer.json() == {"success": True}, answer.text
    return told["video_id"]


def send(
    call: Caller, address: str, data: bytes, *, offset: int = 0, size: int = len(DATA), token: str = "t-1"
):
    headers = {"Authorization": f"OAuth {token}", "offset": str(offset), "file_size": str(size)}
    return call.session.post(address, data=data, headers=headers, timeout=5)


def status(call: Caller, video: str) -> dict:
    return call("GET", video, params={"fields": "status"}).json()["status"]


def test_chunks_are_dictated_and_the_file_is_whole(call: Caller, server: PracticeServer):
    told = start(call)
    assert (told["start_offset"], told["end_offset"]) == ("0", "4000")
    video = server.world.videos[upload(call)["video_id"]]
    assert video.sha256 == hashlib.sha256(DATA).hexdigest()


def test_a_chunk_that_was_not_asked_for_is_answered_with_the_offsets(call: Caller):
    told = start(call)
    transfer(call, told, 0, DATA[:4000])
    for at, chunk in ((0, DATA[:4000]), (4000, DATA[4000:5000])):
        error = transfer(call, told, at, chunk).json()["error"]
        assert error["error_subcode"] == 1363037
        assert error["error_data"] == {"start_offset": "4000", "end_offset": "8000"}


def test_what_is_not_whole_is_not_finished_and_what_is_finished_not_again(call: Caller):
    told = start(call)
    assert finish(call, told).json()["error"]["error_subcode"] == 1363037
    told = upload(call)
    assert finish(call, told).json() == {"success": True}
    assert finish(call, told).json()["error"]["code"] == 100
    assert call.error("POST", "1/videos", data={"upload_phase": "dance"})["code"] == 100


def test_a_video_tells_its_phases(call: Caller):
    told = start(call)
    video = told["video_id"]
    assert status(call, video)["uploading_phase"] == {"status": "in_progress", "bytes_transfered": 0}
    video = film(call, published="false", title="Phim", description="Lời")
    assert status(call, video)["video_status"] == "processing"
    call.advance(seconds=10)
    told = status(call, video)
    assert told["video_status"] == told["processing_phase"]["status"].replace("complete", "ready") == "ready"
    assert told["publishing_phase"] == {"status": "not_started"}
    call("POST", video, data={"published": "true"})
    assert status(call, video)["publishing_phase"]["publish_status"] == "published"


def test_a_hidden_video_becomes_public_by_its_id_and_stays_so(call: Caller):
    video = film(call, published="false", description="Lời", custom_labels='["loa:1"]')
    call.advance(seconds=10)
    fields = {"fields": "published,custom_labels,description"}
    assert call("GET", video, params=fields).json() == {
        "id": video,
        "published": False,
        "custom_labels": ["loa:1"],
        "description": "Lời",
    }
    assert "Lời" not in call.browse("/pages/1").text
    for _ in range(2):
        assert call("POST", video, data={"published": "true"}).json() == {"success": True}
    assert "Lời" in call.browse("/pages/1").text
    assert call.error("POST", video, data={"published": "false"})["code"] == 100


def test_a_reel_takes_its_bytes_by_rupload_at_the_right_offset_only(call: Caller, server: PracticeServer):
    told = call("POST", "1/video_reels", data={"upload_phase": "start"}).json()
    address = told["upload_url"]
    assert address.startswith(server.url)
    assert send(call, address, DATA, offset=5).json()["debug_info"]["type"] == "OffsetInvalidError"
    assert send(call, address, DATA, token="t-9").status_code == 401
    assert send(call, address, DATA[:3000]).json()["debug_info"]["type"] == "PartialRequestError"
    assert status(call, told["video_id"])["uploading_phase"]["bytes_transfered"] == 3000
    assert send(call, address, DATA[3000:], offset=3000).json() == {"success": True}
    assert server.world.videos[told["video_id"]].sha256 == hashlib.sha256(DATA).hexdigest()


def test_a_line_cut_midway_keeps_what_came_of_a_reel_and_nothing_of_a_chunk(
    call: Caller, server: PracticeServer
):
    large = DATA * 40
    server.world.shelf.chunk_bytes = len(large)
    server.fault("cut_mid", times=2)
    told = call("POST", "1/video_reels", data={"upload_phase": "start"}).json()
    with pytest.raises(requests.ConnectionError):
        send(call, told["upload_url"], large, size=len(large))
    assert 100_000 <= server.world.videos[told["video_id"]].received < len(large)
    told = start(call, len(large))
    with pytest.raises(requests.ConnectionError):
        transfer(call, told, 0, large)
    assert server.world.videos[told["video_id"]].received == 0


def test_a_reel_is_in_no_listing_of_posts_but_in_its_own(call: Caller):
    video = reel(call, description="Thước phim")
    call.advance(seconds=10)
    assert call("GET", "1/published_posts").json()["data"] == []
    assert [entry["id"] for entry in call("GET", "1/video_reels").json()["data"]] == [video]
    assert call("GET", "1/videos", params={"type": "uploaded"}).json()["data"] == []
    text = call.browse("/pages/1").text
    assert "Thước phim" in text
    assert "Thước phim (Reel)" in text


def test_a_listing_of_videos_goes_on_by_cursor(call: Caller):
    made = [film(call) for _ in range(3)]
    first = call("GET", "1/videos", params={"limit": "2"}).json()
    more = call("GET", "1/videos", params={"limit": "2", "after": first["paging"]["cursors"]["after"]}).json()
    assert [entry["id"] for entry in first["data"] + more["data"]] == made[::-1]
    assert "next" not in more["paging"]


def test_a_video_can_be_scheduled_moved_and_comes_out_by_itself(call: Caller):
    when = int(START.timestamp()) + 3600
    video = film(call, published="false", scheduled_publish_time=str(when), description="Hẹn giờ")
    assert status(call, video)["publishing_phase"]["publish_status"] == "scheduled"
    page = call.browse("/pages/1").text
    assert "sẽ tự lên" in page
    assert "09:00 22/11/2026" in page
    call("POST", video, data={"scheduled_publish_time": str(when + 600)})
    call.advance(minutes=65)
    assert call("GET", "1/posts").json()["data"] == []
    call.advance(minutes=6)
    assert [post["message"] for post in call("GET", "1/posts").json()["data"]] == ["Hẹn giờ"]
    assert "sẽ tự lên" not in call.browse("/pages/1").text


@pytest.mark.parametrize(
    ("data", "files"),
    [
        ({}, {"captions_file": ("loa.vi_VN.srt", b"WEBVTT", "text/plain")}),
        ({}, {"captions_file": ("loa.srt", b"1\n00:00:00,000 --> 00:00:01,000\nx\n", "text/plain")}),
        ({}, {}),
    ],
)
def test_captions_of_another_kind_or_name_are_refused(call: Caller, data: dict, files: dict):
    assert call.error("POST", f"{film(call)}/captions", data=data, files=files)["code"] == 100


def test_a_public_video_plays_in_a_browser_with_captions_and_ranges(call: Caller):
    video = film(call, description="Phim", published="false")
    srt = "1\n00:00:00,000 --> 00:00:02,000\nXin chào\n".encode()
    assert call("POST", f"{video}/captions", files={"captions_file": ("a.vi_VN.srt", srt)}).json()["success"]
    assert call("POST", f"{video}/thumbnails", files={"source": ("a.png", png())}).json()["success"]
    places = [f"/practice/{what}/{video}" for what in ("videos", "captions", "thumbnails")]
    assert [call.browse(place).status_code for place in places] == [404] * 3
    call("POST", video, data={"published": "true"})
    assert call.browse(places[0]).status_code == 404, "still processed"
    call.advance(seconds=10)
    assert f'<video controls preload="metadata" src="{places[0]}" poster=' in call.browse("/pages/1").text
    assert call.browse(places[0]).content == DATA
    part = call.browse(places[0], headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, DATA[100:200])
    assert call.browse(places[1]).text.startswith("WEBVTT\n\n1\n00:00:00.000 --> ")
    assert call.browse(places[2]).content == png()


def test_a_deleted_video_takes_its_post_and_its_file_with_it(call: Caller, server: PracticeServer):
    video = film(call)
    path = server.world.videos[video].path
    assert call("DELETE", video).json() == {"success": True}
    assert call.error("GET", video)["error_subcode"] == 33
    assert not path.exists()
    assert server.world.pages["1"].posts == []


def test_the_two_lists_of_video_metrics_share_no_name(call: Caller):
    video, short = film(call), reel(call)
    call.advance(hours=5)
    ask = {"metric": "total_video_views,blue_reels_play_count"}
    for name, metric in ((video, "total_video_views"), (short, "blue_reels_play_count")):
        told = call("GET", f"{name}/video_insights", params=ask).json()["data"]
        assert [entry["name"] for entry in told] == [metric]
    error = call.error("GET", f"{video}/video_insights", params={"metric": "total_video_impressions"})
    assert error["code"] == 100


def test_a_scheduled_post_with_photos_needs_photos_made_for_it(call: Caller):
    files = {"source": ("a.png", png(), "image/png")}
    when = str(int(START.timestamp()) + 3600)

    def post(photo: str, **more: str) -> requests.Response:
        media = json.dumps([{"media_fbid": photo}])
        data = {"published": "false", "scheduled_publish_time": when, "attached_media": media, **more}
        return call("POST", "1/feed", data=data)

    plain = call("POST", "1/photos", data={"published": "false"}, files=files).json()["id"]
    made = call("POST", "1/photos", data={"published": "false", "temporary": "true"}, files=files).json()[
        "id"
    ]
    kind = {"unpublished_content_type": "SCHEDULED"}
    assert post(plain, **kind).status_code == 400
    assert post(made).status_code == 400
    assert post(made, **kind).status_code == 200
    both = {"published": "false", "temporary": "true", "scheduled_publish_time": when}
    assert call.error("POST", "1/photos", data=both, files=files)["code"] == 100


def test_a_person_exchanges_a_token_and_sees_the_pages_of_it(call: Caller, server: PracticeServer):
    app = server.world.app
    ask = {
        "grant_type": "fb_exchange_token",
        "client_id": app.id,
        "client_secret": app.secret,
        "fb_exchange_token": "practice-user-token",
    }
    call.token = ""
    told = call("GET", "oauth/access_token", params=ask).json()
    assert told["expires_in"] == 5_184_000
    assert (
        "client secret"
        in call.error("GET", "oauth/access_token", params={**ask, "client_secret": "?"})["message"]
    )
    call.token = told["access_token"]
    (page,) = call("GET", "me/accounts").json()["data"]
    assert (page["id"], page["access_token"]) == ("1", "t-1")
    assert "CREATE_CONTENT" in page["tasks"]
    assert call.error("POST", "1/feed", data={"message": "x"})["code"] == 200
    call.token = app.token
    assert call("GET", "debug_token", params={"input_token": "t-1"}).json()["data"]["type"] == "PAGE"
