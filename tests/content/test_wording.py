"""Both catalogues, of every room, hold the same sentences with the same values."""

from __future__ import annotations

import ast
import string
import tomllib
from pathlib import Path

import pytest

import content
from content import wording
from content.kinds import KINDS
from content.text import normalise

ROOT = Path(wording.__file__).parent
VI, EN = wording.catalogue("vi"), wording.catalogue("en")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_sentence_exists_in_both_languages() -> None:
    assert sorted(VI) == sorted(EN)


def test_both_languages_use_the_same_values() -> None:
    differing = {
        k: (VI[k], EN[k]) for k in VI.keys() & EN.keys() if placeholders(VI[k]) != placeholders(EN[k])
    }
    assert differing == {}


def test_every_rule_says_something_and_tells_the_remedy() -> None:
    for catalogue in (VI, EN):
        rules = {key.rpartition(".")[0] for key in catalogue if ".rules." in key}
        lacking = [
            r for r in rules for part in ("says", "remedy") if not catalogue.get(f"{r}.{part}", "").strip()
        ]
        assert lacking == []


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("*/*.toml")), ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_catalogues_are_normalised_text(file: Path) -> None:
    text = file.read_text("utf-8")
    assert normalise(text) == text
    assert tomllib.loads(text)


def test_every_kind_has_a_label() -> None:
    assert {f"content.kinds.{code}" for code in KINDS} == {k for k in VI if k.startswith("content.kinds.")}


def test_every_sentence_named_in_this_rooms_code_exists() -> None:
    """Rules are written as literals: `Finding("content.x", …)`, or as a bare name given to a small helper."""
    helpers = {"_finding", "_refused", "_block", "Mark"}
    missing = []
    for file in Path(content.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                continue
            if name in helpers:
                key = f"content.rules.{first.value}.says"
            elif name == "Finding":
                room, _, rule = first.value.partition(".")
                key = f"{room}.rules.{rule}.says"
            elif name in ("say", "UsageError", "NotFound"):
                key = first.value
            else:
                continue
            if key not in VI:
                missing.append(f"{file.name}:{node.lineno} {key}")
    assert missing == []
