"""Cards of posts: a post's title, unit and day as a picture, in a file or as the post's first picture."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from content.approval import Role
from content.cards import Card, Words, alt_text, draw
from content.errors import RefusedByRule, UsageError
from content.frontmatter import parse_post
from content.kinds import KINDS
from content.post import MediaItem, Post
from content.postwriter import write_post
from loa.services import drafts
from loa.services.importing import Imported, import_files, must_be_editable
from loa.services.people import Person
from loa.services.posts import delivery_rows, parsed, post_row
from loa.services.workspace import Workspace

RIGHTS = "đơn vị tự làm (thẻ chữ vẽ bằng Loa)"
PEOPLE = "không"
_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def card_of(workspace: Workspace, key: str, size: str, template: str, title: str = "") -> tuple[Words, Card]:
    """A post's card and the words on it; `title` in place of the post's own. Raises NotFound, and UsageError
    for a post without a title."""
    with workspace.database.read() as connection:
        row = post_row(connection, key)
        times = [one.due_at for one in delivery_rows(connection, key) if one.due_at]
    words = _words(workspace, parsed(workspace, row)[0], times)
    words = replace(words, title=" ".join(title.split()) or words.title)
    if not words.title:
        raise UsageError("media.card.no_title", post=key)
    return words, draw(words, size, template)


def write(card: Card, path: Path) -> None:
    """A new PNG, whole or not at all; what is there already may be somebody's work."""
    if path.suffix.lower() != ".png":
        raise UsageError("media.card.ending", file=path.name)
    if not path.parent.is_dir():
        raise UsageError("media.card.no_folder", folder=path.parent)
    handle, temporary = tempfile.mkstemp(prefix=".card-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(card.data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        try:
            os.link(temporary, path)  # refuses to replace, unlike a rename
        except FileExistsError:
            raise RefusedByRule("media.card.exists", file=path.name) from None
        except OSError:  # a disk without links: the moment in between is short
            if path.exists():
                raise RefusedByRule("media.card.exists", file=path.name) from None
            Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def add(
    workspace: Workspace, actor: Person, key: str, size: str, template: str, title: str = ""
) -> tuple[Imported, MediaItem]:
    """Make the card the post's first picture, in place of an earlier card of this size: an ordinary edit,
    which voids approvals. Raises what saving a post raises."""
    actor.must_be(Role.DRAFTER)
    words, card = card_of(workspace, key, size, template, title)
    with workspace.database.read() as connection:
        row = post_row(connection, key)
        must_be_editable(connection, key)
    source = drafts.as_it_stands(workspace, row)
    read, _ = parse_post(source, file_name=f"{key}.md", zone=workspace.config.zone)
    read = replace(read, key=key)
    item = MediaItem(f"the-{size}.png", alt_text(words), RIGHTS, PEOPLE)
    rest = tuple(one for one in read.media if one.file != item.file)
    changed = replace(read, media=(item, *rest))
    with tempfile.TemporaryDirectory(prefix=".card-", dir=workspace.folder) as scratch:
        folder = Path(scratch)
        for entry in drafts.entries(row):
            drafts.lay_out(workspace, folder, entry)
        (folder / item.file).write_bytes(card.data)
        path = folder / f"{key}.md"
        path.write_text(write_post(changed, workspace.config.zone), "utf-8")
        expected = {key: int(row.revision)}
        [done] = import_files(workspace, actor, [path], expected=expected, slots_stay=True, begun=source)
    return done, item


def _words(workspace: Workspace, read: Post, times: Iterable[datetime]) -> Words:
    kind = KINDS.get(read.kind)
    first = min(times, default=None)
    day = ""
    if first:
        local = first.astimezone(workspace.config.zone)
        day = f"{_WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y}"  # published: Vietnamese on every screen
    label = kind.label if kind else ""
    return Words(read.title, workspace.config.unit.name, label, day)
