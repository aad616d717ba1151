"""What differs between two variants of one channel: what an approver has to read again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from content.variant import MediaRef, Variant

CONTEXT = 2
"""Unchanged lines that are told around changed ones; those of them that are empty are not."""
WORDS_MOST = 2000
"""A longer line is not compared word by word."""
_SHORT = ("account", "kind", "title", "summary", "link", "author")
_SEVERAL = ("citations", "tags", "contributors")
_WORD = re.compile(r"\S+|\s+")


@dataclass(frozen=True)
class Line:
    """One line of the text: `sign` is `-` for what was there, `+` for what is there now, a space for what
    stayed, `…` for stayed lines that are left out. `marks` are the (start, end) of the words that changed."""

    sign: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Changes:
    """From one variant to the next. All empty: the channel will show the same, at the same time."""

    fields: tuple[tuple[str, str, str], ...]
    """(name, before, after) of what is one line."""
    times: tuple[tuple[str, datetime, datetime], ...]
    """(`not_before` or `deadline`, before, after)."""
    lines: tuple[Line, ...]
    media_added: tuple[MediaRef, ...]
    media_gone: tuple[MediaRef, ...]
    media_altered: tuple[tuple[MediaRef, MediaRef], ...]
    """The same file under another description or name."""
    media_reordered: bool

    def __bool__(self) -> bool:
        told = (self.fields, self.times, self.lines, self.media_added, self.media_gone, self.media_altered)
        return any(told) or self.media_reordered


def changes(before: Variant, now: Variant) -> Changes:
    """What reading `now` has to tell somebody who knows `before`."""
    shorts = [(name, getattr(before, name), getattr(now, name)) for name in _SHORT]
    several = [(name, "; ".join(getattr(before, name)), "; ".join(getattr(now, name))) for name in _SEVERAL]
    times = [(name, getattr(before, name), getattr(now, name)) for name in ("not_before", "deadline")]
    old, new = ({ref.sha256: ref for ref in one.media} for one in (before, now))
    kept = [digest for digest in new if digest in old]
    return Changes(
        fields=tuple(one for one in shorts + several if one[1] != one[2]),
        times=tuple(one for one in times if one[1] != one[2]),
        lines=tuple(_lines(before.text, now.text)) if before.text != now.text else (),
        media_added=tuple(new[digest] for digest in new if digest not in old),
        media_gone=tuple(old[digest] for digest in old if digest not in new),
        media_altered=tuple((old[one], new[one]) for one in kept if old[one] != new[one]),
        media_reordered=kept != [digest for digest in old if digest in new],
    )


def _lines(before: str, now: str) -> Iterator[Line]:
    old, new = before.split("\n"), now.split("\n")
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT)
    for number, group in enumerate(groups):
        if number or group[0][1]:
            yield Line("…", "")
        for what, i, j, k, m in group:
            if what == "equal":
                yield from (Line(" ", line) for line in old[i:j] if line.strip())
            else:
                yield from _replaced(old[i:j], new[k:m])
    if group[-1][2] < len(old):
        yield Line("…", "")


def _replaced(old: list[str], new: list[str]) -> Iterator[Line]:
    """Line by line where as many came as went, each with the words that differ."""
    if len(old) != len(new):
        yield from (Line("-", line) for line in old)
        yield from (Line("+", line) for line in new)
        return
    for before, now in zip(old, new, strict=True):
        gone, came = _marks(before, now)
        yield Line("-", before, gone)
        yield Line("+", now, came)


def _marks(before: str, now: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    old, new = _WORD.findall(before), _WORD.findall(now)
    if max(len(old), len(new)) > WORDS_MOST:
        return (), ()
    codes = [c for c in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if c[0] != "equal"]

    def spans(words: list[str], parts: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        ends = [0]
        for word in words:
            ends.append(ends[-1] + len(word))
        return tuple((ends[start], ends[end]) for start, end in parts if end > start)

    return spans(old, [c[1:3] for c in codes]), spans(new, [c[3:5] for c in codes])
