"""What a draft would be on each channel, and everything there is to say against it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import select

from connectors import registry
from connectors.errors import ConnectorError
from content import captions
from content.adapt import adapt
from content.checks import check_post, check_variant
from content.errors import LoaError, MediaError
from content.finding import Finding
from content.frontmatter import PostFileError, parse_post
from content.limits import Limits
from content.media import MediaStore
from content.post import Post
from content.variant import MediaRef, Variant
from loa.services import blackouts, drafts, duplicates, law, nearby
from loa.services.connecting import Connectors
from loa.services.drafts import Draft
from loa.services.importing import picture_of
from loa.services.workspace import Workspace
from scheduler.store.tables import channel


@dataclass(frozen=True)
class Preview:
    """What would be sent, by channel, if the draft were approved as it stands; and what is wrong with it."""

    variants: list[Variant]
    findings: list[Finding]
    limits: dict[str, Limits] = field(default_factory=dict)
    """What each channel takes: those that its connector checks by."""


def preview(workspace: Workspace, draft: Draft, source: str) -> Preview:
    """The draft as each channel would show it, with everything the checks and the platforms' limits say.

    Never raises for what is in the text: half a post is what a draft usually is.
    """
    now = workspace.now()
    try:
        read, findings = parse_post(source, file_name=drafts.POST, zone=workspace.config.zone)
    except PostFileError as error:
        return Preview([], error.findings)
    with workspace.database.read() as connection:
        rows = connection.execute(select(channel.c.id, channel.c.platform, channel.c.account)).all()
        days = blackouts.standing(workspace, connection)
    known = [str(row.id) for row in rows]
    findings += check_post(read, known_channels=known, now=now, chosen=workspace.config.checks)
    moments = [read.due] if read.due else []
    findings += law.findings(workspace, read, moments)
    itself = replace(read, key=draft.post or read.key)
    findings += duplicates.findings(workspace, itself, moments) + nearby.crowded(workspace, itself)
    if read.due:
        kept_back = blackouts.over(days, read.due, read.channels, read.kind, read.tags)
        findings += [blackouts.remark(one, "due") for one in kept_back]
    media, refused = _media(workspace, draft, read)
    findings += refused
    place = drafts.folder(workspace, draft) / drafts.POST
    findings += captions.remarks(read, media, lambda file: picture_of(place, file), workspace.config.checks)
    read = replace(read, media=tuple(item for item in read.media if item.file in media))
    shown: list[Variant] = []
    limits: dict[str, Limits] = {}
    connectors = Connectors(workspace)
    try:
        for row in (row for row in rows if row.id in read.channels):
            variant = _variant(read, media, row, draft.base + 1, now)
            connector = connectors.connect(row.id)
            remarks = [*check_variant(variant, connector.capabilities.limits), *connector.check(variant)]
            findings += [replace(remark, place=row.id) for remark in remarks]
            shown.append(variant)
            limits[row.id] = connector.capabilities.limits
    except (LoaError, ConnectorError) as error:  # a channel that cannot be used says so in its own room
        findings.append(Finding("drafts.no_preview", "warn", "channels", {"detail": str(error)}))
    finally:
        connectors.close()
    return Preview(shown, findings, limits)


def _media(workspace: Workspace, draft: Draft, read: Post) -> tuple[dict[str, MediaRef], list[Finding]]:
    media: dict[str, MediaRef] = {}
    refused: list[Finding] = []
    for item in read.media:
        try:
            path = picture_of(drafts.folder(workspace, draft) / drafts.POST, item.file)
            status = path.stat()
            media[item.file] = replace(_ref(path, status.st_mtime_ns, status.st_size), alt=item.alt)
        except MediaError as error:
            refused.append(error.finding)
        except OSError:
            refused.append(Finding("content.file_missing", "block", PurePath(item.file).name))
    return media, refused


@lru_cache(maxsize=256)
def _ref(path: Path, _changed_ns: int, _size_bytes: int) -> MediaRef:
    """A preview is made at every pause of the fingers; a video is read once."""
    with tempfile.TemporaryDirectory(prefix=".try-", dir=path.parents[1]) as scratch:
        return MediaStore(Path(scratch)).add(path, "")


def _variant(read: Post, media: dict[str, MediaRef], row: Any, revision: int, now: datetime) -> Variant:
    due = read.due or now
    return adapt(
        read,
        media,
        revision=revision,
        channel=str(row.id),
        platform=str(row.platform),
        account=str(row.account),
        limits=registry.capabilities(str(row.platform)).limits,
        author="",
        not_before=due,
        deadline=read.deadline or due,
    )
