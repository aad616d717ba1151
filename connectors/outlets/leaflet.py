"""Leaflet (tờ rơi): one sheet of two pages, A5 or A4, with a QR code to the post's address."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.contract import Capabilities, Field, Job
from connectors.errors import Refused
from connectors.outlets.letters import missing_letters
from connectors.outlets.outlet import Outlet, common
from connectors.outlets.paper import MM, Format, Paper, Sheet, draw
from content.finding import Finding
from content.richtext import safe_link, without_title
from content.variant import Variant

FORMATS = {
    "A5": Format("A5", (11, 10, 9.2, 8.5), 11 * MM, 2),
    "A4": Format("A4", (13, 12, 11, 10), 16 * MM, 2),
}
LINK_MOST = 300
"""Letters: a QR code with more has squares too fine for a cheap printer."""


class Leaflet(Outlet):
    """Both sides of one sheet; what does not fit is said before anybody approves it."""

    capabilities: Capabilities = common("leaflet", Field("paper", default="A5", choices=tuple(FORMATS)))
    metric = "copies"

    def files(self, job: Job) -> Iterator[tuple[str, bytes]]:
        paper = self._paper(job.variant, job)
        if not paper.fits:
            raise Refused("outlets:too-long", paper.over)
        yield "to-roi.pdf", paper.data

    def remarks(self, variant: Variant) -> Iterator[Finding]:
        where = variant.channel
        if not variant.link:
            yield Finding("leaflet.no_link", "hint", where)
        elif not safe_link(variant.link) or len(variant.link) > LINK_MOST:
            yield Finding("outlets.link_long", "block", where, {"most": LINK_MOST})
            return
        paper = self._paper(variant)
        if not paper.fits:
            yield Finding("leaflet.too_long", "block", where, {"words": paper.over, "pages": paper.pages})
        if odd := missing_letters(f"{variant.title}{variant.summary}{variant.text}"):
            yield Finding("outlets.letters_missing", "hint", where, {"letters": odd[:40]})

    def _paper(self, variant: Variant, job: Job | None = None) -> Paper:
        day = self.day(job) if job else ""
        sheet = Sheet(
            title=variant.title,
            text=without_title(variant.text, variant.title),
            unit=self._context.unit.name,
            lead=variant.summary,
            small=[self.cited(variant), *self.unit_block()[1:], variant.author],
            foot=f"{self._context.unit.name} · {self.word('issued', day=day)}",
            link=variant.link,
            link_words=self.word("scan"),
            media=variant.media,
            pictures=self._context.media if job else None,
            made_at=job.due_at if job else None,
        )
        return draw(sheet, FORMATS[self.setting("paper")])
