"""The ledger of activities: who may write, what is kept of a correction, and how it is told and asked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from content.activity.entry import Activity
from content.errors import NotFound, RefusedByRule, UsageError
from loa import agefile
from loa.services import activities, auditing, backup, channels, deliveries, report_periods, restoring
from loa.services.activities import Refused, SameAlready
from scheduler.store.tables import activity, audit_event
from tests.loa.conftest import Loa
from tests.support.office import PASSPHRASE, Office

DAY = date(2026, 11, 5)
ONE = Activity("hoi_nghi", "Hội nghị Luật Đất đai", DAY, DAY, "Hội trường xã", counts={"nguoi_du": 120})


def write(desk: Office, one: Activity = ONE, who: str = "soan") -> int:
    return activities.add(desk.workspace, desk.people[who], one).entry.number


def audited(desk: Office) -> list[tuple[str, str, str]]:
    query = select(audit_event).where(audit_event.c.subject.like("activity-%")).order_by(audit_event.c.id)
    with desk.workspace.database.read() as connection:
        return [(row.actor, row.action, row.subject) for row in connection.execute(query)]


def test_a_correction_is_a_new_revision_and_the_earlier_stays_readable(desk: Office) -> None:
    number = write(desk)
    desk.clock.forward(hours=1)
    better = replace(ONE, counts={"nguoi_du": 132})
    saved = activities.edit(desk.workspace, desk.people["soan"], number, better, "đếm lại phiếu")
    assert saved is not None
    newest, first = activities.history(desk.workspace, number)
    assert (first.activity, first.action, first.officer) == (ONE, "added", "soan")
    assert (newest.activity, newest.revision, newest.reason) == (better, 2, "đếm lại phiếu")
    assert newest.at - first.at == timedelta(hours=1)
    assert [one.activity for one in activities.listing(desk.workspace)] == [better]
    assert audited(desk) == [
        ("soan", "activity_added", "activity-1"),
        ("soan", "activity_changed", "activity-1"),
    ]
    assert activities.edit(desk.workspace, desk.people["soan"], number, better, "lại") is None
    assert len(activities.history(desk.workspace, number)) == 2


def test_what_was_taken_out_counts_no_more_and_can_be_put_back(desk: Office) -> None:
    number, soan = write(desk), desk.people["soan"]
    activities.remove(desk.workspace, soan, number, "ghi nhầm")
    assert activities.listing(desk.workspace) == []
    [gone] = activities.listing(desk.workspace, removed=True)
    assert (gone.activity, gone.reason) == (ONE, "ghi nhầm")
    for refused in (activities.remove, activities.restore):
        if refused is activities.restore:
            activities.restore(desk.workspace, soan, number, "đúng ra là có")
        with pytest.raises(RefusedByRule):
            refused(desk.workspace, soan, number, "lần nữa")
    assert [one.activity for one in activities.listing(desk.workspace)] == [ONE]
    assert [one.action for one in activities.history(desk.workspace, number)] == [
        "restored",
        "removed",
        "added",
    ]


def test_the_same_activity_is_not_written_twice(desk: Office) -> None:
    number, soan = write(desk), desk.people["soan"]
    again = replace(ONE, title="HỘI NGHỊ  luật đất đai", counts={})
    with pytest.raises(SameAlready, match=f"số {number}"):
        write(desk, again)
    third = write(desk, replace(ONE, title="Hội nghị khác"))
    activities.remove(desk.workspace, soan, number, "ghi nhầm")
    with pytest.raises(SameAlready, match=f"activity restore {number}"):
        write(desk, again)
    with pytest.raises(SameAlready, match=f"activity restore {number}"):
        activities.edit(desk.workspace, soan, third, ONE, "đổi tên")
    activities.restore(desk.workspace, soan, number, "cần lại")
    assert len(activities.listing(desk.workspace)) == 2


def test_one_that_only_lacks_the_place_of_another_is_written_with_a_remark(desk: Office) -> None:
    write(desk, replace(ONE, place="Thôn 1"))
    saved = activities.add(desk.workspace, desk.people["soan"], replace(ONE, place=""))
    assert [one.rule for one in saved.findings] == ["activity.alike"]
    assert "số 1" in saved.findings[0].line()


def test_a_correction_of_what_somebody_else_corrected_meanwhile_is_refused(desk: Office) -> None:
    number, soan = write(desk), desk.people["soan"]
    mine, theirs = (replace(ONE, counts={"nguoi_du": count}) for count in (130, 140))
    activities.edit(desk.workspace, soan, number, theirs, "đếm lại", expected=1)
    with pytest.raises(RefusedByRule, match="vừa sửa"):
        activities.edit(desk.workspace, soan, number, mine, "đếm lại", expected=1)
    assert activities.history(desk.workspace, number)[0].activity == theirs
    activities.remove(desk.workspace, soan, number, "trùng")
    with pytest.raises(RefusedByRule, match="đã bị gỡ"):
        activities.edit(desk.workspace, soan, number, mine, "đếm lại")


def test_only_who_may_draft_writes_and_a_change_needs_a_reason(desk: Office) -> None:
    number = write(desk)
    for who in ("ky", "duyet"):
        with pytest.raises(RefusedByRule, match="vai trò"):
            write(desk, replace(ONE, title=who), who)
        with pytest.raises(RefusedByRule, match="vai trò"):
            activities.remove(desk.workspace, desk.people[who], number, "x")
    with pytest.raises(UsageError, match="lý do"):
        activities.remove(desk.workspace, desk.people["soan"], number, " ")
    with pytest.raises(NotFound):
        activities.remove(desk.workspace, desk.people["soan"], 99, "x")


def test_wrong_ones_are_refused_with_every_mistake_named_in_words(desk: Office) -> None:
    wrong = replace(ONE, title="ĐT 0912345678", counts={"bai_thi": 3}, campaign="khong-co")
    with pytest.raises(Refused) as told:
        write(desk, wrong)
    places = {one.place for one in told.value.findings}
    assert places == {"Tên hoạt động", "Lượt dự thi", "Chiến dịch"}
    assert activities.listing(desk.workspace) == []
    assert audited(desk) == []


def test_a_list_is_of_what_began_in_the_period(desk: Office) -> None:
    june = replace(
        ONE, title="Thi", kind="cuoc_thi", first=date(2026, 6, 30), last=date(2026, 7, 9), counts={}
    )
    numbers = {write(desk), write(desk, june)}
    first, second = (report_periods.named(f"6-thang-{half}-2026") for half in ("dau", "cuoi"))
    assert [e.activity for e in activities.listing(desk.workspace, first)] == [june]
    assert [e.activity for e in activities.listing(desk.workspace, second)] == [ONE]
    assert {e.number for e in activities.listing(desk.workspace)} == numbers
    assert [e.activity for e in activities.listing(desk.workspace, kinds=["cuoc_thi"])] == [june]


def test_what_loa_itself_sent_on_that_day_is_remarked(desk: Office) -> None:
    settings = {"voice": "none"}
    channels.add(
        desk.workspace, desk.people["ky"], "loa-xa", platform="loudspeaker", settings=settings, secrets={}
    )
    desk.approved(channels="[loa-xa]")
    [view] = deliveries.listing(desk.workspace, channel_id="loa-xa")
    desk.publish_until(view.due_at or desk.clock.now())
    from loa.services import byword

    byword.done(desk.workspace, desk.people["soan"], view.id, count=3)
    told = Activity(
        "phat_thanh", "Bản tin sáng", date(2026, 11, 9), date(2026, 11, 9), counts={"lan_phat": 3}
    )
    saved = activities.add(desk.workspace, desk.people["soan"], told)
    assert [one.rule for one in saved.findings] == ["activity.via_loa"]
    assert "1 lượt" in saved.findings[0].message
    day_before = replace(told, first=DAY, last=DAY)
    assert activities.add(desk.workspace, desk.people["soan"], day_before).findings == []


def test_a_row_that_another_hand_damaged_is_told_and_never_left_out_of_a_sum(
    desk: Office, at_desk: Loa
) -> None:
    number = write(desk)
    for wrong in ({"counts": "[1]"}, {"first": "hôm qua"}):
        with desk.workspace.database.engine.begin() as connection:
            connection.execute(update(activity).values(**wrong))
        answer = at_desk("activity", "list")
        assert answer.code == 3
        assert f"số {number}" in answer.err


@pytest.mark.parametrize(
    "by_another_hand",
    [
        update(activity).values(counts='{"nguoi_du": 9120}'),
        update(activity).values(first="2026-10-05"),
        update(activity).values(action="removed"),
        update(activity).values(officer="duyet"),
        update(activity).values(counts="["),
        delete(activity),
        update(activity).where(activity.c.revision == 2).values(revision=3),
    ],
    ids=["figure", "day", "taken out", "somebody else", "damaged", "deleted", "revision"],
)
def test_what_was_changed_in_the_database_itself_speaks_against_the_record(
    desk: Office, by_another_hand: Any
) -> None:
    number = write(desk)
    activities.edit(desk.workspace, desk.people["soan"], number, replace(ONE, note="x"), "ghi thêm")
    assert auditing.verify(desk.workspace).contradictions == ()
    with desk.workspace.database.engine.begin() as connection:
        connection.execute(by_another_hand)
    [told] = auditing.verify(desk.workspace).contradictions
    assert (told.key, told.subject) == ("activity", str(number))


def test_a_backup_brings_the_ledger_back(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agefile, "WORK", 2)
    number = write(desk)
    activities.edit(desk.workspace, desk.people["soan"], number, replace(ONE, note="x"), "ghi thêm")
    told = activities.history(desk.workspace, number)
    made = backup.create(desk.workspace, tmp_path, "cụm mật khẩu sao lưu")
    restored = tmp_path / "khoi-phuc"
    restoring.restore(Path(made.file), restored, "cụm mật khẩu sao lưu", clock=desk.clock)
    from loa.services.workspace import Workspace

    workspace = Workspace.open(restored, desk.clock)
    try:
        assert activities.history(workspace, number) == told
        assert auditing.verify(workspace).contradictions == ()
    finally:
        workspace.close()


# ---- on the command line


def test_an_officer_writes_corrects_and_takes_out(desk: Office, at_desk: Loa) -> None:
    def soan(*args: object) -> Any:
        return at_desk("activity", *args, user="soan")

    made = soan(
        "add", "--kind", "Hội nghị, hội thảo, tọa đàm", "--title", "Hội nghị", "--from", "05/11/2026",
        "-c", "nguoi_du=1.234", "--place", "Thôn 1",
    )  # fmt: skip
    assert (made.code, made.out) == (0, "")
    assert "số 1" in made.err
    assert soan("edit", 1, "-c", "nguoi_du=", "--note", "đếm sau", "-r", "đếm nhầm").code == 0
    shown = soan("show", 1)
    assert "không có số liệu" in shown.out
    assert "1.234" in shown.out, "the earlier figure stays readable"
    assert "đếm nhầm" in shown.out
    [newest, first] = soan("show", 1, "--json").json
    assert (newest["activity"]["counts"], first["activity"]["counts"]) == ({}, {"nguoi_du": 1234})
    assert soan("edit", 1, "-r", "x", "-c", "nguoi_du=").err.startswith("Hoạt động số 1 đã đúng")
    assert soan("remove", 1, "-r", "ghi nhầm").code == 0
    assert soan("list", "--json").json == {"activities": [], "sums": []}
    gone = soan("list", "--removed", "--json").json
    assert ([one["number"] for one in gone["activities"]], gone["sums"]) == ([1], [])
    assert soan("restore", 1, "-r", "đúng rồi").code == 0
    assert soan("list").code == 0


def test_a_list_adds_up_what_is_known_and_says_of_how_many(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    for title, counts in (("A", {"nguoi_du": 1200}), ("B", {}), ("C", {"nguoi_du": 34})):
        write(desk, replace(ONE, title=title, counts=counts))
    write(
        desk, replace(ONE, title="D", first=date(2026, 12, 1), last=date(2026, 12, 1), counts={}, done=False)
    )
    answer = at_desk("activity", "list", "--period", "2026")
    assert "1.234" in answer.out
    assert "2/3" in answer.out
    [told] = at_desk(
        "activity", "list", "--period", "6-thang-cuoi-2026", "--kind", "hoi_nghi", "--json"
    ).json["sums"]
    [amount] = told["amounts"]
    assert (told["activities"], amount["total"], amount["known"], amount["of"]) == (3, 1234, 2, 3)
    desk.clock.forward(days=(date(2026, 12, 1) - activities.today(desk.workspace)).days)
    assert "dự kiến đã qua ngày" not in at_desk("activity", "list").err, "its day is not over"
    desk.clock.forward(days=1)
    assert "dự kiến đã qua ngày" in at_desk("activity", "list").err
    file = tmp_path / "so.csv"
    assert at_desk("activity", "list", "--to-file", file).code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert at_desk("activity", "list", "--to-file", file).code == 2
    assert at_desk("activity", "list", "--to-file", tmp_path / "so.xlsx").code == 0


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("add",), 2, "thiếu Loại hoạt động"),
        (("add", "--kind", "hoi_nghi", "--title", "x", "--from", "5/11"), 2, "5/11"),
        (("add", "--kind", "hop", "--title", "x", "--from", "05/11/2026"), 3, "Không có loại"),
        (
            ("add", "--kind", "hoi_nghi", "--title", "x", "--from", "05/11/2026", "-c", "nguoi_du=1,5"),
            2,
            "1,5",
        ),
        (
            ("add", "--kind", "hoi_nghi", "--title", "x", "--from", "05/11/2026", "-c", "người=3"),
            2,
            "nguoi_du",
        ),
        (("add", "--kind", "hoi_nghi", "--title", "x", "--from", "01/01/0026"), 3, "01/01/0026"),
        (("add", "--kind", "hoi_nghi", "--title", "x", "--from", "31/12/9999", "--planned"), 3, "quá xa"),
        (("edit", "1", "-c", "nguoi_du=3", "-r", "x"), 4, "không có hoạt động số 1"),
        (("show", "1"), 4, "loa activity list"),
        (("show", str(2**31)), 4, "loa activity list"),
        (("remove", str(10**30), "-r", "x"), 4, "loa activity list"),
        (("list", "--kind", "hop"), 2, "Hội nghị"),
        (("list", "--period", "2026", "--from", "01/01/2026"), 2, "--period"),
        (("list", "--from", "01/01/2026"), 2, "kỳ"),
    ],
)
def test_a_slip_is_told_in_a_sentence(at_desk: Loa, args: tuple[str, ...], code: int, words: str) -> None:
    answer = at_desk("activity", *args, user="soan")
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
    assert "Traceback" not in answer.err


def test_a_units_own_kinds_take_the_shipped_ones_place(desk: Office, at_desk: Loa) -> None:
    number = write(desk)
    (desk.folder / "templates").mkdir()
    own = desk.folder / "templates" / "hoat-dong.toml"
    own.write_text(
        '[[so_lieu]]\nma = "ho"\nten = "Số hộ"\ndon_vi = "hộ"\n'
        '[[loai]]\nma = "den_nha"\nten = "Đến từng nhà"\nnhom = "truc_tiep"\nso_lieu = ["ho"]\n',
        "utf-8",
    )
    assert at_desk(
        "activity", "add", "--kind", "Đến từng nhà", "--title", "Thôn 1", "--from", "05/11/2026",
        "-c", "ho=30", user="soan",
    ).code == 0  # fmt: skip
    sums = {one["kind"]: one for one in at_desk("activity", "list", "--json").json["sums"]}
    assert sums["den_nha"]["amounts"][0]["total"] == 30
    assert sums["hoi_nghi"]["amounts"][0]["total"] == 120, f"number {number} is of a kind that has gone"
    own.write_text("[[loai]]", "utf-8")
    answer = at_desk("activity", "list")
    assert answer.code == 2
    assert "hoat-dong.toml" in answer.err


@pytest.mark.sqlite  # another process, which knows nothing of the tests' server
def test_in_a_terminal_what_is_missing_is_asked_and_a_slip_is_asked_again(desk: Office) -> None:
    pytest.importorskip("pty")
    from tests.support.terminal import converse

    environment = {"LOA_WORKSPACE": str(desk.folder), "LOA_USER": "soan", "LOA_PASSPHRASE": PASSPHRASE}
    answers = [
        ("Loại (gõ số", "họp\n"),
        ("Không có loại", "1\n"),
        ("Tên hoạt động", "ĐT 0912345678\n"),
        ("số điện thoại", "Họp dân\n"),
        ("Từ ngày", "05/11/2020\n"),
        ("Đến ngày", "\n"),
        ("Lượt người dự", "khoảng 80\n"),
        ("không phải số lượng", "80\n"),
        ("Nơi tổ chức", "Thôn 1\n"),
        ("Lĩnh vực", "\n"),
        ("Đơn vị chủ trì", "\n"),
        ("Đơn vị phối hợp", "\n"),
        ("Mã chiến dịch", "\n"),
        ("Ghi chú", "\n"),
        ("Ghi vào sổ?", "\n"),
    ]
    code, screen = converse(["-m", "loa.cli.main", "activity", "add"], environment, answers)
    assert code == 0, screen
    [one] = activities.listing(desk.workspace)
    day = date(2020, 11, 5)
    assert one.activity == Activity("hoi_nghi", "Họp dân", day, day, "Thôn 1", counts={"nguoi_du": 80})


def test_json_holds_every_revision_whole(desk: Office, at_desk: Loa) -> None:
    write(desk)
    [told] = json.loads(at_desk("activity", "show", 1, "--json").out)
    assert set(told) == {
        "number", "revision", "activity", "action", "source", "reason", "officer", "at", "removed",
    }  # fmt: skip
