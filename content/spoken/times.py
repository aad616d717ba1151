"""Days and hours as people say them: mùng chín tháng mười một, bảy giờ ba mươi phút."""

from __future__ import annotations

import re

from content.spoken import days
from content.spoken.days import day, is_day, month
from content.spoken.notes import Notes
from content.spoken.numbers import cardinal

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
_DOTTED = re.compile(
    rf"(?<!mỗi )(?<!\w)(?P<near>(?:ngày|sáng|trưa|chiều|tối|đêm|hôm) ){_FREE}(?P<d>{_D})\.(?P<m>{_M}){_END}",
    re.IGNORECASE,
)
_DASHED = re.compile(
    rf"(?<!mỗi )(?<!\w)(?P<near>ngày ){_FREE}(?P<d>{_D})-(?P<m>{_M})(?![\w/-]|[.,]\d| tháng| giờ)",
    re.IGNORECASE,
)
_MONTH = re.compile(rf"(?P<said>tháng\s+)?{_FREE}(?P<m>{_M})/(?P<y>{_Y}){_END}", re.IGNORECASE)
_NUMBER_YEAR = re.compile(
    rf"(?<!\w)(?P<head>(?:số:?|quý|đợt|học kỳ|kỳ|lần|khóa) ){_FREE}(?P<n>\d{{1,5}})/(?P<y>{_Y}){_END}",
    re.IGNORECASE,
)
_QUARTER = re.compile(rf"(?P<head>quý\s+[^\W\d_]+)\s?/\s?(?P<y>{_Y}){_END}", re.IGNORECASE)
_EVERY = r"(?<!mỗi )(?<!một )(?<!hằng )(?<!hàng )(?<!\d )(?<!\w)"
_COUNTS = r" (?:lần|buổi|giờ|tiếng|bữa|ca|viên|ngày|tuần|đêm|suất|lượt|người|hộ|đồng|kg)(?!\w)"
"""Behind the number: `ngày 2 lần` is no date."""
_DAY_WORD = re.compile(rf"{_EVERY}(?P<head>ngày )(?P<d>0?[1-9]|10)(?![\w/%]|[.,]\d|{_COUNTS})", re.IGNORECASE)
_MONTH_FOUR = re.compile(
    rf"(?<!mỗi )(?<!một )(?<!hằng )(?<!hàng )(?<!\w)(?P<head>tháng )0?4(?![\w/%]|[.,]\d|{_COUNTS})",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?<!\w)(?P<head>thứ\s+)(?P<n>0?[14])(?![\w/%]|[.,]\d)", re.IGNORECASE)
_HOUR = r"(?<![\w/.,:])(?P<h{0}>[01]?\d|2[0-4])"
_CLOCK = rf"{_HOUR}(?::(?P<c{{0}}>[0-5]\d)|\s?(?:h|giờ)\s?(?P<m{{0}}>[0-5]\d)|g(?P<g{{0}}>[0-5]\d)|\s?h)"
_TAIL = r"(?:\s?(?:phút|p)(?!\w)|['’′])?(?![\w:])"
_TIME = re.compile(_CLOCK.format(1) + _TAIL)
_TIMES = re.compile(
    _CLOCK.format(1) + _TAIL + r"\s?[-–—]\s?" + _CLOCK.format(2).replace(r"(?<![\w/.,:])", "") + _TAIL
)


def said(text: str, notes: Notes) -> str:
    """The text with its days and times in words. Whole dates go before short ones, which lean on them."""
    text = _TIMES.sub(lambda f: f"{_time(f, 1)} đến {_time(f, 2)}", text)
    text = _TIME.sub(lambda f: _time(f, 1), text)
    text = _ISO.sub(_date, text)
    text = _SPAN.sub(_span, text)
    text = _FULL.sub(_date, text)
    text = _DOTTED.sub(_named, text)
    text = _DASHED.sub(lambda f: _dashed(f, notes), text)
    text = _NUMBER_YEAR.sub(lambda f: f"{f['head']}{cardinal(int(f['n']))} năm {cardinal(int(f['y']))}", text)
    text = _MONTH.sub(
        lambda f: f"{f['said'] or 'tháng '}{month(int(f['m']))} năm {cardinal(int(f['y']))}", text
    )
    text = _QUARTER.sub(lambda f: f"{f['head']} năm {cardinal(int(f['y']))}", text)
    text = days.said(text, notes)
    text = _DAY_WORD.sub(lambda f: f"{f['head']}{day(int(f['d']))}", text)
    text = _MONTH_FOUR.sub(lambda f: f"{f['head']}tư", text)
    text = _ORDINAL.sub(lambda f: f["head"] + ("nhất" if int(f["n"]) == 1 else "tư"), text)
    return re.sub(r"\s?[-–—]\s?(?=ngày (?:mùng|mười|hai mươi|ba mươi))", " đến ", text)


def _named(found: re.Match[str]) -> str:
    d, m = int(found["d"]), int(found["m"])
    if not is_day(d, m):
        return found[0]
    named = found["near"].lower() == "ngày "
    return f"{found['near']}{'' if named else 'ngày '}{day(d)} tháng {month(m)}"


def _dashed(found: re.Match[str], notes: Notes) -> str:
    """`ngày 20-11` is a day; `ngày 5-11` may be one, or seven."""
    if int(found["d"]) > int(found["m"]) or "0" in (found["d"][0], found["m"][0]):
        return _named(found)
    notes.doubt(found[0])
    return f"{found['near']}{day(int(found['d']))} đến {day(int(found['m']))}"


def _date(found: re.Match[str]) -> str:
    d, m, y = int(found["d"]), int(found["m"]), int(found["y"])
    if not is_day(d, m, y):
        return found[0]
    return f"{found['said'] or 'ngày '}{day(d)} tháng {month(m)} năm {cardinal(y)}"


def _span(found: re.Match[str]) -> str:
    first, d, m = int(found["from"]), int(found["d"]), int(found["m"])
    if not (first < d and is_day(d, m)):
        return found[0]
    year = f" năm {cardinal(int(found['y']))}" if found["y"] else ""
    return f"{found['said'] or 'ngày '}{day(first)} đến ngày {day(d)} tháng {month(m)}{year}"


def _time(found: re.Match[str], which: int) -> str:
    hour = int(found[f"h{which}"])
    minute = next((int(found[f"{part}{which}"]) for part in "cmg" if found[f"{part}{which}"]), 0)
    return f"{cardinal(hour)} giờ" + (f" {cardinal(minute)} phút" if minute else "")
