"""The kinds of activity and what is counted of each: data that a unit may replace (`hoat-dong.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content.errors import UsageError
from content.text import fold, nearest, normalise
from content.wording import LANGUAGES, catalogue, say

FILE = "hoat-dong.toml"
GROUPS = ("truc_tiep", "cuoc_thi", "tai_lieu", "phat_thanh", "khac")
"""What the country adds up: direct activities, contests, printed matter, broadcasts; and what it does not."""
MOST = 40
LONGEST_LABEL = 80
LARGEST_COUNT = 10_000_000
FIELDS = (
    *("kind", "title", "first", "last", "place", "subject"),
    *("lead", "partners", "campaign", "done", "note"),
)
"""What else an activity has: columns beside those of the measures, so no measure is called so."""
_CODE = re.compile(r"(?=.{1,30}\Z)[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


@dataclass(frozen=True)
class Measure:
    """What is counted, `label` as a heading and `unit` after a number. More than `most` is a typing slip."""

    code: str
    label: str
    unit: str
    most: int


@dataclass(frozen=True)
class Kind:
    """Loại hoạt động: its group (of GROUPS) and the codes of the measures that it takes."""

    code: str
    label: str
    group: str
    measures: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """All of both, in the file's order; `fields` are fields of law to choose from, others may be typed."""

    kinds: Mapping[str, Kind]
    measures: Mapping[str, Measure]
    fields: tuple[str, ...]

    def code(self, written: str) -> str:
        """The kind that was meant by its code or its label, else `written` as it is."""
        if written in self.kinds:
            return written
        said = _words(written)
        names = {_words(one.code): one.code for one in self.kinds.values()}
        names |= {_words(one.label): one.code for one in self.kinds.values()}
        return names.get(said, written)

    def nearest(self, written: str) -> str:
        """The label that a slip most likely meant, else all of them."""
        labels, said = [one.label for one in self.kinds.values()], _words(written)
        begun = [label for label in labels if said and said in _words(label)]
        return nearest(written, labels) or "; ".join(begun or labels)

    def label(self, code: str) -> str:
        """Of a kind that has gone from the file: its code."""
        return self.kinds[code].label if code in self.kinds else code

    def measure(self, code: str) -> Measure:
        """Of one that has gone from the file: the code is its label."""
        return self.measures.get(code) or Measure(code, code, code, LARGEST_COUNT)


def read_catalogue(text: str, place: str) -> Catalogue:
    """Out of the file's text; raises UsageError naming `place` and what is wrong there."""
    try:
        told = tomllib.loads(normalise(text))
    except (ValueError, RecursionError) as error:
        raise _wrong(place, str(error).partition("\n")[0]) from None
    measures = {one.code: one for one in (_measure(part, place) for part in _parts(told, "so_lieu", place))}
    called = [{_words(one.code), _words(one.label)} for one in measures.values()]
    if len(set().union(*called)) < sum(map(len, called)):  # a column must not be two
        raise _wrong(place, say("activity.data_twice", key="so_lieu.ten"))
    kinds = {one.code: one for one in (_kind(part, measures, place) for part in _parts(told, "loai", place))}
    fields = told.get("linh_vuc", [])
    if not isinstance(fields, list) or len(fields) > 5 * MOST:
        raise _wrong(place, "linh_vuc")
    return Catalogue(kinds, measures, tuple(_label(one, "linh_vuc", place) for one in fields))


def _measure(told: Mapping[str, Any], place: str) -> Measure:
    most = told.get("nhieu_nhat", LARGEST_COUNT)
    if isinstance(most, bool) or not isinstance(most, int) or not 0 < most <= LARGEST_COUNT:
        raise _wrong(place, "so_lieu.nhieu_nhat")
    code, label = _code(told, "so_lieu", place), _label(told.get("ten"), "so_lieu.ten", place)
    headings = {catalogue(language)[f"activity.heading.{name}"] for language in LANGUAGES for name in FIELDS}
    if code in FIELDS or _words(label) in map(_words, headings):
        raise _wrong(place, say("activity.data_column", name=label))
    return Measure(code, label, _label(told.get("don_vi"), "so_lieu.don_vi", place), most)


def _kind(told: Mapping[str, Any], measures: Mapping[str, Measure], place: str) -> Kind:
    code, label = _code(told, "loai", place), _label(told.get("ten"), "loai.ten", place)
    if told.get("nhom") not in GROUPS:
        raise _wrong(place, f"loai {code}: nhom = {', '.join(GROUPS)}")
    taken = told.get("so_lieu", [])
    if not isinstance(taken, list) or any(one not in measures for one in map(str, taken)):
        raise _wrong(place, f"loai {code}: so_lieu = {', '.join(measures)}")
    return Kind(code, label, told["nhom"], tuple(dict.fromkeys(map(str, taken))))


def _parts(told: Mapping[str, Any], name: str, place: str) -> list[Mapping[str, Any]]:
    parts = told.get(name)
    if (
        not isinstance(parts, list)
        or not 0 < len(parts) <= MOST
        or not all(isinstance(p, dict) for p in parts)
    ):
        raise _wrong(place, f"[[{name}]]")
    for key in ("ma", "ten"):
        seen = [_words(str(part.get(key, ""))) for part in parts]
        if len(set(seen)) < len(seen):
            raise _wrong(place, say("activity.data_twice", key=f"{name}.{key}"))
    return parts


def _code(told: Mapping[str, Any], part: str, place: str) -> str:
    code = told.get("ma")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _wrong(place, f"{part}.ma")
    return code


def _label(told: object, key: str, place: str) -> str:
    if not isinstance(told, str) or not told.strip() or len(told) > LONGEST_LABEL or "\n" in told:
        raise _wrong(place, key)
    return " ".join(told.split())


def _wrong(place: str, why: str) -> UsageError:
    return UsageError("activity.data_wrong", file=place, why=why)


def _words(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", fold(normalise(text))).split())
