"""Whether a text seems to name people: the ledger holds how many there were, never who."""

from __future__ import annotations

import re

from content.marks import marks

MOST_LINES = 8
MOST_NAMES = 2
"""A speaker and a chair may stand in a note; more is a list."""
_FAMILIES = (
    *("nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô"),
    *("dương", "lý", "đinh", "đoàn", "trịnh", "trương", "lương", "mai", "cao", "tạ"),
)
_NAMED_AFTER = (
    *("trường", "thpt", "thcs", "th", "học", "đường", "phố", "phường", "xã", "ấp", "thôn", "ngõ", "chợ"),
    *("viên", "viện", "quỹ", "giải", "đội", "tượng"),
)
"""After these the name of a person is the name of a place."""
_TOKEN = re.compile(r"[^\W\d_]+|[^\s]")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.\w")
_DATE = re.compile(r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)")
"""Two days side by side have as many digits as a telephone number."""
_MARKS = {"citizen_number": "identity", "mobile_number": "phone"}


def persons_in(text: str) -> str:
    """What it looks like: `mail`, `identity`, `phone`, `names`, `lines` (a rule's name ends so); or none."""
    if _MAIL.search(text):
        return "mail"
    for mark in marks(_DATE.sub("–", text)):
        if mark.rule in _MARKS:
            return _MARKS[mark.rule]
    if len(_names(text)) > MOST_NAMES:
        return "names"
    return "lines" if len([line for line in text.splitlines() if line.strip()]) > MOST_LINES else ""


def _names(text: str) -> set[str]:
    """A family name and two to four more words with capitals; streets of two words are none."""
    found, words = set(), _TOKEN.findall(text)
    place = 0
    while place < len(words):
        end = place + 1
        if words[place].lower() in _FAMILIES and words[place][0].isupper():
            while end < len(words) and end - place < 5 and words[end][0].isupper():
                end += 1
            after = words[place - 1].lower() if place else ""
            if end - place >= 3 and after not in _NAMED_AFTER:
                found.add(" ".join(words[place:end]).lower())
        place = end
    return found
