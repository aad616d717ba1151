"""P1: nothing unapproved is ever public, whatever way a change came."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from content.errors import RefusedByRule
from content.variant import seal
from loa.services import approving, deliveries
from loa.services.importing import import_files
from tests.support.office import Office, write_post

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")
AFTER = DUE + timedelta(minutes=30)
FANPAGE = "hoi-dap@fanpage"


def sql(office: Office, statement: str, **values: object) -> None:
    """What somebody with the database file and a little SQL can do."""
    office.workspace.database.run(lambda c: c.execute(text(statement), values))


def public_posts(office: Office) -> int:
    return int(office.server.ledger(arrivals=False)["total"]["public"])


def test_an_approved_post_goes_public_at_its_minute(office: Office):
    office.approved()
    office.publish_until(DUE - timedelta(seconds=1))
    assert public_posts(office) == 0
    assert office.view(FANPAGE).status == "ready"
    office.publish_until(AFTER)
    view = office.view(FANPAGE)
    assert (view.status, public_posts(office)) == ("published", 1)
    assert view.verified_at is not None
    assert view.published_at is not None
    assert view.published_at >= DUE


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE delivery SET payload = replace(payload, 'bảo vệ', 'phá hoại')", "approval.changed"),
        ("UPDATE post SET source = replace(source, 'bảo vệ', 'phá hoại')", "approval.post_changed"),
        ("UPDATE delivery SET payload = 'không phải JSON'", "approval.changed"),
        ("UPDATE channel SET account = '9999'", "approval.other_channel"),
        ("UPDATE delivery SET channel_id = 'fanpage' WHERE 0 OR id = 'x'", None),
        ("DELETE FROM approval", "approval.none"),
        ("UPDATE approval SET officer = 'soan'", "approval.forged"),
        ("UPDATE approval SET role = 'reviewer'", "approval.forged"),
        ("UPDATE approval SET voided_at = at", "approval.none"),
        ("UPDATE approval SET expires_at = datetime(expires_at, '+1 day')", "approval.forged"),
        ("UPDATE approval SET at = datetime(at, '-1 day')", "approval.forged"),
        ("UPDATE approval SET signature = ''", "approval.forged"),
        ("UPDATE approval SET signature = 'không phải base64'", "approval.forged"),
        ("UPDATE officer SET public_key = (SELECT public_key FROM officer WHERE name = 'soan')", None),
        ("UPDATE delivery SET due_at = datetime(due_at, '-1 hour')", "approval.other_window"),
        ("UPDATE delivery SET deadline = datetime(deadline, '+90 days')", "approval.other_window"),
    ],
)
@pytest.mark.sqlite
def test_what_was_changed_by_direct_sql_is_not_sent(office: Office, statement: str, reason: str | None):
    office.approved()
    sql(office, statement)
    office.publish_until(AFTER)
    view = office.view(FANPAGE)
    if reason is None:
        assert view.status == "published", "nothing that counts was changed, so nothing may be refused"
        return
    assert (view.status, view.last_error) == ("held", reason)
    assert public_posts(office) == 0
    assert office.steps(FANPAGE) == [], "not even an attempt"


def test_a_change_between_preparing_and_revealing_stops_the_reveal(office: Office):
    office.approved()
    office.publish_until(DUE - timedelta(minutes=5))
    assert office.view(FANPAGE).status == "ready"
    sql(office, "UPDATE post SET source = source || 'thêm một câu'")
    office.publish_until(AFTER)
    assert office.view(FANPAGE).last_error == "approval.post_changed"
    assert public_posts(office) == 0


def test_a_new_import_voids_the_approval(office: Office):
    office.approved()
    path = write_post(office.folder / "posts", text="Một câu khác.")
    [imported] = import_files(office.workspace, office.people["soan"], [path])
    assert imported.outcome == "changed"
    assert set(office.statuses().values()) == {"draft"}
    office.publish_until(AFTER)
    assert public_posts(office) == 0
    [given] = deliveries.dossier(office.workspace, FANPAGE).approvals
    assert given.void_reason == "edited"


def test_the_same_file_again_changes_nothing(office: Office):
    office.approved()
    path = write_post(office.folder / "posts")
    [imported] = import_files(office.workspace, office.people["soan"], [path])
    assert imported.outcome == "same"
    assert set(office.statuses().values()) == {"queued"}


def test_an_author_cannot_approve_even_with_the_role(office: Office):
    post = office.import_post()
    approving.submit(office.workspace, office.people["soan"], post)
    both = office.people["soan"].__class__("soan", "Nguyễn Thị Soạn", "", (*office.people["duyet"].roles,))
    with pytest.raises(RefusedByRule, match="không được tự duyệt"):
        approving.approve(office.workspace, both, post)


def test_whoever_wrote_an_earlier_revision_cannot_approve_a_later_one(office: Office):
    office.import_post()
    path = write_post(office.folder / "posts", text="Bản của người khác.")
    second = office.people["duyet"].__class__("duyet", "Trần Văn Duyệt", "", (*office.people["soan"].roles,))
    import_files(office.workspace, second, [path])
    approving.submit(office.workspace, office.people["soan"], "hoi-dap")
    with pytest.raises(RefusedByRule, match="không được tự duyệt"):
        approving.approve(office.workspace, office.people["duyet"], "hoi-dap")


def test_an_expired_approval_is_refused_at_the_due_minute(office: Office):
    office.approved(due="2027-01-09T07:00+07:00")  # two months ahead; approvals last 30 days
    office.publish_until(datetime.fromisoformat("2027-01-09T07:10+07:00"))
    assert office.view(FANPAGE).last_error == "approval.expired"
    assert public_posts(office) == 0


@pytest.mark.sqlite
def test_a_picture_that_was_swapped_on_disk_is_not_sent(office: Office):
    from PIL import Image

    Image.new("RGB", (640, 480), "navy").save(office.folder / "posts" / "anh.png")
    office.approved(media="[{file: anh.png, alt: Hội trường xã}]")
    [stored] = (office.folder / "media").rglob("*.*")
    Image.new("RGB", (640, 480), "red").save(stored, "PNG")
    office.publish_until(AFTER)
    assert office.view(FANPAGE).last_error == "approval.media_changed"
    assert public_posts(office) == 0


@pytest.mark.sqlite
def test_an_approval_forged_for_a_new_text_needs_the_new_seal(office: Office):
    """Without signatures (a later issue) a forger must at least rewrite every row of the chain of proof."""
    office.approved()
    database = office.workspace.database.file
    assert database is not None
    with sqlite3.connect(database) as raw:
        payload = json.loads(
            raw.execute("SELECT payload FROM delivery WHERE id = ?", (FANPAGE,)).fetchone()[0]
        )
        payload["text"] = "Nội dung giả"
        forged = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        raw.execute("UPDATE delivery SET payload = ? WHERE id = ?", (forged, FANPAGE))
    office.publish_until(AFTER)
    assert office.view(FANPAGE).last_error == "approval.changed"
    assert seal(forged) not in {a.officer for a in deliveries.dossier(office.workspace, FANPAGE).approvals}


def test_approving_what_changed_since_it_was_submitted_is_refused(office: Office):
    post = office.import_post()
    approving.submit(office.workspace, office.people["soan"], post)
    sql(office, "UPDATE post SET source = source || 'lén thêm'")
    with pytest.raises(RefusedByRule, match="thay đổi sau khi gửi duyệt"):
        approving.approve(office.workspace, office.people["duyet"], post)


def test_two_levels_need_two_people(office: Office):
    from dataclasses import replace

    from content.approval import ApprovalRules, Role
    from loa.services import people
    from tests.support.office import PASSPHRASE

    rules = ApprovalRules(required=(Role.REVIEWER, Role.APPROVER))
    office.workspace.config = replace(office.workspace.config, approval=rules)
    both = people.add(
        office.workspace,
        office.people["ky"],
        "haivai",
        full_name="Hai Vai",
        roles=["reviewer", "approver"],
        passphrase=PASSPHRASE,
    )
    post = office.import_post()
    approving.submit(office.workspace, office.people["soan"], post)
    approving.approve(office.workspace, both, post)
    assert set(office.statuses().values()) == {"in_review"}
    approving.approve(office.workspace, both, post)  # the second level, but the same person
    assert set(office.statuses().values()) == {"in_review"}
    with pytest.raises(RefusedByRule, match="không có cấp duyệt nào"):
        approving.approve(office.workspace, both, post)
    office.publish_until(AFTER)
    assert public_posts(office) == 0


def test_a_time_with_fractions_of_a_second_is_sealed_as_it_is(office: Office):
    """Found by a test on the real clock: the seal once cut the window to seconds and then refused it."""
    office.approved(channels="[fanpage]", due="2026-11-09T07:00:00.382556+07:00")
    office.publish_until(AFTER)
    assert office.view(FANPAGE).status == "published"
