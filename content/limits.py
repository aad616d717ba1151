"""A platform's limits as data: one table feeds the counter, the check and the connector."""

from __future__ import annotations

from dataclasses import dataclass

from content.text import Unit

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one platform takes. Lengths are in `text_unit`; sizes in bytes; None means no limit known."""

    text_max: int
    text_unit: Unit = "characters"
    title_max: int | None = None
    images_max: int = 10
    image_max_bytes: int = 4 * MIB
    image_types: tuple[str, ...] = ("image/jpeg", "image/png")
    videos_max: int = 0
    video_types: tuple[str, ...] = ()
    caption_types: tuple[str, ...] = ()
    markdown: bool = False  # takes the body as written; otherwise it is flattened to plain text

    def takes(self, mime: str) -> bool:
        """Whether the platform has a use for this kind of file; a video has none on a page of pictures."""
        kind = mime.partition("/")[0]
        return kind == "image" or mime in self.video_types or mime in self.caption_types
