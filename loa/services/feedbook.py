"""What Loa remembers of each feed: a file `feeds/<name>.json`, replaced whole or not at all.

An address is no secret and a lost file is only a feed to be added again, so a file is enough.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.errors import NotSent
from content.errors import NotFound, RefusedByRule, UsageError
from content.incoming.feed import FeedItem, FeedText
from content.text import nearest, slug
from content.whole import PRIVATE, write_whole
from loa.services.connecting import only_one
from loa.services.workspace import Workspace

FOLDER = "feeds"
MOST_FEEDS = 100
MOST_KEPT = 300
"""Items kept of one feed, the newest; those taken are remembered for longer."""
MOST_TAKEN = 5000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Taken:
    """An item that became a draft; by whom, and when (aware UTC)."""

    draft: str
    officer: str
    at: datetime


@dataclass(frozen=True)
class Known:
    """An item with the number that it keeps as long as it is known."""

    number: int
    item: FeedItem


@dataclass(frozen=True)
class Feed:
    """Nguồn tin. `inside`: an operator added it, so its own host may be in the house.

    `shown` is the highest number that somebody was shown. `reuse` is what the source allows, in a sentence.
    """

    name: str
    url: str
    reuse: str
    inside: bool
    officer: str
    added_at: datetime
    title: str = ""
    etag: str = ""
    modified: str = ""
    looked_at: datetime | None = None
    last: int = 0
    shown: int = 0
    items: tuple[Known, ...] = ()
    """Newest number first."""
    taken: Mapping[str, Taken] = field(default_factory=dict, hash=False)
    """By the item's id."""

    def with_text(self, text: FeedText, *, looked_at: datetime, etag: str, modified: str) -> Feed:
        """After a look: items that are known keep their numbers, new ones are numbered from the oldest on."""
        known = {one.item.id: one for one in self.items}
        last = self.last
        for item in reversed(_oldest_last(text.items)):
            if item.id in known:
                known[item.id] = replace(known[item.id], item=item)
            else:
                last += 1
                known[item.id] = Known(last, item)
        items = sorted(known.values(), key=lambda one: one.number, reverse=True)[:MOST_KEPT]
        return replace(
            self,
            title=text.title or self.title,
            items=tuple(items),
            last=last,
            looked_at=looked_at,
            etag=etag,
            modified=modified,
        )

    def with_taken(self, taken: Mapping[str, Taken]) -> Feed:
        everything = {**self.taken, **taken}
        newest = sorted(everything.items(), key=lambda one: one[1].at, reverse=True)[:MOST_TAKEN]
        return replace(self, taken=dict(newest))


def _oldest_last(items: tuple[FeedItem, ...]) -> list[FeedItem]:
    """By date where all have one, else as the feed has them, which is newest first by custom."""
    dated = [(item.published, item) for item in items if item.published]
    if len(dated) < len(items):
        return list(items)
    return [item for _, item in sorted(dated, key=lambda one: one[0], reverse=True)]


def checked_name(written: str) -> str:
    """Raises UsageError, with a name that would do, for one that is none."""
    if not _NAME.fullmatch(written):
        raise UsageError("feeds.bad_name", written=written[:60], nearest=slug(written, longest=40))
    return written


def names(workspace: Workspace) -> list[str]:
    return sorted(path.stem for path in _room(workspace).glob("*.json") if _NAME.fullmatch(path.stem))


def read(workspace: Workspace, name: str) -> Feed:
    """Raises NotFound naming the nearest, RefusedByRule for a file that somebody broke."""
    file = _file(workspace, name)
    try:
        return _parsed(name, json.loads(file.read_bytes()))
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RefusedByRule("feeds.damaged", file=file, feed=name) from None
    raise NotFound("feeds.unknown", feed=name[:60], nearest=nearest(name, names(workspace)) or "–")


def write(workspace: Workspace, feed: Feed) -> None:
    """Only by whoever holds `alone`."""
    room = _room(workspace)
    room.mkdir(exist_ok=True)
    data = json.dumps(asdict(feed), ensure_ascii=False, default=_plain).encode("utf-8", "replace")
    write_whole(_file(workspace, feed.name), data, PRIVATE)


def forget(workspace: Workspace, name: str) -> None:
    _file(workspace, name).unlink()


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """One writer of feeds at a time; nobody waits for the network while holding it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(only_one(workspace, "feeds"))
        except NotSent:
            raise RefusedByRule("feeds.busy_here") from None
        yield


def _room(workspace: Workspace) -> Path:
    return workspace.folder / FOLDER


def _file(workspace: Workspace, name: str) -> Path:
    return _room(workspace) / f"{checked_name(name)}.json"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _parsed(name: str, raw: dict[str, Any]) -> Feed:
    items = tuple(Known(int(one["number"]), _item(one["item"])) for one in raw["items"])
    taken = {
        str(key): Taken(str(one["draft"]), str(one["officer"]), _aware(one["at"]))
        for key, one in raw["taken"].items()
    }
    return Feed(
        name=name,
        url=str(raw["url"]),
        reuse=str(raw["reuse"]),
        inside=raw["inside"] is True,
        officer=str(raw["officer"]),
        added_at=_aware(raw["added_at"]),
        title=str(raw["title"]),
        etag=str(raw["etag"]),
        modified=str(raw["modified"]),
        looked_at=_aware(raw["looked_at"]) if raw["looked_at"] else None,
        last=int(raw["last"]),
        shown=int(raw["shown"]),
        items=items,
        taken=taken,
    )


def _item(raw: dict[str, Any]) -> FeedItem:
    published = _aware(raw["published"]) if raw["published"] else None
    texts = {name: str(raw[name]) for name in ("id", "title", "link", "summary", "body")}
    return FeedItem(published=published, remarks=tuple(map(str, raw["remarks"])), **texts)


def _aware(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment
