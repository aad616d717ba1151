"""Nguồn tin: an RSS or Atom feed of another body → its items, each as Markdown to be adapted.

Only words are taken: no picture (rights are the other body's), no script, no address but http(s).
"""

from __future__ import annotations

import codecs
import hashlib
import html
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from content.errors import UsageError
from content.finding import Finding
from content.incoming.feed_dates import published
from content.incoming.prose import to_markdown
from content.richtext import safe_link
from content.text import normalise

LARGEST_BYTES = 2 * 1024 * 1024
MOST_ITEMS = 100
LONGEST_HTML = 60_000
"""Letters of one item; a law with its annexes belongs behind the link."""
LONGEST_TITLE = 200
LONGEST_SUMMARY = 400
_CODECS = frozenset(
    {
        "utf-8",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "cp1258",
        "cp1252",
        "cp1250",
        "cp1251",
        "iso8859-1",
        "ascii",
    }
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,300}\?>")
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ALTERNATE = re.compile(r"<link\b[^>]{0,1000}application/(?:rss|atom)\+xml[^>]{0,1000}>", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]{1,500})\"|'([^']{1,500})'|([^\s>]{1,500}))", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>|&#?\w+;")
_PICTURE = re.compile(r"<(?:img|picture|video|iframe|object|embed)\b", re.IGNORECASE)
_TAGS = {
    *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "br", "hr"),
    *("strong", "b", "em", "i", "s", "del", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_NO_ADDRESS = re.compile(r"[\s<>\"\\^`{|}\x00-\x1f]")
_OPEN_OR_CLOSE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,10})")
_NEVER_CLOSED = {"br", "img", "hr", "p", "li", "td", "tr", "th", "input", "col", "wbr"}
_DEEPEST = 500
"""Elements in elements: what cleans HTML takes the square of it."""
_DROPPED = {"script", "style", "iframe", "object", "noscript", "template", "svg", "math", "title", "head"}


class FeedError(UsageError):
    """What came from the address is no feed that can be read; `findings` say why and what to do."""

    def __init__(self, name: str, findings: list[Finding]) -> None:
        super().__init__("feeds.not_read", feed=name)
        self.findings = findings


@dataclass(frozen=True)
class FeedItem:
    """One item. `id` is its own name within the feed; `published` is aware (UTC) or None."""

    id: str
    title: str
    link: str
    published: datetime | None
    summary: str
    body: str
    remarks: tuple[str, ...] = ()
    """Short names of `feeds.item.*`: what of the item was not taken."""


@dataclass(frozen=True)
class FeedText:
    """What a feed says, in the order in which it says it, and what was wrong with it."""

    title: str
    items: tuple[FeedItem, ...]
    remarks: list[Finding]


def read_feed(
    data: bytes, *, place: str, address: str = "", content_type: str = "", zone: ZoneInfo | None = None
) -> FeedText:
    """The items of a feed in RSS 0.9x, 1.0 (RDF), 2.0 or Atom; of a broken one, those that can be read.

    `address` is where it came from (relative links begin there), `zone` is for dates written without one.
    Raises FeedError for what is no feed, is too long, or defines entities of its own.
    """
    if len(data) > LARGEST_BYTES:
        raise _refusal(place, "too_long", mib=LARGEST_BYTES // 1024**2)
    text, odd = _decoded(data, content_type)
    if "<!ENTITY" in text:  # ten lines can unfold to gigabytes, and no honest feed has one
        raise _refusal(place, "entities")
    told = _parsed(_NOT_XML.sub("", _DECLARATION.sub("", text)), address)
    remarks = [Finding("feeds.encoding", "hint", place, {"codec": odd})] if odd else []
    if not told.entries and not told.get("version"):
        raise _no_feed(place, text, address)
    if told.get("bozo"):
        remarks.append(Finding("feeds.broken", "warn", place, {"count": len(told.entries)}))
    if not told.entries:
        remarks.append(Finding("feeds.empty", "warn", place))
    if len(told.entries) > MOST_ITEMS:
        remarks.append(Finding("feeds.many", "hint", place, {"most": MOST_ITEMS}))
    items: dict[str, FeedItem] = {}
    zone = zone or ZoneInfo("UTC")
    entries = _newest(told.entries, [_published(entry, zone) for entry in told.entries])
    keys = Counter(map(_key, entries))
    for entry in entries:
        item = _item(entry, zone, own_key=keys[_key(entry)] == 1 or bool(_get(entry, "id")))
        if item.title or item.body:
            items.setdefault(item.id, item)
    return FeedText(_line(_get(told.feed, "title")), tuple(items.values()), remarks)


def _decoded(data: bytes, content_type: str) -> tuple[str, str]:
    """The text, and the codec where it is another than the feed says.

    UTF-8 is tried first: text with tone marks that passes for UTF-8 is UTF-8, whatever was declared.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace"), ""
    inside, outside = _DECLARED.match(data), _CHARSET.search(content_type)
    told = [inside[1].decode("ascii") if inside else "", outside[1] if outside else ""]
    declared = [codec for codec in map(_codec, told) if codec]
    for codec in ("utf-8", *declared, "cp1258"):
        try:
            text = data.decode(codec)
        except UnicodeError:
            continue
        fits = data.isascii() or codec in (declared or ["utf-8"])
        return text, "" if fits else codec.upper().replace("CP", "Windows-")
    return data.decode("utf-8", "replace"), "UTF-8"


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""
    return found if found in _CODECS else ""


def _parsed(text: str, address: str) -> Any:
    import feedparser  # brings http clients and parsers that no other command needs

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": address}
    try:
        # A stream: a text could be an address or a file's name, which feedparser would open.
        stream = io.BytesIO(text.encode("utf-8", "replace"))
        return feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # what a reader of foreign XML may raise is not enumerable
        return feedparser.FeedParserDict(entries=[], feed={}, version="", bozo=True)


def _item(entry: Any, zone: ZoneInfo, *, own_key: bool) -> FeedItem:
    """`own_key` False: other items have its link too, some portals name their front page in each."""
    base = _address(_get(entry, "link"))
    parts = [part for part in _get(entry, "content", []) if isinstance(part, dict)]
    contents = [str(part.get("value", "")) for part in parts if "html" in str(part.get("type", "html"))]
    contents += [
        html.escape(str(part.get("value", ""))) for part in parts if part.get("type") == "text/plain"
    ]
    short, whole = str(_get(entry, "summary")), max(contents, key=len, default="")
    whole = whole if len(whole) > len(short) else short
    remarks = ["pictures"] if _PICTURE.search(whole) or _encloses(entry) else []
    if len(whole) > LONGEST_HTML:
        whole = whole[:LONGEST_HTML]
        remarks.append("cut")
    body = _markdown(whole, base)
    title = _line(_get(entry, "title"))[:LONGEST_TITLE].strip()
    summary = _line(short) if short and short != whole else ""
    key = _key(entry) or f"{title}\n{body}"
    key = key if own_key else f"{key}\n{title}\n{_get(entry, 'published')}"
    return FeedItem(
        hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16],
        title or " ".join(body.split())[:80].strip(),
        base,
        _published(entry, zone),
        summary if len(summary) <= LONGEST_SUMMARY else "",
        body,
        tuple(remarks),
    )


def _get(entry: Any, name: str, default: Any = "") -> Any:
    """A field as it was written: feedparser's own `get` takes one field for another, and warns of it."""
    return dict.get(entry, name) or default


def _encloses(entry: Any) -> bool:
    return any(
        isinstance(link, dict) and dict.get(link, "rel") == "enclosure" for link in _get(entry, "links", [])
    )


def _line(text: Any) -> str:
    """One line without markup."""
    import nh3

    bare = nh3.clean(str(text)[:20_000], tags=set(), clean_content_tags=_DROPPED)
    return " ".join(normalise(html.unescape(bare)).split())


def _markdown(text: str, base: str) -> str:
    import nh3

    if not _TAG.search(text) or _too_deep(text):
        text = "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in re.split(r"\n\s*\n", text))

    def whole(tag: str, name: str, value: str) -> str:
        return _address(value, base) if (tag, name) == ("a", "href") else value

    clean = nh3.clean(
        text,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel=None,
        attribute_filter=whole,
        strip_comments=True,
    )
    # nh3 writes every tag alike; the one heading of the first level is the post's own title.
    return to_markdown(clean.replace("<h1>", "<h2>").replace("</h1>", "</h2>")).body


def _too_deep(text: str) -> bool:
    """Whether more stands open at once than on any page of a person's; stray end tags close nothing."""
    stands: Counter[str] = Counter()
    deep = 0
    for tag in _OPEN_OR_CLOSE.finditer(text):
        name = tag[2].lower()
        step = -1 if tag[1] else 1
        if name not in _NEVER_CLOSED and (step > 0 or stands[name]):
            stands[name] += step
            deep += step
        if deep > _DEEPEST:
            return True
    return False


def _address(written: Any, base: str = "") -> str:
    """A whole http(s) address without a password in it, or nothing."""
    try:
        joined = urljoin(base, str(written).strip()) if base else str(written).strip()
        parts = urlsplit(joined)
        fits = parts.scheme in ("http", "https") and parts.username is None and bool(parts.hostname)
    except ValueError:
        return ""
    fits = fits and len(joined) <= 2000 and not _NO_ADDRESS.search(joined) and joined == normalise(joined)
    return safe_link(joined) if fits else ""


def _published(entry: Any, zone: ZoneInfo) -> datetime | None:
    told = (
        published(str(_get(entry, name)), _get(entry, f"{name}_parsed", None), zone)
        for name in ("published", "updated")
    )
    return next(filter(None, told), None)


def _newest(entries: list[Any], dates: list[datetime | None]) -> list[Any]:
    """The entries that are looked at: where each has its date the newest, however the feed is sorted."""
    dated = [(date, -place) for place, date in enumerate(dates) if date]
    if len(entries) <= MOST_ITEMS or len(dated) < len(entries):
        return entries[:MOST_ITEMS]
    kept = {-place for _, place in sorted(dated, reverse=True)[:MOST_ITEMS]}
    return [entry for place, entry in enumerate(entries) if place in kept]


def _key(entry: Any) -> str:
    return str(_get(entry, "id")) or _address(_get(entry, "link"))


def _refusal(place: str, rule: str, **values: object) -> FeedError:
    return FeedError(place, [Finding(f"feeds.{rule}", "block", place, values)])


def _no_feed(place: str, text: str, address: str) -> FeedError:
    """People paste the address of the page that they read: pages name their feed."""
    for link in _ALTERNATE.finditer(text[:500_000]):
        href = _HREF.search(link[0])
        if href and (found := _address(html.unescape(next(filter(None, href.groups()))), address)):
            return _refusal(place, "page_with_feed", feed=found)
    looks = re.search(r"<(?:!doctype\s+html|html|body|head)\b", text[:5000], re.IGNORECASE)
    return _refusal(place, "page" if looks else "not_a_feed")
