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
from content.text import fold
from content.wording import say

People = Literal["none", "public", "consent", "missing", "guardian", "child"]
"""`none`: nobody to be recognised; `public`: a public event; `consent`: they agreed; `missing`: people, and
not said that they agreed; `guardian`: children, their guardians agreed; `child`: children, not said so."""
PEOPLE: tuple[People, ...] = get_args(People)

_CHILD = re.compile(
    r"\b(?:tre em|tre nho|tre|thieu nhi|hoc sinh|chau be|cac chau|cac em|em be|child\w*|pupils?)\b"
)
_GUARDIAN = re.compile(r"\b(?:cha me|bo me|cha|me|phu huynh|giam ho|gia dinh|guardians?|parents?)\b")
_AGREED = re.compile(r"\b(?:dong y|cho phep|duoc phep|consent\w*|agreed?)\b")
_NOT_AGREED = re.compile(
    r"\b(?:chua|khong|without|no|not)(?: (?:duoc|co|hoi|xin|su|ai|given|yet|their|any)){0,3} "
    r"(?:dong y|cho phep|phep|y kien|consent\w*|agreed?)\b|\bchua (?:hoi|xin|ro)\b"
)
_NOBODY = re.compile(
    r"(?:khong|no|none|nobody|no people|(?:khong|chua) (?:co )?(?:nguoi|ai)(?: nao)?|khong nhan ra ai|no one)"
    r"(?:[ ,.;].*)?"
)
_PUBLIC = re.compile(r"\b(?:su kien|cong khai|hoi nghi|le phat dong|public|dam dong)\b")
_LOOSE = re.compile(r"\b(?:internet|tren mang|suu tam|google|facebook|zalo|tiktok|youtube|khong ro)\b")
_PERMITTED = re.compile(
    r"\b(?:dong y|cho phep|duoc phep|giay phep|xin phep|cc0|cc[ -]by|permi\w+|licen[cs]e\w*)\b"
)


def people(written: str) -> People | None:
    """What is said about the people in a picture; None when nothing is said."""
    words = " ".join(fold(written).split())
    if not words:
        return None
    agreed = bool(_AGREED.search(words)) and not _NOT_AGREED.search(words)
    if _CHILD.search(words) and not _NOBODY.fullmatch(words):
        return "guardian" if agreed and _GUARDIAN.search(words) else "child"
    if agreed:
        return "consent"
    if _NOT_AGREED.search(words):
        return "missing"
    if _NOBODY.fullmatch(words):
        return "none"
    return "public" if _PUBLIC.search(words) else "missing"


def own() -> str:
    """What is written for a picture of the unit's own."""
    return say("media.own")


def said(meaning: People) -> str:
    """The shortest words that mean it, in the interface language; `people` reads them back in either."""
    return say(f"media.people.{meaning}")


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
