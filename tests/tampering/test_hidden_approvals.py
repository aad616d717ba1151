"""An approval is hidden while officers cancel its post, and shown again afterwards."""

from __future__ import annotations

from datetime import datetime

import pytest

from loa.services import deciding
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")
HIDDEN = {
    "as void": (
        "UPDATE approval SET voided_at = '2026-11-08 00:00:00.000000'",
        "UPDATE approval SET voided_at = NULL",
    ),
    "under another delivery": (
        "UPDATE approval SET delivery_seq = 999",
        "UPDATE approval SET delivery_seq = 1",
    ),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_cancelled_post_stays_cancelled_though_its_approval_was_hidden_meanwhile(
    office: Office, how: str
) -> None:
    office.approved(channels="[website]")
    hide, show = HIDDEN[how]

    def attack(*statements: str) -> None:
        with office.workspace.database.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            connection.rollback()
            raw.execute("PRAGMA foreign_keys=OFF")
            for statement in statements:
                raw.execute(statement)
            raw.execute("PRAGMA foreign_keys=ON")

    attack(hide)
    deciding.cancel(office.workspace, office.people["ky"], "hoi-dap@website", "không đăng nữa")
    attack(show, "UPDATE delivery SET status = 'queued', wake_at = '2026-11-08 23:00:00.000000'")
    office.publish_until(DUE)
    assert office.view("hoi-dap@website").status != "published"
