"""What people are told to type is one command, whatever names are in it."""

from __future__ import annotations

import shlex

import pytest

from content.typed import typed


def test_plain_names_stand_as_they_are():
    assert typed("loa", "queue", "retry", "hoi-dap@web00001") == "loa queue retry hoi-dap@web00001"


@pytest.mark.parametrize(
    "name",
    ["x; touch ${HOME}/pwned #", "$(id)", "`id`", "x\nid", "a'b; id", 'a"b', "x\x1b[2J; id", "a\u202eb", ""],
)
def test_any_name_is_one_word_to_the_shell_and_one_line_on_the_screen(name: str):
    told = typed("loa", "channel", "confirm", name, "--unit", "00001")
    words = shlex.split(told)
    assert [*words[:3], *words[4:]] == ["loa", "channel", "confirm", "--unit", "00001"]
    assert told.isprintable()
