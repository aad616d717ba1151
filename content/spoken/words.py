"""The table of what is said for what is only ever written, and a unit's own additions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from content.text import normalise

OWN_MOST = 100
OWN_LONGEST = 200
"""Entries and letters of an entry of a unit's own; beyond them is no abbreviation."""


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """`words.toml` as it stands."""
    return tomllib.loads(resources.files(__package__).joinpath("data/words.toml").read_text("utf-8"))


def own(written: str) -> dict[str, str]:
    """`TDP = tổ dân phố; NVH = nhà văn hóa` as a table. Raises ValueError with the entry that is none."""
    found: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in re.split(r"[;\n]", normalise(written)))):
        short, equals, words = (part.strip() for part in entry.partition("="))
        fine = equals and short and words and len(entry) <= OWN_LONGEST and not re.search(r"\s|=", short)
        if not fine or re.search(r"\d", words) or len(found) >= OWN_MOST:
            raise ValueError(entry[:80])
        found[short] = words
    return found


def alternatives(table: Mapping[str, str]) -> str:
    """A pattern of all its keys, the longest first."""
    return any_of(table)


def any_of(words: Iterable[str]) -> str:
    """A pattern of all words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
