"""What Facebook would refuse, said before anything is sent."""

from __future__ import annotations

import pytest

from connectors.facebook.message import CAPABILITIES, findings, message_of, same_text
from content.finding import Finding
from content.wording import catalogue
from tests.connectors.facebook.harness import PageHarness


def rules(found: list[Finding]) -> dict[str, str]:
    return {finding.rule.removeprefix("facebook."): finding.severity for finding in found}


@pytest.mark.parametrize(
    "link",
    [
        "https://www.facebook.com/sotuphap/posts/1",
        "https://facebook.com/x",
        "http://m.facebook.com./x",
        "https://fb.watch/abc",
    ],
)
def test_a_link_to_facebook_is_refused(two_step: PageHarness, link: str):
    assert rules(findings(two_step.job(link=link).variant)) == {"link_to_facebook": "block"}


@pytest.mark.parametrize("link", ["", "https://stp.example.vn/a", "https://notfacebook.com/x"])
def test_any_other_link_passes(two_step: PageHarness, link: str):
    assert findings(two_step.job(link=link).variant) == []


@pytest.mark.parametrize("link", ["stp.example.vn/a", "ftp://stp.example.vn", "https://", "javascript:1"])
def test_half_an_address_is_refused(two_step: PageHarness, link: str):
    assert rules(findings(two_step.job(link=link).variant)) == {"bad_link": "block"}


def test_a_bare_link_cannot_be_found_again_and_is_refused(two_step: PageHarness):
    found = findings(two_step.job(text=" ", link="https://stp.example.vn/a").variant)
    assert rules(found) == {"no_text": "block"}
    assert findings(two_step.job(text="", pictures=1).variant) == []


def test_with_photos_the_link_ends_the_text_unless_it_is_there(two_step: PageHarness):
    link = "https://stp.example.vn/a"
    variant = two_step.job(pictures=1, text="Chào", link=link).variant
    assert message_of(variant) == f"Chào\n\n{link}"
    assert rules(findings(variant)) == {"link_in_text": "hint"}
    variant = two_step.job(pictures=1, text=f"Xem {link} nhé", link=link).variant
    assert message_of(variant) == f"Xem {link} nhé"
    assert findings(variant) == []


def test_a_link_that_makes_the_text_too_long_is_told(two_step: PageHarness):
    text = "a" * (CAPABILITIES.limits.text_max - 3)
    variant = two_step.job(pictures=1, text=text, link="https://stp.example.vn/a").variant
    assert rules(findings(variant))["too_long_with_link"] == "block"


def test_texts_are_the_same_whatever_facebook_does_to_line_ends_and_composition():
    assert same_text("Điều 1\r\nphạm vi ", "Điều 1\nphạm vi")
    assert same_text("ti\u1ebfng", "tie\u0302\u0301ng")
    assert not same_text("Điều 1", "Điều 2")


@pytest.mark.parametrize("room", ["facebook", "practice", "connectors"])
def test_both_languages_have_the_same_sentences(room: str):
    keys = {
        language: {key for key in catalogue(language) if key.startswith(room + ".")}
        for language in ("vi", "en")
    }
    assert keys["vi"] == keys["en"] != set()
