"""The kinds of post a unit publishes, and how late each may still go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from content.errors import NotFound
from content.text import fold, nearest
from content.wording import say

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """Loại tin, bài. `lateness` is how long after its due time a post of this kind still makes sense.

    A kind that is not `publishable` is kept for reading inside the unit and never leaves it.
    """

    code: str
    lateness: timedelta
    publishable: bool = True

    @property
    def label(self) -> str:
        """The kind's name in the interface language."""
        return say(f"content.kinds.{self.code}")


# What is tied to an hour or a day goes stale soon; what explains a right stays useful for weeks.
KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("tin_hoat_dong", 12 * _HOUR),
        Kind("thong_bao", 6 * _HOUR),
        Kind("su_kien", 2 * _HOUR),
        Kind("ban_tin", 4 * _HOUR),
        Kind("van_ban_moi", 3 * _DAY),
        Kind("bai_chuyen_sau", 7 * _DAY),
        Kind("hoi_dap", 7 * _DAY),
        Kind("to_gap", 7 * _DAY),
        Kind("cau_chuyen", 14 * _DAY),
        Kind("tieu_pham", 14 * _DAY),
        Kind("video", 7 * _DAY),
        Kind("bai_giang", 14 * _DAY),
        Kind("sach", 14 * _DAY),
        Kind("cam_nang", 14 * _DAY),
        Kind("an_pham", 14 * _DAY),
        Kind("cuoc_thi", _DAY),
        Kind("khao_sat", _DAY),
        Kind("tai_lieu_doc", _DAY),
        Kind("noi_bo", timedelta(0), publishable=False),
    )
}


def kind(code: str) -> Kind:
    """The kind with that code; raises NotFound, naming the nearest code, when there is none."""
    try:
        return KINDS[code]
    except KeyError:
        raise NotFound("content.no_such_kind", code=code, nearest=nearest_kind(code) or "–") from None


def kind_code(written: str) -> str:
    """The code for what an officer wrote: a code or a label, tone marks and `_` aside.

    Returns the words unchanged when they name no kind, so that a check can show them.
    """
    return _by_words().get(_words(written), written)


def nearest_kind(written: str) -> str | None:
    """The code that a typing slip most likely meant, or None."""
    names = _by_words()
    hit = nearest(_words(written), names)
    return names[hit] if hit else None


def _by_words() -> dict[str, str]:
    return {_words(word): code for code, kind in KINDS.items() for word in (kind.label, code)}


def _words(text: str) -> str:
    return " ".join(fold(text).replace("_", " ").replace("-", " ").split())
