"""The gazetteer: laws, codes and ordinances by name, the longest name first, in any spelling of the marks."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
WORD = re.compile(r"[^\W\d_]+(?:[&/](?=[^\W\d_])[^\W\d_]+)?")
_BETWEEN = re.compile(r"(?:\s{0,2},)?\s{1,3}(?:-\s{1,2})?")


@dataclass(frozen=True)
class Name:
    """A canonical name as found in a text; `words` of the text stand for it."""

    text: str
    kind: str
    words: int
    end: int


@lru_cache(maxsize=8192)
def syllable(word: str) -> str:
    """What two spellings of a syllable share: hòa = hoà, lý = lí, in any case."""
    parts = unicodedata.normalize("NFD", word.lower())
    tone = "".join(letter for letter in parts if letter in _TONES)
    plain = "".join(letter for letter in parts if letter not in _TONES)
    if len(plain) > 1 and plain.endswith("y") and plain[-2] not in "aâuăe":
        plain = plain[:-1] + "i"
    return unicodedata.normalize("NFC", plain) + tone


class _Node(dict[str, "_Node"]):
    name: str = ""
    alias: bool = False


def at(text: str, place: int) -> Name | None:
    """The longest known name that begins here, its kind included; commas within do not matter."""
    node, best, words = _root(), None, 0
    found = WORD.match(text, place)
    while found is not None:
        step = node.get(syllable(found[0]))
        if step is None:
            break
        node, words = step, words + 1
        if node.name:
            best = Name(node.name, kind_of(node.name), words, found.end())
        gap = _BETWEEN.match(text, found.end())
        found = WORD.match(text, gap.end()) if gap else None
    return best


def kind_of(name: str) -> str:
    """Bộ luật, Luật or Pháp lệnh."""
    return next(kind for kind in ("Bộ luật", "Luật", "Pháp lệnh") if name.startswith(kind))


@lru_cache(maxsize=1)
def _root() -> _Node:
    root = _Node()
    for row in csv.DictReader(
        resources.files(__package__).joinpath("data/names.csv").read_text("utf-8").splitlines()
    ):
        for number, written in enumerate([row["name"], *filter(None, (row["also"] or "").split(";"))]):
            node = root
            for word in WORD.findall(written):
                node = node.setdefault(syllable(word), _Node())
            if not node.name or node.alias:  # an alias never takes a name's place
                node.name, node.alias = row["name"], bool(number)
    return root
