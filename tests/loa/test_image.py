"""`loa image`: a post's card in a file, or as its first picture by the ordinary way of an edit."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from content import cards as drawn
from loa.cli import image as cli
from loa.services import posts
from tests.loa.conftest import Loa
from tests.support.office import Office


def statuses(desk: Office) -> set[str]:
    return set(desk.statuses().values())


def test_a_card_is_written_to_a_file_and_never_over_one(desk: Office, run_loa: Loa, tmp_path: Path) -> None:
    desk.import_post()
    file = tmp_path / "bia.png"
    done = run_loa("image", "hoi-dap", "--to", file, "--size", "thumbnail", workspace=desk.folder)
    assert done.code == 0, done.err
    before = file.read_bytes()
    assert Image.open(io.BytesIO(before)).size == (1280, 720)
    again = run_loa("image", "hoi-dap", "--to", file, workspace=desk.folder)
    assert again.code != 0
    assert "đã có" in again.err
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["bia.png"], (
        "nothing is left over"
    )


@pytest.mark.parametrize("name", ["bia.jpg", "khong-co/bia.png"])
def test_a_place_that_does_not_fit_is_refused_with_its_reason(
    desk: Office, run_loa: Loa, tmp_path: Path, name: str
) -> None:
    desk.import_post()
    done = run_loa("image", "hoi-dap", "--to", tmp_path / name, workspace=desk.folder)
    assert done.code == 2
    assert "png" in done.err or "thư mục" in done.err


def test_added_it_is_the_first_picture_with_its_words_and_the_approval_is_void(
    desk: Office, run_loa: Loa
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "navy").save(picture, "PNG")
    (desk.folder / "posts").mkdir(exist_ok=True)
    (desk.folder / "posts" / "a.png").write_bytes(picture.getvalue())
    desk.approved(media='[{file: a.png, alt: "Cổng trụ sở", rights: "ảnh của đơn vị"}]')
    assert statuses(desk) == {"queued"}
    done = run_loa("image", "hoi-dap", "--add", "--json", workspace=desk.folder, user="soan")
    assert done.code == 0, done.err
    assert json.loads(done.out)["added"] == {"name": "the-share.png", "outcome": "changed"}
    assert statuses(desk) == {"draft"}
    first, second = posts.media_of(desk.workspace, "hoi-dap")
    assert first.file == "the-share.png"
    assert first.alt.startswith("Tấm thiệp chữ: Vì sao là ngày 9 tháng 11? ")
    assert "Thứ Hai, 09/11/2026" in first.alt
    assert (second.file, second.alt, second.rights) == ("a.png", "Cổng trụ sở", "ảnh của đơn vị")
    told = [one.rule for one in posts.check(desk.workspace, "hoi-dap")]
    assert not [
        rule for rule in told if rule.startswith(("content.alt", "content.rights", "content.consent"))
    ]
    for shown in posts.variants(desk.workspace, "hoi-dap"):
        assert (shown.media[0].width, shown.media[0].height) == (1200, 630)
        desk.workspace.media.verify(shown.media[0])


def test_added_twice_there_is_one_card_and_the_same_one_changes_nothing(desk: Office, run_loa: Loa) -> None:
    desk.import_post()
    for expected in ("changed", "same"):
        done = run_loa("image", "hoi-dap", "--add", "--json", workspace=desk.folder, user="soan")
        assert done.json["added"]["outcome"] == expected
    done = run_loa(
        "image", "hoi-dap", "--add", "--json", "--title", "Tiêu đề khác", workspace=desk.folder, user="soan"
    )
    assert done.json["added"]["outcome"] == "changed"
    [only] = posts.media_of(desk.workspace, "hoi-dap")
    assert "Tiêu đề khác" in only.alt


def test_only_who_may_write_may_add_one(desk: Office, run_loa: Loa) -> None:
    desk.import_post()
    done = run_loa("image", "hoi-dap", "--add", workspace=desk.folder, user="duyet")
    assert done.code != 0
    assert posts.media_of(desk.workspace, "hoi-dap") == ()


def test_an_unknown_post_is_named_with_the_nearest(desk: Office, run_loa: Loa) -> None:
    desk.import_post()
    done = run_loa("image", "hoi-dop", workspace=desk.folder)
    assert done.code != 0
    assert "hoi-dap" in done.err


def test_the_choices_are_those_that_can_be_drawn() -> None:
    assert tuple(drawn.SIZES) == cli.SIZES
    assert tuple(drawn.TEMPLATES) == cli.TEMPLATES
