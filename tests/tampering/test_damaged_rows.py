"""One damaged row is set aside; the publisher goes on with the others."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.support.office import Office

DAMAGED = {
    "half a letter for a MAC": ("handle", '{"path": "a", "loa": "\\ud800"}'),
    "a nest": ("handle", '{"path": ' + "[" * 3000 + "]" * 3000 + "}"),
    "a nest for a text": ("payload", "[" * 3000),
    "no status": ("status", "xyz"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_row_waits_for_a_person_and_the_next_one_goes(office: Office, damage: str) -> None:
    office.approved("hong.md", title="Bài hỏng", text="Nội dung của bài hỏng.", channels="[website]")
    office.approved("lanh.md", title="Bài lành", text="Nội dung của bài lành.", channels="[website]")
    column, value = DAMAGED[damage]
    statement = text(f"UPDATE delivery SET {column} = :value WHERE id = 'hong@website'")
    office.workspace.database.run(lambda c: c.execute(statement, {"value": value}))
    office.publish_until(office.clock.now().replace(hour=23, minute=59))
    office.clock.forward(hours=2)
    office.publish_until(office.clock.now())
    assert office.view("hong@website").status in ("held", "unknown")
    assert office.view("lanh@website").status == "published"
