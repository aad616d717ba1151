"""Whose reports are believed: public keys of child units, in a file of its own beside the trust file.

As with officers, whoever can write to the database can write reports into it; none of that counts without a
signature by a key that is pinned here for that unit.
"""

from __future__ import annotations

import base64
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from content.errors import UsageError
from content.units.unit import Key, unit_id

FILE = "don-vi-trust.toml"
LARGEST_BYTES = 8_000_000


@dataclass(frozen=True)
class ChildKey:
    """One unit's key as pinned. `key` is base64 of 32 bytes; times are aware.

    `until`: what arrives later is not believed, what arrived before stands. `void`: nothing it ever signed.
    """

    unit: Key
    key: str
    name: str
    added_at: datetime
    added_by: str
    until: datetime | None = None
    void: bool = False

    def holds(self, received_at: datetime) -> bool:
        """Whether what arrived then is believed."""
        return not self.void and (self.until is None or received_at <= self.until)


class ChildTrust:
    """The file, read anew whenever it changed; a missing one believes nobody."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE

    def pinned(self) -> list[ChildKey]:
        """Every pinned key. Raises UsageError for a file that cannot be read: nobody is guessed."""
        try:
            status = self.file.stat()
            if status.st_size > LARGEST_BYTES:
                raise ValueError(f"larger than {LARGEST_BYTES} bytes")
            return list(_read(self.file, status.st_mtime_ns, status.st_size, status.st_ino))
        except FileNotFoundError:
            return []
        except (
            KeyError,
            OSError,
            ValueError,
            TypeError,
            AttributeError,
            RecursionError,
            UsageError,
        ) as error:
            raise UsageError("rollup.trust_unreadable", file=self.file, why=error) from None

    def of(self, key: str) -> list[ChildKey]:
        """The units that a public key is pinned for."""
        return [one for one in self.pinned() if one.key == key]

    def write(self, keys: Iterable[ChildKey]) -> None:
        """Replace the file as a whole, durable before it counts; nobody but its owner may write it."""
        lines = ["# Khóa của các đơn vị gửi báo cáo. Hãy sửa bằng lệnh `loa rollup trust`.", ""]
        for one in sorted(keys, key=lambda one: (one.unit, one.key)):
            lines += [
                "[[keys]]",
                f'unit = "{":".join(one.unit)}"',
                f'key = "{one.key}"',
                f"name = {_quoted(one.name)}",
                f"added_at = {one.added_at.isoformat()}",
                f"added_by = {_quoted(one.added_by)}",
                *([f"until = {one.until.isoformat()}"] if one.until else []),
                *(["void = true"] if one.void else []),
                "",
            ]
        draft = self.file.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join(lines if len(lines) > 2 else [*lines, "keys = []"]))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.file)


@lru_cache(maxsize=4)  # by the file's state: every report that comes in asks for it
def _read(file: Path, _changed_ns: int, _size: int, _inode: int) -> tuple[ChildKey, ...]:
    return tuple(_key(entry) for entry in tomllib.loads(file.read_text("utf-8"))["keys"])


def _quoted(text: str) -> str:
    told = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(c for c in told if c.isprintable())}"'


def _key(entry: Mapping[str, object]) -> ChildKey:
    key, until = str(entry["key"]), entry.get("until")
    if len(base64.b64decode(key, validate=True)) != 32:
        raise ValueError(f"{entry['unit']}: not an Ed25519 public key")
    return ChildKey(
        unit_id(str(entry["unit"])),
        key,
        str(entry.get("name", "")),
        _moment(entry["added_at"]),
        str(entry.get("added_by", "")),
        _moment(until) if until is not None else None,
        entry.get("void") is True,
    )


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{value}: not an instant with its zone")
    return value
