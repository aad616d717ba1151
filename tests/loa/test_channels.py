"""Channels after they were added: new tokens, no doubles, and who may open a stopped one."""

from __future__ import annotations

import pytest

from content.errors import RefusedByRule, UsageError
from loa.services import channels
from loa.services.connecting import ChannelSecrets
from tests.support.office import PAGE, Office


def test_a_new_token_replaces_the_old_one_and_connectors_are_made_anew(office: Office):
    before = channels.get(office.workspace, "fanpage")
    channels.change(
        office.workspace, office.people["ky"], "fanpage", settings={}, secrets={"page_token": "wrong"}
    )
    assert channels.get(office.workspace, "fanpage").settings == before.settings
    assert not channels.check(office.workspace, office.people["ky"], "fanpage").ok
    token = next(iter(office.server.world.pages.values())).token
    channels.change(
        office.workspace, office.people["ky"], "fanpage", settings={}, secrets={"page_token": token}
    )
    assert channels.check(office.workspace, office.people["ky"], "fanpage").ok


def test_two_channels_to_one_page_are_refused(office: Office):
    with pytest.raises(RefusedByRule, match="Kênh fanpage đã trỏ tới"):
        channels.add(
            office.workspace,
            office.people["ky"],
            "lan-hai",
            platform="facebook",
            account=PAGE,
            settings={},
            secrets={"page_token": "x"},
        )


def test_two_websites_in_one_folder_are_refused_and_in_two_are_not(office: Office):
    def add(name: str, **settings: str) -> None:
        channels.add(
            office.workspace, office.people["ky"], name, platform="website", settings=settings, secrets={}
        )

    with pytest.raises(RefusedByRule, match="Kênh website đã trỏ tới"):
        add("web-hai")
    add("web-hai", folder="site-hai")
    with pytest.raises(RefusedByRule, match="Kênh web-hai đã trỏ tới"):
        add("web-ba", folder="site-hai")


def add_site(office: Office, name: str, address: str) -> channels.ChannelView:
    return channels.add(
        office.workspace,
        office.people["ky"],
        name,
        platform="wordpress",
        settings={"base_url": address},
        secrets={"user": "x", "app_password": "y"},
    )


@pytest.mark.parametrize(
    "written",
    [
        "HTTPS://TuPhap.Example.vn:8443/Tin/",
        " https://tuphap.example.vn:8443/Tin",
        "https://loa@tuphap.example.vn:8443/Tin//",
    ],
)
def test_a_sites_account_is_its_address_in_one_spelling(office: Office, written: str):
    assert add_site(office, "trang", written).account == "https://tuphap.example.vn:8443/Tin"
    assert channels.get(office.workspace, "trang").settings["base_url"] == written
    with pytest.raises(RefusedByRule, match="Kênh trang đã trỏ tới"):
        add_site(office, "trang-hai", "https://tuphap.example.vn:8443/Tin/")
    assert add_site(office, "trang-hai", "https://tuphap.example.vn:8443/tin").id == "trang-hai"


@pytest.mark.sqlite
def test_a_site_stored_in_the_first_spelling_is_shown_as_an_address_and_stays_one_of_its_kind(office: Office):
    add_site(office, "trang", "https://tuphap.example.vn")
    old = "https:/TuPhap.example.vn"  # approvals that stand are for this very text
    office.workspace.database.run(
        lambda c: c.exec_driver_sql("UPDATE channel SET account = ? WHERE id = 'trang'", (old,))
    )
    assert channels.get(office.workspace, "trang").account == "https://tuphap.example.vn"
    with pytest.raises(RefusedByRule, match="Kênh trang đã trỏ tới"):
        add_site(office, "trang-hai", "https://tuphap.example.vn/")
    with office.workspace.database.read() as connection:
        stored = connection.exec_driver_sql("SELECT account FROM channel WHERE id = 'trang'").scalar()
    assert stored == old


def test_where_a_channel_leads_cannot_be_changed_under_its_approvals(office: Office):
    with pytest.raises(RefusedByRule, match="folder"):
        channels.change(
            office.workspace, office.people["ky"], "website", settings={"folder": "khac"}, secrets={}
        )


def test_a_slip_in_a_setting_names_the_nearest(office: Office):
    with pytest.raises(UsageError, match="base_url"):
        channels.change(
            office.workspace, office.people["ky"], "fanpage", settings={"base_ulr": "x"}, secrets={}
        )


def test_only_an_operator_opens_a_stopped_channel(office: Office):
    office.workspace.database.run(
        lambda c: c.exec_driver_sql("UPDATE channel SET state = 'stopped', state_reason = 'fb:190'")
    )
    for actor in (None, office.people["soan"]):
        health = channels.check(office.workspace, actor, "fanpage")
        assert not health.ok
        assert "vẫn dừng" in channels.explain(health)
    assert channels.check(office.workspace, office.people["ky"], "fanpage").ok
    assert channels.get(office.workspace, "fanpage").state == "ok"


@pytest.mark.sqlite
def test_renewed_secrets_are_kept_encrypted_and_others_stay(office: Office):
    store = ChannelSecrets(office.workspace, "fanpage")
    with store.alone():
        store.replace({"app_secret": "bi-mat-moi"})
    assert store.read()["app_secret"] == "bi-mat-moi"
    assert "page_token" in store.read()
    file = office.workspace.database.file
    assert file is not None
    assert b"bi-mat-moi" not in file.read_bytes() + file.with_name("loa.db-wal").read_bytes()
