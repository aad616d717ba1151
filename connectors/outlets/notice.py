"""Notice board (bảng tin) and a sheet to be read aloud at meetings (bản đọc), both in large letters."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.contract import Capabilities, Field, Job
from connectors.outlets.letters import missing_letters
from connectors.outlets.outlet import Outlet, common
from connectors.outlets.paper import MM, Format, Paper, Sheet, draw
from connectors.outlets.reading import Reading
from content.finding import Finding
from content.richtext import safe_link, without_title
from content.variant import Variant

POSTER = Format("A4", (18, 16, 14), 18 * MM, 2, 1.3)
READ_ALOUD = Format("A4", (16,), 20 * MM, 0, 1.6)
LINK_MOST = 300


class Notice(Outlet):
    """Read from two steps away, at a board or from a hand."""

    capabilities: Capabilities = common("notice", Field("abbreviations", public=True))
    metric = "boards"
    version = 2

    def files(self, job: Job) -> Iterator[tuple[str, bytes]]:
        yield "bang-tin.pdf", self._poster(job.variant, job).data
        reading = Reading.of(job.variant, self.plain(job.variant), self.setting("abbreviations"))
        yield "ban-doc.txt", f"{reading.text}\n".encode()
        sheet = Sheet(
            title=reading.title,
            text=reading.marked,
            unit=self._context.unit.name,
            small=[self.word("read_aloud")],
            foot=f"{self._context.unit.name} · {self.word('issued', day=self.day(job))}",
            made_at=job.due_at,
        )
        yield "ban-doc.pdf", draw(sheet, READ_ALOUD).data

    def remarks(self, variant: Variant) -> Iterator[Finding]:
        where = variant.channel
        if variant.link and (not safe_link(variant.link) or len(variant.link) > LINK_MOST):
            yield Finding("outlets.link_long", "block", where, {"most": LINK_MOST})
            return
        paper = self._poster(variant)
        if not paper.fits:
            yield Finding("notice.too_long", "warn", where, {"pages": paper.pages})
        yield from Reading.remarks(variant, self.plain(variant), self.setting("abbreviations"))
        if odd := missing_letters(f"{variant.title}{variant.summary}{variant.text}"):
            yield Finding("outlets.letters_missing", "hint", where, {"letters": odd[:40]})

    def _poster(self, variant: Variant, job: Job | None = None) -> Paper:
        sheet = Sheet(
            title=variant.title,
            text=without_title(variant.text, variant.title),
            unit=self._context.unit.name,
            lead=variant.summary,
            small=[self.cited(variant), *self.unit_block()[1:]],
            foot=f"{self._context.unit.name} · {self.word('pinned', day=self.day(job) if job else '')}",
            link=variant.link,
            link_words=self.word("scan"),
            media=variant.media,
            pictures=self._context.media if job else None,
            made_at=job.due_at if job else None,
        )
        return draw(sheet, POSTER)
