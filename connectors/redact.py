"""Secrets never reach a log, an error, the audit or a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMES = (
    r"(?:access_token|input_token|fb_exchange_token|client_secret|appsecret_proof|refresh_token|"
    r"password|token|secret)"
)
_SHAPES = (
    # name=value, and "name": "value" as JSON or Python write it; a sentence with "token: The user" stays
    (re.compile(rf"(?i)({_NAMES}[\"']?\s*=\s*[\"']?)[^\s\"'&,}}]+"), r"\1•••"),
    (re.compile(rf"(?i)([\"']{_NAMES}[\"']\s*:\s*[\"']?)[^\s\"'&,}}]+"), r"\1•••"),
    (re.compile(rf"(?i)({_NAMES}\s*:\s*)(?=\S*\d)\S{{8,}}"), r"\1•••"),
    (re.compile(r"(?i)\b(Bearer|OAuth|Basic)\s+[A-Za-z0-9._~+/|=-]{6,}"), r"\1 •••"),
    (re.compile(r"\bEAA[A-Za-z0-9]{8,}"), "•••"),
    (re.compile(r"\b(?:ya29\.|1//|GOCSPX-)[A-Za-z0-9._-]{8,}"), "•••"),
)


def redact(text: str, secrets: Iterable[str] = (), *, longest: int = 600) -> str:
    """`text` without the given secrets and without anything shaped like one, cut to `longest` characters."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "•••")
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
