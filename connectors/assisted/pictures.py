"""A picture as a portal takes it: JPEG, no wider than the setting says."""

from __future__ import annotations

import io
from pathlib import Path

from connectors.errors import NotSent

QUALITY = 88


def resized(source: Path, width: int) -> bytes:
    """The same bytes for the same file, width and Pillow. Raises NotSent for what cannot be decoded.

    The stored file is a publication copy (`content.images`): upright, sRGB, without hidden data.
    """
    from PIL import Image, UnidentifiedImageError  # only where a pack is made

    try:
        with Image.open(source) as image:
            fitted = image.convert(
                "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"
            )
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise NotSent("hand:picture", f"{source.name}: {type(error).__name__}") from None
    if fitted.width > width:
        height = max(1, round(fitted.height * width / fitted.width))
        fitted = fitted.resize((width, height), Image.Resampling.LANCZOS)
    if fitted.mode == "RGBA":
        ground = Image.new("RGB", fitted.size, "white")
        ground.paste(fitted, mask=fitted.getchannel("A"))
        fitted = ground
    buffer = io.BytesIO()
    fitted.save(buffer, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return buffer.getvalue()
