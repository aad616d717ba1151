"""Days and hours as people say them: mùng chín tháng mười một, bảy giờ ba mươi phút."""

from __future__ import annotations

import calendar
import re

from content.spoken.numbers import cardinal
from content.spoken.words import tables

_DASH = r"\s?[-–—]\s?"
_D, _M, _Y = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_FREE, _END = r"(?<![\w/.,])", r"(?![\w/]|[.,]\d)"
_SAID_DAY = r"(?P<said>ngày\s+)?"
_ISO = re.compile(rf"{_SAID_DAY}{_FREE}(?P<y>{_Y})-(?P<m>\d\d)-(?P<d>\d\d){_END}", re.IGNORECASE)
_SPAN = re.compile(
    rf"{_SAID_DAY}{_FREE}(?P<from>{_D}){_DASH}(?P<d>{_D})/(?P<m>{_M})(?:/(?P<y>{_Y}))?{_END}", re.IGNORECASE
)
_FULL = re.compile(rf"{_SAID_DAY}{_FREE}(?P<d>{_D})(?P<sep>[/.-])(?P<m>{_M})(?P=sep)(?P<y>{_Y}){_END}",
                   re.IGNORECASE)  # fmt: skip
_SHORT = re.compile(
    rf"(?P<near>(?:ngày|sáng|trưa|chiều|tối|đêm|hôm|nay|từ|đến|trước|sau|hạn|nhật|[-–—])[\s,(]+)?"
    rf"{_FREE}(?P<d>{_D})/(?P<m>{_M}){_END}",
    re.IGNORECASE,
)
_MONTH = re.compile(rf"(?P<said>tháng\s+)?{_FREE}(?P<m>{_M})/(?P<y>{_Y}){_END}", re.IGNORECASE)
_QUARTER = re.compile(rf"(?P<head>quý\s+[^\W\d_]+)\s?/\s?(?P<y>{_Y}){_END}", re.IGNORECASE)
_DAY_WORD = re.compile(r"(?<!\w)(?P<head>ngày\s+)(?P<d>0?[1-9]|10)(?![\w/]|[.,]\d)", re.IGNORECASE)
_MONTH_FOUR = re.compile(r"(?<!\w)(?P<head>tháng\s+)0?4(?![\w/%]|[.,]\d|\s+(?:ngày|tuần))", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<!\w)(?P<head>thứ\s+)(?P<n>0?[14])(?![\w/%]|[.,]\d)", re.IGNORECASE)
_HOUR = r"(?<![\w/.,:])(?P<h{0}>[01]?\d|2[0-4])"
_CLOCK = rf"{_HOUR}(?::(?P<c{{0}}>[0-5]\d)|\s?(?:h|giờ)\s?(?P<m{{0}}>[0-5]\d)|g(?P<g{{0}}>[0-5]\d)|\s?h)"
_TAIL = r"(?:\s?(?:phút|p)(?!\w)|['’′])?(?![\w:])"
_TIME = re.compile(_CLOCK.format(1) + _TAIL)
_TIMES = re.compile(
    _CLOCK.format(1) + _TAIL + r"\s?[-–—]\s?" + _CLOCK.format(2).replace(r"(?<![\w/.,:])", "") + _TAIL
)


def said(text: str) -> str:
    """The text with its days and times in words."""
    text = _TIMES.sub(lambda f: f"{_time(f, 1)} đến {_time(f, 2)}", text)
    text = _TIME.sub(lambda f: _time(f, 1), text)
    text = _ISO.sub(_date, text)
    text = _SPAN.sub(_span, text)
    text = _FULL.sub(_date, text)
    text = _MONTH.sub(
        lambda f: f"{f['said'] or 'tháng '}{month(int(f['m']))} năm {cardinal(int(f['y']))}", text
    )
    text = _QUARTER.sub(lambda f: f"{f['head']} năm {cardinal(int(f['y']))}", text)
    text = _SHORT.sub(_short, text)
    text = _DAY_WORD.sub(lambda f: f"{f['head']}{day(int(f['d']))}", text)
    text = _MONTH_FOUR.sub(lambda f: f"{f['head']}tư", text)
    text = _ORDINAL.sub(lambda f: f["head"] + ("nhất" if int(f["n"]) == 1 else "tư"), text)
    return re.sub(r"\s?[-–—]\s?(?=ngày (?:mùng|mười|hai mươi|ba mươi))", " đến ", text)


def day(number: int) -> str:
    return f"mùng {cardinal(number)}" if number <= 10 else cardinal(number)


def month(number: int) -> str:
    return "tư" if number == 4 else cardinal(number)


def _is_day(d: int, m: int, y: int = 2024) -> bool:
    return 1 <= m <= 12 and 1 <= d <= calendar.monthrange(y, m)[1]


def _date(found: re.Match[str]) -> str:
    d, m, y = int(found["d"]), int(found["m"]), int(found["y"])
    if not _is_day(d, m, y):
        return found[0]
    return f"{found['said'] or 'ngày '}{day(d)} tháng {month(m)} năm {cardinal(y)}"


def _span(found: re.Match[str]) -> str:
    first, d, m = int(found["from"]), int(found["d"]), int(found["m"])
    if not (first < d and _is_day(d, m)):
        return found[0]
    year = f" năm {cardinal(int(found['y']))}" if found["y"] else ""
    return f"{found['said'] or 'ngày '}{day(first)} đến ngày {day(d)} tháng {month(m)}{year}"


def _short(found: re.Match[str]) -> str:
    """A day without its year, unless it may as well be a share (1/2 số hộ)."""
    d, m, near = int(found["d"]), int(found["m"]), found["near"] or ""
    zeros = found["d"].startswith("0") or found["m"].startswith("0")
    sure = near or zeros or d > m or f"{d}/{m}" in tables()["dates"]["known"]
    if not sure or not _is_day(d, m) or f"{d}/{m}" in tables()["dates"]["never"]:
        return found[0]
    named = near.strip(" ,(").lower() == "ngày"
    return f"{near}{'' if named else 'ngày '}{day(d)} tháng {month(m)}"


def _time(found: re.Match[str], which: int) -> str:
    hour = int(found[f"h{which}"])
    minute = next((int(found[f"{part}{which}"]) for part in "cmg" if found[f"{part}{which}"]), 0)
    return f"{cardinal(hour)} giờ" + (f" {cardinal(minute)} phút" if minute else "")
