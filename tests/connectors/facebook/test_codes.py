"""Every code an officer can meet has a sentence that says what happened and what to do, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from connectors.facebook.errors import CODES, SUBCODES, UPLOAD_ERRORS
from content.wording import catalogue

FOLDER = Path(__file__).parents[3] / "connectors" / "facebook"
LANGUAGES = ("vi", "en")


def sentences(language: str) -> dict[str, str]:
    prefix = "facebook.codes."
    return {key[len(prefix) :]: said for key, said in catalogue(language).items() if key.startswith(prefix)}


def own_codes() -> set[str]:
    """Every `fb:…` that the connector writes itself, read from its source."""
    found: set[str] = set()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^fb:([a-z_-]+)$", node.value))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_documented_code_has_a_sentence(language: str):
    known = sentences(language)
    assert {str(code) for code in CODES} <= known.keys()
    assert {str(code) for code in (200, 210, 240, 283)} <= known.keys()
    with_subcode = {key.partition("/")[2] for key in known}
    assert {str(subcode) for subcode in SUBCODES} <= with_subcode
    assert {f"upload/{kind}" for kind in UPLOAD_ERRORS} <= known.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_our_own_has_a_sentence(language: str):
    own = {code for code in own_codes() if not code.endswith("-")}
    assert {"not-prepared", "edited-elsewhere", "hold-window", "unreadable", "video-error"} <= own
    assert own - sentences(language).keys() == set()


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 407, 429, 500, 502, 503, 504])
def test_an_answer_that_is_not_facebooks_has_a_sentence(status: int):
    for language in LANGUAGES:
        assert f"http-{status}" in sentences(language)


def test_a_sentence_has_no_placeholder_but_two_and_no_secret_of_the_trade():
    for language in LANGUAGES:
        for code, said in sentences(language).items():
            assert set(re.findall(r"{(\w+)}", said)) <= {"channel", "detail"}, code
            assert said[0].isupper(), code
            assert said.endswith("."), code
            assert not re.search(r"HTTP|JSON|API|token_", said), code


def test_a_lost_password_tells_the_officer_which_command_to_run():
    for subcode in (458, 460, 463, 467):
        assert "`loa channel login {channel}`" in sentences("vi")[f"190/{subcode}"]
    assert "mật khẩu" in sentences("vi")["190/460"].lower()
