"""Every sentence a person reads, by key, in Vietnamese first and English second.

A catalogue is a folder of TOML files, one per room; the key `cli.no_workspace` is the entry
`no_workspace` of `cli.toml`. Sentences take named values in `str.format` style.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("vi", "en")

_language = "vi"


def use_language(language: str) -> None:
    """Choose the catalogue for this process; an unknown name leaves Vietnamese."""
    global _language  # one officer, one process, one language
    _language = language if language in LANGUAGES else "vi"


def say(key: str, /, **values: object) -> str:
    """The sentence for `key` with its values filled in.

    Never raises: a sentence that cannot be formed must not hide the trouble it was to tell, so a
    missing key or value falls back to the key and the bare values. Tests keep catalogues whole.
    """
    template = catalogue(_language).get(key) or catalogue("vi").get(key)
    if template is not None:
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


def _flatten(prefix: str, table: dict[str, Any], into: dict[str, str]) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, dict):
            _flatten(key, value, into)
        else:
            into[key] = str(value)
