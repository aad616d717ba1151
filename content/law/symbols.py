"""What stands behind a document's number: its type, its issuer, in the one spelling that counts."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from content.text import fold

_CONVOCATION = re.compile(r"(QH|UBTVQH|HĐNN)(\d{1,2})")
_OLD = {"CP", "TTg", "HĐBT"}
"""Bodies that once stood alone behind a number: Nghị định 64/CP (until 1996)."""
_GROUPS = re.compile(r"\s?[-/]\s?")


@dataclass(frozen=True)
class Body:
    """Who issues. `until`: its last day, for those that are no more."""

    code: str
    name: str
    also: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True)
class Symbol:
    """Ký hiệu in canonical spelling; `loose` when it was written otherwise.

    `kinds` are those that the type allows (empty for a letter, whose symbol begins with its issuer).
    `known`: type and issuer are in the tables, so that it stands for a document without a word before it.
    """

    text: str
    kinds: tuple[str, ...]
    body: str
    known: bool
    loose: bool

    @property
    def is_party(self) -> bool:
        """The party writes 32-CT/TW where the state writes 05/CT-TTg."""
        return "/" in self.text


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """`symbols.toml` as it stands."""
    return tomllib.loads(resources.files(__package__).joinpath("data/symbols.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def bodies() -> dict[str, Body]:
    """Issuers by code."""
    return {
        code: Body(code, row["name"], tuple(row.get("also", ())), row.get("until"))
        for code, row in tables()["bodies"].items()
    }


@lru_cache(maxsize=1)
def kind_words() -> dict[str, str]:
    """Every word for a kind that may stand before a number, folded, to the kind."""
    words = {fold(kind): kind for kind in tables()["kinds"]}
    words |= {fold(word): kind for word, kind in tables()["also"].items()}
    for code, kinds in tables()["types"].items():
        words.setdefault(fold(code), kinds[0])
    return words


def needs_year(kind: str) -> bool:
    """Whether the number of such a document holds its year."""
    return bool(tables()["kinds"].get(kind, {}).get("year"))


def body_of(symbol: str) -> Body | None:
    """The issuer that a canonical symbol names; None when the tables do not know it."""
    first, *rest = _GROUPS.split(symbol)
    if found := _CONVOCATION.fullmatch(first):
        return bodies().get(found[1])
    if first in tables()["types"] and rest:
        found = _CONVOCATION.fullmatch(rest[0])
        return bodies().get(found[1] if found else rest[0])
    return bodies().get(first)


def convocation(symbol: str) -> tuple[int, int] | None:
    """First and last year of the National Assembly that a symbol names (QH15); None for other symbols."""
    for group in _GROUPS.split(symbol):
        if found := _CONVOCATION.fullmatch(group):
            term = tables()["convocations"].get(found[2]) if found[1] != "HĐNN" else None
            return (term[0], term[1]) if term else None
    return None


@lru_cache(maxsize=4096)
def read_symbol(written: str) -> Symbol | None:
    """What is written behind the stroke of a number; None for what is no symbol of a document."""
    groups = _GROUPS.split(written)
    if len(groups) == 1:
        return _single(groups[0])
    type_, *rest = (_spelled(group, first=not at) for at, group in enumerate(groups))
    kinds = tuple(tables()["types"].get(type_, ()))
    if not kinds:
        text = "-".join([type_, *rest])
        return Symbol(text, (), type_ if type_ in bodies() else "", type_ in bodies(), text != _tidy(written))
    body = rest[0]
    party = bodies().get(body) is not None and _is_party(body)
    text = f"{type_}/{'-'.join(rest)}" if party else "-".join([type_, *rest])
    return Symbol(text, kinds, body, body in bodies() or _CONVOCATION.fullmatch(body) is not None,
                  text != _tidy(written))  # fmt: skip


def _single(written: str) -> Symbol | None:
    group = _spelled(written, first=False)
    found = _CONVOCATION.fullmatch(group)
    if found:
        return Symbol(group, (), found[1], True, group != written)
    if group in _OLD:
        return Symbol(group, (), group, False, group != written)
    folded = fold(written)
    for type_ in sorted(tables()["types"], key=len, reverse=True):
        body = folded.removeprefix(fold(type_))
        if len(type_) > 1 and body != folded and body in _folded_bodies():  # NĐCP, QĐUBND
            joined = "/" if _is_party(_folded_bodies()[body]) else "-"
            text = f"{type_}{joined}{_folded_bodies()[body]}"
            return Symbol(text, tuple(tables()["types"][type_]), _folded_bodies()[body], True, True)
    return None


def _spelled(group: str, *, first: bool) -> str:
    """One group as it should be spelled; what the tables do not know stays as it is."""
    known = tables()["types"] if first else bodies()
    if group in known:
        return group
    group = tables()["spelled"].get(group, group)
    if found := re.fullmatch(r"([^\W\d_]+)(\d{1,2})", group):
        head = {"qh": "QH", "ubtvqh": "UBTVQH", "hdnn": "HĐNN"}.get(fold(found[1]))
        return f"{head}{found[2]}" if head else group
    folded = fold(group)
    near = _folded_types() if first else _folded_bodies()
    return near.get(folded) or (_folded_bodies().get(folded) if first else None) or group


def _tidy(written: str) -> str:
    """As written, without what two habits of equal standing differ in."""
    for habit, counts in tables()["spelled"].items():
        written = re.sub(rf"(?<!\w){habit}(?!\w)", counts, written)
    return re.sub(r"\s?([-/])\s?", r"\1", written)


def _is_party(code: str) -> bool:
    return code in ("TW", "TU", "ĐU", "HU", "QU") or code.endswith(("TW", "TU"))


@lru_cache(maxsize=1)
def _folded_types() -> dict[str, str]:
    return {fold(code): code for code in tables()["types"]}


@lru_cache(maxsize=1)
def _folded_bodies() -> dict[str, str]:
    return {fold(code): code for code in (*bodies(), *tables()["spelled"].values())}
