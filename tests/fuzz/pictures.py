"""Targets: files an officer was sent. Pictures of every format taken, videos, captions, and their names."""

from __future__ import annotations

import io
import random
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from content.checks import check_post
from content.clips import caption_text, video_mime
from content.images import LARGEST_JPEG, LONGEST_SIDE, publication_copy
from content.media import MediaError, MediaStore
from content.post import MediaItem, Post
from loa.services.importing import picture_of
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, mutated, text
from tests.fuzz.posts import NOW


def encoded(kind: str, mode: str = "RGB", **how: object) -> bytes:
    """A small picture with enough in it that every part of a reader is visited."""
    picture = Image.frombytes("RGB", (24, 18), random.Random(5).randbytes(24 * 18 * 3)).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Máy"
    exif.get_ifd(0x8825)[2] = (21.0, 1.0, 0.0)
    return exif.tobytes()


def _notes() -> PngImagePlugin.PngInfo:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "a" * 50, zip=True)
    notes.add_itxt("XML:com.adobe.xmp", "<x/>", zip=True)
    return notes


def pictures() -> list[bytes]:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    frames = [Image.new("RGB", (24, 18), colour) for colour in ("red", "blue", "green")]
    return [
        encoded("JPEG", exif=_exif(), comment=b"x"),
        encoded("JPEG", progressive=True, icc_profile=profile),
        encoded("JPEG", "CMYK"),
        encoded("PNG", exif=_exif(), pnginfo=_notes(), icc_profile=profile),
        encoded("PNG", "P", transparency=3),
        encoded("PNG", "I;16") if "I;16" in Image.MODES else encoded("PNG", "L"),
        encoded("PNG", save_all=True, append_images=frames),
        encoded("GIF", "P", save_all=True, append_images=frames, comment=b"x"),
        encoded("WEBP", exif=_exif()),
        encoded("WEBP", "RGBA", lossless=True, save_all=True, append_images=frames),
        encoded("BMP", "P"),
        encoded("TIFF", compression="tiff_lzw", description="x", dpi=(72, 72)),
        encoded("TIFF", "CMYK", compression="tiff_adobe_deflate"),
        encoded("TIFF", "1", compression="group4"),
    ]


MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free\x00\x00\x00\x10mdat12345678"
WEBM = b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
AVI = b"RIFF\x24\x00\x00\x00AVI LIST\x10\x00\x00\x00hdrlavih\x38\x00\x00\x00"
SRT = "1\r\n00:00:01,000 --> 00:00:03,500\r\nHàng rào của ai?\r\n".encode()
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000 line:0\nXin chào\n".encode()


def image(data: bytes) -> None:
    picture = publication_copy(data, name="a")
    assert max(picture.width, picture.height) <= LONGEST_SIDE
    assert len(picture.data) <= LARGEST_JPEG
    with Image.open(io.BytesIO(picture.data), formats=("JPEG", "PNG")) as again:
        again.load()


def stored(data: bytes) -> None:
    """Through the door of the media store, which tells videos, captions and pictures apart by itself."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.mp4", "a.srt", "a.vtt"):
            path = Path(folder) / name
            path.write_bytes(data)
            video_mime(path)
            try:
                if name.endswith(("srt", "vtt")):
                    caption_text(path).decode("utf-8")
                store = MediaStore(Path(folder) / "media")
                ref = store.add(path, "")
            except MediaError:
                continue
            assert store.verify(ref).is_relative_to(store.root)
            assert ref.size_bytes <= max(len(data) * 2, 100_000)


def media_name(given: bytes) -> None:
    """A name that an imported post gives its picture; only what lies beside the post may be found by it."""
    name = given.decode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "posts"
        folder.mkdir()
        for path in (Path(outer) / "secret.png", folder / "a.png"):
            path.write_bytes(b"x")
        post = Post("a", "A", "hoi_dap", "x", channels=("website",), media=(MediaItem(name, "Ảnh"),))
        findings = check_post(post, known_channels=["website"], now=NOW)
        assert all(finding.line() for finding in findings)
        found = picture_of(folder / "a.md", name)
        assert found.resolve().is_relative_to(folder.resolve())
        MediaStore(Path(outer) / "media").add(found, "")


_NAMES = ("a.png", "./a.png", "../secret.png", "posts/../../secret.png", "..\\secret.png", "//host/a.png",
          "~/a.png",
          "a.png\x00.jpg", "a" * 5000 + ".png", "\udcff.png", "\ud800", "CON", "a.png::$DATA",
          "file:///etc/passwd")  # fmt: skip

TARGETS = (
    Target(
        "image", mutated(pictures(), (b"\xff\xda", b"\xff\xe1", b"IDAT", b"fcTL")), image, (MediaError,), 4.0
    ),
    Target(
        "video, captions", mutated([MP4, WEBM, AVI, SRT, VTT], (*NASTY, b"\x00" * 8)), stored, (MediaError,)
    ),
    Target(
        "media name",
        st.one_of(
            st.sampled_from(_NAMES),
            text,
            st.lists(st.sampled_from((*_NAMES, "..", "/", "\\", ".")), max_size=5).map("".join),
            st.text(st.characters(exclude_categories=()), max_size=10),
        ).map(lambda name: name.encode("utf-8", "surrogatepass")),
        media_name,
        (MediaError,),
    ),
)
