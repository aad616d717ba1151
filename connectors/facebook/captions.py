"""Captions as Facebook takes them: SubRip, in a file whose name says the language."""

from __future__ import annotations

import re

_CUE = re.compile(
    r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})[ \t]+-->[ \t]+(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})"
)


def file_name(language: str) -> str:
    """`loa.vi_VN.srt`: Facebook reads the language from the name (facts §1.1, from memory)."""
    return f"loa.{locale_of(language)}.srt"


def locale_of(language: str) -> str:
    return "vi_VN" if language == "vi" else "en_US"


def as_srt(data: bytes) -> bytes:
    """SRT or WebVTT as SRT: cues numbered from 1, hours always there, settings and notes left out."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    cues: list[str] = []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        for at, line in enumerate(lines[:2]):  # a number or a name may stand before the times
            if found := _CUE.match(line.strip()):
                times = f"{_stamp(found.groups()[:4])} --> {_stamp(found.groups()[4:])}"
                said = "\n".join(lines[at + 1 :])
                cues.append(f"{len(cues) + 1}\n{times}\n{said}\n")
                break
    return "\n".join(cues).encode("utf-8")


def _stamp(parts: tuple[str | None, ...]) -> str:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return f"{hours:02}:{minutes:02}:{seconds:02},{thousandths:03}"
