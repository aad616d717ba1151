"""No token anywhere: everything a run of the suite wrote or said is searched for the practice tokens.

What is looked for: the shapes in which the practice platforms issue tokens, and every secret that went into
a vault in this process. Where: log records, captured output, what the command line said, and every file under
the run's temporary folder (databases with their WAL, sites, packs, logs, JSON). A secret in a database is
ciphertext, so the raw bytes are searched, which no column escapes.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ISSUED = re.compile(
    rb"practice-(?:access|refresh|code|device)-[A-Za-z0-9_-]{12,}"  # Zalo; a device code of YouTube
    rb"|practice-token(?:-\d+)?\b|practice-user-token(?:-60-days)?|3c0ffee5practice|practice-app-secret"
    rb"|ya29\.practice-\d{6}-[A-Za-z0-9_-]+|GOCSPX-[A-Za-z0-9_-]{6,}"
    rb"|(?:1//0?|4/0)practice-[A-Za-z0-9_-]{5,}"
)
"""Tokens as connectors.practice hands them out: Facebook, Zalo, YouTube. The vault sees WordPress's."""
STEMS = (b"practice-", b"3c0ffee5", b"GOCSPX-")
"""One of these is in everything that `ISSUED` matches: found many times faster than the expression."""

MEDIA = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".mp4", ".mov", ".webm", ".whl", ".zip"})
EXPECTED = re.compile(r"/secrets\.(?:json|new)$|/connectors/practice/[^/].*\.pyc?$")
"""A test's own `SecretStore` in a file (tests/connectors/zalo/store.py); the practice platforms' own code,
where a test unpacks a wheel."""

_NO_SECRET = re.compile(r"[\d\W]*|[0-9a-f]{24}|\d{4}-\d\d-\d\dT.*|.*\.apps\.googleusercontent\.com")
"""In the vault beside tokens, and no secrets: app ids, times, fingerprints of tokens, client ids."""
_IN_GROUPS = re.compile(r"(?:\w{4} ?){4,}")
SHORTEST = 12


@dataclass
class Watch(logging.Handler):
    """Collects what was said, with the test that said it; `leaks` searches that and the files."""

    literals: dict[bytes, set[bytes]] = field(default_factory=dict)
    """By their first six bytes: most files are done with a few fast searches."""
    said: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def __hash__(self) -> int:
        return id(self)

    def learn(self, secret: str) -> None:
        """A value that went into a vault."""
        if len(secret) < SHORTEST or _NO_SECRET.fullmatch(secret):
            return
        if " " not in secret:
            self._look_for(secret)
        elif _IN_GROUPS.fullmatch(secret):  # WordPress shows a password so and takes it either way
            self._look_for(secret)
            self._look_for(secret.replace(" ", ""))

    def _look_for(self, secret: str) -> None:
        literal = secret.encode()
        self.literals.setdefault(literal[:6], set()).add(literal)

    def hear(self, text: str, where: str = "") -> None:
        if text:
            test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
            self.said.append(
                (f"{where or 'output'} of {test}" if test else where, text.encode("utf-8", "replace"))
            )

    def emit(self, record: logging.LogRecord) -> None:
        """Formatted as it would be written, traceback included."""
        try:
            self.hear(self.format(record), f"log {record.name}")
        except Exception:  # a record with wrong arguments is its own test's affair
            self.handleError(record)

    def leaks(self, folder: Path | None) -> list[str]:
        """One line for each place with a token in it; the token itself is not told."""
        found = [f"{where}: {shown}" for where, text in self.said for shown in self.tokens_in(text)]
        for file in _files(folder) if folder else ():
            found += [f"{file}: {shown}" for shown in self.tokens_in(_read(file))]
        return sorted(set(found))

    def tokens_in(self, text: bytes) -> Iterator[str]:
        if any(stem in text for stem in STEMS):
            yield from (_veiled(match.group()) for match in ISSUED.finditer(text))
        for stem, alike in self.literals.items():
            if stem in text:
                yield from (_veiled(literal) for literal in alike if literal in text)


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):  # follows no links: pytest's `…current` would be seen twice
        for name in names:
            file = Path(place, name)
            if file.suffix not in MEDIA and not EXPECTED.search(file.as_posix()) and not file.is_symlink():
                yield file


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes() if file.is_file() else b""
    except OSError:  # a test took its rights away, or a process is still tidying up
        return b""


def _veiled(token: bytes) -> str:
    text = token.decode("utf-8", "replace")
    return f"{text[:12]}… ({len(text)} characters)"
