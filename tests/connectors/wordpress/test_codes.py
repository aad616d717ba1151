"""Every code that an officer can meet has one plain sentence, in both languages."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from connectors import wordpress
from connectors.wordpress.errors import CODES
from content.wording import catalogue
from loa.speech import code_sentence

PREFIX = "wordpress.codes."


def written_out() -> set[str]:
    text = "\n".join(path.read_text("utf-8") for path in Path(wordpress.__file__).parent.glob("*.py"))
    return set(re.findall(r'"wp:([a-z-]+)(?=["/])', text)) - {"rest"}


def sentences(language: str) -> dict[str, str]:
    found = catalogue(language)
    return {key.removeprefix(PREFIX): text for key, text in found.items() if key.startswith(PREFIX)}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_code_has_a_sentence_and_every_sentence_a_code(language: str) -> None:
    codes = written_out() | CODES.keys()
    assert {"http", "page", "binned", "no-draft"} <= codes
    assert sentences(language).keys() == codes


@pytest.mark.parametrize("language", ["vi", "en"])
def test_sentences_take_channel_and_detail_and_nothing_else(language: str) -> None:
    for code, text in sentences(language).items():
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        assert names <= {"channel", "detail"}, code
        assert text.endswith("."), code


@pytest.mark.parametrize("code", ["wp:http/502", "wp:page/503", "wp:rest_not_logged_in/401"])
def test_a_code_with_its_status_finds_the_sentence(code: str) -> None:
    assert code_sentence(code, channel="trang-xa", detail="x")
