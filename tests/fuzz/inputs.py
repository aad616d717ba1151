"""Hostile inputs: valid samples with their bytes turned, and grammars with rubbish where values belong."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

NASTY = (
    "",
    "\x00",
    "\x1b[2J",
    "\x9b31m",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\u200b",
    "\u2028",
    "\ufffe",
    "\U000e0041",
    "e" + "\u0301\u0323" * 40,
    unicodedata.normalize("NFD", "Ngày Pháp luật: điều 8"),
    "²",
    "٣",
    "-1",
    "1e999",
    "NaN",
    "9" * 20,
    "9" * 5000,
    "%s%n{0}{}",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\win.ini",
    "\\\\server\\share\\a.png",
    "http://[",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
    "=1+1",
    "'\"`",
    "---",
    "\r",
    "\r\n",
    "a" * 300,
    "[" * 60,
    "{" * 60,
)
"""Texts that have broken parsers before: controls, direction marks, huge numbers, ways out of a folder."""

text = st.one_of(st.sampled_from(NASTY), st.text(max_size=40), st.lists(st.sampled_from(NASTY)).map("".join))

_INTERESTING = [
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80",
]
_AT = st.integers(0, 2**20 - 1)
_LENGTH = st.sampled_from((1, 1, 2, 4, 8, 64, 1024))


@st.composite
def mutated(draw: DrawFn, samples: Sequence[bytes], words: Sequence[str | bytes] = NASTY) -> bytes:
    """A sample with up to six edits: bits, cuts, repeats, words where none belong, a piece of another."""
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(_AT) % (len(data) + 1)
        end = at + draw(_LENGTH)
        match draw(st.sampled_from(("flip", "set", "cut", "insert", "repeat", "end", "splice"))):
            case "flip":
                if at < len(data):
                    bit = 1 << draw(st.integers(0, 7))
                    data = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            case "set":
                new = draw(st.sampled_from(_INTERESTING))
                data = data[:at] + new + data[at + len(new) :]
            case "cut":
                data = data[:at] + data[end:]
            case "insert":
                word = draw(st.sampled_from(words))
                new = word.encode("utf-8", "surrogatepass") if isinstance(word, str) else word
                data = data[:at] + new + data[at:]
            case "repeat":
                data = data[:at] + data[at:end] * draw(st.sampled_from((2, 3, 50))) + data[end:]
            case "end":
                data = data[:at]
            case "splice":
                other = draw(st.sampled_from(samples))
                data = data[:at] + other[draw(_AT) % (len(other) + 1) :]
        data = data[:262_144]
    return data


def json_values(names: Sequence[str], *leaves: Any) -> SearchStrategy[Any]:
    """Decoded JSON in which the names a reader looks for lead to anything at all."""
    leaf = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(NASTY),
        st.sampled_from(leaves or ("",)),
        st.sampled_from((0, 1, -1, 200, 2**63, 10**30)),
    )
    name = st.sampled_from(names)
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(name, inner, max_size=6),
        max_leaves=12,
    )


_NO_JSON = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b'"',
    b"[" * 100_000,
    b'{"error":' * 50_000,
    b"9" * 5000,
    b'{"error": ' + b"9" * 5000 + b"}",
    b'{"a": NaN, "b": Infinity}',
    b'{"a": 1e400}',
    b'{"a": "\\ud800"}',
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"<html>502 Bad Gateway</html>",
)


def json_texts(samples: Sequence[Any], names: Sequence[str], *leaves: Any) -> SearchStrategy[bytes]:
    """Bytes where JSON belongs: a sample turned, a grammar of the same names, and what is no JSON at all."""
    encoded = [json.dumps(sample, ensure_ascii=False).encode() for sample in samples]
    grown = json_values(names, *leaves).map(lambda value: json.dumps(value).encode())
    return st.one_of(
        grown,
        mutated(encoded),
        st.sampled_from(samples).flatmap(lambda sample: _one_value_changed(sample, names, leaves)),
        st.sampled_from(_NO_JSON),
    )


@st.composite
def _one_value_changed(draw: DrawFn, sample: Any, names: Sequence[str], leaves: Sequence[Any]) -> bytes:
    """A valid sample with one value, somewhere inside, replaced: what passes every check but the last."""
    whole = json.loads(json.dumps(sample))
    places = list(_places(whole))
    if places:
        holder, key = draw(st.sampled_from(places))
        holder[key] = draw(json_values(names, *leaves))
    return json.dumps(whole).encode()


def _places(value: Any) -> Any:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
