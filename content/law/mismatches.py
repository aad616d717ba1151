"""Parts of one reference that contradict each other, or what the registry knows of its number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from content.law.citation import Citation
from content.law.registry import Registry
from content.law.symbols import body_of, convocation, needs_year, read_symbol
from content.text import fold

_SOLE = {"CP", "TTg", "QH", "UBTVQH", "CTN"}
"""Bodies of which there is one: another name beside their symbol is a mistake. UBND there are thousands."""


def mismatches(citation: Citation, registry: Registry, on: date) -> Iterator[tuple[str, dict[str, object]]]:
    """Codes of `law.why` with their values."""
    if citation.form != "numbered":
        return
    yield from _within(citation, on)
    known = registry.bearing(citation.designation)
    if known and citation.issued and all(d.issued and d.issued != citation.issued for d in known):
        days = ", ".join(f"{d.issued:%d/%m/%Y}" for d in known)
        yield "date_registry", {"written": f"{citation.issued:%d/%m/%Y}", "known": days}
    named = {d.name for d in known if d.name}
    if citation.name and named and citation.name not in named:
        yield "name_registry", {"known": ", ".join(sorted(named))}


def _within(citation: Citation, on: date) -> Iterator[tuple[str, dict[str, object]]]:
    symbol = read_symbol(citation.symbol)
    if symbol is None:
        return
    if citation.year and citation.issued and citation.issued.year != citation.year:
        yield "year_date", {"year": citation.year, "written": f"{citation.issued:%d/%m/%Y}"}
    if citation.year and citation.year > on.year:
        yield "year_future", {"year": citation.year}
    kinds = {"Luật", "Bộ luật"} if citation.kind in ("Luật", "Bộ luật") else {citation.kind}
    if symbol.kinds and citation.kind != "Văn bản" and kinds.isdisjoint(symbol.kinds):
        yield "kind_symbol", {"kind": citation.kind, "symbol": symbol.text, "right": symbol.kinds[0]}
    elif needs_year(citation.kind) and not citation.year and symbol.text not in ("CP", "TTg", "HĐBT"):
        yield "year_missing", {"kind": citation.kind}
    if symbol.text.startswith("QH-"):
        yield "symbol_unknown", {"symbol": symbol.text}
    year = citation.year or (citation.issued.year if citation.issued else None)
    if (term := convocation(citation.symbol)) and year and not term[0] <= year <= term[1]:
        yield "convocation", {"symbol": citation.symbol, "year": year, "first": term[0], "last": term[1]}
    body = body_of(citation.symbol)
    if body is None:
        return
    if body.until and year and year > body.until.year:
        yield "body_gone", {"body": body.name, "until": f"{body.until:%d/%m/%Y}"}
    ministry = body.name.startswith("Bộ ")
    if citation.by and not symbol.is_party and (body.code in _SOLE or ministry):
        said = fold(citation.by)
        names = [fold(name) for name in (body.name, *body.also)]
        # "Bộ Thông tin và Truyền thông" may have been read as far as its "và" only
        told = said.rpartition("bo truong ")[2]
        if not any(name in said or name.startswith(told) for name in names) or (
            body.code == "CP" and "thu tuong" in said
        ):
            yield "issuer", {"symbol": citation.symbol, "by": citation.by, "right": body.name}
