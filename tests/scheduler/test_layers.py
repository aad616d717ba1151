"""Rules about the code itself that a reader relies on and no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("content", "connectors", "scheduler", "loa", "tui")


@cache
def modules() -> list[tuple[str, ast.Module]]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8")))
        for path in paths
        if "migrations" not in path.parts
    ]


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@cache
def imports() -> dict[str, list[str]]:
    return {name: list(imported(tree)) for name, tree in modules()}


def importers_of(package: str) -> set[str]:
    """Modules that import a package anywhere, inside functions too."""
    return {
        name
        for name, packages in imports().items()
        if any(module == package or module.startswith(f"{package}.") for module in packages)
    }


def calls(name: str) -> set[str]:
    """Modules that call `….name(…)` by its last two words, for example `datetime.now`."""
    owner, _, method = name.partition(".")
    return {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == owner
    }


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("apscheduler", {"scheduler/timetable.py"}),
        ("pgqueuer", {"scheduler/jobs.py"}),
        ("alembic", {"scheduler/store/database.py"}),
        (
            "sqlmodel",
            {
                f"scheduler/store/tables/{room}.py"
                for room in (
                    "__init__",
                    "columns",
                    "offices",
                    "posts",
                    "consent",
                    "figures",
                    "ledger",
                    "rollup",
                    "comments",
                    "units",
                    "watch",
                    "workers",
                    "machines",
                )
            },
        ),
        ("facebook", {"connectors/facebook/graph.py"}),
        (
            "filelock",
            {
                "scheduler/presence.py",
                "scheduler/witness.py",
                "scheduler/witness_index.py",
                "loa/services/alerting.py",
                "loa/services/campaigns.py",
                "loa/services/backup.py",
                "loa/services/connecting.py",
                "loa/services/repeats.py",
                "connectors/youtube/quota.py",
            },
        ),
        ("argon2", {"loa/keys.py", "loa/services/people.py"}),
        (
            "cryptography",
            {"loa/agefile.py", "loa/vault.py", "loa/keys.py", "loa/sealing.py", "scheduler/trust.py"},
        ),
    ],
)
def test_a_dependency_has_one_home(package: str, homes: set[str]):
    assert (
        importers_of(package) - {f for f in importers_of(package) if f.startswith("connectors/website")}
        <= homes
    )


def test_the_time_is_asked_in_one_place():
    """Everywhere else it is handed in, so that tests decide it. Practice and demo play in real time."""
    asked = calls("datetime.now") | calls("datetime.utcnow") | calls("datetime.today") | calls("date.today")
    allowed = {"scheduler/clock.py", "connectors/practice/running.py", "loa/services/demo.py"}
    assert asked <= allowed, f"ask the clock that was handed in: {sorted(asked - allowed)}"


def test_nothing_sleeps():
    """A sleeping worker cannot be told to stop; waits are on events."""
    assert calls("time.sleep") == set()


def test_the_skins_speak_to_services_only():
    """Neither the command line nor the window writes SQL or talks to a platform."""
    forbidden = ("sqlalchemy", "sqlmodel", "requests", "scheduler.store", "scheduler.queue")
    skins = {name for package in forbidden for name in importers_of(package)}
    assert {name for name in skins if name.startswith(("loa/cli/", "tui/"))} == set()


def test_only_scheduler_and_services_write_sql():
    writers = importers_of("sqlalchemy")
    assert {name for name in writers if not name.startswith(("scheduler/", "loa/services/"))} == set()


def test_nothing_prints():
    """stdout is data: `click.echo` in the command line and nobody else."""
    printing = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing == set()
