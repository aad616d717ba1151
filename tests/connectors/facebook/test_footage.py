"""What is said of a video before it is approved, and the small files that are read for it."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.facebook import captions
from connectors.facebook.footage import CAPTIONS_MOST_BYTES
from content.mp4 import Shape, shape_of
from content.wording import use_language
from tests.connectors.facebook.harness import MP4_HEAD, PageHarness


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def index(width: int, height: int, seconds: float, *, turned: bool = False, long: bool = False) -> bytes:
    """An MP4's `moov` with a sound and a picture track (ISO/IEC 14496-12)."""
    corner = 0 if turned else 0x10000
    if long:
        mvhd = bytes([1, 0, 0, 0]) + bytes(16) + struct.pack(">IQ", 1000, int(seconds * 1000))
        before = bytes([1, 0, 0, 0]) + bytes(48)
    else:
        mvhd = bytes(12) + struct.pack(">II", 1000, int(seconds * 1000))
        before = bytes(40)
    matrix = struct.pack(">i", corner) + bytes(32)
    picture = box(b"tkhd", before + matrix + struct.pack(">II", width << 16, height << 16))
    sound = box(b"tkhd", bytes(84))
    return box(b"moov", box(b"mvhd", mvhd + bytes(80)) + box(b"trak", sound) + box(b"trak", picture))


def rules(page: PageHarness, job) -> dict[str, str]:
    found = page.connector().check(job.variant)
    for finding in found:
        for language in ("vi", "en"):
            use_language(language)
            for sentence in (finding.message, finding.remedy):
                assert "facebook." not in sentence, f"{finding.rule} has no wording in {language}"
                assert "{" not in sentence
        use_language("vi")
    return {finding.rule.removeprefix("facebook."): finding.severity for finding in found}


def film(page: PageHarness, width: int, height: int, seconds: float, **more: bool):
    media = page.video("phim.mp4", size=5_000, shape=index(width, height, seconds, **more))
    return page.job(media=(media,))


def test_an_index_that_breaks_off_is_no_index(tmp_path: Path):
    path = tmp_path / "a.mp4"
    for kind, inner in ((b"moov", box(b"mvhd", b"")), (b"moov", box(b"trak", box(b"tkhd", b"")))):
        path.write_bytes(MP4_HEAD + box(kind, inner))
        assert shape_of(path) is None


@pytest.mark.parametrize("long", [False, True])
def test_size_and_length_are_read_from_the_index(tmp_path: Path, long: bool):
    path = tmp_path / "a.mp4"
    path.write_bytes(MP4_HEAD + box(b"mdat", bytes(1000)) + index(1080, 1920, 42.5, long=long))
    assert shape_of(path) == Shape(1080, 1920, 42.5)
    path.write_bytes(MP4_HEAD + index(1920, 1080, 3, turned=True, long=long))
    assert shape_of(path) == Shape(1080, 1920, 3.0)


@pytest.mark.parametrize(
    "content", [b"", b"x" * 100, MP4_HEAD, MP4_HEAD + b"\0\0\0\x02moov", index(1, 1, 1)[:60]]
)
def test_a_file_that_is_no_video_has_no_shape(tmp_path: Path, content: bytes):
    (tmp_path / "a.mp4").write_bytes(content)
    assert shape_of(tmp_path / "a.mp4") is None
    assert shape_of(tmp_path / "not-there.mp4") is None


def test_a_sound_reel_has_no_remark(reel: PageHarness):
    assert rules(reel, film(reel, 1080, 1920, 60)) == {}


@pytest.mark.parametrize(
    ("width", "height", "seconds", "expected"),
    [
        (1080, 1920, 2, {"reel_length": "block"}),
        (1080, 1920, 95, {"reel_length": "block"}),
        (1920, 1080, 60, {"reel_shape": "block"}),
        (360, 640, 60, {"reel_shape": "block"}),
    ],
)
def test_what_cannot_be_a_reel_is_told(
    reel: PageHarness, width: int, height: int, seconds: float, expected: dict[str, str]
):
    assert rules(reel, film(reel, width, height, seconds)) == expected


def test_a_reel_takes_no_picture_no_captions_and_no_quicktime(reel: PageHarness):
    media = reel.video("phim.mp4", size=5_000, shape=index(1080, 1920, 60))
    with_more = reel.job(media=(media, reel._picture(9, 9, "Ảnh"), reel.captions("a.vtt")))
    assert rules(reel, with_more) == {"reel_picture": "hint", "captions_by_hand": "warn"}
    quicktime = reel.job(media=(replace(media, mime="video/quicktime"),))
    assert rules(reel, quicktime) == {"reel_type": "block"}
    unread = reel.job(media=(reel.video("la.mp4", size=100),))
    assert rules(reel, unread) == {"reel_unread": "warn"}


@pytest.mark.parametrize(
    ("shape", "edge"),
    [((1080, 1920, 60), "video_reels"), ((1920, 1080, 60), "videos"), ((1080, 1920, 120), "videos")],
)
def test_auto_makes_a_reel_of_what_can_be_one(video: PageHarness, shape: tuple[int, int, float], edge: str):
    job = film(video, *shape)
    video.connector(video_as="auto").prepare(job, {}, lambda _: None)
    assert video.server.world.arrivals[0][3] == edge


def test_a_feed_video_has_one_thumbnail_and_one_caption_file(video: PageHarness, video_direct: PageHarness):
    media = video.video("phim.mp4", size=5_000)
    pictures = (video._picture(9, 1, "Ảnh"), video._picture(9, 2, "Ảnh"))
    assert rules(video, video.job(media=(media, *pictures))) == {"first_picture": "hint"}
    track = video.captions("a.vtt")
    assert rules(video, video.job(media=(media, track))) == {}
    assert rules(video, video.job(media=(media, track, track))) == {"two_captions": "block"}
    large = replace(track, size_bytes=CAPTIONS_MOST_BYTES + 1)
    assert rules(video, video.job(media=(media, large))) == {"captions_large": "block"}
    assert rules(video_direct, video.job(media=(media, track))) == {"captions_by_hand": "warn"}
    assert rules(video, video.job(media=(replace(media, size_bytes=0),))) == {"empty_file": "block"}


def test_captions_without_a_video_are_not_sent(two_step: PageHarness):
    job = two_step.job(media=(two_step.captions("a.vtt"),))
    assert rules(two_step, job) == {"captions_alone": "hint"}
    two_step.prepare(job)
    assert two_step.server.world.photos == {}


def test_webvtt_becomes_subrip_and_subrip_stays():
    vtt = (
        "\ufeffWEBVTT\r\n\r\nNOTE ghi chú\r\n\r\nmở đầu\r\n00:01.5 --> 00:02.000\r\nkhông hợp lệ\r\n\r\n"
        "00:01.500 --> 00:02.000 align:start\r\nXin chào\r\nbà con\r\n\r\n"
        "01:00:03.000 --> 01:00:04.250\r\nHết\r\n"
    )
    srt = captions.as_srt(vtt.encode())
    assert srt.decode() == (
        "1\n00:00:01,500 --> 00:00:02,000\nXin chào\nbà con\n\n2\n01:00:03,000 --> 01:00:04,250\nHết\n"
    )
    assert captions.as_srt(srt) == srt
    assert captions.file_name("vi") == "loa.vi_VN.srt"
