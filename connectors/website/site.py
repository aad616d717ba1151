"""What one release consists of: a pure function of the public articles and the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path

from connectors.errors import Refused
from connectors.website.article import Article, media_name
from connectors.website.feeds import atom, rss, sitemap
from connectors.website.files import sha256
from connectors.website.page import Pages
from connectors.website.settings import Settings
from content.variant import MediaRef

_AS_THEY_ARE = ("style.css", "loa.js", "icon.svg")


@dataclass(frozen=True)
class Part:
    """One file of a release. Equal `key`, equal bytes: not made again. Without a key it is always made."""

    make: Callable[[], bytes] | Path
    key: str = ""


def plan(
    articles: Iterable[Article], settings: Settings, picture: Callable[[MediaRef], Path]
) -> dict[str, Part]:
    """Path within the release → its part, sorted by path. The order of `articles` does not matter.

    Raises Refused when two articles claim one address (equal titles and, by chance, equal digests).
    """
    pages = Pages(settings)
    views = pages.views(articles)
    look = _look(settings, pages)
    parts: dict[str, Part] = {
        "index.html": Part(lambda: pages.index(views)),
        "tat-ca.html": Part(lambda: pages.archive(views)),
        "embed/list.html": Part(lambda: pages.embed(views)),
        "atom.xml": Part(lambda: atom(pages, views)),
        "rss.xml": Part(lambda: rss(pages, views)),
        "sitemap.xml": Part(lambda: sitemap(pages, views)),
        "search.json": Part(lambda: pages.search(views)),
    }
    for name in (*_AS_THEY_ARE, *(("counter.js",) if pages.counter else ())):
        data = _package_files()[f"templates/{name}"]
        parts[name] = Part(lambda data=data: data, sha256(data))  # type: ignore[misc]
    for view in views:
        if view.path in parts:
            raise Refused("site:address-taken", view.path)
        key = sha256(f"{look} {view.article.digest}".encode())
        parts[view.path] = Part(lambda view=view: pages.article(view), key)  # type: ignore[misc]
        for ref in view.article.variant.media:
            parts[f"media/{media_name(ref)}"] = Part(picture(ref), ref.sha256)
    return dict(sorted(parts.items()))


def _look(settings: Settings, pages: Pages) -> str:
    """Digest of all that shapes an article's page beside the article: code, templates, words, settings."""
    facts = asdict(settings)
    del facts["folder"]
    libraries = [f"{name} {metadata.version(name)}" for name in ("jinja2", "markdown-it-py", "nh3")]
    package = [f"{name} {sha256(data)}" for name, data in _package_files().items()]
    lines = [*sorted(map(repr, facts.items())), *pages.words.everything(), *libraries, *package]
    return sha256("\n".join(lines).encode())


@cache
def _package_files() -> dict[str, bytes]:
    package = resources.files("connectors.website")
    found = {file.name: file.read_bytes() for file in package.iterdir() if file.name.endswith(".py")}
    found["richtext.py"] = (resources.files("content") / "richtext.py").read_bytes()  # makes the body
    found["counting.py"] = (resources.files("content.counting") / "__init__.py").read_bytes()
    for file in (package / "templates").iterdir():
        if file.name.endswith((".html", ".css", ".js", ".svg")):
            found[f"templates/{file.name}"] = file.read_bytes()
    return dict(sorted(found.items()))
