"""What an officer sees, and the folders served beside it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from connectors.practice import PracticeServer
from tests.connectors.practice.conftest import Caller
from tests.connectors.practice.test_graph import upload

BANNER = "CHẾ ĐỘ TẬP HUẤN – không có gì được đăng thật"


@pytest.mark.parametrize("path", ["/", "/pages/1", "/pages/404", "/pages/1/posts/5"])
def test_every_page_says_that_nothing_is_real_and_in_which_language(call: Caller, path: str):
    text = call.browse(path).text
    assert BANNER in text
    assert '<html lang="vi">' in text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text), "nothing from outside is loaded"


def test_only_public_posts_are_seen(call: Caller):
    call.post(message="Bài đã đăng")
    hidden = call.post(message="Bài còn ẩn", published="false")
    text = call.browse("/pages/1").text
    assert "Bài đã đăng" in text
    assert "Bài còn ẩn" not in text
    number = hidden.partition("_")[2]
    assert call.browse(f"/pages/1/posts/{number}").status_code == 404
    call("POST", hidden, data={"is_published": "true"})
    assert "Bài còn ẩn" in call.browse(f"/pages/1/posts/{number}").text


def test_what_people_write_is_text_and_never_markup(call: Caller):
    photo = upload(call, alt_text_custom='"><script>alert(1)</script>')
    media = json.dumps([{"media_fbid": photo}])
    call.post(message="<script>alert(2)</script>", attached_media=media)
    text = call.browse("/pages/1").text
    assert "<script>" not in text
    assert "&lt;script&gt;alert(2)" in text


def test_photos_are_shown_with_their_description(call: Caller):
    photo = upload(call, alt_text_custom="Cán bộ tư pháp giải đáp")
    call.post(message="x", attached_media=json.dumps([{"media_fbid": photo}]))
    assert (
        f'<img src="/practice/photos/{photo}" alt="Cán bộ tư pháp giải đáp">' in call.browse("/pages/1").text
    )
    image = call.browse(f"/practice/photos/{photo}")
    assert image.headers["content-type"] == "image/png"
    assert image.content.startswith(b"\x89PNG")
    assert call.browse("/practice/photos/1").status_code == 404


def test_a_folder_is_served_as_it_is_now(call: Caller, site: Path):
    for release in ("r1", "r2"):
        (site / release / "tin").mkdir(parents=True)
        (site / release / "index.html").write_text(f"<p>{release}</p>", "utf-8")
        (site / release / "tin" / "index.html").write_text("tin", "utf-8")
    (site / "current").symlink_to("r1")
    assert call.browse("/site/").text == "<p>r1</p>"
    (site / "next").symlink_to("r2")
    (site / "next").replace(site / "current")
    answer = call.browse("/site/")
    assert answer.text == "<p>r2</p>"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert call.browse("/site/tin").text == "tin", "a folder without its slash is led to it"
    assert call.browse("/site").text == "<p>r2</p>"
    assert call.browse("/site/none.html").status_code == 404


@pytest.mark.parametrize(
    "path", ["/site/%2e%2e/secret", "/site/..%2fsecret", "/site//etc/passwd", "/site/%00"]
)
def test_nothing_outside_a_served_folder_is_given_away(call: Caller, site: Path, path: str):
    (site.parent / "secret").write_text("secret", "utf-8")
    assert call.browse(path).status_code == 404


def test_it_runs_as_a_process_of_its_own_and_ends_cleanly():
    command = [sys.executable, "-W", "error", "-m", "connectors.practice", "--page", "7:t-7:Trang bảy"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().strip()
        try:
            with requests.Session() as session:
                session.trust_env = False
                assert "Trang bảy" in session.get(address, timeout=5).text
        finally:
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_it_listens_on_this_machine_only_unless_told():
    with PracticeServer() as server:
        assert server.url.startswith("http://127.0.0.1:")
