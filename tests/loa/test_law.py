"""The law in a workspace: said while writing, asked again before sending, mended by the unit itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from content.errors import RefusedByRule
from content.finding import blocking
from content.law.vanban import COLUMNS, VanBanError
from loa import agefile
from loa.config import parse
from loa.services import (
    approving,
    backup,
    deciding,
    deliveries,
    drafts,
    law,
    posts,
    previewing,
    restoring,
    stopping,
)
from loa.services.importing import import_files
from loa.services.posts import RefusedFindings
from loa.speech import reason
from scheduler.publisher import LOOK_AT_HELD_EVERY
from tests.loa.conftest import Loa
from tests.support.office import Office, write_post

DUE = datetime.fromisoformat("2026-11-20T07:00+07:00")
FANPAGE = "bai@fanpage"
GOOD = "Theo Nghị định số 49/2024/NĐ-CP, loa xã là một hình thức thông tin cơ sở."
OLD = "Theo Nghị định số 13/2023/NĐ-CP, ảnh của bạn là dữ liệu cá nhân."


def table(folder: Path, number: str = "49/2024/NĐ-CP", name: str = "moi.csv", **cells: str) -> Path:
    """A table with one row about a document."""
    told = {"so_ky_hieu": number, "ngay_ban_hanh": "2024-05-10", "ngay_hieu_luc": "2024-07-01", **cells}
    told.setdefault("do_tin_cay", "cao")
    file = folder / name
    lines = [",".join(COLUMNS), ",".join(told.get(column, "") for column in COLUMNS)]
    file.write_text("\n".join(lines) + "\n", "utf-8-sig")
    return file


def scheduled(office: Office, text: str = GOOD, due: str = DUE.isoformat()) -> str:
    return office.approved("bai.md", text=text, due=due)


def learns(office: Office, tmp_path: Path, **cells: str) -> None:
    law.import_table(office.workspace, office.people["duyet"], table(tmp_path, **cells))


def rules(office: Office, post: str) -> list[str]:
    return [
        finding.rule for finding in posts.check(office.workspace, post) if finding.rule.startswith("law.")
    ]


def test_a_scheduled_post_whose_law_ends_the_day_before_is_held_and_says_why(office: Office, tmp_path: Path):
    scheduled(office)
    learns(office, tmp_path, ngay_het="2026-11-19", thay_the_boi="99/2026/NĐ-CP")
    office.publish_until(DUE.replace(hour=8))
    view = office.view(FANPAGE)
    assert view.status == "held"
    assert int(office.server.ledger(arrivals=False)["total"]["public"]) == 0
    told = reason(view.last_error)
    assert "hết hiệu lực" in told
    assert "Nghị định 49/2024/NĐ-CP, 19/11/2026 (99/2026/NĐ-CP)" in told


def test_on_the_last_day_of_its_law_it_still_goes_out(office: Office, tmp_path: Path):
    scheduled(office)
    learns(office, tmp_path, ngay_het="2026-11-21")
    office.publish_until(DUE.replace(hour=8))
    assert office.view(FANPAGE).status == "published"


def test_it_goes_out_when_the_registry_was_wrong_and_is_mended(office: Office, tmp_path: Path):
    scheduled(office)
    learns(office, tmp_path, ngay_het="2026-11-19")
    office.publish_until(DUE)
    assert office.view(FANPAGE).status == "held"
    learns(office, tmp_path, ngay_het="2027-11-19")
    deciding.retry(office.workspace, office.people["duyet"], FANPAGE)
    office.publish_until(DUE.replace(minute=10))
    assert office.view(FANPAGE).status == "published"


def test_held_it_stays_held_however_often_it_is_tried(office: Office, tmp_path: Path):
    scheduled(office)
    learns(office, tmp_path, ngay_het="2026-11-19")
    office.publish_until(DUE)
    deciding.retry(office.workspace, office.people["duyet"], FANPAGE)
    office.publish_until(DUE.replace(minute=5))
    assert office.view(FANPAGE).status == "held"


def test_what_its_platform_holds_is_called_back(office: Office, tmp_path: Path):
    scheduled(office)
    stopping.hand_over(office.workspace, office.people["ky"], [FANPAGE])
    with office.publisher() as worker:
        worker.work()
        assert office.view(FANPAGE).status == "handed_over"
        learns(office, tmp_path, ngay_het="2026-11-19")
        worker.work_until(office.clock.now() + 2 * LOOK_AT_HELD_EVERY)
    view = office.view(FANPAGE)
    assert (view.status, view.last_error.partition(":")[0]) == ("held", "law.expired")


def test_a_broken_table_of_the_unit_does_not_stop_the_publisher(office: Office):
    scheduled(office)
    (office.folder / law.OWN).write_text("so_ky_hieu\nkhông phải số\n", "utf-8")
    office.publish_until(DUE.replace(hour=8))
    assert office.view(FANPAGE).status == "published"


def test_a_draft_that_cites_what_is_gone_cannot_be_submitted(desk: Office):
    post = desk.import_post("bai.md", text=GOOD)
    learns(desk, desk.folder, ngay_het="2026-11-01")
    with pytest.raises(RefusedFindings) as caught:
        approving.submit(desk.workspace, desk.people["soan"], post)
    assert [finding.rule for finding in blocking(caught.value.findings)] == ["law.expired"]


def test_an_import_says_it_with_its_line_and_keeps_what_was_written(desk: Office):
    path = write_post(desk.folder / "posts", "bai.md", text=OLD)
    [imported] = import_files(desk.workspace, desk.people["soan"], [path])
    assert [(f.rule, f.severity, f.place) for f in imported.findings if f.rule.startswith("law.")] == [
        ("law.expired", "block", "bai.md:8")
    ]


def test_the_day_of_publishing_counts_and_not_today(desk: Office, tmp_path: Path):
    post = desk.import_post("bai.md", text=GOOD, due=DUE.isoformat())
    learns(desk, tmp_path, ngay_het="2026-11-20")
    assert rules(desk, post) == ["law.expired"]
    deciding.move(desk.workspace, desk.people["soan"], FANPAGE, "19/11/2026 07:00")
    deciding.move(desk.workspace, desk.people["soan"], "bai@website", "19/11/2026 07:00")
    assert rules(desk, post) == []


def test_the_preview_of_a_draft_says_it(desk: Office):
    draft = drafts.begin(desk.workspace, "soan", title="Dữ liệu cá nhân")
    source = draft.source + f"\n{OLD}\n"
    found = [finding.rule for finding in previewing.preview(desk.workspace, draft, source).findings]
    assert "law.expired" in found


def test_a_unit_can_turn_a_rule_off(desk: Office):
    desk.workspace.config = parse('[checks]\n"law.expired" = "off"\n')
    assert rules(desk, desk.import_post("bai.md", text=OLD)) == []


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        ('"law.expird" = "off"', "law.expired"),
        ('"law.expired" = "tắt"', "tắt"),
        ('"content.secret_mark" = "off"', "content.secret_mark"),
    ],
)
def test_a_slip_in_the_settings_is_named(checks: str, told: str):
    with pytest.raises(Exception, match=told.replace(".", r"\.")):
        parse(f"[checks]\n{checks}\n")


def test_a_broken_table_is_said_and_the_shipped_one_serves_meanwhile(desk: Office):
    (desk.folder / law.OWN).write_text("so_ky_hieu\nkhông phải số\n", "utf-8")
    post = desk.import_post("bai.md", text=GOOD)
    assert rules(desk, post) == ["law.own_file_broken"]
    with pytest.raises(VanBanError):
        law.registry(desk.workspace)


def test_only_those_who_answer_for_the_law_extend_the_registry(desk: Office, tmp_path: Path):
    for name in ("soan", "ky"):
        with pytest.raises(RefusedByRule):
            law.import_table(desk.workspace, desk.people[name], table(tmp_path))
    assert not (desk.folder / law.OWN).exists()


def test_a_second_table_adds_to_the_first_and_half_of_one_is_never_taken(desk: Office, tmp_path: Path):
    duyet = desk.people["duyet"]
    assert law.import_table(desk.workspace, duyet, table(tmp_path)) == (1, 0)
    second = table(tmp_path, "5/2026/NQ-HĐND", ngay_ban_hanh="2026-05-01", ngay_hieu_luc="2026-06-01")
    assert law.import_table(desk.workspace, duyet, second) == (1, 0)
    assert law.import_table(desk.workspace, duyet, second) == (0, 0)
    broken = second.read_text("utf-8-sig") + "không phải số" + "," * 12 + "\n"
    second.write_text(broken, "utf-8")
    with pytest.raises(VanBanError):
        law.import_table(desk.workspace, duyet, second)
    own = [document.designation for document in law.registry(desk.workspace) if document.own]
    assert own == ["49/2024/NĐ-CP", "5/2026/NQ-HĐND"]


def test_public_posts_whose_law_ended_later_are_listed(office: Office, tmp_path: Path):
    scheduled(office)
    office.publish_until(DUE.replace(hour=8))
    assert law.affected(office.workspace) == []
    learns(office, tmp_path, ngay_het="2026-11-20")
    listed = law.affected(office.workspace)
    assert sorted(one.delivery for one in listed) == ["bai@fanpage", "bai@website"]
    assert all(one.url and one.findings[0].rule == "law.expired" for one in listed)
    assert [view.status for view in deliveries.listing(office.workspace)] == ["published", "published"]


def test_the_units_table_is_in_the_backup_and_comes_back(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(agefile, "WORK", 2)
    learns(desk, tmp_path, ngay_het="2026-11-20")
    made = backup.create(desk.workspace, tmp_path, "bon chu that dai")
    restoring.restore(Path(made.file), tmp_path / "ve", "bon chu that dai", clock=desk.clock)
    assert (tmp_path / "ve" / law.OWN).read_bytes() == (desk.folder / law.OWN).read_bytes()


# -- the command line ---------------------------------------------------------------------------------


def test_check_lists_what_a_file_cites(desk: Office, at_desk: Loa, tmp_path: Path):
    file = tmp_path / "ghi-chep.txt"
    file.write_text(f"Căn cứ khoản 2 Điều 29 Nghị định số 49/2024/NĐ-CP.\n{OLD}\n", "utf-8")
    answer = at_desk("law", "check", file, "--json")
    assert answer.code == RefusedByRule.exit_code
    first, second = answer.json["citations"]
    assert (first["label"], first["pins"]) == ("Nghị định 49/2024/NĐ-CP", ["29.2"])
    assert second["documents"][0]["validity"] == "ended"
    [finding] = answer.json["findings"]
    assert (finding["rule"], finding["place"]) == ("law.expired", "ghi-chep.txt:2")
    assert at_desk("law", "check", file, "--on", "31/12/2025").code == 0


def test_check_knows_posts_and_refuses_what_it_does_not_know(desk: Office, at_desk: Loa):
    post = desk.import_post("bai.md", text=GOOD)
    answer = at_desk("law", "check", post)
    assert answer.code == 0
    assert "còn hiệu lực" in answer.out
    assert at_desk("law", "check", "khong-co").code == 4
    assert at_desk("law", "check", post, "--on", "hôm qua").code == 2


def test_list_show_export_and_import_go_together(desk: Office, at_desk: Loa, tmp_path: Path):
    [found] = at_desk("law", "list", "dat dai", "2024", "--json").json
    assert (found["designation"], found["validity"]) == ("31/2024/QH15", "in_force")
    assert at_desk("law", "show", "766/QĐ-TTg").out.count("ban hành") == 2
    assert at_desk("law", "show", "1/1900/XX-YY").code == 4
    file = tmp_path / "so.csv"
    assert at_desk("law", "export", "-o", file).code == 0
    assert at_desk("law", "export", "-o", tmp_path).code == 2
    answer = at_desk("law", "import", file, "--json", user="duyet")
    assert answer.code == 0, answer.err
    assert answer.json["new"] > 40
    assert at_desk("law", "export", "--own").out == file.read_text("utf-8-sig")
    assert "law_imported" in at_desk("audit", "list", "--json", user="duyet").out
    assert at_desk("law", "affected").code == 0


def test_a_broken_table_is_refused_with_every_place(desk: Office, at_desk: Loa, tmp_path: Path):
    file = table(tmp_path, "không số", ngay_het="sang năm")
    answer = at_desk("law", "import", file, user="duyet")
    assert answer.code == 2
    assert "moi.csv:2" in answer.err
    assert at_desk("law", "import", tmp_path / "khong-co.csv", user="duyet").code == 4
    (tmp_path / "cu.csv").write_bytes("số ký hiệu\n".encode("utf-16"))
    assert "UTF-8" in at_desk("law", "import", tmp_path / "cu.csv", user="duyet").err
