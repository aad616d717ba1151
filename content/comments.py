"""What readers write under a post, as it may be kept: harmless, short enough, without numbers of persons.

Nobody's name is kept with it (Luật Bảo vệ dữ liệu cá nhân 2025); what people write of themselves into the
text is another matter: telephone and identity numbers, e-mail addresses and @accounts are covered before it
is stored.
A name in the middle of a sentence cannot be told from another word: it stays until the text is erased.
"""

from __future__ import annotations

import re

from content.text import fold, normalise
from content.wording import say

LONGEST_TEXT = 4_000
"""Characters that are kept; a question is shorter, and the whole stands at the link."""
LONGEST_LINK = 2_000
_LONGEST_RAW = 20_000
"""Of what a platform hands over, so that nothing below costs time on a monster."""

_EMAIL = re.compile(
    r"[\w.+-]{1,64}[@＠][\w-]{1,63}(?:\.[\w-]{1,63}){0,5}"
    r"|[\w.+-]{1,64} ?(?:[@＠]|[(\[](?:at|a còng)[)\]]|\ba còng\b) ?"
    r"[\w-]{1,63}(?:(?:\.| \. | ?[(\[]dot[)\]] ?| chấm )[\w-]{1,63}){1,5}",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"[@＠][\w.-]{3,30}")
"""Which YouTube puts before every answer to a reply."""
_APART = r" \t\u00a0\u2000-\u200a\u202f\u3000.()\-\u00ad\u200c\u200d\u2010-\u2015\ufe0f\u20e3"
_DIGITS = re.compile(rf"(?<!\d)(?:\+\s?)?\d(?:[{_APART}]{{0,2}}\d){{8,}}")
_PHONE = re.compile(
    r"(?<!\d)(?<!\d[.,])(?:(?:\+|00)84(?:[\W_]{0,4}\d){9,10}|0[2-9]\d(?:[\W_]{0,4}\d){7,8})(?![\W_]?\d)"
)
"""However its parts are kept apart (`0912/345/678`); it begins with three digits, which no date does."""
_PASSPORT = re.compile(r"(?<![\w.-])[A-Za-z]\d{7,8}(?!\w)")
_MONEY = re.compile(r"[1-9]\d{0,2}(?:[. ]\d{3})+")
_ROUND = r"[1-9]\d{0,2}(?:[. ]\d{3})*[. ]000"
_YEAR = r"(?:19|20)\d\d"
_DATE = rf"\d\d?[.-]\d\d?[.-]{_YEAR}|{_YEAR}-\d\d-\d\d(?: \d\d)?"
_NOBODYS = re.compile(rf"(?:{_ROUND}|{_DATE}|{_YEAR})(?:[ .()-]{{1,2}}(?:{_ROUND}|{_DATE}|{_YEAR}))*")
"""Amounts, years and days, one or several. Not round, an amount looks like an old identity card's number."""
_OF_MONEY = re.compile(r" ?(?:đồng\b(?! ý)|đ\b|vn[dđ]\b)", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_PHONE_DIGITS = (10, 11)
_ID_DIGITS = (9, 12)
"""Chứng minh nhân dân (9) and căn cước (12)."""

_PHRASES = (
    "cho hoi",
    "em hoi",
    "toi hoi",
    "xin hoi",
    "muon hoi",
    "hoi chut",
    "hoi ve",
    "tu van giup",
    "lam sao",
    "lam the nao",
    "nhu the nao",
    "the nao a",
    "o dau a",
    "bao gio",
    "bao lau",
    "phai khong",
    "duoc khong",
    "dung khong",
    "co can",
    "bao nhieu",
    "giai dap",
    "huong dan giup",
)
_HINT = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b")


def kept(text: str) -> str:
    """The text as it is stored: NFC, without what a terminal or a reader's eye would obey, masked, cut.

    Keeping it twice changes nothing.
    """
    clean = _BLANK_LINES.sub("\n\n", masked(normalise(text[:_LONGEST_RAW]))).strip()
    return clean if len(clean) <= LONGEST_TEXT else clean[: LONGEST_TEXT - 1].rstrip() + "…"


def masked(text: str) -> str:
    """Without telephone, identity and other long numbers, e-mail addresses and accounts; a word for each.

    Amounts of money (`1.500.000.000`), days, years and numbers of documents (`60/2014/QH13`) stay.
    """
    text = _EMAIL.sub(lambda _: say("inbox.masked.email"), text)
    text = _ACCOUNT.sub(lambda _: say("inbox.masked.account"), text)
    text = _PHONE.sub(lambda _: say("inbox.masked.phone"), _DIGITS.sub(_word_for, text))
    return _PASSPORT.sub(lambda _: say("inbox.masked.identity"), text)


def _word_for(found: re.Match[str]) -> str:
    written = found[0]
    of_money = _OF_MONEY.match(found.string, found.end()) is not None
    if _NOBODYS.fullmatch(written) or (of_money and (_MONEY.fullmatch(written) or _is_round(written))):
        return written
    digits = sum(letter.isdigit() for letter in written)
    if digits in _PHONE_DIGITS or written.startswith("+"):
        return say("inbox.masked.phone")
    return say("inbox.masked.identity" if digits in _ID_DIGITS else "inbox.masked.number")


def _is_round(written: str) -> bool:
    return written.isdigit() and written[0] != "0" and written.endswith("000")


def seems_a_question(text: str) -> bool:
    """A hint only, from the words; whoever reads it decides."""
    if "?" in text:
        return True
    return bool(_HINT.search(" ".join(fold(text).split())))


def web_link(written: str) -> str:
    """The address if it is one that a browser opens, of a length that is kept; else empty."""
    link = written.strip()
    sound = link.startswith(("https://", "http://")) and len(link) <= LONGEST_LINK
    return link if sound and link.isprintable() and " " not in link else ""
