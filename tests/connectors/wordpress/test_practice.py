"""The practice site behaves as the real ones did when they were watched (facts/website.md §1)."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import requests

from connectors.practice.wordpress import PracticeWordPress
from tests.connectors.wordpress.harness import PASSWORD, USER, Clock, SiteHarness

AUTH = (USER, PASSWORD)
PNG = b"\x89PNG\r\n\x1a\n"


def call(site: PracticeWordPress, method: str, path: str, auth=AUTH, **request: Any) -> requests.Response:
    return requests.request(method, f"{site.url}/?rest_route=/wp/v2/{path}", auth=auth, timeout=10, **request)


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def create(site: PracticeWordPress, **fields: Any) -> dict[str, Any]:
    answer = call(site, "POST", "posts", json={"title": "Bài", "status": "draft", **fields})
    assert answer.status_code == 201
    return answer.json()


def test_a_taken_address_gets_a_number_in_silence(site: PracticeWordPress):
    assert [create(site, slug="bai")["slug"] for _ in range(3)] == ["bai", "bai-2", "bai-3"]


def test_drafts_are_hidden_from_strangers_and_found_by_authors(site: PracticeWordPress):
    post = create(site, content="<!-- loa:7f3c -->", slug="bai")
    assert code(call(site, "GET", f"posts/{post['id']}", None)) == (401, "rest_forbidden")
    assert call(site, "GET", "posts&search=loa:7f3c").json() == []
    assert len(call(site, "GET", "posts&search=loa:7f3c&status=any").json()) == 1
    assert len(call(site, "GET", "posts&slug=bai&status=draft,trash&context=edit").json()) == 1
    refused = call(site, "GET", "posts&status=draft", None)
    assert code(refused) == (400, "rest_invalid_param")
    assert refused.json()["data"]["details"]["status"]["code"] == "rest_forbidden_status"


def test_the_bin_changes_the_address_and_writing_a_status_takes_out_again(site: PracticeWordPress):
    post = create(site, slug="bai")
    assert call(site, "DELETE", f"posts/{post['id']}").json()["slug"] == "bai__trashed"
    assert code(call(site, "DELETE", f"posts/{post['id']}")) == (410, "rest_already_trashed")
    assert call(site, "POST", f"posts/{post['id']}", json={"status": "publish"}).json()["slug"] == "bai"
    assert call(site, "DELETE", f"posts/{post['id']}&force=true").json()["deleted"] is True
    assert code(call(site, "GET", f"posts/{post['id']}")) == (404, "rest_post_invalid_id")


def test_a_date_to_come_makes_a_future_post_that_a_visit_brings_out(site: PracticeWordPress, clock: Clock):
    at = clock() + timedelta(hours=1)
    post = create(site, status="publish", date_gmt=f"{at:%Y-%m-%dT%H:%M:%S}")
    assert post["status"] == "future"
    assert call(site, "POST", f"posts/{post['id']}", json={"status": "publish"}).json()["status"] == "future"
    clock.advance(hours=2)
    assert site.world.posts[post["id"]].status == "future", "nobody came by"
    requests.get(site.url, timeout=10)
    assert site.world.posts[post["id"]].status == "publish"


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (
            {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="a.png"'},
            PNG,
            (201, ""),
        ),
        ({"Content-Disposition": 'attachment; filename="a.png"'}, PNG, (400, "rest_upload_no_content_type")),
        ({"Content-Type": "image/png"}, PNG, (400, "rest_upload_no_content_disposition")),
        (
            {"Content-Type": "image/png", "Content-Disposition": "attachment; filename*=UTF-8''a.png"},
            PNG,
            (400, "rest_upload_invalid_disposition"),
        ),
        (
            {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="a.png"'},
            b"text",
            (500, "rest_upload_sideload_error"),
        ),
        (
            {
                "Content-Type": "image/png",
                "Content-Disposition": 'attachment; filename="a.png"',
                "Content-MD5": "0" * 32,
            },
            PNG,
            (412, "rest_upload_hash_mismatch"),
        ),
        ({"Content-Type": "image/png"}, b"", (400, "rest_upload_no_data")),
    ],
)
def test_an_upload_is_judged_as_core_does(site: PracticeWordPress, headers, body, expected):
    answer = call(site, "POST", "media", headers=headers, data=body)
    assert (answer.status_code, answer.json().get("code", "")) == expected


def test_tags_may_be_made_and_categories_not(site: PracticeWordPress):
    made = call(site, "POST", "tags", json={"name": "Đất đai & nhà"})
    assert made.json()["name"] == "Đất đai &amp; nhà"
    again = call(site, "POST", "tags", json={"name": "Đất đai & nhà"})
    assert code(again) == (400, "term_exists")
    assert again.json()["data"]["term_id"] == made.json()["id"]
    assert code(call(site, "POST", "categories", json={"name": "Mới"})) == (403, "rest_cannot_create")
    site.add_user("bien-tap", PASSWORD, "editor")
    assert call(site, "POST", "categories", ("bien-tap", PASSWORD), json={"name": "Mới"}).status_code == 201


def test_roles_are_kept_apart(site: PracticeWordPress):
    post = create(site)
    site.add_user("khac", PASSWORD)
    site.add_user("cong-tac-vien", PASSWORD, "contributor")
    assert code(call(site, "POST", f"posts/{post['id']}", ("khac", PASSWORD), json={})) == (
        403,
        "rest_cannot_edit",
    )
    own = {"title": "x", "status": "publish"}
    refused = call(site, "POST", "posts", ("cong-tac-vien", PASSWORD), json=own)
    assert code(refused) == (403, "rest_cannot_publish")
    with pytest.raises(ValueError, match="unknown role"):
        site.add_user("x", "y", "king")


def test_a_password_can_be_revoked_from_either_side(site: PracticeWordPress):
    known = call(site, "GET", "users/me/application-passwords/introspect").json()
    assert call(site, "DELETE", f"users/me/application-passwords/{known['uuid']}").status_code == 200
    assert code(call(site, "GET", "users/me&context=edit")) == (401, "rest_not_logged_in")
    site.add_user(USER, PASSWORD)
    assert call(site, "GET", "users/me").status_code == 200
    site.revoke(USER)
    assert code(call(site, "GET", "users/me", (USER, ""))) == (401, "rest_not_logged_in")


def test_plain_permalinks_answer_wp_json_with_the_home_page(site: PracticeWordPress):
    assert requests.get(f"{site.url}/wp-json/", timeout=10).json()["namespaces"]
    site.world.pretty = False
    answer = requests.get(f"{site.url}/wp-json/", timeout=10)
    assert (answer.status_code, "html" in answer.headers["Content-Type"]) == (200, True)
    assert "rest_route" in requests.head(site.url, timeout=10).headers["Link"]


def test_people_see_the_posts_under_a_banner(harness: SiteHarness):
    job = harness.job(pictures=1)
    handle, published = harness.publish(job)
    banner = "CHẾ ĐỘ TẬP HUẤN – không có gì được đăng thật"
    home = requests.get(harness.site.url, timeout=10).text
    assert banner in home
    assert published.url in home
    page = requests.get(published.url, timeout=10).text
    assert banner in page
    assert job.marker in page
    picture = requests.get(handle["media"][0]["url"], timeout=10)
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content == (harness.folder / job.variant.media[0].name).read_bytes()
    assert requests.get(f"{harness.site.url}/2026/11/khong-co/", timeout=10).status_code == 404
    assert requests.get(f"{harness.site.url}/wp-content/uploads/../x", timeout=10).status_code == 404


def test_a_draft_has_no_page(harness: SiteHarness):
    from tests.connectors.wordpress.harness import forget

    handle = harness.connector().prepare(harness.job(), {}, forget)
    assert requests.get(f"{harness.site.url}/?p={handle['post']}", timeout=10).status_code == 404


def test_the_ledger_and_the_controls(harness: SiteHarness):
    site = harness.site
    harness.publish(harness.job(pictures=1))
    told = requests.get(f"{site.url}/practice/ledger", timeout=10).json()
    assert {k: told["total"][k] for k in ("creates", "uploads", "reveals", "public", "hidden")} == {
        "creates": 1,
        "uploads": 1,
        "reveals": 1,
        "public": 1,
        "hidden": 0,
    }
    assert told["arrivals"][0]["method"] == "HEAD"
    order = {"kind": "500", "match": {"method": "GET", "edge": "users/me"}}
    assert requests.post(f"{site.url}/practice/faults", data=json.dumps(order), timeout=10).status_code == 200
    assert code(call(site, "GET", "users/me")) == (500, "internal_server_error")
    assert call(site, "GET", "users/me").status_code == 200
    for bad in ("[]", "{", '{"kind":"nonsense"}', '{"x":1}'):
        assert requests.post(f"{site.url}/practice/faults", data=bad, timeout=10).status_code == 400
    foreign = {"Origin": "https://evil.example"}
    assert requests.post(f"{site.url}/practice/reset", headers=foreign, timeout=10).status_code == 403
    assert requests.post(f"{site.url}/practice/reset", timeout=10).status_code == 200
    assert site.ledger()["total"]["public"] == 0


@pytest.mark.parametrize("kind", ["slow", "slow_before"])
def test_a_slow_answer_is_late(site: PracticeWordPress, kind: str):
    site.fault(kind, method="POST", edge="posts", seconds=0.2)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{site.url}/wp-json/wp/v2/posts", auth=AUTH, json={"title": "x"}, timeout=(1, 0.05))
    assert len(site.world.posts) == (1 if kind == "slow" else 0)


def test_what_a_gateway_sends_twice_is_done_twice(site: PracticeWordPress):
    site.fault("twice", method="POST", edge="posts")
    answer = create(site)
    assert list(site.world.posts) == [answer["id"] - 1, answer["id"]]


def test_a_stopped_site_comes_back_under_its_address(clock: Clock):
    site = PracticeWordPress(clock=clock)
    site.add_user(USER, PASSWORD)
    with site:
        address = site.url
        create(site)
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=1)
    with site:
        assert site.url == address
        assert len(site.world.posts) == 1


def test_it_runs_in_its_own_process():
    with subprocess.Popen(
        [sys.executable, "-m", "connectors.practice.wordpress", "--user", "loa:mat-khau:editor"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            me = requests.get(f"{url}/wp-json/wp/v2/users/me", auth=("loa", "mat-khau"), timeout=10).json()
            assert me["roles"] == ["editor"]
        finally:
            process.terminate()
            process.wait(10)
