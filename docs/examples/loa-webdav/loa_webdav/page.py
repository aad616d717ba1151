"""What readers get: one HTML file that needs no other, so that a single move makes all of it public."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from loa.api import Job, MediaRef, Unit, Variant

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")  # HTML in a text is shown, not obeyed
_STYLE = "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.1rem/1.6 sans-serif}img{max-width:100%}"
_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<h1>{title}</h1>
{body}
{notes}
<p>{unit}</p>
{mark}
</html>
"""


def mark_of(job: Job) -> bytes:
    """By this a page is known as ours. It stands at the end, so half a page does not have it."""
    return f"<!-- loa:{job.marker} -->".encode()


def render(job: Job, pictures: Mapping[MediaRef, bytes], unit: Unit) -> bytes:
    """The page; the same job gives the same bytes, so a repeated prepare can compare them."""
    variant = job.variant
    sources = {
        ref.name: f"data:{ref.mime};base64,{b64encode(data).decode()}" for ref, data in pictures.items()
    }
    tokens = _MARKDOWN.parse(variant.text)
    placed = set()
    for image in _images(tokens):
        name = _file(image)
        placed.add(name)
        image.attrs["src"] = sources.get(name, "")
    tail = [(ref.alt, sources[ref.name]) for ref in variant.media if ref.name not in placed]
    figures = [f'<p><img src="{source}" alt="{escape(alt)}"></p>' for alt, source in tail]
    link = [f'<p><a href="{escape(variant.link)}">{escape(variant.link)}</a></p>'] if variant.link else []
    page = _PAGE.format(
        language=unit.language,
        title=escape(variant.title),
        style=_STYLE,
        body=_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}) + "\n".join(figures),
        notes="\n".join([*link, *(f"<p><small>{escape(cited)}</small></p>" for cited in variant.citations)]),
        unit=escape(" · ".join(filter(None, (variant.author, unit.name)))),
        mark=mark_of(job).decode(),
    )
    return page.encode()


def pictures_elsewhere(variant: Variant) -> list[str]:
    """Pictures that the text names and that are not attached: a page that needs no other cannot show them."""
    attached = {ref.name for ref in variant.media}
    return [
        name for image in _images(_MARKDOWN.parse(variant.text)) if (name := _file(image)) not in attached
    ]


def _images(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or () if child.type == "image"]


def _file(image: Token) -> str:
    return unquote(str(image.attrs.get("src", "")))  # the parser has escaped what is not ASCII
