"""Writes what the documentation takes from the code: commands, keys of the window, the guide's command list.

    python docs/generate.py

Help texts are bound when a command is imported, so each language is read in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

DOCS = Path(__file__).resolve().parent
COMMANDS = DOCS / "commands.md"
KEYS = DOCS / "phim-tat.md"
GUIDE = DOCS / "huong-dan.md"
FIRST, LAST = "<!-- lệnh: docs/generate.py -->", "<!-- hết lệnh -->"

Node = dict[str, Any]
"""One command: `path`, `help`, `usage`, `params` (name, default, required, help), `group`, `absent`."""


def generated() -> dict[Path, str]:
    """Every generated file as it should be now."""
    vi, en = tree("vi"), tree("en")
    return {
        COMMANDS: _reference(vi, en),
        KEYS: _keys(vi["keys"]),
        GUIDE: _with_list(GUIDE.read_text("utf-8"), vi["nodes"]),
    }


def tree(language: str) -> Node:
    """The command tree with its texts in one language."""
    dumped = subprocess.run(  # noqa: S603  this file, by this Python
        [sys.executable, str(Path(__file__).resolve()), "--dump"],
        env={**os.environ, "LOA_LANGUAGE": language, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    told: Node = json.loads(dumped.stdout)
    return told


def dump() -> Node:
    """The tree of this process, whose language is LOA_LANGUAGE."""
    from content.wording import say, use_language
    from loa.cli import main

    use_language(os.environ["LOA_LANGUAGE"])
    root = _node("loa", main.cli, click.Context(main.cli, info_name="loa"))
    nodes = [root]
    for name, target in main.COMMANDS.items():
        if not _is_there(target.partition(":")[0]):
            nodes.append({"path": f"loa {name}", "help": say(f"cli.help.{name}"), "absent": True})
            continue
        context = click.Context(main.cli, info_name="loa")
        command = main.cli.get_command(context, name)
        assert command is not None
        nodes += _walk(f"loa {name}", command, context)
    return {"nodes": nodes, "exit_codes": say("cli.help.exit_codes"), "keys": _places()}


def _places() -> list[Node]:
    """The window's places with their keys."""
    from tui import keymap
    from tui.dialogs.help import title

    places = dict.fromkeys(key.place for key in keymap.defaults())
    return [
        {
            "title": title(place),
            "keys": [
                {"id": key.id, "keys": [keymap.shown(one) for one in key.keys], "does": key.long}
                for key in keymap.defaults()
                if key.place == place
            ],
        }
        for place in places
    ]


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _walk(path: str, command: click.Command, parent: click.Context) -> list[Node]:
    context = click.Context(command, info_name=path.rsplit(" ", 1)[-1], parent=parent)
    nodes = [_node(path, command, context)]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            nodes += _walk(f"{path} {name}", below, context)
    return nodes


def _node(path: str, command: click.Command, context: click.Context) -> Node:
    return {
        "path": path,
        "help": command.help or "",
        "usage": " ".join([path, *command.collect_usage_pieces(context)]),
        "params": [_param(param, context) for param in command.params],
        "group": isinstance(command, click.Group) and not command.invoke_without_command,
        "absent": False,
    }


def _param(param: click.Parameter, context: click.Context) -> Node:
    name = param.make_metavar(context)
    if isinstance(param, click.Option):
        metavar = "" if param.is_flag else f" {name}"
        name = ", ".join(sorted(param.opts, key=len, reverse=True)) + metavar
    shown = getattr(param, "show_default", False)
    return {
        "name": name,
        "default": str(param.default) if shown else "",
        "required": param.required,
        "help": getattr(param, "help", None) or "",
    }


def _reference(vi: Node, en: Node) -> str:
    lines = [
        "# Lệnh của Loa · Loa's commands",
        "",
        "Sinh từ mã nguồn bằng `docs/generate.py`; đừng sửa tay. / Generated from the code; do not edit.",
        "Mọi lệnh có `--help`. / Every command has `--help`.",
        "",
        f"{vi['exit_codes']}  ",
        en["exit_codes"],
    ]
    for ours, theirs in zip(vi["nodes"], en["nodes"], strict=True):
        lines += ["", *_section(ours, theirs)]
    return "\n".join(lines) + "\n"


def _section(vi: Node, en: Node) -> list[str]:
    lines = [f"## {vi['path']}", ""]
    ours, theirs = _safe(vi["help"]), _safe(en["help"])
    lines += [ours] if ours == theirs else [f"{ours}  ", f"*{theirs}*"]
    if vi["absent"]:
        return [*lines, "", "Chưa có trong bản này. / Not in this build."]
    lines += ["", f"`{vi['usage']}`"]
    if vi["params"]:
        lines += ["", "| Tham số · Parameter | Tiếng Việt | English |", "|---|---|---|"]
        lines += [_row(ours, theirs) for ours, theirs in zip(vi["params"], en["params"], strict=True)]
    return lines


def _row(vi: Node, en: Node) -> str:
    cells = []
    for param, must, default in ((vi, "bắt buộc", "mặc định"), (en, "required", "default")):
        words = [_safe(param["help"]), must if param["required"] else ""]
        words += [f"{default} `{param['default']}`"] if param["default"] else []
        cells.append("; ".join(word for word in words if word))
    name = vi["name"].replace("|", "\\|")
    return f"| `{name}` | {cells[0]} | {cells[1]} |"


def _keys(places: list[Node]) -> str:
    lines = [
        "# Phím tắt của cửa sổ",
        "",
        "Sinh từ `tui/keys.toml` bằng `docs/generate.py`; đừng sửa tay. Nhấn F1 trong cửa sổ để xem phím của "
        "màn hình đang mở. Muốn đổi phím nào, ghi mã của phím đó trong mục `[keys]` của `config.toml`, ví dụ "
        '`"room.freeze" = ["f7"]`.',
    ]
    for place in places:
        lines += ["", f"## {place['title']}", "", "| Phím | Việc | Mã |", "|---|---|---|"]
        for key in place["keys"]:
            keys = " ".join(f"`{one}`" for one in key["keys"])
            lines.append(f"| {keys} | {_safe(key['does'])} | `{key['id']}` |")
    return "\n".join(lines) + "\n"


def _with_list(guide: str, nodes: list[Node]) -> str:
    """The guide with the table between its two marks made anew."""
    before, _, rest = guide.partition(FIRST)
    _, _, after = rest.partition(LAST)
    rows = ["| Lệnh | Việc |", "|---|---|"]
    for node in nodes[1:]:
        if not node.get("group"):
            anchor = node["path"].replace(" ", "-")
            rows.append(f"| [`{node['path']}`](commands.md#{anchor}) | {_safe(node['help'])} |")
    return "\n".join([before.rstrip("\n"), "", FIRST, "", *rows, "", LAST]) + after


def _safe(text: str) -> str:
    """A help text as Markdown shows it: `<TÊN>` is no HTML, and a bar ends no cell."""
    return text.replace("<", "&lt;").replace("|", "\\|")


def main() -> None:
    if sys.argv[1:] == ["--dump"]:
        sys.stdout.write(json.dumps(dump(), ensure_ascii=False))
        return
    for path, text in generated().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
