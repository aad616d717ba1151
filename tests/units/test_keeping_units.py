"""Adding, limiting, ending units, their figures; and what is said where that cannot be."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from content.errors import RefusedByRule, UsageError
from loa.cli.main import cli
from loa.services import approving, channels, deciding, posts, units
from loa.services.moving import move
from tests.support.office import PASSPHRASE, Office
from tests.units.conftest import Province

DUE = "2026-11-09T07:00+07:00"


@pytest.mark.sqlite
def test_a_file_says_that_several_units_need_a_server(office: Office):
    with pytest.raises(RefusedByRule, match="may-chu"):
        units.add(office.workspace, office.people["ky"], "00001", name="Xã Một", kind="ubnd")


def test_only_the_house_adds_units(province: Province):
    a = province.a
    with pytest.raises(RefusedByRule, match="tài khoản chủ"):
        units.add(a.workspace, a.people["ky"], "00003", name="Xã Ba", kind="ubnd")


def test_a_login_asked_for_again_has_another_password(province: Province):
    house = province.house
    first, second = (units.login(house.workspace, house.people["ky"], "00001") for _ in range(2))
    assert first.login == second.login
    assert first.password != second.password
    assert first.again
    assert first.password not in repr(first)
    stored = province.sql(
        "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", first.login
    )
    assert stored == [(True, False, False)]


def test_a_server_with_units_does_not_become_a_file(province: Province):
    house = province.house
    with pytest.raises(RefusedByRule, match="không chuyển về tệp"):
        move(house.workspace, house.people["ky"], "sqlite")


def test_a_unit_whose_channels_are_used_up_is_told_so(province: Province):
    house, a = province.house, province.a
    units.limit(house.workspace, house.people["ky"], "00001", {"channels": 1})
    with pytest.raises(RefusedByRule, match="tối đa 1 kênh"):
        channels.add(
            a.workspace, a.people["ky"], "hai", platform="website", settings={"folder": "x"}, secrets={}
        )


def test_one_post_a_day_is_one_post_a_day(province: Province):
    house, a = province.house, province.a
    units.limit(house.workspace, house.people["ky"], "00001", {"posts_per_day": 1})
    first, second = a.draft("mot.md", due=DUE), a.draft("hai.md", due=DUE)
    approving.submit(a.workspace, a.people["soan"], first)
    with pytest.raises(RefusedByRule, match="Ngày 09/11/2026"):
        approving.submit(a.workspace, a.people["soan"], second)
    approving.reject(a.workspace, a.people["duyet"], first, "sửa giờ")
    approving.submit(a.workspace, a.people["soan"], first)
    third = a.draft("ba.md", due="2026-11-10T07:00+07:00")
    approving.submit(a.workspace, a.people["soan"], third)
    assert posts.get(a.workspace, third).status == "in_review"
    approving.approve(a.workspace, a.people["duyet"], first)
    with pytest.raises(RefusedByRule, match="Ngày 09/11/2026"):
        approving.submit(a.workspace, a.people["soan"], second)
    approving.approve(a.workspace, a.people["duyet"], third)
    with pytest.raises(RefusedByRule, match="Ngày 09/11/2026"):
        deciding.move(a.workspace, a.people["ky"], f"{third}@{a.channel}", "2026-11-09T15:00+07:00")
    province.b.submitted("mot.md", due=DUE)


def test_media_beyond_the_limit_are_refused_with_both_sizes(province: Province):
    from PIL import Image

    house, a = province.house, province.a
    units.limit(house.workspace, house.people["ky"], "00001", {"media_mb": 1})
    names = [f"anh{number}.png" for number in range(3)]
    for name in names:
        Image.effect_noise((1600, 1600), 120).save(a.workspace.folder / "posts" / name)
    media = ", ".join(f"{{file: {name}, alt: Hội trường}}" for name in names)
    with pytest.raises(RefusedByRule, match="quá mức 1 MB"):
        a.draft(due=DUE, media=f"[{media}]")
    assert posts.listing(a.workspace) == []


def test_a_unit_ends_when_nothing_of_it_waits(province: Province):
    house, a = province.house, province.a
    ky = house.people["ky"]
    post = a.submitted(due=DUE)
    with pytest.raises(RefusedByRule, match="1 lượt đăng"):
        units.end(house.workspace, ky, "00001", "sáp nhập")
    approving.reject(a.workspace, a.people["duyet"], post, "thôi")
    with pytest.raises(UsageError):
        units.end(house.workspace, ky, "00001", " ")
    assert units.end(house.workspace, ky, "00001", "sáp nhập").ended_at
    assert posts.listing(a.workspace) == [], "whoever is still signed in sees nothing any more"
    assert [one.id for one in posts.listing(house.workspace)] == [post]


def test_the_province_sees_sums_and_no_commune_sees_anothers(province: Province):
    province.pin(province.a, province.b)
    province.a.approved("mot.md", due=DUE)
    province.b.submitted("hai.md", due=DUE)
    province.office.publish_until(datetime.fromisoformat("2026-11-09T07:05+07:00"))
    days = (date(2026, 11, 1), date(2026, 11, 30))
    for workspace in (province.house.workspace, province.own()):
        told = {one.unit: (one.name, one.published, one.waiting) for one in units.figures(workspace, *days)}
        assert told == {"": ("Tỉnh Thử", 0, 0), "00001": ("Xã Một", 1, 0), "00002": ("Xã Hai", 0, 1)}
    assert [one.unit for one in units.figures(province.a.workspace, *days)] == ["00001"]


def loa(
    province: Province, *words: str, user: str = "ky", folder: Path | None = None
) -> tuple[int, str, str]:
    given = {"LOA_PASSPHRASE": PASSPHRASE, "LOA_USER": user, "COLUMNS": "200"}
    where = folder or province.house.workspace.folder
    told = CliRunner().invoke(cli, ["-w", str(where), *words], env=given)
    return told.exit_code, told.stdout, told.stderr + repr(told.exception)


def test_the_commands_say_what_to_do_next(province: Province):
    code, _, said = loa(province, "unit", "add", "00003", "--name", "Trường Ba", "--kind", "truong")
    assert (code, "loa unit login 00003" in said) == (0, True), said
    code, kept, said = loa(province, "unit", "login", "00003")
    assert code == 0, said
    for part in ("config.toml", "database = ", "~/.pgpass"):
        assert part in kept, "the password is told once: also into a file"
    assert "loa trust add" in said
    code, told, _ = loa(province, "unit", "list", "--json")
    assert (code, [one["code"] for one in json.loads(told)]) == (0, ["00001", "00002", "00003"])
    code, told, said = loa(province, "unit", "list")
    assert (code, "Trường Ba" in told) == (0, True), said
    code, told, _ = loa(province, "unit", "limit", "00003", "--channels", "2", "--json")
    assert json.loads(told)["channels_most"] == 2
    code, told, said = loa(province, "unit", "sum", "--from", "01/11/2026", "--to", "30/11/2026")
    assert (code, "Trường Ba" in told) == (0, True), said
    code, _, said = loa(province, "unit", "end", "00003", "--reason", "giải thể")
    assert code == 0, said
    code, _, said = loa(province, "unit", "show", "00009")
    assert code != 0
    assert "unit.unknown" in said


def test_trust_on_a_communes_pc_does_not_claim_that_the_publisher_believes(province: Province):
    folder = province.a.workspace.folder
    code, _, said = loa(province, "trust", "add", "duyet00001", user="ky00001", folder=folder)
    assert code == 0, said
    assert "máy đăng bài chưa tin" in said
    assert "loa trust add duyet00001 --unit 00001," in said


def test_a_commune_delegates_and_adopts_by_command(province: Province):
    a, house = province.a, province.house
    house.draft("moi.md", due=DUE)
    code, told, said = loa(province, "offer", "make", "moi", "--to", "00001", "--json", user="duyet")
    assert code == 0, said
    number = str(json.loads(told)["id"])
    at_a = a.workspace.folder
    code, told, said = loa(province, "offer", "show", number, user="soan00001", folder=at_a)
    assert (code, "Hiểu luật" in told) == (0, True), said
    code, _, said = loa(province, "offer", "adopt", number, user="soan00001", folder=at_a)
    assert (code, "loa draft save" in said) == (0, True), said
    code, told, said = loa(province, "offer", "answers", number)
    assert (code, "đã lấy" in told) == (0, True), said
    for words in (("offer", "list"), ("offer", "list", "--json"), ("unit", "delegations", "--all")):
        assert loa(province, *words, user="soan00001", folder=at_a)[0] == 0
    late = ("--until", "31/12/2026")
    code, _, said = loa(province, "unit", "delegate", "approve", *late, user="duyet00001", folder=at_a)
    assert code == 0, said
    code, told, _ = loa(province, "unit", "delegations", "--json", user="duyet00001", folder=at_a)
    assert [one["what"] for one in json.loads(told)] == ["approve"]
    code, _, said = loa(province, "unit", "undelegate", "1", user="duyet00001", folder=at_a)
    assert code == 0, said
    code, _, said = loa(province, "offer", "withdraw", number, "--reason", "sai ngày", user="duyet")
    assert code == 0, said
    code, _, said = loa(
        province, "offer", "decline", number, "--reason", "thôi", user="soan00001", folder=at_a
    )
    assert code != 0


LOOKS = (
    *("status", "doctor", "audit verify", "audit list", "queue list", "post list", "freeze list"),
    *(
        "blackout list",
        "user list",
        "trust list",
        "channel list",
        "inbox list",
        "reach show",
        "activity list",
    ),
    *("alert list", "unit list", "unit sum", "offer list", "db show", "draft list", "slots show"),
)


def test_a_communes_commands_answer_with_nothing_of_another(neighbours: Province):
    for words in LOOKS:
        code, told, said = loa(
            neighbours, *words.split(), user="ky00001", folder=neighbours.a.workspace.folder
        )
        assert not re.search("Programming|Privilege|Attribute|Assertion|DBAPI", said), f"{words}: {said}"
        assert "bi-mat" not in told + said, words
        assert "Chuyện riêng" not in told + said, words
        assert code in (0, 1, 2, 3, 4), words


def test_a_communes_backup_holds_what_it_sees(neighbours: Province, tmp_path: Path):
    from scheduler.store import moving
    from scheduler.store.database import Database
    from scheduler.store.tables import post

    neighbours.a.draft("cua-minh.md", due=DUE)
    copy = Database(f"sqlite:///{tmp_path / 'ban-sao.db'}")
    moving.snapshot(neighbours.a.workspace.database, copy)
    with copy.read() as connection:
        assert connection.execute(select(post.c.id)).scalars().all() == ["cua-minh"]
    copy.close()


@pytest.fixture
def neighbours(province: Province) -> Province:
    """The other commune has a post that is nobody's business."""
    province.b.submitted("bi-mat.md", title="Chuyện riêng của xã Hai", due=DUE)
    return province
