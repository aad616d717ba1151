"""What stands in the editor's fields, and the post's file that is made of it; and back again."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from content import postkeys
from content.errors import UsageError
from content.finding import Finding, blocking
from content.frontmatter import PostFileError, parse_post
from content.frontsplit import split
from content.kinds import KINDS
from content.moment import MomentError
from content.post import MediaItem, Override, Post
from content.postwriter import with_field, write_post
from content.text import normalise
from content.yamltree import Located, YamlRefused, compose
from tui.rooms.compose_moment import as_written, understood

FILE = "post.md"
TIMES = ("due", "deadline")
MEDIA = (
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"),
    *(".mp4", ".mov", ".webm", ".srt", ".vtt"),
)
"""What a path that is pasted into a text must end with to be taken for a file and not for words."""


@dataclass(frozen=True)
class Manuscript:
    """The fields as they are typed. `due` and `deadline` are as people write them, perhaps half a word."""

    key: str = ""
    title: str = ""
    kind: str = field(default_factory=lambda: next(iter(KINDS)))
    channels: tuple[str, ...] = ()
    due: str = ""
    deadline: str = ""
    summary: str = ""
    body: str = ""
    media: tuple[MediaItem, ...] = ()
    link: str = ""
    citations: str = ""
    """One a line."""
    tags: str = ""
    """Between commas."""
    audience: str = ""
    overrides: dict[str, Override] = field(default_factory=dict)

    @property
    def tag_list(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag for one in self.tags.split(",") if (tag := _tag(one))))

    def moment(self, name: str, zone: ZoneInfo, now: datetime) -> datetime | None:
        """`due` or `deadline`; None when nothing stands there; raises MomentError for what is no time."""
        written = str(getattr(self, name)).strip()
        return understood(written, zone, now) if written else None

    def unread(self, zone: ZoneInfo, now: datetime) -> list[Finding]:
        """What is wrong with the times, placed at their fields."""
        wrong = []
        for name in TIMES:
            try:
                self.moment(name, zone, now)
            except MomentError as error:
                wrong.append(replace(error.finding, place=name))
        return wrong

    def source(self, zone: ZoneInfo, now: datetime, *, times_as_typed: bool = True) -> str:
        """The post's file. A time that cannot be read yet stands in it as it was typed, or is left out."""
        times: dict[str, datetime] = {}
        typed: dict[str, str] = {}
        for name in TIMES:
            try:
                if moment := self.moment(name, zone, now):
                    times[name] = moment
            except MomentError:
                typed[name] = _line(getattr(self, name))
        written = write_post(
            Post(
                key=self.key,
                title=_line(self.title),
                kind=self.kind,
                body=normalise(self.body),
                summary=_line(self.summary),
                channels=self.channels,
                due=times.get("due"),
                deadline=times.get("deadline"),
                media=self.media,
                link=_line(self.link),
                citations=tuple(line for one in self.citations.split("\n") if (line := _line(one))),
                tags=self.tag_list,
                audience=_line(self.audience),
                overrides={name: _own(one) for name, one in self.overrides.items() if _says(one)},
            ),
            zone,
        )
        for name, words in typed.items() if times_as_typed else ():
            written = with_field(written, name, words)
        return written


def read(source: str, key: str, zone: ZoneInfo) -> Manuscript | None:
    """The fields behind a post's file; None when somebody wrote into it what only a person can mend."""
    typed: dict[str, str] = {}
    try:
        post, _ = parse_post(source, file_name=FILE, zone=zone)
    except PostFileError as error:
        if any(finding.rule not in _TIME_RULES for finding in blocking(error.findings)):
            return None
        typed = _scalars(source, TIMES)
        try:
            for name in typed:
                source = with_field(source, name, "")
            post, _ = parse_post(source, file_name=FILE, zone=zone)
        except UsageError:
            return None
    times = {name: as_written(at, zone) for name in TIMES if (at := getattr(post, name))}
    return Manuscript(
        key=key,
        title=post.title,
        kind=post.kind,
        channels=post.channels,
        **{"due": "", "deadline": "", **times, **typed},
        summary=post.summary,
        body=post.body,
        media=post.media,
        link=post.link,
        citations="\n".join(post.citations),
        tags=", ".join(post.tags),
        audience=post.audience,
        overrides=dict(post.overrides),
    )


_TIME_RULES = {
    f"content.{rule}"
    for rule in (
        "time_unread",
        "time_without_date",
        "date_without_time",
        "time_impossible",
        "time_relative_here",
        "time_skipped",
        "time_twice",
    )
}


def _scalars(source: str, names: tuple[str, ...]) -> dict[str, str]:
    """Top-level texts of a front matter that can be read, as they were typed."""
    parts = split(source)
    try:
        root = compose(parts.front, Located(FILE, parts.first_line)) if parts else None
    except YamlRefused:
        return {}
    found = {}
    for key, node in root.value if root else ():
        if (name := postkeys.canonical(str(key.value), names)) and isinstance(node.value, str):
            found[name] = node.value
    return found


def _line(text: str) -> str:
    return " ".join(normalise(text).split())


def _tag(text: str) -> str:
    return _line(text).lstrip("# ")


def _own(override: Override) -> Override:
    text = override.text
    return replace(
        override,
        title=None if override.title is None else _line(override.title),
        text=None if text is None else normalise(text).strip("\n"),
    )


def _says(override: Override) -> bool:
    return override != Override()


# ---- where a remark leads


@dataclass(frozen=True)
class Spot:
    """A field, and in it the line of the body or the picture (both from 0) that a remark is about; or the
    channel it is about."""

    field: str
    line: int | None = None
    channel: str = ""
    item: int | None = None


_FIELDS = {*postkeys.POST, "body"}
_BY_RULE = {"title": "title", "images": "media", "image": "media", "videos": "media", "media": "media"}


def spot_of(finding: Finding, source: str, channels: tuple[str, ...]) -> Spot:
    """The field in which a person mends what `finding` says of `source`."""
    place, _, about = finding.place.partition(" ")
    file, _, line = place.rpartition(":")
    if about:
        place = about
    elif file.endswith(".md") and line.isdigit():
        return _at_line(source, int(line))
    name, _, rest = place.partition(".")
    name, _, item = name.partition("[")
    if name == "overrides":
        return Spot("overrides", channel=rest)
    if name == "media" and (number := item.rstrip("]")).isdigit():
        return Spot("media", item=int(number) - 1)
    if name in _FIELDS:
        return Spot(name)
    channel = place if place in channels else ""
    rule = finding.rule.rpartition(".")[2]
    return Spot(_BY_RULE.get(rule.partition("_")[0], "body"), channel=channel)


def _at_line(source: str, line: int) -> Spot:
    lines = source.split("\n")
    ends = [number for number, text in enumerate(lines, 1) if text.rstrip() == "---"]
    if len(ends) > 1 and line > ends[1]:
        body = ends[1] + 1  # the first line below the front matter; blank ones are not part of the body
        while body < line and not lines[body - 1]:
            body += 1
        return Spot("body", line - body)
    for text in reversed(lines[:line]):
        found = re.match(r"([^\s:#-][^:]*):", text)
        if found and (name := postkeys.canonical(found[1], postkeys.POST)):
            return Spot(name)
    return Spot("title")


# ---- files that are dragged into the terminal


def dropped(text: str, *, any_file: bool = False) -> list[Path]:
    """The files that a pasted text names: quoted, escaped, `file://`, several in a row; else none at all.

    All must be there, and look like something to publish unless `any_file`.
    """
    text = text.strip()
    for names in ([text], _split(text)):
        paths = [_path(name) for name in names]
        if paths and all(_is_file(path) and (any_file or _fits(path)) for path in paths):
            return paths
    return []


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an apostrophe, in words
        return []


def _path(name: str) -> Path:
    if name.startswith("file://"):
        name = unquote(urlsplit(name).path)
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1]
    return Path(name).expanduser() if name.startswith("~") else Path(name)


def _fits(path: Path) -> bool:
    return path.is_absolute() and path.suffix.lower() in MEDIA


def _is_file(path: Path) -> bool:
    try:
        return bool(path.name) and path.is_file()
    except (OSError, ValueError):  # words, too long for a name or with a NUL
        return False
