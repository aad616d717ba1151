"""Inputs that once broke a parser: which one, how it broke, and the input. Never shortened, only added to."""

from __future__ import annotations

import json

from tests.fuzz.records import VARIANT

_LOCK = {
    "box": "A" * 64,
    "format": 1,
    "kdf": "argon2id",
    "lanes": 1,
    "memory_kib": 8,
    "nonce": "AAAAAAAAAAAAAAAA",
    "passes": 1,
    "salt": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def _lock(**changes: object) -> bytes:
    return json.dumps({**_LOCK, **changes}).encode()


def _post(front: str, body: str = "Chữ") -> bytes:
    return f"---\ntitle: A\nkind: hoi_dap\n{front}\n---\n{body}\n".encode()


def _variant(**changes: object) -> bytes:
    return json.dumps({**json.loads(VARIANT.canonical()), **changes}).encode()


_TRUST = b'[officers.duyet]\nkey = "' + b"q" * 42 + b'o="\nroles = ["approver"]\n'
_NESTED, _ENDLESS, _DEEP_KEY = b"[" * 20_000, b"9" * 5_000, b"a." * 3_000 + b"a = 1\n"

ONCE: tuple[tuple[str, str, bytes], ...] = (
    ("post file", "UnicodeEncodeError when digested: half a letter", _post('summary: "\\udcff"')),
    ("kit plan", "RecursionError: nested lists", b"items = " + _NESTED),
    ("variant", "RecursionError: nested lists", _NESTED),
    ("variant", "OverflowError: before the year 1", _variant(not_before="0001-01-01T00:00:00+14:00")),
    ("variant", "AttributeError later: a number for a title", _variant(title=5)),
    ("config.toml", "RecursionError: nested lists", b"language = " + _NESTED),
    ("config.toml", "ValueError: an endless number", b"[publisher]\nworkers = " + _ENDLESS),
    ("config.toml", "RecursionError when told: a value nested too deep", b"language." + _DEEP_KEY),
    ("trust.toml", "RecursionError: nested lists", b"officers = " + _NESTED),
    ("trust.toml", "RecursionError when told: a value nested too deep", _TRUST + b"added_at." + _DEEP_KEY),
    ("locked key", "HashingError: less memory than lanes need", _lock(lanes=4)),
    ("locked key", "HashingError: a short salt", _lock(salt="")),
    ("locked key", "OverflowError: infinitely many passes", b'{"format":1,"passes":Infinity}'),
    ("locked key", "OverflowError: less than no memory", _lock(memory_kib=-8)),
    ("locked key", "minutes: 20 passes over a GiB", _lock(passes=20, memory_kib=2**20, lanes=64)),
    ("locked key", "RecursionError: nested lists", _NESTED),
    ("media name", "ValueError: half a letter", b"\xed\xa0\x80.png"),
    ("media name", "OSError: a name too long for any disk", b"a" * 5_000),
    ("article record", "RecursionError: nested lists", _NESTED),
    ("release manifest", "RecursionError: nested lists", _NESTED),
    ("release identity", "RecursionError: nested lists", _NESTED),
    ("stored handle", "RecursionError: nested lists", _NESTED),
    ("channel text", "minutes: pictures that never close, told apart by their alt text", b"![" * 60_000),
    ("channel text", "minutes: pictures that never close, for Zalo", b"![a](" * 20_000),
    ("channel text", "minutes: tags that never close", b"<a " * 60_000),
    ("channel text", "minutes: blanks without a line end", b"x" + b" " * 120_000 + b"x"),
    ("channel text", "ValueError: a link that is no address", b"http://["),
    ("portal page", "UnicodeError: a character set for host names", b"<meta charset=idna>x"),
    ("pasted address", "ValueError: no address", b"http://[https://cong.example.vn/"),
    ("pasted address", "taken: an address with NUL in it", b"https://cong.example.vn/\x00"),
    ("pasted address", "ValueError: a redirect to no address", b"http://[;:1]/"),
)
