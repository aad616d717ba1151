"""The search for tokens at the end of every run (tests.support.secrets): that it finds, and what it knows."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from connectors.practice.people import App, Person
from connectors.practice.youtube.world import Channel
from connectors.practice.youtube.world import World as YouTube
from connectors.practice.zalo.world import Oa
from connectors.practice.zalo.world import World as Zalo
from tests.support.clock import TestClock
from tests.support.secrets import Watch
from tests.support.terminal import ROOT

LEAKING = """
import logging, sqlite3, sys
from contextlib import closing
from click.testing import CliRunner
import click

TOKEN = "practice-" + "token-4711"

def test_log():
    logging.getLogger("loa.somewhere").debug("asked with %s", TOKEN)

def test_traceback():
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logging.getLogger("other").exception("it broke")

def test_stdout():
    print("said", TOKEN)

def test_stderr():
    sys.stderr.write(TOKEN)

def test_command():
    CliRunner().invoke(click.Command("x", callback=lambda: click.echo(TOKEN)))

def test_file(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(f"<p>{TOKEN}</p>")

def test_database(tmp_path):
    with closing(sqlite3.connect(tmp_path / "loa.db")) as db:
        db.execute("CREATE TABLE audit_event (detail TEXT)")
        db.execute("INSERT INTO audit_event VALUES (?)", (TOKEN,))
        db.commit()

def test_vault(tmp_path):
    from loa.vault import Vault
    secret = "like-nothing" + "-in-particular-1"
    Vault(tmp_path).hide(secret)
    (tmp_path / "settings.json").write_text(secret)
"""
CLEAN = """
def test_clean(tmp_path):
    from loa.vault import Vault
    hidden = Vault(tmp_path).hide("practice-" + "token-4711")
    (tmp_path / "hidden").write_text(hidden)
    print(hidden)
"""


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that the search of this very run does not look into."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def run(outside: Path, tests: str, *more: str) -> tuple[int, str]:
    (outside / "test_it.py").write_text(tests, "utf-8")
    base = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    place = ["--rootdir", str(outside), "--basetemp", str(outside / "base"), "-o", "addopts="]
    done = subprocess.run(
        [*base, *place, *more, str(outside / "test_it.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        env=_environment(),
    )
    return done.returncode, done.stdout + done.stderr


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("LOA_", "PYTEST_"))}


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_run_that_lets_a_token_out_fails_and_names_every_place(outside: Path, workers: tuple[str, ...]):
    code, said = run(outside, LEAKING, *workers)
    assert code == 1, said
    assert "8 passed, 1 error" in said
    for name in ("log", "traceback", "stdout", "stderr", "command", "file", "database", "vault"):
        assert f"test_{name}" in said.partition("a token stands in clear")[2], (
            f"{name} was not found:\n{said}"
        )
    assert "practice-token-4711" not in said, "the report itself tells no token"


def test_a_run_that_keeps_its_tokens_passes(outside: Path):
    code, said = run(outside, CLEAN)
    assert code == 0, said


def test_every_token_that_a_practice_platform_issues_is_known_by_its_shape(clock: TestClock, tmp_path: Path):
    zalo, youtube = Zalo(clock.now), YouTube(clock.now, tmp_path, processing_s=0)
    oa = zalo.add_oa(Oa("1234567890", "OA"))
    channel = youtube.add_channel(Channel("UC0123456789", "Kênh", "1//practice-UC0123456789"))
    issued = [
        PracticeServer().add_page("1001").token,
        App().secret,
        Person().token,
        Person().long_token,
        *zalo.issue(oa),
        zalo.grant_code(oa, "challenge"),
        oa.app_secret,
        channel.refresh_token,
        channel.client_secret,
        youtube.grant(channel),
    ]
    watch = Watch()
    for token in issued:
        for written in (
            token,
            f"https://x.vn/?access_token={token}&y=1",
            f'{{"t":"{token}"}}',
            f"Bearer {token}\n",
        ):
            assert list(watch.tokens_in(written.encode())), token


def test_a_password_in_groups_is_looked_for_either_way():
    watch = Watch()
    watch.learn("abcd EFGH 1234 ijkl mnop qrst")
    for written in ("abcd EFGH 1234 ijkl mnop qrst", "user:abcdEFGH1234ijklmnopqrst"):
        assert list(watch.tokens_in(written.encode()))


@pytest.mark.parametrize(
    "harmless",
    [
        "short",
        "4012345678901234567",
        "2026-11-09T05:00:00+00:00",
        "0123456789abcdef01234567",
        "12-x.apps.googleusercontent.com",
        "mot cum mat khau",
    ],
)
def test_what_lies_in_the_vault_and_is_no_secret_is_not_looked_for(harmless: str):
    watch = Watch()
    watch.learn(harmless)
    assert watch.literals == {}
