"""The practice Zalo: what it refuses, what people see, and how it misbehaves."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import requests

from connectors.http import Http
from connectors.practice.zalo import Oa, PracticeZalo
from tests.connectors.zalo.harness import APP_ID, APP_SECRET, OA, OaHarness
from tests.oracles.zalo import recorded_quotas

ARTICLE: dict[str, Any] = {
    "type": "normal",
    "title": "Ngày Pháp luật",
    "author": "Sở Tư pháp",
    "cover": {"cover_type": "photo", "photo_url": "https://xa.example/a.jpg", "status": "show"},
    "description": "Tóm tắt",
    "body": [{"type": "text", "content": "<p>Đoạn</p><script>alert(1)</script>"}],
    "tracking_link": "https://xa.example/?loa=1",
}


@pytest.fixture
def say(harness: OaHarness) -> Callable[..., Any]:
    """One call with the OA's token; the decoded answer."""

    def call(method: str, path: str, body: Any = None, *, token: str | None = None, **query: Any) -> Any:
        headers = {"access_token": harness.oa.access_token if token is None else token}
        url = harness.server.url + path
        return requests.request(method, url, headers=headers, json=body, params=query, timeout=5).json()

    return call


def refresh(
    harness: OaHarness, token: str, *, app_id: str = APP_ID, secret: str = APP_SECRET
) -> requests.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "app_id": app_id}
    return requests.post(harness.server.token_url, data=form, headers={"secret_key": secret}, timeout=5)


def test_a_refresh_token_works_once(harness: OaHarness):
    old_access, old = harness.oa.access_token, harness.oa.refresh_token
    pair = refresh(harness, old).json()
    assert pair["expires_in"] == "90000"
    assert pair["access_token"] == harness.oa.access_token != old_access
    again = refresh(harness, old)
    assert (again.status_code, again.content) == (200, b"")
    assert refresh(harness, pair["refresh_token"]).json()["refresh_token"] == harness.oa.refresh_token
    assert harness.server.ledger()["total"]["refreshes"] == 2
    assert harness.server.ledger()["total"]["refused_refreshes"] == 1


def test_an_unknown_refresh_token_gets_14014_as_number_and_as_text(harness: OaHarness):
    codes = [refresh(harness, "wrong").json()["error"] for _ in range(2)]
    assert sorted(map(str, codes)) == ["-14014", "-14014"]
    assert {type(code) for code in codes} == {int, str}


def test_a_refresh_token_ends_after_three_months(harness: OaHarness):
    harness.clock.advance(days=90)
    assert str(refresh(harness, harness.oa.refresh_token).json()["error"]) == "-14014"


def test_a_wrong_app_secret_is_refused_and_spends_nothing(harness: OaHarness):
    assert refresh(harness, harness.oa.refresh_token, secret="?").json()["error"] == -14002
    assert refresh(harness, harness.oa.refresh_token).json()["access_token"]


def test_an_access_token_ends_after_25_hours_and_is_told_with_http_200(harness: OaHarness, say: Any):
    assert say("GET", "/v2.0/oa/getoa")["error"] == 0
    assert say("GET", "/v2.0/oa/getoa", token="wrong")["error"] == -216
    harness.clock.advance(hours=25)
    assert say("GET", "/v2.0/oa/getoa")["error"] == -220


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "x" * 151}, "title is invalid!"),
        ({"title": ""}, "title is invalid!"),
        ({"description": "x" * 301}, "description is invalid!"),
        ({"author": "x" * 51}, "author is invalid!"),
        ({"cover": None}, "cover value is invalid"),
        ({"cover": {**ARTICLE["cover"], "photo_url": "attachment-id"}}, "cover value is invalid"),
        ({"cover": {"cover_type": "photo", "photo_url": "https://xa.example/a.jpg"}}, "create media fail"),
        ({"body": []}, "body is invalid!"),
        ({"body": [{"type": "image", "url": "a.jpg"}]}, "body is invalid!"),
        ({"status": "public"}, "status is invalid!"),
        ({"type": "news"}, "type is invalid!"),
    ],
)
def test_what_is_known_to_be_refused_is_refused(harness: OaHarness, change: dict[str, Any], said: str):
    body = {**ARTICLE, **change}
    url = harness.server.url + "/v2.0/article/create"
    answer = requests.post(
        url, headers={"access_token": harness.oa.access_token}, json=body, timeout=5
    ).json()
    assert answer["error"] in (-201, -200)
    assert answer["message"] == said
    harness.server.violations.clear()  # some of these are wrong on purpose


def test_an_article_is_hidden_by_default_and_its_dates_are_milliseconds(harness: OaHarness, say: Any):
    token = say("POST", "/v2.0/article/create", ARTICLE)["data"]["token"]
    article = say("POST", "/v2.0/article/verify", {"token": token})["data"]["id"]
    assert say("POST", "/v2.0/article/verify", {"token": token})["data"]["id"] == article
    detail = say("GET", "/v2.0/article/getdetail", id=article)["data"]
    assert (detail["status"], detail["comment"]) == ("hide", "show")
    assert detail["tracking_link"] == ARTICLE["tracking_link"]
    entry = say("GET", "/v2.0/article/getslice", offset=0, limit=10, type="normal")["data"]["medias"][0]
    assert entry["create_date"] == int(harness.clock().timestamp() * 1000)
    assert "tracking_link" not in entry
    assert say("POST", "/v2.0/article/remove", {"id": article})["error"] == 0
    assert say("GET", "/v2.0/article/getdetail", id=article)["error"] == -201


def test_214_comes_as_often_as_told_and_never_longer_than_zalo_works(harness: OaHarness, say: Any):
    harness.server.world.verify_delay = 3
    token = say("POST", "/v2.0/article/create", ARTICLE)["data"]["token"]
    codes = [say("POST", "/v2.0/article/verify", {"token": token})["error"] for _ in range(4)]
    assert codes == [-214, -214, -214, 0]
    token = say("POST", "/v2.0/article/create", ARTICLE)["data"]["token"]
    assert say("POST", "/v2.0/article/verify", {"token": token})["error"] == -214
    harness.clock.advance(seconds=30)
    assert say("POST", "/v2.0/article/verify", {"token": token})["error"] == 0


def test_pictures_are_written_down_and_an_unreachable_one_fails_the_article(harness: OaHarness, say: Any):
    token = say("POST", "/v2.0/article/create", ARTICLE)["data"]["token"]
    assert harness.server.ledger()["pictures"] == ["https://xa.example/a.jpg"]
    harness.server.world.fetches = lambda _: False
    token = say("POST", "/v2.0/article/create", ARTICLE)["data"]["token"]
    failed = say("POST", "/v2.0/article/verify", {"token": token})
    assert (failed["error"], failed["message"]) == (-200, "Upload media failed: Too many failed attempts")


def test_the_listings_traps(harness: OaHarness, say: Any):
    assert say("GET", "/v2.0/article/getslice", offset=0, limit=11, type="normal")["error"] == -210
    assert "only 2 value" in say("GET", "/v2.0/article/getslice", data='{"type":"normal"}')["message"]
    assert say("GET", "/v2.0/article/getslice", offset="x", limit=10, type="normal")["error"] == -201
    harness.server.violations.clear()


def test_there_is_no_version_3_of_articles(harness: OaHarness):
    url = harness.server.url + "/v3.0/article/create"
    answer = requests.post(url, headers={"access_token": "x"}, json={}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (404, -209)
    harness.server.violations.clear()


def test_the_articles_of_the_package_end(harness: OaHarness, say: Any):
    harness.oa.articles_most = 0
    told = say("POST", "/v2.0/article/create", ARTICLE)
    assert (told["error"], told["message"]) == (-223, "Your OA has reach the limit quota create article")


def test_calls_are_counted_by_the_minute(harness: OaHarness, say: Any):
    harness.oa.calls_per_minute = 2
    assert [say("GET", "/v2.0/oa/getoa")["error"] for _ in range(3)] == [0, 0, -32]
    harness.clock.advance(seconds=60)
    assert say("GET", "/v2.0/oa/getoa")["error"] == 0


@pytest.mark.parametrize("recorded", recorded_quotas(), ids=lambda row: row["name"])
def test_quota_answers_have_the_recorded_shape(say: Any, recorded: dict[str, Any]):
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shape(inner) for name, inner in value.items()}
        return [shape(value[0])] if isinstance(value, list) else type(value)

    told = say(recorded["method"], recorded["path"], recorded["request_json"])
    assert shape(told) == shape(recorded["response_json"])


@pytest.mark.parametrize(
    ("kind", "status", "content", "done"),
    [
        ("500", 500, b'{"error"', 0),
        ("500_after_accept", 500, b'{"error"', 1),
        ("html_504", 504, b"<html>", 0),
        ("empty_200_after_accept", 200, b"", 1),
        ("truncated_200_after_accept", 200, b'{"data"', 1),
        ("wrong_types_200", 200, b'{"error": "none"', 0),
        ("twice", 200, b'{"data"', 2),
        ("code_-223:quota", 200, b'{"error": -223, "message": "quota"', 0),
        ("code_-209", 404, b'{"error": -209', 0),
        ("code_-14014", 200, b'{"error": -14014', 0),
    ],
)
def test_faults_come_before_or_after_the_work(
    harness: OaHarness, kind: str, status: int, content: bytes, done: int
):
    harness.server.fault(kind, path="article/create")
    url, headers = harness.server.url + "/v2.0/article/create", {"access_token": harness.oa.access_token}
    answer = requests.post(url, headers=headers, json=ARTICLE, timeout=5)
    assert answer.status_code == status
    assert answer.content.startswith(content)
    assert harness.server.ledger()["total"]["creates"] == done
    assert requests.post(url, headers=headers, json=ARTICLE, timeout=5).json()["error"] == 0


def test_a_cut_and_a_slow_answer(harness: OaHarness):
    url, token = harness.server.token_url, harness.oa.refresh_token
    harness.server.fault("cut_after_accept", path="oa/access_token")
    with pytest.raises(requests.ConnectionError):
        refresh(harness, token)
    assert harness.oa.refreshes == 1
    harness.server.fault("slow", path="oa/access_token", seconds=0.3)
    start = time.monotonic()
    refresh(harness, harness.oa.refresh_token)
    assert time.monotonic() - start >= 0.3
    harness.server.fault("slow_before", path="oa/access_token", seconds=0.1)
    assert refresh(harness, harness.oa.refresh_token).json()["access_token"]
    assert url


def upload(harness: OaHarness, content: bytes, field: str = "file") -> Any:
    url = harness.server.url + "/v2.0/article/upload_video/preparevideo"
    headers = {"access_token": harness.oa.access_token}
    return requests.post(url, headers=headers, files={field: ("a.mp4", content)}, timeout=10).json()


@pytest.mark.parametrize("size", [12, 15, 16, 4_096, 70_000, 1_000_003])
def test_an_upload_is_measured_and_hashed_as_it_comes(harness: OaHarness, say: Any, size: int):
    content = (b"\0\0\0\x18ftyp" + b"\r\n--x\r\n" * size)[:size]
    token = upload(harness, content)["data"]["token"]
    video = harness.server.world.videos[token]
    assert (video.size, video.sha256) == (size, sha256(content).hexdigest())
    told = say("GET", f"/v2.0/article/upload_video/verify?token={token}")["data"]
    assert (told["status"], told["video_id"]) == (1, video.id), "the token in the address will do"
    harness.server.violations.clear()


def test_what_is_no_video_or_too_large_or_unnamed_is_refused(harness: OaHarness, say: Any):
    token = upload(harness, b"GIF89a-----------")["data"]["token"]
    assert say("GET", f"/v2.0/article/upload_video/verify?token={token}")["data"]["status"] == 4
    assert upload(harness, b"\0" * 50_000_001)["error"] == -210
    assert upload(harness, b"\0\0\0\x18ftyp", field="video")["error"] == -201
    assert say("GET", "/v2.0/article/upload_video/verify?token=x")["error"] == -201
    harness.server.violations.clear()


def test_a_video_article_takes_these_fields_only(harness: OaHarness, say: Any):
    token = upload(harness, b"\0\0\0\x18ftypisom0000")["data"]["token"]
    video = {"type": "video", "title": "Clip", "description": "Tóm tắt", "comment": "show"}
    video |= {"video_id": harness.server.world.videos[token].id, "avatar": "https://xa.example/a.jpg"}
    made = say("POST", "/v2.0/article/create", {**video, "status": "show"})
    assert made["error"] == 0
    page = requests.get(f"{harness.server.url}/oas/{OA}", timeout=5).text
    assert "Clip" in page
    assert "https://xa.example/a.jpg" in page
    for change in (
        {"body": []},
        {"author": "x"},
        {"video_id": "?"},
        {"avatar": "a.jpg"},
        {"tracking_link": "x"},
    ):
        assert say("POST", "/v2.0/article/create", {**video, **change})["error"] == -201
    shown = say("POST", "/v2.0/article/verify", {"token": made["data"]["token"]})["data"]["id"]
    assert say("POST", "/v2.0/article/update", {**ARTICLE, "id": shown})["error"] == -201, "it stays a video"
    harness.server.violations.clear()


def broadcast(article: str, **recipient: Any) -> dict[str, Any]:
    element = {"media_type": "article", "attachment_id": article}
    payload = {"template_type": "media", "elements": [element]}
    return {
        "recipient": recipient or {"target": {"gender": "0"}},
        "message": {"attachment": {"type": "template", "payload": payload}},
    }


def test_a_shown_article_is_sent_to_all_and_people_see_that(harness: OaHarness, say: Any):
    def make(**more: Any) -> str:
        token = say("POST", "/v2.0/article/create", {**ARTICLE, **more})["data"]["token"]
        return str(say("POST", "/v2.0/article/verify", {"token": token})["data"]["id"])

    shown, hidden = make(status="show"), make()
    send = "/v2.0/oa/message"
    assert say("POST", send, broadcast(hidden))["error"] == -201
    assert say("POST", send, broadcast(shown, user_id="1"))["error"] == -240
    assert say("POST", send, {"recipient": {}, "message": {}})["error"] == -201
    assert say("POST", send, broadcast(shown))["data"]["message_id"]
    page = requests.get(f"{harness.server.url}/oas/{OA}", timeout=5).text
    assert "Đã gửi tới 1204 người quan tâm" in page
    harness.oa.broadcasts_most = 1
    assert say("POST", send, broadcast(shown))["error"] == -211
    harness.clock.advance(hours=14)  # 22:00 at home
    assert say("POST", send, broadcast(shown))["error"] == -234
    harness.oa.is_verified = False
    assert say("POST", send, broadcast(shown))["error"] == -221
    assert harness.server.ledger()["total"]["broadcasts"] == 1
    harness.server.violations.clear()


def test_package_and_rights_are_asked_for_articles_and_messages_not_for_the_oa(harness: OaHarness, say: Any):
    listing = {"offset": 0, "limit": 1, "type": "normal"}
    harness.oa.package = "Tiêu chuẩn"
    assert say("GET", "/v2.0/article/getslice", **listing)["error"] == -224
    assert say("GET", "/v2.0/oa/getoa")["data"]["package_name"] == "Tiêu chuẩn"
    harness.oa.api, harness.oa.rights = True, ("message",)
    told = say("GET", "/v2.0/article/getslice", **listing)
    assert (told["error"], "authorized" in told["message"]) == (-223, True)


def test_an_unknown_fault_is_refused(harness: OaHarness):
    with pytest.raises(ValueError, match="unknown kind"):
        harness.server.fault("code_4")


def test_people_see_shown_articles_under_the_banner_only(harness: OaHarness, say: Any):
    token = say("POST", "/v2.0/article/create", {**ARTICLE, "title": "Còn ẩn"})["data"]["token"]
    say("POST", "/v2.0/article/create", {**ARTICLE, "status": "show"})
    url = harness.server.url
    home = requests.get(url, timeout=5).text
    assert "CHẾ ĐỘ TẬP HUẤN – không có gì được đăng thật" in home
    assert "(1 bài)" in home
    page = requests.get(f"{url}/oas/{OA}", timeout=5).text
    assert "CHẾ ĐỘ TẬP HUẤN" in page
    assert "Ngày Pháp luật" in page
    assert "Còn ẩn" not in page
    hidden = say("POST", "/v2.0/article/verify", {"token": token})["data"]["id"]
    number = harness.server.world.articles[hidden].number
    assert requests.get(f"{url}/oas/{OA}/articles/{number}", timeout=5).status_code == 404
    one = requests.get(f"{url}/oas/{OA}/articles/{number + 1}", timeout=5).text
    assert "<p>Đoạn</p>" in one
    assert "<script>" not in one
    assert requests.get(f"{url}/oas/none", timeout=5).status_code == 404


def test_the_consent_page_hands_out_a_code_for_this_machine_only(harness: OaHarness):
    url = harness.server.url
    asked = {"app_id": APP_ID, "redirect_uri": "http://127.0.0.1:9/cb", "code_challenge": "", "state": "s"}
    page = requests.get(f"{url}/v4/oa/permission", params=asked, timeout=5).text
    assert "Đồng ý</button>" in page
    assert "Từ chối</button>" in page
    assert "Sở Tư pháp tỉnh A" in page

    def answer(given: str) -> str:
        told = {**asked, "oa": OA, "answer": given}
        back = requests.get(f"{url}/practice/consent", params=told, timeout=5, allow_redirects=False)
        return str(back.headers["location"])

    agreed, refused = answer("agree"), answer("refuse")
    assert agreed.startswith("http://127.0.0.1:9/cb?code=practice-code-")
    assert f"oa_id={OA}&state=s" in agreed
    assert "code=" not in refused
    away = {**asked, "oa": OA, "redirect_uri": "https://evil.example/"}
    assert requests.get(f"{url}/practice/consent", params=away, timeout=5).status_code == 404


def test_an_unregistered_callback_ends_on_zalos_error_page(harness: OaHarness):
    url = harness.server.url
    asked = {"app_id": APP_ID, "redirect_uri": f"{url}/practice/landed", "code_challenge": "", "state": "s"}
    harness.oa.callback = f"{url}/other"
    page = requests.get(f"{url}/v4/oa/permission", params=asked, timeout=5)
    assert page.url.endswith("/v4/permission/error?error_code=-14003")
    assert "-14003" in page.text
    unknown = requests.get(f"{url}/v4/oa/permission", params={**asked, "app_id": "1"}, timeout=5)
    assert unknown.url.endswith("error_code=-14002")


def test_a_code_is_good_for_ten_minutes(harness: OaHarness):
    code = harness.server.world.grant_code(harness.oa, "")
    harness.clock.advance(minutes=10)
    form = {"grant_type": "authorization_code", "code": code, "app_id": APP_ID, "code_verifier": "v"}
    told = requests.post(
        harness.server.token_url, data=form, headers={"secret_key": APP_SECRET}, timeout=5
    ).json()
    assert told["error"] == -14005


def test_controls_work_over_http_but_not_for_foreign_pages(harness: OaHarness):
    url = harness.server.url
    assert (
        requests.post(f"{url}/practice/oas", json={"id": "5", "name": "Xã B"}, timeout=5).json()["id"] == "5"
    )
    pair = requests.post(f"{url}/practice/pair", json={"oa": "5"}, timeout=5).json()
    assert pair["access_token"] == harness.server.world.oas["5"].access_token
    armed = requests.post(f"{url}/practice/faults", json={"kind": "500", "path": "getoa"}, timeout=5)
    assert armed.json() == {"kind": "500", "times": 1}
    assert requests.post(f"{url}/practice/faults", json={"kind": "?"}, timeout=5).status_code == 400
    assert requests.post(f"{url}/practice/oas", json={"id": "5", "nam": "?"}, timeout=5).status_code == 400
    foreign = {"Origin": "https://evil.example"}
    assert requests.post(f"{url}/practice/reset", json={}, headers=foreign, timeout=5).status_code == 403
    assert requests.post(f"{url}/practice/reset", json={}, timeout=5).json() == {"oas": 2}
    ledger = requests.get(f"{url}/practice/ledger?arrivals=0", timeout=5).json()
    assert ledger["total"]["creates"] == 0
    assert "arrivals" not in ledger


def test_it_stops_and_starts_again_at_the_same_address():
    with PracticeZalo(oas=[Oa("7", "Xã C")]) as zalo:
        url, http = zalo.url, Http(proxies={})
        zalo.stop()
        zalo.start()
        assert zalo.url == url
        assert http.call("GET", url + "/practice/ledger", creates=False).status == 200
        assert zalo.world.oas["7"].access_until - zalo.world.now() > timedelta(hours=24)
        http.close()


def test_it_can_fetch_pictures_for_real(harness: OaHarness, say: Any):
    harness.server.world.fetches = lambda address: (
        requests.get(address.replace("https://xa.example", harness.server.url + "/media"), timeout=5).ok
    )  # the same server answers while it waits
    token = say("POST", "/v2.0/article/create", ARTICLE)["data"]["token"]
    assert say("POST", "/v2.0/article/verify", {"token": token})["error"] == 0
