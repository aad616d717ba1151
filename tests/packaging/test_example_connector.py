"""The example of docs/examples, installed like a stranger's package: found, used, conformant, quoted."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import errors as api_errors
from connectors.contract import Connector
from loa import api
from loa.services import people
from loa.services.workspace import Workspace
from tests.support.office import PASSPHRASE, PEOPLE, write_post

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "loa-webdav"
GUIDE = ROOT / "docs" / "connector-guide.md"
TIMEOUT_S = 120


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example and nothing else, as pip made it from the example's own pyproject.toml."""
    folder = tmp_path_factory.mktemp("example") / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    done = run([*pip, "--no-deps", "--no-build-isolation", "--target", folder, EXAMPLE], cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder


def run(command: list[object], *, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "PYTHON"))}
    return subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={
            **kept,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONSAFEPATH": "1",
            **variables,
        },  # not what lies here
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    """The WebDAV server of the example's own tests."""
    share = tmp_path / "share"
    share.mkdir()
    opened = runpy.run_path(str(EXAMPLE / "tests" / "server.py"))["Office"](share)
    yield opened
    opened.close()


class Desk:
    """A unit's workspace at which officers type commands; the example is on the path of each process."""

    def __init__(self, folder: Path, installed: Path) -> None:
        self.folder, self._installed = folder, installed
        workspace, operator = Workspace.create(folder), None
        for name, (full_name, roles) in PEOPLE.items():
            added = people.add(
                workspace, operator, name, full_name=full_name, roles=roles, passphrase=PASSPHRASE
            )
            operator = operator or added
        workspace.close()

    def loa(self, *args: object, **variables: str) -> str:
        """What a command said; it must succeed."""
        done = run(
            [sys.executable, "-m", "loa.cli.main", "-w", self.folder, *args],
            cwd=ROOT,
            PYTHONPATH=str(self._installed),
            LOA_PASSPHRASE=PASSPHRASE,
            **variables,
        )
        assert done.returncode == 0, f"loa {' '.join(map(str, args))}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.mark.slow  # eight processes, one after the other
def test_a_post_goes_the_whole_way_through_a_connector_from_another_package(
    installed: Path, server: Any, tmp_path: Path
) -> None:
    desk = Desk(tmp_path / "xa", installed)
    settings = [f"--set={key}={value}" for key, value in server.settings.items()]
    login = {"LOA_SECRET_USER": "loa", "LOA_SECRET_PASSWORD": "mật khẩu của Loa 2026"}
    desk.loa("--as", "ky", "channel", "add", "bang-tin", "--platform", "webdav", *settings, **login)
    assert "bảng tin" in desk.loa("channel", "check", "bang-tin")
    post = write_post(
        desk.folder / "posts", channels="[bang-tin]", due="", text="Hiểu luật.\n\n![Ảnh](thieu.png)"
    )
    told = desk.loa("--as", "soan", "post", "import", post, "--due", "+25s")
    told += desk.loa("post", "check", "hoi-dap")
    assert "bài đặt ảnh thieu.png nhưng không đính kèm" in told, "the package's own sentence"
    desk.loa("--as", "soan", "post", "submit", "hoi-dap")
    desk.loa("--as", "duyet", "post", "approve", "hoi-dap")
    view = {"status": ""}
    until = time.monotonic() + TIMEOUT_S
    while view["status"] != "published" and time.monotonic() < until:  # each look takes a second: no sleep
        desk.loa("run", "--once", "--quiet")
        [view] = json.loads(desk.loa("queue", "list", "--json"))
    assert (view["status"], view["verified_at"] is not None) == ("published", True), view
    [page] = server.folder.iterdir()
    assert view["url"] == f"{server.url}/bang-tin/{page.name}"
    assert "Hiểu luật." in page.read_text("utf-8")
    assert list(server.drafts.iterdir()) == []


def test_an_error_of_the_package_is_told_in_its_own_words(installed: Path) -> None:
    code = "from loa.speech import code_sentence; print(code_sentence('webdav:409', channel='bang-tin'))"
    done = run([sys.executable, "-c", code], cwd=ROOT, PYTHONPATH=str(installed), PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Thư mục không còn trên máy chủ.")
    assert "`loa channel check bang-tin`" in done.stdout


def test_the_example_passes_its_own_tests_and_the_conformance_suite(installed: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", "--color=no"]
    done = run(command, cwd=EXAMPLE, PYTHONPATH=str(installed))
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed, done.stdout
    assert int(passed[1]) >= 40
    reasons = set(re.findall(r"SKIPPED .*: (.*)", done.stdout))
    declared = {
        "does not hold posts",
        "does not measure",
        "does not read comments",
        "the harness makes no twins",
    }
    assert reasons == declared, "skipped by declaration only"


# ---- the page that explains it, and the face it imports from ----------------------------------------


def fences(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "quote", [*fences("python"), *fences("toml")], ids=lambda quote: quote.split("\n")[0]
)
def test_the_guide_quotes_the_example_to_the_letter(quote: str) -> None:
    files = [path for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml")]
    assert any(f"\n{quote}" in path.read_text("utf-8") for path in files), f"not in the example:\n{quote}"


def test_the_guide_names_every_error_and_every_method() -> None:
    guide = GUIDE.read_text("utf-8")
    errors = {kind.__name__ for kind in vars(api_errors).values() if _is_error(kind)}
    methods = {name for name in vars(Connector) if not name.startswith("_")} - {"capabilities"}
    missing = [name for name in errors | methods if not re.search(rf"`{name}\b", guide)]
    assert missing == []


def _is_error(kind: object) -> bool:
    base = api.ConnectorError
    return isinstance(kind, type) and issubclass(kind, base) and kind is not base


def test_the_example_imports_nothing_of_loa_but_its_public_face() -> None:
    rooms = {"content", "connectors", "scheduler", "loa", "tui"}
    for path in EXAMPLE.rglob("*.py"):
        modules = re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text("utf-8"), re.MULTILINE)
        assert {name for name in modules if name.partition(".")[0] in rooms} <= {"loa.api"}, path.name


def test_every_name_of_the_public_face_is_there() -> None:
    assert sorted(api.__all__) == sorted(set(api.__all__))
    for name in api.__all__:
        assert getattr(api, name) is not None
    with pytest.raises(AttributeError):
        api.nothing_of_the_kind  # noqa: B018


def test_the_public_face_is_cheap(installed: Path) -> None:
    code = "import sys, loa_webdav.connector; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = run([sys.executable, "-c", code], cwd=ROOT, PYTHONPATH=str(installed))
    assert done.returncode == 0, done.stderr
    heavy = {"requests", "urllib3", "sqlalchemy", "pytest", "pydantic", "PIL", "yaml", "textual", "click"}
    assert set(done.stdout.split()) & heavy == set()
