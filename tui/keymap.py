"""The one list of keys: bindings, the bottom line and the help page are all made from it.

An input method (Telex, VNI) turns some letters into marks of the letter before and may hold them back,
so a single letter stands only where it never composes, and never without a function key, a control
key or the filter ring (F2) that reaches the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from content.wording import say

PLACES = ("app", "window", "table", "search", "details", "help")
"""Where keys work, in the order in which the help page tells them."""


@dataclass(frozen=True)
class Key:
    """One thing that keys do. The first key is the one that is shown; `name` is `tui.key.<name>`."""

    place: str
    name: str
    action: str
    keys: tuple[str, ...]
    footer: int = 0
    """Its place in the bottom line, 0 for none."""


KEYS = (
    Key("window", "help", "help", ("f1", "question_mark"), footer=1),
    Key("window", "next_filter", "next_filter(1)", ("f2", "l"), footer=4),
    Key("window", "previous_filter", "next_filter(-1)", ("shift+f2",)),
    Key("window", "search", "search", ("f3", "t", "slash"), footer=3),
    Key("window", "now", "now", ("f4", "n"), footer=5),
    Key("window", "refresh", "refresh", ("f5",)),
    Key("window", "more", "more", ("f8", "m")),
    Key("window", "all", "filter('all')", ("k",)),
    Key("window", "open", "filter('open')", ("v",)),
    Key("window", "waiting", "filter('waiting')", ("h",)),
    Key("window", "attention", "filter('attention')", ("c",)),
    Key("window", "published", "filter('published')", ("p",)),
    Key("window", "drafts", "filter('drafts')", ("b",)),
    Key("window", "back", "back", ("escape",)),
    Key("window", "focus", "app.focus_next", ("tab",)),
    Key("app", "quit", "quit", ("ctrl+q", "q"), footer=9),
    Key("table", "up", "move(-1)", ("up",)),
    Key("table", "down", "move(1)", ("down",)),
    Key("table", "page_up", "page(-1)", ("pageup",)),
    Key("table", "page_down", "page(1)", ("pagedown",)),
    Key("table", "first", "end(-1)", ("home",)),
    Key("table", "last", "end(1)", ("end",)),
    Key("table", "open_details", "open", ("enter", "f6"), footer=2),
    Key("search", "to_table", "leave(False)", ("enter", "down")),
    Key("search", "clear_search", "leave(True)", ("escape",)),
    Key("search", "clear_line", "delete_left_all", ("ctrl+u",)),
    Key("details", "scroll_up", "scroll_up", ("up",)),
    Key("details", "scroll_down", "scroll_down", ("down",)),
    Key("details", "page_up", "page_up", ("pageup",)),
    Key("details", "page_down", "page_down", ("pagedown",)),
    Key("help", "scroll_up", "scroll_up", ("up",)),
    Key("help", "scroll_down", "scroll_down", ("down",)),
    Key("help", "close_help", "dismiss", ("escape", "f1", "question_mark", "q")),
)

_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "escape": "Esc",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def bindings(place: str) -> list[BindingType]:
    """Textual's bindings of one place. Caps Lock changes nothing.

    Function and control keys of the window come before the focused widget, so that they keep their
    order with what is typed after them.
    """
    made: list[BindingType] = []
    for key in of(place):
        for written in key.keys:
            letter = len(written) == 1
            priority = place in ("app", "window") and written.startswith(("f", "shift+f", "ctrl+"))
            names = f"{written},{written.upper()}" if letter else written
            made.append(Binding(names, key.action, show=False, priority=priority))
    return made


def of(place: str) -> Iterator[Key]:
    return (key for key in KEYS if key.place == place)


def named(name: str) -> Key:
    return next(key for key in KEYS if key.name == name)


def shown(written: str) -> str:
    """`ctrl+q` → `Ctrl+Q`, `f1` → `F1`, a lone letter as it is."""
    if len(written) == 1:
        return written
    return _SHOWN.get(written) or "+".join(part.capitalize() for part in written.split("+"))


def footer(room: int) -> str:
    """The bottom line: as many keys as fit in `room` columns; the first and the last always."""
    told = sorted((key for key in KEYS if key.footer), key=lambda key: key.footer)
    line = _line(told)
    while len(line) > room and len(told) > 2:
        told.pop(-2)
        line = _line(told)
    return line


def _line(keys: list[Key]) -> str:
    return "  ".join(f"{shown(key.keys[0])} {say(f'tui.key.{key.name}.short')}" for key in keys)
