"""HTML as mammoth makes it of a Word file, or cleaned HTML of a feed → Markdown as a post is written in.

What a reader would take for markup is escaped, so that the text on the page is the text in Word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import groupby

from content.richtext import safe_link
from content.text import normalise

# A "[" stays bare only where its "]" is in sight with nothing behind it that makes a link of the two.
_ESCAPED = re.compile(r"[\\`*<~]|\[(?![^\[\]]*\][^(\[:])|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|!(?=\[)")
_LINE_START = re.compile(r"^([-+](?= |$)|[-=](?=[-= ]*$)|#{1,6}(?= |$)|>|\|)", re.MULTILINE)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?= |$)", re.MULTILINE)
_SPACES = re.compile(r"[ \t\n\xa0]+")
_BREAK = "\x00"  # a line break of Word's; normalise() has taken any other of it out
_MARKS = {"strong": "**", "em": "*", "s": "~~", "b": "**", "i": "*", "del": "~~"}
_BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "div"}
_NOTE_BACK = ("#footnote-ref", "#endnote-ref")
_DEEPEST = 60
"""Elements in elements, which writing follows down; what stands deeper is taken for text of the last."""


@dataclass(frozen=True)
class Prose:
    """`title` is the text of the first heading of the first level, which the body then lacks."""

    title: str
    body: str
    lost_links: tuple[str, ...]
    uneven_tables: int


@dataclass
class _Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Node | str] = field(default_factory=list)

    def nodes(self, *tags: str) -> list[_Node]:
        return [one for one in self.children if isinstance(one, _Node) and one.tag in tags]


def to_markdown(html: str) -> Prose:
    """Markdown of mammoth's HTML: headings, paragraphs, nested lists, tables, links, pictures by `src`."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    writer = _Writer()
    blocks: list[str] = []
    title = ""
    for child in _grouped(tree.root):
        if not title and child.tag == "h1":
            title = writer.plain(child)
            continue
        blocks += writer.block(child)
    body = "\n\n".join(block for block in blocks if block.strip())
    return Prose(title, body, tuple(dict.fromkeys(writer.lost_links)), writer.uneven_tables)


def link_to(words: str, address: str) -> str:
    """A link in Markdown; words alone where the address is none."""
    shown, safe = _closed(_escaped_words(words)), safe_link(address)
    return f"[{shown}]({_address(safe)})" if safe and not re.search(r"[<>\s]", safe) else shown


class _Tree(HTMLParser):
    """mammoth and nh3 close what they open, so a stack is enough."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("root")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in ("br", "img", "hr") and len(self._open) < _DEEPEST:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(_Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(normalise(data))


class _Writer:
    def __init__(self) -> None:
        self.lost_links: list[str] = []
        self.uneven_tables = 0

    def block(self, node: _Node) -> list[str]:
        """One element as blocks of lines."""
        if node.tag in ("ul", "ol"):
            return [self._list(node)]
        if node.tag == "table":
            return self._table(node)
        if node.tag in ("blockquote", "div") and node.nodes(*_BLOCKS, "ul", "ol", "table"):
            inner = [block for child in _grouped(node) for block in self.block(child)]
            return [_quoted("\n\n".join(inner))] if node.tag == "blockquote" else inner
        text = self.inline(node)
        if not text:
            return []
        if node.tag[0] == "h" and node.tag[1:].isdigit():
            return [f"{'#' * int(node.tag[1:])} {text.replace(_BREAK, ' ')}"]
        text = _safe_lines(text.replace(_BREAK, "\n"))
        return [_quoted(text) if node.tag == "blockquote" else text]

    def inline(self, node: _Node, *, emphasis: bool = True) -> str:
        """The text of an element in one line, `_BREAK` for a break; marks only where Markdown knows them."""
        bare = not emphasis or node.tag[0] == "h"
        pieces: list[tuple[str, str]] = []
        self._collect(node, "", pieces)
        merged = [
            (mark, "".join(text for _, text in run)) for mark, run in groupby(pieces, lambda one: one[0])
        ]
        afters = [""]  # from the last on: the first letter of what follows
        for _, text in reversed(merged):
            afters.append(text[:1] or afters[-1])
        out: list[str] = []
        last = ""
        for (mark, text), after in zip(merged, reversed(afters[:-1]), strict=True):
            out.append(_marked("" if bare else mark, text, last, after))
            last = out[-1][-1:] or last
        return (
            _SPACES.sub(" ", "".join(out))
            .replace(f" {_BREAK}", _BREAK)
            .replace(f"{_BREAK} ", _BREAK)
            .strip(f" {_BREAK}")
        )

    def plain(self, node: _Node) -> str:
        """Only its words, nothing escaped."""
        return " ".join(_words(node).split())

    def _collect(self, node: _Node, mark: str, pieces: list[tuple[str, str]]) -> None:
        for child in node.children:
            if isinstance(child, str):
                pieces.append((mark, _ESCAPED.sub(r"\\\g<0>", child)))
            elif child.tag == "br":
                pieces.append((mark, _BREAK))
            elif child.tag == "img":
                pieces.append(("", _picture(child)))
            elif child.tag == "a" and "href" in child.attributes:
                self._link(child, mark, pieces)
            elif child.tag in _MARKS:
                self._collect(child, mark or _MARKS[child.tag], pieces)
            elif child.tag in ("ul", "ol", "table"):
                pieces.append((mark, " " + self.plain(child)))
            else:
                self._collect(child, mark, pieces)
                if child.tag in _BLOCKS:
                    pieces.append((mark, " "))

    def _link(self, node: _Node, mark: str, pieces: list[tuple[str, str]]) -> None:
        address = node.attributes["href"].strip()
        if address.startswith(_NOTE_BACK):
            return  # the little arrow behind a footnote
        inner: list[tuple[str, str]] = []
        self._collect(node, mark, inner)
        if not address.startswith("#"):
            safe = safe_link(address)
            words = "".join(text for _, text in inner).strip()
            if safe and words and not re.search(r"[<>\s]", safe):
                pieces.append((mark, f"[{_closed(words)}]({_address(safe)})"))
                return
            self.lost_links.append(address[:80])
        pieces += inner  # a place inside the document has no counterpart in a post

    def _list(self, node: _Node) -> str:
        items = []
        for number, item in enumerate(node.nodes("li"), int(node.attributes.get("start", "1") or 1)):
            mark = f"{number}. " if node.tag == "ol" else "- "
            blocks = [block for child in _grouped(item) for block in self.block(child)]
            # A nested list follows at once, so that the list stays a tight one.
            joined = ""
            for block in blocks:
                nested = re.match(r"(?:- |\d+\. )", block)
                joined += (("\n" if nested else "\n\n") if joined else "") + block
            lines = joined.split("\n")
            indent = " " * len(mark)
            items.append("\n".join([mark + lines[0], *(indent + line if line else "" for line in lines[1:])]))
        return "\n".join(items)

    def _table(self, node: _Node) -> list[str]:
        rows: list[list[str]] = []
        for row in [row for part in (node, *node.nodes("thead", "tbody")) for row in part.nodes("tr")]:
            cells: list[str] = []
            for cell in row.nodes("td", "th"):
                cells.append(self.inline(cell).replace(_BREAK, " ").replace("|", "\\|"))
                wide = cell.attributes.get("colspan", "1")
                if wide != "1" or "rowspan" in cell.attributes:
                    self.uneven_tables += 1
                cells += [""] * (min(int(wide) if wide.isdigit() else 1, 60) - 1)
            rows.append(cells)
        rows = [row for row in rows if any(row)]
        if not rows:
            return []
        columns = max(map(len, rows))
        if columns == 1:  # a frame around text, no table
            return [_safe_lines(row[0]) for row in rows]
        lines = [f"| {' | '.join(row + [''] * (columns - len(row)))} |" for row in rows]
        return ["\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])]


def _grouped(node: _Node) -> list[_Node]:
    """The blocks in an element; text between them becomes a paragraph."""
    blocks: list[_Node] = []
    for child in node.children:
        if isinstance(child, _Node) and child.tag in {*_BLOCKS, "ul", "ol", "table"}:
            blocks.append(child)
        elif blocks and blocks[-1].tag == "loose":
            blocks[-1].children.append(child)
        else:
            blocks.append(_Node("loose", {}, [child]))
    return blocks


def _words(node: _Node) -> str:
    parts = [
        child if isinstance(child, str) else " " if child.tag == "br" else _words(child)
        for child in node.children
    ]
    return "".join(parts) + (" " if node.tag in {*_BLOCKS, "li", "td", "th"} else "")


def _marked(mark: str, text: str, before: str, after: str) -> str:
    """Emphasis without spaces inside; left out where CommonMark would show the stars instead."""
    core = text.strip(f" \t\n\xa0{_BREAK}")
    if not mark or not core or _BREAK in core:
        return text
    head, tail = text[: text.index(core)], text[text.index(core) + len(core) :]
    opens = _flanks(core[0], head[-1:] or before)
    closes = _flanks(core[-1], tail[:1] or after)
    return f"{head}{mark}{core}{mark}{tail}" if opens and closes else text


def _flanks(inner: str, outer: str) -> bool:
    return inner.isalnum() or not outer.isalnum()


def _picture(node: _Node) -> str:
    source = node.attributes.get("src", "")
    return f"![{_closed(_escaped_words(node.attributes.get('alt', '')))}]({source})" if source else ""


def _escaped_words(text: str) -> str:
    return _ESCAPED.sub(r"\\\g<0>", " ".join(normalise(text).split()))


def _closed(text: str) -> str:
    """The words of a link: brackets in them must not end it."""
    return re.sub(r"(?<!\\)[\[\]]", r"\\\g<0>", text.replace(_BREAK, " "))


def _address(address: str) -> str:
    return f"<{address}>" if re.search(r"[()\\]", address) else address


def _safe_lines(text: str) -> str:
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\\\1", text))


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
