"""From a plain text to the words that are said: nothing that a reader or a voice stumbles over is left."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from content.spoken import citing, times
from content.spoken.numbers import LARGEST, cardinal, digits
from content.spoken.words import alternatives, tables
from content.text import fold, normalise

_ADDRESS = re.compile(r"\(\s*(?:https?://|www\.)[^\s<>()]+\s*\)|(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)]",
                      re.IGNORECASE)  # fmt: skip
_HOST = re.compile(
    r"(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,5}(?:vn|com|org|net|edu|info|gov|io|me|asia)(?:/[^\s)]*)?(?!\w)",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_HASHTAG = re.compile(r"(?<!\w)#\w+")
_PHONE = re.compile(
    r"(?<![\w.,/])(?:\+84[ .]?|\(0\d{1,3}\)[ .-]?|0)\d(?:[ .-]?\d){6,9}(?![\w/]|[.,]\d)"
    r"|(?<![\w.,/])1[89]00(?:[ .-]?\d){4,6}(?![\w/])"
)
_HOTLINE = re.compile(
    r"(?P<head>(?<!\w)(?:gọi|số máy|đường dây nóng|tổng đài|điện thoại|hotline|SĐT|ĐT)[\s:]{1,3}"
    r"(?:số[\s:]{1,2})?)"
    r"(?P<n>\d{3,6})(?!\w|[.,]\d)",
    re.IGNORECASE,
)
_ROMAN_AFTER = re.compile(
    r"(?<!\w)(?P<head>(?:khóa|khoá|chương|mục|phần|quý|đại hội|thứ|thế kỷ|kỳ họp|hạng|loại|vùng|nhóm|cấp|bậc"
    r"|tập|quyển|phụ lục|bảng|đợt|giai đoạn|lớp|học kỳ|tuyến|khu vực)\s+)(?P<roman>[IVXLC]{1,8})(?!\w)",
    re.IGNORECASE,
)
_ROMAN_HEAD = re.compile(r"^\s*(?P<roman>[IVXL]{1,6})\s?[.)/]\s+", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*[•*+◦▪–—-]+[ \t]+|^\s*—{2,}\s*$", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*(?P<n>\d{1,2})[.)][ \t]+", re.MULTILINE)
_INLINE_NUMBERED = re.compile(r"(?<![\w(])(?P<n>\d{1,2})\)\s")
_LONE_SHORT = re.compile(
    r"\s*\((?:(?:sau đây )?(?:gọi|viết) tắt là:?\s+)?[\"“]?(?P<short>[A-ZĐƯƠ&-]{2,12})[\"”]?\)"
)
_PLACE = re.compile(r"(?<!\w)(TP|TX|TT|Q|P)\.(?=[A-ZĐ])")
_NUM = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+|\d+"
_RANGE = re.compile(rf"(?<![\w.,/])(?P<a>{_NUM})(?P<sign>%?)\s?[-–—]\s?(?P<b>{_NUM})(?![/\d])")
_SHARE = re.compile(rf"(?<![\d/])(?P<a>{_NUM})\s?/\s?(?P<b>{_NUM})(?!\d|/)")
_MINUS = re.compile(r"(?<![\w)])[-−](?=\d)")
_NUMBER = re.compile(_NUM)
_POWER = re.compile(r"(?<!\w)[kc]?m[²³](?!\w)")
_CAPITALS = re.compile(r"(?<!\w)[A-ZĐĂÂÊÔƠƯ]{2,6}(?!\w)")
_ONSET = r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvxzfjw])?"
_WORD = re.compile(rf"(?:{_ONSET}[aeiouy]{{1,3}}(?:ch|ng|nh|[cmnpt])?)+")


@dataclass(frozen=True)
class Spoken:
    """`text` in words, line by line. `spelled`: abbreviations that no table knows, said letter by letter."""

    text: str
    spelled: tuple[str, ...] = ()


def spoken(text: str, own: Mapping[str, str] | None = None) -> Spoken:
    """Plain text (see `content.plain`) as people say it. `own`: a unit's abbreviations, before the others.

    No digit, no address, no known abbreviation is left. Pure; the same text gives the same words.
    """
    short = {**tables()["abbreviations"], **(own or {})}
    text = normalise(text).replace("\u00a0", " ")
    text = _without_addresses(text)
    if numbered := {key: said for key, said in (own or {}).items() if re.search(r"\d", key)}:  # NVH5
        text = re.sub(rf"(?<!\w)(?:{alternatives(numbered)})(?!\w)", lambda f: numbered[f[0]], text)
    text = citing.said(text)
    text = "".join(one for one in unicodedata.normalize("NFC", text) if not _is_picture(one))
    text = _PHONE.sub(lambda f: _phone(f[0]), text)
    text = _HOTLINE.sub(lambda f: f["head"] + digits(f["n"]), text)
    text = _ROMAN_AFTER.sub(_roman_after, text)
    text = _ROMAN_HEAD.sub(_roman_head, text)
    text = times.said(_BULLET.sub("", text))
    text = _NUMBERED.sub(lambda f: f"{cardinal(int(f['n'])).capitalize()}, ", text)
    text = _INLINE_NUMBERED.sub(lambda f: f"{cardinal(int(f['n']))}, ", text)
    text = _numbers(text)
    text, spelled = _short_forms(text, short)
    return Spoken(_tidy(text), spelled)


def syllables(text: str) -> int:
    """How many syllables a spoken text has: Vietnamese writes a blank between any two."""
    return sum(any(one.isalpha() for one in word) for word in text.split())


def _without_addresses(text: str) -> str:
    phrases = tables()["phrases"]
    text = _EMAIL.sub(phrases["email"], text)
    text = _ADDRESS.sub(lambda f: "" if f[0].startswith("(") else phrases["address"], text)
    text = _HOST.sub(phrases["address"], text)
    return _HASHTAG.sub("", text)


def _is_picture(letter: str) -> bool:
    if letter in tables()["signs"] or letter in "₫%‰°º":
        return False
    kind = unicodedata.category(letter)
    return kind in ("So", "Sk", "Cf", "Co", "Cn", "Cs") or "\ufe00" <= letter <= "\ufe0f"


def _phone(written: str) -> str:
    groups = re.findall(r"\d+", written.replace("+84", "0"))
    if len(groups) > 1 and groups[0] == "0":
        groups[:2] = [groups[0] + groups[1]]
    if len(groups) == 1 and len(groups[0]) > 6:
        whole = groups[0]
        groups = [whole[:4], *(whole[at : at + 3] for at in range(4, len(whole), 3))]
    return ", ".join(digits(group) for group in groups)


@lru_cache(maxsize=1)
def _romans() -> dict[str, int]:
    tens = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return {tens[number // 10] + ones[number % 10]: number for number in range(1, 100)}


def _roman_after(found: re.Match[str]) -> str:
    number = _romans().get(found["roman"])
    if number is None:
        return found[0]
    ordinal = found["head"].lower().startswith("thứ") and number in (1, 4)
    return found["head"] + ({1: "nhất", 4: "tư"}[number] if ordinal else cardinal(number))


def _roman_head(found: re.Match[str]) -> str:
    number = _romans().get(found["roman"])
    return found[0] if number is None else f"Phần {cardinal(number)}. "


def _numbers(text: str) -> str:
    units = tables()["units"]
    behind = re.compile(rf"(?P<n>(?<!\d)(?:{_NUM}))\s?(?P<unit>{alternatives(units)})(?!\w|[²³])")
    text = _MINUS.sub("âm ", _RANGE.sub(lambda f: f"{f['a']}{f['sign']} đến {f['b']}", text))
    text = behind.sub(lambda f: f"{f['n']} {units[f['unit']]}", text)
    text = _POWER.sub(lambda f: units[f[0]], text)
    text = _SHARE.sub(_share, text)
    text = re.sub(r"(?<=\d)\s?h(?!\w)", " giờ", text)
    text = unicodedata.normalize(
        "NFC", re.sub("[²³¹⁰⁴-⁹₀-₉①-⑳]", lambda f: f" {unicodedata.normalize('NFKC', f[0])}", text)
    )
    text = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", text)
    text = re.sub(r"(?<=\d)\.(?=\d{1,2}(?!\d))", " chấm ", text)
    text = _NUMBER.sub(lambda f: f" {_number(f[0])} ", text)
    return re.sub(r"\d", lambda f: f" {digits(f[0])} ", re.sub(r"\d+", lambda f: f" {_other(f[0])} ", text))


def _share(found: re.Match[str]) -> str:
    a, b = found["a"], found["b"]
    small = a.isdigit() and b.isdigit() and int(a) < int(b) <= 10
    return f"{a} phần {b}" if small else f"{a} trên {b}"


def _number(written: str) -> str:
    whole, _, part = written.replace(".", "").partition(",")
    if (len(whole) > 2 and whole.startswith("0")) or int(whole) >= LARGEST:
        said = digits(whole)
    else:
        said = cardinal(int(whole))
    if part:
        said += " phẩy " + (digits(part) if part.startswith("0") or len(part) > 2 else cardinal(int(part)))
    return said


def _other(written: str) -> str:
    """Digits of another script: each has a value too."""
    return digits("".join(str(unicodedata.digit(one)) for one in written))


def _short_forms(text: str, short: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    words, signs, letters = tables()["words"], tables()["signs"], tables()["letters"]
    text = _PLACE.sub(r"\1. ", _LONE_SHORT.sub("", text))  # behind the words that it stands for
    text = re.sub(
        rf"(?<![\w.])(?:{alternatives(words)})(?!\w)",
        lambda f: words[f[0].lower()],
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(rf"(?<!\w)(?:{alternatives(short)})(?!\w)\.?(?=\s|\W|$)",
                  lambda f: _expanded(f, short), text)  # fmt: skip
    spelled: dict[str, None] = {}

    def spell(found: re.Match[str]) -> str:
        if _WORD.fullmatch(fold(found[0])):
            return found[0]  # a word in capitals
        spelled[found[0]] = None
        return " ".join(letters[one] for one in found[0])

    text = _CAPITALS.sub(spell, text)
    for sign, said in signs.items():
        text = text.replace(sign, f" {said} ")
    text = re.sub(r"(?<=[^\W\d_])\s?/\s?(?=[^\W\d_])", " hoặc ", text)
    text = re.sub(r"\s?\|\s?", ", ", text)
    return re.sub(r"[/\\_~^`@#*\[\]{}]", " ", text), tuple(spelled)


def _expanded(found: re.Match[str], short: Mapping[str, str]) -> str:
    """A full stop behind `TP.` belongs to it, one behind a sentence stays."""
    written = found[0].rstrip(".")
    return short[written] + ("." if found[0] != written and written not in ("TP", "TX") else "")


def _tidy(text: str) -> str:
    text = re.sub(r"\(\s*\)", "", text)
    text = re.sub(r"\s+[-–—]+\s+", ", ", text)
    text = re.sub(r"(?<=[^\W\d_])[-–—]+(?=[^\W\d_])", " ", text)
    text = re.sub(r"[ \t]+([,.;:!?)”])", r"\1", re.sub(r"[ \t]+", " ", text))
    text = re.sub(r",(?:\s?,)+", ",", re.sub(r"([(“])\s+", r"\1", text))
    lines = [line.strip(" ,") for line in text.split("\n")]
    lines = [line[:1].upper() + line[1:] for line in lines if not line or re.search(r"\w", line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
