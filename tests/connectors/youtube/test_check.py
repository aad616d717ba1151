"""What YouTube would refuse is said before anybody approves it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.youtube.settings import CAPABILITIES
from connectors.youtube.words import description_of, letters_to_cut, tags_length
from content.checks import check_variant
from content.finding import Finding
from content.limits import MIB
from content.text import count
from content.variant import MediaRef, Variant
from content.wording import use_language
from tests.connectors.youtube.harness import ChannelHarness


@pytest.fixture
def variant(harness: ChannelHarness) -> Variant:
    return harness.job(pictures=2).variant


def rules(harness: ChannelHarness, variant: Variant) -> set[str]:
    found = harness.connector().check(variant)
    assert all(finding.severity == "block" for finding in found)
    for finding in found:
        for language in ("vi", "en"):
            use_language(language)
            for sentence in (finding.message, finding.remedy):
                assert "youtube." not in sentence, f"{finding.rule} has no wording in {language}"
                assert "{" not in sentence
        use_language("vi")
    return {finding.rule.removeprefix("youtube.") for finding in found}


def file(mime: str, size: int = 1000, name: str = "tep") -> MediaRef:
    return MediaRef("0" * 64, mime, size, name)


def test_a_sound_video_has_no_remark_from_us_or_the_common_check(
    harness: ChannelHarness, variant: Variant
) -> None:
    assert rules(harness, variant) == set()
    assert check_variant(variant, CAPABILITIES.limits) == []


def test_one_video_and_one_only(harness: ChannelHarness, variant: Variant) -> None:
    video, picture, captions = variant.media
    assert rules(harness, replace(variant, media=())) == {"no_video"}
    assert rules(harness, replace(variant, media=(picture, captions))) == {"no_video"}
    assert rules(harness, replace(variant, media=(video, video))) == {"two_videos"}
    assert rules(harness, replace(variant, media=(video, captions, captions))) == {"two_captions"}
    assert rules(harness, replace(variant, media=(video, file("application/pdf")))) == {"strange_file"}
    assert rules(harness, replace(variant, media=(file("video/webm", 0),))) == {"empty_file"}
    large = replace(variant, media=(video, file("image/png", 9 * MIB)))
    assert [f.rule for f in check_variant(large, CAPABILITIES.limits)] == ["content.image_size"]
    assert rules(harness, replace(variant, media=(file("video/mp4", 2**38 + 1),))) == {"video_large"}


def test_several_pictures_are_only_a_hint(harness: ChannelHarness, variant: Variant) -> None:
    several = replace(variant, media=(*variant.media, harness.picture("hai.png"), harness.picture("ba.png")))
    (finding,) = harness.connector().check(several)
    assert (finding.rule, finding.severity) == ("youtube.first_picture", "hint")
    assert variant.media[1].name in finding.message
    assert check_variant(several, CAPABILITIES.limits) == []


def test_a_title_is_counted_in_characters(harness: ChannelHarness, variant: Variant) -> None:
    title = "Nghĩa vụ quân sự " * 5
    assert count(title, "bytes") > 100 > len(title)
    assert rules(harness, replace(variant, title=title)) == set()
    assert rules(harness, replace(variant, title="ồ" * 100)) == set()
    assert rules(harness, replace(variant, title="ồ" * 101)) == {"title_long"}
    assert rules(harness, replace(variant, title="  ")) == {"no_title"}
    assert rules(harness, replace(variant, title="Lương > tối thiểu")) == {"title_angle"}


def test_a_decomposed_title_counts_as_it_is_sent(harness: ChannelHarness, variant: Variant) -> None:
    assert rules(harness, replace(variant, title="o\u0302\u0300" * 100)) == set()


def test_a_description_is_counted_in_bytes_with_its_link(harness: ChannelHarness, variant: Variant) -> None:
    link = "https://a.vn"
    fits = replace(variant, text="a" * (5_000 - len(link) - 2), link=link)
    assert rules(harness, fits) == set()
    assert rules(harness, replace(fits, text=fits.text + "a")) == {"description_long"}
    assert rules(harness, replace(variant, text="mức lương <x>")) == {"description_angle"}


def test_too_long_says_the_bytes_and_about_how_many_letters_to_cut(
    harness: ChannelHarness, variant: Variant
) -> None:
    text = ("Điều 12. Người sử dụng đất có nghĩa vụ. " * 150).strip()
    (finding,) = harness.connector().check(replace(variant, text=text))
    size, cut = count(text, "bytes"), letters_to_cut(text)
    assert f"{size:,}".replace(",", ".") in finding.message
    assert f"{cut:,}".replace(",", ".") in finding.remedy
    assert count(text[:-cut], "bytes") <= 5_000
    assert count(text[: -cut + 60], "bytes") > 5_000, "not much more than needed"


def test_a_link_in_the_text_is_not_said_twice(variant: Variant) -> None:
    told = replace(variant, text="Xem https://a.vn nhé", link="https://a.vn")
    assert description_of(told) == "Xem https://a.vn nhé"


def test_tags_count_their_commas_and_quotes(harness: ChannelHarness, variant: Variant) -> None:
    assert tags_length(["luật", "đất đai"]) == 4 + 1 + 7 + 2
    assert rules(harness, replace(variant, tags=("a" * 500,))) == set()
    assert rules(harness, replace(variant, tags=("a" * 250, "b" * 250))) == {"tags_long"}
    assert rules(harness, replace(variant, tags=("đất, đai",))) == {"tag_letters"}


def test_what_the_check_lets_through_the_platform_takes(harness: ChannelHarness) -> None:
    """The counter here and the one on the practice platform were written apart."""
    job = harness.job(title="ồ" * 100, text="ồ" * 1_666, tags=("a b" * 100, "c" * 196))
    assert [f.rule for f in harness.connector().check(job.variant)] == []
    harness.publish(job)


def test_a_finding_is_one_of_the_catalogue(variant: Variant) -> None:
    finding = Finding("youtube.no_video", "block", variant.channel)
    assert finding.message.endswith(".")
    assert "youtube" not in finding.message
