"""References to documents as people read them out: số một trăm sáu mươi tám năm hai nghìn … của Chính phủ."""

from __future__ import annotations

import re

from content.law.citation import Citation
from content.law.grammar import find
from content.law.symbols import body_of, tables
from content.spoken.numbers import cardinal

_NUMBER = re.compile(r"(?P<number>\d+)(?P<letter>[a-zđ]?)")
_BY_FOLLOWS = re.compile(r"\s{0,3}(?:ngày\s[^,.;\n]{4,30}\s)?của(?!\w)")
_ONLY_SO = re.compile(r"số\s{0,3}:?\s{0,3}$", re.IGNORECASE)
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
    number = _NUMBER.search(written)
    if number is None:
        return None
    head = written[: number.start()].rstrip(" (")
    if not head:
        head = f"{citation.kind} số".strip()
    elif not _ONLY_SO.search(head):
        head += " số"
    elif _ONLY_SO.fullmatch(head) and citation.kind and not _named_before(citation, text):
        head = f"{citation.kind} {head}"
    letter = f" {number['letter']}" if number["letter"] else ""
    said = f"{head.rstrip(' :')} {cardinal(int(number['number']))}{letter}"
    year = citation.year or (citation.of_year if citation.form == "short" else None)
    if year:
        said += f" năm {cardinal(year)}"
    rest = "" if citation.year or not citation.of_year or citation.form == "short" else (
        f" năm {cardinal(citation.of_year)}" if str(citation.of_year) in written else "")  # fmt: skip
    return said + rest + _issuer(citation, text)


def _named_before(citation: Citation, text: str) -> bool:
    return text[max(0, citation.start - 40) : citation.start].rstrip().lower().endswith(citation.kind.lower())


def _issuer(citation: Citation, text: str) -> str:
    """`của …`, where the text does not say it itself right behind."""
    if not citation.symbol or _BY_FOLLOWS.match(text, citation.end):
        return ""
    body = body_of(citation.symbol) or body_of(citation.symbol.replace("/", "-"))
    if body is None:
        groups = re.split(r"[-/]", citation.symbol)
        body = next((found for group in groups if (found := body_of(group))), None)
    if body is None:
        left = [group for group in re.split(r"[-/]", citation.symbol) if group not in tables()["types"]]
        return f" của {' '.join(left)}" if left else ""
    told = _CONVOCATION.match(citation.symbol)
    term = f" khóa {cardinal(int(told[1]))}" if told else ""
    return f" của {body.name}{term}"
