"""Whose picture it is and whether those in it agreed: what an officer writes beside a picture, understood.

A checklist in words, not a legal judgment: it reminds of asking, it cannot know who was asked. Its questions
(a public event? did they agree? a child: did its guardian?) are those of the facts, §6.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal, get_args

from content.clips import CAPTION_SUFFIXES
from content.finding import Finding
from content.post import MediaItem
from content.severities import Chosen, severity_of
from content.text import fold, normalise
from content.wording import say

People = Literal["none", "public", "consent", "missing", "guardian", "child"]
"""`none`: nobody to be recognised; `public`: a public event; `consent`: they agreed; `missing`: people, and
not said that they agreed; `guardian`: children, their guardians agreed; `child`: children, not said so."""
PEOPLE: tuple[People, ...] = get_args(People)

# Patterns are matched against words as `_plain` leaves them: folded, false friends set apart by "_".
_CHILD = re.compile(
    r"\b(?:^em|tre|_?tre (?:em|nho|con|tho)|chau|be|thieu nhi|nhi dong|thieu nien|(?:vi|chua) thanh nien"
    r"|hoc sinh|hoc tro|doi vien|(?:em|con) (?:be|nho)|con (?:em|trai|gai)|(?:cac|may|nhung|nhieu|hai) em"
    r"|(?:ba|\d+) em|lop \d+\w*|(?<!truong )(?:mam non|mau giao|tieu hoc)|child\w*|kids?|minors?|pupils?)\b"
)
_NO_CHILD = re.compile(
    rf"(?:khong|no) (?:(?:co|thay) )?(?:{_CHILD.pattern})(?: nao)?(?: trong (?:anh|hinh))?"
)
_GUARDIANS = r"\b(?:cha me|bo me|cha|me|phu huynh|giam ho|gia dinh|guardians?|parents?)\b"
_AGREES = r"\b(?:dong y|cho phep|duoc phep|consent\w*|agreed?)\b"
_AGREED = re.compile(_AGREES)
_GUARDIAN_AGREED = re.compile(
    rf"{_GUARDIANS}[^,;.()]{{0,200}}{_AGREES}|{_AGREES}[^,;.()]{{0,200}}{_GUARDIANS}"
    rf"|{_GUARDIANS}[^;.()]{{0,200}}[,(] ?(?:(?:da|deu|cung) )*{_AGREES}"
)
_NOT_AGREED = re.compile(  # not, not yet, not all of them, or a question
    r"\b(?:chua|khong|chang|se|sap|doi|_chờ|cho (?=phu huynh|cha me|bo me|gia dinh)|dang (?:xin|hoi|lien he)"
    r"|neu|chac|co le|hinh nhu|mot so|mot nua|mot phan|phan lon|hau het|da so|nhieu nguoi|vai|mot vai|moi co"
    r"|without|no|not|never|waiting|pending|will|some|most)\b"
    r"[^,;.()]{0,200}\b(?:hoi|xin|kip|dong y|phep|y kien|biet|tra loi|ky|ro|consent\w*|agree\w*|ask\w*)\b"
    r"|\b(?:dong y|phep)\b[^,;.()]{0,200}\b(?:chua|khong)(?=$|[,;.()?])"
    r"|\b(?:tru|tu choi|phan doi|rut|except|refus\w*|withdr\w*)\b|\?"
)
_NOBODY = re.compile(
    r"khong(?: co)?|none|nobody|no ?one|no people|no person|nobody recognisable"
    r"|(?:(?:trong )?(?:anh|hinh|video) )?khong (?:(?:co|thay|chup|lo|con) )*(?:nguoi|ai|mat)"
    r"(?: (?:nguoi|ai))?(?: nao)?(?: ca)?(?: (?:trong|o) (?:anh|hinh|video|day))?"
    r"(?: (?:co the )?nhan ra(?: duoc)?)?"
    r"|khong ro mat(?: ai| nguoi)?(?: nao)?"
    r"|khong (?:the )?nhan (?:ra|dien)(?: duoc)?(?: mat)?(?: (?:nguoi|ai))?(?: nao)?"
)
"""Closed: what goes on after "không" may turn it round ("không, chỉ có …", "không hỏi …")."""
_SCENE = re.compile(
    r"(?:chup|hinh|tranh|do hoa|bieu do|so do|chi (?:co|la) (?:chu|do|canh|nha|cay)|anh (?:chup|ve|phong|do)"
    r"|canh|phong canh|lang|xom|luy|rang|ruong|dong|song|nui|rung|bien|duong|cau|cong|truong|tru so|toa nha"
    r"|nha|cay|vuon)\b.*"
)
_PUBLIC = re.compile(r"\b(?:su kien|cong khai|hoi nghi|le phat dong|public|dam dong)\b")
_NOT_PUBLIC = re.compile(rf"\b(?:khong|chua|not|no)\b[^,;.()]{{0,200}}(?:{_PUBLIC.pattern})")
_CLAUSES = re.compile(r"[,;.()–—]")
_MEANT = {"tre": "trẻ", "chau": "cháu", "be": "bé", "chua": "chưa", "cho": "cho", "doi": "đợi", "tru": "trừ",
          "se": "sẽ", "ky": "ký", "rut": "rút", "chac": "chắc", "vai": "vài"}  # fmt: skip
"""Folded words of which one reading tells something: "trẻ" is a child, "tre" bamboo, "trê" a fish."""
_LOOSE = re.compile(r"\b(?:internet|tren mang|suu tam|google|facebook|zalo|tiktok|youtube|khong ro)\b")
_PERMITTED = re.compile(
    r"\b(?:dong y|cho phep|duoc phep|giay phep|xin phep|cc0|cc[ -]by|permi\w+|licen[cs]e\w*)\b"
)


def people(written: str) -> People | None:
    """What is said about the people in a picture; None when nothing is said.

    What can be read in two ways is read in the careful one: a question too many costs an officer a moment.
    """
    words = _plain(written)
    if not words:
        return None
    clauses = [clause for part in _CLAUSES.split(words) if (clause := part.strip(" :-"))]
    agreed = bool(_AGREED.search(words)) and not _NOT_AGREED.search(words)
    if any(_CHILD.search(clause) and not _NO_CHILD.fullmatch(clause) for clause in clauses):
        return "guardian" if agreed and _GUARDIAN_AGREED.search(words) else "child"
    if agreed:
        return "consent"
    if _NOT_AGREED.search(words) or _NOT_PUBLIC.search(words):
        return "missing"
    if _says_nobody(clauses):
        return "none"
    return "public" if _PUBLIC.search(words) else "missing"


def own() -> str:
    """What is written for a picture of the unit's own."""
    return say("media.own")


def said(meaning: People) -> str:
    """The shortest words that mean it, in the interface language; `people` reads them back in either."""
    return say(f"media.people.{meaning}")


def _says_nobody(clauses: list[str]) -> bool:
    """Whether all that is said is that there is nobody, and at most what there is instead."""
    nobody = [bool(_NOBODY.fullmatch(clause)) for clause in clauses]
    rest = [clause for clause, said in zip(clauses, nobody, strict=True) if not said]
    return any(nobody) and all(_SCENE.fullmatch(one) or _NO_CHILD.fullmatch(one) for one in rest)


def _plain(written: str) -> str:
    """Folded words; those that only look like a telling one without their marks begin with "_"."""
    text = normalise(written).casefold()
    marked = fold(text) != text

    def word(found: re.Match[str]) -> str:
        plain = fold(found[0])
        meant = _MEANT.get(plain)
        if meant in (None, found[0]):
            return plain
        # Without its mark in a text that has marks: bamboo; any other may be a slip of the keyboard.
        slip = found[0] == plain and not (plain == "tre" and marked)
        return plain if slip else f"_{found[0]}"

    return " ".join(re.sub(r"\w+", word, text).split())


def remarks(media: tuple[MediaItem, ...], chosen: Chosen) -> Iterator[Finding]:
    """What is missing beside the pictures and videos of a post, each at `media[N]`."""
    for number, item in enumerate(media, 1):
        if PurePosixPath(item.file).suffix.lower() in CAPTION_SUFFIXES:
            continue
        for rule in _rules(item):
            if severity := severity_of(f"content.{rule}", chosen):
                values: dict[str, object] = {"file": item.file, "written": item.people or item.rights}
                yield Finding(f"content.{rule}", severity, f"media[{number}]", values)


def _rules(item: MediaItem) -> Iterator[str]:
    rights = fold(item.rights)
    if not rights:
        yield "rights_missing"
    elif _LOOSE.search(rights) and not _PERMITTED.search(rights):
        yield "rights_unclear"
    match people(item.people):
        case "missing":
            yield "consent_missing"
        case "child":
            yield "consent_child"
