"""Every code an officer can meet has one plain sentence, in both languages."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import googleapiclient.discovery_cache
import pytest

from connectors import youtube
from connectors.youtube.errors import REASONS
from content.wording import catalogue

FOLDER = Path(youtube.__file__).parent
PREFIX = "youtube.codes."


def written_out() -> set[str]:
    """The codes that stand in the connector's own code."""
    text = "\n".join(path.read_text("utf-8") for path in FOLDER.glob("*.py"))
    return set(re.findall(r'"yt:([A-Za-z0-9_-]+)"', text))


def given_up() -> set[str]:
    """What YouTube may say of a file, by its own document."""
    document = json.loads(googleapiclient.discovery_cache.get_static_doc("youtube", "v3"))
    status = document["schemas"]["VideoStatus"]["properties"]
    reasons = {f"failed/{word}" for word in status["failureReason"]["enum"]}
    reasons |= {f"rejected/{word}" for word in status["rejectionReason"]["enum"]}
    return reasons | {"failed/unsaid", "rejected/unsaid"}


def sentences(language: str) -> dict[str, str]:
    known = catalogue(language)
    return {key.removeprefix(PREFIX): text for key, text in known.items() if key.startswith(PREFIX)}


def test_the_search_for_codes_finds_them() -> None:
    assert {"stays-hidden", "video-gone", "public-already", "no-login"} <= written_out()
    assert len(given_up()) == 18


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_code_has_a_sentence_and_every_sentence_a_code(language: str) -> None:
    codes = written_out() | given_up() | REASONS.keys()
    told = {code for code in sentences(language) if not code.startswith("http-")}
    assert codes - told == set(), "codes without a sentence"
    assert told - codes == set(), "sentences for codes that nothing raises"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 500, 502, 503, 504])
def test_an_answer_without_a_reason_is_told_by_its_status(status: int) -> None:
    assert str(status) in sentences("vi")[f"http-{status}"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_sentences_say_what_to_do_and_take_two_values_at_most(language: str) -> None:
    for code, text in sentences(language).items():
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        assert names <= {"channel", "detail"}, code
        assert text.endswith("."), code
        assert len(re.findall(r"[.:;] ?\S", text)) >= 1, f"{code}: what happened, and what to do: {text}"


def test_quota_and_audit_are_told_in_words_of_an_office() -> None:
    told = sentences("vi")
    assert "15 giờ" in told["quotaExceeded"]
    assert "Việt Nam" in told["quotaExceeded"]
    assert "audit" in told["stays-hidden"]
    assert "24 giờ" in told["uploadLimitExceeded"]
    assert "đánh dấu tất cả" in told["insufficientPermissions"]
