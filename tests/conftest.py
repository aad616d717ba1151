"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from content.wording import use_language
from tests.support.clock import TestClock
from tests.support.office import Office, open_office


@pytest.fixture(autouse=True)
def _vietnamese_and_unconfigured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test depends on the developer's own settings, and none leaves a language behind."""
    for name in ("LOA_WORKSPACE", "LOA_USER", "LOA_PASSPHRASE", "LOA_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    use_language("vi")
    yield
    use_language("vi")


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same argon2id with the least work: a passphrase costs 0.1 s on purpose, which adds up here."""
    from loa import keys

    for name, least in (("PASSES", 1), ("MEMORY_KIB", 8), ("LANES", 1)):
        monkeypatch.setattr(keys, name, least)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def office(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    """The practice office; whatever was sent to the platform is judged by the oracle at the end."""
    from tests.oracles.facebook import audit

    with PracticeServer(clock=clock.now, audit=audit) as server:
        with open_office(tmp_path / "xa", server, clock) as opened:
            yield opened
        assert server.violations == [], "Meta's own tables do not know this request"
