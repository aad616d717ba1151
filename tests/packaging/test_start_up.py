"""What a command may load, how long starting takes, and what a wheel holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LIST_MODULES = """
import json, sys
from loa.cli.main import main
sys.argv = ["loa", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    code = end.code
print("\\n" + json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "PYTHON"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


def loaded_by(*args: object) -> set[str]:
    """Top-level packages in memory after `loa *args` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *map(str, args)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    code, names = json.loads(done.stderr.strip().splitlines()[-1])
    assert code == 0, done.stderr
    return set(names)


HEAVY = {
    "alembic",
    "apscheduler",
    "argon2",
    "cryptography",
    "defusedxml",
    "docx",
    "facebook",
    "jinja2",
    "mammoth",
    "openpyxl",
    "pgqueuer",
    "PIL",
    "psycopg",
    "requests",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
    "textual",
    "uvicorn",
    "yaml",
}


@pytest.mark.parametrize("args", [["--help"], [], ["--version"], ["--lang", "en", "--help"]])
def test_help_loads_nothing_heavy(args: list[str]):
    assert loaded_by(*args) & HEAVY == set()


@pytest.mark.parametrize(
    "group", ["post", "plan", "queue", "channel", "user", "run", "worker", "reach", "init"]
)
def test_help_of_a_group_loads_neither_store_nor_platform(group: str):
    assert loaded_by(group, "--help") & HEAVY == set()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace; nothing needs to stand in a queue to be listed."""
    from loa.services.workspace import Workspace

    folder = tmp_path_factory.mktemp("start-up") / "xa"
    Workspace.create(folder).close()
    return folder


@pytest.mark.parametrize("command", [["queue", "list"], ["post", "list"], ["status"], ["channel", "list"]])
def test_looking_at_the_queue_loads_no_platform_no_window_and_no_migrations(
    workspace: Path, command: list[str]
):
    loaded = loaded_by("-w", workspace, *command)
    unwanted = {"alembic", "apscheduler", "facebook", "PIL", "starlette", "textual", "uvicorn"}
    assert loaded & unwanted == set()


def test_publishing_from_a_file_loads_nothing_of_the_engine_of_several_machines(workspace: Path):
    loaded = loaded_by("-w", workspace, "run", "--once", "--quiet")
    assert "apscheduler" in loaded
    assert loaded & {"pgqueuer", "psycopg", "uvloop", "anyio", "croniter"} == set()


def seconds(*command: object) -> float:
    """The best of five: what the program needs, not what the machine was doing besides."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([*map(str, command)], cwd=ROOT, env=environment(), capture_output=True, check=True)
        best = min(best, time.perf_counter() - start)
    return best


def test_help_costs_little_more_than_python_and_click_themselves():
    """Measured against the floor in the same run, generously: it catches a heavy import, not a slow day."""
    floor = seconds(sys.executable, "-c", "import click")
    told = seconds(sys.executable, "-m", "loa.cli.main", "--help")
    assert told < 2.5 * floor + 0.1, f"--help took {told:.3f} s, python with click {floor:.3f} s"


def test_the_layers_hold():
    """The import contracts of pyproject.toml, by the same tool as in `make check`."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# ---- the wheel -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def tracked_beside_code() -> list[str]:
    """Every file of the rooms that is no Python: what a wheel forgets first."""
    rooms = ("content", "connectors", "scheduler", "loa", "tui")
    paths = [path for room in rooms for path in (ROOT / room).rglob("*") if path.is_file()]
    kept = [path for path in paths if "__pycache__" not in path.parts and path.suffix != ".pyc"]
    return sorted(path.relative_to(ROOT).as_posix() for path in kept)


def test_the_wheel_holds_everything_that_lies_beside_the_code(wheel: zipfile.ZipFile):
    packed = set(wheel.namelist())
    missing = [path for path in tracked_beside_code() if path not in packed]
    assert missing == []
    for needed in (
        "loa/config.toml",
        "content/wording/vi/cli.toml",
        "content/wording/en/cli.toml",
        "content/kits/law_day/campaign.toml",
        "content/kits/law_day/nam-buoc.png",
        "connectors/website/templates/article.html",
        "connectors/practice/templates/page.html",
        "scheduler/store/migrations/env.py",
        "scheduler/store/migrations/versions/0001_first_tables.py",
    ):
        assert needed in packed, needed


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile):
    rooms = {name.split("/")[0] for name in wheel.namelist()}
    assert {room for room in rooms if not room.endswith(".dist-info")} == {
        "content",
        "connectors",
        "scheduler",
        "loa",
        "tui",
    }
    strange = [name for name in wheel.namelist() if name.endswith((".db", ".key", ".pyc", ".log"))]
    assert strange == []


def test_the_wheels_config_is_the_one_at_the_root(wheel: zipfile.ZipFile):
    assert wheel.read("loa/config.toml") == (ROOT / "config.toml").read_bytes()


def test_the_wheel_names_the_command_and_every_platform(wheel: zipfile.ZipFile):
    [name] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    entry_points = wheel.read(name).decode()
    assert "loa = loa.cli.main:main" in entry_points
    for platform in ("website", "facebook"):
        assert f"\n{platform} = connectors.{platform}:" in entry_points


def test_a_program_from_the_wheel_alone_makes_a_workspace(wheel: zipfile.ZipFile, tmp_path: Path):
    """Unpacked elsewhere, the repository out of sight: config, wordings and migrations must be inside."""
    site = tmp_path / "site"
    wheel.extractall(site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import loa; "
        f"assert loa.__file__.startswith({str(site)!r}), loa.__file__; "
        "from loa.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "init", str(tmp_path / "xa")],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Đã tạo" in done.stderr
    assert (tmp_path / "xa" / "loa.db").is_file()
