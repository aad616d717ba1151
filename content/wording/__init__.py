"""Every sentence a person reads, by key, in Vietnamese first and English second.

A catalogue is a folder of TOML files, one per room; the key `cli.no_workspace` is the entry
`no_workspace` of `cli.toml`. Sentences take named values in `str.format` style. A connector from another
package brings those of its own room: `wording/vi.toml` beside its code, the room being its platform name.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

LANGUAGES = ("vi", "en")

_language = "vi"
_NEAR = re.compile(r"\s*\([^()]*\{nearest\}\)|;[^.;]*\{nearest\}|(?<=[.?!])\s[^.?!]*\{nearest\}[^.?!]*[.?!]?")
"""What a sentence says of the nearest name: in brackets, behind a semicolon, or a sentence behind others."""


def use_language(language: str) -> None:
    """Choose the catalogue for this process; an unknown name leaves Vietnamese."""
    global _language  # one officer, one process, one language
    _language = language if language in LANGUAGES else "vi"


def say(key: str, /, **values: object) -> str:
    """The sentence for `key` with its values filled in.

    Never raises: a sentence that cannot be formed must not hide the trouble it was to tell, so a
    missing key or value falls back to the key and the bare values. Tests keep catalogues whole.
    """
    template = catalogue(_language).get(key) or catalogue("vi").get(key) or _brought(key)
    if template is not None:
        if values.get("nearest") == "–":  # nothing is near: not a word of it
            template = _NEAR.sub("", template)
        try:
            return template.format(**values)
        except (KeyError, IndexError, ValueError, RecursionError):
            pass
    try:
        return " ".join([key, *(f"{name}={value}" for name, value in values.items())])
    except RecursionError:  # a value nested so deep that it has no text
        return key


@cache
def catalogue(language: str) -> dict[str, str]:
    """All sentences of one language, flattened to dotted keys."""
    sentences: dict[str, str] = {}
    for file in sorted((resources.files(__name__) / language).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            _flatten(file.name[:-5], tomllib.loads(file.read_text("utf-8")), sentences)
    return sentences


def _brought(key: str) -> str | None:
    room = key.partition(".")[0]
    found = (brought_along(room, language).get(key) for language in (_language, *LANGUAGES))
    return next((sentence for sentence in found if sentence), None)


@cache
def brought_along(room: str, language: str) -> dict[str, str]:
    """Sentences of a platform that another package provides; empty for a room of Loa's own and for nobody's.

    The package is looked for, not imported: a stored error is put into words without loading its platform.
    """
    if (resources.files(__name__) / LANGUAGES[0] / f"{room}.toml").is_file():
        return {}
    from importlib.metadata import entry_points  # here, for it looks through every installed package
    from importlib.util import find_spec

    sentences: dict[str, str] = {}
    for point in entry_points(group="loa.connectors", name=room):
        try:
            package = find_spec(point.module.partition(".")[0])
            for folder in (package and package.submodule_search_locations) or ():
                text = (Path(folder) / "wording" / f"{language}.toml").read_text("utf-8")
                _flatten(room, tomllib.loads(text), sentences)
        except (OSError, ValueError):  # none, or not TOML: the key is said instead
            continue
    return sentences


def _flatten(prefix: str, table: dict[str, Any], into: dict[str, str]) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, dict):
            _flatten(key, value, into)
        else:
            into[key] = str(value)
