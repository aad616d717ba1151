"""The copy of a picture that is published: upright, without hidden data, of a size platforms take."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from content.errors import MediaError
from content.finding import Finding

LONGEST_SIDE = 2048  # pixels; Facebook and Zalo scale larger pictures down themselves, and worse
LARGEST_JPEG = LARGEST_PNG = 1_000_000
"""Bytes. The smallest of what the platforms take (Zalo's megabyte; Facebook's is four), so that one copy, the
one that is approved, is what every one of them is sent; at 2048 pixels nobody sees a difference."""
LARGEST_AREA = 40_000_000  # pixels
MOST_SCANS = 100
"""Passes over a progressive JPEG; cameras and editors make about ten. Each costs a whole pass over the
picture and as little as 83 bytes of file: 25 MiB of them would be hours."""
FEW_COLOURS = 1024  # a drawing, a leaflet or a table: JPEG would smear its letters
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
_QUALITIES = (90, 82, 74, 64, 50)
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")  # none of those that stand inside a scan's data
_END, _SCAN = 0xD9, 0xDA


@dataclass(frozen=True)
class Picture:
    """The bytes of a publication copy. `width` and `height` in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def publication_copy(data: bytes, *, name: str) -> Picture:
    """A copy fit for publishing, the same bytes for the same input with the same Pillow.

    Orientation is applied and every other trace (EXIF, place, camera, comments, colour profile) is left
    behind, since a photo may tell where a person lives. Longest side at most 2048 px; at most 1 MB;
    PNG only for transparency or few colours. Raises MediaError placed at `name`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)  # odd EXIF is dropped anyway
        original = _open(data, name)
        try:
            whole = _upright(original)
            drawing = original.format != "JPEG" and whole.getcolors(FEW_COLOURS) is not None
            image = _fitted(whole)
            if drawing or image.mode == "RGBA":
                png = _encoded(image, "PNG", optimize=True)
                if len(png) < LARGEST_PNG:
                    return Picture(png, "image/png", *image.size)
            return _jpeg(image)
        except Exception as error:  # EXIF and colour profiles are foreign bytes too: see `_open`
            raise _refused("image_damaged", name) from error


def _open(data: bytes, name: str) -> Image.Image:
    """The first frame, decoded. The size is looked at before anything is decoded."""
    if data.startswith(b"\xff\xd8") and _scans(data) > MOST_SCANS:
        raise _refused("image_bomb", name, megapixels=LARGEST_AREA // 1_000_000)
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refused("image_bomb", name, megapixels=LARGEST_AREA // 1_000_000) from None
    except UnidentifiedImageError:
        raise _refused("not_an_image", name) from None
    except Exception as error:  # what a parser of foreign bytes may raise is not enumerable
        raise _refused("image_damaged", name) from error
    width, height = image.size
    if width * height > LARGEST_AREA:
        values: dict[str, object] = {"width": width, "height": height}
        raise _refused("image_pixels", name, megapixels=LARGEST_AREA // 1_000_000, **values)
    try:
        image.load()
    except Exception as error:  # the same
        raise _refused("image_damaged", name) from error
    return image


def _scans(jpeg: bytes) -> int:
    """Scans of the picture itself: segments (with thumbnails in them) are stepped over by their length."""
    scans, at = 0, 2
    while scans <= MOST_SCANS and (found := _MARKER.search(jpeg, at)):
        kind, at = found[1][0], found.end()
        if kind == _END:
            break
        scans += kind == _SCAN
        at += int.from_bytes(jpeg[at : at + 2], "big")
    return scans


def _upright(original: Image.Image) -> Image.Image:
    """RGB, or RGBA when something shines through; turned as the camera meant."""
    image = ImageOps.exif_transpose(original)
    if image.mode.startswith("I"):
        # 16-bit greys: Pillow's own conversion clips instead of scaling.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    profile = original.info.get("icc_profile")
    has_alpha = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    image = image.convert("RGBA") if has_alpha else _in_srgb(image, profile)
    if has_alpha and image.getchannel("A").getextrema()[0] == 255:
        return image.convert("RGB")
    return image


def _fitted(image: Image.Image) -> Image.Image:
    """No larger than allowed, and clean."""
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    clean = Image.new(image.mode, image.size)  # carries no `info`, so no saver can write any of it
    clean.paste(image)
    return clean


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Phones store wide-gamut colours; without their profile these would turn dull."""
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile is no reason to refuse the picture
    return image.convert("RGB")


def _jpeg(image: Image.Image) -> Picture:
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    for quality in _QUALITIES:
        data = _encoded(image, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(data) <= LARGEST_JPEG:
            return Picture(data, "image/jpeg", *image.size)
    smaller = (max(1, image.width * 3 // 4), max(1, image.height * 3 // 4))
    return _jpeg(image.resize(smaller, Image.Resampling.LANCZOS))


def _encoded(image: Image.Image, kind: str, **how: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def _refused(rule: str, name: str, **values: object) -> MediaError:
    return MediaError(Finding(f"content.{rule}", "block", name, values))
