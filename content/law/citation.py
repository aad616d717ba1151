"""A reference to a legal document as a text makes it, and the places inside the document it names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Form = Literal["numbered", "named", "constitution", "short", "blank", "back"]
"""`short`: by number without symbol (Nghị định 168/2024). `blank`: the number is left for the clerk to fill
in. `back`: to one named before (Nghị định này). `named`: by its name alone (Luật Đất đai)."""


@dataclass(frozen=True)
class Pin:
    """Điều, khoản, điểm: a place inside a document. `last` ends a range of the smallest unit named."""

    article: str
    clause: str = ""
    point: str = ""
    last: str = ""

    def __str__(self) -> str:
        """`5`, `5.2`, `5.2.a`, `5-9`."""
        place = ".".join(filter(None, (self.article, self.clause, self.point)))
        return f"{place}-{self.last}" if self.last else place


@dataclass(frozen=True)
class Citation:
    """Viện dẫn. `start` and `end` are offsets into the text that was read, `text` is what stands there.

    `designation` is the canonical số/ký hiệu (`168/2024/NĐ-CP`, `32-CT/TW`), `symbol` its last part (`NĐ-CP`,
    `CT/TW`, `QH15`); `loose` says that the text wrote it, or the name, otherwise. `kind` is what the text
    calls the document, else what the symbol says; empty when neither does. `year` is the one in the number,
    `of_year` the one beside it (năm 2024); `issued` and `by` are the date and the issuer beside it.
    """

    start: int
    end: int
    text: str
    form: Form
    kind: str
    designation: str = ""
    number: str = ""
    year: int | None = None
    symbol: str = ""
    name: str = ""
    of_year: int | None = None
    issued: date | None = None
    by: str = ""
    pins: tuple[Pin, ...] = ()
    loose: bool = False

    @property
    def label(self) -> str:
        """The document in canonical words: equal for two references that say the same of it."""
        what = self.name or self.kind
        match self.form:
            case "back":
                return f"{what} này"
            case "numbered" | "blank":
                return f"{what} {self.designation}".strip()
            case "short":
                year = self.year or self.of_year
                return f"{what} {self.number}/{year}" if year else f"{what} {self.number}"
            case _:
                return f"{what} {self.of_year}" if self.of_year else what
