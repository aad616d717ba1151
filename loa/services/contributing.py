"""Guest contributions: what somebody from outside wrote, in Markdown or Word, becomes a draft and no more.

Only words and pictures are the guest's. Which post it is, where and when it goes, and what single channels
show instead are the officer's to say: such lines in a guest's file are left out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from content.approval import Role
from content.checks import leads_away
from content.errors import MediaError, UsageError
from content.finding import Finding, blocking
from content.frontmatter import PostFileError, parse_post, read_text
from content.frontsplit import split
from content.kinds import KINDS, kind_code
from content.media import MediaStore
from content.post import Post
from content.postwriter import write_post
from content.text import slug
from loa.services import drafts
from loa.services.bringing import Brought, due_moment, must_be_texts, read_words, throw_away, words_among
from loa.services.guests import guest_name
from loa.services.importing import MAX_FILES, picture_of
from loa.services.people import Person
from loa.services.places import in_file
from loa.services.posts import RefusedFindings
from loa.services.workspace import Workspace
from scheduler import audit

_MARKDOWN = frozenset({".md", ".markdown", ".txt"})
"""What plain text is taken for somebody's writing: not keys, settings or databases that lie about."""
Written = tuple[Post, dict[str, bytes | Path], list[Finding]]
"""A guest's post, its pictures by the names that it calls them, and remarks."""


def take_in(
    workspace: Workspace,
    actor: Person,
    paths: Sequence[Path],
    guest: str,
    *,
    kind: str = "",
    channels: Sequence[str] = (),
    due: str = "",
) -> list[Brought]:
    """A draft of each file, all of them or none; the guest is named in each.

    Raises RefusedFindings with every mistake of every file.
    """
    actor.must_be(Role.DRAFTER)
    name = guest_name(guest)
    must_be_texts(paths)
    if len(paths) > MAX_FILES:
        raise UsageError("cli.post.too_many_files", count=len(paths), most=MAX_FILES)
    moment = due_moment(workspace, due) if due else None
    written = _read(workspace, paths)
    done: list[Brought] = []
    try:
        for path in paths:
            post, files, remarks = written[path]
            post = replace(
                post,
                key=slug(post.title or path.stem),
                kind=kind_code(kind) or post.kind or next(iter(KINDS)),
                channels=tuple(dict.fromkeys(channels)),
                due=moment,
            )
            source = write_post(post, workspace.config.zone)
            draft = drafts.begin_with(
                workspace,
                actor.name,
                source,
                files,
                name=path.stem,
                origin={"guest": name, "officer": actor.name},
            )
            done.append(Brought("", draft.id, post.title, "draft", remarks))
        workspace.database.run(lambda connection: _record(connection, workspace, actor, name, done))
    except BaseException:  # all of them or none
        throw_away(workspace, [one.draft for one in done])
        raise
    return done


def _record(
    connection: Connection, workspace: Workspace, actor: Person, guest: str, done: Sequence[Brought]
) -> None:
    for one in done:
        audit.record(
            connection,
            at=workspace.now(),
            actor=actor.name,
            action="guest_drafted",
            subject=one.draft,
            guest=guest,
            title=one.title,
        )


def _read(workspace: Workspace, paths: Sequence[Path]) -> dict[Path, Written]:
    texts, refused = read_words(words_among(paths))
    written: dict[Path, Written] = {
        path: (Post("", text.title, "", text.body, media=text.media), dict(text.pictures), text.remarks)
        for path, text in texts.items()
    }
    for path in paths:
        if path in texts or path in words_among(paths):
            continue
        if path.suffix.lower() not in _MARKDOWN:
            refused.append(Finding("guests.not_text", "block", path.name))
            continue
        try:
            post, findings = _markdown(workspace, path)
        except PostFileError as error:
            refused += error.findings
            continue
        files, mistakes = _pictures(path, post)
        refused += mistakes
        written[path] = (post, files, findings)
    if refused:
        raise RefusedFindings(refused)
    return written


def _markdown(workspace: Workspace, path: Path) -> tuple[Post, list[Finding]]:
    """A post's file, or plain Markdown as people write it who never heard of front matter."""
    text = read_text(path)
    if split(text) is None:
        body = text.strip("\n")
        first, _, rest = body.partition("\n")
        titled = first.startswith("# ") and bool(rest.strip())
        title = " ".join(first.lstrip("# ").split()) if titled else path.stem
        return Post("", title[:200], "", rest.strip("\n") if titled else body), []
    read, findings = parse_post(text, file_name=path.name, zone=workspace.config.zone)
    left = [name for name in ("channels", "due", "deadline", "overrides") if getattr(read, name)]
    if left:
        findings.append(Finding("guests.left_out", "hint", path.name, {"names": ", ".join(left)}))
    return replace(read, deadline=None, overrides={}), findings


def _pictures(path: Path, post: Post) -> tuple[dict[str, bytes | Path], list[Finding]]:
    files: dict[str, bytes | Path] = {}
    mistakes: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="loa-") as scratch:
        store = MediaStore(Path(scratch))
        for number, item in enumerate(post.media, 1):
            try:
                if leads_away(item.file):
                    raise MediaError(Finding("content.media_path", "block", path.name, {"file": item.file}))
                beside = picture_of(path, item.file)
                store.add(beside, item.alt)  # refused now, not when the post is saved
                files[item.file] = beside
            except MediaError as error:
                mistakes.append(in_file(error.finding, post, path.name, f"media[{number}]"))
    return files, blocking(mistakes)
