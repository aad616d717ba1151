"""Videos and captions in the media store."""

from __future__ import annotations

import hashlib
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from content.adapt import adapt
from content.checks import check_variant
from content.limits import Limits
from content.media import MediaError, MediaStore
from content.post import MediaItem, Post

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 4000
SRT = "1\r\n00:00:01,000 --> 00:00:03,500\r\nHàng rào của ai?\r\n"
VIDEO_PLACE = Limits(
    text_max=5000, videos_max=1, video_types=("video/mp4",), caption_types=("application/x-subrip",)
)


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def put(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def test_a_video_is_kept_byte_for_byte_under_its_digest(store: MediaStore, tmp_path: Path):
    ref = store.add(put(tmp_path, "Ranh đất.MP4", MP4), "Tiểu phẩm")
    assert (ref.mime, ref.name, ref.sha256) == ("video/mp4", "ranh-dat.mp4", hashlib.sha256(MP4).hexdigest())
    assert store.verify(ref).read_bytes() == MP4
    assert store.add(tmp_path / "Ranh đất.MP4", "khác").sha256 == ref.sha256


def test_a_video_is_recognised_by_its_bytes_not_by_its_name(store: MediaStore, tmp_path: Path):
    assert store.add(put(tmp_path, "clip.jpg", MP4), "x").mime == "video/mp4"
    with pytest.raises(MediaError):
        store.add(put(tmp_path, "clip.mp4", b"not a video at all"), "x")
    assert not list(tmp_path.glob("media/**/*.*")) or all(
        p.suffix == ".mp4" for p in tmp_path.glob("media/*/*.*")
    )


def test_a_large_video_is_never_held_in_memory(store: MediaStore, tmp_path: Path):
    big = put(tmp_path, "dai.mp4", MP4)
    with big.open("r+b") as file:
        file.truncate(64 * 1024 * 1024)
    tracemalloc.start()
    ref = store.add(big, "x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ref.size_bytes == 64 * 1024 * 1024
    assert peak < 4 * 1024 * 1024


def test_captions_are_kept_as_utf8_and_other_text_is_refused(store: MediaStore, tmp_path: Path):
    ref = store.add(put(tmp_path, "phu-de.srt", b"\xef\xbb\xbf" + SRT.encode()), "")
    assert ref.mime == "application/x-subrip"
    assert store.path(ref).read_text("utf-8").startswith("1\n")
    for bad in (SRT.encode("utf-16"), "chỉ là chữ".encode()):
        with pytest.raises(MediaError):
            store.add(put(tmp_path, "hong.srt", bad), "")


def variant_for(limits: Limits, store: MediaStore, tmp_path: Path):
    media = {
        "a.mp4": store.add(put(tmp_path, "a.mp4", MP4), "Tiểu phẩm"),
        "a.srt": store.add(put(tmp_path, "a.srt", SRT.encode()), ""),
    }
    post = Post(
        "ranh-dat",
        "Chuyện cái ranh đất",
        "tieu_pham",
        "Nội dung.",
        media=tuple(MediaItem(n, "Tiểu phẩm") for n in media),
    )
    due = datetime(2026, 10, 22, 12, 30, tzinfo=UTC)
    return adapt(
        post,
        media,
        revision=1,
        channel="k",
        platform="p",
        account="1",
        limits=limits,
        author="",
        not_before=due,
        deadline=due,
    )


def test_a_video_goes_only_to_platforms_that_take_videos(store: MediaStore, tmp_path: Path):
    assert [ref.mime for ref in variant_for(VIDEO_PLACE, store, tmp_path).media] == [
        "video/mp4",
        "application/x-subrip",
    ]
    pictures_only = variant_for(Limits(text_max=5000), store, tmp_path)
    assert pictures_only.media == ()
    assert check_variant(pictures_only, Limits(text_max=5000)) == []


def test_one_video_too_many_is_said(store: MediaStore, tmp_path: Path):
    from dataclasses import replace

    one = variant_for(VIDEO_PLACE, store, tmp_path)
    two = replace(one, media=(one.media[0], one.media[0]))
    assert [f.rule for f in check_variant(two, VIDEO_PLACE)] == ["content.videos_over"]
