"""The documentation says what the code does: commands, settings, words, links and decisions."""

from __future__ import annotations

import dataclasses
import re
import runpy
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from content import errors
from content.approval import Role
from content.kinds import KINDS
from content.wording import say
from loa.cli import main as cli
from loa.config import default_text
from loa.doctor import Check
from loa.services.channels import ChannelView
from loa.services.deliveries import ApprovalView, AttemptView, DeliveryView
from loa.services.overview import Overview
from loa.services.people import Person
from loa.services.reach import ReachView
from scheduler.presence import Presence
from scheduler.status import Status

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("content", "connectors", "scheduler", "loa", "tui")
README = (ROOT / "README.md").read_text("utf-8")
GUIDE = (ROOT / "docs" / "huong-dan.md").read_text("utf-8")
MARKDOWN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
# Not exceptions of Loa's own: a fault, and a person who pressed Ctrl+C.
OTHER_EXITS = {0, 1, 130}
REPAIR = "run: .venv/bin/python docs/generate.py"


def test_generated_pages_are_up_to_date() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    for path, wanted in generate["generated"]().items():
        assert path.read_text("utf-8") == wanted, f"{path.name} is out of date; {REPAIR}"


def test_every_command_is_in_the_readme_or_the_guide() -> None:
    told = README + GUIDE.partition("<!-- lệnh: docs/generate.py -->")[0]  # the list itself explains nothing
    missing = [path for path, command in _commands() if _runs(command) and f"loa {path}" not in _joined(told)]
    assert not missing, f"no word about: {missing}"


def test_every_command_shown_can_be_typed() -> None:
    shown = 0
    for file in [file for file in MARKDOWN if file.name != "commands.md"]:  # there stand usages, not commands
        for line in _command_lines(file.read_text("utf-8")):
            shown += 1
            try:
                _parse(cli.cli, shlex.split(line, comments=True)[1:])
            except click.UsageError as error:
                pytest.fail(f"{file.name}: {line}\n{error.format_message()}")
    assert shown > 30


def test_every_setting_is_in_the_guide() -> None:
    missing = [key for key in _settings(tomllib.loads(default_text())) if f"`{key}`" not in GUIDE]
    assert not missing, f"settings without a word: {missing}"


@pytest.mark.parametrize("status", Status)
def test_every_status_is_told_with_its_word(status: Status) -> None:
    assert f"| `{status}` |" in README
    assert f"| `{status}` | {say(f'cli.status.{status}')} |" in GUIDE


@pytest.mark.parametrize("role", Role)
def test_every_role_is_in_the_guide(role: Role) -> None:
    assert f"`{role}` ({say(f'cli.role.{role}')})" in GUIDE


def test_every_kind_of_post_tells_how_late_it_may_go() -> None:
    table = GUIDE.partition("| Loại bài |")[2].partition("\n\n")[0].lower()
    for kind in KINDS.values():
        if not kind.publishable:
            continue
        row = next((row for row in table.splitlines() if kind.label.lower() in row), "")
        hours = int(kind.lateness.total_seconds() // 3600)
        wanted = f"{hours // 24} ngày" if hours % 24 == 0 else f"{hours} giờ"
        assert row.endswith(f"| {wanted} |"), f"{kind.label}: {wanted}, not {row!r}"


def test_every_exit_code_is_told() -> None:
    known = OTHER_EXITS | {kind.exit_code for kind in _kinds_of(errors.LoaError)}
    for code in known:
        assert f"`{code}`" in _section(README, "For programs"), f"README: exit code {code}"
        assert f"`{code}`" in _section(GUIDE, "Loa không chạy được"), f"guide: exit code {code}"


def test_every_environment_variable_is_told() -> None:
    used: set[str] = set()
    for room in ROOMS:
        for file in [*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.toml")]:
            used |= set(re.findall(r"\bLOA_[A-Z]+(?:_[A-Z]+)*_?", file.read_text("utf-8")))
    assert {"LOA_WORKSPACE", "LOA_SECRET_"} <= used
    table = _section(README, "For programs")
    missing = [name for name in used if f"`{name}" not in table]
    assert not missing, f"variables without a word: {missing}"


@pytest.mark.parametrize(
    "view",
    [
        DeliveryView,
        AttemptView,
        ApprovalView,
        Overview,
        Presence,
        ReachView,
        ChannelView,
        Person,
        Check,
    ],
)
def test_every_json_key_is_told(view: type) -> None:
    table = _section(README, "For programs")
    missing = [f.name for f in dataclasses.fields(view) if f.repr and f"`{f.name}`" not in table]
    assert not missing, f"{view.__name__}: keys without a word: {missing}"


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_relative_link_is_dead(file: Path) -> None:
    for link in _links(file.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), f"{file.name}: {link} leads nowhere"
        if anchor:
            assert anchor in _anchors(target.read_text("utf-8")), f"{file.name}: no heading for {link}"


def test_every_decision_that_code_points_to_exists() -> None:
    numbers = {adr.name[:4] for adr in ADRS}
    places = [ROOT / "pyproject.toml", ROOT / "Makefile", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.*")]
    for room in (*ROOMS, "tests", "bench", "docs"):
        places += (ROOT / room).rglob("*.py")
    for file in places:
        for number in re.findall(r"(?:docs/adr/|ADR[ -]?)(\d{4})", file.read_text("utf-8")):
            assert number in numbers, f"{file.relative_to(ROOT)} points to decision {number}"


@pytest.mark.parametrize("adr", ADRS, ids=lambda adr: adr.stem)
def test_a_decision_is_short_and_has_its_parts(adr: Path) -> None:
    text = adr.read_text("utf-8")
    assert len(text.splitlines()) <= 40
    assert re.match(rf"# {adr.name[:4]} \S", text)
    for part in ("Context", "Decision", "Consequences"):
        assert f"\n## {part}\n" in text, f"{adr.name}: no {part}"
    assert sum(other.name[:4] == adr.name[:4] for other in ADRS) == 1, "two decisions bear one number"


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", _changelog(), re.MULTILINE)


def _changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text("utf-8")


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli.cli, **cli.cli.context_settings)
    for name in cli.cli.list_commands(context):
        command = cli.cli.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", found) for below, found in command.commands.items())


def _runs(command: click.Command) -> bool:
    return not isinstance(command, click.Group) or command.invoke_without_command


def _joined(text: str) -> str:
    """Text in which `loa --as minh post show` reads `loa post show`, and a bare `post show` gets its loa."""
    text = re.sub(r"\bloa(?: (?:--as|-w|--lang) \S+)+", "loa", text)
    return re.sub(r"`(?=(?:post|queue|channel|user|reach) )", "`loa ", text)


def _command_lines(text: str) -> Iterator[str]:
    """Each `loa …` typed in a shell block or as inline code with an argument."""
    for token in _tokens(text):
        if token.type == "fence" and token.info == "sh":
            for line in token.content.replace("\\\n", " ").splitlines():
                for part in line.split("#")[0].replace("&", ";").split(";"):
                    bare = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", part.strip())
                    if bare.startswith("loa "):
                        yield bare
        elif token.type == "code_inline" and token.content.startswith("loa ") and "…" not in token.content:
            yield token.content


def _parse(command: click.Command, words: list[str]) -> None:
    """Raises UsageError for a command or option that there is not. Values are not looked at."""
    context = click.Context(command, info_name="loa", **command.context_settings)
    options, rest, _ = command.make_parser(context).parse_args(list(words))
    if not isinstance(command, click.Group) or not rest or options.get("help"):
        return
    below = command.get_command(context, rest[0])
    if below is None:
        raise click.UsageError(f"no command {rest[0]}")
    _parse(below, rest[1:])


def _settings(table: dict[str, object], prefix: str = "") -> Iterator[str]:
    """Dotted names; an empty table stands for names that the unit chooses."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _settings(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def _kinds_of(kind: type[errors.LoaError]) -> Iterator[type[errors.LoaError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds_of(below)


def _section(text: str, heading: str) -> str:
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,3}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading!r}"
    return found[2]


@cache
def _tokens(text: str) -> list[Token]:
    flat: list[Token] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        flat += [token, *(token.children or [])]
    return flat


def _links(text: str) -> Iterator[str]:
    for token in _tokens(text):
        link = token.attrGet("href") or token.attrGet("src")
        if link:
            yield str(link)


def _anchors(text: str) -> set[str]:
    """Headings as forges make anchors of them: lower case, no punctuation, dashes for spaces."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
