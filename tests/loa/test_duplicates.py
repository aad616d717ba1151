"""A post that says what another says is remarked on, with the other's name, day, channels and share."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from content.frontmatter import parse_post
from content.severities import Chosen
from loa.services import approving, duplicates, posts, previewing, stopping
from loa.services import drafts as rooms
from loa.services.importing import import_files
from tests.support.office import Office, write_post

TEXT = (
    "Từ tháng này, bà con làm giấy khai sinh, chứng thực và xác nhận cư trú tại bộ phận một cửa của xã vào "
    "sáng thứ Ba và thứ Năm. Khi đi xin mang theo căn cước và giấy tờ liên quan; không thu thêm phí."
)
OTHER = (
    "Đội mũ bảo hiểm khi đi xe máy là việc nhỏ nhưng cứu được mạng người. Cha mẹ nhớ cài quai cho con "
    "mỗi sáng, và thầy cô nhắc các em ở cổng trường trong tuần lễ an toàn giao thông."
)


def bring(desk: Office, name: str, text: str = TEXT, **keys: str) -> list[str]:
    """The rules of the remarks on a post that is taken in, `content.` left out."""
    keys = {"title": f"Bài {name} của xã Thử Nghiệm", **keys}
    path = write_post(desk.folder, f"{name}.md", text=text, **keys)
    [done] = import_files(desk.workspace, desk.people["soan"], [path])
    return [f.rule.removeprefix("content.") for f in done.findings if is_ours(f.rule)]


def is_ours(rule: str) -> bool:
    return rule.removeprefix("content.") in ("duplicate", "duplicate_series", "same_title")


def checked(desk: Office, key: str) -> list[str]:
    return [f.rule.removeprefix("content.") for f in posts.check(desk.workspace, key) if is_ours(f.rule)]


def test_a_copy_is_named_when_it_is_taken_in_checked_and_previewed(desk: Office) -> None:
    assert bring(desk, "mot-cua") == []
    assert bring(desk, "khac", OTHER) == []
    assert bring(desk, "lap-lai", TEXT.replace(".", "!").upper()) == ["duplicate"]
    [told] = [f for f in posts.check(desk.workspace, "lap-lai") if is_ours(f.rule)]
    assert told.severity == "warn"
    assert "mot-cua" in told.message
    assert "100 %" in told.message
    assert "09/11/2026" in told.message
    assert "website, fanpage" in told.message
    draft = rooms.begin(desk.workspace, "soan", "lap-lai")
    seen = previewing.preview(desk.workspace, draft, draft.source)
    assert [f.rule for f in seen.findings if is_ours(f.rule)] == ["content.duplicate"]


def test_a_warning_stops_nobody(desk: Office) -> None:
    bring(desk, "mot-cua")
    bring(desk, "lap-lai")
    approving.submit(desk.workspace, desk.people["soan"], "lap-lai")
    assert checked(desk, "lap-lai") == ["duplicate"], "the approver is told as well"


def test_a_post_is_no_copy_of_its_own_earlier_revision(desk: Office) -> None:
    bring(desk, "mot-cua")
    assert bring(desk, "mot-cua", TEXT + " Xin cảm ơn bà con.") == []
    assert checked(desk, "mot-cua") == []


def test_an_edit_is_what_is_compared_not_what_stood_there_before(desk: Office) -> None:
    bring(desk, "mot-cua")
    bring(desk, "mot-cua", OTHER)
    assert bring(desk, "lap-lai") == []
    assert bring(desk, "mu-bao-hiem", OTHER) == ["duplicate"]


def test_what_lies_months_apart_is_said_again_on_purpose(desk: Office) -> None:
    bring(desk, "mot-cua", due="2026-11-20T07:00+07:00")
    assert bring(desk, "nam-sau", due="2027-06-20T07:00+07:00") == []
    assert bring(desk, "thang-sau", due="2027-04-20T07:00+07:00") == ["duplicate"] * 2


def test_the_unit_says_how_far_to_look_and_how_grave_it_is(desk: Office) -> None:
    bring(desk, "mot-cua")

    def decided(months: int = 6, checks: Chosen | None = None) -> list[str]:
        desk.workspace.config = replace(
            desk.workspace.config, duplicate_months=months, checks=dict(checks or {})
        )
        return bring(desk, "lap-lai")

    assert decided(months=0) == []
    assert decided(checks={"content.duplicate": "off"}) == []
    assert decided() == ["duplicate"]


def test_a_regular_post_is_told_mildly(desk: Office) -> None:
    bring(desk, "lich-tiep-dan-2026-11", due="2026-11-10T07:00+07:00")
    assert bring(desk, "lich-tiep-dan-2026-12", due="2026-12-10T07:00+07:00") == ["duplicate_series"]
    assert duplicates.same_series("phap-luat-thang-10", "phap-luat-thang-11")
    assert duplicates.same_series("ngay-phap-luat-2026-khoi-dong", "ngay-phap-luat-2027-khoi-dong")
    days = ("van-ban-moi-01-07-2027-con-ba-ngay", "van-ban-moi-15-08-2027-con-ba-ngay")
    assert duplicates.same_series(*days), "the day before the month, as people write it"
    assert not duplicates.same_series("vi-sao", "vi-sao-2"), "a second post of the same title is no series"
    assert not duplicates.same_series("bai-1", "bai-2")


def test_a_correction_is_not_blamed_for_repeating_what_it_corrects(desk: Office) -> None:
    bring(desk, "mot-cua", due="2026-11-09T08:00+07:00")
    approving.submit(desk.workspace, desk.people["soan"], "mot-cua")
    approving.approve(desk.workspace, desk.people["duyet"], "mot-cua")
    bring(desk, "dinh-chinh")
    assert checked(desk, "dinh-chinh") == ["duplicate"]
    stopping.correct(desk.workspace, desk.people["soan"], "mot-cua", "dinh-chinh", "sai giờ")
    assert checked(desk, "dinh-chinh") == [] == checked(desk, "mot-cua")


def test_a_post_of_which_nothing_goes_out_any_more_is_no_twin(desk: Office) -> None:
    bring(desk, "mot-cua", channels="[website]")
    bring(desk, "mot-cua", channels="[fanpage]")
    assert bring(desk, "lap-lai") == ["duplicate"]
    [told] = [f for f in posts.check(desk.workspace, "lap-lai") if is_ours(f.rule)]
    assert told.values["channels"] == "fanpage", "the channel that was dropped is not named"


def test_the_same_title_over_another_text_is_a_hint(desk: Office) -> None:
    bring(desk, "mot", title="Lịch làm việc của bộ phận một cửa")
    assert bring(desk, "hai", OTHER, title="Lịch làm việc của bộ phận Một cửa.") == ["same_title"]


def test_a_closing_line_that_all_posts_have_makes_no_copies(desk: Office) -> None:
    closing = (
        "\n\nMọi thắc mắc xin gọi bộ phận một cửa của xã trong giờ làm việc, các ngày từ thứ Hai đến thứ Sáu."
    )
    bring(desk, "mot-cua", TEXT + closing)
    assert bring(desk, "mu-bao-hiem", OTHER + closing) == []


def test_a_copy_is_found_among_many_that_share_a_closing_line(desk: Office) -> None:
    closing = "\n\nMọi thắc mắc xin gọi bộ phận một cửa của xã trong giờ làm việc."
    bring(desk, "mot-cua", TEXT + closing)
    for n in range(60):
        bring(
            desk,
            f"viec-{n}",
            f"Việc thứ {n} trong chương trình số {n * 13} của ban điều hành khu {n}." + closing,
        )
    assert "duplicate" in bring(desk, "lap-lai", TEXT + closing)


def test_the_time_of_a_draft_without_one_is_now(desk: Office) -> None:
    bring(desk, "mot-cua", due="")
    read, _ = parse_post(
        write_post(desk.folder, "moi.md", text=TEXT, due="").read_text("utf-8"),
        file_name="moi.md",
        zone=desk.workspace.config.zone,
    )
    [twin] = duplicates.twins(desk.workspace, read, [])
    assert (twin.post, twin.when) == ("mot-cua", None)
    far = desk.workspace.now() + timedelta(days=1000)
    assert [one.post for one in duplicates.twins(desk.workspace, read, [far])] == ["mot-cua"]
