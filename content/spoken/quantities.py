"""Numbers with what is counted: from … to …, units, `a` for each `b`, shares, codes that are no numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from content.spoken.days import before_count
from content.spoken.notes import Notes
from content.spoken.numbers import LARGEST, cardinal, digits
from content.spoken.words import alternatives, any_of, tables

NUM = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+|\d+"
_FREE = r"(?<![\w.,/])"
_WORD = r"[^\W\d_]+"
_FIGURE = r"\d{1,4}|[IVXL]{1,6}|[a-zđ](?!\w)"

# -- ranges: before anything that changes a number or a Roman figure ---------------------------------
_SAME_HEAD = re.compile(
    rf"(?<!\w)(?P<head>{_WORD}(?: {_WORD}){{0,3}} )(?P<a>{_FIGURE}) ?[-–—] ?"
    rf"(?=(?P=head)(?P<b>{_FIGURE})(?!\w))",
    re.IGNORECASE,
)
_SAME_TAIL = re.compile(
    rf"{_FREE}(?P<a>{NUM}) ?(?P<tail>{_WORD}|%)(?P<more>(?: {_WORD}){{0,2}}) ?[-–—] ?"
    rf"(?=(?:{NUM}) ?(?P=tail)(?!\w))",
    re.IGNORECASE,
)
_FROM_TO = re.compile(
    rf"(?<!\w)(?P<a>từ (?:{_WORD} ){{0,2}}(?:{NUM})%?(?: ?{_WORD}){{0,4}}) [-–—] (?=(?:{_WORD} )?\d)",
    re.IGNORECASE,
)
_MIXED_TAIL = re.compile(
    rf"{_FREE}(?P<a>(?:{NUM}) ?(?:(?P<money>nghìn|ngàn|triệu|tỷ)(?: đồng)?"
    r"|(?P<hour>phút|giờ)|(?P<day>ngày|tuần|tháng|năm))) ?[-–—] ?"
    rf"(?=(?:{NUM}) ?(?:(?(money)(?:nghìn|ngàn|triệu|tỷ)"
    r"|(?(hour)(?:phút|giờ)|(?:ngày|tuần|tháng|năm)))(?!\w)))",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?<!\w)(?:tổ|thôn|lớp|khu|ấp|bản|đội|nhóm|phòng|xóm|đợt|bài|phần|mục|cụm|trường) $", re.IGNORECASE
)
_CLOCKS = re.compile(
    rf"{_FREE}(?P<a>\d{{1,2}} ?(?:giờ|h) ?[0-5]\d(?: phút)?) ?[-–—] ?(?=\d{{1,2}} ?(?:giờ|h))", re.IGNORECASE
)
_WEEKDAY = r"(?:thứ (?:[2-7]|hai|ba|tư|năm|sáu|bảy)|chủ nhật)"
_WEEKDAYS = re.compile(rf"(?<!\w)(?P<a>{_WEEKDAY}) ?[-–—] ?(?={_WEEKDAY}(?!\w))", re.IGNORECASE)
_RANGE = re.compile(rf"{_FREE}(?P<a>{NUM})(?P<sign>%?)(?P<dash> ?[-–—] ?)(?P<b>{NUM})(?![/\d])")

# -- codes -----------------------------------------------------------------------------------
_CODE = re.compile(
    r"(?<!\w)(?P<head>(?:tài khoản|STK|CCCD|CMND|căn cước(?: công dân)?|định danh(?: cá nhân)?"
    r"|mã số(?: thuế)?|MST|mã hồ sơ|mã vạch|mã bưu (?:chính|điện)|mã OTP|số thẻ|sê-ri|seri)"
    r"(?: (?:số|là))?[ :]{1,2})"
    r"(?P<n>\d(?:[ .-]?\d){2,30})(?!\w|[.,]\d)",
    re.IGNORECASE,
)
_LONG = re.compile(r"(?<![\d.,/-])\d{10,30}(?![\w/%]|[.,]\d)")
_BLANKS = re.compile(rf"{_FREE}(?<!\d )(?P<n>[1-9]\d{{0,2}}(?: \d{{3}})+)(?![\d/]|[.,]\d| \d)")

# -- strokes -------------------------------------------------------------------------------------------
_STROKE = re.compile(r" ?/ ?")
_LEFT = re.compile(rf"(?:{NUM})(?P<words>(?: {_WORD}){{0,6}})$")
_ONLY_WORDS = re.compile(rf"{_WORD}(?: {_WORD}){{0,3}}")
_BIG = ("trăm", "nghìn", "ngàn", "triệu", "tỷ", "tỉ")
_AROUND = 60

_SHARE = re.compile(rf"(?<![\d/])(?P<a>{NUM}) ?/ ?(?P<b>{NUM})(?!\d|/)")
_MINUS = re.compile(r"(?<![\w)])[-−](?=\d)")
_POWER = re.compile(r"(?<!\w)[kc]?m[²³](?!\w)")
_SMALL_SHARE = 10


def ranges(text: str, notes: Notes) -> str:
    """The dash between two of a kind becomes `đến`."""
    del notes
    text = _SAME_HEAD.sub(lambda f: f"{f['head']}{f['a']} đến " if _rises(f["a"], f["b"]) else f[0], text)
    text = _SAME_TAIL.sub(lambda f: re.sub(r" ?[-–—] ?$", " đến ", f[0]), text)
    text = _CLOCKS.sub(lambda f: f"{f['a']} đến ", text)
    text = _MIXED_TAIL.sub(lambda f: f"{f['a']} đến ", text)
    text = _FROM_TO.sub(lambda f: f"{f['a']} đến ", text)
    return _WEEKDAYS.sub(lambda f: f"{f['a']} đến ", text)


def codes(text: str, notes: Notes) -> str:
    """What is called an account, a card, a code: digit by digit."""
    del notes
    return _CODE.sub(lambda f: f"{f['head']}{code(f['n'])}", text)


def groups(text: str, notes: Notes) -> str:
    """`1 000 000` in one piece; what is too long to be a number digit by digit."""
    del notes
    text = _LONG.sub(lambda f: f[0] if _unit_behind(text, f.end()) else code(f[0]), text)

    def joined(found: re.Match[str]) -> str:
        alone = not text[found.end() : found.end() + 1].isalpha()
        sure = (alone and found["n"].count(" ") > 1) or _unit_behind(text, found.end())
        return found["n"].replace(" ", ".") if sure else found[0]

    return _BLANKS.sub(joined, text)


def code(written: str) -> str:
    """Digit by digit, with a breath where it is written in groups, else after every third."""
    groups = re.findall(r"\d+", written)
    if len(groups) == 1:
        groups = re.findall(r"\d{1,3}", groups[0])
    return ", ".join(digits(group) for group in groups)


def said(text: str, notes: Notes) -> str:
    """Every number that is left, in words. Units go before the strokes, strokes before the shares."""
    units = tables()["units"]
    text = _MINUS.sub("âm ", _RANGE.sub(lambda f: _range(f, notes), text))
    text = _with_unit().sub(lambda f: f"{f['n']} {units[f['unit']]}", text)
    text = _strokes(text, notes)
    text = _POWER.sub(lambda f: units[f[0]], text)
    text = _SHARE.sub(_share, text)
    text = re.sub(r"(?<=\d) ?/ ?(?=\d)", " trên ", text)
    text = re.sub(r"(?<=\d) ?h(?!\w)", " giờ", text)
    text = unicodedata.normalize(
        "NFC", re.sub("[²³¹⁰⁴-⁹₀-₉①-⑳]", lambda f: f" {unicodedata.normalize('NFKC', f[0])}", text)
    )
    text = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", text)
    text = re.sub(r"(?<=\d)\.(?=\d{1,2}(?!\d))", " chấm ", text)
    text = re.sub(NUM, lambda f: f" {_number(f[0])} ", text)
    return re.sub(r"\d", lambda f: f" {digits(f[0])} ", re.sub(r"\d+", lambda f: f" {_other(f[0])} ", text))


@lru_cache(maxsize=1)
def _with_unit() -> re.Pattern[str]:
    return re.compile(rf"(?P<n>(?<!\d)(?:{NUM}))\s?(?P<unit>{alternatives(tables()['units'])})(?!\w|[²³])")


@lru_cache(maxsize=1)
def _unit() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(tables()['units'])})(?![\w²³])")


@lru_cache(maxsize=2)
def _per(which: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(tables()['rates'][which])})(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=1)
def _measures() -> tuple[str, ...]:
    """All units in words: what is counted by one is a rate in front of a stroke."""
    return (*tables()["units"].values(), *_BIG, "lít", "tấn", "tạ", "yến")


def _unit_behind(text: str, at: int) -> bool:
    return re.match(r" ?(?:đồng|triệu|nghìn|đ|₫|VNĐ|VND|USD)(?!\w)", text[at : at + 8]) is not None


def _value(written: str) -> float:
    return float(written.replace(".", "").replace(",", ".")) if written[0].isdigit() else 0


def _rises(a: str, b: str) -> bool:
    """Whether it is from one to a later one; what is no number in both places is believed."""
    return int(a) < int(b) if a.isdecimal() and b.isdecimal() else a.isdecimal() == b.isdecimal()


def _range(found: re.Match[str], notes: Notes) -> str:
    a, b, dash = found["a"], found["b"], found["dash"]
    before, behind = (
        found.string[max(0, found.start() - 12) : found.start()],
        found.string[found.end() : found.end() + 40],
    )
    if " " in dash and _LABEL.search(before) and before_count(behind):  # Tổ 5 - 30 hộ
        notes.doubt(f"{before.split()[-1]} {found[0]}{behind.split(',')[0][:12].rstrip()}")
        return f"{a}{found['sign']}, {b}"
    if _value(a) < _value(b):
        return f"{a}{found['sign']} đến {b}"
    if " " not in dash:  # a score, a house, a file: nobody knows
        notes.doubt(found[0])
    return f"{a}{found['sign']}, {b}"


def _strokes(text: str, notes: Notes) -> str:
    """`/` beside a quantity: trên before a number, một before what it is counted for."""
    parts, end, counted = [], 0, False
    for found in _STROKE.finditer(text):
        before = text[max(0, found.start() - _AROUND) : found.start()]
        between = text[end : found.start()]
        counted = counted and _ONLY_WORDS.fullmatch(between) is not None
        behind = text[found.end() : found.end() + _AROUND]
        words, taken = _stroke(before, behind, counted, notes)
        if words is None:
            continue
        parts += [between, words]
        end = found.end() + taken
        counted = words in (" một ", " mỗi ") or taken > 0
    return "".join([*parts, text[end:]])


def _stroke(before: str, behind: str, counted: bool, notes: Notes) -> tuple[str | None, int]:
    """What is said for one stroke and how many letters behind it that takes; None where others decide."""
    left = _LEFT.search(before)
    if not (left or counted) or not behind[:1].strip():
        return None, 0
    names = left["words"].split() if left else []
    if behind[0].isdigit():
        return (" trên ", 0) if names or counted else (None, 0)
    if not behind[0].isalpha():
        return None, 0
    last = names[-1].lower() if names else ""
    per = _per("times").match(behind)
    if last in tables()["rates"]["each"]:
        per = per or _per("others").match(behind) or _unit().match(behind)
    measured = " ".join(names).startswith(_measures())
    if measured:
        per = per or _per("others").match(behind) or _unit().match(behind)
    measure = measured and " ".join(names).endswith(_measures())
    if re.match(r"(?:một|mỗi) ", behind, re.IGNORECASE) and (names or counted):
        return " ", 0
    if counted or measure or (names and per):
        each = " mỗi " if last in _BIG else " một "
        unit = _unit().match(behind)
        return (f"{each}{tables()['units'][unit[0]]}", unit.end()) if unit else (each, 0)
    if not names and per:
        return (" " if re.match(r" \d", behind[per.end() :]) else " mỗi "), 0
    if len(names) > 2 and not measured:  # the number is something else's: Điều 5 quy định xã/phường
        return None, 0
    first = re.match(_WORD, behind)
    if names or not (first and first[0].isupper()):
        notes.doubt(f"{before[left.start() :] if left else before}/{first[0] if first else ''}")
    return ", ", 0


def _share(found: re.Match[str]) -> str:
    a, b = found["a"], found["b"]
    small = len(a) < 3 and len(b) < 3 and int(a) < int(b) <= _SMALL_SHARE
    return f"{a} phần {b}" if small else f"{a} trên {b}"


def _number(written: str) -> str:
    whole, _, part = written.replace(".", "").partition(",")
    if (len(whole) > 2 and whole.startswith("0")) or len(whole) > len(str(LARGEST - 1)):
        said = digits(whole)
    else:
        said = cardinal(int(whole))
    if part:
        said += " phẩy " + (digits(part) if part.startswith("0") or len(part) > 2 else cardinal(int(part)))
    return said


def _other(written: str) -> str:
    """Digits of another script: each has a value too."""
    return digits("".join(str(unicodedata.digit(one)) for one in written))
