"""The pack: exactly the approved variant, whole or not at all, and an address once written is never lost."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from connectors import packs as pack_module
from connectors.errors import NotSent
from tests.connectors.assisted.harness import DUE, AssistedHarness, forget

ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text of elements with an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.by_id: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if "id" in given:
            self._open = [given["id"]]
            self.by_id[given["id"]] = ""

    def handle_data(self, data):
        for name in self._open:
            self.by_id[name] += data

    def handle_endtag(self, tag):
        if tag in ("p", "textarea", "code"):
            self._open = []


def _read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _prepare(harness: AssistedHarness, job) -> Path:
    harness.alone().prepare(job, {}, forget)
    return harness.pack(job)


def test_a_pack_holds_the_text_in_three_forms_the_pictures_in_order_and_the_way_through(harness):
    job = harness.job(pictures=2)
    folder = _prepare(harness, job)
    assert re.fullmatch(r"2026-11-09-dang-ky-khai-sinh-cho-tre-em-bai-1-[0-9a-f]{8}", folder.name)
    assert sorted(_read(folder)) == [
        ".loa.json",
        "01-anh-1-0.jpg",
        "02-anh-1-1.jpg",
        "bai.html",
        "bai.txt",
        "dia-chi.txt",
        "huong-dan.html",
        "mo-ta-anh.txt",
    ]
    plain = (folder / "bai.txt").read_text("utf-8")
    assert plain.startswith(
        "Đăng ký khai sinh cho trẻ em, bài 1\n\nCha mẹ có 60 ngày.\n\nThủ tục\n\nNộp tờ khai"
    )
    assert "• Luật Hộ tịch số 60/2014/QH13" in plain
    page = (folder / "bai.html").read_text("utf-8")
    assert "<p>Nộp <strong>tờ khai</strong> tại xã, lần 1.</p>" in page
    assert page.index("01-anh-1-0.jpg") < page.index("02-anh-1-1.jpg") < page.index("Căn cứ pháp lý")
    assert "<script" not in page
    assert "01-anh-1-0.jpg\n  Mô tả ảnh: Buổi nói chuyện" in (folder / "mo-ta-anh.txt").read_text("utf-8")


def test_the_guide_leads_through_in_the_order_of_copying(harness):
    job = harness.job(pictures=1)
    folder = _prepare(harness, job)
    guide = (folder / "huong-dan.html").read_text("utf-8")
    steps = ["Tiêu đề", "Tóm tắt (sapo)", "Nội dung", "Ảnh", "Từ khóa (tag)", "Báo địa chỉ bài đã đăng"]
    assert (
        re.findall(
            r"<h2>([^<]*)</h2>", guide.replace("<h2>Thủ tục</h2>", "").replace("<h2>Căn cứ pháp lý</h2>", "")
        )
        == steps
    )
    assert "Thứ Hai 09/11/2026 07:00 (Asia/Ho_Chi_Minh" in guide
    assert "<built-in" not in guide
    assert "loa queue posted bai-1-cong-xa" in guide
    tags = Tags(guide)
    assert tags.by_id["title"] == job.variant.title
    assert tags.by_id["alt1"] == "Buổi nói chuyện tại nhà văn hóa"
    assert tags.by_id["source"] == tags.by_id["source"].strip()
    assert "<strong>tờ khai</strong>" in tags.by_id["source"]
    assert f"<!-- loa:{job.marker} -->" in tags.by_id["source"]
    for name in re.findall(r'data-(?:copy|rich)="([^"]+)"', guide):
        assert name in tags.by_id, f"a button copies {name}, which is not there"
    assert not [a for _, a in tags.tags if a.get("src", "").startswith(("http", "//"))], "it works offline"


def test_a_picture_is_a_jpeg_no_wider_than_the_setting(harness):
    job = harness.job(media=(harness.picture(size=(2000, 1000)), harness.picture(2, size=(30, 3000))))
    harness.settings["picture_width"] = "800"
    folder = _prepare(harness, job)
    sizes = []
    for name in ("01-anh-1-0.jpg", "02-anh-2-0.jpg"):
        with Image.open(folder / name) as image:
            assert image.format == "JPEG"
            sizes.append(image.size)
    assert sizes == [(800, 400), (30, 3000)]


def test_what_is_transparent_becomes_white_not_black(harness):
    job = harness.job(media=(harness.picture(mode="RGBA"),))
    with Image.open(_prepare(harness, job) / "01-anh-1-0.jpg") as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_a_picture_stands_where_the_text_names_it_and_its_caption_is_told(harness):
    ref = harness.picture(name="ảnh.png")
    job = harness.job(text='Trước.\n\n![x](ảnh.png "Ông An\'s & bà Bé")\n\nSau.', media=(ref,))
    folder = _prepare(harness, job)
    page = (folder / "bai.html").read_text("utf-8")
    assert page.index("Trước.") < page.index("01-anh.jpg") < page.index("Sau.")
    assert "Chú thích dưới ảnh: Ông An's & bà Bé" in (folder / "mo-ta-anh.txt").read_text("utf-8")
    guide = Tags((folder / "huong-dan.html").read_text("utf-8"))
    assert guide.by_id["caption1"] == "Ông An's & bà Bé"
    assert "01-anh.jpg" not in guide.by_id["source"], "a portal cannot show a file of this computer"


def test_videos_and_captions_are_copied_as_they_are(harness):
    video = harness.file("phiên-tòa.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42")
    captions = harness.file("phu-de.vtt", "text/vtt", b"WEBVTT\n")
    folder = _prepare(harness, harness.job(media=(video, captions)))
    assert (folder / "01-phien-toa.mp4").read_bytes() == b"\x00\x00\x00\x18ftypmp42"
    assert (folder / "02-phu-de.vtt").read_bytes() == b"WEBVTT\n"
    (folder / "01-phien-toa.mp4").write_bytes(b"cut by somebody")
    assert (harness.media / video.sha256).read_bytes() == b"\x00\x00\x00\x18ftypmp42"


def test_no_words_of_an_author_become_code(harness):
    job = harness.job(
        title=f"T {ATTACK}",
        summary=ATTACK,
        text=f"{ATTACK}\n\n[bấm](javascript:alert(1))",
        media=(harness.picture(alt=ATTACK, name="a.png"),),
        citations=(ATTACK,),
        tags=(ATTACK,),
        author=ATTACK,
        link="javascript:alert(1)",
    )
    harness.settings.update(category=ATTACK, editor="javascript:alert(1)")
    folder = _prepare(harness, job)
    for name, scripts in (("bai.html", 0), ("huong-dan.html", 1)):
        tags = Tags((folder / name).read_text("utf-8")).tags
        assert len([tag for tag, _ in tags if tag == "script"]) == scripts, name
        for tag, attributes in tags:
            assert not [key for key in attributes if key.startswith("on")], (name, tag)
            for key in ("href", "src"):
                assert not attributes.get(key, "").startswith("javascript:"), (name, tag)


def test_a_pack_that_is_whole_is_left_alone(harness):
    job = harness.job(pictures=1)
    folder = _prepare(harness, job)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    saves: list[object] = []
    handle = harness.alone().prepare(job, {}, saves.append)
    assert harness.alone().prepare(job, handle, saves.append) == handle
    assert len(saves) == 1
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["bai.html", "01-anh-1-0.jpg", "huong-dan.html", ".loa.json"])
def test_a_pack_that_somebody_changed_is_made_anew_at_the_due_minute(harness, name):
    job = harness.job(pictures=1)
    folder = _prepare(harness, job)
    before = _read(folder)
    (folder / name).write_bytes(b"altered")
    harness.alone().reveal(job, {})
    assert _read(folder) == before
    (folder / name).unlink()
    harness.alone().reveal(job, {})
    assert _read(folder) == before


def test_another_revision_or_minute_takes_the_place_of_the_old_pack_and_the_address_stays(harness):
    job = harness.job(pictures=2)
    _prepare(harness, job)
    harness.write_address(job, "https://xa.example.vn/a")
    later = replace(
        job,
        variant=replace(job.variant, title="Tiêu đề khác", media=job.variant.media[:1]),
        due_at=DUE + timedelta(days=2),
    )
    folder = _prepare(harness, later)
    assert folder.name.startswith("2026-11-11-tieu-de-khac-")
    assert [path.name for path in harness.room.iterdir()] == [folder.name]
    assert not (folder / "02-anh-1-1.jpg").exists()
    assert harness.address(later) == "https://xa.example.vn/a"
    assert "11/11/2026" in (folder / "huong-dan.html").read_text("utf-8")


def test_a_crash_at_any_rename_leaves_a_pack_that_the_next_try_completes(harness, monkeypatch):
    real = pack_module.os.replace
    for die_at in range(1, 4):
        job = harness.job(pictures=1)
        _prepare(harness, job)
        harness.write_address(job, "https://xa.example.vn/a")
        newer = replace(job, variant=replace(job.variant, summary="Tóm tắt mới."))
        calls = iter(range(1, 10))

        def dying(a, b, die_at=die_at, calls=calls):
            if next(calls) == die_at:
                raise KeyboardInterrupt
            real(a, b)

        monkeypatch.setattr(pack_module.os, "replace", dying)
        with contextlib.suppress(KeyboardInterrupt):
            harness.alone().prepare(newer, {}, forget)
        monkeypatch.setattr(pack_module.os, "replace", real)
        assert "Tóm tắt mới." in (_prepare(harness, newer) / "bai.txt").read_text("utf-8")
        assert harness.address(newer) == "https://xa.example.vn/a", f"lost at rename {die_at}"
        assert [path.name for path in harness.room.iterdir() if path.name.startswith(".")] == []


def test_two_deliveries_of_one_title_have_two_packs(harness):
    one, other = harness.job(title="Cùng tên"), harness.job(title="Cùng tên")
    assert _prepare(harness, one) != _prepare(harness, other)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_address_is_read_however_the_editor_saved_it(harness, encoding):
    job = harness.job()
    folder = _prepare(harness, job)
    address = harness.portal.show("/bai", job.variant.title, job.variant.text)
    (folder / "dia-chi.txt").write_bytes(f"# dán\r\n\r\n  {address}  \r\n".encode(encoding))
    assert [one.url for one in harness.alone().find(job, {})] == [address]


def test_a_disk_that_cannot_be_written_is_named_and_leaves_nothing(harness, monkeypatch):
    job = harness.job()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(NotSent) as caught:
        harness.alone().prepare(job, {}, forget)
    assert caught.value.code == "hand:no-space"
    assert list(harness.room.iterdir()) == []


def test_a_picture_that_cannot_be_decoded_is_named(harness):
    broken = harness.file("hong.png", "image/png", b"not a picture")
    with pytest.raises(NotSent, match="hand:picture"):
        harness.alone().prepare(harness.job(media=(broken,)), {}, forget)


def test_the_record_tells_of_what_a_pack_was_made(harness):
    job = harness.job()
    record = json.loads((_prepare(harness, job) / ".loa.json").read_text("utf-8"))
    assert record["due_at"] == DUE.isoformat()
    assert set(record["files"]) == {"bai.html", "bai.txt", "huong-dan.html", "mo-ta-anh.txt"}


def test_naming_the_platform_loads_nothing_heavy():
    code = (
        "import connectors.assisted, sys; from connectors.assisted import Assisted;"
        "print([m for m in ('jinja2', 'PIL') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
