"""Whose word counts: the public keys and roles that the publisher believes, in a file of its own.

Whoever can write to the database can write approvals, officers and roles into it; none of that is believed
without a signature by a key that is pinned here. Only files on this machine say what is pinned.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from content.approval import Role
from content.errors import UsageError
from scheduler.witness import Witness

FILE = "trust.toml"
LARGEST_BYTES = 1_000_000


@dataclass(frozen=True)
class Trusted:
    """One officer as pinned. `key` is base64 of the 32 bytes of an Ed25519 public key; times are aware."""

    name: str
    key: str
    roles: tuple[Role, ...]
    added_at: datetime
    added_by: str
    until: datetime | None = None
    """What was signed later than this is not believed; earlier words stand."""
    units: tuple[str, ...] = ()
    """Codes of the units for whose channels their word counts; none: the installation's own unit."""


class Signed(Protocol):
    """A person's word that bears their signature: an approval, an override."""

    @property
    def officer(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def signature(self) -> str: ...

    def statement(self) -> bytes: ...


class Trust:
    """The trust file, read anew whenever it changed; a missing one trusts nobody."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self.witness = Witness(folder)
        self._seen: tuple[int, int, int] | None = None
        self._people: dict[str, Trusted] = {}
        self._followed: dict[str, str] = {}
        self.is_final: Callable[[], bool] = lambda: True
        """Whether this file decides what is published. That of a unit's own PC does not, and has no pins of
        other units' people, who may approve there by a delegation."""

    def people(self) -> Mapping[str, Trusted]:
        """Everybody pinned, by name. Raises UsageError for a file that cannot be read: nobody is guessed."""
        try:
            status = self.file.stat()
        except FileNotFoundError:
            self._seen, self._people = None, {}
            return self._people
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if seen != self._seen:
            self._people = _read(self.file)
            self._seen = seen
        return self._people

    def believes(self, word: Signed) -> bool:
        """Whether exactly this was signed by the officer it names, in a role pinned for them."""
        known = self.people().get(word.officer)
        if known is None or word.role not in known.roles:
            return False
        if known.until is not None and word.at > known.until:
            return False
        return signed_by(known.key, word.signature, word.statement())

    def takes(self, word: Signed) -> bool:
        """`believes`; and whose word is left to the publisher is taken meanwhile."""
        return self.believes(word) or self.leaves(word.officer)

    def leaves(self, officer: str) -> bool:
        """Whether it is for the publisher to judge somebody, who is not known here."""
        return officer not in self.people() and not self.is_final()

    def units_of(self, officer: str) -> tuple[str, ...]:
        """Codes of the units that somebody is pinned for; none for whoever is not pinned."""
        known = self.people().get(officer)
        return () if known is None else known.units or ("",)

    def covers(self, officer: str, unit: str) -> bool:
        """Whether somebody's word counts for the channels of a unit, '' being the installation's own."""
        return unit in self.units_of(officer)

    def write(self, people: Mapping[str, Trusted]) -> None:
        """Replace the file as a whole, durable before it counts; nobody but its owner may write it.

        Noted first, for the other machines: killed in between, this one follows its own note (`follow`).
        """
        if self.witness.travelled().machine:
            known = self.people()
            for name in sorted({*known, *people}):
                if known.get(name) != people.get(name):
                    self.witness.pin_officer(name, _as_note(people.get(name)))
        self._replace(people)

    def follow(self) -> None:
        """Take over what was pinned or taken back on other machines; raises UsageError like `people`."""
        if (told := self.witness.officers()) == self._followed:
            return
        people = dict(self.people())
        for name, entry in told.items():
            if entry:
                people[name] = _of_note(name, entry)
            else:
                people.pop(name, None)
        if people != self.people():
            self._replace(people)
        self._followed = told

    def _replace(self, people: Mapping[str, Trusted]) -> None:
        lines = ["# Những người có chữ ký được bộ đăng bài tin. Hãy sửa bằng lệnh `loa trust`.", ""]
        for name in sorted(people):
            one = people[name]
            lines += [
                f'[officers."{name}"]',
                f'key = "{one.key}"',
                f"roles = [{', '.join(chr(34) + role + chr(34) for role in one.roles)}]",
                f"added_at = {one.added_at.isoformat()}",
                f'added_by = "{one.added_by}"',
                *([f"until = {one.until.isoformat()}"] if one.until else []),
                *([f"units = {json.dumps(one.units, ensure_ascii=False)}"] if one.units else []),
                "",
            ]
        draft = self.file.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.file)
        self._seen = None


def _as_note(one: Trusted | None) -> str:
    if one is None:
        return ""
    until = one.until.isoformat() if one.until else None
    told = [one.key, list(one.roles), one.added_at.isoformat(), one.added_by, until, list(one.units)]
    return json.dumps(told, ensure_ascii=False)


def _of_note(name: str, told: str) -> Trusted:
    key, roles, added_at, added_by, until, units = json.loads(told)
    ends = datetime.fromisoformat(until) if until else None
    pinned = tuple(Role(role) for role in roles)
    return Trusted(name, key, pinned, datetime.fromisoformat(added_at), added_by, ends, tuple(units))


def _read(file: Path) -> dict[str, Trusted]:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise ValueError(f"larger than {LARGEST_BYTES} bytes")
        officers = tomllib.loads(file.read_text("utf-8"))["officers"]
        return {name: _trusted(name, entry) for name, entry in officers.items()}
    except KeyError as error:
        raise UsageError("trust.unreadable", file=file, why=f"missing {error}") from None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError("trust.unreadable", file=file, why=error) from None


def _trusted(name: str, entry: Mapping[str, object]) -> Trusted:
    key, roles, until = str(entry["key"]), entry["roles"], entry.get("until")
    units = entry.get("units", [])
    if len(base64.b64decode(key, validate=True)) != 32:
        raise ValueError(f"{name}: not an Ed25519 public key")
    if not isinstance(roles, list):
        raise TypeError(f"{name}: roles are a list")
    if not isinstance(units, list) or not all(isinstance(one, str) for one in units):
        raise TypeError(f"{name}: units are a list of codes")
    return Trusted(
        name,
        key,
        tuple(Role(role) for role in roles),
        _moment(entry["added_at"]),
        str(entry.get("added_by", "")),
        _moment(until) if until is not None else None,
        tuple(units),
    )


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{value}: not an instant with its zone")
    return value


@lru_cache(maxsize=4096)  # a delivery is looked at several times on its way; its yes stays the same bytes
def signed_by(key: str, signature: str, statement: bytes) -> bool:
    """Whether a signature over these bytes was made with a key (both base64)."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
        public.verify(base64.b64decode(signature, validate=True), statement)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
