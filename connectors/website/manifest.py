"""What a release holds, file by file; kept beside it, never served."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from connectors.website.files import sha256

IDENTITY = "loa.json"
"""The file by which a served site tells which release it is."""


@dataclass(frozen=True)
class Entry:
    """One file of a release: its digest, its size, and the key under which it was made."""

    sha256: str
    size: int
    key: str = ""

    def sound(self, path: Path) -> bool:
        """Whether the file is as it was made. A picture was digested when staged: its size is enough."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        return path.parent.name == "media" or sha256(path.read_bytes()) == self.sha256


@dataclass(frozen=True)
class Manifest:
    """`digest` names the release and covers every file's name and bytes.

    `articles` is marker → digest of the live record: what tells after a crash who is public.
    """

    digest: str
    articles: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Entry] = field(default_factory=dict)

    @staticmethod
    def of(articles: Mapping[str, str], files: Mapping[str, Entry]) -> Manifest:
        """The manifest of these files. `files` may grow by the identity file: no digest covers itself."""
        lines = "".join(f"{name} {entry.sha256}\n" for name, entry in sorted(files.items()))
        return Manifest(sha256(lines.encode()), dict(sorted(articles.items())), files)

    def identity(self) -> bytes:
        """The served identity file."""
        return json.dumps({"articles": len(self.articles), "release": self.digest}).encode() + b"\n"

    def to_json(self) -> bytes:
        """The stored form."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @staticmethod
    def parse(data: bytes) -> Manifest:
        """The manifest behind a stored form; raises ValueError when it is damaged."""
        try:
            fields = json.loads(data)
            files = {name: Entry(**entry) for name, entry in fields["files"].items()}
            return Manifest(fields["digest"], dict(fields["articles"]), files)
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a manifest: {error!r}") from None


def identified(data: bytes) -> str:
    """The digest in a served identity file; raises ValueError when it is damaged."""
    try:
        return str(json.loads(data)["release"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no release named: {error!r}") from None
