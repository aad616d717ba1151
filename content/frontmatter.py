"""A post's file: Markdown under a front matter between two `---` lines, read with all its mistakes at once.

---
tiêu đề: Vì sao là ngày 9 tháng 11?
kênh: [website, fanpage]
giờ đăng: 2026-11-09 07:00
---
Ngày 09/11/1946, Quốc hội thông qua ...
"""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from content import postkeys
from content.errors import UsageError
from content.finding import Finding, blocking
from content.frontsplit import split
from content.kinds import kind_code
from content.moment import MomentError, parse_moment
from content.post import MediaItem, Override, Post
from content.text import is_composed, normalise, slug
from content.yamltree import Located, Node, YamlRefused, compose, is_blank

LARGEST_BYTES = 256 * 1024
_MOST_MISTAKES = 200  # beyond that it is no post, and looking for the nearest key of each takes long


class PostFileError(UsageError):
    """A post's file that cannot be taken; `findings` holds every remark, the hints included."""

    def __init__(self, file_name: str, findings: list[Finding]) -> None:
        lines = "\n".join(finding.line() for finding in findings)
        super().__init__("content.post_file", file=file_name, count=len(blocking(findings)), lines=lines)
        self.findings = findings


def read_post(path: Path, zone: ZoneInfo) -> tuple[Post, list[Finding]]:
    """The post in a UTF-8 file of at most 256 KiB; times without an offset are taken in `zone`.

    Raises PostFileError with every mistake found; hints come back beside the post.
    """
    return parse_post(_decode(_bytes_of(path), path.name), file_name=path.name, zone=zone)


def read_text(path: Path) -> str:
    """The text of a file as `read_post` would see it, with or without front matter; raises PostFileError."""
    return normalise(_decode(_bytes_of(path), path.name))


def parse_post(source: str, *, file_name: str, zone: ZoneInfo) -> tuple[Post, list[Finding]]:
    """The post in a text. Without an `id` its key is the slug of the file's stem.

    Raises PostFileError with every mistake found, each placed at `file_name:LINE`.
    """
    findings: list[Finding] = []
    if not is_composed(source):
        findings.append(Finding("content.not_nfc", "hint", f"{file_name}:1"))
    source = normalise(source)
    if len(source.encode("utf-8", "surrogatepass")) > LARGEST_BYTES:
        raise PostFileError(file_name, [_too_large(file_name)])
    parts = split(source)
    if parts is None:
        raise PostFileError(
            file_name, [*findings, Finding("content.no_front_matter", "block", f"{file_name}:1")]
        )
    located = Located(file_name, parts.first_line)
    try:
        root = compose(parts.front, located)
    except YamlRefused as error:
        raise PostFileError(file_name, [*findings, *error.findings]) from None
    reader = _Reader(located, zone, findings)
    post = reader.post(root, body=parts.body.strip("\n"), stem=Path(file_name).stem, source=source)
    if blocking(findings):
        raise PostFileError(file_name, findings)
    return post, findings


class _Reader:
    """Walks the tree, collecting findings instead of stopping at the first."""

    def __init__(self, located: Located, zone: ZoneInfo, findings: list[Finding]) -> None:
        self._located = located
        self._zone = zone
        self._findings = findings

    def post(self, root: yaml.MappingNode | None, *, body: str, stem: str, source: str) -> Post:
        nodes = self._fields(root, postkeys.POST) if root else {}
        lines = {key: self._line(nodes.get(key), key) for key in postkeys.SCALARS}
        return Post(
            key=self._key(nodes.get("id"), lines["id"]) or slug(stem),
            title=lines["title"],
            kind=kind_code(lines["kind"]),
            body=body,
            summary=lines["summary"],
            channels=self._words(nodes.get("channels"), "channels"),
            due=self._moment(nodes.get("due"), lines["due"]),
            deadline=self._moment(nodes.get("deadline"), lines["deadline"]),
            media=tuple(self._media(nodes.get("media"))),
            link=lines["link"],
            citations=tuple(self._list(nodes.get("citations"), "citations")),
            tags=tuple(tag.lstrip("# ") for tag in self._words(nodes.get("tags"), "tags") if tag.strip("# ")),
            audience=lines["audience"],
            overrides=self._overrides(nodes.get("overrides")),
            source=source,
        )

    def _fields(self, node: Node, allowed: tuple[str, ...]) -> dict[str, Node]:
        """The values of a mapping by canonical key; blank ones are left out."""
        fields: dict[str, Node] = {}
        seen: set[str] = set()
        for name, key_node, value in self._entries(node):
            key = postkeys.canonical(name, allowed)
            if key is None:
                near = postkeys.nearest_spelling(name, allowed)
                if near:
                    self._block("unknown_key", key_node, key=name, nearest=near)
                else:
                    self._block("strange_key", key_node, key=name, known=", ".join(allowed))
            elif key in seen:
                self._block("key_twice", key_node, key=name, canonical=key)
            else:
                seen.add(key)
                if not is_blank(value):
                    fields[key] = value
        return fields

    def _entries(self, node: Node) -> Iterator[tuple[str, Node, Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._block("not_keys", node)
            return
        for key_node, value in node.value:
            if len(self._findings) >= _MOST_MISTAKES:
                return
            if isinstance(key_node, yaml.ScalarNode):
                yield normalise(key_node.value), key_node, value
            else:
                self._block("key_no_text", key_node)

    def _text(self, node: Node | None, key: str) -> str:
        if node is None or is_blank(node):
            return ""
        if isinstance(node, yaml.ScalarNode):
            return normalise(node.value).strip("\n")
        self._block("not_text", node, key=key)
        return ""

    def _line(self, node: Node | None, key: str) -> str:
        """One line of text: line breaks and runs of spaces become one space."""
        return " ".join(self._text(node, key).split())

    def _list(self, node: Node | None, key: str) -> list[str]:
        if node is None:
            return []
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        lines = [self._line(item, key) for item in items]
        return [line for line in lines if line]

    def _words(self, node: Node | None, key: str) -> tuple[str, ...]:
        """A list, or one line with commas; what is named twice counts once."""
        lines = self._list(node, key)
        if isinstance(node, yaml.ScalarNode):
            lines = [word.strip() for line in lines for word in line.split(",") if word.strip()]
        once = tuple(dict.fromkeys(lines))
        if node is not None and len(once) < len(lines):
            ((twice, _),) = Counter(lines).most_common(1)
            self._findings.append(
                Finding("content.named_twice", "hint", self._located.place(node), {"key": key, "word": twice})
            )
        return once

    def _key(self, node: Node | None, written: str) -> str:
        if node is not None and written and slug(written) != written:
            self._block("id_form", node, written=written, nearest=slug(written))
        return written

    def _moment(self, node: Node | None, written: str) -> datetime | None:
        if node is None or not written:
            return None
        try:
            moment, hints = parse_moment(written, self._zone, place=self._located.place(node))
        except MomentError as error:
            self._findings.append(error.finding)
            return None
        self._findings.extend(hints)
        return moment

    def _media(self, node: Node | None) -> Iterator[MediaItem]:
        if node is None:
            return
        for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(item, yaml.ScalarNode):
                fields: dict[str, Node] = {"file": item}
            else:
                fields = self._fields(item, postkeys.MEDIA)
            media = MediaItem(**{key: self._line(fields.get(key), key) for key in postkeys.MEDIA})
            if media.file:
                yield media
            else:
                self._block("media_no_file", item)

    def _overrides(self, node: Node | None) -> dict[str, Override]:
        overrides: dict[str, Override] = {}
        for name, key_node, value in self._entries(node) if node is not None else ():
            channel = " ".join(name.split())
            if channel in overrides:
                self._block("key_twice", key_node, key=name, canonical=channel)
                continue
            fields = {} if is_blank(value) else self._fields(value, postkeys.OVERRIDE)
            overrides[channel] = Override(
                title=self._line(fields["title"], "title") if "title" in fields else None,
                summary=self._line(fields["summary"], "summary") if "summary" in fields else None,
                text=self._text(fields["text"], "text") if "text" in fields else None,
                link=self._line(fields["link"], "link") if "link" in fields else None,
            )
        return overrides

    def _block(self, rule: str, node: Node, **values: object) -> None:
        self._findings.append(Finding(f"content.{rule}", "block", self._located.place(node), values))


def _bytes_of(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PostFileError(path.name, [Finding("content.file_irregular", "block", path.name)])
        if status.st_size > LARGEST_BYTES:
            raise PostFileError(path.name, [_too_large(path.name)])
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:  # it grew meanwhile
            raise PostFileError(path.name, [_too_large(path.name)])
        return data
    except FileNotFoundError:
        raise PostFileError(path.name, [Finding("content.file_missing", "block", path.name)]) from None
    except OSError as error:
        unread = Finding("content.file_unread", "block", path.name, {"reason": error.strerror or ""})
        raise PostFileError(path.name, [unread]) from None


def _decode(data: bytes, file_name: str) -> str:
    # Notepad's "Unicode" is UTF-16 with a mark; without one, NULs in the first letters give it away.
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        raise PostFileError(file_name, [Finding("content.utf16", "block", f"{file_name}:1")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Counted from the file's first byte, whether or not a byte-order mark was cut off before.
        at = error.start + (len(data) - len(error.object))
        line = data.count(b"\n", 0, at) + 1
        values: dict[str, object] = {
            "byte": f"0x{data[at]:02X}",
            "column": at - (data.rfind(b"\n", 0, at) + 1) + 1,
        }
        raise PostFileError(
            file_name, [Finding("content.not_utf8", "block", f"{file_name}:{line}", values)]
        ) from None


def _too_large(file_name: str) -> Finding:
    return Finding("content.file_large", "block", file_name, {"kib": LARGEST_BYTES // 1024})
