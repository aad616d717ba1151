"""How alike two texts are in their words: for the warning that something was said already.

Words are compared without capitals, tone marks, markup and punctuation; numbers stay, since a new date or
another document is what makes two like sentences say different things. A text is its runs of three words.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache

from content.text import fold

RUN = 3
LEAST_WORDS = 12
"""Shorter texts are alike without anybody having copied."""
COPY = 0.7
"""From this share on a text counts as a copy: one sentence in four may be another."""
SKETCH = 32
"""Prints kept of a text. Two texts of which nine tenths are the same share about 26 of them; for one of
seven tenths to share none, chance would have to miss 32 times in a row (below one in a billion)."""
LEAST_TITLE = 4
"""Words; "Thông báo" is the title of many things."""

_WORD = re.compile(r"[^\W_]+(?:[/-][^\W_]+)*")  # 168/2024/NĐ-CP, 09/11/2026 are one word
_DOCUMENT = re.compile(r"\d{1,5}/(?:\d{4}/)?[a-z][a-z0-9-]+")
_SPAN = 2**31


def words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return _WORD.findall(fold(text))


def prints(text: str) -> tuple[int, ...]:
    """At most `SKETCH` signed 32-bit numbers; like texts share many, and one shared number is enough to look.

    The smallest hashes of all runs (bottom-k sketch; Broder, "On the resemblance and containment of
    documents", 1997): which ones they are depends on the text alone, so they can be kept and looked up.
    """
    return tuple(sorted(_said(text).runs)[:SKETCH])


def likeness(one: str, other: str) -> float:
    """The share, 0 to 1, of the longer text's runs that stand in the other; the same in either order.

    0 for texts too short to tell, and for those that cite different documents only: a form filled in anew.
    """
    mine, theirs = _said(one), _said(other)
    if not mine.runs or not theirs.runs:
        return 0.0
    if mine.documents and theirs.documents and not mine.documents & theirs.documents:
        return 0.0
    return len(mine.runs & theirs.runs) / max(len(mine.runs), len(theirs.runs))


def same_title(one: str, other: str) -> bool:
    """Whether two titles say the same words, and enough of them."""
    mine = words(one)
    return len(mine) >= LEAST_TITLE and mine == words(other)


@dataclass(frozen=True)
class _Said:
    """What is compared of a text: its runs, hashed, and the documents it cites."""

    runs: frozenset[int]
    documents: frozenset[str]


@lru_cache(maxsize=64)
def _said(text: str) -> _Said:
    folded = fold(text)
    found = _WORD.findall(folded)
    if len(found) < LEAST_WORDS:
        return _Said(frozenset(), frozenset())
    runs = {" ".join(found[at : at + RUN]) for at in range(len(found) - RUN + 1)}
    hashed = frozenset(zlib.crc32(run.encode()) - _SPAN for run in runs)
    return _Said(hashed, frozenset(_DOCUMENT.findall(folded)))
