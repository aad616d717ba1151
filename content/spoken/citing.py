"""References to documents as people read them out: số một trăm sáu mươi tám năm hai nghìn … của Chính phủ."""

from __future__ import annotations

import re

from content.law.citation import Citation
from content.law.grammar import find
from content.law.symbols import body_of, tables
from content.spoken.numbers import cardinal

_NUMBER = re.compile(r"(?P<number>\d+)(?P<letter>[a-zđ]?)")
_BARE_YEAR = re.compile(r"(?<!năm )(?<![\w/.,-])(?:19|20)\d\d(?=[\s,(]|$)")
_BY_FOLLOWS = re.compile(r"\s{0,3}(?:ngày\s[^,.;\n]{4,30}\s)?của(?!\w)")
_ONLY_SO = re.compile(r"số\s{0,3}:?\s{0,3}$", re.IGNORECASE)
_JOINT = ("TTLT", "NQLT")
"""Types that several bodies issue together."""
_CONVOCATION = re.compile(r"^(?:QH|UBTVQH)(\d{1,2})$")


def said(text: str) -> str:
    """The text with the numbers of its references in words."""
    parts, end = [], 0
    for citation in find(text):
        words = _words(citation, text)
        if words is not None and citation.start >= end:
            parts += [text[end : citation.start], words]
            end = citation.end
    return "".join([*parts, text[end:]])


def _words(citation: Citation, text: str) -> str | None:
    written = citation.text
    if citation.form == "named" and citation.of_year:
        return re.sub(rf"(?<!năm )(?<!/){citation.of_year}$", f"năm {citation.of_year}", written)
    if citation.form == "blank":
        head = written[: at.start()] if (at := re.search(r"[.…_/]", written)) else written
        return f"{head.strip()} để trống{_issuer(citation, text)}"
    if citation.form not in ("numbered", "short"):
        return None
    number = _number(citation)
    if number is None:
        return None
    head = _head(written[: number.start()], citation, text)
    letter = f" {number['letter']}" if number["letter"] else ""
    said = f"{head} {cardinal(int(number['number']))}{letter}"
    year = citation.year or (citation.of_year if citation.form == "short" else None)
    if year:
        said += f" năm {cardinal(year)}"
    return said + _issuer(citation, text)


def _number(citation: Citation) -> re.Match[str] | None:
    """Where the number itself stands: a name before it may hold a year (Luật Đất đai 2024, số 31/2024)."""
    if citation.form == "short":
        return _NUMBER.search(citation.text)
    digits = re.sub(r"\D", "", citation.number)
    return re.search(rf"(?<!\d)(?P<number>{digits})(?P<letter>[a-zđ]?)(?=\s?[/-])", citation.text)


def _head(before: str, citation: Citation, text: str) -> str:
    """What is said up to the number: name, its own year, `số`."""
    head = _BARE_YEAR.sub(lambda f: f"năm {f[0]}", before).rstrip(" :")
    if not head:
        return f"{citation.kind} số".strip()
    if not _ONLY_SO.search(head):
        return f"{head}số" if head.endswith("(") else f"{head} số"
    if _ONLY_SO.fullmatch(head) and citation.kind and not _named_before(citation, text):
        return f"{citation.kind} {head}"
    return head


def _named_before(citation: Citation, text: str) -> bool:
    return text[max(0, citation.start - 40) : citation.start].rstrip().lower().endswith(citation.kind.lower())


def _issuer(citation: Citation, text: str) -> str:
    """`của …`, where the text does not say it itself right behind."""
    if not citation.symbol or _BY_FOLLOWS.match(text, citation.end):
        return ""
    groups = re.split(r"[-/]", citation.symbol)
    if groups[0] in _JOINT:
        known = [found.name if (found := body_of(group)) else group for group in groups[1:]]
        return f" của {', '.join(known[:-1])}{' và ' if known[1:] else ''}{known[-1]}" if known else ""
    body = body_of(citation.symbol) or body_of(citation.symbol.replace("/", "-"))
    if body is None:
        body = next((found for group in groups if (found := body_of(group))), None)
    if body is None:
        left = [group for group in groups if group not in tables()["types"]]
        return f" của {' '.join(left)}" if left else ""
    told = _CONVOCATION.match(citation.symbol)
    term = f" khóa {cardinal(int(told[1]))}" if told else ""
    return f" của {body.name}{term}"
