"""A legal reviewer lets one block of the law pass: in one text, over one document, signed, seen by all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from content.approval import Role
from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from content.finding import blocking
from content.law.checks import LATEST
from content.severities import DEFAULTS, OVERRIDABLE
from loa import agefile
from loa.services import (
    approving,
    auditing,
    backup,
    channels,
    deciding,
    overrides,
    overriding,
    people,
    posts,
    releasing,
    restoring,
    reviewing,
    stopping,
    trusting,
)
from loa.services.importing import import_files
from loa.services.posts import RefusedFindings
from scheduler import waivers, witness
from scheduler.publisher import LOOK_AT_HELD_EVERY
from tests.loa.conftest import Loa
from tests.loa.test_law import DUE, FANPAGE, GOOD, OLD, learns, scheduled
from tests.support.office import PASSPHRASE, Office, write_post

WHY = "Nghị định vẫn áp dụng cho hồ sơ nộp trước ngày hết hiệu lực."
DOCUMENT = "Nghị định 49/2024/NĐ-CP (10/05/2024)"
OTHER = "30/2020/NĐ-CP"
BOTH = f"{GOOD} Văn bản trình bày theo Nghị định số {OTHER}."


def with_reviewer(office: Office, name: str = "tham", *roles: Role) -> Office:
    ky = office.people["ky"]
    given = {"full_name": "Lê Thị Thẩm", "roles": [Role.REVIEWER, *roles], "passphrase": PASSPHRASE}
    office.people[name] = people.add(office.workspace, ky, name, **given)  # type: ignore[arg-type]
    return office


@pytest.fixture
def bench(desk: Office) -> Office:
    return with_reviewer(desk)


@pytest.fixture
def house(office: Office) -> Office:
    return with_reviewer(office)


def let_pass(office: Office, post: str = "bai", who: str = "tham", **asked: str) -> overrides.OverrideView:
    return overriding.override(office.workspace, office.people[who], post, **{"reason": WHY, **asked})


def ends(office: Office, tmp_path: Path, number: str = "49/2024/NĐ-CP", on: str = "2026-11-19") -> None:
    issued = {OTHER: "2020-03-05"}.get(number, "2024-05-10")
    learns(office, tmp_path, number=number, ngay_het=on, ngay_ban_hanh=issued, ngay_hieu_luc=issued)


def public(office: Office) -> int:
    return int(office.server.ledger(arrivals=False)["total"]["public"])


def sql(office: Office, statement: str) -> None:
    office.workspace.database.run(lambda c: c.exec_driver_sql(statement))


def state(office: Office) -> tuple[str, str]:
    view = office.view(FANPAGE)
    return view.status, view.last_error.partition(":")[0]


# ---- at its minute


def test_with_an_override_of_that_document_it_goes_out_exactly_once(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    house.publish_until(DUE + timedelta(days=2))
    assert state(house)[0] == "published"
    assert public(house) == 1


def test_held_it_goes_out_exactly_once_when_it_is_overridden_and_let_go(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    house.publish_until(DUE)
    assert state(house) == ("held", "law.expired")
    let_pass(house)
    house.publish_until(DUE + timedelta(minutes=5))
    assert state(house) == ("held", "law.expired"), "what waits for a person is not let go by another"
    deciding.retry(house.workspace, house.people["duyet"], FANPAGE)
    house.publish_until(DUE + timedelta(days=2))
    assert (state(house)[0], public(house)) == ("published", 1)


def test_a_channel_that_works_again_is_no_persons_go(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    house.publish_until(DUE)
    let_pass(house)
    sql(house, "UPDATE channel SET state = 'stopped', state_reason = 'mất quyền' WHERE id = 'fanpage'")
    assert channels.check(house.workspace, house.people["ky"], "fanpage").ok
    house.publish_until(DUE + timedelta(minutes=10))
    assert (state(house), public(house)) == (("held", "law.expired"), 0)


def test_with_an_override_of_another_document_it_is_held(house: Office, tmp_path: Path):
    scheduled(house, BOTH)
    ends(house, tmp_path, OTHER)
    let_pass(house)
    ends(house, tmp_path)  # the other one, later
    house.publish_until(DUE + timedelta(hours=1))
    assert state(house) == ("held", "law.expired")
    assert "49/2024/NĐ-CP" in house.view(FANPAGE).last_error
    assert public(house) == 0


def test_with_an_override_of_another_rule_it_is_held(house: Office, tmp_path: Path):
    scheduled(house)
    learns(house, tmp_path, ngay_hieu_luc="2026-11-25")
    assert let_pass(house).rule == "law.not_yet_effective"
    ends(house, tmp_path)
    house.publish_until(DUE + timedelta(hours=1))
    assert state(house) == ("held", "law.expired")


def test_two_documents_of_one_number_are_two(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    assert let_pass(house).document == DOCUMENT
    learns(house, tmp_path, ngay_ban_hanh="2024-05-11", ngay_hieu_luc="2024-07-01", ngay_het="2026-11-19")
    house.publish_until(DUE + timedelta(hours=1))
    assert state(house)[0] == "held"


def test_what_its_platform_holds_is_called_back_when_the_override_is_taken_back(
    house: Office, tmp_path: Path
):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    stopping.hand_over(house.workspace, house.people["ky"], [FANPAGE])
    with house.publisher() as worker:
        worker.work()
        assert state(house)[0] == "handed_over"
        overriding.undo(house.workspace, house.people["duyet"], "bai", reason="xem lại căn cứ")
        worker.work_until(house.clock.now() + 2 * LOOK_AT_HELD_EVERY)
    assert state(house) == ("held", "law.expired")


# ---- what counts for nothing


def test_an_edit_of_the_post_ends_it(bench: Office):
    post = bench.import_post("bai.md", text=OLD)
    let_pass(bench)
    assert not blocking(posts.check(bench.workspace, post))
    path = write_post(bench.folder / "posts", "bai.md", text=OLD + " Thêm một câu.")
    import_files(bench.workspace, bench.people["soan"], [path])
    assert [f.rule for f in blocking(posts.check(bench.workspace, post))] == ["law.expired"]
    assert [one.state for one in overrides.listing(bench.workspace, post)] == ["edited"]
    with pytest.raises(RefusedFindings):
        approving.submit(bench.workspace, bench.people["soan"], post)


def test_a_reviewer_who_says_what_they_read_overrides_nothing_that_was_edited_since(
    bench: Office, at_desk: Loa
):
    post = bench.import_post("bai.md", text=OLD)
    asked = ("law", "override", post, "--reason", WHY, "--revision", "1")
    path = write_post(bench.folder / "posts", "bai.md", text=OLD + " Thêm một câu.")
    import_files(bench.workspace, bench.people["soan"], [path])
    refused = at_desk(*asked, user="tham")
    assert (refused.code, "nay là bản 2" in refused.err) == (RefusedByRule.exit_code, True)
    assert at_desk(*asked[:-1], "2", user="tham").code == 0


@pytest.mark.parametrize("name", ["soan", "duyet", "ky"])
def test_only_a_reviewer_overrides(bench: Office, name: str):
    bench.import_post("bai.md", text=OLD)
    with pytest.raises(RefusedByRule):
        let_pass(bench, who=name)
    assert overrides.listing(bench.workspace) == []


def test_nobody_overrides_in_a_text_they_wrote(bench: Office):
    with_reviewer(bench, "hai-vai", Role.DRAFTER)
    path = write_post(bench.folder / "posts", "bai.md", text=OLD)
    import_files(bench.workspace, bench.people["hai-vai"], [path])
    with pytest.raises(RefusedByRule, match="hai-vai có tham gia soạn"):
        let_pass(bench, who="hai-vai")
    let_pass(bench)


def test_who_submits_has_a_part_in_it_so_their_own_override_counts_no_more(bench: Office):
    with_reviewer(bench, "hai-vai", Role.DRAFTER)
    post = bench.import_post("bai.md", text=OLD)
    let_pass(bench, who="hai-vai")
    with pytest.raises(RefusedFindings):
        approving.submit(bench.workspace, bench.people["hai-vai"], post)
    approving.submit(bench.workspace, bench.people["soan"], post)


CHANGED = {
    "unsigned": "signature = ''",
    "another reviewer": "officer = 'duyet'",
    "another role": "role = 'approver'",
    "another reason": "reason = 'không có lý do nào cả'",
    "another minute": "at = '2026-11-01 00:00:00.000000'",
    "another case of letters": "rule = 'LAW.expired'",
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_an_override_that_another_hand_changed_lets_nothing_pass_and_is_told_of(
    house: Office, tmp_path: Path, change: str
):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    sql(house, f"UPDATE waiver SET {change}")
    house.publish_until(DUE + timedelta(hours=1))
    assert (state(house)[0], public(house)) == ("held", 0)
    assert "override_forged" in {one.key for one in auditing.verify(house.workspace).contradictions}


COPIED = {
    "over another document": ("bai", f"'bai', source_sha256, 'law.expired', '{DOCUMENT}'"),
    "in another text": (
        "khac",
        "'bai', (SELECT source_sha256 FROM waiver WHERE post_id = 'bai'), rule, about",
    ),
    "in another post of that digest": ("khac", "'bai', source_sha256, rule, about"),
}


@pytest.mark.parametrize(("of", "copy"), COPIED.values(), ids=COPIED)
def test_an_override_lets_pass_nothing_but_what_was_signed(house: Office, tmp_path: Path, of: str, copy: str):
    scheduled(house, BOTH)
    house.import_post("khac.md", text=GOOD, due=DUE.isoformat())
    ends(house, tmp_path, OTHER)
    let_pass(house)
    ends(house, tmp_path)
    let_pass(house, "khac")
    columns = "officer, role, reason, at, signature"
    sql(
        house,
        f"INSERT INTO waiver (post_id, source_sha256, rule, about, {columns})"
        f" SELECT {copy}, {columns} FROM waiver WHERE post_id = '{of}'",
    )
    assert len(overrides.listing(house.workspace, "bai")) == 2, "the attack changed nothing"
    house.publish_until(DUE + timedelta(hours=1))
    assert (state(house)[0], public(house)) == ("held", 0)
    assert {one.key for one in auditing.verify(house.workspace).contradictions} == {"override_forged"}


def test_a_deleted_override_lets_nothing_pass_and_is_missed(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    sql(house, "DELETE FROM waiver")
    house.publish_until(DUE + timedelta(hours=1))
    assert (state(house)[0], public(house)) == ("held", 0)
    assert {one.key for one in auditing.verify(house.workspace).contradictions} == {"override_gone"}


@pytest.mark.sqlite
def test_an_override_written_straight_into_the_database_counts_for_nothing(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    digest = "(SELECT json_extract(payload, '$.source_sha256') FROM delivery LIMIT 1)"
    sql(
        house,
        "INSERT INTO waiver (post_id, source_sha256, rule, about, officer, role, reason, at, signature)"
        f" VALUES ('bai', {digest}, 'law.expired', '{DOCUMENT}', 'tham', 'reviewer', 'được mà',"
        " '2026-11-01 00:00:00.000000', 'AAAA')",
    )
    house.publish_until(DUE + timedelta(hours=1))
    assert (state(house)[0], public(house)) == ("held", 0)
    assert {one.key for one in auditing.verify(house.workspace).contradictions} == {"override_forged"}


def test_an_approvals_signature_is_no_overrides(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    sql(house, "UPDATE waiver SET signature = (SELECT signature FROM approval LIMIT 1)")
    house.publish_until(DUE + timedelta(hours=1))
    assert state(house)[0] == "held"


def test_taken_back_it_stays_taken_back_whatever_the_database_says(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    overriding.undo(house.workspace, house.people["tham"], "bai", reason="đọc lại thì sai")
    sql(house, "UPDATE waiver SET voided_at = NULL, voided_by = '', void_reason = ''")
    house.publish_until(DUE + timedelta(hours=1))
    assert (state(house)[0], public(house)) == ("held", 0)
    assert "override_forged" in {one.key for one in auditing.verify(house.workspace).contradictions}


@pytest.mark.parametrize(
    ("hide", "show"),
    [
        ("CREATE TABLE aside AS SELECT * FROM waiver", "INSERT INTO waiver SELECT * FROM aside"),
        ("UPDATE waiver SET voided_at = at, voided_by = 'ky'", "UPDATE waiver SET voided_at = NULL"),
    ],
)
@pytest.mark.parametrize("two", [False, True])
def test_hidden_from_its_undo_it_is_taken_back_all_the_same(
    house: Office, tmp_path: Path, hide: str, show: str, two: bool
):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    sql(house, hide)
    if "TABLE" in hide:
        sql(house, "DELETE FROM waiver")
    if two:
        house.clock.forward(minutes=1)
        let_pass(house)  # what is shown beside it
    done = overriding.undo(house.workspace, house.people["tham"], "bai", reason="đọc lại thì sai")
    assert [one.document for one in done] == [DOCUMENT] * (1 + two)
    sql(house, "UPDATE waiver SET id = id + 100")
    sql(house, show)
    house.publish_until(DUE + timedelta(hours=1))
    assert (state(house)[0], public(house)) == ("held", 0)
    with pytest.raises(RefusedByRule):
        overriding.undo(
            house.workspace, house.people["tham"], "bai", reason="lần nữa", rule="not_yet_effective"
        )


def test_a_witness_that_begins_now_knows_what_was_given_and_what_was_taken_back(
    house: Office, tmp_path: Path
):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    overriding.undo(house.workspace, house.people["tham"], "bai", reason="đọc lại")
    let_pass(house)
    begun = witness.Witness(tmp_path)
    begun.begin(house.workspace.database)
    old = house.workspace.trust.witness
    assert len(begun.overrides_of("bai")) == 1
    assert begun.overrides_of("bai") == old.overrides_of("bai")
    with house.workspace.database.read() as connection:
        first, second = waivers.rows(connection)
    assert begun.is_taken_back(witness.name_of(waivers.given(first)))
    assert not begun.is_taken_back(witness.name_of(waivers.given(second)))


def test_after_it_was_taken_back_it_can_be_given_anew(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    for _ in range(2):
        let_pass(house)
        overriding.undo(house.workspace, house.people["tham"], "bai", reason="đọc lại")
    let_pass(house)
    states = [one.state for one in overrides.listing(house.workspace, "bai")]
    assert states == ["undone", "undone", "stands"]
    house.publish_until(DUE + timedelta(hours=1))
    assert state(house)[0] == "published"


def test_a_reviewer_who_is_not_trusted_any_more_lets_nothing_pass(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    trusting.remove(house.workspace, house.people["ky"], "tham")
    house.publish_until(DUE + timedelta(hours=1))
    assert state(house)[0] == "held"
    assert [one.state for one in overrides.listing(house.workspace)] == ["undone"]
    assert auditing.verify(house.workspace).contradictions == ()


# ---- killed, restored


class Killed(BaseException):
    pass


@pytest.mark.parametrize("deed", ["override", "undo"])
def test_killed_before_the_commit_nothing_is_half_done_and_it_can_be_done_again(
    house: Office, tmp_path: Path, deed: str, monkeypatch: pytest.MonkeyPatch
):
    scheduled(house)
    ends(house, tmp_path)
    if deed == "undo":
        let_pass(house)

    def die(*_: object, **__: object) -> None:
        raise Killed

    def act() -> None:
        if deed == "undo":
            overriding.undo(house.workspace, house.people["tham"], "bai", reason="đọc lại thì sai")
        else:
            let_pass(house)

    with monkeypatch.context() as patch:
        patch.setattr("scheduler.audit.record", die)  # the last thing before the commit
        with pytest.raises(Killed):
            act()
    lines = [one.state for one in overrides.listing(house.workspace)]
    assert lines == (
        ["forged"] if deed == "undo" else []
    )  # taken back in the notes first: the stricter counts
    act()
    house.publish_until(DUE + timedelta(hours=1))
    assert state(house)[0] == ("held" if deed == "undo" else "published")
    assert auditing.verify(house.workspace).contradictions == ()


def test_out_of_a_backup_it_counts_as_it_did_and_waits_for_a_go_like_all(
    house: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(agefile, "WORK", 2)
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    made = backup.create(house.workspace, tmp_path, "bon chu that dai")
    house.workspace.close()
    restoring.restore(Path(made.file), tmp_path / "ve", "bon chu that dai", clock=house.clock)
    house.workspace = type(house.workspace).open(tmp_path / "ve", house.clock)
    assert [one.state for one in overrides.listing(house.workspace)] == ["stands"]
    house.publish_until(DUE)
    assert state(house) == ("held", "restored")
    releasing.release(house.workspace, house.people["ky"], [FANPAGE], "đã xem lại")
    house.publish_until(DUE + timedelta(minutes=30))
    assert (state(house)[0], public(house)) == ("published", 1)


def test_a_database_moved_without_its_trust_file_brings_no_override_along(house: Office, tmp_path: Path):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)
    (house.folder / "trust.toml").unlink()
    assert [one.state for one in overrides.listing(house.workspace)] == ["forged"]
    house.publish_until(DUE + timedelta(hours=1))
    assert (state(house)[0], public(house)) == ("held", 0)


# ---- before the approval


def test_it_is_still_said_stops_nothing_and_the_approver_sees_who_when_and_why(bench: Office):
    post = bench.import_post("bai.md", text=OLD)
    let_pass(bench)
    approving.submit(bench.workspace, bench.people["soan"], post)
    [remark] = [f for f in reviewing.review(bench.workspace, post).findings if f.rule == "law.expired"]
    assert (remark.severity, remark.weight) == ("warn", "overridden")
    assert "tham cho qua" in remark.line()
    assert WHY in remark.line()
    approving.approve(bench.workspace, bench.people["duyet"], post)


def test_a_law_that_changed_since_the_submission_stops_the_approval_until_it_is_overridden(
    bench: Office, tmp_path: Path
):
    post = bench.import_post("bai.md", text=GOOD, due=DUE.isoformat())
    approving.submit(bench.workspace, bench.people["soan"], post)
    ends(bench, tmp_path)
    with pytest.raises(RefusedFindings):
        approving.approve(bench.workspace, bench.people["duyet"], post)
    let_pass(bench)
    approving.approve(bench.workspace, bench.people["duyet"], post)


def test_rule_and_document_are_asked_for_only_where_there_is_a_choice(bench: Office, tmp_path: Path):
    bench.import_post("bai.md", text=BOTH, due=DUE.isoformat())
    with pytest.raises(RefusedByRule, match="không có chỗ nào bị chặn"):
        let_pass(bench)
    ends(bench, tmp_path)
    ends(bench, tmp_path, OTHER)
    with pytest.raises(UsageError, match="--document"):
        let_pass(bench)
    with pytest.raises(NotFound, match="49/2024"):
        let_pass(bench, document="13/2023")
    assert (
        let_pass(bench, rule="expired", document="30/2020").document == "Nghị định 30/2020/NĐ-CP (05/03/2020)"
    )
    assert let_pass(bench).document == DOCUMENT, "one is left"


@pytest.mark.parametrize("rule", ["content.secret_mark", "content.slot_unfilled", "content.title_missing"])
def test_what_is_no_matter_of_law_is_never_overridden(bench: Office, rule: str):
    bench.import_post("bai.md", text=OLD)
    with pytest.raises(RefusedByRule, match="không cho qua được"):
        let_pass(bench, rule=rule)
    assert rule not in OVERRIDABLE


def test_only_rules_of_the_law_that_exist_can_be_overridden():
    assert set(OVERRIDABLE) <= set(DEFAULTS)
    assert {rule.partition(".")[0] for rule in OVERRIDABLE} == {"law"}
    assert set(LATEST) <= set(OVERRIDABLE)


@pytest.mark.parametrize("reason", ["", "được", "  được   mà ", "x" * 1001])
def test_a_reason_that_explains_nothing_is_refused(bench: Office, reason: str):
    bench.import_post("bai.md", text=OLD)
    with pytest.raises(LoaError):
        let_pass(bench, reason=reason)


# ---- the command line


def test_the_commands_say_what_happened_and_the_record_has_it(bench: Office, at_desk: Loa):
    post = bench.import_post("bai.md", text=OLD)
    given = at_desk("law", "override", post, "--reason", WHY, user="tham")
    assert given.code == 0, given.err
    assert "Đã cho qua law.expired" in given.err
    assert "[ĐÃ CHO QUA]" in at_desk("post", "check", post, user="soan").err
    assert WHY in at_desk("post", "show", post).err
    [listed] = at_desk("law", "overrides", post, "--json").json
    assert (listed["officer"], listed["state"], listed["reason"]) == ("tham", "stands", WHY)
    assert at_desk("post", "show", post, "--json").json["overrides"] == [listed]
    assert at_desk("post", "submit", post, user="soan").code == 0
    approved = at_desk("post", "approve", post, "--yes", user="duyet")
    assert (approved.code, WHY in approved.err) == (0, True)
    [event] = [e for e in auditing.listing(bench.workspace, subject=post) if e.action == "law_overridden"]
    assert (event.actor, event.detail["rule"], event.detail["reason"]) == ("tham", "law.expired", WHY)
    undone = at_desk("law", "override", post, "--undo", "--reason", "xem lại", user="tham")
    assert "Đã rút lời cho qua" in undone.err
    assert "đã rút" in at_desk("law", "overrides").out
    assert at_desk("law", "overrides", "khong-co").code == 4
    assert auditing.verify(bench.workspace).whole


def test_notes_that_cannot_be_written_leave_the_override_in_force(
    house: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    scheduled(house)
    ends(house, tmp_path)
    let_pass(house)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(witness, "_append", full)
        with pytest.raises(LoaError):
            overriding.undo(house.workspace, house.people["tham"], "bai", reason="đọc lại thì sai")
    assert [one.state for one in overrides.listing(house.workspace)] == ["stands"]
