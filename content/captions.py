"""Subtitles as people read them: cues in order, none empty, lines that fit a screen, time enough to read.

The usual measures of broadcasters: at most 42 letters a line and about 20 a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from content.clips import CAPTION_SUFFIXES, LARGEST_CAPTIONS_BYTES
from content.finding import Finding
from content.mp4 import shape_of
from content.post import Post
from content.severities import Chosen, severity_of
from content.text import normalise
from content.variant import MediaRef

LONGEST_LINE = 42
"""Characters."""
FASTEST = 20
"""Characters a second."""
MOST_CUES = 20_000

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{3})"
_SPAN = re.compile(rf"{_TIME}[ \t]{{1,8}}-->[ \t]{{1,8}}{_TIME}")
_TAG = re.compile(r"<[^<>\n]{0,200}>|\{\\[^{}\n]{0,200}\}")


@dataclass(frozen=True)
class Cue:
    """One subtitle; `number` counts from 1, times are seconds from the film's beginning."""

    number: int
    start: float
    end: float
    lines: tuple[str, ...]

    @property
    def at(self) -> str:
        whole = int(self.start)
        return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def cues(text: str) -> list[Cue]:
    """The cues of an SRT or WebVTT text, at most `MOST_CUES`; notes and styles are passed over."""
    found: list[Cue] = []
    for block in re.split(r"\n[ \t]*\n", normalise(text)):
        lines = block.strip("\n").split("\n")
        for place, line in enumerate(lines[:2]):  # a number or a name may stand above the time
            if span := _SPAN.match(line.strip()):
                said = (_TAG.sub("", one).strip() for one in lines[place + 1 :])
                shown = tuple(one for one in said if one)
                found.append(Cue(len(found) + 1, _seconds(span, 0), _seconds(span, 4), shown))
                break
        if len(found) == MOST_CUES:
            break
    return found


def _seconds(span: re.Match[str], first: int) -> float:
    hours, minutes, seconds, thousandths = span.groups()[first : first + 4]
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000


def flaws(told: list[Cue], film_s: float | None = None) -> Iterator[tuple[str, Cue, dict[str, object]]]:
    """(rule, cue, what to say of it) for every flaw; `film_s` is the film's length where it is known."""
    before: Cue | None = None
    for cue in told:
        if cue.end <= cue.start or (before and cue.start < before.start):
            yield "backwards", cue, {}
        elif before and cue.start < before.end:
            yield "overlap", cue, {"before": before.number}
        if not cue.lines:
            yield "empty", cue, {}
        elif (longest := max(map(len, cue.lines))) > LONGEST_LINE:
            yield "long_line", cue, {"letters": longest, "most": LONGEST_LINE}
        letters = sum(map(len, cue.lines))
        if cue.end > cue.start and letters > FASTEST * (cue.end - cue.start):
            yield "fast", cue, {"speed": round(letters / (cue.end - cue.start)), "most": FASTEST}
        before = cue
    if told and film_s and told[0].start >= film_s:
        yield "after_end", told[0], {"seconds": round(film_s)}


def remarks(
    post: Post, media: Mapping[str, MediaRef], where: Callable[[str], Path], chosen: Chosen
) -> Iterator[Finding]:
    """What is wrong with the subtitles of a post, each flaw once with its first cue and how many there are.

    `where` is the path of a file that the post names. A file that cannot be read is others' to remark on.
    """
    videos = [item.file for item in post.media if item.file in media and _is_video(media[item.file])]
    for number, item in enumerate(post.media, 1):
        if item.file not in media or media[item.file].mime not in CAPTION_SUFFIXES.values():
            continue
        try:
            with where(item.file).open("rb") as file:
                text = file.read(LARGEST_CAPTIONS_BYTES).decode("utf-8-sig", "replace")
            film = shape_of(where(videos[0])) if videos else None
        except OSError:
            continue
        first: dict[str, tuple[Cue, dict[str, object]]] = {}
        count: dict[str, int] = {}
        for rule, cue, values in flaws(cues(text), film.seconds if film else None):
            first.setdefault(rule, (cue, values))
            count[rule] = count.get(rule, 0) + 1
        for rule, (cue, values) in first.items():
            if severity := severity_of(f"content.captions_{rule}", chosen):
                known = {"file": item.file, "number": cue.number, "at": cue.at, "count": count[rule]}
                yield Finding(f"content.captions_{rule}", severity, f"media[{number}]", known | values)


def _is_video(ref: MediaRef) -> bool:
    return ref.mime.startswith("video/")
