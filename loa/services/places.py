"""Where in a post's file a person finds what a remark is about."""

from __future__ import annotations

import re
from dataclasses import replace

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
    parts, found = split(source), _FIELD.fullmatch(field)
    if parts is None or found is None:
        return None
    try:
        root = compose(parts.front, Located("", parts.first_line))
    except YamlRefused:
        return None
    for key_node, value in root.value if root else ():
        if postkeys.canonical(key_node.value, postkeys.POST) == found["key"]:
            inner = _inside(value, found["item"], found["name"])
            return parts.first_line + int((inner or key_node).start_mark.line)
    return None


def _inside(value: yaml.Node, item: str | None, name: str | None) -> yaml.Node | None:
    if isinstance(value, yaml.SequenceNode) and item and int(item) <= len(value.value):
        node: yaml.Node = value.value[int(item) - 1]
        return node
    if isinstance(value, yaml.MappingNode) and name:
        return next((key for key, _ in value.value if key.value == name), None)
    return None
