"""What makes a text hard to read: sentences without an end, abbreviations that nobody explained."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

_END = re.compile(r"[.!?…](?=\s|$)|\n")
_SHORT = re.compile(r"(?<![\w/.#@-])[A-ZĐƯƠĂÂÊÔ]{2,10}(?![\w/@-]|\.\w)")
# In brackets behind the full words, or before the full words in brackets.
_EXPLAINED = re.compile(r"\(([A-ZĐƯƠĂÂÊÔ]{2,10})\)|(?<!\w)([A-ZĐƯƠĂÂÊÔ]{2,10})\s?\(")
_ROMAN = re.compile(r"[IVXLCDM]+")
_ADDRESS = re.compile(r"https?://\S+|#\S+")
_CODE = re.compile(r"`[^`\n]{0,200}`")


@dataclass(frozen=True)
class Hard:
    """A place that stops a reader: the rule it breaks, the line counted from 0, what to show."""

    rule: str
    line: int
    values: dict[str, object]


def hard_places(text: str, citations: Sequence[tuple[int, int]] = ()) -> Iterator[Hard]:
    """At most one remark on sentences and one on abbreviations; `citations` (spans) are not looked into."""
    bare = _without(text, citations)
    yield from _long(bare)
    yield from _unexplained(bare)


def _without(text: str, citations: Sequence[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in citations:
        parts += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
        at = end
    bare = "".join([*parts, text[at:]])
    for pattern in (_ADDRESS, _CODE):
        bare = pattern.sub(lambda found: " " * len(found[0]), bare)
    return bare


def _long(text: str) -> Iterator[Hard]:
    most = int(_data()["longest_sentence"])
    longest, where, count, start = 0, 0, 0, 0
    for end in [*(found.end() for found in _END.finditer(text)), len(text)]:
        syllables = sum(any(letter.isalnum() for letter in word) for word in text[start:end].split())
        count += syllables > most
        if syllables > longest:
            longest, where = syllables, start
        start = end
    if count:
        line = text.count("\n", 0, where)
        yield Hard("long_sentence", line, {"count": count, "longest": longest, "most": most})


def _unexplained(text: str) -> Iterator[Hard]:
    everyday = _everyday()
    found: dict[str, int] = {}
    for line, words in enumerate(text.split("\n")):
        letters = [letter for letter in words if letter.isalpha()]
        if sum(letter.isupper() for letter in letters) * 5 > len(letters) * 4:
            continue  # a heading in capitals holds no abbreviations, or all of them
        for short in _SHORT.finditer(words):
            if short[0] not in everyday and not _ROMAN.fullmatch(short[0]):
                found.setdefault(short[0], line)
    told = {word for pair in _EXPLAINED.findall(text) for word in pair}
    open_ = {word: line for word, line in found.items() if word not in told}
    if open_:
        yield Hard("abbreviation", min(open_.values()), {"words": ", ".join(list(open_)[:8])})


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("readable.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    return frozenset(_data()["everyday"])
