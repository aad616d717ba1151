"""The practice YouTube itself: its protocol, its rules, its pages, its ledger."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import Unknown
from connectors.http import Answer, Http
from connectors.practice.youtube import PracticeYouTube
from connectors.practice.youtube.faults import Fault
from tests.connectors.youtube.harness import CHANNEL, QUANTUM, ChannelHarness, Clock


class Raw:
    """Calls without our connector."""

    def __init__(self, server: PracticeYouTube, http: Http) -> None:
        self.server, self.http = server, http
        self.token = server.world.grant(server.world.channels[CHANNEL])

    def __call__(self, method: str, path: str, **given: Any) -> Answer:
        url = path if path.startswith("http") else self.server.url + path
        headers = {"Authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        return self.http.call(method, url, creates=True, headers=headers, **given)

    def start(self, size: int, **status: Any) -> Answer:
        body = {"snippet": {"title": "T"}, "status": {"privacyStatus": "private", **status}}
        headers = {"X-Upload-Content-Type": "video/mp4", "X-Upload-Content-Length": str(size)}
        return self(
            "POST",
            "/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status",
            headers={**headers, "Content-Type": "application/json"},
            data=json.dumps(body),
        )

    def put(self, session: str, data: bytes, span: str) -> Answer:
        return self("PUT", session, headers={"Content-Range": f"bytes {span}"}, data=data)

    def reason(self, answer: Answer) -> str:
        return str(answer.json()["error"]["errors"][0]["reason"])


@pytest.fixture
def raw(server: PracticeYouTube, http: Http) -> Raw:
    return Raw(server, http)


def test_the_resumable_protocol(raw: Raw) -> None:
    size = QUANTUM + 10
    session = raw.start(size).headers["location"]
    assert raw.put(session, b"", f"*/{size}").status == 308
    first = raw.put(session, b"a" * QUANTUM, f"0-{QUANTUM - 1}/{size}")
    assert (first.status, first.headers["range"]) == (308, f"bytes=0-{QUANTUM - 1}")
    again = raw.put(session, b"a" * QUANTUM, f"0-{QUANTUM - 1}/{size}")
    assert again.status == 400, "bytes that are there already are not taken twice"
    last = raw.put(session, b"b" * 10, f"{QUANTUM}-{size - 1}/{size}")
    assert last.status == 200
    assert raw.put(session, b"", f"*/{size}").json()["id"] == last.json()["id"]


@pytest.mark.parametrize(
    ("length", "span"), [(1000, "0-999/5000"), (10, "0-9/4999"), (10, "0-8/5000"), (10, "garbage")]
)
def test_slips_in_the_protocol_are_refused_and_noted(raw: Raw, length: int, span: str) -> None:
    session = raw.start(5000).headers["location"]
    assert raw.put(session, b"x" * length, span).status == 400
    assert raw.server.violations
    raw.server.violations.clear()


def test_left_out_privacy_is_public_as_on_youtube(raw: Raw, server: PracticeYouTube) -> None:
    headers = {"X-Upload-Content-Type": "video/mp4", "X-Upload-Content-Length": "3"}
    answer = raw(
        "POST",
        "/upload/youtube/v3/videos?uploadType=resumable&part=snippet",
        headers=headers,
        data=json.dumps({"snippet": {"title": "T"}}),
    )
    raw.put(answer.headers["location"], b"abc", "0-2/3")
    assert len(server.public_videos()) == 1


def test_an_update_erases_what_it_leaves_out(raw: Raw, harness: ChannelHarness) -> None:
    job = harness.job()
    handle = harness.connector().prepare(job, {}, lambda _: None)
    body = {"id": handle["video"], "status": {"privacyStatus": "unlisted"}}
    raw("PUT", "/youtube/v3/videos?part=status", data=json.dumps(body))
    assert harness.videos(job)[0].status == {"privacyStatus": "unlisted"}


def test_publish_at_comes_by_itself(raw: Raw, server: PracticeYouTube, clock: Clock) -> None:
    at = (clock() + timedelta(hours=1)).isoformat()
    session = raw.start(3, publishAt=at).headers["location"]
    raw.put(session, b"abc", "0-2/3")
    assert server.public_videos() == []
    clock.advance(hours=1)
    raw.token = server.world.grant(server.world.channels[CHANNEL])
    (video,) = server.public_videos()
    told = raw("GET", f"/youtube/v3/videos?part=status&id={video.id}").json()["items"][0]["status"]
    assert told["privacyStatus"] == "public"
    assert raw.reason(raw.start(3, publishAt=at, privacyStatus="public")) == "invalidPublishAt"


def test_the_channels_own_limit_of_a_day(raw: Raw, server: PracticeYouTube, harness: ChannelHarness) -> None:
    server.world.channels[CHANNEL].uploads_a_day = 1
    harness.connector().prepare(harness.job(), {}, lambda _: None)
    assert raw.reason(raw.start(3)) == "uploadLimitExceeded"


def test_a_deleted_video_is_gone_for_its_session_too(raw: Raw, harness: ChannelHarness) -> None:
    handle = harness.connector().prepare(harness.job(), {}, lambda _: None)
    assert raw("DELETE", f"/youtube/v3/videos?id={handle['video']}").status == 204
    assert raw.put(handle["session"]["uri"], b"", "*/9").status == 404


def test_categories_are_those_of_vietnam(raw: Raw) -> None:
    items = raw("GET", "/youtube/v3/videoCategories?part=snippet&regionCode=VN").json()["items"]
    assert {"25", "27"} <= {item["id"] for item in items}


def test_a_stranger_sees_no_private_video(raw: Raw, server: PracticeYouTube, harness: ChannelHarness) -> None:
    handle = harness.connector().prepare(harness.job(), {}, lambda _: None)
    other = server.add_channel("UCkhac-0000000000000002", "Khác", "1//khac")
    raw.token = server.world.grant(other)
    assert raw("GET", f"/youtube/v3/videos?part=snippet&id={handle['video']}").json()["items"] == []


def test_people_see_public_videos_under_the_banner_and_no_others(
    harness: ChannelHarness, server: PracticeYouTube, http: Http
) -> None:
    job = harness.job(pictures=2, title="Đất đai & “nhà ở”")
    connector = harness.connector()
    handle = connector.prepare(job, {}, lambda _: None)
    paths = [f"/watch?v={handle['video']}"]
    paths += [f"/practice/{kind}/{handle['video']}" for kind in ("videos", "thumbnails", "captions")]
    read = {path: http.call("GET", server.url + path, creates=False).status for path in paths}
    assert set(read.values()) == {404}, "a private video has no address"
    connector.reveal(job, handle)
    home = http.call("GET", server.url + "/", creates=False).body.decode()
    page = http.call("GET", server.url + paths[0], creates=False).body.decode()
    for text in (home, page):
        assert "CHẾ ĐỘ TẬP HUẤN – không có gì được đăng thật" in text
        assert "Đất đai &amp; “nhà ở”" in text
        assert "youtube.practice" not in text
    assert "<video controls" in page
    assert "<track kind" in page
    file = http.call("GET", server.url + paths[1], creates=False, headers={"Range": "bytes=0-9"})
    assert file.status == 206, "a browser seeks"
    assert file.body == (harness.folder / job.variant.media[0].name).read_bytes()[:10]
    assert http.call("GET", server.url + paths[3], creates=False).body.startswith(b"WEBVTT")


def test_the_studio_shows_what_the_public_does_not_see(
    harness: ChannelHarness, server: PracticeYouTube, http: Http, clock: Clock
) -> None:
    def page(path: str) -> str:
        return http.call("GET", server.url + path, creates=False).body.decode()

    assert "Chưa có video nào." in page("/studio")
    job = replace(harness.job(pictures=2), due_at=clock() + timedelta(hours=2))
    connector = harness.connector()
    handle = connector.prepare(job, {}, lambda _: None)
    handle = connector.hand_over(job, handle, lambda _: None)
    for path in ("/studio", f"/studio/{handle['video']}"):
        for text in ("Riêng tư", "tự công khai lúc 10:00 22/11/2026", "Có hình đại diện", "Phụ đề: vi"):
            assert text in page(path), f"{text} on {path}"
        assert "youtube.practice" not in page(path)
    watched = page(f"/studio/{handle['video']}")
    for address in re.findall(r'(?:src|poster)="(/studio/[^"]+)"', watched):
        assert http.call("GET", server.url + address, creates=False).status == 200
    assert len(re.findall(r'src="/studio/(videos|captions)', watched)) == 2
    assert job.variant.title not in page("/")
    harness.jump(job.due_at)
    assert job.variant.title in page("/")
    public = page(f"/watch?v={handle['video']}")
    assert "Công khai" in public
    assert "tự công khai lúc" not in public
    assert "10:00 22/11/2026" in public, "when it came out, not when it was uploaded"
    assert http.call("GET", f"{server.url}/studio/nothing", creates=False).status == 404


def test_a_video_in_work_or_given_up_says_so(
    harness: ChannelHarness, server: PracticeYouTube, http: Http, clock: Clock
) -> None:
    server.world.processing_s = 60
    server.fault("failed_codec", operation="videos.insert")
    handle = harness.connector().prepare(harness.job(), {}, lambda _: None)
    address = f"{server.url}/studio/{handle['video']}"
    page = http.call("GET", address, creates=False).body.decode()
    assert "đang được xử lý" in page
    assert "<video" not in page
    clock.advance(seconds=61)
    assert "không dùng được tệp" in http.call("GET", address, creates=False).body.decode()


def test_a_video_that_was_public_takes_no_time(raw: Raw, harness: ChannelHarness, clock: Clock) -> None:
    handle, _ = harness.publish(harness.job())
    at = (clock() + timedelta(hours=1)).isoformat()
    body = {"id": handle["video"], "status": {"privacyStatus": "private", "publishAt": at}}
    answer = raw("PUT", "/youtube/v3/videos?part=status", data=json.dumps(body))
    assert raw.reason(answer) == "invalidPublishAt"
    assert len(harness.server.public_videos()) == 1


def test_a_past_time_shows_a_private_video_at_once(raw: Raw, server: PracticeYouTube, clock: Clock) -> None:
    session = raw.start(3, publishAt=(clock() - timedelta(minutes=1)).isoformat()).headers["location"]
    raw.put(session, b"abc", "0-2/3")
    assert len(server.public_videos()) == 1


def test_markup_in_a_title_is_shown_as_text(
    harness: ChannelHarness, server: PracticeYouTube, http: Http
) -> None:
    harness.publish(harness.job())
    next(iter(server.world.videos.values())).snippet["title"] = "<script>alert(1)</script>"
    home = http.call("GET", server.url + "/", creates=False).body.decode()
    assert "<script>" not in home


def test_the_ledger_tells_creates_public_and_hidden(
    harness: ChannelHarness, server: PracticeYouTube, http: Http
) -> None:
    harness.publish(harness.job())
    harness.connector().prepare(harness.job(), {}, lambda _: None)
    total = http.call("GET", f"{server.url}/practice/ledger", creates=False).json()["total"]
    assert (total["creates"], total["public"], total["hidden"], total["reveals"]) == (2, 1, 1, 1)
    assert total["sessions"] == 2


def test_controls_over_http_and_not_from_other_origins(server: PracticeYouTube, http: Http) -> None:
    def order(path: str, body: dict[str, Any], **headers: str) -> Answer:
        url = f"{server.url}/practice/{path}"
        return http.call("POST", url, creates=True, json=body, headers=headers)

    assert order("faults", {"kind": "503", "operation": "chunk"}).json() == {"kind": "503", "times": 1}
    assert order("faults", {"kind": "nonsense"}).status == 400
    assert order("channels", {"id": "UC3", "title": "Ba", "refresh_token": "1//3"}).status == 200
    assert order("reset", {}, Origin="http://evil.example").status == 403
    assert order("reset", {}).status == 200
    assert server.app.faults.take("PUT", "chunk") is None


def test_an_unknown_fault_is_refused(server: PracticeYouTube) -> None:
    with pytest.raises(ValueError, match="known:"):
        server.app.faults.arm(Fault("nothing"))


def test_a_slow_answer_over_the_timeout_is_unclear_and_done(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job()
    handle = harness.connector().prepare(job, {}, lambda _: None)
    harness.server.fault("slow", operation="videos.update", seconds=0.6)
    with pytest.raises(Unknown):
        harness.connector(timeout_s="0.2").reveal(job, handle)
    assert harness.public(job) == 1
    assert len(harness.connector().find(replace(job, first_try_at=clock()), handle)) == 1


def test_an_outage_ends_where_it_began(harness: ChannelHarness, server: PracticeYouTube) -> None:
    handle, _ = harness.publish(harness.job())
    address = server.url
    server.stop()
    server.start()
    assert server.url == address
    assert handle["video"] in server.world.videos
