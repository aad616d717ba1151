"""A commune from its first channel to its first post: its own PC has none of the province's keys."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date, datetime
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import insert, select
from sqlalchemy.exc import ProgrammingError

from connectors.errors import ConnectorError
from connectors.practice import PracticeServer
from content.errors import LoaError, RefusedByRule
from loa import sealing
from loa.services import (
    approving,
    auditing,
    blackouts,
    channels,
    confirming,
    deliveries,
    machines,
    mediashare,
    rotating,
    stopping,
)
from loa.services.connecting import ChannelSecrets, Connectors
from loa.services.workspace import Workspace
from scheduler.store.tables import media_part, note, secret
from scheduler.travelled import chained
from tests.units.conftest import Desk, Province

DUE = "2026-11-09T07:00+07:00"
AFTER = datetime.fromisoformat("2026-11-09T07:10+07:00")
TOKEN = "page_token"


def page(pages: PracticeServer, desk: Desk, number: str) -> str:
    """A Facebook Page that the commune adds by itself, its token included; its id."""
    desk_page, name = pages.world.pages[number], f"fb{desk.code}"
    channels.add(
        desk.workspace,
        desk.people["ky"],
        name,
        platform="facebook",
        account=number,
        settings={"base_url": pages.url},
        secrets={TOKEN: desk_page.token},
    )
    return name


def confirmed(province: Province, name: str, unit: str) -> confirming.Confirmed:
    return confirming.confirm(province.house.workspace, province.house.people["ky"], name, unit)


def approved(desk: Desk, channel: str, **keys: str) -> None:
    """A post for that one channel, by the commune's people on the commune's PC."""
    post = desk.draft(channels=f"[{channel}]", due=DUE, **keys)
    approving.submit(desk.workspace, desk.people["soan"], post)
    approving.approve(desk.workspace, desk.people["duyet"], post)


def outcome(province: Province, channel: str) -> tuple[str, str]:
    province.office.publish_until(AFTER)
    view = deliveries.dossier(province.house.workspace, f"hoi-dap@{channel}").delivery
    return view.status, view.last_error


def hidden(workspace: Workspace, channel: str) -> str:
    with workspace.database.read() as connection:
        mine = secret.c.channel_id == channel
        return str(connection.execute(select(secret.c.ciphertext).where(mine)).scalar_one())


def test_a_commune_publishes_with_its_own_token_once_the_channel_is_confirmed(
    keyed: Province, pages: PracticeServer
):
    name = page(pages, keyed.a, "11")
    done = confirmed(keyed, name, "00001")
    assert (done.ok, done.unit, done.channel.account) == (True, "00001", "11")
    approved(keyed.a, name)
    assert outcome(keyed, name) == ("published", "")
    assert len(pages.world.pages["11"].posts) == 1


def test_before_that_nothing_is_sent_and_the_officer_is_told_why(keyed: Province, pages: PracticeServer):
    name = page(pages, keyed.a, "11")
    approved(keyed.a, name)
    status, why = outcome(keyed, name)
    assert (status, why[:17]) == ("held", "vault:unconfirmed")
    assert not pages.world.pages["11"].posts
    assert "loa channel confirm" in channels.check_in_words(keyed.house.workspace, None, name)[0].message


def test_no_pc_of_a_commune_can_read_a_token_not_even_its_own(keyed: Province, pages: PracticeServer):
    name = page(pages, keyed.a, "11")
    for _ in ("on its way", "taken over"):
        with pytest.raises(LoaError):
            ChannelSecrets(keyed.a.workspace, name).read()
        confirmed(keyed, name, "00001")
    assert ChannelSecrets(keyed.house.workspace, name).read()[TOKEN] == pages.world.pages["11"].token


def test_without_the_publishers_key_a_token_is_refused_rather_than_lost(
    keyed: Province, pages: PracticeServer
):
    keyed.a.workspace.vault.publisher_key = ""
    with pytest.raises(RefusedByRule, match="loa unit key"):
        page(pages, keyed.a, "11")


def test_a_token_closed_by_somebody_else_is_not_sent_with_until_it_is_confirmed(
    keyed: Province, pages: PracticeServer
):
    """Anybody can close a token for the publisher: of a channel that is confirmed as well."""
    name = page(pages, keyed.a, "11")
    confirmed(keyed, name, "00001")
    approved(keyed.a, name)
    theirs = keyed.b.workspace.vault.hide("practice-token-22", f"{name}/{TOKEN}")
    keyed.sql("UPDATE secret SET ciphertext = %s WHERE channel_id = %s", theirs, name)
    assert outcome(keyed, name)[0] == "held"
    assert not any(one.posts for one in pages.world.pages.values())


def test_a_token_of_one_channel_is_no_use_in_another(keyed: Province, pages: PracticeServer):
    mine, theirs = page(pages, keyed.a, "11"), page(pages, keyed.b, "22")
    stolen = hidden(keyed.a.workspace, mine)
    keyed.sql("UPDATE secret SET ciphertext = %s WHERE channel_id = %s", stolen, theirs)
    with pytest.raises(LoaError):
        confirmed(keyed, theirs, "00002")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE channel SET account = '22' WHERE id = 'fb00001'",
        "UPDATE channel SET settings = replace(settings, 'http:', 'http:/') WHERE id = 'fb00001'",
        "UPDATE channel SET unit = '00002' WHERE id = 'fb00001'",
        "UPDATE channel SET unit = '' WHERE id = 'fb00001'",
    ],
)
def test_a_confirmed_channel_that_is_changed_by_sql_sends_nothing(
    keyed: Province, pages: PracticeServer, change: str
):
    name = page(pages, keyed.a, "11")
    confirmed(keyed, name, "00001")
    approved(keyed.a, name)
    keyed.sql(change)
    assert outcome(keyed, name)[0] == "held"
    assert not any(one.posts for one in pages.world.pages.values())


def test_a_channel_given_to_another_unit_while_its_connector_is_kept_sends_nothing(
    keyed: Province, pages: PracticeServer
):
    """The other unit's people approve for its page; the publisher has spoken to it a moment ago."""
    name = page(pages, keyed.a, "11")
    confirmed(keyed, name, "00001")
    other = keyed.b.people["duyet"]
    with keyed.office.publisher() as worker:
        worker.lanes.connect(name)
        keyed.sql("UPDATE channel SET unit = '00002' WHERE id = %s", name)
        post = keyed.b.draft(channels=f"[{name}]", due=DUE)
        approving.submit(keyed.b.workspace, keyed.b.people["soan"], post)
        approving.approve(keyed.b.workspace, other, post)
        worker.work_until(AFTER)
    assert deliveries.dossier(keyed.house.workspace, f"{post}@{name}").delivery.status == "held"
    assert not pages.world.pages["11"].posts


def test_only_its_own_units_code_confirms_a_channel(keyed: Province, pages: PracticeServer):
    name = page(pages, keyed.a, "11")
    for wrong in ("", "00002"):
        with pytest.raises(RefusedByRule, match="--unit"):
            confirmed(keyed, name, wrong)
    with pytest.raises(RefusedByRule):
        confirming.confirm(keyed.a.workspace, keyed.a.people["ky"], name, "00001")


def test_a_channel_whose_page_or_folder_another_unit_has_is_not_confirmed(keyed: Province):
    """A website's folder is one of the publishing machine: two units in one would write over each other."""
    house = keyed.house
    folder = channels.get(house.workspace, house.channel).settings["folder"]
    channels.add(
        keyed.b.workspace, keyed.b.people["ky"], "trang", platform="website", settings={"folder": folder},
        secrets={},
    )  # fmt: skip
    with pytest.raises(RefusedByRule, match=house.channel):
        confirmed(keyed, "trang", "00002")


def test_a_rotation_leaves_what_waits_to_be_confirmed(keyed: Province, pages: PracticeServer):
    name = page(pages, keyed.a, "11")
    rotating.rotate(keyed.house.workspace, keyed.house.people["ky"])
    assert confirmed(keyed, name, "00001").ok


def test_a_communes_picture_reaches_the_publisher_and_no_other_commune(
    keyed: Province, pages: PracticeServer
):
    name = page(pages, keyed.a, "11")
    confirmed(keyed, name, "00001")
    Image.new("RGB", (640, 480), "#aa3322").save(keyed.a.workspace.folder / "posts" / "anh.png")
    approved(keyed.a, name, media="[{file: anh.png, alt: Hội trường xã}]")
    assert mediashare.carry(keyed.a.workspace).brought == 0, "it was brought with the import"
    assert outcome(keyed, name) == ("published", "")
    with keyed.b.workspace.database.read() as connection:
        assert connection.execute(select(media_part.c.sha256)).all() == []


def test_a_communes_pc_checks_posts_and_speaks_to_no_platform(keyed: Province, pages: PracticeServer):
    name = page(pages, keyed.a, "11")
    with closing(Connectors(keyed.a.workspace)) as connectors, pytest.raises(ConnectorError):
        connectors._http.call("GET", pages.url, creates=False)
    assert channels.check_in_words(keyed.a.workspace, None, name)[0].ok


def test_a_commune_has_its_post_taken_down_by_the_publisher(keyed: Province, pages: PracticeServer):
    """Its own PC has no token, and its website's folder lies elsewhere: it must not think that it did it."""
    name, desk = page(pages, keyed.a, "11"), keyed.a
    confirmed(keyed, name, "00001")
    approved(desk, name)
    assert outcome(keyed, name) == ("published", "")
    told = stopping.take_down(desk.workspace, desk.people["duyet"], "hoi-dap", "sai chữ")
    assert [(one.done, one.trouble) for one in told] == [(False, "vault:asked")]
    keyed.office.publish_until(AFTER)  # a lane leaves it alone
    stopping.taking_down.round_of_the_publisher(keyed.house.workspace)
    view = deliveries.dossier(desk.workspace, f"hoi-dap@{name}").delivery
    assert (view.status, len(pages.world.pages["11"].posts)) == ("removed", 0)
    assert "publisher_asked" in {one.action for one in auditing.listing(desk.workspace)}


def test_a_communes_doctor_sends_nobody_to_join_it_to_the_publishing_machines(keyed: Province):
    assert machines.hindrance(keyed.a.workspace) == ""
    assert machines.hindrance(keyed.house.workspace) == ""


def bodies(workspace: Workspace) -> str:
    with workspace.database.read() as connection:
        return " ".join(connection.execute(select(note.c.body)).scalars())


def test_what_a_commune_stops_reaches_the_publishers_notes_for_its_own_channels(keyed: Province):
    """So a stop stands though somebody deletes its row; also a day on which posts stay back."""
    witness, desk = keyed.house.workspace.trust.witness, keyed.a
    stopping.start(desk.workspace, desk.people["ky"], "all", "", "sai chữ")
    monday = date(2026, 11, 9)
    blackouts.add(desk.workspace, desk.people["ky"], monday, monday, "Giỗ tổ xã")
    desk.workspace.database.run(lambda _: None)  # noted after the commit, it goes with the next one
    keyed.house.workspace.database.run(lambda _: None)
    assert list(witness.freezes().values()) == [("all", "", "00001")]
    assert [json.loads(order)[3] for order in witness.blackouts().values()] == ["00001"]


def unsigned(workspace: Workspace, machine: str, facts: list[Any], *, follows: bool = True) -> None:
    """As whoever holds a unit's password adds a note by hand."""
    with workspace.database.engine.begin() as connection:
        n, mac = connection.execute(select(note.c.n, note.c.mac).order_by(note.c.n.desc()).limit(1)).one()
        body = json.dumps(facts, ensure_ascii=False)
        new = chained(b"", mac, n + 1, machine, body) if follows else "-" + "0" * 64
        values = {"n": n + 1, "machine": machine, "body": body, "mac": new}
        connection.execute(insert(note).values(values).returning(note.c.n))


@pytest.mark.parametrize(
    "value",
    [["all", ""], ["all", "", "00002"], ["channel", "web00002"]],
    ids=["all", "other", "channel"],
)
def test_a_communes_password_stops_no_other_unit(keyed: Province, value: list[str]):
    fact = ["freeze", "77", json.dumps(value)]
    unsigned(keyed.a.workspace, "unit:00001", [fact, ["freeze", "78", json.dumps(["all", "", "00001"])]])
    keyed.house.workspace.database.run(lambda _: None)
    witness = keyed.house.workspace.trust.witness
    witness.must_be_whole()
    assert list(witness.freezes()) == [78]


def test_a_commune_speaks_as_itself_and_breaks_nobodys_chain(keyed: Province):
    stop = [["freeze", "77", json.dumps(["all", ""])]]
    for machine, follows in (("unit:00002", True), ("may-tinh", True), ("unit:00001", False)):
        with pytest.raises(ProgrammingError, match="row-level security"):
            unsigned(keyed.a.workspace, machine, stop, follows=follows)
    keyed.house.workspace.database.run(lambda _: None)
    keyed.house.workspace.trust.witness.must_be_whole()


def test_a_commune_reads_none_of_what_the_machines_tell_each_other(keyed: Province):
    assert "trust" in bodies(keyed.house.workspace)
    with pytest.raises(ProgrammingError, match="permission denied"):
        bodies(keyed.a.workspace)


def test_a_sealed_token_opens_with_the_right_key_alone():
    mine, other = b"a" * 32, b"b" * 32
    public = sealing.read_public(sealing.public_key(mine))
    closed = sealing.seal("mã truy cập", public)
    assert sealing.unseal(closed, mine) == "mã truy cập"
    assert "truy" not in closed
    for key, text in ((other, closed), (mine, closed[:-8] + "AAAAAAA="), (mine, "sealed:AAAA")):
        with pytest.raises(ValueError):
            sealing.unseal(text, key)
    with pytest.raises(ValueError):
        sealing.read_public(sealing.public_key(mine)[:-1] + "q")
