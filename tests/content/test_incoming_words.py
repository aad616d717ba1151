"""Every rule that the readers of foreign files name has its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from content import incoming
from content.wording import catalogue
from loa.services import bringing, excel_plan, feeds

HELPERS = {
    "_Wrong": "incoming",
    "_refusal": "plan",
    "_refuse": "plan",
    "_finding": "plan",
    "_left_out": "word",
}


def rules(file: Path) -> Iterator[str]:
    """The keys of the sentences that a module names as literals."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        words = [
            one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        words += [
            half.value
            for one in node.args
            if isinstance(one, ast.IfExp)
            for half in (one.body, one.orelse)
            if isinstance(half, ast.Constant)
        ]
        if name == "Finding" and words and "." in words[0]:
            room, _, rule = words[0].partition(".")
            yield f"{room}.rules.{rule}.says"
        elif name in HELPERS and words:
            of_feeds = file.stem == "feed"
            for word in words if name == "_Wrong" or of_feeds else words[:1]:
                if word.islower() and word.isascii() and not word.startswith("."):
                    yield f"{'feeds' if of_feeds else HELPERS[name]}.rules.{word}.says"


def test_every_rule_has_its_sentence_and_every_sentence_its_rule() -> None:
    folder = Path(incoming.__file__).parent
    files = [*folder.glob("*.py"), *(Path(str(room.__file__)) for room in (bringing, excel_plan, feeds))]
    named = {key for file in files for key in rules(file) if not key.startswith("content.")}
    known = {
        key
        for key in catalogue("vi")
        if key.split(".")[0] in ("incoming", "word", "plan", "feeds") and key.endswith(".says")
    }
    columns = {f"plan.rules.{name}.says" for name in ("id", "title", "revision", "day", "deadline", "time")}
    assert named - columns <= known, f"no sentence for {sorted(named - columns - known)}"
    built = {f"plan.rules.{name}.says" for name in ("alt_count", "rights_count", "people_count")}
    refused = {f"plan.rules.{name}.says" for name in ("taken", "stale", "not_editable")}
    assert known <= named | built | refused
