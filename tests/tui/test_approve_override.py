"""The room Duyệt: what a legal reviewer let pass is read, with who, when and why, before anybody signs."""

from __future__ import annotations

from textual.pilot import Pilot

from content.approval import Role
from loa.services import approving, overriding, people, posts
from tests.support.office import PASSPHRASE, Office
from tests.tui.window import press, text, until, watching
from tui.dialogs.confirm import Confirm

WHY = "Hồ sơ nộp trước ngày 01/01/2026 vẫn áp dụng."
watch = watching("approve", 100, 40, who="duyet")


def test_an_override_is_shown_with_the_post_and_asked_about_when_it_is_signed(office: Office) -> None:
    who = {"full_name": "Lê Thị Thẩm", "roles": [Role.REVIEWER], "passphrase": PASSPHRASE}
    tham = people.add(office.workspace, office.people["ky"], "tham", **who)  # type: ignore[arg-type]
    old = "Theo Nghị định số 13/2023/NĐ-CP, ảnh của bạn là dữ liệu cá nhân."
    post = office.import_post("bai.md", text=old, due="2026-11-20T07:00+07:00")
    overriding.override(office.workspace, tham, post, reason=WHY)
    approving.submit(office.workspace, office.people["soan"], post)

    async def story(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "[ĐÃ CHO QUA]" in text(pilot.app))
        assert "tham cho qua (" in text(pilot.app)
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, Confirm)
        asked = " ".join(text(pilot.app).replace("│", " ").split())
        assert "Người thẩm định đã cho qua" in asked
        assert "Hồ sơ nộp trước ngày 01/01/2026" in asked
        await press(pilot, "escape")

    watch(office, story)
    assert posts.get(office.workspace, post).status == "in_review"
