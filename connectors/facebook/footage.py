"""A variant with a video: its parts, what Facebook is told about it, and what it would refuse."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from connectors.facebook.message import CAPTION_TYPES, message_of
from content.finding import Finding
from content.limits import MIB
from content.mp4 import Shape, shape_of
from content.text import normalise
from content.variant import MediaRef, Variant

Way = Literal["feed", "reel"]

REEL_SECONDS = (3, 90)
REEL_LEAST = (540, 960)
REEL_TYPES = ("video/mp4",)
"""Meta, "Reels Publishing API", 2026-11: mp4, upright 9:16, at least 540×960, 3 to 90 seconds."""
CAPTIONS_MOST_BYTES = MIB
"""Ours: they are read whole."""


@dataclass(frozen=True)
class Footage:
    """A variant's files by the part they play: the first of each kind counts, `findings` says so."""

    video: MediaRef
    picture: MediaRef | None
    captions: MediaRef | None


def footage_of(variant: Variant) -> Footage | None:
    """None for a variant without a video."""
    videos = [ref for ref in variant.media if ref.mime.startswith("video/")]
    if not videos:
        return None
    pictures = [ref for ref in variant.media if ref.mime.startswith("image/")]
    captions = [ref for ref in variant.media if ref.mime in CAPTION_TYPES]
    return Footage(videos[0], next(iter(pictures), None), next(iter(captions), None))


def title_of(variant: Variant) -> str:
    return " ".join(normalise(variant.title).split())


def said(variant: Variant) -> str:
    """Digest (hex SHA-256) of the words that go with the video."""
    return hashlib.sha256(f"{title_of(variant)}\0{message_of(variant)}".encode()).hexdigest()


def way_of(setting: str, video: MediaRef, path: Callable[[MediaRef], Path]) -> Way:
    """`auto` makes a Reel of an upright mp4 of 3 to 90 seconds; the same file goes the same way always."""
    if setting != "auto":
        return "reel" if setting == "reel" else "feed"
    shape = shape_of(path(video))
    return "reel" if shape and shape.is_upright and not _reel_faults(video, shape) else "feed"


def findings(
    variant: Variant, footage: Footage, way: Way, *, direct: bool, path: Callable[[MediaRef], Path]
) -> list[Finding]:
    """What is to be said of a video before anybody approves it. Reads the file's index, no network."""
    found: list[Finding] = []

    def remark(rule: str, severity: str, **values: object) -> None:
        found.append(Finding(f"facebook.{rule}", severity, variant.channel, values))  # type: ignore[arg-type]

    video = footage.video
    if video.size_bytes == 0:
        remark("empty_file", "block", file=video.name)
    if way == "reel":
        shape = shape_of(path(video))
        if shape is None:
            remark("reel_unread", "warn", file=video.name)
        for rule, values in _reel_faults(video, shape):
            remark(rule, "block", file=video.name, **values)
        if footage.picture:
            remark("reel_picture", "hint")
    pictures = sum(ref.mime.startswith("image/") for ref in variant.media)
    if way == "feed" and pictures > 1 and footage.picture:
        remark("first_picture", "hint", count=pictures, file=footage.picture.name)
    captions = [ref for ref in variant.media if ref.mime in CAPTION_TYPES]
    if captions and (way == "reel" or direct):
        remark("captions_by_hand", "warn", file=captions[0].name)
    elif len(captions) > 1:
        remark("two_captions", "block", count=len(captions))
    for ref in captions:
        if ref.size_bytes > CAPTIONS_MOST_BYTES:
            remark("captions_large", "block", file=ref.name, most=CAPTIONS_MOST_BYTES // 1024)
    return found


def _reel_faults(video: MediaRef, shape: Shape | None) -> list[tuple[str, dict[str, object]]]:
    faults: list[tuple[str, dict[str, object]]] = []
    if video.mime not in REEL_TYPES:
        faults.append(("reel_type", {"mime": video.mime}))
    if shape is None:
        return faults
    shortest, longest = REEL_SECONDS
    if not shortest <= shape.seconds <= longest + 0.5:
        faults.append(
            ("reel_length", {"seconds": round(shape.seconds), "shortest": shortest, "longest": longest})
        )
    width, height = REEL_LEAST
    if not shape.is_upright or shape.width < width or shape.height < height:
        seen: dict[str, object] = {"width": shape.width, "height": shape.height}
        faults.append(("reel_shape", {**seen, "least": f"{width}×{height}"}))
    return faults
