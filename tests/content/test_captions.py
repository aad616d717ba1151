"""Subtitles: what a viewer would stumble over is said with the cue's number and time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.captions import FASTEST, LONGEST_LINE, Cue, cues, flaws, remarks
from content.kits import load_kit
from content.mp4 import shape_of
from content.post import MediaItem, Post
from content.variant import MediaRef

GOOD = (
    "1\n00:00:00,500 --> 00:00:03,000\nChào bà con.\n\n"
    "2\n00:00:03,000 --> 00:00:06,000\n<i>Hôm nay</i> là 9/11.\n"
)
SRT = "application/x-subrip"


def found(text: str, film_s: float | None = None) -> list[tuple[str, int]]:
    return [(rule, cue.number) for rule, cue, _ in flaws(cues(text), film_s)]


def srt(*told: tuple[float, float, str]) -> str:
    def time(second: float) -> str:
        whole, thousandths = divmod(round(second * 1000), 1000)
        return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{thousandths:03}"

    return "\n\n".join(f"{n}\n{time(a)} --> {time(b)}\n{text}" for n, (a, b, text) in enumerate(told, 1))


@pytest.mark.parametrize(
    "text", [GOOD, "WEBVTT\n\nNOTE lời ghi\n\n" + GOOD.replace(",", "."), GOOD.replace("\n", "\r\n")]
)
def test_good_subtitles_draw_no_remark(text: str) -> None:
    told = cues(text)
    assert [(cue.start, cue.end, cue.lines) for cue in told] == [
        (0.5, 3.0, ("Chào bà con.",)),
        (3.0, 6.0, ("Hôm nay là 9/11.",)),
    ]
    assert found(text, film_s=10) == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(1, 3, "Một."), (2.5, 4, "Hai.")], [("overlap", 2)]),
        ([(3, 1, "Một.")], [("backwards", 1)]),
        ([(5, 6, "Một."), (1, 2, "Hai.")], [("backwards", 2)]),
        ([(1, 3, "")], [("empty", 1)]),
        ([(1, 3, "<b></b>")], [("empty", 1)]),
        ([(0, 9, "a" * LONGEST_LINE), (9, 19, "a" * (LONGEST_LINE + 1))], [("long_line", 2)]),
        ([(0, 1, "a" * FASTEST), (1, 2, "a" * (FASTEST + 1))], [("fast", 2)]),
        ([(12, 15, "Muộn.")], [("after_end", 1)]),
    ],
)
def test_a_flaw_is_told_of_with_its_cue(
    told: list[tuple[float, float, str]], expected: list[tuple[str, int]]
) -> None:
    assert found(srt(*told), film_s=10 if expected[0][0] == "after_end" else 20) == expected


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 90)), max_size=12))
def test_cues_side_by_side_never_overlap_and_one_pushed_into_the_next_does(
    steps: list[tuple[int, int]],
) -> None:
    at, told = 0.0, []
    for gap, length in steps:
        told.append((at + gap / 1000, at + gap / 1000 + length, "Lời."))
        at = told[-1][1]
    assert found(srt(*told)) == []
    for place in range(len(told) - 1):
        start, _, text = told[place]
        pushed = [*told[:place], (start, told[place + 1][0] + 0.5, text), *told[place + 1 :]]
        assert ("overlap", place + 2) in found(srt(*pushed))


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert all(isinstance(cue, Cue) for cue in cues(text))
    assert list(flaws(cues("00:01.000 --> 00:02.000\n" + text)))[:1] is not None


def test_each_kind_of_flaw_is_told_once_with_how_many_there_are(tmp_path: Path) -> None:
    text = srt(*((n, n + 1, "a" * 30) for n in range(5)), (70, 75, ""))
    (tmp_path / "a.srt").write_text(text, "utf-8")
    post = Post(key="a", title="A", kind="video", body="", media=(MediaItem("a.mp4"), MediaItem("a.srt")))
    refs = {"a.srt": MediaRef("0" * 64, SRT, 1, "a.srt")}
    told = list(remarks(post, refs, lambda file: tmp_path / file, {}))
    assert [(one.rule, one.severity, one.place) for one in told] == [
        ("content.captions_fast", "hint", "media[2]"),
        ("content.captions_empty", "warn", "media[2]"),
    ]
    assert "câu 1 (lúc 00:00:00; tất cả 5 câu)" in told[0].message
    assert "câu 6 (lúc 00:01:10" in told[1].message
    assert list(remarks(post, refs, lambda file: tmp_path / file, {one.rule: "off" for one in told})) == []


def test_the_films_length_is_read_from_the_film(tmp_path: Path) -> None:
    folder = load_kit("law_day").items[0].path.parent
    post = Post(
        key="a", title="A", kind="video", body="", media=(MediaItem("muoi-giay.mp4"), MediaItem("a.srt"))
    )
    (tmp_path / "a.srt").write_text(srt((11, 14, "Muộn.")), "utf-8")
    (tmp_path / "muoi-giay.mp4").write_bytes((folder / "muoi-giay.mp4").read_bytes())
    film = MediaRef("1" * 64, "video/mp4", 1, "muoi-giay.mp4")
    refs = {"a.srt": MediaRef("0" * 64, SRT, 1, "a.srt"), "muoi-giay.mp4": film}
    [told] = remarks(post, refs, lambda file: tmp_path / file, {})
    assert told.rule == "content.captions_after_end"
    assert told.values["seconds"] == 10


def test_the_kits_own_subtitles_are_good() -> None:
    folder = load_kit("law_day").items[0].path.parent
    files = list(folder.glob("*.srt"))
    assert files
    for file in files:
        film = shape_of(file.with_suffix(".mp4"))
        assert film is not None
        assert found(file.read_text("utf-8"), film_s=film.seconds) == [], file.name
