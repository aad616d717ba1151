"""A whole campaign is handed over for approval in one go, and each post by its own right."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from content.errors import NotFound, RefusedByRule
from loa.services import campaigns, posts
from scheduler.status import Status
from tests.loa.conftest import Loa
from tests.support.office import Office

KIT = """
name = "Chuyện trong xóm"
anchor = "09/11"
checked_on = 2026-11-22

[roles]
website = ["website"]

[[values]]
name = "hoi"
label = "Câu hỏi"
later = true

[[items]]
file = "mot.md"
offset = "D 07:00"
channels = ["website"]

[[items]]
file = "hai.md"
offset = "D+1 07:00"
channels = ["website"]
"""


@pytest.fixture
def two(desk: Office) -> str:
    """A campaign of two posts, the second with a slot that is filled later."""
    folder = desk.folder / "kits" / "xom"
    folder.mkdir(parents=True)
    (folder / "campaign.toml").write_text(KIT, "utf-8")
    for name, body in (("mot", "Giúp nhau dọn ngõ."), ("hai", "Bà con hỏi: {{hoi}}")):
        front = f"id: {name}\ntitle: Bài {name}\nkind: hoi_dap\nchannels: [website]"
        (folder / f"{name}.md").write_text(f"---\n{front}\n---\n\n{body}\n", "utf-8")
    made = campaigns.plan(desk.workspace, "xom", date(2027, 11, 9), name="Chuyện xóm")
    return campaigns.create(desk.workspace, desk.people["soan"], made).id


def test_what_can_be_submitted_is_and_the_other_says_why(desk: Office, two: str):
    first, second = campaigns.submit(desk.workspace, desk.people["soan"], two)
    assert (first.outcome, first.findings) == ("submitted", [])
    assert second.outcome == "refused"
    assert [one.rule for one in second.findings if one.severity == "block"] == ["content.slot_unfilled"]
    states = [posts.get(desk.workspace, one.post).status for one in (first, second)]
    assert states == [Status.IN_REVIEW, Status.DRAFT]


def test_again_goes_on_where_it_stopped(desk: Office, two: str):
    campaigns.submit(desk.workspace, desk.people["soan"], two)
    assert [one.outcome for one in campaigns.submit(desk.workspace, desk.people["soan"], two)] == [
        "nothing",
        "refused",
    ]


def test_only_who_may_write_submits_and_only_what_there_is(desk: Office, two: str):
    with pytest.raises(RefusedByRule):
        campaigns.submit(desk.workspace, desk.people["duyet"], two)
    with pytest.raises(NotFound):
        campaigns.submit(desk.workspace, desk.people["soan"], "khong-co")


def test_the_command_lists_every_post_and_its_code_says_that_one_stayed(desk: Office, two: str, run_loa: Loa):
    answer = run_loa("-w", desk.folder, "campaign", "submit", two, user="soan")
    assert answer.code == 3
    assert "CHƯA trình được" in answer.err
    assert "Đã trình 1 bài; chưa trình được 1 bài" in answer.err
    told = json.loads(run_loa("-w", desk.folder, "campaign", "submit", two, "--json", user="soan").out)
    assert [one["outcome"] for one in told] == ["nothing", "refused"]


def test_a_workspace_bears_its_units_name_from_the_start(tmp_path: Path, run_loa: Loa):
    assert run_loa("init", tmp_path / "sai", "--unit", "x" * 201).code == 2
    assert not (tmp_path / "sai").exists()
    told = 'Ủy ban nhân dân xã "Bình An" \\ 2'
    assert told in run_loa("init", tmp_path / "xa", "--unit", told).err
    from loa import config

    assert config.read(tmp_path / "xa").unit.name == told
