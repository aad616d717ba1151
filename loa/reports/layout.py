"""Thể thức: how a page of an administrative report is laid out, read from a dated file of measures."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from content.errors import UsageError
from content.text import nearest
from content.wording import say
from loa.reports.texts import template_file

ALIGNS = ("left", "center", "right", "justify")
STYLES = (
    *("state", "motto", "parent", "agency", "number", "date", "type", "subject", "to", "basis", "heading"),
    *("body", "table", "caption", "authority", "signer", "notice", "recipient", "page_number", "appendix"),
)
_PAGE = ("width", "height", "top", "bottom", "left", "right", "header")
_HEAD_NUMBERS = ("left", "right", "agency_rule", "motto_rule", "type_rule")
_HEAD_TEXTS = ("state", "motto", "under_agency", "number", "place_and_date", "blank")
_BODY_NUMBERS = ("first_line", "after", "line", "seal_room")
_BODY_TEXTS = ("end", "notice", "to")


@dataclass(frozen=True)
class Style:
    """Letters of one element: size in points."""

    size: float
    bold: bool = False
    italic: bool = False
    align: str = "left"


@dataclass(frozen=True)
class Layout:
    """Measures in millimetres where they are of paper, in points where they are of letters."""

    source: str
    checked_on: date
    verified: bool
    font: str
    page: Mapping[str, float]
    head: Mapping[str, Any]
    body: Mapping[str, Any]
    styles: Mapping[str, Style]


def read(folder: Path, name: str) -> Layout:
    """The layout of that name, the unit's own first; raises UsageError naming file and key."""
    file = f"the-thuc-{name}.toml"
    try:
        text, place = template_file(folder, file)
    except FileNotFoundError:
        raise UsageError("report.no_layout", name=name, file=file) from None
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("report.layout_wrong", file=place, why=error) from None
    page, head, body = (_part(told, part, place) for part in ("page", "head", "body"))
    styles = _part(told, "style", place)
    for slip in sorted(set(styles) - set(STYLES)):
        _wrong(place, f"style.{slip}", say("report.no_such_key", nearest=nearest(slip, STYLES) or "–"))
    return Layout(
        source=_text(told, "source", place),
        checked_on=_day(told, place),
        verified=told.get("verified") is True,
        font=_text(told, "font", place),
        page={key: _number(page, key, place, "page") for key in _PAGE},
        head={key: _number(head, key, place, "head") for key in _HEAD_NUMBERS}
        | {key: _text(head, key, place, "head") for key in _HEAD_TEXTS},
        body={key: _number(body, key, place, "body") for key in _BODY_NUMBERS}
        | {key: _text(body, key, place, "body") for key in _BODY_TEXTS},
        styles={key: _style(styles.get(key), f"style.{key}", place) for key in STYLES},
    )


def _style(told: object, key: str, place: str) -> Style:
    if not isinstance(told, dict):
        _wrong(place, key, say("report.key_missing"))
    assert isinstance(told, dict)
    size, align = _number(told, "size", place, key), told.get("align", "left")
    if align not in ALIGNS:
        _wrong(place, f"{key}.align", ", ".join(ALIGNS))
    return Style(size, told.get("bold") is True, told.get("italic") is True, str(align))


def _part(told: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    part = told.get(key)
    if not isinstance(part, dict):
        _wrong(place, key, say("report.key_missing"))
    assert isinstance(part, dict)
    return part


def _number(part: Mapping[str, Any], key: str, place: str, above: str) -> float:
    value = part.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1000:
        _wrong(
            place, f"{above}.{key}", say("report.key_missing" if value is None else "report.key_no_number")
        )
    assert isinstance(value, int | float)
    return float(value)


def _text(part: Mapping[str, Any], key: str, place: str, above: str = "") -> str:
    value = part.get(key)
    if not isinstance(value, str) or len(value) > 300:
        _wrong(place, f"{above}.{key}".strip("."), say("report.key_missing"))
    return str(value)


def _day(told: Mapping[str, Any], place: str) -> date:
    value = told.get("checked_on")
    if not isinstance(value, date):
        _wrong(place, "checked_on", say("report.key_missing"))
    assert isinstance(value, date)
    return value


def _wrong(place: str, key: str, why: str) -> None:
    raise UsageError("report.layout_wrong", file=place, why=f"{key}: {why}")
