"""The pages readers open: front page, archive, articles, and the list other sites embed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from connectors.website.article import Article, media_name
from connectors.website.body import Body, Picture, render, safe_link
from connectors.website.settings import Settings
from connectors.website.words import Words
from content.counting import BEACON_SECONDS
from content.richtext import without_title
from content.text import fold, normalise

LATEST = 20
EMBEDDED = 10

_NUMBER = re.compile(r"\d+/(?:\d{4}/)?[A-ZĐ][A-ZĐ0-9-]*[A-ZĐ0-9]")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def readable(text: str) -> str:
    """NFC and nothing that XML forbids."""
    return _NOT_XML.sub("", normalise(text))


@dataclass(frozen=True)
class View:
    """An article as templates and feeds see it."""

    article: Article
    words: Words
    settings: Settings

    @property
    def path(self) -> str:
        return self.article.path

    @property
    def url(self) -> str:
        """Whole address, or empty when the section has none."""
        return self.settings.base_url and self.settings.base_url + self.path

    @cached_property
    def title(self) -> str:
        return " ".join(readable(self.article.variant.title).split())

    @cached_property
    def summary(self) -> str:
        return " ".join(readable(self.article.variant.summary).split())

    @cached_property
    def excerpt(self) -> str:
        """The summary, or the head of the body where there is none."""
        if self.summary:
            return self.summary
        plain = self.body("../").plain
        return plain if len(plain) <= 220 else plain[:219].rsplit(" ", 1)[0] + "…"

    @cached_property
    def author(self) -> str:
        return readable(self.article.variant.author).strip()

    @property
    def kind(self) -> str:
        return self.words.kind(self.article.variant.kind)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        return tuple(readable(tag).strip() for tag in self.article.variant.tags)

    @cached_property
    def citations(self) -> tuple[str, ...]:
        return tuple(readable(citation).strip() for citation in self.article.variant.citations)

    @property
    def source(self) -> str:
        return safe_link(self.article.variant.link)

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(
            Picture(ref.name, f"media/{media_name(ref)}", readable(ref.alt), self.article.size(ref))
            for ref in self.article.variant.media
        )

    @property
    def published(self) -> str:
        return self.words.moment(self.article.published_at)  # type: ignore[arg-type]  # only public ones are shown

    @property
    def day(self) -> str:
        return self.words.day(self.article.published_at)  # type: ignore[arg-type]

    @property
    def published_iso(self) -> str:
        return self.words.local(self.article.published_at).isoformat()  # type: ignore[arg-type]

    @property
    def updated(self) -> str:
        return self.words.moment(self.article.updated_at) if self.article.updated_at else ""

    @property
    def updated_iso(self) -> str:
        changed = self.article.updated_at or self.article.published_at
        return self.words.local(changed).isoformat()  # type: ignore[arg-type]

    def body(self, root: str) -> Body:
        """The text as HTML with links leading from a page for which `root` is the section's root."""
        return render(without_title(readable(self.article.variant.text), self.title), self.pictures, root)

    @property
    def data(self) -> Markup:
        """schema.org `NewsArticle`, safe inside a script element."""
        unit = {"@type": "GovernmentOrganization", "name": self.settings.unit}
        fields: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": self.title,
            "description": self.excerpt,
            "inLanguage": self.words.tag,
            "datePublished": self.published_iso,
            "dateModified": self.updated_iso,
            "author": {"@type": "Organization", "name": self.author} if self.author else unit,
            "publisher": unit,
            "identifier": self.article.marker,
            "keywords": list(self.tags),
            "about": [legislation(citation) for citation in self.citations],
        }
        if self.url:
            fields |= {"url": self.url, "mainEntityOfPage": self.url}
            fields["image"] = [self.settings.base_url + picture.path for picture in self.pictures]
        return script_json({name: value for name, value in fields.items() if value not in ("", [])})


def legislation(citation: str) -> dict[str, str]:
    """schema.org `Legislation` for a citation, with the document's number where it bears one."""
    number = _NUMBER.search(citation)
    fields = {"@type": "Legislation", "name": citation}
    return fields | {"legislationIdentifier": number.group()} if number else fields


def script_json(value: object) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 every character with a meaning in HTML was replaced above


class Pages:
    """All pages of one section, as bytes; the same input gives the same bytes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.words = Words(settings.language, settings.timezone)
        self.title = settings.title or self.words.default_title
        self.counter = settings.counter if settings.counter_valid else ""

    def views(self, articles: Iterable[Article]) -> list[View]:
        """Newest first; articles of one moment in the order of their markers."""
        public = [article for article in articles if article.published_at]
        public.sort(key=lambda article: article.marker)
        public.sort(key=lambda article: article.published_at or 0, reverse=True)
        return [View(article, self.words, self.settings) for article in public]

    def article(self, view: View) -> bytes:
        body = view.body("../")
        return self._fill(
            "article.html",
            root="../",
            article=view,
            counter=self.counter,
            seconds=BEACON_SECONDS,
            body=Markup(body.html),  # noqa: S704 cleaned by body.render
            loose=[picture for picture in view.pictures if picture.path not in body.placed],
        )

    def index(self, views: Sequence[View]) -> bytes:
        return self._fill("index.html", root="", articles=views[:LATEST], total=len(views))

    def archive(self, views: Sequence[View]) -> bytes:
        def month(view: View) -> tuple[int, int]:
            local = self.words.local(view.article.published_at)  # type: ignore[arg-type]
            return local.year, local.month

        months = [(year, number, list(group)) for (year, number), group in groupby(views, month)]
        years = [(year, list(group)) for year, group in groupby(months, lambda entry: entry[0])]
        return self._fill("archive.html", root="", years=years, total=len(views))

    def embed(self, views: Sequence[View]) -> bytes:
        return self._fill("embed.html", root="../", articles=views[:EMBEDDED])

    def search(self, views: Sequence[View]) -> bytes:
        """One entry per article: folded words, so that a reader need not type tone marks."""
        entries = [
            {"path": view.path, "title": view.title, "date": view.published_iso, "words": _searched(view)}
            for view in views
        ]
        return json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def _fill(self, template: str, **values: Any) -> bytes:
        page = _environment().get_template(template)
        text = page.render(settings=self.settings, words=self.words, section=self.title, **values)
        return text.encode("utf-8")


def _searched(view: View) -> str:
    variant = view.article.variant
    whole = " ".join([view.title, view.summary, *view.tags, *view.citations, variant.text])
    folded = (_folded(word) for word in dict.fromkeys(re.findall(r"\w+", whole)))
    return " ".join(dict.fromkeys(word for word in folded if word))


@lru_cache(maxsize=20_000)  # Vietnamese has some 7,000 syllables, and the index is made at every reveal
def _folded(word: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(word)))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("connectors.website"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
