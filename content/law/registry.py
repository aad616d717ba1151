"""The documents that are known: found by what a text says of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from importlib import resources

from content.law.citation import Citation
from content.law.validity import Document, Validity
from content.law.vanban import read_rows
from content.text import fold

_NUMBER = re.compile(r"0*(\d+[a-zđ]?)(.*)", re.DOTALL)


class Registry:
    """Sổ văn bản. A unit's own rows take the place of the shipped ones that bear the same number and date."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = tuple({document.key: document for document in documents}.values())

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents)

    def __len__(self) -> int:
        return len(self.documents)

    def with_own(self, own: Iterable[Document]) -> Registry:
        """This one, and over it what the unit itself says."""
        own = tuple(own)
        keys = {document.key for document in own}
        # Where either side does not know the date, the number alone says that it is the same document.
        numbers = {document.designation for document in own}
        undated = {document.designation for document in own if document.issued is None}
        kept = [
            d
            for d in self.documents
            if d.key not in keys
            and d.designation not in undated
            and not (d.issued is None and d.designation in numbers)
        ]
        return Registry([*kept, *own])

    def bearing(self, designation: str) -> tuple[Document, ...]:
        """All that bear a số/ký hiệu; leading zeros and the spelling of marks do not matter."""
        return tuple(self._by_designation.get(_key(designation), ()))

    def named(self, name: str) -> tuple[Document, ...]:
        """All laws of a name, whatever their year."""
        return tuple(self._by_name.get(name, ()))

    def candidates(self, citation: Citation) -> tuple[Document, ...]:
        """The documents that a reference can mean; more than one when it does not say enough."""
        if citation.form == "numbered":
            found = self.bearing(citation.designation)
            year = citation.issued.year if citation.issued else citation.of_year
            exact = [d for d in found if d.issued and d.issued == citation.issued]
            of_year = [d for d in found if d.issued and d.issued.year == year]
            return tuple(exact or of_year or found)
        if citation.form == "named":
            found = self.named(citation.name)
            return tuple(d for d in found if citation.of_year in (None, *_years(d)))
        if citation.form == "short":
            year = citation.year or citation.of_year
            found = tuple(self._by_number.get((citation.kind, citation.number.lstrip("0")), ()))
            return tuple(d for d in found if year is None or year in _years(d))
        return ()

    def meant(self, citation: Citation, on: date) -> tuple[Document, ...]:
        """Of the candidates those that a reader on this day thinks of.

        A law by its bare name is the one in force then; where several may be, all of them.
        """
        found = self.candidates(citation)
        if len(found) < 2 or citation.form == "numbered":
            return found
        standing = [d for d in found if d.validity(on) not in (Validity.ENDED, Validity.NOT_YET)]
        return tuple(standing) or found

    @cached_property
    def _by_designation(self) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            found[_key(document.designation)].append(document)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            if document.name:
                found[document.name].append(document)
        return found

    @cached_property
    def _by_number(self) -> dict[tuple[str, str], list[Document]]:
        found: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for document in self.documents:
            if number := _NUMBER.match(document.designation):
                found[document.kind, number[1]].append(document)
        return found


def _key(designation: str) -> str:
    found = _NUMBER.fullmatch(fold(designation).replace(" ", ""))
    return "".join(found.groups()) if found else fold(designation)


def _years(document: Document) -> tuple[int, ...]:
    written = re.search(r"/((?:19|20)\d\d)/", document.designation)
    years = {int(written[1])} if written else set()
    return tuple(years | ({document.issued.year} if document.issued else set()))


@lru_cache(maxsize=1)
def shipped() -> Registry:
    """What comes with Loa: each row with its source and the day it was looked at."""
    text = resources.files(__package__).joinpath("data/van_ban.csv").read_text("utf-8")
    return Registry(read_rows(text, place="van_ban.csv"))
