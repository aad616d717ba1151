"""What is wrong with the references of a text on the day it is published."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from content.finding import Finding, Severity
from content.law.citation import Citation
from content.law.grammar import find
from content.law.mismatches import mismatches
from content.law.registry import Registry
from content.law.validity import GOOD, Document, Validity
from content.severities import Chosen, severity_of
from content.waiver import Waived
from content.wording import say

_SENTENCE_ENDS = re.compile(r"[.;!?…]\s|\n")
_AROUND = 240
# The text says itself that the document is no more: then it is told as history, not as law.
_REPLACES = re.compile(
    r"(?:thay thế|thay cho|bãi bỏ|sửa đổi, bổ sung|sửa đổi)(?:\s+(?:cho|các|số))?[^,.;\n]{0,40}$",
    re.IGNORECASE,
)
_IS_GONE = re.compile(
    r"hết hiệu lực|không còn hiệu lực|ngưng hiệu lực|(?:được|bị|đã) (?:thay thế|thay|bãi bỏ)"
    r"|trước đây|\(cũ\)",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"có hiệu lực(?: thi hành)?(?: kể)?(?: từ)?(?: ngày)? "
    r"(?:(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})"
    r"|(?P<d2>\d{1,2}) tháng (?P<m2>\d{1,2}) năm (?P<y2>\d{4}))",
    re.IGNORECASE,
)
_STOPS = (Validity.ENDED, Validity.SUSPENDED, Validity.NOT_YET)
LATEST = "law.expired", "law.suspended", "law.not_yet_effective"
"""What is looked at once more when a post is about to leave."""


@dataclass(frozen=True)
class Piece:
    """A text and where a person finds it. `first_line`: the number, in its file, of the text's first line.

    `part` is what it is of a post: `body`, `title`, `tags`, …
    """

    place: str
    text: str
    first_line: int | None = None
    part: str = ""

    def on_line(self, line: int) -> str:
        """The place of a line counted from 0; the piece's own where its lines have no numbers."""
        return self.place if self.first_line is None else f"{self.place}:{self.first_line + line}"

    def where(self, at: int) -> str:
        """The place of a character."""
        return self.on_line(self.text.count("\n", 0, at))


def check_law(
    pieces: Iterable[Piece], registry: Registry, on: date, chosen: Chosen | None = None
) -> list[Finding]:
    """Every remark on the references, as they stand on the day of publishing; each thing is said once.

    What rests on a row of the registry that nobody has checked at its source is never a block.
    """
    check = _Check(registry, on, chosen or {})
    read = [(piece, find(piece.text)) for piece in pieces]
    for _, found in read:
        check.take_note(found)
    for piece, found in read:
        check.read(piece, found)
    return check.findings


class _Check:
    def __init__(self, registry: Registry, on: date, chosen: Chosen) -> None:
        self._registry = registry
        self._on = on
        self._chosen = chosen
        self._said: set[tuple[str, str]] = set()
        self._named: set[tuple[str, date | None]] = set()
        self._in_full: set[tuple[str, str]] = set()  # kind and number of what was named in full
        self.findings: list[Finding] = []

    def take_note(self, found: Sequence[Citation]) -> None:
        """Documents that are named beyond doubt somewhere: what is said in short elsewhere means them."""
        sure = (self._registry.meant(citation, self._on) for citation in found)
        self._named |= {meant[0].key for meant in sure if len(meant) == 1}

    def read(self, piece: Piece, found: Sequence[Citation]) -> None:
        for number, citation in enumerate(found):
            until = found[number + 1].start if number + 1 < len(found) else len(piece.text)
            self._one(piece, citation, _Around.of(piece.text, citation, until))

    def _one(self, piece: Piece, citation: Citation, around: _Around) -> None:
        where = piece.where(citation.start)
        law = " ".join(citation.text.split())
        meant = self._registry.meant(citation, self._on)
        if len(meant) > 1 and len(named := [d for d in meant if d.key in self._named]) == 1:
            meant = tuple(named)
        if citation.form == "blank":
            self._say("blank", where, law, law=law)
        if citation.loose:
            self._say("spelling", where, law, law=law, right=citation.label)
        for why, values in mismatches(citation, self._registry, self._on):
            detail = say(f"law.why.{why}", **values)
            self._say("mismatch", where, f"{why} {citation.label}", law=law, detail=detail)
        self._full(citation, where, law)
        if len(meant) > 1:
            choices = "; ".join(_described(document) for document in meant)
            self._say("ambiguous", where, citation.label, law=law, choices=choices)
        elif meant:
            self._validity(citation, meant[0], where, law, around)
        if len(meant) > 1 and all(d.validity(self._on) is Validity.ENDED for d in meant):
            self._validity(citation, meant[-1], where, law, around)

    def _full(self, citation: Citation, where: str, law: str) -> None:
        """Nghị định 30/2020, Phụ lục I: the first mention in full, those after it by number."""
        key = (citation.kind, citation.number)
        if citation.form == "numbered":
            self._in_full.add(key)
        elif citation.form == "short" and key not in self._in_full:
            known = self._registry.candidates(citation)
            right = "; ".join(_described(document) for document in known[:3]) or f"{law}/…"
            self._say("first_in_full", where, f"{key}", law=law, right=right)

    def _validity(
        self, citation: Citation, document: Document, where: str, law: str, around: _Around
    ) -> None:
        state, cap = document.validity(self._on), not document.verified
        told: dict[str, object] = {"law": law, "document": document.label}
        if state is Validity.ENDED and not around.is_history:
            ended = document.ended
            by = f" ({document.ended_by})" if document.ended_by else ""
            self._say("expired", where, document.identity, cap, **told, since=_shown(ended), by=by)
        elif state is Validity.SUSPENDED and not around.is_history:
            self._say("suspended", where, document.identity, cap, **told)
        elif state is Validity.PARTLY and not citation.pins:
            self._say("partly", where, document.identity, cap, **told)
        elif state is Validity.UNKNOWN:
            self._say("uncertain", where, document.identity, cap, **told, by=document.successor or "–")
        effective = document.effective
        claim = around.claim
        if claim and effective and claim != effective:
            days = {"claimed": _shown(claim), "since": _shown(effective)}
            self._say("effective_date_claim", where, document.identity, cap, **told, **days)
        elif state is Validity.NOT_YET and not claim:
            self._say("not_yet_effective", where, document.identity, cap, **told, since=_shown(effective))

    def _say(self, rule: str, where: str, about: str, cap: bool = False, **values: object) -> None:
        """`cap`: it rests on what nobody has checked."""
        severity: Severity | None = severity_of(f"law.{rule}", self._chosen)
        if severity is None or (rule, about) in self._said:
            return
        self._said.add((rule, about))
        if cap and severity == "block":
            severity = "warn"
        self.findings.append(Finding(f"law.{rule}", severity, where, values, about))


@dataclass(frozen=True)
class _Around:
    """The sentence around a reference: whether it tells of the past, and from when it says it is in force."""

    is_history: bool
    claim: date | None

    @staticmethod
    def of(text: str, citation: Citation, until: int) -> _Around:
        low, high = max(0, citation.start - _AROUND), min(until, citation.end + _AROUND)
        before = _SENTENCE_ENDS.split(text[low : citation.start])[-1]
        behind = _SENTENCE_ENDS.split(text[citation.end : high])[0]
        return _Around(bool(_REPLACES.search(before) or _IS_GONE.search(behind)), _claimed(behind))


def _claimed(text: str) -> date | None:
    found = _CLAIM.search(text)
    if not found:
        return None
    try:
        return date(*(int(found[a] or found[b]) for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2"))))
    except ValueError:
        return None


def _described(document: Document) -> str:
    what = document.title or document.name
    when = f", {_shown(document.issued)}" if document.issued else ""
    return f"{document.label}{when}" + (f" – {what}" if what and what != document.name else "")


def _shown(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "?"


class Watch:
    """What must not leave on one day: asked about every post before it is sent, so it answers at once."""

    def __init__(self, registry: Registry, on: date, chosen: Chosen) -> None:
        self._registry, self._on, self._chosen = registry, on, chosen
        wanted = {rule: severity_of(rule, chosen) for rule in LATEST}
        stopped = [d for d in registry if d.verified and d.validity(on) in _STOPS]
        marks = {mark for document in stopped for mark in _marks(document)}
        nameless = any(d.name and not _stands(registry, d, on) for d in stopped)
        digits = "|".join(sorted(marks)) or "x"
        laws = r"|(?i:luật|luat|pháp lệnh|phap lenh|bl\w{2,4})" if nameless else ""
        self._idle = "block" not in wanted.values() or not stopped
        self._perhaps = re.compile(rf"(?<!\d)(?=\d)(?:{digits})(?!\d){laws}")

    def refusal(self, texts: Sequence[str], waived: Collection[Waived] = ()) -> Finding | None:
        """The first reference for which it has to stay here; None when nothing stands against it.

        `waived`: rules that a legal reviewer lets pass, each over one document and no other.
        """
        if self._idle or not any(self._perhaps.search(text) for text in texts):
            return None
        found = check_law((Piece("", text) for text in texts), self._registry, self._on, self._chosen)
        stops = (f for f in found if f.rule in LATEST and f.severity == "block")
        return next((f for f in stops if (f.rule, f.about) not in waived), None)


def _marks(document: Document) -> Iterator[str]:
    """Patterns of which every reference to it holds one: its number, with its year; for a law also a year."""
    number = re.match(r"0*(\d+)", document.designation)
    year = re.search(r"/((?:19|20)\d\d)/", document.designation)
    if document.name:
        yield from {*([year[1]] if year else []), *([str(document.issued.year)] if document.issued else [])}
    if number:
        behind = rf"(?:\s?/\s?|\s{{1,2}}(?i:n[aă]m)\s{{1,2}}){year[1]}" if year else r"[a-zđ]?"
        yield rf"0{{0,4}}{number[1]}{behind}"


def _stands(registry: Registry, document: Document, on: date) -> bool:
    return any(other.validity(on) in (*GOOD, Validity.UNKNOWN) for other in registry.named(document.name))
