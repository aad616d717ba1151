"""`3/2`: a day, a share, or the number of a house. What stands around it decides, and where nothing does the
written form is said as it is (ba trên hai) and the approver is told."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass

from content.spoken.notes import Notes
from content.spoken.numbers import cardinal
from content.spoken.words import any_of, tables

_ONE = r"\d{1,2}/\d{1,2}(?![\w/]|[.,]\d)"
_JOIN = r"(?: ?[-–—,;] ?| (?:và|đến|tới|hoặc) (?:hết )?)(?:ngày )?"
_CHAIN = re.compile(rf"(?<![\w/.,]){_ONE}(?:{_JOIN}{_ONE})*", re.IGNORECASE)
_PIECE = re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})")
_DAY_WORD = re.compile(
    r"(?<!mỗi )(?<!một )(?<!hằng )(?<!hàng )(?<!\d )(?<!\w)"
    r"(?:ngày|sáng|trưa|chiều|tối|đêm|hôm|nay|mai|mùng|mồng|chủ nhật"
    r"|thứ (?:[2-7]|hai|ba|tư|năm|sáu|bảy))"
    r"(?:,? ?\(| ?[,:])? ?$",
    re.IGNORECASE,
)
_SAID_BEFORE = re.compile(r"ngày [^\d,.;\n]{4,90} (?:đến|tới|và|[-–—]) (?:hết )?$")
_SAID_BEHIND = re.compile(r" ?(?:đến|tới|và|[-–—]) (?:hết )?ngày (?:mùng|mười|hai mươi|ba mươi)")
_PLACE = re.compile(
    r"(?<!\w)(?:số|ngõ|ngách|hẻm|kiệt|tổ|nhà|lô|thửa|lớp|phòng|căn|tờ|tỷ lệ|tỉ lệ"
    r"|tỷ số|tỉ số|hộp thư)[ :]{1,2}$",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(?<!\w)(?:đường|phố|quảng trường|công viên|trường|cầu|chợ|đại lộ|khu phố|khu) $", re.IGNORECASE
)
_SHARE_WORD = re.compile(
    r"(?<!\w)(?:giảm|tăng|bằng|chiếm|khoảng|gần|hơn|quá|ít nhất|tối thiểu|tối đa|đạt|còn|đủ|trên|dưới"
    r"|thêm|bớt|hoàn thành|mất|góp|thu|gấp)(?: từ| được| thêm| đi)? $",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"(?<!\w)(?:từ|đến|tới|trước|sau|hạn|hết|vào|dịp|lễ|cuối|tính đến|kể từ|chậm nhất|muộn nhất)[ :]{1,2}$",
    re.IGNORECASE,
)
_AROUND = 110


@dataclass(frozen=True)
class _Day:
    d: int
    m: int
    zeros: bool
    written: str

    @property
    def real(self) -> bool:
        return is_day(self.d, self.m)

    @property
    def known(self) -> bool:
        return self.written in tables()["dates"]["known"]

    @property
    def literal(self) -> str:
        return f"{cardinal(self.d)} trên {cardinal(self.m)}"


def said(text: str, notes: Notes) -> str:
    """The days without a year in words; shares stay as they are written."""

    def chain(found: re.Match[str]) -> str:
        before = text[max(0, found.start() - _AROUND) : found.start()]
        return _chain(found[0], before, text[found.end() : found.end() + _AROUND], notes)

    return _CHAIN.sub(chain, text)


def day(number: int) -> str:
    return f"mùng {cardinal(number)}" if number <= 10 else cardinal(number)


def month(number: int) -> str:
    return "tư" if number == 4 else cardinal(number)


def is_day(d: int, m: int, y: int = 2024) -> bool:
    return 1 <= m <= 12 and 1 <= d <= calendar.monthrange(y, m)[1]


def before_count(text: str) -> bool:
    """Whether a text begins with something that is counted: hộ, thôn, số hộ."""
    return bool(re.match(rf" (?:{any_of(_nouns())})(?!\w)", text, re.IGNORECASE))


def _nouns() -> list[str]:
    return [*tables()["shares"]["sure"], *tables()["shares"]["counted"]]


def _chain(written: str, before: str, behind: str, notes: Notes) -> str:
    days = [
        _Day(int(f["d"]), int(f["m"]), f[0][0] == "0" or "/0" in f[0], f[0]) for f in _PIECE.finditer(written)
    ]
    what = _reading(days, written, before, behind)
    if what == "share":
        return written
    if what.startswith("doubtful"):
        notes.doubt(f"{_last_word(before)} {written}")
    if what == "street":
        return _each(written, lambda one: f"{cardinal(one.d)} tháng {month(one.m)}", days)
    if what in ("literal", "doubtful"):
        return _each(written, lambda one: one.literal, days)
    return _dates(written, before, days)


def _reading(days: list[_Day], written: str, before: str, behind: str) -> str:
    """`date`, `share` (left for the numbers), `literal`, `street`; `doubtful…` is told.

    The first sign that is met decides.
    """
    first = days[0]
    real = all(one.real for one in days)
    if _STREET.search(before):
        return "street" if all(one.known for one in days) else "literal"
    if _PLACE.search(before):
        return "literal"
    if not real:
        return "share"
    if _DAY_WORD.search(before) or _SAID_BEFORE.search(before) or _SAID_BEHIND.match(behind):
        return "date"
    proper = all(one.d <= one.m for one in days)
    if _SHARE_WORD.search(before) and proper:
        return "share"
    came = bool(_FROM.search(before))
    if re.match(rf" (?:{any_of(tables()['shares']['sure'])})(?!\w)", behind, re.IGNORECASE) and proper:
        return "share"
    if before_count(behind):  # "1/2 số hộ" and "từ 1/7 hộ kinh doanh" look the same
        if proper:
            return "doubtful" if came or any(one.zeros for one in days) else "share"
        return "date" if came else "doubtful"
    if len(days) == 1 and first.written in tables()["dates"]["never"] and not came:
        return "literal"
    if all(one.zeros or one.known for one in days):
        return "date"
    spans = len(days) > 1 and re.search(r"[-–—]|đến|tới", written) is not None
    if len(days) > 1 and any(one.zeros or one.known or one.d > one.m for one in days):
        return "date"
    if spans and all(one.m > 5 for one in days) and (days[0].m, days[0].d) < (days[-1].m, days[-1].d):
        return "date"  # nobody counts from sixths to eighths
    if first.d > first.m:
        return "date" if came else "doubtful date"
    return "date" if came and all(one.m > 10 for one in days) else "doubtful"


def _each(written: str, say: Callable[[_Day], str], days: list[_Day]) -> str:
    one = iter(days)
    told = _PIECE.sub(lambda _: say(next(one)), written)
    return re.sub(r" ?[-–—] ?", " đến ", told)


def _dates(written: str, before: str, days: list[_Day]) -> str:
    """Each with its `ngày`, where the text does not say it itself."""
    parts, end = [], 0
    for one, found in zip(days, _PIECE.finditer(written), strict=True):
        joint = re.sub(r" ?[-–—] ?", " đến ", written[end : found.start()])
        near = (joint or before).lower().rstrip(" (,:")
        if near.endswith(("mùng", "mồng")):
            told = cardinal(one.d)
        else:
            told = ("" if re.search(r"(?<!\w)ngày$", near) else "ngày ") + day(one.d)
        parts += [joint, f"{told} tháng {month(one.m)}"]
        end = found.end()
    return "".join(parts)


def _last_word(before: str) -> str:
    found = re.search(r"[^\W\d_]+ ?$", before)
    return found[0] if found else ""
