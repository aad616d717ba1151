"""YAML as a tree of strings with line numbers, and nothing that could surprise.

Every scalar stays what was written (`no`, `07:00` and `2026-11-09` are never reinterpreted). Anchors,
aliases, tags, second documents and deep nesting are refused before a tree is built, so that a small
hostile file cannot grow large.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from content.finding import Finding

Node = yaml.Node

_DEEPEST = 3  # overrides → channel → field; media → item → field
_COLON = "mapping values are not allowed"
_TAB = "'\\t'"
_SURROGATE = re.compile("[\ud800-\udfff]")


class YamlRefused(Exception):
    """The text is no YAML that Loa reads; `findings` say where and why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings)
        self.findings = findings


@dataclass(frozen=True)
class Located:
    """Turns positions inside the front matter into places of the file. `first_line` counts from 1."""

    file_name: str
    first_line: int

    def place(self, node: Node) -> str:
        return self.at(node.start_mark.line)

    def at(self, line: int) -> str:
        """The place of a line counted from 0 inside the front matter."""
        return f"{self.file_name}:{self.first_line + line}"


def compose(text: str, located: Located) -> yaml.MappingNode | None:
    """The root mapping of a front matter, or None when it holds nothing. Raises YamlRefused."""
    try:
        findings = _forbidden(text, located)
        if findings:
            raise YamlRefused(findings)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position)
        values: dict[str, object] = {"code": f"U+{ord(text[error.position]):04X}"}
        raise YamlRefused([Finding("content.yaml_character", "block", located.at(line), values)]) from None
    except yaml.MarkedYAMLError as error:
        raise YamlRefused([_syntax(error, located)]) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML lets a bad \U escape or an absurd %YAML line through as a bare ValueError.
        raise YamlRefused([Finding("content.yaml_syntax", "block", located.at(0))]) from None
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode):
        raise YamlRefused([Finding("content.yaml_no_keys", "block", located.place(root))])
    return root


def is_blank(node: Node) -> bool:
    """A key with nothing behind it (not even quotes): as good as not written."""
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value == ""


def _forbidden(text: str, located: Located) -> list[Finding]:
    findings: list[Finding] = []
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        mark = event.start_mark
        place = located.at(mark.line if mark is not None else 0)
        for rule, name in (
            ("yaml_anchor", getattr(event, "anchor", None)),
            ("yaml_tag", getattr(event, "tag", None)),
        ):
            if name is not None:
                findings.append(Finding(f"content.{rule}", "block", place, {"name": name}))
        if half := _SURROGATE.search(getattr(event, "value", "")):
            # `"\ud800"` is half a letter: no file, database or platform takes a text that holds it.
            code = f"U+{ord(half[0]):04X}"
            findings.append(Finding("content.yaml_character", "block", place, {"code": code}))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                # Stop here: the composer is recursive and must not meet a thousand brackets.
                return [*findings, Finding("content.yaml_deep", "block", place)]
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return findings


def _syntax(error: yaml.MarkedYAMLError, located: Located) -> Finding:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark is not None else 0
    problem = error.problem or ""
    rule = "yaml_syntax"
    if _COLON in problem:
        rule = "yaml_colon"
    elif _TAB in problem:
        rule = "yaml_tab"
    return Finding(f"content.{rule}", "block", located.at(line))
