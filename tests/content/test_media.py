"""The media store and the publication copies it keeps."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import random
import stat
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from content import images
from content.images import Picture, publication_copy
from content.media import LARGEST_BYTES, MediaError, MediaStore
from content.variant import MediaRef

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def photo(width: int = 64, height: int = 48) -> Image.Image:
    """Many colours, red on the left, blue on the right."""
    image = Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3))
    image.paste((250, 0, 0), (0, 0, width // 4, height))
    image.paste((0, 0, 250), (width - width // 4, 0, width, height))
    return image


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=False))


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def kept(store: MediaStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()] if store.root.exists() else []


def refusal(store: MediaStore, path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        store.add_image(path, "Ảnh")
    assert caught.value.finding.place == path.name
    assert "→" in str(caught.value)
    assert kept(store) == []
    return caught.value.finding.rule.removeprefix("content.")


def test_a_picture_is_stored_under_the_digest_of_its_bytes(store: MediaStore, tmp_path: Path) -> None:
    path = tmp_path / "Hội nghị xã.JPG"
    path.write_bytes(encoded(photo(), "JPEG"))
    ref = store.add_image(path, "Hội nghị")
    file = store.path(ref)
    assert file == store.root / ref.sha256[:2] / f"{ref.sha256}.jpg"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == ref.sha256
    assert ref == MediaRef(
        ref.sha256, "image/jpeg", file.stat().st_size, "hoi-nghi-xa.jpg", "Hội nghị", 64, 48
    )
    assert store.verify(ref) == file
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_the_same_picture_twice_is_one_file(store: MediaStore, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(encoded(Image.new("RGB", (9, 9)), "BMP"))
    first, second = (store.add_image(tmp_path / name, "Ảnh") for name in ("a.jpg", "b.jpg"))
    assert first.sha256 == second.sha256
    assert len(kept(store)) == 1


def test_a_damaged_stored_file_is_noticed_and_healed_by_adding_again(
    store: MediaStore, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("RGB", (9, 9), "red"), "PNG"))
    ref = store.add_image(path, "Ảnh")
    store.path(ref).write_bytes(b"khac")
    with pytest.raises(MediaError) as caught:
        store.verify(ref)
    assert caught.value.finding.rule == "content.media_changed"
    assert store.add_image(path, "Ảnh") == ref
    assert store.verify(ref)
    store.path(ref).unlink()
    with pytest.raises(MediaError) as caught:
        store.verify(ref)
    assert caught.value.finding.rule == "content.media_gone"


def test_a_file_too_large_is_refused_by_its_size_alone(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "200mb.jpg"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)

    def unexpected(*_: object, **__: object) -> None:
        raise AssertionError("the file was opened")

    monkeypatch.setattr(Path, "open", unexpected)
    assert refusal(store, path) == "media_large"


def test_a_file_that_cannot_be_a_picture_is_refused_unread(store: MediaStore, tmp_path: Path) -> None:
    pipe, empty, folder = tmp_path / "pipe.jpg", tmp_path / "rong.jpg", tmp_path / "thu-muc.jpg"
    os.mkfifo(pipe)
    empty.touch()
    folder.mkdir()
    assert refusal(store, pipe) == "file_irregular"
    assert refusal(store, folder) == "file_irregular"
    assert refusal(store, empty) == "media_empty"
    assert refusal(store, tmp_path / "khong-co.jpg") == "file_missing"


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (b"%PDF-1.7 ...", "not_an_image"),
        ("Chỉ là chữ".encode(), "not_an_image"),
        (png_header(7000, 6000), "image_pixels"),
        (png_header(10_000, 10_000), "image_bomb"),
        (png_header(60_000, 60_000), "image_bomb"),
        (png_header(100, 100), "image_damaged"),
        (encoded(photo(), "JPEG")[:700], "image_damaged"),
        (encoded(photo(), "PNG")[:900], "image_damaged"),
        (encoded(photo(), "WEBP")[:300], "image_damaged"),
        (encoded(photo(), "GIF")[:900], "image_damaged"),
        (encoded(photo(), "BMP")[:900], "image_damaged"),
    ],
)
def test_what_is_no_whole_picture_is_refused_with_its_own_reason(
    store: MediaStore, tmp_path: Path, data: bytes, rule: str
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    assert refusal(store, path) == rule


def test_a_disk_that_fails_leaves_nothing_half_stored(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("RGB", (9, 9)), "PNG"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.add_image(path, "Ảnh")
    assert kept(store) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_every_common_format_becomes_a_jpeg_or_png(kind: str) -> None:
    picture = publication_copy(encoded(photo(), kind), name="a")
    assert (picture.width, picture.height) == (64, 48)
    assert f"image/{str(opened(picture).format).lower()}" == picture.mime
    assert picture.mime in ("image/jpeg", "image/png")


def test_a_photo_is_turned_upright_and_tells_nothing_else(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was held upright: to be turned by 90°
    exif[MAKE] = "Máy của bà Tư"
    exif.get_ifd(GPS)[2] = (21.0, 1.0, 0.0)
    data = encoded(photo(), "JPEG", exif=exif, comment=b"bi mat", quality=95)
    assert b"bi mat" in data
    picture = publication_copy(data, name="a.jpg")
    image = opened(picture)
    assert image.size == (48, 64)
    assert near(image.getpixel((24, 4)), (250, 0, 0))
    assert near(image.getpixel((24, 60)), (0, 0, 250))
    assert not image.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(image.info)
    for trace in (b"bi mat", b"Exif", "Máy".encode()):
        assert trace not in picture.data


def test_texts_inside_a_png_are_left_behind() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "nguyen van a")
    notes.add_itxt("XML:com.adobe.xmp", "<gps/>")
    data = encoded(Image.new("RGB", (40, 40), "red"), "PNG", pnginfo=notes, dpi=(72, 72))
    picture = publication_copy(data, name="a.png")
    assert picture.mime == "image/png"
    assert opened(picture).info == {}
    assert b"nguyen" not in picture.data


def test_a_large_photo_is_scaled_to_2048_pixels_and_1_mb() -> None:
    noise = Image.frombytes("RGB", (2600, 1900), random.Random(1).randbytes(2600 * 1900 * 3))
    picture = publication_copy(encoded(noise, "BMP"), name="a.bmp")
    assert max(picture.width, picture.height) <= 2048
    assert len(picture.data) <= images.LARGEST_JPEG
    assert picture.mime == "image/jpeg"
    assert abs(picture.width / picture.height - 2600 / 1900) < 0.01


def test_transparency_and_few_colours_stay_png_and_noise_does_not() -> None:
    see_through = Image.new("RGBA", (50, 50), (0, 200, 0, 90))
    drawing = Image.new("P", (50, 50), 3)
    assert publication_copy(encoded(see_through, "PNG"), name="a").mime == "image/png"
    assert opened(publication_copy(encoded(see_through, "PNG"), name="a")).mode == "RGBA"
    assert publication_copy(encoded(drawing, "GIF"), name="a").mime == "image/png"
    assert publication_copy(encoded(photo(), "PNG"), name="a").mime == "image/jpeg"


def test_transparency_too_large_for_png_is_laid_on_white() -> None:
    noise = Image.frombytes("RGBA", (700, 700), random.Random(2).randbytes(700 * 700 * 4))
    noise.paste((0, 0, 0, 0), (0, 0, 100, 100))
    picture = publication_copy(encoded(noise, "PNG"), name="a.png")
    assert picture.mime == "image/jpeg"
    assert near(opened(picture).getpixel((30, 30)), (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I", "I;16", "F", "RGBA"])
def test_every_mode_of_pixels_is_taken(mode: str) -> None:
    image = (
        Image.new("L", (30, 20), 128).convert(mode) if mode != "I;16" else Image.new("I;16", (30, 20), 32_768)
    )
    picture = publication_copy(encoded(image, "TIFF"), name="a.tif")
    assert (picture.width, picture.height) == (30, 20)


def test_sixteen_bit_greys_keep_their_tone() -> None:
    picture = publication_copy(encoded(Image.new("I;16", (30, 20), 32_768), "PNG"), name="a.png")
    assert near(opened(picture).convert("RGB").getpixel((5, 5)), (128, 128, 128))


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert near(opened(publication_copy(data, name="a.gif")).convert("RGB").getpixel((5, 5)), (255, 0, 0))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"]),
    st.integers(1, 70),
    st.integers(1, 70),
    st.integers(0, 2**32),
)
def test_the_same_input_gives_the_same_bytes_and_a_copy_is_stable_in_size(
    kind: str, width: int, height: int, seed: int
) -> None:
    image = Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))
    data = encoded(image, kind)
    first, second = publication_copy(data, name="a"), publication_copy(data, name="b")
    assert first == second
    again = publication_copy(first.data, name="c")
    assert (again.width, again.height) == (first.width, first.height) == (width, height)


@settings(max_examples=60)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"\xff\xd8\xff", b"II*\0"]),
)
def test_no_bytes_break_the_reader(data: bytes, head: bytes) -> None:
    with contextlib.suppress(MediaError):
        publication_copy(head + data, name="a")


def test_the_largest_size_is_far_below_what_a_machine_holds() -> None:
    assert LARGEST_BYTES == 25 * 1024 * 1024
