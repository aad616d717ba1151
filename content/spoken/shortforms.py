"""What is written short: Ủy ban nhân dân for UBND, letters by their names for what no table knows, signs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from content.spoken.notes import Notes
from content.spoken.words import alternatives, tables
from content.text import fold

_LONE_SHORT = re.compile(
    r"\s*\((?:(?:sau đây )?(?:gọi|viết) tắt là:?\s+)?[\"“]?(?P<short>[A-ZĐƯƠ&-]{2,12})[\"”]?\)"
)
_PLACE = re.compile(r"(?<!\w)(TP|TX|TT|Q|P)\.(?=[A-ZĐ])")
_AND = re.compile(r"(?<=[A-ZĐ]) ?& ?(?=[A-ZĐ])")
_CAPITALS = re.compile(r"(?<!\w)[A-ZĐĂÂÊÔƠƯ]{2,6}(?!\w)")
_ONSET = r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvxzfjw])?"
_WORD = re.compile(rf"(?:{_ONSET}[aeiouy]{{1,3}}(?:ch|ng|nh|[cmnpt])?)+")


def own_with_digits(text: str, notes: Notes) -> str:
    """A unit's short forms that hold a digit (NVH5)."""
    numbered = {key: said for key, said in notes.own.items() if re.search(r"\d", key)}
    if not numbered:
        return text
    return re.sub(rf"(?<!\w)(?:{alternatives(numbered)})(?!\w)", lambda f: numbered[f[0]], text)


def small(text: str, notes: Notes) -> str:
    """Those written small: đ/c, tp., v.v."""
    del notes
    words = tables()["words"]
    text = _PLACE.sub(r"\1. ", _LONE_SHORT.sub("", text))  # behind the words that it stands for
    return _small().sub(lambda f: words[f[0].lower()], text)


def said(text: str, notes: Notes) -> str:
    """Those in capitals, what has to be spelled, and every sign."""
    short = {**tables()["abbreviations"], **notes.own}
    letters, signs, several = tables()["letters"], tables()["signs"], tables()["several"]["words"]

    def expand(found: re.Match[str]) -> str:
        written = found[0].rstrip(".")
        if written in several and written not in notes.own:
            notes.doubt(written)
        return _expanded(found[0], written, short)

    def spell(found: re.Match[str]) -> str:
        if _WORD.fullmatch(fold(found[0])):
            return found[0]  # a word in capitals
        notes.spelled[found[0]] = None
        return " ".join(letters[one] for one in found[0])

    for sign in filter(str.isalnum, signs):  # ½ would hide the word behind it
        text = text.replace(sign, f" {signs[sign]} ")
    text = _AND.sub("&", text)
    text = re.sub(rf"(?<!\w)(?:{alternatives(short)})(?!\w)\.?(?=\s|\W|$)", expand, text)
    text = _CAPITALS.sub(spell, text)
    for sign, words in signs.items():
        text = text.replace(sign, f" {words} ")
    text = re.sub(r"(?<=[^\W\d_])\s?/\s?(?=[^\W\d_])", " hoặc ", text)
    text = re.sub(r"\s?\|\s?", ", ", text)
    return re.sub(r"[/\\_~^`@#*\[\]{}]", " ", text)


@lru_cache(maxsize=1)
def _small() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?:{alternatives(tables()['words'])})(?!\w)", re.IGNORECASE)


def _expanded(found: str, written: str, short: Mapping[str, str]) -> str:
    """A full stop behind `TP.` belongs to it, one behind a sentence stays."""
    return short[written] + ("." if found != written and written not in ("TP", "TX") else "")
