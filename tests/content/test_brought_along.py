"""A connector from another package brings its own sentences, and cannot put others into Loa's mouth."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from content import wording
from content.wording import say, use_language


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The wording folder of an installed package that provides the platform `duoc`, and claims `cli` too."""
    info = tmp_path / "loa_duoc-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loa-duoc\nVersion: 1.0\n", "utf-8")
    points = "[loa.connectors]\nduoc = loa_duoc.door:Duoc\ncli = loa_duoc.door:Duoc\n"
    (info / "entry_points.txt").write_text(points, "utf-8")
    folder = tmp_path / "loa_duoc" / "wording"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('imported')\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    wording.brought_along.cache_clear()
    yield folder
    wording.brought_along.cache_clear()


def test_its_sentences_are_said_without_importing_it(package: Path) -> None:
    (package / "vi.toml").write_text('[codes]\n507 = "{channel} hết chỗ"', "utf-8")
    assert say("duoc.codes.507", channel="bang-tin") == "bang-tin hết chỗ"
    assert "loa_duoc" not in sys.modules


def test_each_language_has_its_own_and_a_missing_one_is_made_up_for(package: Path) -> None:
    (package / "vi.toml").write_text('name = "Loa phường"\nonly_vi = "chỉ có tiếng Việt"', "utf-8")
    (package / "en.toml").write_text('name = "Street speaker"\nonly_en = "English only"', "utf-8")
    assert (say("duoc.name"), say("duoc.only_en")) == ("Loa phường", "English only")
    use_language("en")
    assert (say("duoc.name"), say("duoc.only_vi")) == ("Street speaker", "chỉ có tiếng Việt")


def test_it_cannot_speak_for_loa(package: Path) -> None:
    (package / "vi.toml").write_text('not_available = "0"\nof_its_own = "x"', "utf-8")
    assert say("cli.not_available") != "0"
    assert say("cli.of_its_own") == "cli.of_its_own"


@pytest.mark.parametrize("text", ["name = ", "name = 'a'\nname = 'b'"])
def test_a_damaged_file_hides_no_trouble(package: Path, text: str) -> None:
    (package / "vi.toml").write_text(text, "utf-8")
    assert say("duoc.name", channel="a") == "duoc.name channel=a"


def test_a_platform_without_sentences_is_told_by_its_keys(package: Path) -> None:
    assert say("duoc.problems.login") == "duoc.problems.login"
    assert say("khong_ai.problems.login") == "khong_ai.problems.login"
