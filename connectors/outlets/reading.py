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
    """`title` and `body` in words, `beside` what is said around them; `spelled`: what had to be
    spelled letter by letter; `unsure`: what can be read in more than one way."""

    title: str
    body: str
    beside: tuple[str, ...]
    spelled: tuple[str, ...]
    unsure: tuple[str, ...]

    @staticmethod
    def of(variant: Variant, plain: str, abbreviations: str, beside: tuple[str, ...] = ()) -> Reading:
        """Title, summary and text, one paragraph a line. `beside`: a greeting, a closing, as written."""
        try:
            mine = own(abbreviations)
        except ValueError:  # told by `remarks`; a pack that is late is worse than one with a word spelled out
            mine = {}
        title = spoken(" ".join(variant.title.split()), mine)
        summary = spoken(variant.summary, mine)
        body = spoken(plain, mine)
        told = "\n\n".join(_stopped(part) for part in (summary.text, body.text) if part)
        around = [spoken(one, mine) for one in beside]
        every = (title, summary, body, *around)
        return Reading(
            title.text,
            told,
            tuple(one.text for one in around),
            tuple(dict.fromkeys(word for one in every for word in one.spelled)),
            tuple(dict.fromkeys(piece for one in every for piece in one.unsure)),
        )

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return f"{_stopped(self.title)}\n\n{self.body}"

    @property
    def marked(self) -> str:
        """The body as Markdown that shows every sign as it is."""
        return marked(self.body)

    @staticmethod
    def remarks(
        variant: Variant, plain: str, abbreviations: str, beside: tuple[str, ...] = ()
    ) -> Iterator[Finding]:
        where = variant.channel
        try:
            own(abbreviations)
        except ValueError as error:
            yield Finding("outlets.abbreviation_wrong", "warn", where, {"entry": str(error)})
        reading = Reading.of(variant, plain, abbreviations, beside)
        if reading.spelled:
            yield Finding("outlets.spelled", "warn", where, {"words": ", ".join(reading.spelled[:12])})
        if reading.unsure:
            pieces = ", ".join(f"“{piece}”" for piece in reading.unsure[:12])
            yield Finding("outlets.unsure", "warn", where, {"pieces": pieces})


def marked(said: str) -> str:
    """A spoken text as Markdown that shows every sign as it is."""
    return "\n\n".join(_MARKUP.sub(r"\\\1", line) for line in said.split("\n") if line.strip())


def _stopped(text: str) -> str:
    """A heading and an item of a list end with a full stop: a voice runs on without one."""
    return "\n".join(
        f"{line}." if line[-1:].isalpha() or line[-1:] in ")”" else line for line in text.split("\n")
    )
