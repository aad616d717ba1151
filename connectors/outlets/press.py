"""Press (gửi báo chí): one ZIP with the text as a page and as plain text, and the pictures as stored."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import PurePosixPath

from connectors.contract import Capabilities, Field, Job
from connectors.outlets.outlet import Outlet, common
from content.finding import Finding
from content.richtext import clean, render, without_title
from content.text import slug
from content.variant import MediaRef, Variant

_ZIP_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}


class _Picture:
    def __init__(self, ref: MediaRef, file: str) -> None:
        self.name, self.file, self.alt = ref.name, file, ref.alt

    def tag(self) -> str:
        return f'<img src="{escape(self.file)}" alt="{escape(self.alt)}">'


class Press(Outlet):
    """What a newsroom needs: who says it, whom to ask, from when it may be used."""

    capabilities: Capabilities = common(
        "press",
        Field("contact", public=True),
        Field("embargo", default="due", choices=("due", "none"), public=True),
        text_max=200_000,
    )
    metric = "newsrooms"

    def files(self, job: Job) -> Iterator[tuple[str, bytes]]:
        pictures = self._pictures(job.variant)
        inside = {"thong-cao.html": self._page(job, pictures), "thong-cao.txt": self._text(job)}
        if pictures:
            alts = "\n".join(f"{file}: {' '.join(ref.alt.split())}" for ref, file in pictures)
            inside["chu-thich-anh.txt"] = f"{alts}\n"
        files = {name: text.encode() for name, text in inside.items()}
        files |= {file: self._context.media(ref).read_bytes() for ref, file in pictures}
        yield "goi-bao-chi.zip", _zipped(files, max(job.due_at, _ZIP_EPOCH))
        yield "thong-cao.txt", files["thong-cao.txt"]

    def remarks(self, variant: Variant) -> Iterator[Finding]:
        if not (self.setting("contact") or self.setting("phone") or self.setting("email")):
            yield Finding("press.contact_missing", "warn", variant.channel)
        if not variant.summary.strip():
            yield Finding("press.summary_missing", "hint", variant.channel)

    def _pictures(self, variant: Variant) -> list[tuple[MediaRef, str]]:
        return [
            (ref, f"anh-{number:02}-{slug(PurePosixPath(ref.name).stem)}{_ENDINGS[ref.mime]}")
            for number, ref in enumerate((one for one in variant.media if one.mime in _ENDINGS), 1)
        ]

    def _head(self, job: Job) -> list[str]:
        embargo = self.word("embargo", due=self.due(job)) if self.setting("embargo") == "due" else ""
        return [self._context.unit.name, self.word("press_release"), *([embargo] if embargo else [])]

    def _foot(self, job: Job) -> list[str]:
        contact = self.setting("contact")
        told = [self.word("contact", contact=contact)] if contact else []
        link = job.variant.link.strip()
        return [
            *filter(None, [self.cited(job.variant), self.word("source", link=link) if link else ""]),
            *told,
            *self.unit_block()[1:],
        ]

    def _text(self, job: Job) -> str:
        variant = job.variant
        body = [" ".join(variant.title.split()), " ".join(variant.summary.split()), self.plain(variant)]
        parts = ["\n".join(self._head(job)), *filter(None, body), "\n".join(self._foot(job))]
        return "\n\n".join(parts) + "\n"

    def _page(self, job: Job, pictures: list[tuple[MediaRef, str]]) -> str:
        variant = job.variant
        shown = [_Picture(ref, file) for ref, file in pictures]
        rich = render(without_title(variant.text, variant.title), shown)
        loose = "".join(
            f"<figure>{one.tag()}</figure>" for at, one in enumerate(shown) if at not in rich.placed
        )
        body = clean(rich.html + loose, {})
        head = "".join(f"<p><strong>{escape(line)}</strong></p>\n" for line in self._head(job))
        foot = "".join(f"<p>{escape(line)}</p>\n" for line in self._foot(job))
        title, lead = escape(" ".join(variant.title.split())), escape(" ".join(variant.summary.split()))
        return (
            f'<!doctype html>\n<html lang="{escape(self._context.unit.language)}">\n<head>\n'
            f'<meta charset="utf-8">\n<title>{title}</title>\n</head>\n<body>\n{head}<h1>{title}</h1>\n'
            f"{f'<p><strong>{lead}</strong></p>' if lead else ''}\n{body}\n<hr>\n{foot}</body>\n</html>\n"
        )


def _zipped(files: dict[str, bytes], moment: datetime) -> bytes:
    """The same bytes for the same files: names in order, one date, no trace of a machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, moment.astimezone(UTC).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return out.getvalue()
