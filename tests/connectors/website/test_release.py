"""A release is a pure function of the public articles and the settings, made with little work."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.website.article import Article
from connectors.website.page import Pages
from connectors.website.release import Releases
from connectors.website.settings import Settings
from connectors.website.site import plan


def _files(place) -> dict[str, bytes]:
    root = place.current.resolve()
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def _bytes(parts) -> dict[str, bytes]:
    return {
        name: part.make() if callable(part.make) else part.make.read_bytes() for name, part in parts.items()
    }


def _articles(place, count: int) -> list[Article]:
    made = []
    for number in range(1, count + 1):
        moment = place.now - timedelta(days=40 * (number // 2))  # pairs share a moment
        made.append(replace(Article.of(place.job(number)), published_at=moment))
    return made


def _no_picture(_):
    raise AssertionError("no article here has a picture")


SETTINGS = Settings(None, "", "Pháp luật", "UBND xã", "Asia/Ho_Chi_Minh", "vi")  # type: ignore[arg-type]


def test_two_folders_with_the_same_articles_hold_the_same_bytes(places):
    one, two = places("one"), places("two")
    for number in range(1, 5):
        one.publish(one.job(number, media=(one.picture(colour=f"#{number}0{number}"),)))
    for number in (4, 2, 3, 1):  # another order, and everything made anew at the end
        job = two.job(number, media=(two.picture(colour=f"#{number}0{number}"),))
        two.now = job.due_at
        two.website().reveal(job, {})
    for manifest in (two.folder / "releases").glob("*.json"):
        manifest.unlink()
    two.website().rebuild()
    assert _files(one) == _files(two)
    assert one.current.readlink() == two.current.readlink()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(7)))
def test_the_order_in_which_articles_are_read_does_not_matter(place, order):
    articles = _articles(place, 7)
    expected = _bytes(plan(articles, SETTINGS, _no_picture))
    assert _bytes(plan([articles[index] for index in order], SETTINGS, _no_picture)) == expected


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), title=st.text(max_size=60), tag=st.text(max_size=20))
def test_no_text_whatever_keeps_the_site_from_being_made(place, text, title, tag):
    job = place.job(title=title, text=text, summary="", tags=(tag,), citations=(tag,), link=tag, author=title)
    article = replace(Article.of(job), published_at=place.now)
    made = _bytes(plan([article], SETTINGS, _no_picture))
    assert made[article.path].endswith(b"</html>\n")
    for feed in ("atom.xml", "rss.xml", "sitemap.xml"):
        ET.fromstring(made[feed])
    assert len(json.loads(made["search.json"])) == 1


def test_publishing_one_article_does_not_make_the_others_again(place, monkeypatch):
    for number in range(1, 6):
        place.publish(place.job(number))
    made: list[str] = []
    render = Pages.article
    monkeypatch.setattr(Pages, "article", lambda self, view: made.append(view.path) or render(self, view))
    place.publish(place.job(6))
    assert len(made) == 1
    assert len(place.articles()) == 6


def test_unchanged_files_are_shared_with_the_release_before(place):
    place.publish(place.job(1, media=(place.picture(),)))
    page, picture = place.articles()[0], next(place.current.glob("media/*")).name
    before = [(place.current / name).stat().st_ino for name in (page, f"media/{picture}")]
    place.publish(place.job(2))
    assert [(place.current / name).stat().st_ino for name in (page, f"media/{picture}")] == before


def test_a_page_changed_by_another_hand_is_made_again(place):
    place.publish(place.job(1))
    (page,) = place.articles()
    good = place.page(page)
    (place.current / page).write_text(good.replace("60 ngày", "6 ngày"), "utf-8")
    place.publish(place.job(2))
    assert place.page(page) == good


def test_the_served_release_is_put_right_when_the_same_is_published_again(place):
    place.publish(place.job(1))
    index = place.page()
    (place.current / "index.html").write_text("bị sửa", "utf-8")
    (place.current / "style.css").unlink()
    place.publish(place.job(1))
    assert place.page() == index
    assert (place.current / "style.css").is_file()


def test_other_users_may_read_what_is_served_whatever_the_umask(place):
    before = os.umask(0o077)
    try:
        place.publish(place.job(1, media=(place.picture(),)))
        place.publish(place.job(2))
    finally:
        os.umask(before)
    for path in (place.current.resolve(), *place.current.resolve().rglob("*")):
        mode = path.stat().st_mode & 0o777
        assert mode == (0o755 if path.is_dir() else 0o644), path


@pytest.mark.parametrize(
    "change", [{"email": "moi@xa.example.gov.vn"}, {"title": "Tên mới"}, {"base_url": "https://a.vn/"}]
)
def test_a_changed_setting_changes_every_page_that_shows_it(place, change):
    place.publish(place.job(1))
    place.publish(place.job(2))
    before = _files(place)
    place.settings.update(change)
    place.website().rebuild()
    after = _files(place)
    assert all(after[name] != before[name] for name in before if name.startswith("bai/"))


def test_every_byte_is_on_the_disk_before_the_swap(place, monkeypatch):
    synced, missing = set(), []
    fsync, swap = os.fsync, Releases.swap

    def remember(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def look(self, manifest) -> None:
        made = [place.folder / "data", place.folder / "releases"]
        inside = [path for folder in made for path in folder.rglob("*") if path.is_file()]
        missing.extend(path for path in inside if path.stat().st_ino not in synced)
        swap(self, manifest)

    monkeypatch.setattr(os, "fsync", remember)
    monkeypatch.setattr(Releases, "swap", look)
    for number in (1, 2):
        place.publish(place.job(number, media=(place.picture(),)))
    assert missing == []
