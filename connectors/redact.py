"""Secrets never reach a log, an error, the audit or a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHAPES = (
    re.compile(
        r"(?i)((?:access_token|input_token|fb_exchange_token|client_secret|appsecret_proof|"
        r"refresh_token|password|token|secret)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"
    ),
    re.compile(r"(?i)\b(Bearer|OAuth|Basic)\s+[A-Za-z0-9._~+/|=-]{6,}"),
    re.compile(r"\bEAA[A-Za-z0-9]{8,}"),
)


def redact(text: str, secrets: Iterable[str] = (), *, longest: int = 600) -> str:
    """`text` without the given secrets and without anything shaped like one, cut to `longest` characters."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "•••")
    text = _SHAPES[0].sub(r"\1•••", text)
    text = _SHAPES[1].sub(r"\1 •••", text)
    text = _SHAPES[2].sub("•••", text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
