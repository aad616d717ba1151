"""A post as its author wrote it, before any channel has its say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class MediaItem:
    """A picture as the post names it: a path beside the post's file, and the words that stand for it.

    `rights` (bản quyền) says whose it is and by what permission, `people` (người trong ảnh) who is to be
    seen and whether they agreed; neither is published. `content.consent` reads them.
    """

    file: str
    alt: str = ""
    rights: str = ""
    people: str = ""


@dataclass(frozen=True)
class Override:
    """What one channel shows instead. None leaves the post's own; an empty text says: show none."""

    title: str | None = None
    summary: str | None = None
    text: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Post:
    """Bài: what is said, once, for all channels.

    `key` is a slug. `body` is Markdown. `channels` are channel ids in the order written. `due` and
    `deadline` are aware (UTC) or None: not decided in the file. `source` is the normalised text of the
    file, the very one that was read; it is empty for a post that came from no file.
    """

    key: str
    title: str
    kind: str
    body: str
    summary: str = ""
    channels: tuple[str, ...] = ()
    due: datetime | None = None
    deadline: datetime | None = None
    media: tuple[MediaItem, ...] = ()
    link: str = ""
    citations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    audience: str = ""
    overrides: Mapping[str, Override] = field(default_factory=dict, hash=False)
    source: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name in ("due", "deadline"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} is naive; Loa keeps aware times in UTC")
