"""What differs between two variants: everything is told, nothing else is."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from content.changes import Line, changes
from content.variant import MediaRef, Variant

DUE = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
PICTURE = MediaRef("a" * 64, "image/jpeg", 2048, "cho.jpg", "Chợ", 800, 600)
OTHER = MediaRef("b" * 64, "image/jpeg", 4096, "truong.jpg", "Trường", 800, 600)
VARIANT = Variant(
    post="dat-dai",
    revision=1,
    source_sha256="0" * 64,
    channel="website",
    platform="website",
    account="",
    kind="hoi_dap",
    title="Hỏi đáp đất đai",
    summary="",
    text="Dòng một.\nDòng hai có mười chữ.\nDòng ba.\nDòng bốn.\nDòng năm.",
    link="",
    media=(PICTURE, OTHER),
    citations=(),
    tags=("đất đai",),
    author="",
    not_before=DUE,
    deadline=DUE + timedelta(days=7),
)


def test_equal_variants_differ_in_nothing() -> None:
    assert not changes(VARIANT, replace(VARIANT))


@pytest.mark.parametrize("name", [field.name for field in fields(Variant)])
def test_whatever_reaches_the_public_or_names_an_author_is_told(name: str) -> None:
    other: dict[str, object] = {
        "media": (OTHER,),
        "citations": ("Luật Đất đai",),
        "tags": (),
        "contributors": ("soan",),
        "not_before": DUE + timedelta(hours=1),
        "deadline": DUE + timedelta(days=8),
        "revision": 2,
    }
    changed = replace(VARIANT, **{name: other.get(name, "khác")})  # type: ignore[arg-type]
    # The number and digest of the source tell of the file; post, channel and platform are the delivery's own.
    silent = {"revision", "source_sha256", "post", "channel", "platform"}
    assert bool(changes(VARIANT, changed)) == (name not in silent)


def test_the_words_that_changed_are_marked_in_their_lines() -> None:
    now = replace(VARIANT, text=VARIANT.text.replace("mười", "chín"))
    gone, came = [line for line in changes(VARIANT, now).lines if line.sign in "-+"]
    assert (gone.sign, [gone.text[a:b] for a, b in gone.marks]) == ("-", ["mười"])
    assert (came.sign, [came.text[a:b] for a, b in came.marks]) == ("+", ["chín"])


def test_lines_that_stayed_are_left_out_but_for_those_beside_a_change() -> None:
    now = replace(VARIANT, text=f"Mới.\n{VARIANT.text}")
    assert changes(VARIANT, now).lines == (
        Line("+", "Mới."),
        Line(" ", "Dòng một."),
        Line(" ", "Dòng hai có mười chữ."),
        Line("…", ""),
    )


def test_a_picture_is_told_by_its_bytes_not_by_its_name() -> None:
    described = replace(PICTURE, alt="Chợ phiên")
    told = changes(VARIANT, replace(VARIANT, media=(described, OTHER)))
    assert (told.media_altered, told.media_added, told.media_gone) == (((PICTURE, described),), (), ())
    assert changes(VARIANT, replace(VARIANT, media=(OTHER, PICTURE))).media_reordered
    replaced = changes(VARIANT, replace(VARIANT, media=(replace(PICTURE, sha256="c" * 64), OTHER)))
    assert (len(replaced.media_added), len(replaced.media_gone)) == (1, 1)
    assert not replaced.media_reordered
