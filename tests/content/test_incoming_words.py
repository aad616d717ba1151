"""Every rule that the readers of foreign files name has its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from content import incoming
from content.activity import entry
from content.wording import catalogue
from loa.services import activities, activity_import, bringing, excel_plan, feeds

HELPERS = {
    "_Wrong": "incoming",
    "_refusal": "plan",
    "_refuse": "plan",
    "refusal": "plan",
    "refuse": "activity",
    "_finding": "plan",
    "_left_out": "word",
}


def rules(file: Path) -> Iterator[str]:
    """The keys of the sentences that a module names as literals."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        args = node.args[:1] if name == "refuse" else node.args
        words = [one.value for one in args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        words += [
            half.value
            for one in args
            if isinstance(one, ast.IfExp)
            for half in (one.body, one.orelse)
            if isinstance(half, ast.Constant)
        ]
        if name == "Finding" and words and "." in words[0]:
            room, _, rule = words[0].partition(".")
            yield f"{room}.rules.{rule}.says"
        elif name in HELPERS and words:
            of_feeds = file.stem == "feed"
            for word in words if name in ("_Wrong", "refuse") or of_feeds else words[:1]:
                if word.islower() and word.isascii() and not word.startswith("."):
                    own = {"feed": ["feeds"], "sheetfile": ["plan", "activity"]}.get(file.stem)
                    if file.stem.startswith("activity"):
                        own = ["activity"]
                    yield from (f"{room}.rules.{word}.says" for room in own or [HELPERS[name]])


def test_every_rule_has_its_sentence_and_every_sentence_its_rule() -> None:
    folder = Path(incoming.__file__).parent
    others = (bringing, excel_plan, feeds, activities, activity_import, entry)
    files = [*folder.glob("*.py"), *(Path(str(room.__file__)) for room in others)]
    named = {key for file in files for key in rules(file) if not key.startswith("content.")}
    known = {
        key
        for key in catalogue("vi")
        if key.split(".")[0] in ("incoming", "word", "plan", "feeds", "activity") and key.endswith(".says")
    }
    columns = {f"plan.rules.{name}.says" for name in ("id", "title", "revision", "day", "deadline", "time")}
    assert named - columns <= known, f"no sentence for {sorted(named - columns - known)}"
    built = {f"plan.rules.{name}.says" for name in ("alt_count", "rights_count", "people_count")}
    built |= {
        f"activity.rules.persons_{kind}.says" for kind in ("mail", "identity", "phone", "names", "lines")
    }
    built |= {f"{room}.rules.column_ignored.says" for room in ("plan", "activity")}
    built |= {f"activity.rules.row_{name}.says" for name in ("other", "gone")}
    refused = {f"plan.rules.{name}.says" for name in ("taken", "stale", "not_editable")}
    assert known <= named | built | refused
