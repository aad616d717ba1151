"""One copy of a picture fits every platform, and it tells nothing about who took it where."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from connectors import registry
from content.images import LARGEST_JPEG, LARGEST_PNG, LONGEST_SIDE, publication_copy

SECRETS = (
    b"Bi mat",
    b"ba Tu",
    b"xmpmeta",
    b"Exif",
    b"GPS",
    b"ICC_PROFILE",
    b"iCCP",
    b"tEXt",
    b"iTXt",
    b"eXIf",
)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>ba Tu</rdf:RDF></x:xmpmeta>'


def exif() -> Image.Exif:
    made = Image.Exif()
    made[0x010F] = "May cua ba Tu"
    made[0x9286] = "Bi mat"
    made.get_ifd(0x8825).update({1: "N", 2: (21.0, 1.0, 42.0), 3: "E", 4: (105.0, 51.0, 0.0)})
    return made


def photo(size: tuple[int, int] = (120, 90)) -> Image.Image:
    chance = random.Random(4)
    return Image.frombytes("RGB", (12, 9), chance.randbytes(12 * 9 * 3)).resize(
        size, Image.Resampling.BICUBIC
    )


def with_traces(kind: str) -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more: dict[str, object] = {"exif": exif(), "icc_profile": profile}
    if kind == "JPEG":
        more |= {"comment": b"Bi mat", "xmp": XMP}
    elif kind == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", "Bi mat")
        notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
        more["pnginfo"] = notes
    elif kind == "WEBP":
        more["xmp"] = XMP
    elif kind == "TIFF":
        more["tiffinfo"] = {270: "Bi mat", 315: "ba Tu", 700: XMP}
        del more["exif"]
    buffer = io.BytesIO()
    photo().save(buffer, kind, **more)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_nothing_is_left_of_what_the_camera_and_the_editor_wrote(kind: str) -> None:
    data = with_traces(kind)
    assert b"Bi mat" in data or b"ba Tu" in data, "the picture has no trace to begin with"
    copy = publication_copy(data, name="a")
    image = Image.open(io.BytesIO(copy.data))
    image.load()
    assert not [trace for trace in SECRETS if trace in copy.data]
    assert not image.getexif()
    assert set(image.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
        "progression",
    }


def test_one_copy_fits_every_platform() -> None:
    """Why no platform needs a copy of its own: the table of what each takes, beside what is made."""
    for name in sorted(registry.platforms()):
        limits = registry.capabilities(name).limits
        assert limits.image_max_bytes >= max(LARGEST_JPEG, LARGEST_PNG), (
            f"{name} takes only {limits.image_max_bytes}"
        )
        assert {"image/jpeg", "image/png"} <= set(limits.image_types), f"{name} takes {limits.image_types}"


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (6000, 1000)])
def test_the_hardest_photo_is_made_to_fit(size: tuple[int, int]) -> None:
    noise = Image.effect_noise(size, 90).convert("RGB")
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG", quality=95)
    copy = publication_copy(buffer.getvalue(), name="a")
    assert len(copy.data) <= LARGEST_JPEG
    assert max(copy.width, copy.height) <= LONGEST_SIDE
    assert copy.width / copy.height == pytest.approx(size[0] / size[1], rel=0.02)
