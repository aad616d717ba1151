"""Taking posts in: every mistake is named with its place and remedy, and nothing is half-stored."""

from __future__ import annotations

import os
import tracemalloc
import unicodedata
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from tests.loa.conftest import Answer, Loa
from tests.support.office import Office, write_post

MIB = 1024 * 1024
DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")


def kept(office: Office) -> dict[str, object]:
    """Everything an import can leave behind: rows, pictures, whatever lies in the workspace folder."""
    with office.workspace.database.read() as connection:
        rows = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("post", "delivery", "approval", "attempt", "audit_event")
        }
    pictures = sorted(path.name for path in (office.folder / "media").rglob("*") if path.is_file())
    loose = sorted(p.name for p in office.folder.iterdir() if not p.name.startswith("loa.db"))
    apart = (
        "media",
        "audit-anchors.txt",
        "witness.key",
        "witness.txt",
        ".witness.key.lock",
    )  # Loa's own notes
    return {**rows, "pictures": pictures, "folder": [name for name in loose if name not in apart]}


def picture(folder: Path, name: str = "anh.png", colour: str = "navy") -> Path:
    path = folder / name
    Image.new("RGB", (64, 48), colour).save(path)
    return path


class Desk:
    """The drafter's desk: write a file, import it, look at what was said and what was kept."""

    def __init__(self, office: Office, loa: Loa) -> None:
        self.office = office
        self.posts = office.folder / "posts"
        self._loa = loa

    def take_in(self, *paths: Path, user: str = "soan") -> Answer:
        return self._loa("post", "import", *paths, user=user)

    def refused(self, *paths: Path, code: int = 3) -> str:
        """Import what must be refused; returns what was said, having seen that nothing was stored."""
        before = kept(self.office)
        answer = self.take_in(*paths)
        assert answer.code == code, f"exit code {answer.code}, said:\n{answer.err}"
        assert answer.out == "", "a refusal is speech, not data"
        assert kept(self.office) == before, "something of a refused import was stored"
        assert "Traceback" not in answer.err
        assert "Loa gặp lỗi bên trong" not in answer.err, answer.err
        return answer.err


@pytest.fixture
def drafter(desk: Office, at_desk: Loa) -> Desk:
    return Desk(desk, at_desk)


def test_a_good_file_is_stored_once_with_its_picture(drafter: Desk):
    picture(drafter.posts)
    answer = drafter.take_in(write_post(drafter.posts, media="[{file: anh.png, alt: Hội trường xã}]"))
    assert answer.code == 0, answer.err
    assert "Đã nhập hoi-dap: Vì sao là ngày 9 tháng 11?" in answer.err
    seen = kept(drafter.office)
    assert (seen["post"], seen["delivery"]) == (1, 2)
    assert len(drafter.office.statuses()) == 2
    assert seen["folder"] == ["config.toml", "posts", "trust.toml", "vault.key"], (
        "no scratch folder stays behind"
    )


def test_an_unknown_channel_is_refused_with_the_nearest_name(drafter: Desk):
    said = drafter.refused(write_post(drafter.posts, channels="[website, fanpag]"))
    assert "hoi-dap.md:4" in said, said
    assert "Không có kênh 'fanpag'" in said
    assert "fanpage" in said.split("Không có kênh 'fanpag'")[1]


def test_a_due_time_that_has_passed_is_refused_at_its_line(drafter: Desk):
    said = drafter.refused(write_post(drafter.posts, due="2026-11-09T05:59+07:00"))
    assert "hoi-dap.md:5" in said, said
    assert "Giờ đăng đã qua" in said


def test_a_missing_picture_is_named(drafter: Desk):
    said = drafter.refused(write_post(drafter.posts, media="[{file: khong-co.png, alt: Cổng xã}]"))
    assert "hoi-dap.md" in said
    assert "khong-co.png" in said
    assert "Không tìm thấy tệp" in said


def test_a_picture_without_alt_text_is_refused_by_name(drafter: Desk):
    picture(drafter.posts)
    said = drafter.refused(write_post(drafter.posts, media="[{file: anh.png}]"))
    assert "hoi-dap.md:6" in said, said
    assert "Ảnh 'anh.png' chưa có chữ thay thế" in said


def test_a_remark_on_the_text_names_the_file_as_the_officer_knows_it(drafter: Desk):
    """Its key is `bai-1`; the officer sees `Bài 1.md` in the folder."""
    said = drafter.refused(write_post(drafter.posts, "Bài 1.md", text="Còn {tên xã} chưa điền."))
    assert "Bài 1.md:8" in said, said
    assert "bai-1.md" not in said, said


def test_a_text_over_facebooks_limit_is_caught_before_anybody_approves_it(drafter: Desk, at_desk: Loa):
    long = ("Hiểu luật để sống vui. " * 3_100)[:70_000]
    answer = drafter.take_in(write_post(drafter.posts, text=long))
    assert answer.code == 0, answer.err
    for command in ("check", "submit"):
        said = at_desk("post", command, "hoi-dap", user="soan")
        assert said.code == 3
        assert "fanpage: Nội dung dài 70.0" in said.err, said.err
        assert "63.206" in said.err
        assert said.err.count("[CHẶN]") == 1, "the website has room for it"
    assert set(drafter.office.statuses().values()) == {"draft"}


def test_a_time_without_a_zone_is_taken_in_the_units_and_said_in_full(drafter: Desk):
    answer = drafter.take_in(write_post(drafter.posts, due="09/11/2026 07:30"))
    assert answer.code == 0, answer.err
    assert "hoi-dap.md:5" in answer.err
    assert "Thứ Hai 09/11/2026 07:30 (Asia/Ho_Chi_Minh, UTC+07:00)" in answer.err
    assert drafter.office.view("hoi-dap@fanpage").due_at == DUE.replace(minute=30)


def test_a_time_in_the_gap_of_a_change_of_clocks_is_refused_with_both_readings(drafter: Desk):
    config = drafter.office.folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace("Asia/Ho_Chi_Minh", "Europe/Berlin"), "utf-8")
    said = drafter.refused(write_post(drafter.posts, due="2027-03-28 02:30"), code=3)
    assert "hoi-dap.md:5" in said
    assert "Ở múi giờ Europe/Berlin không có lúc '2027-03-28 02:30'" in said
    assert "+01:00" in said
    assert "+02:00" in said


def test_bytes_that_are_no_utf_8_are_named_with_line_and_column(drafter: Desk):
    path = write_post(drafter.posts)
    path.write_bytes(path.read_bytes().replace("bảo vệ".encode(), b"b\xe4o v\xef"))
    said = drafter.refused(path)
    assert "hoi-dap.md:8" in said
    assert "0xE4" in said
    assert "UTF-8" in said


def test_decomposed_letters_become_composed_ones_in_the_database_and_it_is_said(drafter: Desk):
    path = write_post(drafter.posts)
    path.write_text(unicodedata.normalize("NFD", path.read_text("utf-8")), "utf-8")
    answer = drafter.take_in(path)
    assert answer.code == 0, answer.err
    assert "[GỢI Ý]" in answer.err
    assert "dựng sẵn" in answer.err
    with drafter.office.workspace.database.read() as connection:
        title, source = connection.exec_driver_sql("SELECT title, source FROM post").one()
    assert unicodedata.is_normalized("NFC", title + source)
    assert title == "Vì sao là ngày 9 tháng 11?"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_picture_is_found_whichever_way_its_name_is_composed_on_disk(drafter: Desk, form: str):
    """A file that came from a Mac has a decomposed name that looks the same."""
    picture(drafter.posts, unicodedata.normalize(form, "hội trường.png"))
    answer = drafter.take_in(write_post(drafter.posts, media="[{file: hội trường.png, alt: Họp thôn}]"))
    assert answer.code == 0, answer.err


def test_an_empty_picture_is_refused(drafter: Desk):
    (drafter.posts / "anh.png").touch()
    said = drafter.refused(write_post(drafter.posts, media="[{file: anh.png, alt: Cổng xã}]"))
    assert "anh.png: Tệp ảnh rỗng (0 byte)" in said


def test_a_picture_of_200_mb_is_refused_by_its_size_without_being_read(drafter: Desk):
    huge = drafter.posts / "anh.jpg"
    with huge.open("wb") as file:
        file.truncate(200 * MIB)
    path = write_post(drafter.posts, media="[{file: anh.jpg, alt: Cổng xã}]")
    drafter.refused(path)  # loads what an import loads, so that only the file itself is measured
    tracemalloc.start()
    try:
        said = drafter.refused(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "anh.jpg: Tệp ảnh nặng 200 MiB, vượt mức 25 MiB" in said
    assert peak < 8 * MIB, f"refusing it took {peak / MIB:.0f} MiB of memory"


def test_a_text_that_calls_itself_a_jpeg_is_refused(drafter: Desk):
    (drafter.posts / "anh.jpg").write_text("Tôi không phải là ảnh.", "utf-8")
    said = drafter.refused(write_post(drafter.posts, media="[{file: anh.jpg, alt: Cổng xã}]"))
    assert "anh.jpg: Tệp này không phải là ảnh" in said


def test_a_link_to_a_folder_is_neither_a_post_nor_a_picture(drafter: Desk, tmp_path: Path):
    (tmp_path / "thu-muc").mkdir()
    for name in ("bai.md", "anh.png"):
        (drafter.posts / name).symlink_to(tmp_path / "thu-muc", target_is_directory=True)
    said = drafter.refused(drafter.posts / "bai.md")
    assert "bai.md: Đây không phải là một tệp thông thường" in said
    said = drafter.refused(write_post(drafter.posts, media="[{file: anh.png, alt: Cổng xã}]"))
    assert "Tệp ảnh 'anh.png' nằm ngoài thư mục của bài" in said


def test_a_pipe_is_refused_instead_of_being_waited_for(drafter: Desk):
    os.mkfifo(drafter.posts / "bai.md")
    assert "không phải là một tệp thông thường" in drafter.refused(drafter.posts / "bai.md")


def test_one_bad_file_of_three_keeps_all_three_out(drafter: Desk):
    for colour in ("navy", "red"):
        picture(drafter.posts, f"{colour}.png", colour)
    files = [
        write_post(drafter.posts, "mot.md", media="[{file: navy.png, alt: Cờ xanh}]"),
        write_post(drafter.posts, "hai.md", channels="[fanpag]", media="[{file: red.png, alt: Cờ đỏ}]"),
        write_post(drafter.posts, "ba.md", due="hôm nào rảnh"),
    ]
    said = drafter.refused(*files)
    assert "hai.md" in said
    assert "ba.md:5" in said
    assert "mot.md" not in said, "only what must be repaired is named"
    assert "Có 2 điều phải sửa; chưa có gì được lưu hay gửi đi" in said


def test_two_files_with_one_id_are_refused(drafter: Desk):
    files = [write_post(drafter.posts, name, id="ngay-phap-luat") for name in ("mot.md", "hai.md")]
    assert "Hai tệp cùng mang một mã bài “ngay-phap-luat”" in drafter.refused(*files)


@pytest.mark.parametrize(
    ("written", "nearest"), [("tiêu đè phụ", "tiêu đề"), ("kenhs", "kênh"), ("deu", "due")]
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest(drafter: Desk, written: str, nearest: str):
    said = drafter.refused(write_post(drafter.posts, **{written: "gì đó"}))
    assert f"hoi-dap.md:6: Không có mục '{written}'" in said, said
    assert f"'{nearest}'" in said


def test_a_published_post_is_not_imported_again_and_its_new_picture_is_not_kept(drafter: Desk):
    drafter.take_in(write_post(drafter.posts))
    drafter.office.workspace.database.run(
        lambda c: c.exec_driver_sql("UPDATE delivery SET status = 'published'")
    )
    picture(drafter.posts)
    said = drafter.refused(write_post(drafter.posts, text="Khác.", media="[{file: anh.png, alt: Cổng xã}]"))
    assert "hoi-dap@website đang ở trạng thái “đã đăng”" in said, said


def test_a_post_that_is_public_on_one_channel_can_be_mended_for_the_other(drafter: Desk):
    """Facebook refused the content while the website took it: the officer must be able to go on."""
    drafter.take_in(write_post(drafter.posts))
    drafter.office.workspace.database.run(
        lambda c: c.exec_driver_sql(
            "UPDATE delivery SET status = CASE channel_id WHEN 'website' THEN 'published' ELSE 'failed' END"
        )
    )
    assert drafter.take_in(write_post(drafter.posts, text="Bản sửa cho Facebook.")).code == 0
    assert drafter.office.statuses() == {"hoi-dap@website": "published", "hoi-dap@fanpage": "draft"}


def test_one_published_post_in_a_batch_keeps_the_others_out(drafter: Desk):
    drafter.take_in(write_post(drafter.posts))
    drafter.office.workspace.database.run(
        lambda c: c.exec_driver_sql("UPDATE delivery SET status = 'published'")
    )
    picture(drafter.posts)
    files = [
        write_post(drafter.posts, "moi.md", media="[{file: anh.png, alt: Cổng xã}]"),
        write_post(drafter.posts, text="Bản sửa."),
    ]
    drafter.refused(*files)


def test_a_file_over_the_limit_is_refused(drafter: Desk):
    path = write_post(drafter.posts, text="x" * (256 * 1024))
    assert "hoi-dap.md: Tệp bài lớn hơn 256 KiB" in drafter.refused(path)


def test_501_files_are_too_many_and_none_is_read(drafter: Desk):
    said = drafter.refused(*[drafter.posts / f"{n}.md" for n in range(501)], code=2)
    assert "501 tệp một lần là quá nhiều (nhiều nhất 500)" in said


def test_500_files_are_one_batch(drafter: Desk):
    for number in range(500):
        write_post(drafter.posts, f"bai-{number:03}.md", channels="[website]")
    answer = drafter.take_in(*sorted(drafter.posts.glob("bai-*.md")))
    assert answer.code == 0, answer.err[:2000]
    assert kept(drafter.office)["post"] == 500


def test_a_file_that_is_not_there_is_named(drafter: Desk):
    assert "khong-co.md: Không tìm thấy tệp này" in drafter.refused(drafter.posts / "khong-co.md")


def test_due_on_the_command_line_replaces_the_files_own(desk: Office, at_desk: Loa):
    path = write_post(desk.folder / "posts", due="2020-01-01T07:00+07:00")
    answer = at_desk("post", "import", path, "--due", "10/11/2026 08:15", user="soan")
    assert answer.code == 0, answer.err
    assert "Thứ Ba 10/11/2026 08:15" in answer.err, "what was assumed about the zone is said"
    assert desk.view("hoi-dap@website").due_at == datetime.fromisoformat("2026-11-10T08:15+07:00")


def test_due_on_the_command_line_that_nobody_can_read_is_a_mistake_of_use(desk: Office, at_desk: Loa):
    before = kept(desk)
    answer = at_desk("post", "import", write_post(desk.folder / "posts"), "--due", "mai", user="soan")
    assert answer.code == 2
    assert "Loa chưa hiểu thời gian 'mai'" in answer.err
    assert kept(desk) == before


def test_only_a_drafter_may_import(drafter: Desk):
    answer = drafter.take_in(write_post(drafter.posts), user="duyet")
    assert answer.code == 3
    assert "duyet không có vai trò cần cho việc này" in answer.err
    assert kept(drafter.office)["post"] == 0


def test_a_picture_outside_the_posts_folder_is_not_pulled_in(drafter: Desk, tmp_path: Path):
    picture(tmp_path, "rieng-tu.png")
    said = drafter.refused(write_post(drafter.posts, media="[{file: ../../rieng-tu.png, alt: Riêng tư}]"))
    assert "nằm ngoài thư mục của bài" in said


def test_when_the_database_refuses_no_picture_stays_behind(drafter: Desk, monkeypatch: pytest.MonkeyPatch):
    """The rows and the pictures are one thing, whatever goes wrong in between."""
    from loa.services import importing

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    picture(drafter.posts)
    path = write_post(drafter.posts, media="[{file: anh.png, alt: Cổng xã}]")
    before = kept(drafter.office)
    monkeypatch.setattr(importing.audit, "record", full)
    answer = drafter.take_in(path)
    assert answer.code == 1
    assert "đã đầy" in answer.err
    assert kept(drafter.office) == before
