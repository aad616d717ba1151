"""From a plain text to the words that are said: nothing that a reader or a voice stumbles over is left."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from content.spoken import citing, quantities, shortforms, times
from content.spoken.notes import Notes
from content.spoken.numbers import cardinal, digits
from content.spoken.words import tables
from content.text import normalise

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
_ANOTHER = r"(?: ?\([^()\n]{1,40}\))?(?: ?[,;/] ?| (?:và|hoặc|hay) )(?:(?:gọi|số) )?1\d{2,5}(?!\w|[.,]\d)"
_HOTLINE = re.compile(
    r"(?P<head>(?<!\w)(?:gọi|số máy|các số|đường dây nóng|tổng đài|điện thoại|hotline|cấp cứu|cứu hỏa"
    r"|chữa cháy|cảnh sát|SĐT|ĐT)[ :]{1,3}(?:số[ :]{1,2})?)"
    rf"(?P<n>\d{{3,6}}(?!\w|[.,]\d)(?:{_ANOTHER}){{0,8}})",
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


@dataclass(frozen=True)
class Spoken:
    """`text` in words, line by line. `spelled`: abbreviations that no table knows, said letter by letter.
    `unsure`: pieces that can be read in more than one way, as they are written."""

    text: str
    spelled: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def spoken(text: str, own: Mapping[str, str] | None = None) -> Spoken:
    """Plain text (see `content.plain`) as people say it. `own`: a unit's abbreviations, before the others.

    No digit, no address, no known abbreviation is left. Pure; the same text gives the same words.
    """
    notes = Notes(own or {})
    text = normalise(text)
    for _, step in STEPS:
        text = step(text, notes)
    return Spoken(text, tuple(notes.spelled), tuple(notes.unsure))


def syllables(text: str) -> int:
    """How many syllables a spoken text has: Vietnamese writes a blank between any two."""
    return sum(any(one.isalpha() for one in word) for word in text.split())


def _without_pictures(text: str, notes: Notes) -> str:
    del notes
    return "".join(one for one in unicodedata.normalize("NFC", text) if not _is_picture(one))


def _one_blank(text: str, notes: Notes) -> str:
    del notes
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", re.sub(r"[^\S\n]+", " ", text)))


def _without_addresses(text: str, notes: Notes) -> str:
    del notes
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


def _phones(text: str, notes: Notes) -> str:
    del notes
    text = _PHONE.sub(lambda f: _phone(f[0]), text)
    return _HOTLINE.sub(
        lambda f: f["head"] + re.sub(r"\d+", lambda n: digits(n[0]), f["n"].replace("/", ", ")), text
    )


def _phone(written: str) -> str:
    groups = re.findall(r"\d+", written.replace("+84", "0"))
    if len(groups) > 1 and groups[0] == "0":
        groups[:2] = [groups[0] + groups[1]]
    if len(groups) == 1 and len(groups[0]) > 6:
        whole = groups[0]
        groups = [whole[:4], *(whole[at : at + 3] for at in range(4, len(whole), 3))]
    return ", ".join(digits(group) for group in groups)


def _bullets(text: str, notes: Notes) -> str:
    del notes
    return _BULLET.sub("", text)


def _romans(text: str, notes: Notes) -> str:
    del notes
    return _ROMAN_HEAD.sub(_roman_head, _ROMAN_AFTER.sub(_roman_after, text))


@lru_cache(maxsize=1)
def _roman_figures() -> dict[str, int]:
    tens = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return {tens[number // 10] + ones[number % 10]: number for number in range(1, 100)}


def _roman_after(found: re.Match[str]) -> str:
    number = _roman_figures().get(found["roman"])
    if number is None:
        return found[0]
    ordinal = found["head"].lower().startswith("thứ") and number in (1, 4)
    return found["head"] + ({1: "nhất", 4: "tư"}[number] if ordinal else cardinal(number))


def _roman_head(found: re.Match[str]) -> str:
    number = _roman_figures().get(found["roman"])
    return found[0] if number is None else f"Phần {cardinal(number)}. "


def _items(text: str, notes: Notes) -> str:
    del notes
    text = _NUMBERED.sub(lambda f: f"{cardinal(int(f['n'])).capitalize()}, ", text)
    return _INLINE_NUMBERED.sub(lambda f: f"{cardinal(int(f['n']))}, ", text)


def _citations(text: str, notes: Notes) -> str:
    del notes
    return citing.said(text)


def _tidy(text: str, notes: Notes) -> str:
    del notes
    text = re.sub(r" ?\n ?", "\n", re.sub(r"[^\S\n]+", " ", text))
    text = re.sub(r"\( ?\)", "", text)
    text = re.sub(r"(?<=[^\W\d_])[-–—]+(?=[^\W\d_])", " ", re.sub(r" [-–—]+ ", ", ", text))
    text = re.sub(r" ([,.;:!?)”])", r"\1", re.sub(r" {2,}", " ", text))
    text = re.sub(r",(?: ?,)+", ",", re.sub(r"([(“]) ", r"\1", text))
    lines = [line.strip(" ,-–—") for line in text.split("\n")]
    lines = [line[:1].upper() + line[1:] for line in lines if not line or re.search(r"\w", line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


STEPS: tuple[tuple[str, Callable[[str, Notes], str]], ...] = (
    ("pictures", _without_pictures),  # leave blanks behind
    ("blanks", _one_blank),  # all that follows looks for one blank, and takes long over many
    ("addresses", _without_addresses),  # hold strokes, dots and digits of every kind
    ("blanks again", _one_blank),  # hashtags leave some
    ("own short forms with digits", shortforms.own_with_digits),  # NVH5, before its 5 is a number
    ("bullets", _bullets),  # a dash at the head of a line is neither minus nor a range
    ("citations", _citations),  # 168/2024/NĐ-CP, before its parts are a share or a month
    ("codes", quantities.codes),  # say what they are; the head of one may look like a phone
    ("phones", _phones),  # before whatever is a number
    ("groups", quantities.groups),  # 1 000 000, behind the phones, which have groups too
    ("ranges", quantities.ranges),  # compare figures, so before any of them is in words
    ("Roman figures", _romans),
    ("times", times.said),  # days before shares and strokes
    ("items", _items),  # behind the days: "1.11." opens no list
    ("small short forms", shortforms.small),  # đ/c, before the đ is a unit and the stroke a rate
    ("quantities", quantities.said),  # the last that see digits
    ("short forms", shortforms.said),  # behind the units: m, l, g are no letters to be spelled
    ("tidy", _tidy),
)
"""In this order: each step trusts those before it."""
