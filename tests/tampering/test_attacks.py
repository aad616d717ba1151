"""Attacks that somebody would really think of, each told as a sentence."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.practice.youtube import PracticeYouTube
from content.approval import Approval
from content.errors import RefusedByRule
from content.variant import Variant, seal
from loa import keys
from loa.services import approving, channels, deciding, people, stopping, trusting
from loa.services.importing import import_files
from tests.support.office import PASSPHRASE, Office, write_post
from tests.tampering.scene import ATTACK_AT, END, HOSTILE, Outcome, Scene, database_of, sql, work

EXPIRED_SINCE = "law.expired: Nghị định 13/2023/NĐ-CP, 01/01/2026 (356/2025/NĐ-CP)"
AWAKE = "wake_at = '2026-11-08 23:45:00'"
Attack = Callable[[Path], None]


def hold(after: Outcome, scene: Scene) -> None:
    """The law: nothing that was not approved, nothing twice."""
    assert scene.wrong(after.public) == []


def told(after: Outcome, scene: Scene) -> set[tuple[str, str]]:
    """What is reported that is not on a calm day."""
    return set(after.reports - scene.calm().reports)


def value(folder: Path, query: str) -> Any:
    with closing(sqlite3.connect(database_of(folder))) as raw:
        return raw.execute(query).fetchone()[0]


def go_on(scene: Scene, office: Office, until: datetime = END) -> Outcome:
    """The publisher after an attack in the middle of a test."""
    work(office, until)
    return scene.outcome(office)


def test_without_an_attack_all_that_was_approved_comes_out_and_only_what_people_held_is_told(scene: Scene):
    calm = scene.calm()
    assert scene.wrong(calm.public) == []
    assert len(calm.public) == len(scene.allowed)
    assert {what for who, what in calm.reports if who != "alert"} == {
        "dung-lai@website: frozen",
        "dung-lai@fanpage: frozen",
        *(f"tam-dung@{name}: blackout" for name in ("website", "fanpage")),
        *(f"rut-cho-qua@{name}: {EXPIRED_SINCE}" for name in ("website", "fanpage")),
    }


# ---- approvals


def test_a_cancelled_post_that_is_queued_again_with_its_old_approval_stays_hidden(scene: Scene):
    after = scene.after(
        sql(
            f"UPDATE delivery SET status = 'queued', {AWAKE} WHERE id LIKE 'da-huy%'",
            "UPDATE approval SET voided_at = NULL, void_reason = ''",
        )
    )
    hold(after, scene)
    assert after.statuses["da-huy@fanpage"] == ("held", "approval.forged")
    assert ("audit verify", "approval_forged: da-huy@fanpage") in told(after, scene)


def test_a_withdrawn_approval_cannot_be_made_to_stand_again(scene: Scene):
    with scene.attacked() as office:
        before = value(office.folder, "SELECT payload FROM delivery WHERE id = 'cho-trang-hai@fanpage2'")
        approving.withdraw(office.workspace, office.people["soan"], "cho-trang-hai", "sai số")
        quoted = before.replace("'", "''")
        sql(
            f"UPDATE delivery SET status = 'queued', fence = 0, payload = '{quoted}', {AWAKE}"
            " WHERE id = 'cho-trang-hai@fanpage2'",
            "UPDATE approval SET voided_at = NULL",
        )(office.folder)
        after = go_on(scene, office)
    assert not [seen for seen in after.public if seen.channel == "fanpage2"]
    assert after.statuses["cho-trang-hai@fanpage2"] == ("held", "approval.forged")


def test_what_an_officer_approves_anew_after_taking_it_back_does_go_out(scene: Scene):
    with scene.attacked() as office:
        approving.withdraw(office.workspace, office.people["soan"], "cho-trang-hai", "xem lại")
        approving.submit(office.workspace, office.people["soan"], "cho-trang-hai")
        approving.approve(office.workspace, office.people["duyet"], "cho-trang-hai")
        after = go_on(scene, office)
    assert after.statuses["cho-trang-hai@fanpage2"][0] == "published"
    hold(after, scene)


def test_the_approval_of_an_older_text_does_not_cover_that_text_again(scene: Scene):
    with scene.attacked() as office:
        old = value(office.folder, "SELECT payload FROM delivery WHERE id = 'cho-trang-hai@fanpage2'")
        source = value(office.folder, "SELECT source FROM post WHERE id = 'cho-trang-hai'").replace("'", "''")
        path = write_post(
            office.folder / "posts",
            "cho-trang-hai.md",
            title="Bài cho-trang-hai",
            text="Nội dung đã sửa.",
            due="2026-11-09T08:40+07:00",
            channels="[fanpage2]",
        )
        import_files(office.workspace, office.people["soan"], [path])
        quoted = old.replace("'", "''")
        sql(
            f"UPDATE delivery SET status = 'queued', payload = '{quoted}', {AWAKE}"
            " WHERE id = 'cho-trang-hai@fanpage2'",
            f"UPDATE post SET source = '{source}' WHERE id = 'cho-trang-hai'",
            "UPDATE approval SET voided_at = NULL",
        )(office.folder)
        after = go_on(scene, office)
    assert after.statuses["cho-trang-hai@fanpage2"] == ("held", "approval.forged")
    assert not [seen for seen in after.public if seen.channel == "fanpage2"]


def test_an_approval_moved_to_another_delivery_covers_nothing_there(scene: Scene):
    after = scene.after(
        sql(
            "UPDATE approval SET delivery_seq = (SELECT seq FROM delivery WHERE id = 'chua-duyet@fanpage')"
            " WHERE delivery_seq = (SELECT seq FROM delivery WHERE id = 'cho-dang@fanpage')",
            f"UPDATE delivery SET status = 'queued', {AWAKE} WHERE id = 'chua-duyet@fanpage'",
        )
    )
    hold(after, scene)
    assert after.statuses["chua-duyet@fanpage"] == ("held", "handle.changed")  # given under another marker
    assert after.statuses["cho-dang@fanpage"] == ("held", "approval.none")
    assert ("audit verify", "approval_gone: cho-dang@fanpage") in told(after, scene)


def test_a_key_of_ones_own_in_an_officers_row_signs_nothing(scene: Scene):
    intruder = keys.new_signer()

    def attack(folder: Path) -> None:
        payload = value(folder, "SELECT payload FROM delivery WHERE id = 'chua-duyet@fanpage'")
        at = ATTACK_AT - timedelta(minutes=5)
        yes = Approval("duyet", "approver", seal(payload), at, at + timedelta(days=30))
        yes = replace(yes, signature=intruder.sign(yes.statement()))
        stamp = "%Y-%m-%d %H:%M:%S.%f"
        begins, ends = (moment.astimezone(UTC).strftime(stamp) for moment in (yes.at, yes.expires_at))
        sql(
            f"UPDATE officer SET public_key = '{intruder.public}' WHERE name = 'duyet'",
            "INSERT INTO approval (delivery_seq, seal, officer, role, at, expires_at, signature, void_reason)"
            f" SELECT seq, '{yes.seal}', 'duyet', 'approver', '{begins}', '{ends}', '{yes.signature}', ''"
            " FROM delivery WHERE id = 'chua-duyet@fanpage'",
            f"UPDATE delivery SET status = 'queued', {AWAKE} WHERE id = 'chua-duyet@fanpage'",
        )(folder)

    after = scene.after(attack)
    hold(after, scene)
    assert after.statuses["chua-duyet@fanpage"] == ("held", "approval.forged")
    assert {("trust list", "duyet"), ("audit verify", "officer: duyet")} <= told(after, scene)


def test_an_author_made_an_approver_in_the_database_and_taken_off_the_contributors_cannot_approve(
    scene: Scene,
):
    def attack(folder: Path) -> None:
        sql(
            "UPDATE officer SET roles = 'drafter,approver' WHERE name = 'soan'",
            "UPDATE post SET contributors = 'ai-do'",
        )(folder)

    with scene.attacked(attack) as office:
        author = people.authenticate(office.workspace, "soan", PASSPHRASE)
        with pytest.raises(RefusedByRule, match="không được tự duyệt"):
            approving.approve(office.workspace, author, "chua-duyet")
        after = go_on(scene, office)
    hold(after, scene)
    assert ("audit verify", "officer: soan") in told(after, scene)


def test_a_pinned_approver_who_wrote_the_post_cannot_approve_it_by_erasing_the_authors_name(scene: Scene):
    """The sealed payload names the contributors too: it would have to be another text."""
    with scene.attacked() as office:
        variant = Variant.parse(value(office.folder, "SELECT payload FROM delivery WHERE id LIKE 'chua-%'"))
        assert variant.contributors == ("soan",)
        both = people.add(
            office.workspace,
            office.people["ky"],
            "hai-vai",
            full_name="Hai Vai",
            roles=["drafter", "approver"],
            passphrase=PASSPHRASE,
        )
        name = "bai-rieng"
        write_post(
            office.folder / "posts",
            f"{name}.md",
            title="Bài riêng",
            due="2026-11-09T10:00+07:00",
            channels="[fanpage]",
        )
        import_files(office.workspace, both, [office.folder / "posts" / f"{name}.md"])
        approving.submit(office.workspace, both, name)
        sql("UPDATE post SET contributors = 'soan' WHERE id = 'bai-rieng'")(office.folder)
        with pytest.raises(RefusedByRule, match="không được tự duyệt"):
            approving.approve(office.workspace, both, name)
        assert office.statuses()[f"{name}@fanpage"] == "in_review"


# ---- twice


@pytest.mark.parametrize("status", ["queued", "ready", "preparing", "revealing", "unknown", "handed_over"])
def test_a_published_post_made_to_wait_again_with_its_traces_erased_is_not_sent_twice(
    scene: Scene, status: str
):
    after = scene.after(
        sql(
            f"UPDATE delivery SET status = '{status}', handle = '{{}}', pending = '', remote_id = '',"
            f" url = '', first_try_at = NULL, published_at = NULL, tries = 0, looks = 0, {AWAKE}"
            " WHERE id LIKE 'da-dang%'",
            "DELETE FROM attempt",
        )
    )
    hold(after, scene)
    if status in ("queued", "ready", "preparing"):
        assert after.statuses["da-dang@fanpage"] == ("published", "")  # it was looked for, and found
        assert ("audit verify", "forgotten: da-dang@fanpage") in told(after, scene)


def test_a_published_post_under_a_new_marker_is_not_sent_twice(scene: Scene):
    after = scene.after(
        sql(
            "UPDATE delivery SET status = 'queued', handle = '{}', marker = 'khac' || seq, remote_id = '',"
            f" first_try_at = NULL, {AWAKE} WHERE id LIKE 'da-dang%'"
        )
    )
    hold(after, scene)
    assert after.statuses["da-dang@website"] == ("held", "handle.changed")


def test_an_older_copy_of_the_whole_database_sends_nothing_again(scene: Scene):
    with scene.attacked() as office:
        file = database_of(office.folder)
        office.workspace.database.close()
        with closing(sqlite3.connect(file)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        kept = shutil.copy(file, office.folder / "kept.db")
        work(office, ATTACK_AT + timedelta(hours=1, minutes=20))  # 08:05: the first is out
        office.workspace.database.close()
        for leftover in office.folder.glob("loa.db*"):
            leftover.unlink()
        shutil.move(kept, file)
        after = go_on(scene, office)
    hold(after, scene)
    assert after.statuses["cho-dang@website"] == ("published", "")  # it was looked for, and found
    assert ("audit verify", "cut") in told(after, scene)


def test_a_post_that_was_taken_down_does_not_come_back(scene: Scene):
    with scene.attacked() as office:
        stopping.take_down(office.workspace, office.people["duyet"], "da-dang", "sai nội dung")
        sql(f"UPDATE delivery SET status = 'queued', handle = '{{}}', {AWAKE} WHERE id LIKE 'da-dang%'")(
            office.folder
        )
        after = go_on(scene, office)
    assert not [seen for seen in after.public if "da-dang" in seen.words]
    assert after.statuses["da-dang@fanpage"] == ("held", "approval.used")


def test_a_reveal_in_doubt_whose_handle_is_erased_is_not_prepared_again_by_the_machine(scene: Scene):
    with scene.attacked() as office:
        scene.facebook.fault("500_after_accept", method="POST", edge="", times=1)
        work(office, datetime.fromisoformat("2026-11-09T08:40:01+07:00"))
        sql(
            f"UPDATE delivery SET status = 'queued', handle = '{{}}', marker = 'khac', {AWAKE}"
            " WHERE id = 'cho-trang-hai@fanpage2' AND status != 'published'"
        )(office.folder)
        after = go_on(scene, office)
    hold(after, scene)


def test_a_person_may_send_again_what_they_say_is_not_public(scene: Scene):
    """The witness stops machines and attackers, not the officer who looked."""
    with scene.attacked() as office:
        work(office, datetime.fromisoformat("2026-11-09T08:41+07:00"))
        page = scene.facebook.world.pages["2002"]
        [post] = scene.facebook.world.public_posts(page)
        scene.facebook.world.remove(post)
        sql("UPDATE delivery SET status = 'unknown' WHERE id = 'cho-trang-hai@fanpage2'")(office.folder)
        deciding.settle(
            office.workspace,
            office.people["ky"],
            "cho-trang-hai@fanpage2",
            not_public=True,
            reason="đã xem trên trang",
        )
        after = go_on(scene, office)
    assert after.statuses["cho-trang-hai@fanpage2"][0] == "published"
    hold(after, scene)


def test_a_lower_fence_and_a_stolen_lease_while_a_reveal_is_under_way_do_not_double_it(scene: Scene):
    with scene.attacked() as office:
        office.clock.instant = datetime.fromisoformat("2026-11-09T08:40:00+07:00")
        with office.publisher("w1") as first, office.publisher("w2") as second:
            work_once = first.queue.claim(office.clock.now(), 8, channels=["fanpage2"])
            sql("UPDATE lane SET fence = 0, lease_until = NULL, owner = ''")(office.folder)
            sql(f"UPDATE delivery SET fence = 0, status = 'queued', {AWAKE} WHERE channel_id = 'fanpage2'")(
                office.folder
            )
            again = second.queue.claim(office.clock.now(), 8, channels=["fanpage2"])
            for worker, claims in ((first, work_once), (second, again)):
                for claim in claims:
                    worker.lanes.run(claim)
        after = go_on(scene, office)
    hold(after, scene)


# ---- handles and markers


def foreign_video(scene: Scene) -> Attack:
    """The handle of an approved video names a private one of the unit's that nobody approved."""

    def attack(folder: Path) -> None:
        handle = json.loads(value(folder, "SELECT handle FROM delivery WHERE id = 'cho-phim@kenh'"))
        handle["video"] = scene.foreign
        sql(f"UPDATE delivery SET handle = '{json.dumps(handle)}' WHERE id = 'cho-phim@kenh'")(folder)

    return attack


def test_a_handle_turned_to_a_private_video_of_the_unit_does_not_publish_it(scene: Scene):
    with scene.attacked() as office:
        work(office, datetime.fromisoformat("2026-11-09T08:55+07:00"))  # prepared, not yet shown
        foreign_video(scene)(office.folder)
        after = go_on(scene, office)
    hold(after, scene)
    assert scene.youtube.world.videos[scene.foreign].status["privacyStatus"] == "private"
    assert after.statuses["cho-phim@kenh"] == ("held", "handle.changed")
    assert {("alert", "forged cho-phim@kenh"), ("audit verify", "handle: cho-phim@kenh")} <= told(
        after, scene
    )


def test_two_approved_videos_whose_handles_are_swapped_do_not_come_out_under_each_others_title(scene: Scene):
    def swap(folder: Path) -> None:
        first, second = (
            value(folder, f"SELECT handle FROM delivery WHERE id = '{name}@kenh'").replace("'", "''")
            for name in ("cho-phim", "da-giao")
        )
        sql(
            f"UPDATE delivery SET handle = '{second}' WHERE id = 'cho-phim@kenh'",
            f"UPDATE delivery SET handle = '{first}' WHERE id = 'da-giao@kenh'",
        )(folder)

    with scene.attacked() as office:
        work(office, datetime.fromisoformat("2026-11-09T08:55+07:00"))
        swap(office.folder)
        after = go_on(scene, office)
    hold(after, scene)
    assert after.statuses["cho-phim@kenh"] == ("held", "handle.changed")


def test_a_person_lets_a_changed_handle_go_and_it_is_prepared_anew(scene: Scene):
    with scene.attacked() as office:
        work(office, datetime.fromisoformat("2026-11-09T08:55+07:00"))
        foreign_video(scene)(office.folder)
        work(office, datetime.fromisoformat("2026-11-09T09:05+07:00"))
        deciding.retry(office.workspace, office.people["ky"], "cho-phim@kenh")
        after = go_on(scene, office)
    hold(after, scene)
    assert after.statuses["cho-phim@kenh"][0] == "published"


def test_the_marker_of_a_published_article_given_to_another_does_not_replace_it(scene: Scene):
    """A marker names the article on the web, and a yes is given under one marker."""
    with scene.attacked() as office:
        sql(
            "UPDATE delivery SET marker = marker || 'x'",
            "UPDATE delivery SET marker = (SELECT substr(marker, 1, 20) FROM delivery"
            " WHERE id = 'da-dang@website') WHERE id = 'cho-dang@website'",
        )(office.folder)
        after = go_on(scene, office)
    hold(after, scene)
    assert [seen for seen in after.public if seen.channel == "website" and "da-dang" in seen.words]
    assert after.statuses["cho-dang@website"] == ("held", "handle.changed")


def test_words_written_into_a_marker_do_not_reach_the_public(scene: Scene):
    after = scene.after(sql(f"UPDATE delivery SET marker = marker || '{HOSTILE}'"))
    hold(after, scene)
    assert ("audit verify", "handle: cho-dang@website") in told(after, scene)


# ---- where it goes


@pytest.mark.parametrize(
    "change",
    [
        "account = '2002'",
        "settings = json_set(settings, '$.base_url', 'http://127.0.0.1:9')",
        "settings = json_set(settings, '$.reveal_mode', 'direct')",
        "platform = 'website'",
    ],
)
def test_a_page_turned_elsewhere_gets_nothing_and_keeps_its_token(scene: Scene, change: str):
    after = scene.after(sql(f"UPDATE channel SET {change}, version = version + 1 WHERE id = 'fanpage'"))
    hold(after, scene)
    assert not [s for s in after.public if s.channel == "fanpage" and "cho-dang" in s.words]
    assert not [s for s in after.public if s.channel == "fanpage2" and "cho-dang" in s.words]
    assert ("audit verify", "channel: fanpage") in told(after, scene)


def test_the_website_turned_to_another_folder_writes_nothing_there(scene: Scene, tmp_path: Path):
    elsewhere = tmp_path / "noi-khac"
    after = scene.after(
        sql(
            f"UPDATE channel SET settings = json_set(settings, '$.folder', '{elsewhere}'),"
            " version = version + 1 WHERE id = 'website'"
        )
    )
    hold(after, scene)
    assert not elsewhere.exists()
    assert ("audit verify", "channel: website") in told(after, scene)


def test_swapped_tokens_open_no_channel(scene: Scene):
    after = scene.after(
        sql(
            "CREATE TABLE kept AS SELECT * FROM secret",
            "UPDATE secret SET ciphertext = (SELECT ciphertext FROM kept WHERE channel_id = 'fanpage2')"
            " WHERE channel_id = 'fanpage'",
            "UPDATE secret SET ciphertext = (SELECT ciphertext FROM kept WHERE channel_id = 'fanpage')"
            " WHERE channel_id = 'fanpage2'",
            "DROP TABLE kept",
        )
    )
    hold(after, scene)
    assert {s.words.split()[1] for s in after.public if s.channel.startswith("fanpage")} == {"da-dang"}
    assert ("alert", "channel fanpage") in told(after, scene)


def test_the_token_of_another_youtube_channel_does_not_send_the_video_there(scene: Scene):
    """A video goes where its token belongs, so the ciphertext is bound to its channel."""
    with scene.attacked() as office:
        youtube: PracticeYouTube = scene.youtube
        other = "UCyyyyyyyyyyyyyyyyyyyyyy"
        client = {
            "client_id": "1234567890-loa.apps.googleusercontent.com",
            "client_secret": "GOCSPX-practice",
        }
        youtube.add_channel(other, "Kênh khác", "1//practice-other", **client)
        channels.add(
            office.workspace,
            office.people["ky"],
            "kenh2",
            platform="youtube",
            account=other,
            settings={"base_url": youtube.url},
            secrets={**client, "refresh_token": "1//practice-other"},
        )
        sql(
            "UPDATE secret SET ciphertext = (SELECT other.ciphertext FROM secret other"
            " WHERE other.channel_id = 'kenh2' AND other.name = secret.name) WHERE channel_id = 'kenh'"
        )(office.folder)
        after = go_on(scene, office)
        assert [v for v in youtube.world.videos.values() if v.channel == other] == []
    hold(after, scene)
    assert ("alert", "channel kenh") in told(after, scene)


# ---- stops


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM freeze_order",
        "UPDATE freeze_order SET lifted_at = at",
        "UPDATE freeze_order SET target = 'bai-khac'",
        "UPDATE freeze_order SET scope = 'tag'",
    ],
)
def test_a_freeze_that_was_taken_out_of_the_database_still_stops(scene: Scene, attack: str):
    after = scene.after(sql(attack))
    hold(after, scene)
    assert after.statuses["dung-lai@website"] == ("held", "frozen")
    assert ("audit verify", "freeze: 1") in told(after, scene)


def test_a_deleted_freeze_ends_when_an_officer_lifts_it(scene: Scene):
    with scene.attacked(sql("DELETE FROM freeze_order")) as office:
        [freeze] = stopping.listing(office.workspace)
        assert freeze.id == 1
        stopping.lift(office.workspace, office.people["duyet"], 1, "xong")
        after = go_on(scene, office)
    assert after.statuses["dung-lai@website"][0] == "published"


def test_asking_platforms_to_hold_everything_publishes_only_what_was_approved(scene: Scene):
    hold(scene.after(sql("UPDATE delivery SET hand_over = 1")), scene)
    hold(scene.after(sql(f"UPDATE delivery SET hand_over = 1, status = 'handed_over', {AWAKE}")), scene)


def test_a_post_that_only_seems_to_be_published_is_reported(scene: Scene):
    after = scene.after(
        sql(
            "UPDATE delivery SET status = 'published', wake_at = NULL, url = 'https://facebook.com/1'"
            " WHERE id = 'cho-dang@fanpage'"
        )
    )
    hold(after, scene)
    assert ("audit verify", "never_sent: cho-dang@fanpage") in told(after, scene)


def test_a_delivery_that_was_deleted_is_reported(scene: Scene):
    after = scene.after(sql("DELETE FROM delivery WHERE id = 'cho-dang@fanpage'"))
    hold(after, scene)
    assert ("audit verify", "gone: cho-dang@fanpage") in told(after, scene)


@pytest.mark.parametrize(
    "change",
    [
        "due_at = datetime(due_at, '-90 minutes')",
        "deadline = datetime(deadline, '+90 days'), due_at = datetime(due_at, '+80 days')",
        "payload = replace(payload, '-09T01:00', '-09T00:00'), due_at = datetime(due_at, '-1 hour')",
        f"payload = replace(payload, 'Nội dung', '{HOSTILE}')",
        "channel_id = 'fanpage2'",
    ],
)
def test_another_time_text_or_channel_is_held(scene: Scene, change: str):
    after = scene.after(sql(f"UPDATE delivery SET {change}, {AWAKE} WHERE id = 'cho-dang@fanpage'"))
    hold(after, scene)
    assert after.statuses["cho-dang@fanpage"][0] == "held"


# ---- the media folder


def picture(folder: Path) -> Path:
    [found] = (folder / "media").rglob("*.png")
    return found


def test_a_picture_replaced_by_one_of_the_same_size_and_time_is_not_sent(scene: Scene):
    def attack(folder: Path) -> None:
        path = picture(folder)
        before, data = path.stat(), bytearray(path.read_bytes())
        data[-20] ^= 1
        path.write_bytes(data)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    after = scene.after(attack)
    hold(after, scene)
    assert after.statuses["cho-anh@fanpage"] == ("held", "approval.media_changed")


def test_a_picture_that_is_a_link_to_something_else_is_not_sent(scene: Scene, tmp_path: Path):
    def attack(folder: Path) -> None:
        other = tmp_path / "khac.png"
        other.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        path = picture(folder)
        path.unlink()
        path.symlink_to(other)

    after = scene.after(attack)
    hold(after, scene)
    assert after.statuses["cho-anh@website"] == ("held", "approval.media_changed")


# ---- the record


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_event SET actor = 'ke-la' WHERE id = 20",
        "DELETE FROM audit_event WHERE id = 20",
        "UPDATE audit_event SET id = id + 1000 WHERE id = 20",
        "DELETE FROM audit_event",
        "DELETE FROM audit_event WHERE id > 30",
    ],
)
def test_a_record_that_was_cut_or_changed_is_found(scene: Scene, attack: str):
    after = scene.after(sql(attack))
    hold(after, scene)
    assert {what for who, what in told(after, scene) if who == "audit verify"} & {"broken", "cut"}


def test_a_record_that_was_written_anew_from_the_start_is_found_by_what_was_noted_outside(scene: Scene):
    from scheduler.audit import GENESIS, chain

    def attack(folder: Path) -> None:
        with closing(sqlite3.connect(database_of(folder))) as raw:
            raw.execute("DELETE FROM audit_event WHERE action = 'cancelled'")
            previous = GENESIS
            for row in raw.execute(
                "SELECT id, at, actor, action, subject, detail FROM audit_event"
            ).fetchall():
                at = datetime.fromisoformat(row[1] + "+00:00")
                digest = chain(previous, at, *row[2:])
                raw.execute(
                    "UPDATE audit_event SET previous = ?, hash = ? WHERE id = ?", (previous, digest, row[0])
                )
                previous = digest
            raw.commit()

    after = scene.after(attack)
    assert ("audit verify", "cut") in told(after, scene)


def test_everybody_sees_that_a_key_is_not_the_pinned_one(scene: Scene):
    with scene.attacked(sql("UPDATE officer SET public_key = 'AAAA' WHERE name = 'duyet'")) as office:
        assert [view.name for view in trusting.listing(office.workspace) if not view.sound] == ["duyet"]
