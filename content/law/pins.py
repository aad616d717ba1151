"""Điểm, khoản, Điều: reading `các khoản 1, 2 và 4 Điều 8` as places inside a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from content.law.citation import Pin

_SEP = r"\s{0,2}(?:,|;|-|và|hoặc|đến)\s{1,2}|\s?-\s?|,"
_POINT = r"[a-zđ]\d{0,2}(?!\w)"
_NUMBER = r"\d{1,3}[a-zđ]?(?![\w.]\d|\w)"
_GROUP = re.compile(
    rf"(?<!\w)(?:(?P<point>điểm)\s{{1,3}}(?P<points>{_POINT}(?:(?:{_SEP}){_POINT}){{0,30}})"
    rf"|(?P<level>khoản|điều)\s{{1,3}}(?P<numbers>{_NUMBER}(?:(?:{_SEP}){_NUMBER}){{0,30}}))",
    re.IGNORECASE,
)
_ITEM = re.compile(rf"(?P<item>{_POINT}|{_NUMBER})(?P<to>\s{{0,2}}(?:đến\s|-\s?)\s{{0,2}})?", re.IGNORECASE)
_LINK = re.compile(r"[\s,;]{0,3}(?:(?:và|hoặc|của|tại|đến|-|các|từ)\s{1,2}){0,2}", re.IGNORECASE)
_RANGE = re.compile(r"\bđến\b", re.IGNORECASE)
LONGEST_LINK = 16


@dataclass(frozen=True)
class Chain:
    """Pins that belong together, and where they stand."""

    start: int
    end: int
    pins: tuple[Pin, ...]


@dataclass(frozen=True)
class _Part:
    level: str
    items: tuple[tuple[str, str], ...]  # first and, for a range, last
    start: int
    end: int
    to: bool  # ends a range that the part before began


def chains(text: str) -> Iterator[Chain]:
    """Every run of pins in a clean text, in order. What names no article is no pin."""
    run: list[_Part] = []
    for found in _GROUP.finditer(text):
        level = "point" if found["point"] else "clause" if found["level"].lower() == "khoản" else "article"
        gap = text[run[-1].end : found.start()] if run else ""
        joined = run and len(gap) <= LONGEST_LINK and _LINK.fullmatch(gap)
        if run and not joined:
            yield from _chain(run)
            run = []
        to = bool(joined and _RANGE.search(gap)) and run[-1].level == level
        items = tuple(_items(found["points"] or found["numbers"]))
        run.append(_Part(level, items, found.start(), found.end(), to))
    yield from _chain(run)


def _items(written: str) -> Iterator[tuple[str, str]]:
    first = ""
    for found in _ITEM.finditer(written):
        item = found["item"].lower()
        if first:
            yield first, item
            first = ""
        elif found["to"]:
            first = item
        else:
            yield item, ""


def _chain(run: Sequence[_Part]) -> Iterator[Chain]:
    if pins := _pins(run):
        yield Chain(run[0].start, run[-1].end, tuple(pins))


def _pins(run: Sequence[_Part]) -> list[Pin]:
    """From the smallest to the article, as people write; or from the article down, as some do."""
    if not run:
        return []
    if run[0].level == "article" and run[-1].level != "article":
        return _downwards(run)
    done: list[Pin] = []
    waiting: list[Pin] = []  # below an article that is still to come
    points: list[tuple[str, str]] = []
    for part in run:
        if part.to and part.level != "point" and (before := waiting or done):
            before[-1] = replace(before[-1], last=part.items[0][0])
        elif part.level == "point":
            points += part.items
        elif part.level == "clause":
            for number, (clause, last) in enumerate(part.items):
                mine = points if not number else []
                waiting += [Pin("", clause, point, to) for point, to in mine] or [Pin("", clause, "", last)]
            points = []
        else:
            waiting += [Pin("", "", point, to) for point, to in points]
            (article, last), *others = part.items
            done += [replace(pin, article=article) for pin in waiting] or [Pin(article, last=last)]
            done += [Pin(one, last=to) for one, to in others]
            waiting, points = [], []
    return done


def _downwards(run: Sequence[_Part]) -> list[Pin]:
    done: list[Pin] = []
    for part in run:
        for item, last in part.items:
            if part.level == "article":
                done.append(Pin(item, last=last))
            elif part.level == "clause":
                above = done[-1]
                if not above.clause:
                    done.pop()
                done.append(Pin(above.article, item, "", last))
            else:
                above = done[-1]
                if not above.point:
                    done.pop()
                done.append(Pin(above.article, above.clause, item, last))
    return done
