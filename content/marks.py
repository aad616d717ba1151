"""What must not slip out with a text: secrecy marks, personal data, unfilled slots, names that are gone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from content.text import fold, slug

_SECRET = {
    "MẬT",
    "TỐI MẬT",
    "TUYỆT MẬT",
    "ĐỘ MẬT",
    "NỘI BỘ",
    "LƯU HÀNH NỘI BỘ",
    "TÀI LIỆU NỘI BỘ",
    "TÀI LIỆU LƯU HÀNH NỘI BỘ",
    "KHÔNG PHỔ BIẾN",
}
_SECRET_NAMES = ("luu-hanh-noi-bo", "tai-lieu-noi-bo", "tuyet-mat", "toi-mat")
_LETTER = re.compile(r"[^\W_]")

_ADDRESS = re.compile(r"https?://\S+")
_GAP = r"[ .\-]?"
# Citizen number: province code 001-096, then nine digits. Mobile: the prefixes in use since 2018.
_CITIZEN = re.compile(rf"(?<![\w.,])0\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}(?!\w)", re.ASCII)
_MOBILE = re.compile(
    rf"(?<![\w.,])(?:\(?\+?84\)?{_GAP}|0)[35789]\d{_GAP}\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{2}}(?!\w)"
    rf"|(?<![\w.,])(?:\(?\+?84\)?{_GAP}|0)[35789](?:{_GAP}\d){{8}}(?!\w)",
    re.ASCII,
)
# 29A-123.45, 36-B5 123.45; province codes begin at 11. With a blank between, four digits may be a year.
_PLATE = re.compile(
    r"(?<![\w/.-])[1-9]\d\s?-?\s?[A-Z]{1,2}\d?"
    r"(?:\s?-\s?\d{4}|\s?[- ]\s?(?:\d{3}\.\d{2}|\d{5}))(?![\w/]|\.\d)",
    re.ASCII,
)
_SLOT = re.compile(r"\{\{[^{}\n]{0,80}\}\}|\{[^{}\n]{0,80}\}")
# Districts and townships ended on 01/07/2025; a name after the word means a place, not the idea.
_FORMER = re.compile(r"(?<!\w)(?:[Hh]uyện|[Tt]hị trấn|[Tt]hị xã)\s+(?P<name>[^\W\d_]+)")
_SAID_TO_BE_GONE = re.compile(r"\s*\(?\s*(?:cũ|trước đây|trước sáp nhập|nay là)(?!\w)")


@dataclass(frozen=True)
class Mark:
    """Something found in a text: the rule it breaks, the line counted from 0, the words to show."""

    rule: str
    line: int
    words: str


def marks(text: str) -> Iterator[Mark]:
    """Everything remarkable in a text, line by line. Personal data are shown by their last digits only."""
    for number, line in enumerate(text.split("\n")):
        bare = " ".join(_core(line).split())
        if bare in _SECRET:
            yield Mark("secret_mark", number, bare)
        for slot in _SLOT.finditer(line):
            yield Mark("slot_unfilled", number, slot[0])
        for name in _FORMER.finditer(line):
            if name["name"][0].isupper():
                yield Mark("former_unit", number, name[0])
        for province in _former_provinces()[0].finditer(line):
            if not _SAID_TO_BE_GONE.match(line, province.end()):
                today = _former_provinces()[1][province["name"]]
                yield Mark("former_unit", number, f"{province[0]} (→ {today})")
        rest = _ADDRESS.sub(" ", line)
        for citizen in _CITIZEN.finditer(rest):
            yield Mark("citizen_number", number, _hidden(citizen[0]))
        for mobile in _MOBILE.finditer(_CITIZEN.sub(" ", rest)):
            yield Mark("mobile_number", number, _hidden(mobile[0]))
        for plate in _PLATE.finditer(rest):
            yield Mark("plate_number", number, _hidden(plate[0]))


@lru_cache(maxsize=1)
def _former_provinces() -> tuple[re.Pattern[str], dict[str, str]]:
    """Only after the word "tỉnh": Hòa Bình is peace as well, and Thái Bình a commune in many places."""
    table = tomllib.loads(resources.files(__package__).joinpath("former_units.toml").read_text("utf-8"))
    today = {old: new for row in table["province"] for new, olds in row["now"].items() for old in olds}
    names = "|".join(sorted(map(re.escape, today), key=len, reverse=True))
    return re.compile(rf"(?<!\w)[Tt]ỉnh\s+(?P<name>{names})(?!\w)"), today


def secret_name(file: str) -> str | None:
    """The secrecy words in a file's name, folded, or None."""
    name = f"-{slug(fold(file), longest=200)}-"
    return next((words for words in _SECRET_NAMES if f"-{words}-" in name), None)


def _core(line: str) -> str:
    """From the first letter or digit to the last."""
    first = _LETTER.search(line)
    last = _LETTER.search(line[::-1])  # `[\W_]+$` would begin anew at every blank of a long line
    return line[first.start() : len(line) - last.start()] if first and last else ""


def _hidden(found: str) -> str:
    digits = re.sub(r"\D", "", found, flags=re.ASCII)
    return "…" + digits[-3:]
