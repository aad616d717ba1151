"""Settings: a slip is named with its key and the nearest valid one; the shipped file is the defaults."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from content.approval import ApprovalRules, Role
from content.errors import UsageError
from loa import config
from loa.config import parse
from loa.settings import Config
from tests.loa.conftest import Loa
from tests.support.office import Office


def test_the_shipped_config_says_exactly_what_the_code_defaults_to():
    """It may be deleted line by line without any change: that is what its first comment promises."""
    assert parse(config.default_text()) == Config() == parse("")


def test_the_shipped_config_is_the_one_at_the_root_of_the_repository():
    root = Path(config.__file__).parents[1] / "config.toml"
    assert config.default_text() == root.read_text("utf-8")


def test_every_setting_stands_in_the_shipped_config():
    """A setting that nobody can find is no setting."""
    text = config.default_text()
    for key, kind in config._KNOWN.items():
        if isinstance(kind, dict):
            assert f"[{key}]" in text
            for inner in kind:
                assert f"\n{inner} = " in text or f"[{key}.{inner}]" in text, f"{key}.{inner}"
        else:
            assert f"\n{key} = " in text or f"[{key}]" in text, key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[window]\ntheme = "pink"', "“window.theme” không dùng được: pink"),
        ("[window]\nlock_minutes = -1", "“window.lock_minutes” không dùng được: -1"),
        ('[window]\ntheem = "dark"', "không có mục “window.theem”. Dùng được: theme"),
        ('[keys]\n"room.freeze" = "f7"', "“keys.room.freeze” không dùng được: f7"),
        ('[keys]\n"room.freeze" = [7]', "“keys.room.freeze”"),
        ('langauge = "vi"', "không có mục “langauge”. Dùng được: language"),
        ('[unit]\nfone = "1"', "không có mục “unit.fone”. Dùng được: phone"),
        ("[publisher]\nworker = 3", "không có mục “publisher.worker”. Dùng được: workers"),
        ("[publisher]\nzzz = 3", "workers, reach_minutes"),
        ("[aproval]\nexpires_days = 3", "không có mục “aproval”. Dùng được: approval"),
        ('[approval.kinds]\nvan_ban_mo = ["approver"]', "“approval.kinds.van_ban_mo”"),
        ('[approval.kinds]\nvan_ban_mo = ["approver"]', "Dùng được: approval.kinds.van_ban_moi"),
        ("[deadline_hours]\ntin_hoat_don = 6", "Dùng được: deadline_hours.tin_hoat_dong"),
        ("[deadline_hours]\nhoi_dap = 0", "“deadline_hours.hoi_dap” không dùng được: 0"),
        ("[deadline_hours]\nhoi_dap = inf", "“deadline_hours.hoi_dap”"),
        ("[deadline_hours]\nhoi_dap = nan", "“deadline_hours.hoi_dap”"),
        ("[deadline_hours]\nhoi_dap = true", "“deadline_hours.hoi_dap”"),
        ("deadline_hours = 3", "“deadline_hours” không dùng được: 3"),
        ('timezone = "Asia/Hanoi"', "“timezone” không dùng được: Asia/Hanoi"),
        ('timezone = "../../etc/passwd"', "“timezone”"),
        ('timezone = ""', "“timezone”"),
        ('language = "fr"', "“language” không dùng được: fr"),
        ("language = 3", "“language” không dùng được: 3"),
        ("[publisher]\nworkers = 0", "“publisher.workers” không dùng được: 0"),
        ("[publisher]\nworkers = true", "“publisher.workers”"),
        ('[publisher]\nworkers = "64"', "“publisher.workers”"),
        ("[approval]\nrequired = []", "“approval.required”"),
        ('[approval]\nrequired = ["drafter"]', "“approval.required”"),
        ("[approval]\nexpires_days = 0", "“approval.expires_days”"),
        ('database = "mysql://u:matkhau@may/loa"', "“database” không dùng được: mysql:"),
        ('database = "postgresql://loa@may"', "thiếu tên cơ sở dữ liệu"),
        ('database = "postgresql://loa@may:5432/"', "thiếu tên cơ sở dữ liệu"),
        ('database = "postgresql://loa:matkhau@may/loa"', "không được chứa mật khẩu"),
        ('database = "postgresql://loa:matkhau@may:5432/loa"', "không được chứa mật khẩu"),
        ('database = "postgresql://loa:mat/khau@may/loa"', "không được chứa mật khẩu"),
        ('database = "postgresql://loa@may/loa?password=matkhau"', "không được chứa mật khẩu"),
        ('database = "postgresql:///?host=/run"', "thiếu tên cơ sở dữ liệu"),
        ("language = ", "config.toml viết sai"),
        ("[unit", "config.toml viết sai"),
    ],
)
def test_a_mistake_names_its_key_and_what_would_be_right(text: str, said: str):
    with pytest.raises(UsageError) as raised:
        parse(text)
    assert said in str(raised.value)
    assert raised.value.exit_code == 2
    assert "matkhau" not in str(raised.value), "an address of a database may hold a password"


def test_a_mistake_stops_every_command_before_anything_happens(desk: Office, at_desk: Loa):
    (desk.folder / "config.toml").write_text("[publisher]\nworker = 3\n", "utf-8")
    for command in ("queue list", "status", "run --once", "doctor", "post list"):
        answer = at_desk(*command.split())
        assert answer.code == 2, command
        assert "publisher.worker" in answer.err


def test_a_file_that_is_no_utf_8_names_itself_and_the_byte(tmp_path: Path):
    (tmp_path / "config.toml").write_bytes(b'[unit]\nname = "X\xe3 L\xe0ng"\n')
    with pytest.raises(UsageError) as raised:
        config.read(tmp_path)
    assert str(tmp_path / "config.toml") in str(raised.value)
    assert "byte 16" in str(raised.value)


def test_what_notepad_leaves_in_a_file_does_not_matter(tmp_path: Path):
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf" + b'language = "en"\r\n')
    assert config.read(tmp_path).language == "en"


def test_names_are_composed_however_they_were_typed():
    import unicodedata

    read = parse(unicodedata.normalize("NFD", '[unit]\nname = "Xã Thường Thới"\n'))
    assert unicodedata.is_normalized("NFC", read.unit.name)


def test_approval_rules_are_read_whole():
    rules = parse(
        '[approval]\nrequired = ["approver"]\nexpires_days = 7\n'
        '[approval.kinds]\nvan_ban_moi = ["reviewer", "approver"]\n'
    ).approval
    assert rules == ApprovalRules(
        required=(Role.APPROVER,),
        by_kind={"van_ban_moi": (Role.REVIEWER, Role.APPROVER)},
        lasts=timedelta(days=7),
    )


def test_a_kinds_deadline_decides_how_late_it_may_go(desk: Office, at_desk: Loa):
    config_file = desk.folder / "config.toml"
    text = config_file.read_text("utf-8").replace("# tin_hoat_dong = 6", "hoi_dap = 1.5")
    config_file.write_text(text, "utf-8")
    from tests.support.office import write_post

    assert at_desk("post", "import", write_post(desk.folder / "posts"), user="soan").code == 0
    view = desk.view("hoi-dap@website")
    assert view.deadline is not None
    assert view.due_at is not None
    assert view.deadline - view.due_at == timedelta(minutes=90)


def test_who_is_no_reader_is_checked_where_it_is_written() -> None:
    told = parse('[counter]\nown = ["203.0.113.7", "2001:db8::/32"]\nrobots = ["quet-tin"]')
    assert (told.counter.own, told.counter.robots) == (("203.0.113.7", "2001:db8::/32"), ("quet-tin",))
    for written in ('own = ["xa"]', 'own = "203.0.113.7"', "own = [1]", "robots = [true]"):
        with pytest.raises(UsageError, match="counter"):
            parse(f"[counter]\n{written}")
