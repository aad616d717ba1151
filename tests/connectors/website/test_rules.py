"""Remarks before approval, and what the channel's health tells."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from dataclasses import replace

import pytest

from connectors.http import Answer
from content.wording import catalogue, say


def _rules(place, **changes) -> set[str]:
    return {finding.rule for finding in place.website().check(place.job(**changes).variant)}


def test_a_sound_article_has_no_remarks(place):
    assert _rules(place, media=(place.picture(),), text="Chữ\n\n![ảnh](anh.jpg)") == set()


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("title_missing", {"title": " "}),
        ("title_long", {"title": "a" * 251}),
        ("text_missing", {"text": "\n"}),
        ("text_long", {"text": "đ" * 200_001}),
        ("summary_missing", {"summary": ""}),
        ("link_unsafe", {"link": "javascript:alert(1)"}),
        ("link_unsafe", {"link": "xa.example.gov.vn"}),
        ("markup_shown", {"text": "Xem <iframe src='https://youtube.com/embed/x'></iframe>"}),
        ("picture_outside", {"text": "![ảnh](https://other.example/a.png)"}),
    ],
)
def test_what_is_wrong_with_the_words_is_named(place, rule, changes):
    assert _rules(place, **changes) == {f"website.{rule}"}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("alt_missing", {"alt": " "}),
        ("picture_type", {"mime": "image/svg+xml"}),
        ("picture_large", {"size_bytes": 21 * 1024 * 1024}),
    ],
)
def test_what_is_wrong_with_a_picture_is_named_with_its_place(place, rule, changes):
    media = (place.picture(), replace(place.picture("hai.jpg"), **changes))
    (finding,) = place.website().check(place.job(media=media).variant)
    assert (finding.rule, finding.place, finding.severity) == (f"website.{rule}", "media[2]", "block")
    assert "hai.jpg" in finding.message


def test_too_many_pictures_are_named(place):
    assert _rules(place, media=(place.picture(),) * 41) == {"website.pictures_many"}


def test_every_remark_has_sentences_in_both_languages(place):
    bad = replace(place.picture("", alt=""), mime="x/y", size_bytes=10**9)
    text = "<script>" + "đ" * 200_001 + "![a](https://o.example/a.png)"
    findings = place.website().check(
        place.job(title="", text=text, summary="", link="x", media=(bad,) * 41).variant
    )
    findings += place.website().check(place.job(title="t" * 300, text="").variant)
    for language in ("vi", "en"):
        sentences = catalogue(language)
        for finding in findings:
            for part in ("says", "remedy"):
                sentence = sentences[f"website.rules.{finding.rule.removeprefix('website.')}.{part}"]
                assert sentence.format(**finding.values)


def test_both_catalogues_have_the_same_keys_and_values():
    vi, en = (
        {key: text for key, text in catalogue(name).items() if key.startswith("website.")}
        for name in ("vi", "en")
    )
    assert vi.keys() == en.keys()
    fields = {key: sorted(part.split("}")[0] for part in text.split("{")[1:]) for key, text in vi.items()}
    assert fields == {
        key: sorted(part.split("}")[0] for part in text.split("{")[1:]) for key, text in en.items()
    }


def test_a_complete_section_is_healthy_under_its_title(place):
    health = place.website().health()
    assert (health.ok, health.problem, dict(health.values)) == (True, "", {})
    assert health.name == "Pháp luật và cuộc sống"


def test_a_missing_footer_detail_is_a_warning_not_a_stop(place):
    place.settings.update(phone="", manager=" ")
    health = place.website().health()
    assert health.ok
    assert health.values["warning"] == "website.health.footer_incomplete"
    assert "điện thoại, người chịu trách nhiệm quản lý nội dung" in say(
        "website.health.footer_incomplete", **health.values
    )


def _problem(place) -> str:
    health = place.website().health()
    assert health.ok is not bool(health.problem)
    assert "{" not in say(health.problem, **health.values)
    return health.problem.removeprefix("website.health.")


def test_a_folder_that_cannot_be_written_is_named(place, monkeypatch):
    def refuse(self, data):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    assert _problem(place) == "not_writable"


def test_a_full_disk_is_named_before_it_stops_a_post(place, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1024))
    assert _problem(place) == "no_space"


def test_health_leaves_no_file_behind(place):
    place.website().health()
    assert list(place.workspace.iterdir()) == []


def test_a_base_url_that_is_no_address_is_named(place):
    for address in ("xa.example.gov.vn", "ftp://xa.example.gov.vn/", "https://xa.vn/?a=1", "https:///x"):
        place.settings["base_url"] = address
        assert _problem(place) == "base_url"


def test_an_address_that_serves_our_release_is_healthy(place):
    place.serve()
    place.publish(place.job())
    assert _problem(place) == ""


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(404, {}, b""), "not_served"),
        (Answer(200, {}, b"<html>another site</html>"), "not_served"),
        (Answer(200, {}, json.dumps({"release": "0" * 64}).encode()), "not_served"),
        (Answer(301, {"Location": "https://www.xa.example.gov.vn/"}, b""), "redirected"),
    ],
)
def test_an_address_that_serves_something_else_is_named(place, answer, problem):
    served = place.serve()
    place.publish(place.job())
    served.answer = answer
    assert _problem(place) == problem


def test_an_address_that_cannot_be_reached_is_named(place):
    served = place.serve()
    place.publish(place.job())
    served.cut = True
    assert _problem(place) == "unreachable"
