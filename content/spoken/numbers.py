"""Numbers in Vietnamese words, as they are read in the north: lăm, mốt, tư, linh, nghìn."""

from __future__ import annotations

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_THOUSANDS = ("", "nghìn", "triệu")
_BILLION = 10**9
LARGEST = 10**27
"""From here on a number is read digit by digit."""


def cardinal(number: int) -> str:
    """`105` → một trăm linh năm. Raises ValueError below 0 and from `LARGEST` on."""
    if not 0 <= number < LARGEST:
        raise ValueError(f"no words for {number}")
    if number == 0:
        return DIGITS[0]
    high, low = divmod(number, _BILLION)
    words = [cardinal(high), "tỷ"] if high else []
    return " ".join([*words, *_below_billion(low, full=bool(high))])


def digits(written: str) -> str:
    """Each digit by its name: `0912` → không chín một hai."""
    return " ".join(DIGITS[int(one)] for one in written if one.isdigit())


def _below_billion(number: int, *, full: bool) -> list[str]:
    """`full`: something stands before it, so that its hundreds are said although they are none."""
    words: list[str] = []
    for power in (2, 1, 0):
        part = number // 1000**power % 1000
        if part:
            words += _below_thousand(part, full=full or bool(words))
            words += [_THOUSANDS[power]] if power else []
    return words


def _below_thousand(number: int, *, full: bool) -> list[str]:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [DIGITS[hundreds], "trăm"] if hundreds or full else []
    if tens > 1:
        words += [DIGITS[tens], "mươi"]
    elif tens:
        words.append("mười")
    elif ones and words:
        words.append("linh")
    if ones:
        words.append(_ones(ones, tens))
    return words


def _ones(ones: int, tens: int) -> str:
    if ones == 1 and tens > 1:
        return "mốt"
    if ones == 4 and tens > 1:
        return "tư"
    if ones == 5 and tens:
        return "lăm"
    return DIGITS[ones]
