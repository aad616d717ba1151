"""Writing a post's file: whole in one canonical form, or one field without touching anything else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import yaml

from content import postkeys
from content.errors import UsageError
from content.frontsplit import Parts, split
from content.post import Override, Post
from content.yamltree import Located, YamlRefused, compose

# Plain scalars only where no YAML reader could see anything else in them; all the rest is quoted.
_PLAIN = re.compile(r"[^\W_](?:[\w ./()%+-]|:(?=\d))*(?<! )", re.UNICODE)
_UNPRINTABLE = re.compile(
    "[^\x09\x0a\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def write_post(post: Post, zone: ZoneInfo | None = None) -> str:
    """Canonical front matter and body: reading it back gives the same post, its source aside.

    Times are written with their offset, in `zone` when given, else in UTC. Text fields are taken to be
    normalised, one-line fields to have single spaces, as reading leaves them.
    """
    lines = [f"id: {_scalar(post.key)}", f"title: {_scalar(post.title)}", f"kind: {_scalar(post.kind)}"]
    lines += _maybe("summary", post.summary)
    lines += _flow("channels", post.channels)
    for name, moment in (("due", post.due), ("deadline", post.deadline)):
        if moment is not None:
            lines.append(f"{name}: {_moment(moment, zone)}")
    if post.media:
        lines.append("media:")
        for item in post.media:
            lines += [f"  - file: {_scalar(item.file)}", f"    alt: {_scalar(item.alt)}"]
            lines += [f"    {line}" for line in _maybe("rights", item.rights) + _maybe("people", item.people)]
    lines += _maybe("link", post.link)
    if post.citations:
        lines += ["citations:", *(f"  - {_scalar(citation)}" for citation in post.citations)]
    lines += _flow("tags", post.tags)
    lines += _maybe("audience", post.audience)
    if post.overrides:
        lines.append("overrides:")
        for channel, override in post.overrides.items():
            lines += _override(channel, override)
    body = post.body.strip("\n")
    return "\n".join(["---", *lines, "---", *([f"\n{body}"] if body else []), ""])


def with_field(source: str, key: str, value: str) -> str:
    """The same text with one top-level scalar changed, or added as the last key; all else byte for byte.

    `key` is canonical (`due`, not `giờ đăng`); the spelling in the file is kept. Raises ValueError for a
    key that holds no single text, UsageError when the text has no front matter that can be edited so.
    """
    if key not in postkeys.SCALARS:
        raise ValueError(f"{key} is not a scalar key of a post")
    parts = split(source)
    if parts is None:
        raise UsageError("content.not_editable", key=key)
    root = _root(parts, key)
    for key_node, node in root.value if root else ():
        if not isinstance(key_node, yaml.ScalarNode) or postkeys.canonical(key_node.value, (key,)) is None:
            continue
        if not isinstance(node, yaml.ScalarNode):
            raise UsageError("content.not_editable", key=key)
        start, end = node.start_mark.index, node.end_mark.index
        changed = parts.front[:start] + _replacement(parts.front[start:end], value) + parts.front[end:]
        break
    else:
        if root is not None and root.flow_style:
            raise UsageError("content.not_editable", key=key)
        indent = " " * (root.start_mark.column if root else 0)
        newline = "\r\n" if source[: parts.front_at].endswith("\r\n") else "\n"
        changed = f"{parts.front}{indent}{key}: {_scalar(value)}{newline}"
    result = source[: parts.front_at] + changed + source[parts.front_end :]
    _prove(root, result, key, value)
    return result


def _root(parts: Parts, key: str) -> yaml.MappingNode | None:
    try:
        return compose(parts.front, Located("", parts.first_line))
    except YamlRefused:
        raise UsageError("content.not_editable", key=key) from None


def _replacement(old: str, value: str) -> str:
    new = _scalar(value)
    if old == "":
        return f" {new}"  # `due:` with nothing behind it
    if old[0] in "|>":
        # A block scalar reaches over its last line break and the blank lines after it; a comment may
        # stand in its first line.
        header = old.partition("\n")[0].rstrip("\r")
        comment = header[header.index("#") :] if "#" in header else ""
        return f"{new} {comment}".rstrip() + old[len(old.rstrip()) :]
    return new


def _prove(before: yaml.MappingNode | None, result: str, key: str, value: str) -> None:
    """Editing by position is only safe when reading back shows that one key, and no other, changed."""

    def fields(root: yaml.MappingNode | None) -> list[tuple[str | None, str]]:
        return [
            (postkeys.canonical(str(name.value), postkeys.POST), yaml.serialize(node))
            for name, node in (root.value if root else ())
        ]

    parts = split(result)
    after = _root(parts, key) if parts else None
    others = [field for field in fields(after) if field[0] != key]
    texts = [
        node.value
        for name, node in (after.value if after else ())
        if postkeys.canonical(str(name.value), (key,))
    ]
    if texts != [value] or others != [field for field in fields(before) if field[0] != key]:
        raise UsageError("content.not_editable", key=key)


def _moment(moment: datetime, zone: ZoneInfo | None) -> str:
    return moment.astimezone(zone or UTC).isoformat()


def _maybe(key: str, value: str) -> list[str]:
    return [f"{key}: {_scalar(value)}"] if value else []


def _flow(key: str, values: tuple[str, ...]) -> list[str]:
    return [f"{key}: [{', '.join(_scalar(value) for value in values)}]"] if values else []


def _override(channel: str, override: Override) -> list[str]:
    lines = [f"  {_scalar(channel)}:"]
    for name in postkeys.OVERRIDE:
        value = getattr(override, name)
        if value is None:
            continue
        if name == "text" and _fits_block(value):
            lines += ["    text: |-", *(f"      {line}" if line else "" for line in value.split("\n"))]
        else:
            lines.append(f"    {name}: {_scalar(value)}")
    return lines


def _fits_block(text: str) -> bool:
    """Several plain lines read better as written; anything a block scalar might bend is quoted."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and not _UNPRINTABLE.search(text)
        and all(line == line.strip() for line in lines)
        and bool(lines[0])
        and bool(lines[-1])
    )


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    quoted = "".join(_ESCAPES.get(c, c) for c in text)
    return '"' + _UNPRINTABLE.sub(lambda c: f"\\U{ord(c[0]):08x}", quoted) + '"'
