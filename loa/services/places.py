"""Where in a post's file a person finds what a remark is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import yaml

from content import postkeys
from content.finding import Finding
from content.frontsplit import split
from content.post import Post
from content.yamltree import Located, YamlRefused, compose

_FIELD = re.compile(r"(?P<key>[a-z]+)(?:\[(?P<item>\d+)\]|\.(?P<name>.+))?")


def in_file(finding: Finding, post: Post, file_name: str, about: str = "") -> Finding:
    """The same remark placed at `file_name:LINE`, followed by the field unless a line says it all.

    `about` is the field when the finding's own place does not tell it: `media[2]` for a picture's name.
    """
    place = finding.place
    if place.startswith(f"{file_name}:") or place == file_name:
        return finding
    in_body = f"{post.key}.md:"
    if place.startswith(in_body):
        return replace(finding, place=f"{file_name}:{place.removeprefix(in_body)}")
    line = _line(post.source, about or place)
    head = f"{file_name}:{line}" if line else file_name
    return replace(finding, place=f"{head} {place}".strip())


def _line(source: str, field: str) -> int | None:
    """The line, counted from 1, of a field such as `due`, `media[2]` or `overrides.fanpage`."""
    found = _FIELD.fullmatch(field)
    if found is None:
        return None
    for key_node, value in _entries(source):
        if postkeys.canonical(key_node.value, postkeys.POST) == found["key"]:
            inner = _inside(value, found["item"], found["name"])
            return int((inner or key_node).start_mark.line) + 1
    return None


@lru_cache(maxsize=1)  # a post with a thousand remarks is not read a thousand times
def _entries(source: str) -> Sequence[tuple[yaml.Node, yaml.Node]]:
    """The top-level keys of a post's front matter and their values; their marks count lines of the file."""
    parts = split(source)
    if parts is None:
        return ()
    try:
        root = compose("\n" * (parts.first_line - 1) + parts.front, Located("", 1))
    except YamlRefused:
        return ()
    return tuple(root.value) if root else ()


def _inside(value: yaml.Node, item: str | None, name: str | None) -> yaml.Node | None:
    if isinstance(value, yaml.SequenceNode) and item and int(item) <= len(value.value):
        node: yaml.Node = value.value[int(item) - 1]
        return node
    if isinstance(value, yaml.MappingNode) and name:
        return next((key for key, _ in value.value if key.value == name), None)
    return None
