"""Finding the references in a text, in a time that grows with the text and no faster.

First the numbers (168/2024/NĐ-CP, 32-CT/TW), then names out of the gazetteer, then what only points (Hiến
pháp 2013, Nghị định 168, Nghị định này). What stands around one is read from it outwards, within a few words.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from content.law import names
from content.law import patterns as p
from content.law.citation import Citation, Form
from content.law.page import Page
from content.law.pins import Chain, chains
from content.law.symbols import Symbol, kind_words, read_symbol

FARTHEST_PINS = 12
_FIRST_WORDS = re.compile(r"(?:bo luat|luat|phap lenh|[a-z]{1,12})\s{0,3}")
_DIGIT = re.compile(r"\d")


@dataclass
class _Draft:
    """A reference while it is read; places are those of the page. `tail` ends what was read around it."""

    start: int
    end: int
    form: Form
    kind: str = ""
    loose: bool = False
    tail: int = 0
    more: dict[str, object] = field(default_factory=dict)


def find(text: str) -> list[Citation]:
    """Every reference in a text, in order, none inside another. Pure, in time linear in the text."""
    page = Page(text)
    found = list(_Reader(page).read())
    return [_citation(page, draft) for draft in found]


def _citation(page: Page, draft: _Draft) -> Citation:
    start, end = page.origin(draft.start), page.origin(draft.end)
    return Citation(
        start,
        end,
        page.source[start:end],
        draft.form,
        draft.kind,
        loose=draft.loose,
        **draft.more,  # type: ignore[arg-type]
    )


class _Reader:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._text = page.text
        self._folded = page.folded

    def read(self) -> Iterator[_Draft]:
        self._pins = list(chains(self._text))
        self._pin_starts = [one.start for one in self._pins]
        self._pin_ends = [one.end for one in self._pins]
        numbered = self._numbered()
        drafts = self._with_names(numbered)
        drafts = _apart(drafts, [*self._constitutions(), *self._back(), *self._short()])
        self._inherit(drafts)
        for draft in drafts:
            self._date_ahead(draft)
        self._attach_pins(drafts)
        for draft in drafts:
            if draft.form == "constitution" and not ("of_year" in draft.more or "pins" in draft.more):
                continue  # the idea, not a reference
            yield draft

    # -- numbers -----------------------------------------------------------------------------------

    def _numbered(self) -> list[_Draft]:
        found: list[_Draft] = []
        for pattern in (p.PARTY, p.STATE, p.OLD):
            found = _apart(found, filter(None, map(self._number, pattern.finditer(self._text))))
        return _apart(found, filter(None, map(self._blank, p.BLANK.finditer(self._text))))

    def _number(self, found: re.Match[str]) -> _Draft | None:
        written, symbol = found["symbol"], read_symbol(found["symbol"])
        near = max(0, found.start() - p.KIND_NEAR)
        before = p.BEFORE.search(self._folded[near : found.start()])
        word = kind_words()[before["kind"]] if before else ""
        old = found.re is p.OLD or (symbol is not None and symbol.text in ("CP", "TTg", "HĐBT"))
        if not self._stands(symbol, word, old, found):
            return None
        if symbol is None:
            symbol = Symbol(written, (), "", False, True)
        kind = _kind(symbol, word)
        start = found.start()
        if before and word:
            start = near + before.start()
        elif so := p.ONLY_SO.search(self._folded[near : found.start()]):
            start = near + so.start()
        year = found.groupdict().get("year")
        parts = [found["number"], *([year] if year else [])]
        joined = "-" if found.re is p.OLD or symbol.is_party else "/"
        more: dict[str, object] = {
            "number": found["number"],
            "year": int(year) if year else None,
            "symbol": symbol.text,
            "designation": "/".join(parts) + joined + symbol.text,
        }
        party = found.re is p.PARTY
        loose = symbol.loose or (symbol.is_party is not party and found.re is not p.OLD)
        if symbol.is_party and not party:
            more["year"] = None
            more["designation"] = f"{found['number']}-{symbol.text}"
        elif party and symbol.known and not symbol.is_party:  # 12-QĐ/UBND
            more["designation"] = f"{found['number']}/{symbol.text}"
        elif party and not symbol.is_party:  # a body of the party that the tables do not hold
            loose = False
            more["symbol"] = symbol.text.replace("-", "/", 1)
            more["designation"] = f"{found['number']}-{more['symbol']}"
        if not year and (of_year := p.OF_YEAR.match(self._text, found.end())):
            more["of_year"] = int(of_year["year"])
        draft = _Draft(start, found.end(), "numbered", kind, loose, found.end(), more)
        self._surroundings(draft)
        return draft

    def _stands(self, symbol: Symbol | None, word: str, old: bool, found: re.Match[str]) -> bool:
        """Whether it is the number of a document at all, and not a house, a file or a contract."""
        if old:
            return word in p.LONE_KINDS
        if symbol is None:
            return False
        if word:
            return bool(
                symbol.known or symbol.kinds or word in ("Công văn", "Văn bản") or word in p.LONE_KINDS
            )
        if symbol.known:
            return True
        near = self._folded[max(0, found.start() - 8) : found.start()]
        return bool(symbol.kinds) and bool(found.groupdict().get("year") or p.ONLY_SO.search(near))

    def _blank(self, found: re.Match[str]) -> _Draft | None:
        symbol = read_symbol(found["symbol"] or found["party"])
        near = max(0, found.start() - p.KIND_NEAR)
        before = p.BEFORE.search(self._folded[near : found.start()])
        if symbol is None or not (symbol.known or symbol.kinds or before):
            return None
        word = kind_words()[before["kind"]] if before else ""
        year = found["year"]
        start = near + before.start() if before else found.start()
        joined = "-" if symbol.is_party else "/"
        designation = "…" + (f"/{year}" if year else "") + joined + symbol.text
        more: dict[str, object] = {"symbol": symbol.text, "designation": designation}
        more["year"] = int(year) if year else None
        return _Draft(start, found.end(), "blank", _kind(symbol, word), symbol.loose, found.end(), more)

    def _surroundings(self, draft: _Draft) -> None:
        """Date and issuer behind a reference, in either order, each once."""
        for _ in range(2):
            if "issued" not in draft.more and (found := p.DATE_BEHIND.match(self._text, draft.tail)):
                if day := _day(found):
                    draft.more["issued"] = day
                draft.tail = found.end()
            elif "by" not in draft.more and (found := p.BY.match(self._text, draft.tail)):
                written = found["by"] + " "
                cut = p.BY_ENDS.search(written)
                by = (written[: cut.start()] if cut else written).strip()
                if not by or not by[0].isupper():
                    return
                draft.more["by"] = by
                draft.tail = found.start("by") + len(by)

    def _date_ahead(self, draft: _Draft) -> None:
        if draft.form != "numbered" or "issued" in draft.more:
            return
        near = max(0, draft.start - p.DATE_NEAR)
        found = p.DATE_AHEAD.search(self._text[near : draft.start])
        if found and (day := _day(found)):
            draft.more["issued"] = day

    # -- names -------------------------------------------------------------------------------------

    def _with_names(self, numbered: list[_Draft]) -> list[_Draft]:
        """Names, joined with the number behind them where there is one."""
        by_core = {self._core(draft): draft for draft in numbered if draft.form == "numbered"}
        starts = [draft.start for draft in numbered]
        gone: set[int] = set()
        named: list[_Draft] = []
        last = 0
        for found in p.NAMED.finditer(self._folded):
            if found.start() < last or not (draft := self._named(found.start())):
                continue
            last = draft.end
            if own := self._number_behind(draft, by_core):
                gone.add(id(own))
                draft.more = {**own.more, "name": draft.more["name"]}
                draft.form, draft.end, draft.tail = "numbered", own.end, own.tail
                draft.loose = draft.loose or own.loose
            else:
                within = bisect_left(starts, draft.start)
                if within < len(starts) and starts[within] < draft.end:
                    continue
                self._surroundings(draft)
                if isinstance(day := draft.more.get("issued"), date):
                    draft.more.setdefault("of_year", day.year)
            named.append(draft)
        left = [draft for draft in numbered if id(draft) not in gone]
        return _apart(_apart(left, named), self._unknown())

    def _core(self, draft: _Draft) -> int:
        """Where the digits of a numbered draft begin; the words before them hold none."""
        found = _DIGIT.search(self._text, draft.start, draft.end)
        return found.start() if found else draft.start

    def _named(self, start: int) -> _Draft | None:
        name = names.at(self._text, start)
        if name is None or p.NO_LAW.search(self._folded[max(0, start - 10) : start]):
            return None
        behind = p.YEAR_BEHIND.match(self._text, name.end)
        end = behind.end() if behind else name.end
        sure = any(letter.isupper() for letter in (self._text[start], self._first_of_name(start)))
        if not sure and not (behind or self._pinned(start)):
            return None
        if name.words == 2 and not self._first_of_name(start).isupper():
            return None  # luật giá, luật dược: everyday words
        more: dict[str, object] = {"name": name.text}
        if behind:
            more["of_year"] = int(behind["year"])
        return _Draft(start, end, "named", name.kind, False, end, more)

    def _first_of_name(self, start: int) -> str:
        found = _FIRST_WORDS.match(self._folded, start)
        at = found.end() if found else start
        return self._text[at : at + 1] or " "

    def _pinned(self, start: int) -> bool:
        at = bisect_right(self._pin_ends, start) - 1
        return at >= 0 and p.TO_DOCUMENT.fullmatch(self._text, self._pin_ends[at], start) is not None

    def _number_behind(self, draft: _Draft, by_core: dict[int, _Draft]) -> _Draft | None:
        found = p.NUMBER_BEHIND.match(self._folded, draft.end)
        own = by_core.get(found.end()) if found else None
        return own if own and own.start >= draft.start and not own.more.get("name") else None

    def _unknown(self) -> Iterator[_Draft]:
        """Names that the gazetteer does not hold, where the words around leave no doubt that it is a law."""
        for found in p.UNKNOWN.finditer(self._text):
            if p.EVIDENCE.search(self._text, max(0, found.start() - 24), found.start()) or self._pinned(
                found.start()
            ):
                more: dict[str, object] = {"name": found["name"], "of_year": int(found["year"])}
                kind = names.kind_of(found["name"])
                yield _Draft(found.start(), found.end(), "named", kind, True, found.end(), more)

    # -- what only points --------------------------------------------------------------------------

    def _constitutions(self) -> Iterator[_Draft]:
        for found in p.CONSTITUTION.finditer(self._folded):
            if not self._text[found.start()].isupper():
                continue
            more: dict[str, object] = {"of_year": int(found["year"])} if found["year"] else {}
            yield _Draft(found.start(), found.end(), "constitution", "Hiến pháp", False, found.end(), more)

    def _short(self) -> Iterator[_Draft]:
        for found in p.SHORT.finditer(self._folded):
            year, of_year = found["year"], found["of"]
            kind = kind_words()[found["kind"]]
            written = self._text[found.start("kind") : found.end("kind")]
            if len(found["kind"]) == 2 and written not in p.SHORT_KINDS:
                continue
            if found["kind"] in ("luat", "tt") and not year:
                continue  # "Luật 5" is nobody's, TT is a town as well
            if kind == "Luật" and p.NO_LAW.search(self._folded[max(0, found.start() - 10) : found.start()]):
                continue
            if not (year or of_year):
                sure = found["so"] or (kind not in p.PAPERS and len(found["number"]) > 1)
                if not sure or p.COUNTED.match(self._folded, found.end()):
                    continue
                if not (found["so"] or self._text[found.start()].isupper()):
                    continue
            more: dict[str, object] = {"number": found["number"]}
            more |= {"year": int(year)} if year else {}
            more |= {"of_year": int(of_year)} if of_year else {}
            draft = _Draft(found.start(), found.end(), "short", kind, False, found.end(), more)
            self._surroundings(draft)
            yield draft

    def _back(self) -> Iterator[_Draft]:
        for found in p.BACK.finditer(self._text):
            word = found["kind"].lower()
            if word == "luật" and p.NO_LAW.search(self._folded[max(0, found.start() - 10) : found.start()]):
                continue
            sure = self._pinned(found.start()) or (
                self._text[found.start()].isupper()
                and (word not in p.PLAIN_WORDS or found["how"].lower() != "này" or self._of_document(found))
            )
            if sure:
                kind = word[0].upper() + word[1:]
                yield _Draft(found.start(), found.end(), "back", kind, False, found.end())

    def _of_document(self, found: re.Match[str]) -> bool:
        before = p.OF_DOCUMENT.search(self._text, max(0, found.start() - 16), found.start())
        return bool(before or p.DOCUMENT_DOES.match(self._text, found.end()))

    # -- around ------------------------------------------------------------------------------------

    def _inherit(self, drafts: Sequence[_Draft]) -> None:
        """`Luật số 12/2026/QH16 và 14/2012/QH13`: the second is a law as well."""
        for before, after in pairwise(drafts):
            if not after.kind and p.LIST.fullmatch(self._text, before.end, after.start):
                after.kind = before.kind

    def _attach_pins(self, drafts: Sequence[_Draft]) -> None:
        used: set[int] = set()
        for draft in drafts:
            at = bisect_right(self._pin_ends, draft.start) - 1
            if at >= 0 and p.TO_DOCUMENT.fullmatch(self._text, self._pin_ends[at], draft.start):
                used.add(at)
                draft.more["pins"] = self._pins[at].pins
        for draft in drafts:
            at = bisect_left(self._pin_starts, draft.tail)
            behind: Chain | None = self._pins[at] if at < len(self._pins) and at not in used else None
            if behind is None or "pins" in draft.more or behind.start - draft.tail > FARTHEST_PINS:
                continue
            if p.FROM_DOCUMENT.fullmatch(self._text, draft.tail, behind.start):
                draft.more["pins"] = behind.pins


def _kind(symbol: Symbol, word: str) -> str:
    """What the text says it is, else what its symbol says."""
    if word:
        return word
    if symbol.kinds:
        return symbol.kinds[0]
    return "" if symbol.body in ("QH", "UBTVQH", "HĐNN") else "Công văn"


def _day(found: re.Match[str]) -> date | None:
    written = [found[a] or found[b] for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2"))]
    try:
        return date(*map(int, written))
    except ValueError:
        return None


def _apart(kept: Sequence[_Draft], others: Iterator[_Draft] | Sequence[_Draft]) -> list[_Draft]:
    """Both, in order, without those of the others that overlap one that is kept or one before them."""
    starts = [draft.start for draft in kept]
    free: list[_Draft] = []
    end = -1
    for other in sorted(others, key=lambda draft: (draft.start, -draft.end)):
        at = bisect_right(starts, other.start) - 1
        clear = at < 0 or kept[at].end <= other.start
        clear = clear and (at + 1 >= len(kept) or kept[at + 1].start >= other.end)
        if clear and other.start >= end:
            free.append(other)
            end = other.end
    return sorted([*kept, *free], key=lambda draft: draft.start)
