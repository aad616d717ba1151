"""What an adversarial review broke once, each as the story that broke it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from loa.services import approving, deciding, deliveries
from loa.services.importing import import_files
from scheduler import policy
from tests.support.office import Office, write_post

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")
AFTER = DUE + timedelta(minutes=30)
FANPAGE = "hoi-dap@fanpage"


def sql(office: Office, statement: str) -> None:
    office.workspace.database.run(lambda c: c.execute(text(statement)))


def public(office: Office) -> list[tuple[str, list[str], str]]:
    """Message, photos and link of what everybody can see on the Page."""
    [page] = office.server.world.pages.values()
    return [(post.message, list(post.photos), post.link) for post in page.posts if post.published]


def approve_anew(office: Office) -> None:
    approving.submit(office.workspace, office.people["soan"], "hoi-dap")
    approving.approve(office.workspace, office.people["duyet"], "hoi-dap")


def test_a_picture_taken_out_before_the_second_approval_never_goes_public(office: Office):
    from PIL import Image

    Image.new("RGB", (800, 600)).save(office.folder / "posts" / "anh.png")
    office.approved(channels="[fanpage]", media="[{file: anh.png, alt: Mặt em bé}]")
    office.publish_until(DUE - timedelta(minutes=5))
    office.approved(channels="[fanpage]")
    office.publish_until(AFTER)
    [(_, photos, _)] = public(office)
    assert photos == []


def test_a_link_changed_before_the_second_approval_goes_out_changed(office: Office):
    office.approved(channels="[fanpage]", link="https://cu.example.vn/sai")
    office.publish_until(DUE - timedelta(minutes=5))
    office.approved(channels="[fanpage]", link="https://moi.example.vn/dung")
    office.publish_until(AFTER)
    [(_, _, link)] = public(office)
    assert link == "https://moi.example.vn/dung"


def test_a_text_changed_while_withdrawn_goes_out_as_it_was_approved_last(office: Office):
    office.approved(channels="[fanpage]")
    office.publish_until(DUE - timedelta(minutes=5))
    approving.withdraw(office.workspace, office.people["soan"], "hoi-dap", "sửa chữ")
    sql(office, "UPDATE post SET source = replace(source, 'bảo vệ', 'giữ gìn')")
    approve_anew(office)
    office.publish_until(AFTER)
    [(message, _, _)] = public(office)
    assert "giữ gìn" in message


def test_a_handle_copied_from_another_post_reveals_nothing_of_it(office: Office):
    office.approved("cu.md", title="Bài đã rút", channels="[fanpage]")
    office.publish_until(DUE - timedelta(minutes=5))
    approving.withdraw(office.workspace, office.people["soan"], "cu", "không đăng nữa")
    office.approved(channels="[fanpage]")
    office.publish_until(DUE - timedelta(minutes=4))
    sql(
        office,
        "UPDATE delivery SET handle = (SELECT handle FROM delivery WHERE id = 'cu@fanpage')"
        f" WHERE id = '{FANPAGE}'",
    )
    office.publish_until(AFTER)
    assert public(office) == []
    assert (office.view(FANPAGE).status, office.view(FANPAGE).last_error) == ("held", "handle.changed")


def test_a_look_on_its_way_does_not_overrule_a_person(office: Office):
    office.approved(channels="[fanpage]")
    office.server.fault("500", method="POST", edge="", times=1)
    office.clock.instant = DUE
    with office.publisher() as worker:
        while (claim := worker.claim_one()).state.step != "settle":
            worker.lanes.run(claim)
        deciding.settle(office.workspace, office.people["ky"], FANPAGE, url="https://facebook.com/1001_9")
        capabilities = worker.lanes.connect(claim.channel).capabilities
        nothing = policy.after_read_back([], claim.state, capabilities, DUE, worker.lanes.rng)
        worker.queue.finish(claim, nothing, office.clock.now(), go_on=False)
    assert office.view(FANPAGE).status == "published"


@pytest.mark.parametrize(
    "damage",
    [
        "deadline = NULL",
        "due_at = NULL",
        "deadline = 'chiều nay'",
        "due_at = 'chiều nay'",
        "tries = 'nhiều'",
        "status = 'đang đăng'",
        "handle = 'hỏng'",
        "handle = '[]'",
        "payload = ''",
    ],
)
@pytest.mark.sqlite
def test_one_damaged_row_is_set_aside_and_the_others_go_out(office: Office, damage: str):
    office.approved("hong.md", title="Hỏng", channels="[fanpage]")
    office.approved("lanh.md", title="Lành", channels="[fanpage]")
    sql(office, f"UPDATE delivery SET {damage} WHERE id = 'hong@fanpage'")
    office.publish_until(AFTER)
    assert office.view("hong@fanpage").status == "held"
    assert office.view("lanh@fanpage").status == "published"


def test_a_post_that_kills_its_worker_is_given_up(office: Office):
    office.approved(channels="[fanpage]")
    office.clock.instant = DUE
    for _ in range(30):
        with office.publisher() as worker:
            worker.queue.claim(office.clock.now(), 1)  # and the process dies here
            worker.queue.recover(office.clock.now())
    assert office.view(FANPAGE).status == "failed"
    assert len(office.steps(FANPAGE)) <= policy.MAX_TRIES


def test_a_read_back_that_fails_for_hours_delays_no_other_post(office: Office):
    office.approved("mot.md", title="Một", channels="[fanpage]")
    office.approved("gap.md", title="Gấp", channels="[fanpage]", due="2026-11-09T09:00+07:00")
    office.publish_until(DUE)
    office.server.fault("500", method="GET", edge="", times=100_000)
    office.publish_until(DUE + timedelta(hours=3))
    reveals = [a for a in deliveries.dossier(office.workspace, "gap@fanpage").attempts if a.step == "reveal"]
    assert reveals[0].started_at == datetime.fromisoformat("2026-11-09T09:00+07:00")


def test_a_doubt_that_cannot_be_read_back_comes_to_a_person(office: Office):
    from loa.services.overview import overview

    office.approved(channels="[fanpage]")
    office.server.fault("cut_after_accept", method="POST", edge="")
    office.server.fault("500", method="GET", edge="", times=100_000)
    office.publish_until(DUE + timedelta(days=2))
    assert [view.id for view in overview(office.workspace).needs_a_person] == [FANPAGE]


def test_two_deliveries_never_count_one_object_as_both_theirs(office: Office):
    office.approved("mot.md", title="Giống nhau", channels="[fanpage]")
    office.publish_until(AFTER)
    twin = office.view("mot@fanpage").remote_id
    office.approved("hai.md", title="Giống nhau hai", channels="[fanpage]", due="2026-11-09T08:00+07:00")
    office.clock.instant = datetime.fromisoformat("2026-11-09T08:00+07:00")
    from connectors.contract import Published

    with office.publisher() as worker:
        claim = worker.claim_one()
        answer = policy.after_answer(Published(twin, "x"), office.clock.now())
        worker.queue.finish(claim, answer, office.clock.now(), go_on=False)
    view = office.view("hai@fanpage")
    assert (view.status, view.last_error) == ("unknown", "settle.another_delivery: mot@fanpage")


def test_what_a_person_cancelled_no_file_brings_back(office: Office):
    office.import_post()
    deciding.cancel(office.workspace, office.people["soan"], FANPAGE, "không đăng lên Facebook")
    path = write_post(office.folder / "posts", text="Bản sửa.")
    import_files(office.workspace, office.people["soan"], [path])
    assert office.statuses() == {"hoi-dap@website": "draft", FANPAGE: "cancelled"}


def test_a_channel_dropped_from_the_file_comes_back_with_it(office: Office):
    office.import_post()
    for channels, status in (("[website]", "cancelled"), ("[website, fanpage]", "draft")):
        path = write_post(office.folder / "posts", channels=channels)
        import_files(office.workspace, office.people["soan"], [path])
        assert office.statuses()[FANPAGE] == status


def test_an_approver_who_was_shown_another_text_approves_nothing(office: Office):
    from content.errors import RefusedByRule
    from content.variant import seal
    from loa.services import posts

    office.import_post()
    approving.submit(office.workspace, office.people["soan"], "hoi-dap")
    seen = {d: seal(v.canonical()) for d, v in posts.in_review(office.workspace, "hoi-dap").items()}
    path = write_post(office.folder / "posts", text="Thay vào phút chót.")
    import_files(office.workspace, office.people["soan"], [path])
    approving.submit(office.workspace, office.people["soan"], "hoi-dap")
    with pytest.raises(RefusedByRule, match="sau khi hiện cho bạn xem"):
        approving.approve(office.workspace, office.people["duyet"], "hoi-dap", seen=seen)
