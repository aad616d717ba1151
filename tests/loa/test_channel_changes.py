"""A channel's settings are changed while the publisher looks at them."""

from __future__ import annotations

import threading

import pytest

from connectors.errors import AuthLost
from loa.services import channels
from loa.services.connecting import Connectors
from loa.services.workspace import Workspace
from tests.support.office import Office


def test_a_change_under_way_is_not_taken_for_somebody_elses(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its note and its commit the database still has the settings of before."""
    wrong: list[AuthLost] = []
    looks: list[threading.Thread] = []
    store = channels.put_secrets

    def look() -> None:
        connectors = Connectors(Workspace(desk.folder, desk.workspace.config, desk.clock))
        try:
            connectors.connect("website")
        except AuthLost as error:
            wrong.append(error)
        finally:
            connectors.close()

    def stored_while_another_looks(*args: object) -> None:
        looks.append(threading.Thread(target=look))
        looks[0].start()
        looks[0].join(0.5)  # either it has found what is wrong by now, or it waits for us
        store(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(channels, "put_secrets", stored_while_another_looks)
    channels.change(
        desk.workspace,
        desk.people["ky"],
        "website",
        settings={"base_url": "https://xa.example.vn"},
        secrets={},
    )
    looks[0].join(20)
    assert wrong == []
