"""The one list of keys: bindings, the bottom line, the help page and the docs are all made from it.

The defaults are data (`keys.toml`), the table `[keys]` of config.toml is laid over them. An input method
(Telex, VNI) turns some letters into marks of the letter before and may hold them back, so a single letter
stands only where it never composes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from content.errors import UsageError
from content.text import nearest
from content.wording import say
from tui.rooms import ROOMS

LETTERS = frozenset("ntgklmhpvbciy")
"""Telex makes marks of a d e o u w s f r x j z, VNI of digits; `q` quits, as everywhere."""
CAUGHT = frozenset(
    # terminals and tmux keep these, or send the same byte for another key
    {*(f"ctrl+{letter}" for letter in "szbacdhijm"), "f10", "f11"}
)
SHARED = ("app", "room")
"""Places that every room has."""
_WRITTEN = re.compile(
    r"(shift\+|ctrl\+|alt\+)*"
    r"([a-z]|f([1-9]|1[0-2])|up|down|left|right|home|end|pageup|pagedown|enter|escape|tab|space|backspace"
    r"|delete|insert|slash|question_mark|plus|minus|comma|full_stop)"
)
_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "escape": "Esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "plus": "+",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
}


@dataclass(frozen=True)
class Key:
    """One thing that keys do. The first key is the one that is shown."""

    place: str
    name: str
    action: str
    keys: tuple[str, ...]
    footer: int = 0
    """Its rank in the bottom line, 0 for none."""
    fixed: bool = False

    @property
    def id(self) -> str:
        return f"{self.place}.{self.name}"

    @property
    def long(self) -> str:
        """What it does, as the help page tells it."""
        return say(f"{self.sentence}.long")

    @property
    def short(self) -> str:
        """One or two words for the bottom line."""
        return say(f"{self.sentence}.short")

    @property
    def sentence(self) -> str:
        room = room_of(self.place)
        return f"tui_{room}.key.{self.name}" if room else f"tui.key.{self.name}"

    @property
    def written(self) -> str:
        """All its keys as people read them."""
        return " ".join(map(shown, self.keys))


@cache
def defaults() -> tuple[Key, ...]:
    """The keys as they are shipped."""
    places = tomllib.loads(Path(__file__).with_name("keys.toml").read_text("utf-8"))
    return tuple(
        Key(place, name, told["do"], tuple(told["keys"]), told.get("footer", 0), told.get("fixed", False))
        for place, names in places.items()
        for name, told in names.items()
    )


_overrides: dict[str, tuple[str, ...]] = {}


def use(settings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Lay the table `[keys]` over the defaults, for this process.

    Returns it as `App.set_keymap` takes it; raises UsageError in a sentence that names what is wrong.
    """
    known = {key.id: key for key in defaults()}
    for name, keys in settings.items():
        if name not in known:
            raise UsageError("tui.keys.unknown", id=name, nearest=nearest(name, known) or ", ".join(known))
        if known[name].fixed:
            raise UsageError("tui.keys.fixed", id=name)
        if not keys:
            raise UsageError("tui.keys.none", id=name)
        for written in keys:
            _must_be_usable(name, written)
    chosen = {name: tuple(keys) for name, keys in settings.items()}
    _must_be_apart([replace(key, keys=chosen.get(key.id, key.keys)) for key in defaults()])
    _overrides.clear()
    _overrides.update(chosen)
    return {name: ",".join(_both_cases(keys)) for name, keys in chosen.items()}


def _must_be_usable(name: str, written: str) -> None:
    if not _WRITTEN.fullmatch(written):
        raise UsageError("tui.keys.not_a_key", id=name, key=written)
    if written in CAUGHT:
        raise UsageError("tui.keys.caught", id=name, key=shown(written))
    bare = written.removeprefix("shift+")
    if len(bare) == 1 and bare not in LETTERS | {"q"}:
        raise UsageError("tui.keys.composed", id=name, key=shown(written), letters=" ".join(sorted(LETTERS)))


def _must_be_apart(keys: Sequence[Key]) -> None:
    taken: dict[tuple[str, str], str] = {}
    for key in keys:
        for place in (key.place, *(ROOMS if key.place in SHARED else ())):
            for written in key.keys:
                other = taken.setdefault((place, written), key.id)
                if other != key.id:
                    raise UsageError("tui.keys.twice", key=shown(written), id=key.id, other=other)


def keys() -> tuple[Key, ...]:
    """Every key as it is now."""
    return tuple(replace(key, keys=_overrides.get(key.id, key.keys)) for key in defaults())


def of(*places: str) -> Iterator[Key]:
    return (key for place in places for key in keys() if key.place == place)


def named(name: str) -> Key:
    """The key `place.name`."""
    return next(key for key in keys() if key.id == name)


def room_of(place: str) -> str:
    """`calendar` and `calendar_grid` are the room's own, `table` is nobody's."""
    head = place.partition("_")[0]
    return head if head in ROOMS else ""


def bindings(*places: str) -> list[BindingType]:
    """Textual's bindings of some places, as shipped; `Window` lays the settings over them by id.

    Caps Lock changes nothing. Function and control keys of a room come before the focused widget, so
    that they keep their order with what is typed after them; so does what moves the focus, everywhere:
    over a slow line Tab and the next words come at once, and would land in the box before.
    """
    return [
        Binding(
            written,
            key.action,
            show=False,
            priority=key.action.startswith("app.focus_")
            or (
                (key.place in SHARED or key.place in ROOMS) and written.startswith(("f", "shift+f", "ctrl+"))
            ),
            id=key.id,
        )
        for key in defaults()
        if key.place in places
        for written in _both_cases(key.keys)
    ]


def _both_cases(keys: Iterable[str]) -> list[str]:
    return [way for key in keys for way in ((key, key.upper()) if len(key) == 1 else (key,))]


def shown(written: str) -> str:
    """`ctrl+q` → `Ctrl+Q`, `f1` → `F1`, a lone letter as it is."""
    if len(written) == 1:
        return written
    return "+".join(_SHOWN.get(part) or part.capitalize() for part in written.split("+"))


def footer(places: Sequence[str], room: int) -> list[Key]:
    """The bottom line: as many keys of the places as fit in `room` columns, always the first and last."""
    told = sorted((key for key in of(*places) if key.footer), key=lambda key: key.footer)
    while cell_len(line(told)) > room and len(told) > 2:
        told.pop(-2)
    return told


def line(told: Sequence[Key]) -> str:
    return "  ".join(in_footer(key) for key in told)


def in_footer(key: Key) -> str:
    return f"{shown(key.keys[0])} {key.short}"
