"""Taking in files as officers have them: Markdown as posts; Word as drafts or, told all it lacks, posts."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from content.approval import Role
from content.calendar.slots import means_slot
from content.errors import UsageError
from content.finding import Finding, blocking
from content.incoming.package import IncomingError
from content.incoming.wordfile import WordText, read_word
from content.kinds import kind_code
from content.moment import parse_moment
from content.post import Post
from content.postwriter import write_post
from content.text import slug
from loa.services import drafts
from loa.services.importing import import_files
from loa.services.people import Person
from loa.services.posts import RefusedFindings
from loa.services.workspace import Workspace

WORD = frozenset({".docx", ".docm", ".doc", ".dotx", ".rtf", ".odt"})
"""Endings of which Loa says how to make a `.docx`; only that one is read."""
EXCEL = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
IN_FOLDERS = frozenset({".md", ".docx"})
MOST_WORD_FILES = 50


@dataclass(frozen=True)
class Brought:
    """What became of one file: a post (`new`, `changed`, `same`) or a draft to complete (`draft`)."""

    post: str
    draft: str
    title: str
    outcome: str
    findings: list[Finding]


def take_in(
    workspace: Workspace,
    actor: Person,
    paths: Sequence[Path],
    *,
    kind: str = "",
    channels: Sequence[str] = (),
    due: str = "",
) -> list[Brought]:
    """Take in Markdown and Word files; nothing of any of them when one cannot be taken.

    A Word file says neither kind nor channels: with both given it becomes a post like the others, else a
    draft for somebody to complete. Raises RefusedFindings with every mistake.
    """
    actor.must_be(Role.DRAFTER)
    must_be_texts(paths)
    word = words_among(paths)
    # A draft takes no slot: nobody knows yet on which channels it will go.
    moment = due_moment(workspace, due) if word and due and not means_slot(due) else None
    texts, refused = read_words(word)
    if refused:
        raise RefusedFindings(refused)
    posts = {
        path: Post(
            key=slug(path.stem),
            title=text.title,
            kind=kind_code(kind),
            body=text.body,
            channels=tuple(dict.fromkeys(channels)),
            due=moment,
            media=text.media,
        )
        for path, text in texts.items()
    }
    if word and not (kind and channels):
        drafted = _drafted(workspace, actor, posts, texts)
        try:
            done = _imported(workspace, actor, [path for path in paths if path not in texts], due, {})
        except BaseException:
            throw_away(workspace, [one.draft for one in drafted])
            raise
        return [*done, *drafted]
    with tempfile.TemporaryDirectory(prefix=".word-", dir=workspace.folder) as scratch:
        laid = [
            _laid(Path(scratch) / f"{number}", posts[path], texts[path], workspace) if path in texts else path
            for number, path in enumerate(paths)
        ]
        remarks = {post.key: texts[path].remarks for path, post in posts.items()}
        return _imported(workspace, actor, laid, due, remarks)


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files named, and of a folder every Markdown and Word file that lies right in it, by name.

    Raises UsageError for a folder without any.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir() or path.suffix.lower() in IN_FOLDERS:  # a folder by that name is a slip
            found.append(path)
            continue
        # Word keeps `~$…` beside what is open in it.
        inside = (one for one in path.iterdir() if one.is_file() and not one.name.startswith((".", "~$")))
        texts = sorted(one for one in inside if one.suffix.lower() in IN_FOLDERS)
        if not texts:
            raise UsageError("cli.post.empty_folder", folder=path)
        found += texts
    return found


def must_be_texts(paths: Sequence[Path]) -> None:
    """Raises UsageError for an Excel plan, which has a door of its own."""
    if plans := [path.name for path in paths if path.suffix.lower() in EXCEL]:
        raise UsageError("plan.not_here", file=plans[0])


def words_among(paths: Sequence[Path]) -> list[Path]:
    """The Word files; raises UsageError for more than are taken at once."""
    word = [path for path in paths if path.suffix.lower() in WORD]
    if len(word) > MOST_WORD_FILES:
        raise UsageError("cli.post.too_many_files", count=len(word), most=MOST_WORD_FILES)
    return word


def read_words(paths: Sequence[Path]) -> tuple[dict[Path, WordText], list[Finding]]:
    """What the Word files say, and what forbids taking them."""
    texts: dict[Path, WordText] = {}
    refused: list[Finding] = []
    for path in paths:
        try:
            texts[path] = read_word(path)
        except IncomingError as error:
            refused += blocking(error.findings)
    return texts, refused


def _imported(
    workspace: Workspace, actor: Person, paths: Sequence[Path], due: str, remarks: dict[str, list[Finding]]
) -> list[Brought]:
    if not paths:
        return []
    return [
        Brought(one.post, "", one.title, one.outcome, [*remarks.get(one.post, []), *one.findings])
        for one in import_files(workspace, actor, paths, due=due)
    ]


def _drafted(
    workspace: Workspace, actor: Person, posts: dict[Path, Post], texts: dict[Path, WordText]
) -> list[Brought]:
    begun: list[drafts.Draft] = []
    try:
        for path, text in texts.items():
            source = write_post(posts[path], workspace.config.zone)
            begun.append(drafts.begin_with(workspace, actor.name, source, text.pictures, name=path.stem))
    except BaseException:  # all of them or none
        throw_away(workspace, [draft.id for draft in begun])
        raise
    return [
        Brought("", draft.id, text.title, "draft", text.remarks)
        for draft, text in zip(begun, texts.values(), strict=True)
    ]


def throw_away(workspace: Workspace, draft_ids: Sequence[str]) -> None:
    """Drafts of a batch that came to nothing."""
    for draft_id in draft_ids:
        drafts.discard(workspace, drafts.get(workspace, draft_id))


def _laid(folder: Path, post: Post, text: WordText, workspace: Workspace) -> Path:
    """The post's file with its pictures beside it, as `import_files` takes it."""
    folder.mkdir()
    for name, data in text.pictures.items():
        (folder / name).write_bytes(data)
    file = folder / f"{post.key}.md"
    file.write_text(write_post(post, workspace.config.zone), "utf-8")
    return file


def due_moment(workspace: Workspace, due: str) -> datetime:
    """Aware UTC; raises MomentError."""
    return parse_moment(due, workspace.config.zone, now=workspace.now())[0]
