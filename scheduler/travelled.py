"""How far the notes of several machines are known to each other, as one machine's witness file tells it.

Two kinds of lines stand among the machine's own facts:

["base", machine, n, mac]                 all above is settled; from here on it follows the database's notes
["note", n, mac, machine, facts, signed]  row n of the database, of another machine
["note", n, mac, count]                   row n: the oldest `count` of our own facts that had not travelled

Facts count in the order of n, on every machine alike; our own that have not travelled yet come after them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Fact: TypeAlias = tuple[str, str, str]
"""Kind, name and value, as `scheduler.witness` notes them."""
BASE, NOTE = "base", "note"
MARKS = frozenset({BASE, NOTE})
UNSIGNED = "-"
"""How the `mac` begins of a note by a machine that has no key; the rest is a plain digest."""
BEGIN = "begin"
"""The fact that opens a chain; its name is random, so that no two chains are alike."""


@dataclass
class Travelled:
    """`machine` is empty for one that follows no notes. `n`, `mac`: of the last row taken in, 0 for none."""

    machine: str = ""
    n: int = 0
    mac: str = ""
    waiting: list[Fact] = field(default_factory=list)
    """Our own facts that no row bears yet, oldest first."""

    def learn(self, told: Sequence[Any]) -> tuple[list[tuple[Fact, bool]], bool]:
        """One line with a mark: the facts that count now, each with whether a key-holder says so; and whether
        another chain begins. Raises ValueError, TypeError or IndexError for what no machine writes.

        A line that two processes wrote counts once; one after a gap does not: it is read again.
        """
        if told[0] == BASE:
            _, machine, n, mac = told
            self.machine, self.n, self.mac, self.waiting = str(machine), int(n), str(mac), []
            return [], True
        n, mac = int(told[1]), str(told[2])
        if not self.machine or n != self.n + 1:
            return [], False
        if len(told) == 4:
            count = int(told[3])
            facts, signed = self.waiting[:count], True
            del self.waiting[:count]
        else:
            _, _, _, _, said, signed = told
            facts = [facts_of_three(one) for one in said]
        self.n, self.mac = n, mac
        return [(fact, bool(signed)) for fact in facts], False


def base(machine: str, n: int, mac: str) -> list[object]:
    """The line with which a machine begins to follow the notes from row `n` on."""
    return [BASE, machine, n, mac]


def allowed(fact: Fact, known: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether this may be said by anybody who can write to the database: it only stops, it never lets go."""
    kind, name, value = fact
    if kind in ("approval", "override"):
        return value == "void"
    if kind in ("freeze", "blackout"):  # a new one: not another meaning for one that stands
        return bool(value) and _is_order(kind, name, value) and not known.get(kind, {}).get(name)
    return False


def _is_order(kind: str, name: str, value: str) -> bool:
    try:
        told = json.loads(value)
        if kind == "freeze":  # of a unit: which stands last, here as in a blackout
            pairs, unit = [told[:2]], told[2:]
        else:
            begins, ends, pairs, *unit = told
            if any(datetime.fromisoformat(at).tzinfo is None for at in (begins, ends)):
                return False
        of_texts = all(isinstance(text, str) for pair in [*pairs, unit] for text in pair)
        plain = name.isascii() and name.isdigit() and len(name) < 10
        return plain and of_texts and len(unit) < 2 and all(len(pair) == 2 for pair in pairs)
    except (ValueError, TypeError, RecursionError):
        return False


def is_about(fact: Fact, unit: str) -> bool:
    """Whether a stop is one of this unit's, so that it reaches its own channels alone. What takes a word back
    bears a name that nobody knows who was not shown the word."""
    kind, _, value = fact
    try:
        if kind == "freeze":
            return list(json.loads(value)[2:]) == [unit]
        if kind == "blackout":
            return list(json.loads(value)[3:]) == [unit]
    except (ValueError, TypeError, RecursionError, LookupError):
        return False
    return True


def body_of(facts: Sequence[Fact]) -> str:
    return json.dumps(facts, ensure_ascii=False)


def facts_of(body: str) -> list[Fact]:
    """Raises ValueError or TypeError for anything else than a list of facts."""
    return [facts_of_three(one) for one in json.loads(body)]


def facts_of_three(one: Any) -> Fact:
    kind, name, value = one
    if not (isinstance(kind, str) and isinstance(name, str) and isinstance(value, str)):
        raise TypeError("a fact is three texts")
    "".join((kind, name, value)).encode()  # half a letter (a lone surrogate) can be written into no file
    return kind, name, value


def chained(key: bytes, previous: str, n: int, machine: str, body: str) -> str:
    """The `mac` of row `n` after the row with the mac `previous`. `key` is empty for a machine without."""
    told = json.dumps([previous, n, machine, body], ensure_ascii=False).encode("utf-8", "surrogatepass")
    if not key:
        return UNSIGNED + hashlib.sha256(told).hexdigest()
    return hmac.new(key, b"loa-note:" + told, "sha256").hexdigest()


def follows(key: bytes, previous: str, n: int, machine: str, body: str, mac: str) -> bool:
    """Whether this row was written after that one, by a machine with the key or openly without one."""
    by = b"" if mac.startswith(UNSIGNED) else key
    return hmac.compare_digest(
        chained(by, previous, n, machine, body).encode(), mac.encode("utf-8", "replace")
    )
