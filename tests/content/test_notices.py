"""Notices that readers are owed, in texts as offices write them; and texts that owe nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.checks import check_post
from content.finding import Finding
from content.notices import lacking
from content.post import MediaItem, Override, Post

NOW = datetime(2026, 11, 8, tzinfo=UTC)
CALL = "UBND xã mời bà con tham gia cuộc thi trực tuyến “Hiểu luật – Sống đẹp”. Thể lệ: https://example.gov.vn/thi"
WARNING = "Ban tổ chức không thu phí, không hỏi mật khẩu hay mã OTP của người dự thi."
RULES = ("content.contest_no_warning", "content.ai_label", "content.captions_missing")


def post(body: str, **fields: object) -> Post:
    made = Post(key="tin", title="Tin của xã", kind="tin_hoat_dong", body=body, channels=("website",))
    return replace(made, **fields)  # type: ignore[arg-type]


def remarks(one: Post, **chosen: str) -> list[Finding]:
    names = {name.replace("_", ".", 1): severity for name, severity in chosen.items()}
    found = check_post(one, known_channels=["website", "fanpage"], now=NOW, chosen=names)
    return [remark for remark in found if remark.rule in RULES]


def rules(one: Post) -> list[tuple[str, str]]:
    return [(remark.rule.removeprefix("content."), remark.place) for remark in remarks(one)]


# ---- contests


@pytest.mark.parametrize(
    "body",
    [
        CALL,
        "Cuộc thi viết “Tìm hiểu pháp luật về bảo vệ môi trường” nhận bài dự thi đến hết ngày 30/11.",
        "Mời các em học sinh đăng ký dự thi trước ngày 15/11/2026.",
        CALL + " Tham gia hoàn toàn miễn phí.",
        CALL + " Bà con không cung cấp mã OTP cho ai.",
        "Bộ đội biên phòng tổ chức hội thi trực tuyến, nộp 50.000 đồng phí tổ chức.",
    ],
)
def test_a_contest_without_the_whole_warning_is_remarked(body: str):
    assert rules(post(body)) == [("contest_no_warning", "body")]


@pytest.mark.parametrize(
    "body",
    [
        f"{CALL}\n\n{WARNING}",
        f"{CALL}\nCuộc thi miễn phí. Không ai được yêu cầu bạn đọc mã OTP.",
        f"{CALL}\nKhông yêu cầu nộp bất kỳ khoản tiền nào và không yêu cầu cung cấp mã xác thực.",
        "Thí sinh dự thi tốt nghiệp trung học phổ thông có mặt lúc 6 giờ 30.",
        "Danh sách người tham gia dự thi tuyển công chức cấp xã năm 2026.",
        "Trong cuộc thì thầm trao đổi ấy, hai bên đã hiểu nhau hơn.",
        "Đơn vị trúng thầu bắt đầu cuộc thi công tuyến đường liên thôn.",
    ],
)
def test_a_contest_with_it_or_no_contest_at_all_is_not(body: str):
    assert rules(post(body)) == []


def test_the_kind_alone_makes_it_a_contest_and_the_remedy_is_the_sentence_itself():
    [remark] = remarks(post("Đáp án kỳ này có trên trang của xã.", kind="cuoc_thi"))
    assert (remark.rule, remark.severity) == ("content.contest_no_warning", "warn")
    assert WARNING in remark.remedy
    assert remarks(post(f"Đáp án kỳ này có trên trang của xã. {WARNING}", kind="cuoc_thi")) == []


def test_a_channel_with_words_of_its_own_needs_the_warning_in_them():
    own = {"fanpage": Override(text=CALL)}
    both = ("website", "fanpage")
    assert rules(post(f"{CALL} {WARNING}", channels=both, overrides=own)) == [
        ("contest_no_warning", "overrides.fanpage")
    ]
    assert (
        rules(post("", channels=("fanpage",), overrides={"fanpage": Override(text=f"{CALL} {WARNING}")}))
        == []
    )


# ---- made by a machine


@pytest.mark.parametrize(
    "item",
    [
        MediaItem("ChatGPT Image 5 Nov 2026.png", "Người dân làm thủ tục"),
        MediaItem("Gemini_Generated_Image_x1y2.png", "Cổng chào xã"),
        MediaItem("co-dong.png", "Tranh cổ động do AI vẽ"),
        MediaItem("giong-ai.mp4", "Đọc bản tin, có phụ đề"),
        MediaItem("ban-tin.mp4", "Bản tin với giọng đọc tổng hợp, có phụ đề"),
    ],
)
def test_a_file_that_a_machine_made_asks_for_a_label_where_readers_see_it(item: MediaItem):
    assert rules(post("Bản tin tuần của xã.", media=(item,))) == [("ai_label", "body")]
    labelled = "Bản tin tuần của xã. Hình ảnh, giọng đọc được tạo bằng trí tuệ nhân tạo (AI)."
    assert rules(post(labelled, media=(item,))) == []


@pytest.mark.parametrize(
    "body",
    [
        "Xã ra mắt tổ công nghệ số. (Ảnh: ChatGPT)",
        "Nguồn: Gemini.",
        "Kịch bản viết với ChatGPT, diễn viên là bà con thôn Đông.",
        "Dưới đây là bài viết theo yêu cầu của bạn:\nLuật Đất đai có nhiều điểm mới.",
        "Là một mô hình ngôn ngữ, tôi xin trình bày ngắn gọn.",
    ],
)
def test_a_tools_name_as_the_maker_or_its_answer_left_in_asks_for_a_label(body: str):
    assert rules(post(body)) == [("ai_label", "body")]


@pytest.mark.parametrize(
    "body",
    [
        "Luật Trí tuệ nhân tạo có hiệu lực từ ngày 01/03/2026: người dân cần biết gì?",
        "Cảnh giác thủ đoạn dùng deepfake giả giọng người thân để vay tiền.",
        "Cuộc gọi video dùng deepfake giả mặt người quen: cách nhận ra.",
        "Học sinh không nên nhờ ChatGPT làm hộ bài tập về nhà.",
        "Tập huấn sử dụng Copilot cho cán bộ một cửa.",
        "Ảnh này do ai tạo ra? Ai cũng cần hỏi trước khi chia sẻ.",
        "Giọng đọc tổng hợp. Xã ra mắt tổ công nghệ số. (Ảnh: ChatGPT)",
        "Ảnh minh họa do AI tạo ra.",
    ],
)
def test_a_text_about_such_tools_or_with_its_label_asks_for_none(body: str):
    assert rules(post(body)) == []


def test_who_is_in_a_picture_is_no_question_of_machines():
    for name, alt in (
        ("anh-ai-cung-vui.png", "Ảnh chụp, không rõ ai đứng ngoài cùng"),
        ("tap-huan.png", "Lớp tập huấn về AI cho cán bộ xã"),
    ):
        assert rules(post("Ngày hội của xã.", media=(MediaItem(name, alt),))) == []


# ---- captions


def test_a_video_wants_captions_beside_it_or_in_the_picture():
    video = MediaItem("tieu-pham.MP4", "Tiểu phẩm về cái ranh đất")
    assert rules(post("Mời xem.", media=(video,))) == [("captions_missing", "media[1]")]
    captions = MediaItem("tieu-pham.srt", "")
    assert rules(post("Mời xem.", media=(video, captions))) == []
    assert rules(post("Mời xem.", media=(replace(video, alt="Tiểu phẩm, có phụ đề trong hình"),))) == []
    assert rules(post("Mời xem.", media=(MediaItem("anh.png", "Cổng xã"),))) == []


# ---- the settings and the speed


@pytest.mark.parametrize("rule", RULES)
def test_a_unit_decides_how_grave_it_is(rule: str):
    one = post(CALL + " (Ảnh: ChatGPT)", media=(MediaItem("phim.mp4", "Phim"),))
    name = rule.replace(".", "_", 1)
    assert {r.rule for r in remarks(one, **{name: "off"})} == {*RULES} - {rule}
    assert {r.rule: r.severity for r in remarks(one, **{name: "block"})}[rule] == "block"


@given(st.text(alphabet="cuộc thi không phí OTP AI ảnh giọng đọc.\n", max_size=300))
def test_whatever_is_written_is_read_to_its_end(text: str):
    list(lacking(post(text)))


@pytest.mark.parametrize("word", ["không ", "ảnh ", "tạo ", "mời ", "AI ", "cuộc thi "])
def test_a_long_text_of_one_word_is_read_in_steps_that_grow_with_it(word: str):
    assert sum(1 for _ in lacking(post(word * 40_000))) <= 2
