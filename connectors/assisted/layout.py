"""What stands in the files of a pack: the text in three forms, the alt texts, the page that leads through."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from html import escape, unescape
from importlib import resources
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from connectors.assisted.page import mark_of
from connectors.assisted.settings import Settings
from connectors.contract import Job, Unit
from content.moment import show
from content.plain import flatten
from content.text import slug
from content.variant import MediaRef, Variant
from content.wording import LANGUAGES, catalogue

_PREFIX = "assisted.pack."
_FIGURE = re.compile(
    r'<figure><img src="(?P<file>[^"]*)"[^>]*>(?:<figcaption>(?P<caption>.*?)</figcaption>)?</figure>\s*'
)
_LAST_TAG = re.compile(r"</[a-z0-9]+>\s*$")
_ENDINGS = {"application/x-subrip": ".srt", "text/vtt": ".vtt"}


@dataclass(frozen=True)
class Picture:
    """A picture of the pack; `file` is its name in the folder."""

    name: str
    file: str
    alt: str

    def tag(self) -> str:
        """The `<img>`, for reading in the folder; a portal gives the picture an address of its own."""
        return f'<img src="{escape(self.file)}" alt="{escape(self.alt)}">'


@dataclass(frozen=True)
class Layout:
    """How the packs of one channel look."""

    settings: Settings
    unit: Unit
    channel: str

    @cached_property
    def words(self) -> dict[str, str]:
        """Labels in the unit's language: some of them are published."""
        language = self.unit.language if self.unit.language in LANGUAGES else "vi"
        whole = catalogue("vi") | catalogue(language)
        return {key.removeprefix(_PREFIX): text for key, text in whole.items() if key.startswith(_PREFIX)}

    @cached_property
    def digest(self) -> str:
        """Changes with everything that shapes a pack beside its variant."""
        facts = [asdict(self.settings), asdict(self.unit), self.channel, self.words, _template_text()]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    @property
    def address_hint(self) -> str:
        return f"# {self.words['address_hint']}\n"

    def names(self, variant: Variant) -> dict[MediaRef, str]:
        """File names in the post's order; the number tells the order where a portal sorts by name."""
        return {
            ref: f"{number:02}-{slug(PurePosixPath(ref.name).stem)}{_ending(ref)}"
            for number, ref in enumerate(variant.media, 1)
        }

    def texts(self, job: Job) -> dict[str, str]:
        """File name → text, for all files but the media."""
        variant = job.variant
        pictures = [
            Picture(ref.name, file, ref.alt)
            for ref, file in self.names(variant).items()
            if ref.mime.startswith("image/")
        ]
        body = self._body(variant, pictures)
        captions = {found["file"]: unescape(found["caption"] or "") for found in _FIGURE.finditer(body)}
        shown = [(picture, captions.get(picture.file, "")) for picture in pictures]
        others = [file for ref, file in self.names(variant).items() if not ref.mime.startswith("image/")]
        return {
            "bai.html": self._page(job, body),
            "bai.txt": self._plain(variant),
            "mo-ta-anh.txt": self._descriptions(shown),
            "huong-dan.html": _template().render(
                words=SimpleNamespace(**self.words),
                variant=variant,
                unit=self.unit.name,
                due=show(job.due_at, self._zone),
                settings=self.settings,
                channel=self.channel,
                delivery=job.delivery,
                title=_line(variant.title),
                summary=_line(variant.summary),
                tags=", ".join(_line(tag) for tag in variant.tags),
                body=_marked(_FIGURE.sub("", body), job),
                plain=self._plain_body(variant),
                pictures=shown,
                others=others,
            ),
        }

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.unit.timezone)

    def _body(self, variant: Variant, pictures: list[Picture]) -> str:
        """The whole text as clean HTML: body, pictures without a place in it, citations, source, author."""
        from content import richtext  # brings the Markdown parser

        rich = richtext.render(richtext.without_title(variant.text, variant.title), pictures)
        loose = [picture for index, picture in enumerate(pictures) if index not in rich.placed]
        parts = [rich.html, *(f"<figure>{picture.tag()}</figure>\n" for picture in loose)]
        if variant.citations:
            cited = "".join(f"<li>{escape(_line(citation))}</li>" for citation in variant.citations)
            parts.append(f"<h2>{escape(self.words['citations'])}</h2>\n<ul>{cited}</ul>\n")
        if address := richtext.safe_link(variant.link):
            link = f'<a href="{escape(address)}">{escape(address)}</a>'
            parts.append(f"<p>{escape(self.words['source'])}: {link}</p>\n")
        if variant.author:
            parts.append(f"<p><em>{escape(_line(variant.author))}</em></p>\n")
        return richtext.clean("".join(parts), {})

    def _page(self, job: Job, body: str) -> str:
        title, summary = escape(_line(job.variant.title)), escape(_line(job.variant.summary))
        lead = f"<p><strong>{summary}</strong></p>\n" if summary else ""
        return (
            f'<!doctype html>\n<html lang="{escape(self.unit.language)}">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n{lead}{_marked(body, job)}\n"
            "</body>\n</html>\n"
        )

    def _plain(self, variant: Variant) -> str:
        parts = (_line(variant.title), _line(variant.summary), self._plain_body(variant))
        return "\n\n".join(part for part in parts if part) + "\n"

    def _plain_body(self, variant: Variant) -> str:
        from content import richtext

        parts = [flatten(richtext.without_title(variant.text, variant.title))]
        if variant.citations:
            cited = "\n".join(f"• {_line(citation)}" for citation in variant.citations)
            parts.append(f"{self.words['citations']}\n{cited}")
        if variant.link.strip():
            parts.append(f"{self.words['source']}: {variant.link.strip()}")
        parts.append(_line(variant.author))
        return "\n\n".join(part for part in parts if part)

    def _descriptions(self, shown: list[tuple[Picture, str]]) -> str:
        lines = []
        for picture, caption in shown:
            lines += [picture.file, f"  {self.words['alt']}: {_line(picture.alt)}"]
            lines += [f"  {self.words['caption']}: {caption}"] if caption else []
        return "\n".join(lines or [self.words["no_pictures"]]) + "\n"


def _ending(ref: MediaRef) -> str:
    if ref.mime.startswith("image/"):
        return ".jpg"
    return _ENDINGS.get(ref.mime) or PurePosixPath(ref.name).suffix.lower() or ".bin"


def _line(text: str) -> str:
    return " ".join(text.split())


def _marked(html: str, job: Job) -> str:
    """With the mark inside the last element, where editors drop it least."""
    html = html.rstrip()
    last = _LAST_TAG.search(html)
    mark = mark_of(job.marker)
    return html[: last.start()] + mark + last.group() if last else html + mark


@cache
def _template_text() -> str:
    return (resources.files(__package__) / "templates" / "guide.html").read_text("utf-8")


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined  # only where a pack is made

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_template_text())
