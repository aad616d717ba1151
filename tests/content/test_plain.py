"""Flattened text, held as goldens a person can read aloud."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.plain import flatten
from content.text import normalise

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(file.stem for file in GOLDEN.glob("*.md")))
def test_markdown_reads_well_as_plain_text(name: str) -> None:
    flat = flatten((GOLDEN / f"{name}.md").read_text("utf-8"))
    assert flat + "\n" == (GOLDEN / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("", ""),
        ("![chỉ có ảnh](a.jpg)", ""),
        ("một\nhai", "một\nhai"),
        ("một  \nhai\\\nba", "một\nhai\nba"),
        ("<https://a.vn>", "https://a.vn"),
        ("[https://a.vn](https://a.vn)", "https://a.vn"),
        ("[gọi](tel:19001234) [thư](mailto:a@b.vn)", "gọi (19001234) thư (a@b.vn)"),
        ("[mục hai](#hai) [bài khác](/bai)", "mục hai bài khác"),
        ("Điền <ten> vào <b>đây</b>", "Điền <ten> vào <b>đây</b>"),
        ("<div>\nChữ\n</div>", "<div>\nChữ\n</div>"),
        ("3. ba\n4. bốn", "3. ba\n4. bốn"),
        ("5 \\* 2 &lt; 11", "5 * 2 < 11"),
        ("Vie\u0323\u0302t", "Việt"),
        ("~~bỏ~~ `mã`", "bỏ mã"),
    ],
)
def test_each_construct_keeps_its_words(markdown: str, plain: str) -> None:
    assert flatten(markdown) == plain


@given(st.text())
def test_any_text_can_be_flattened_and_stays_normal(text: str) -> None:
    flat = flatten(text)
    assert normalise(flat) == flat
    assert "\n\n\n" not in flat


def test_nested_lists_lose_nothing_and_absurd_nesting_does_no_harm() -> None:
    nested = "\n".join("  " * n + f"- mục{n}" for n in range(40)) + "\n\ncuối"
    assert all(f"mục{n}" in flatten(nested) for n in range(40))
    assert flatten(nested).endswith("\n\ncuối")
    assert flatten("> " * 5000 + "x") == ""
