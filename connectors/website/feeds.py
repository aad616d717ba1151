"""Atom, RSS and the sitemap, written element by element.

In an Atom entry the `alternate` link stands first: NukeViet's feed block takes the first link it meets
(modules/feeds/blocks/global.rss.php; run on samples, see facts on websites).
"""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from connectors.website.page import LATEST, Pages, View

_FAMILY = uuid.UUID("7d6f3c58-0c7e-5b0e-9d0b-6c1f0f1f4c0a")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def entry_id(marker: str) -> str:
    """The article's name in feeds: the same for good, whatever its address becomes."""
    return f"urn:uuid:{uuid.uuid5(_FAMILY, marker)}"


def atom(pages: Pages, views: Sequence[View]) -> bytes:
    """Atom 1.0 with full content of the latest articles."""
    settings, base = pages.settings, pages.settings.base_url
    feed = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": pages.words.tag})
    _add(feed, "title", pages.title)
    _add(feed, "link", rel="alternate", type="text/html", href=base + "index.html")
    _add(feed, "link", rel="self", type="application/atom+xml", href=base + "atom.xml")
    _add(feed, "id", entry_id(base or f"{settings.unit}\n{pages.title}"))
    _add(feed, "updated", _rfc3339(_newest(views)))
    _add(_add(feed, "author"), "name", settings.unit)
    for view in views[:LATEST]:
        entry = _add(feed, "entry")
        _add(entry, "title", view.title)
        _add(entry, "link", rel="alternate", type="text/html", href=base + view.path)
        _add(entry, "id", entry_id(view.article.marker))
        _add(entry, "published", _rfc3339(view.article.published_at))
        _add(entry, "updated", _rfc3339(_changed(view)))
        for tag in view.tags:
            _add(entry, "category", term=tag)
        if view.summary:
            _add(entry, "summary", view.summary)
        _add(entry, "content", _content(view, base), type="html")
    return _document(feed)


def rss(pages: Pages, views: Sequence[View]) -> bytes:
    """RSS 2.0 with full content, for readers that know nothing newer (Oracle WebCenter)."""
    base = pages.settings.base_url
    root = ET.Element(
        "rss",
        {
            "version": "2.0",
            "xmlns:atom": "http://www.w3.org/2005/Atom",
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        },
    )
    channel = _add(root, "channel")
    _add(channel, "title", pages.title)
    _add(channel, "link", base + "index.html")
    _add(channel, "description", f"{pages.title} – {pages.settings.unit}")
    _add(channel, "language", pages.words.tag)
    _add(channel, "lastBuildDate", _rfc822(_newest(views)))
    _add(channel, "atom:link", rel="self", type="application/rss+xml", href=base + "rss.xml")
    for view in views[:LATEST]:
        item = _add(channel, "item")
        _add(item, "title", view.title)
        _add(item, "link", base + view.path)
        _add(item, "guid", entry_id(view.article.marker), isPermaLink="false")
        _add(item, "pubDate", _rfc822(view.article.published_at))
        _add(item, "dc:creator", view.author or pages.settings.unit)
        for tag in view.tags:
            _add(item, "category", tag)
        _add(item, "description", view.excerpt)
        _add(item, "content:encoded", _content(view, base))
    return _document(root)


def sitemap(pages: Pages, views: Sequence[View]) -> bytes:
    """Every page with the day of its last change."""
    base = pages.settings.base_url
    root = ET.Element("urlset", {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"})
    newest = _newest(views)
    rows = [("", newest), ("tat-ca.html", newest), *((view.path, _changed(view)) for view in views)]
    for path, changed in rows:
        entry = _add(root, "url")
        _add(entry, "loc", base + (path or ("" if base else "index.html")))
        _add(entry, "lastmod", _rfc3339(changed))
    return _document(root)


def _content(view: View, root: str) -> str:
    body = view.body(root)
    loose = [picture for picture in view.pictures if picture.path not in body.placed]
    figures = [f"<figure>{picture.tag(root)}</figure>" for picture in loose]
    return "\n".join([*figures[:1], body.html, *figures[1:]])


def _changed(view: View) -> datetime:
    return view.article.updated_at or view.article.published_at or _BEGINNING


def _newest(views: Sequence[View]) -> datetime:
    return max((_changed(view) for view in views), default=_BEGINNING)


def _rfc3339(moment: datetime | None) -> str:
    return (moment or _BEGINNING).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc822(moment: datetime | None) -> str:
    return format_datetime((moment or _BEGINNING).astimezone(UTC), usegmt=True)


def _add(parent: ET.Element, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _document(root: ET.Element) -> bytes:
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, "unicode")}\n'.encode()
