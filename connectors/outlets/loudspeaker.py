"""Loudspeaker (truyền thanh): a script in words, in large letters, and where a program for it is installed a
synthetic voice, labelled as one.

Thông tư 39/2020/TT-BTTTT knows three priorities; Loa never claims `khẩn cấp`. The slots are the commune's own
decision, so they are a setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from connectors.contract import Capabilities, Field, Job
from connectors.outlets.outlet import Outlet, common
from connectors.outlets.paper import MM, Format, Sheet, draw
from connectors.outlets.reading import Reading, marked
from connectors.outlets.voice import SYNTHETIC, VOICES, speak
from content.finding import Finding
from content.spoken import syllables
from content.variant import Variant

SYLLABLES_PER_MINUTE = 190
"""Measured on 22/11/2026: espeak-ng 1.51 at the speed of `voice` says 188 a minute in the northern voice, 186
in the central, 180 in the southern one, pauses included (1.169 syllables of bulletins). A person's own rate
is the setting `rate`."""
RATES = range(80, 401)
LONGEST_S = 15 * 60
"""Half of a usual slot; nobody listens longer."""
SCRIPT = Format("A4", (18,), 20 * MM, 0, 1.6)
_SLOT = re.compile(r"(\d{1,2})[:h](\d{2})\s?[-–]\s?(\d{1,2})[:h](\d{2})")


@dataclass(frozen=True)
class Slot:
    """Khung giờ phát: both ends on the unit's clock; one over midnight ends before it begins."""

    begins: time
    ends: time

    def holds(self, moment: datetime) -> bool:
        at = moment.time().replace(second=0, microsecond=0)
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


def slots(written: str) -> tuple[Slot, ...]:
    """`05:00-05:30, 17:00-17:30`; raises ValueError with the piece that is no slot."""
    found = []
    for piece in filter(None, (part.strip() for part in re.split(r"[,;]", written))):
        read = _SLOT.fullmatch(piece)
        try:
            hours = [int(one) for one in read.groups()] if read else []
            found.append(Slot(time(hours[0], hours[1]), time(hours[2], hours[3])))
        except (IndexError, ValueError):
            raise ValueError(piece[:40]) from None
    return tuple(found)


class Loudspeaker(Outlet):
    """One bulletin a post."""

    capabilities: Capabilities = common(
        "loudspeaker",
        Field("slots"),
        Field("priority", default="normal", choices=("normal", "preferred")),
        Field("greeting", public=True),
        Field("closing", public=True),
        Field("rate", default=str(SYLLABLES_PER_MINUTE)),
        Field("voice", default="vi", choices=(*VOICES, "none")),
        Field("abbreviations", public=True),
    )
    metric = "airings"
    version = 2

    def files(self, job: Job) -> Iterator[tuple[str, bytes]]:
        said = self.script(job.variant)
        head = [
            self.word("script"),
            self.word("airs", due=self.due(job)),
            self.word("slots", slots=self.setting("slots") or "–"),
            self.word("priority", priority=self.word(f"priority_{self.setting('priority')}")),
            self.word(
                "lasts", minutes=_clock(self.seconds(said)), syllables=syllables(said), rate=self._rate
            ),
        ]
        notes = [self.word("synthetic_note")] if self._voiced else []
        text = "\n".join([self._context.unit.name, *head, *notes, "", "—" * 20, "", said])
        yield "ban-tin-phat-thanh.txt", f"{text}\n".encode()
        sheet = Sheet(
            title=job.variant.title,
            text=marked(said),
            unit=self._context.unit.name,
            small=[*head[1:], self.cited(job.variant), *notes],
            foot=f"{self.word('script')} · {self.due(job)}",
            made_at=job.due_at,
        )
        yield "ban-tin-phat-thanh.pdf", draw(sheet, SCRIPT).data

    def extras(self, job: Job, folder: Path) -> None:
        if self._voiced:
            said = f"{self.word('synthetic_said')}\n\n{self.script(job.variant)}"
            speak(said, self.setting("voice"), folder / f"ban-tin-phat-thanh-{SYNTHETIC}.wav")

    def remarks(self, variant: Variant) -> Iterator[Finding]:
        where = variant.channel
        try:
            known = slots(self.setting("slots"))
        except ValueError as error:
            known = ()
            yield Finding("loudspeaker.slot_wrong", "block", where, {"written": str(error)})
        due = variant.not_before.astimezone(self._zone)
        if known and not any(slot.holds(due) for slot in known):
            written = {"time": f"{due:%H:%M}", "slots": self.setting("slots")}
            yield Finding("loudspeaker.no_slot", "warn", where, {**written})
        if not known and not self.setting("slots"):
            yield Finding("loudspeaker.slots_missing", "hint", where)
        if self._rate_wrong:
            least, most = RATES[0], RATES[-1]
            told = {"written": self.setting("rate"), "least": least, "most": most}
            yield Finding("loudspeaker.rate_wrong", "warn", where, told)
        seconds = self.seconds(self.script(variant))
        lasts: dict[str, object] = {"minutes": _clock(seconds), "most": LONGEST_S // 60}
        yield Finding("loudspeaker.long" if seconds > LONGEST_S else "loudspeaker.lasts",
                      "warn" if seconds > LONGEST_S else "hint", where, lasts)  # fmt: skip
        yield from Reading.remarks(variant, self.plain(variant), self.setting("abbreviations"), self._frame)

    def script(self, variant: Variant) -> str:
        """All that is said, greeting and closing included, in words."""
        reading = Reading.of(variant, self.plain(variant), self.setting("abbreviations"), self._frame)
        greeting, closing = reading.beside
        return f"{greeting}\n\n{reading.text}\n\n{closing}"

    @property
    def _frame(self) -> tuple[str, ...]:
        """Greeting and closing as they are written."""
        unit = self._context.unit.name
        return tuple(
            self.setting(name).replace("{unit}", unit) or self.word(name, unit=unit)
            for name in ("greeting", "closing")
        )

    def seconds(self, said: str) -> int:
        """How long it takes to say, at the channel's rate."""
        return round(syllables(said) * 60 / self._rate)

    @property
    def _rate(self) -> int:
        return SYLLABLES_PER_MINUTE if self._rate_wrong else int(self.setting("rate"))

    @property
    def _rate_wrong(self) -> bool:
        written = self.setting("rate")
        return not (written.isascii() and written.isdigit() and len(written) < 5 and int(written) in RATES)

    @property
    def _voiced(self) -> bool:
        return self.setting("voice") != "none"


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"
