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
    markdown: bool = False  # takes the body as written; otherwise it is flattened to plain text
