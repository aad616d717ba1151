"""Fields of law (lĩnh vực): what a post is about, by its tags and the documents it rests on.

How the law is divided is a choice, so it is data (`content/templates/linh-vuc.toml`) that a unit replaces.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from content import postkeys
from content.errors import UsageError
from content.frontsplit import split
from content.text import fold, nearest

FILE = "linh-vuc.toml"
MOST_FIELDS = 100
MOST_PHRASES = 100
"""Of one field."""
_LONGEST_FRONT = 32 * 1024
_KEYS = ("ma", "ten", "tu", "van_ban")
_NUMBER = re.compile(r"\d+[a-zđ]?/\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """Lĩnh vực. `phrases` and `documents` are folded."""

    key: str
    label: str
    phrases: tuple[str, ...]
    documents: frozenset[str]


@dataclass(frozen=True)
class Fields:
    """All of them, and where the division comes from."""

    every: tuple[Field, ...]
    source: str
    checked_on: date

    def of(
        self, tags: Iterable[str], cited: Iterable[str], names: Callable[[str], Sequence[str]] = lambda _: ()
    ) -> tuple[str, ...]:
        """The keys of the fields a post belongs to, in the file's order; none where nothing tells.

        `cited` are references as officers write them; `names` gives a document's names for its number.
        """
        cited = [*cited]
        numbers = [found.rstrip(".,;)") for told in cited for found in _NUMBER.findall(told)]
        said = [_words(one) for one in (*tags, *cited, *(name for one in numbers for name in names(one)))]
        folded = {fold(one) for one in numbers}
        return tuple(
            one.key
            for one in self.every
            if one.documents & folded or any(f" {phrase} " in told for told in said for phrase in one.phrases)
        )

    def label(self, key: str) -> str:
        return next((one.label for one in self.every if one.key == key), key)


def parse(text: str, place: str) -> Fields:
    """The division a file tells; raises UsageError naming file and entry."""
    entry = ""
    try:
        told = tomllib.loads(text)
        rows = told["linh_vuc"]
        if not isinstance(rows, list) or len(rows) > MOST_FIELDS:
            raise ValueError(f"linh_vuc: 1–{MOST_FIELDS}")
        found = []
        for number, row in enumerate(rows, start=1):
            entry = f"linh_vuc {number}: "
            found.append(_field(row))
        entry = ""
        if len({one.key for one in found}) < len(found):
            raise ValueError("ma")
        if not isinstance(told["ngay_kiem_tra"], date):
            raise ValueError("ngay_kiem_tra")
        return Fields(tuple(found), str(told["nguon"]), told["ngay_kiem_tra"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError("reach.fields_wrong", file=place, why=f"{entry}{error}") from None


def _field(row: dict[str, Any]) -> Field:
    unknown = set(row) - set(_KEYS)
    if unknown:
        raise ValueError(", ".join(f"{one} → {nearest(one, _KEYS) or '–'}" for one in sorted(unknown)))
    phrases, documents = row["tu"], row.get("van_ban", [])
    for told in (phrases, documents):
        if not isinstance(told, list) or len(told) > MOST_PHRASES or not all(map(_is_text, told)):
            raise ValueError("tu, van_ban")
    if not _is_text(row["ma"]) or not _is_text(row["ten"]):
        raise ValueError("ma, ten")
    found = tuple(_words(one).strip() for one in phrases)
    return Field(row["ma"], row["ten"], found, frozenset(fold(one.strip()) for one in documents))


def _is_text(told: object) -> bool:
    return isinstance(told, str) and bool(_words(told).strip()) and len(told) <= 200


def tags_and_citations(source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`thẻ` and `căn cứ` of a post's text, quickly: what cannot be read is nothing, it is not judged here.

    `content.frontmatter` reads a post with all its mistakes; a year's posts would take it half a minute.
    """
    parts = split(source)
    if parts is None or len(parts.front) > _LONGEST_FRONT:
        return (), ()
    found: dict[str, tuple[str, ...]] = {}
    for name, block in _blocks(parts.front):
        key = postkeys.canonical(name, ("tags", "citations"))
        if key:
            found[key] = _listed(block)
    return found.get("tags", ()), found.get("citations", ())


def _blocks(front: str) -> Iterable[tuple[str, str]]:
    """Each top-level key with all its lines."""
    block: list[str] = []
    for line in [*front.splitlines(), "\0:"]:
        if line[:1] not in ("", " ", "\t", "#", "-") and ":" in line:
            if block:
                yield block[0].partition(":")[0].strip("\"' "), "\n".join(block)
            block = [line]
        elif block:
            block.append(line)


def _listed(block: str) -> tuple[str, ...]:
    try:
        told = yaml.load(block, Loader=_Plain)  # noqa: S506 a SafeLoader that takes every scalar as text
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()
    value = next(iter(told.values()), None) if isinstance(told, dict) else None
    parts = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else []
    lines = (" ".join(one.split()) for one in parts if isinstance(one, str))
    return tuple(line for line in lines if line)


class _Plain(yaml.SafeLoader):
    """Everything is text: a tag `2026` is no number, `01/07` no date."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 PyYAML's form


def _words(text: str) -> str:
    """Folded, punctuation aside, between blanks: phrases are looked for as whole words."""
    return f" {' '.join(re.sub(r'[^0-9a-z]+', ' ', fold(text)).split())} "
