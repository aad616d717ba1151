"""Posts being written: nothing typed is lost, nobody's revision is run over unseen, saving is importing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from content.errors import MediaError, NotFound, RefusedByRule, UsageError
from content.finding import blocking
from loa.services import approving, backup, calendar, drafts, posts, previewing, restoring
from loa.services.posts import RefusedFindings
from loa.services.workspace import Workspace
from tests.loa.conftest import Loa
from tests.support.office import PASSPHRASE, Office

TEXT = """---
title: Hỏi đáp đất đai
kind: phap_luat
channels: [website, fanpage]
due: 2026-11-10 08:00
---
Cấp giấy chứng nhận lần đầu cần giấy tờ gì?
"""


def picture(folder: Path, name: str = "Ảnh hội trường.png", colour: str = "navy") -> Path:
    path = folder / name
    Image.new("RGB", (640, 480), colour).save(path)
    return path


def kinds(text: str) -> str:
    from content.kinds import KINDS

    known = next(code for code, kind in KINDS.items() if kind.publishable)
    return text.replace("phap_luat", known)


@pytest.fixture
def begun(office: Office) -> drafts.Draft:
    return drafts.begin(office.workspace, "soan", title="Hỏi đáp đất đai")


def test_a_draft_becomes_a_post_and_is_gone(office: Office, begun: drafts.Draft) -> None:
    kept = drafts.keep(office.workspace, begun, kinds(TEXT))
    saved = drafts.save(office.workspace, office.people["soan"], kept)
    assert (saved.post, saved.outcome) == ("hoi-dap-dat-dai", "new")
    assert set(office.statuses()) == {"hoi-dap-dat-dai@website", "hoi-dap-dat-dai@fanpage"}
    assert drafts.listing(office.workspace) == []


def test_two_posts_of_one_title_are_two_posts(office: Office) -> None:
    keys = []
    for _ in range(2):
        begun = drafts.begin(office.workspace, "soan", title="Hỏi đáp đất đai")
        kept = drafts.keep(office.workspace, begun, kinds(TEXT))
        keys.append(drafts.save(office.workspace, office.people["soan"], kept).post)
    assert keys == ["hoi-dap-dat-dai", "hoi-dap-dat-dai-2"]


def test_half_a_post_is_kept_and_previewed_without_complaint(office: Office, begun: drafts.Draft) -> None:
    kept = drafts.keep(office.workspace, begun, "---\ntitle: Đất đa")
    assert kept.source == "---\ntitle: Đất đa"
    assert kept.title == "Đất đa"
    seen = previewing.preview(office.workspace, kept, kept.source)
    assert blocking(seen.findings)


def test_what_cannot_be_saved_stays_a_draft_with_every_remark(office: Office, begun: drafts.Draft) -> None:
    kept = drafts.keep(office.workspace, begun, kinds(TEXT).replace("[website, fanpage]", "[webiste]"))
    with pytest.raises(RefusedFindings) as refused:
        drafts.save(office.workspace, office.people["soan"], kept)
    assert "webiste" in refused.value.findings[0].message
    assert [one.id for one in drafts.listing(office.workspace)] == [begun.id]


def test_the_preview_shows_each_channel_as_it_would_be_sent(
    office: Office, begun: drafts.Draft, tmp_path: Path
) -> None:
    name = drafts.attach(office.workspace, begun, picture(tmp_path))
    assert name == "anh-hoi-truong.png"
    source = kinds(TEXT).replace("due:", f"media: [{{file: {name}, alt: Hội trường}}]\ndue:")
    seen = previewing.preview(office.workspace, begun, source)
    assert {variant.channel for variant in seen.variants} == {"website", "fanpage"}
    assert all(variant.media[0].alt == "Hội trường" for variant in seen.variants)
    saved = drafts.save(office.workspace, office.people["soan"], drafts.keep(office.workspace, begun, source))
    sent = posts.variants(office.workspace, saved.post)
    assert [v.text for v in sent] == [v.text for v in seen.variants], "the preview was not what is sent"


def test_a_file_that_is_no_picture_is_refused_when_it_is_added(
    office: Office, begun: drafts.Draft, tmp_path: Path
) -> None:
    (tmp_path / "danh-sach.png").write_text("không phải ảnh", "utf-8")
    with pytest.raises(MediaError):
        drafts.attach(office.workspace, begun, tmp_path / "danh-sach.png")
    assert drafts.get(office.workspace, begun.id).files == ()


def test_another_picture_of_the_same_name_gets_a_number(
    office: Office, begun: drafts.Draft, tmp_path: Path
) -> None:
    names = [
        drafts.attach(office.workspace, begun, picture(tmp_path, "anh.png", colour))
        for colour in ("navy", "red", "navy")
    ]
    assert names == ["anh.png", "anh-2.png", "anh.png"]


def test_a_known_post_is_edited_with_its_pictures_beside_it(office: Office, tmp_path: Path) -> None:
    picture(office.folder / "posts", "anh.png")
    key = office.import_post(media="[{file: anh.png, alt: Hội trường xã}]")
    begun = drafts.begin(office.workspace, "soan", key)
    assert (begun.base, begun.files) == (1, ("anh.png",))
    kept = drafts.keep(office.workspace, begun, begun.source + "\nThêm một câu.\n")
    assert drafts.save(office.workspace, office.people["soan"], kept).outcome == "changed"
    assert posts.get(office.workspace, key).revision == 2


def test_writing_over_the_copy_of_a_picture_leaves_the_approved_one_alone(office: Office) -> None:
    picture(office.folder / "posts", "anh.png")
    key = office.approved(media="[{file: anh.png, alt: Hội trường xã}]")
    begun = drafts.begin(office.workspace, "soan", key)
    (drafts.folder(office.workspace, begun) / "anh.png").write_bytes(b"")
    for variant in posts.variants(office.workspace, key):
        office.workspace.media.verify(variant.media[0])


def test_the_second_writer_is_told_what_the_first_changed_and_keeps_both(office: Office) -> None:
    key = office.import_post()
    first = drafts.begin(office.workspace, "soan", key)
    second = drafts.begin(office.workspace, "soan", key)
    theirs = first.source.replace("---\n", "---\n", 1) + "\nCâu của người thứ nhất.\n"
    drafts.save(office.workspace, office.people["soan"], drafts.keep(office.workspace, first, theirs))
    mine = drafts.keep(office.workspace, second, second.source + "\nCâu của người thứ hai.\n")
    with pytest.raises(drafts.Overtaken) as told:
        drafts.save(office.workspace, office.people["soan"], mine)
    assert "+Câu của người thứ nhất." in told.value.changes
    assert told.value.revision == 2
    assert "Câu của người thứ hai." in drafts.get(office.workspace, second.id).source
    assert "Câu của người thứ nhất." in posts.get(office.workspace, key).source
    drafts.save(office.workspace, office.people["soan"], mine, over=2)
    assert "Câu của người thứ hai." in posts.get(office.workspace, key).source


def test_saying_over_an_older_revision_does_not_run_over_a_newer_one(office: Office) -> None:
    key = office.import_post()
    mine = drafts.begin(office.workspace, "soan", key)
    for words in ("một", "hai"):
        other = drafts.begin(office.workspace, "soan", key)
        kept = drafts.keep(office.workspace, other, f"{other.source}\n{words}\n")
        drafts.save(office.workspace, office.people["soan"], kept)
    with pytest.raises(drafts.Overtaken):
        drafts.save(office.workspace, office.people["soan"], mine, over=2)


def test_a_post_that_is_public_everywhere_is_corrected_not_edited(office: Office) -> None:
    key = office.approved()
    office.publish_until(office.clock.now().replace(year=2027))
    with pytest.raises(RefusedByRule, match="đính chính"):
        drafts.begin(office.workspace, "soan", key)


def test_killed_while_it_is_being_made_or_thrown_away_a_draft_is_whole_or_not_there(
    office: Office, begun: drafts.Draft
) -> None:
    room = office.folder / drafts.FOLDER
    (room / ".new-abc").mkdir()
    (room / ".gone-xyz-1").mkdir()
    (room / "nua-chung").mkdir()  # a folder of somebody's own
    assert [one.id for one in drafts.listing(office.workspace)] == [begun.id]


def test_more_than_a_post_may_hold_is_refused_and_the_last_words_stay(
    office: Office, begun: drafts.Draft
) -> None:
    drafts.keep(office.workspace, begun, "---\ntitle: Ngắn\n---\n")
    with pytest.raises(UsageError):
        drafts.keep(office.workspace, begun, "ă" * 200_000)
    assert drafts.get(office.workspace, begun.id).title == "Ngắn"


@pytest.mark.parametrize("name", ["../vault", "/etc", ".new-x", "", "A"])
def test_a_name_that_leads_away_is_no_draft(office: Office, name: str) -> None:
    with pytest.raises(NotFound):
        drafts.get(office.workspace, name)


def test_unfinished_words_and_the_units_days_off_come_back_from_a_backup(
    office: Office, begun: drafts.Draft, tmp_path: Path
) -> None:
    drafts.keep(office.workspace, begun, "---\ntitle: Đất đa")
    (office.folder / calendar.OWN).write_text('[[day]]\ndate = 2026-11-10\nname = "Nghỉ bù"\n', "utf-8")
    kept = backup.create(office.workspace, tmp_path / "sao-luu", PASSPHRASE)
    restoring.restore(Path(kept.file), tmp_path / "moi", PASSPHRASE, clock=office.clock)
    back = Workspace.open(tmp_path / "moi", office.clock)
    assert drafts.get(back, begun.id).title == "Đất đa"
    assert calendar.days_off(back).is_off(date(2026, 11, 10))
    back.close()


def test_from_the_command_line(desk: Office, at_desk: Loa, tmp_path: Path) -> None:
    answer = at_desk("draft", "new", "--title", "Hỏi đáp đất đai", "--json", user="soan")
    name = json.loads(answer.out)["id"]
    file = desk.folder / "drafts" / name / "post.md"
    file.write_text(kinds(TEXT), "utf-8")
    assert at_desk("draft", "attach", name, picture(tmp_path), user="soan").code == 0
    seen = json.loads(at_desk("draft", "check", name, "--json", user="soan").out)
    assert [variant["channel"] for variant in seen["variants"]] == ["website", "fanpage"]
    assert "Hỏi đáp đất đai" in at_desk("draft", "list", user="soan").out
    answer = at_desk("draft", "save", name, user="soan")
    assert answer.code == 0, answer.err
    assert "hoi-dap-dat-dai" in answer.err
    assert at_desk("draft", "save", name, user="soan").code == 4


def test_whoever_began_or_wrote_in_a_draft_cannot_approve_what_another_saves(
    office: Office, begun: drafts.Draft
) -> None:
    """The approver types into the drafter's draft; the drafter saves it, and has it copied elsewhere."""
    typed = drafts.keep_apart(office.workspace, begun, kinds(TEXT), "duyet")
    apart = drafts.copy(office.workspace, typed, typed.source, "soan")
    for draft in (typed, apart):
        saved = drafts.save(office.workspace, office.people["soan"], draft)
        assert posts.get(office.workspace, saved.post).contributors == ["duyet", "soan"]
    begun = drafts.begin_with(office.workspace, "duyet", kinds(TEXT), {}, name="cua-nguoi-duyet")
    saved = drafts.save(office.workspace, office.people["soan"], begun)
    approving.submit(office.workspace, office.people["soan"], saved.post)
    with pytest.raises(RefusedByRule, match="duyệt"):
        approving.approve(office.workspace, office.people["duyet"], saved.post)


def test_a_revision_keeps_the_names_of_all_who_wrote_its_draft(office: Office) -> None:
    post = office.import_post()
    begun = drafts.begin(office.workspace, "duyet", post)
    kept = drafts.keep_apart(office.workspace, begun, begun.source + "\nThêm.\n", "ky")
    drafts.save(office.workspace, office.people["soan"], kept)
    assert posts.get(office.workspace, post).contributors == ["soan", "duyet", "ky"]
