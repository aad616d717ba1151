"""All practice platforms behind one start page."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connectors.practice.hall import PracticeHall
from connectors.practice.places import MOMENTS, PLATFORMS
from connectors.practice.world import Page


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A website section as releases leave it: the public folder is a link that is moved."""
    release = tmp_path / "releases" / "1"
    (release / "bai").mkdir(parents=True)
    (release / "index.html").write_text("chuyên trang", "utf-8")
    (release / "bai" / "a.html").write_text("bài a", "utf-8")
    (tmp_path / "bi-mat.txt").write_text("không dành cho ai", "utf-8")
    (tmp_path / "current").symlink_to(release)
    return tmp_path / "current"


@pytest.fixture
def hall(site: Path) -> Iterator[PracticeHall]:
    with PracticeHall(site=site) as running:
        yield running


def get(address: str) -> requests.Response:
    return requests.get(address, timeout=10)


def test_the_start_page_leads_to_four_pages_that_a_browser_can_open(hall: PracticeHall):
    text = get(hall.url).text
    assert "Tập huấn – không phải trang thật" in text
    assert "CHẾ ĐỘ TẬP HUẤN" in text
    for place in hall.places():
        assert f'href="{place.url}/"' in text
        page = get(place.url + "/")
        assert page.status_code == 200
        assert "CHẾ ĐỘ TẬP HUẤN" in page.text, f"{place.platform} does not say that it is practice"
    assert 'href="/site/"' in text


def test_the_start_page_shows_what_a_channel_is_entered_with(hall: PracticeHall):
    text = get(hall.url).text
    for place in hall.places():
        for name, secret in place.secrets.items():
            assert f"LOA_SECRET_{name.upper()}=" in text
            assert secret in text
        for name, value in place.settings.items():
            assert f"--set {name}={value}" in text
        assert all(f"<code>{value}</code>" in text for value in place.login.values())
    assert f"practice channels --url {hall.url}" in text


def test_programs_are_told_the_same_as_people(hall: PracticeHall):
    told = {place["platform"]: place for place in get(hall.url + "/practice/places").json()}
    assert list(told) == list(PLATFORMS)
    assert told["facebook"]["secrets"] == {"page_token": "practice-token"}
    assert told["zalo"]["secrets"]["refresh_token"] == hall.zalo.world.oas["4001"].refresh_token
    hall.zalo.world.issue(hall.zalo.world.oas["4001"])
    again = {place["platform"]: place for place in get(hall.url + "/practice/places").json()}
    assert again["zalo"]["secrets"]["refresh_token"] == hall.zalo.world.oas["4001"].refresh_token
    assert again["zalo"]["secrets"] != told["zalo"]["secrets"], "a token that was spent is told no more"


def test_only_what_is_wanted_is_open(site: Path):
    with PracticeHall(only=["youtube"], site=site) as hall:
        assert [place.platform for place in hall.places()] == ["youtube"]
        assert "Zalo OA" not in get(hall.url).text
        assert hall.zalo.url == ""


def test_pages_of_ones_own_take_the_place_of_the_one_that_comes_with_it():
    with PracticeHall(only=["facebook"], pages=[Page("77", "Trang riêng", "ma-77")]) as hall:
        [place] = hall.places()
        assert (place.account, place.name, place.secrets) == ("77", "Trang riêng", {"page_token": "ma-77"})


def test_ports_follow_the_start_pages(site: Path):
    base = free_row()
    with PracticeHall(port=base, site=site) as hall:
        assert [place.url for place in hall.places()] == [f"http://127.0.0.1:{base + n}" for n in range(1, 5)]
        with pytest.raises(OSError, match="in use"):
            PracticeHall(port=base, site=site).start()
    with PracticeHall(port=base, site=site) as again:
        assert get(again.url).status_code == 200, "an end frees all ports"


def test_a_taken_port_in_the_row_leaves_nothing_open():
    base = free_row()
    with socket.create_server(("127.0.0.1", base + 3)), pytest.raises(OSError, match="in use"):
        PracticeHall(port=base).start()
    for port in (base, base + 1, base + 2):
        with pytest.raises(requests.ConnectionError):
            get(f"http://127.0.0.1:{port}/")


def test_the_website_is_shown_as_it_stands_now(hall: PracticeHall, site: Path):
    assert get(hall.url + "/site/").text == "chuyên trang"
    assert get(hall.url + "/site/bai/a.html").text == "bài a"
    assert get(hall.url + "/site/bai").status_code == 404, "a folder without a page"
    newer = site.parent / "releases" / "2"
    newer.mkdir()
    (newer / "index.html").write_text("bản mới", "utf-8")
    site.unlink()
    site.symlink_to(newer)
    assert get(hall.url + "/site/").text == "bản mới"


@pytest.mark.parametrize("path", ["../bi-mat.txt", "%2e%2e/bi-mat.txt", "bai/..%2f..%2fbi-mat.txt", "a%00b"])
def test_nothing_beside_the_website_is_served(hall: PracticeHall, path: str):
    request = requests.Request("GET", hall.url + "/").prepare()
    request.url = f"{hall.url}/site/{path}"
    answer = requests.Session().send(request, timeout=10)
    assert answer.status_code == 404
    assert "không dành cho ai" not in answer.text


def test_without_a_website_there_is_no_link_to_one():
    with PracticeHall(only=["zalo"]) as hall:
        assert "/site/" not in get(hall.url + "/practice/pages").text
        assert get(hall.url + "/site/index.html").status_code == 404


def test_zalo_really_fetches_its_pictures(hall: PracticeHall):
    fetches = hall.zalo.world.fetches
    assert fetches is not None
    settings = next(place.settings for place in hall.places() if place.platform == "zalo")
    assert fetches(settings["cover_url"])
    assert not fetches(hall.url + "/site/media/chua-co.png")
    assert not fetches(hall.url + "/site/"), "a page is no picture"
    assert not fetches("http://127.0.0.1:9/x.png")


def test_every_platform_names_the_calls_that_training_is_about():
    assert set(MOMENTS) == set(PLATFORMS)
    assert all(set(named) == {"publish", "prepare", "read"} for named in MOMENTS.values())


def free_row() -> int:
    """Five free ports in a row, apart from those that a test process beside this one would find."""
    for base in range(20_000 + os.getpid() % 1_000 * 10, 32_000, 10):
        with contextlib.ExitStack() as taken, contextlib.suppress(OSError):
            for number in range(5):
                taken.enter_context(socket.create_server(("127.0.0.1", base + number)))
            return base
    raise AssertionError("no five free ports in a row")
