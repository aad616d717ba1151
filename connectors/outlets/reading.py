"""The words of a post as they are read aloud, and what is said before anybody approves them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from content.finding import Finding
from content.spoken import spoken
from content.spoken.words import own
from content.variant import Variant

_MARKUP = re.compile(r"([\\`*_\[\]<>#|])")


@dataclass(frozen=True)
class Reading:
    """`title` and `body` in words; `spelled`: what had to be spelled letter by letter."""

    title: str
    body: str
    spelled: tuple[str, ...]

    @staticmethod
    def of(variant: Variant, plain: str, abbreviations: str) -> Reading:
        """Title, summary and text, one paragraph a line."""
        try:
            mine = own(abbreviations)
        except ValueError:  # told by `remarks`; a pack that is late is worse than one with a word spelled out
            mine = {}
        title = spoken(" ".join(variant.title.split()), mine)
        summary = spoken(variant.summary, mine)
        body = spoken(plain, mine)
        told = "\n\n".join(_stopped(part) for part in (summary.text, body.text) if part)
        return Reading(
            title.text, told, tuple(dict.fromkeys((*title.spelled, *summary.spelled, *body.spelled)))
        )

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return f"{_stopped(self.title)}\n\n{self.body}"

    @property
    def marked(self) -> str:
        """The body as Markdown that shows every sign as it is."""
        return "\n\n".join(_MARKUP.sub(r"\\\1", line) for line in self.body.split("\n") if line.strip())

    @staticmethod
    def remarks(variant: Variant, plain: str, abbreviations: str) -> Iterator[Finding]:
        where = variant.channel
        try:
            own(abbreviations)
        except ValueError as error:
            yield Finding("outlets.abbreviation_wrong", "warn", where, {"entry": str(error)})
        if spelled := Reading.of(variant, plain, abbreviations).spelled:
            yield Finding("outlets.spelled", "warn", where, {"words": ", ".join(spelled[:12])})


def _stopped(text: str) -> str:
    """A heading and an item of a list end with a full stop: a voice runs on without one."""
    return "\n".join(
        f"{line}." if line[-1:].isalpha() or line[-1:] in ")”" else line for line in text.split("\n")
    )
