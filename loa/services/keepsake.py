"""The practice platforms' pages as files that open without the platforms, pictures and films beside them."""

from __future__ import annotations

import mimetypes
import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from html import escape, unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from connectors.practice.places import SITE

TIMEOUT_S = 10
MOST = 500
"""Pages and files; a demo has some eighty."""
_LINK = re.compile(r'(\b(?:href|src|poster)=")([^"]*)(")')
_FIRST = "index.html"
_CAPTIONS = "text/vtt"


def keep_pages(start: str, homes: Iterable[str], folder: Path) -> Path:
    """Save the page at `start` and all that it leads to on these hosts; returns the file to open first.

    The unit's website, which the start page shows as well, is files already: links lead to where it stands,
    `../site/current/` as seen from `folder`.
    """
    hosts = {urlsplit(address).netloc for address in (start, *homes)}
    site = urljoin(start, SITE)
    found = _crawl(start, hosts, site)
    names = {address: _name(number, *page) for number, (address, page) in enumerate(found.items())}
    names[start] = _FIRST

    def moved(page: str, link: re.Match[str]) -> str:
        address, mark, part = urljoin(page, unescape(link[2])).partition("#")
        if address.startswith(site):
            address = "../site/current/" + (address.removeprefix(site) or _FIRST)
        elif address not in names:
            return link[0]
        return link[1] + escape(names.get(address, address) + mark + part) + link[3]

    folder.mkdir(parents=True, exist_ok=True)
    for page, (kind, content) in found.items():
        if kind == "text/html":
            text = _LINK.sub(partial(moved, page), content.decode())
            (folder / names[page]).write_text(text, "utf-8")
        elif kind != _CAPTIONS:
            (folder / names[page]).write_bytes(content)
    return folder / _FIRST


def _crawl(start: str, hosts: Collection[str], leave: str) -> dict[str, tuple[str, bytes]]:
    """Address → (media type, content) of everything reachable that answers with 200."""
    found: dict[str, tuple[str, bytes]] = {}
    seen, waiting = {start}, [start]
    with requests.Session() as session:
        while waiting and len(found) < MOST:
            page = waiting.pop(0)
            answer = session.get(page, timeout=TIMEOUT_S)
            if answer.status_code != 200:
                continue
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            found[page] = kind, answer.content
            if kind != "text/html":
                continue
            for address in _links(page, answer.content.decode()):
                if (
                    urlsplit(address).netloc in hosts
                    and not address.startswith(leave)
                    and address not in seen
                ):
                    seen.add(address)
                    waiting.append(address)
    return found


def _links(page: str, text: str) -> Iterator[str]:
    for link in _LINK.finditer(text):
        yield urljoin(page, unescape(link[2])).partition("#")[0]


def _name(number: int, kind: str, content: bytes) -> str:
    """A file's name. Captions stay inside their page: of a page on disk, browsers load none beside it."""
    if kind == _CAPTIONS:
        return f"data:{kind};base64,{b64encode(content).decode()}"
    return f"{number:03}{mimetypes.guess_extension(kind) or ''}"
