"""The command line: data on stdout, speech on stderr, one exit code per ending, no secret anywhere."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from content.wording import say
from loa.services import approving
from tests.loa.conftest import NOBODY_THERE, Answer, Loa
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, Office, write_post

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")
DELIVERY_KEYS = [
    "id",
    "post",
    "channel",
    "platform",
    "status",
    "due_at",
    "deadline",
    "attempts",
    "remote_id",
    "url",
    "published_at",
    "verified_at",
    "last_error",
    "next_at",
    "title",
    "unit",
]
"""What programs of others read: a change here breaks them."""
FANPAGE = "hoi-dap@fanpage"
WEBSITE = "hoi-dap@website"


def sql(office: Office, statement: str) -> None:
    office.workspace.database.run(lambda c: c.exec_driver_sql(statement))


# ---- the whole way of one post -----------------------------------------------------------------


def test_the_main_job_by_commands_alone(tmp_path: Path, run_loa: Loa, clock: TestClock):
    """From an empty folder to an approved post, with nothing but the command line."""
    folder = tmp_path / "xa"

    def loa(*args: object, **more: str | None) -> Answer:
        answer = run_loa("-w", folder, *args, **more)
        assert answer.code == 0, f"loa {' '.join(map(str, args))}\n{answer.err}"
        return answer

    assert "user add" in run_loa("init", folder).err, "init says what comes next"
    loa("user", "add", "ky", "--full-name", "Kỹ Thuật", "--role", "operator", user=None)
    for name, role in (("soan", "drafter"), ("duyet", "approver")):
        loa("user", "add", name, "-n", f"Cán bộ {name}", "-r", role, LOA_NEW_PASSPHRASE=PASSPHRASE)
    loa("channel", "add", "website", "--platform", "website", "--name", "Trang tin xã")
    loa("post", "import", write_post(folder / "posts", channels="[website]"), user="soan")
    loa("post", "submit", "hoi-dap", user="soan")
    loa("post", "approve", "hoi-dap", user="duyet")
    [row] = loa("queue", "list", "--json", user=None).json
    assert (row["id"], row["status"]) == (WEBSITE, "queued")


def test_run_once_publishes_what_is_due_and_stops(
    office: Office, in_office: Loa, clock: TestClock, monkeypatch
):
    office.approved(channels="[website]")
    clock.instant = DUE

    def now() -> datetime:  # a clock that goes on by itself, faster than the wall's
        return clock.forward(seconds=0.2)

    monkeypatch.setattr(clock, "now", now)
    answer = in_office("run", "--once", "--quiet", user=None)
    assert answer.code == 0, answer.err
    assert "Đã dừng sau" in answer.err
    assert office.view(WEBSITE).status == "published"


# ---- stdout is data ------------------------------------------------------------------------------


def test_the_json_of_the_queue_has_the_documented_keys_in_the_documented_order(desk: Office, at_desk: Loa):
    desk.approved()
    rows = at_desk("queue", "list", "--json").json
    assert [list(row) for row in rows] == [DELIVERY_KEYS, DELIVERY_KEYS]
    assert rows[0]["due_at"] == "2026-11-09T00:00:00Z"
    assert rows[0]["published_at"] is None, "what is not known is null, never an empty time"
    dossier = at_desk("queue", "show", FANPAGE, "--json").json
    assert list(dossier) == [*DELIVERY_KEYS, "ledger", "approvals", "word"]


def test_queue_and_posts_are_searched_with_or_without_marks(desk: Office, at_desk: Loa):
    desk.import_post("dat-dai.md", title="Hỏi đáp đất đai", due="2026-11-10T08:00+07:00")
    desk.import_post("ho-tich.md", title="Hỏi đáp hộ tịch", due="2026-11-10T08:00+07:00")
    for words in ("dat dai", "Đất ĐAI", "hoi dat"):
        rows = at_desk("queue", "list", "--search", words, "--json").json
        assert {row["post"] for row in rows} == {"dat-dai"}
        assert {row["title"] for row in rows} == {"Hỏi đáp đất đai"}
        assert [post["id"] for post in at_desk("post", "list", "--search", words, "--json").json] == [
            "dat-dai"
        ]
    assert at_desk("queue", "list", "--search", "hoi dap website", "--json").json != []
    assert at_desk("queue", "list", "--search", "khong co gi", "--json").json == []


@pytest.mark.parametrize(
    "command",
    [
        "queue list",
        f"queue show {FANPAGE}",
        "post list",
        "post show hoi-dap",
        "post check hoi-dap",
        "channel list",
        "channel check website",
        "user list",
        "reach show",
        "status",
        "doctor",
    ],
)
def test_json_is_all_there_is_on_stdout(office: Office, in_office: Loa, command: str):
    office.approved()
    answer = in_office(*command.split(), "--json", user=None)
    assert answer.code in (0, 1), answer.err  # doctor: no publisher runs
    assert isinstance(json.loads(answer.out), list | dict)
    assert answer.err == ""


@pytest.mark.parametrize(
    "command", ["post submit hoi-dap", f"queue move {FANPAGE} +2h", "channel check website"]
)
def test_what_is_said_about_an_action_never_reaches_stdout(office: Office, in_office: Loa, command: str):
    office.import_post()
    answer = in_office(*command.split(), user="soan")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err


def test_the_json_of_an_import_keeps_speech_apart(desk: Office, at_desk: Loa):
    answer = at_desk("post", "import", write_post(desk.folder / "posts"), "--json", user="soan")
    assert answer.json == [
        {"post": "hoi-dap", "title": "Vì sao là ngày 9 tháng 11?", "outcome": "new", "remarks": []}
    ]
    assert "Đã nhập hoi-dap" in answer.err


def test_a_table_that_is_piped_is_never_cut(desk: Office, at_desk: Loa):
    title = "Phổ biến, giáo dục pháp luật " * 6
    desk.import_post(title=f'"{title.strip()}"')
    assert title.strip() in at_desk("post", "list").out
    assert "…" not in at_desk("post", "list").out


# ---- who is asking -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ({"user": None}, 2, "Xin cho biết bạn là ai: --as TÊN"),
        ({"passphrase": None}, 2, "LOA_PASSPHRASE"),
        ({"passphrase": "không phải nó"}, 3, "Cụm mật khẩu của soan không đúng"),
        ({"user": "soam"}, 4, "Không có cán bộ “soam”. Gần nhất: soan"),
        ({"user": "duyet"}, 3, "duyet không có vai trò cần cho việc này (soạn)"),
    ],
)
def test_whoever_may_not_submit_is_told_why(
    desk: Office, at_desk: Loa, more: dict[str, str], code: int, said: str
):
    desk.import_post()
    answer = at_desk("post", "submit", "hoi-dap", **{"user": "soan", **more})
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err, answer.err
    assert set(desk.statuses().values()) == {"draft"}


def test_the_passphrase_may_be_typed_in_either_normal_form(desk: Office, at_desk: Loa):
    import unicodedata

    secret = "Cụm mật khẩu thứ hai"
    added = at_desk("user", "add", "hai", "-n", "Hai", "-r", "drafter", LOA_NEW_PASSPHRASE=secret)
    assert added.code == 0, added.err
    desk.import_post()
    typed = unicodedata.normalize("NFD", secret)
    assert at_desk("post", "submit", "hoi-dap", user="hai", passphrase=typed).code == 0


def test_looking_needs_no_name(desk: Office, at_desk: Loa):
    desk.import_post()
    for command in ("queue list", "post list", "post show hoi-dap", "channel list", "user list", "status"):
        assert at_desk(*command.split(), user=None, passphrase=None).code == 0, command


def test_an_author_who_is_also_an_approver_may_not_approve_the_own_post(desk: Office, at_desk: Loa):
    at_desk(
        "user", "add", "hai", "-n", "Hai", "-r", "drafter", "-r", "approver", LOA_NEW_PASSPHRASE=PASSPHRASE
    )
    path = write_post(desk.folder / "posts")
    at_desk("post", "import", path, user="hai")
    assert at_desk("post", "submit", "hoi-dap", user="hai").code == 0
    answer = at_desk("post", "approve", "hoi-dap", user="hai")
    assert answer.code == 3
    assert "hai có tham gia soạn bài hoi-dap nên không được tự duyệt" in answer.err
    assert set(desk.statuses().values()) == {"in_review"}


def test_one_who_gave_two_levels_does_not_lock_the_second_person_out(desk: Office, at_desk: Loa):
    """Two levels want two people; the person who may give both must not use both up."""
    config = desk.folder / "config.toml"
    text = config.read_text("utf-8").replace('required = ["approver"]', 'required = ["reviewer", "approver"]')
    config.write_text(text, "utf-8")
    at_desk(
        "user", "add", "hai", "-n", "Hai", "-r", "reviewer", "-r", "approver", LOA_NEW_PASSPHRASE=PASSPHRASE
    )
    desk.import_post()
    approving.submit(desk.workspace, desk.people["soan"], "hoi-dap")
    for _ in range(2):
        at_desk("post", "approve", "hoi-dap", user="hai")
    assert set(desk.statuses().values()) == {"in_review"}
    answer = at_desk("post", "approve", "hoi-dap", user="duyet")
    assert answer.code == 0, answer.err
    assert set(desk.statuses().values()) == {"queued"}


def test_two_approvers_of_one_level_can_both_say_yes(desk: Office, at_desk: Loa):
    config = desk.folder / "config.toml"
    text = config.read_text("utf-8").replace('required = ["approver"]', 'required = ["approver", "approver"]')
    config.write_text(text, "utf-8")
    at_desk("user", "add", "hai", "-n", "Hai", "-r", "approver", LOA_NEW_PASSPHRASE=PASSPHRASE)
    desk.import_post()
    approving.submit(desk.workspace, desk.people["soan"], "hoi-dap")
    assert at_desk("post", "approve", "hoi-dap", user="hai").code == 0
    assert set(desk.statuses().values()) == {"in_review"}
    answer = at_desk("post", "approve", "hoi-dap", user="duyet")
    assert answer.code == 0, answer.err
    assert set(desk.statuses().values()) == {"queued"}


# ---- exit codes and nearest names ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("qeue list", 2, "Có phải là “queue”?"),
        ("queue list --status publised", 2, "“publised”. Dùng được: published"),
        ("queue list --status zzz", 2, "draft, in_review, queued"),
        ("queue list --channel fanpag", 4, "Không có kênh “fanpag”. Gần nhất: fanpage"),
        ("queue list --post hoi-dapp", 4, "Không có bài “hoi-dapp”. Gần nhất: hoi-dap"),
        ("queue show hoi-dap@fanpag", 4, f"Gần nhất: {FANPAGE}"),
        ("post list --status publised", 2, "“publised”. Dùng được: published"),
        ("post show hoidap", 4, "Không có bài “hoidap”. Gần nhất: hoi-dap"),
        ("post check xyz", 4, "Không có bài “xyz”.\n"),
        ("post submit hoidap", 4, "Gần nhất: hoi-dap"),
        ("post approve hoi-dap", 3, "soan không có vai trò cần cho việc này (thẩm định, duyệt)"),
        ("post withdraw hoi-dap --reason x", 3, "không có gì để đưa về nháp"),
        ("channel check fanpag", 4, "Gần nhất: fanpage"),
        ("channel add kenh -p website", 3, "soan không có vai trò"),
        ("reach show hoidap", 4, "“hoidap”. Gần nhất: hoi-dap"),
        ("reach pull hoi-dap@web", 4, "Không có lượt đăng “hoi-dap@web”"),
        (f"queue move {FANPAGE} hôm_nào", 2, "Loa chưa hiểu thời gian 'hôm_nào'"),
        (f"queue move {FANPAGE} 2020-01-01T07:00", 3, "Giờ mới đã qua"),
        (f"queue retry {FANPAGE}", 3, "không có vai trò"),
        ("practice fault 500 --url " + NOBODY_THERE, 5, "Hãy chạy `loa practice` trước"),
        ("practice --page 1001", 2, "“1001” phải có dạng MÃ:MÃ_TRUY_CẬP:TÊN"),
    ],
)
def test_a_slip_ends_in_its_exit_code_and_says_what_was_meant(
    desk: Office, at_desk: Loa, command: str, code: int, said: str
):
    desk.import_post()
    answer = at_desk(*command.split(), user="soan")
    assert answer.code == code, answer.err
    assert said in answer.err, answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("channel add Kênh -p website", 2, "không dùng làm mã kênh được"),
        ("channel add website -p website", 3, "Đã có kênh website"),
        ("channel add moi -p facebok", 2, "Không có nền tảng “facebok”. Có phải là “facebook”?"),
        ("channel add moi -p website --set folderr=x", 2, "“folderr”. Dùng được: folder"),
        ("channel add moi -p website --set folder", 2, "“folder” phải có dạng TÊN=GIÁ_TRỊ"),
        ("channel add moi -p facebook", 2, "LOA_SECRET_PAGE_TOKEN"),
        ("user add Lớn -n Lớn -r drafter", 2, "không dùng làm tên đăng nhập được"),
        ("user add moi -n Mới -r draftr", 2, "Không có vai trò “draftr”. Dùng được: drafter"),
        ("user add soan -n Soạn -r drafter", 3, "Đã có cán bộ tên soan"),
    ],
)
def test_a_slip_of_the_operator_is_named(desk: Office, at_desk: Loa, command: str, code: int, said: str):
    answer = at_desk(*command.split(), LOA_NEW_PASSPHRASE=PASSPHRASE)
    assert answer.code == code, answer.err
    assert said in answer.err, answer.err


def test_a_new_officer_without_a_passphrase_is_told_which_variable_would_do(desk: Office, at_desk: Loa):
    answer = at_desk("user", "add", "moi", "-n", "Mới", "-r", "drafter")
    assert answer.code == 2
    assert "LOA_NEW_PASSPHRASE" in answer.err


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path: Path, run_loa: Loa, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = run_loa("queue", "list")
    assert answer.code == 4
    assert "--workspace" in answer.err
    answer = run_loa("queue", "list", workspace=tmp_path / "xa")
    assert answer.code == 4
    assert f"loa init {tmp_path / 'xa'}" in answer.err


def test_a_checkout_with_its_shipped_config_is_not_taken_for_a_workspace(
    tmp_path: Path, run_loa: Loa, monkeypatch
):
    """The root of Loa's own repository has a config.toml; `loa` there must not start a database in it."""
    from loa import config

    (tmp_path / "config.toml").write_text(config.default_text(), "utf-8")
    monkeypatch.chdir(tmp_path)
    assert run_loa("queue", "list").code == 4
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_init_leaves_a_folder_with_files_alone(tmp_path: Path, run_loa: Loa):
    (tmp_path / "quan-trong.txt").write_text("của ai đó", "utf-8")
    answer = run_loa("init", tmp_path)
    assert answer.code == 2
    assert "đã có tệp khác" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["quan-trong.txt"]


def test_a_platform_that_is_away_is_exit_5(desk: Office, at_desk: Loa):
    answer = at_desk("channel", "check", "fanpage")
    assert answer.code == 5
    assert "Không kết nối được" in answer.err


def test_a_wrong_token_is_exit_5_and_says_what_to_do(office: Office, in_office: Loa):
    office.server.add_page("1001", token="một mã khác")
    answer = in_office("channel", "check", "fanpage")
    assert answer.code == 5
    assert "Facebook không nhận mã truy cập của Trang nữa" in answer.err
    assert "Kênh fanpage chưa dùng được" in answer.err
    data = in_office("channel", "check", "fanpage", "--json")
    assert data.code == 5
    assert data.json["ok"] is False


def test_a_fault_of_ours_is_exit_1_and_names_no_secret(desk: Office, at_desk: Loa, monkeypatch):
    from loa.services import posts

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("access_token=EAAbimat0123456789 trong một thông báo lỗi")

    monkeypatch.setattr(posts, "listing", broken)
    answer = at_desk("post", "list")
    assert answer.code == 1
    assert "Loa gặp lỗi bên trong (RuntimeError)" in answer.err
    assert "EAAbimat" not in answer.err
    assert "Traceback" not in answer.err


def test_the_language_can_be_chosen_for_one_command(desk: Office, at_desk: Loa):
    desk.import_post()
    english = at_desk("--lang", "en", "post", "show", "hoidap")
    assert english.code == 4
    assert "There is no post “hoidap”. Nearest: hoi-dap." in english.err
    assert "Monday" in at_desk("--lang", "en", "queue", "list").out
    assert "Thứ Hai" in at_desk("queue", "list").out


def test_a_workspace_in_english_speaks_english(desk: Office, at_desk: Loa):
    config = desk.folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace('language = "vi"', 'language = "en"'), "utf-8")
    assert "There is no post" in at_desk("post", "show", "x").err
    assert "Không có bài" in at_desk("post", "show", "x", LOA_LANGUAGE="vi").err, "the person goes before"


def test_where_no_name_is_near_there_is_no_word_of_one(desk: Office, at_desk: Loa):
    near = say("time.no_channel", channel="zzz", nearest="–")
    assert near == "Không có kênh nào tên zzz. Xem: `loa channel list`."
    assert at_desk("post", "show", "zzz").err.strip() == "Không có bài “zzz”."
    assert at_desk("--lang", "en", "post", "show", "zzz").err.strip() == "There is no post “zzz”."


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("queue lst", "Không có lệnh “lst”. Dùng được: list."),
        (
            "queue xyz",
            "Không có lệnh “xyz”. Dùng được: cancel, clean, done, hand-over, list, move, overdue, "
            "posted, recall, removed, retry, settle, show.\n"
            "Xem cách dùng: loa q",
        ),
        ("queue cancel a@b", "Thiếu --reason."),
        ("queue show", "Thiếu DELIVERY."),
        ("queue list --statuss x", "Không có tùy chọn “--statuss”. Dùng được: --status."),
        ("queue list --limit abc", "Giá trị của --limit không dùng được: cần một số."),
        ("practice load --units 5000", "Giá trị của --units không dùng được: cần một số từ 1 đến 3400.\n"),
        ("practice load --posts x", "Giá trị của --posts không dùng được: cần một số từ 1 đến 50.\n"),
        ("queue list --channel", "Tùy chọn --channel cần một giá trị đi kèm."),
        ("--lang fr queue list", "Giá trị của --lang không dùng được: chọn một trong vi, en."),
    ],
)
def test_a_slip_in_the_words_of_a_command_is_told_in_the_officers_language(
    run_loa: Loa, command: str, said: str
):
    answer = run_loa(*command.split())
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(said), answer.err
    for english in ("Usage", "Error", "Try", "Missing", "No such", "Invalid"):
        assert english not in answer.err


@pytest.mark.parametrize("command", ["", "queue", "unit delegate", "audit list"])
def test_help_is_in_the_officers_language_to_its_frames(run_loa: Loa, command: str):
    shown = run_loa(*command.split(), "--help").out
    assert shown.startswith("Cách dùng: loa "), shown
    for english in ("Usage", "Options", "OPTIONS", "ARGS", "Show this", "[required]", "[default"):
        assert english not in shown
    assert run_loa("--lang", "en", *command.split(), "--help").out.startswith("Usage: loa ")


# ---- post ------------------------------------------------------------------------------------------


def test_show_gives_exactly_what_each_channel_will_show(desk: Office, at_desk: Loa):
    desk.import_post(text="**Hiểu luật** để [sống vui](https://a.example).")
    shown = at_desk("post", "show", "hoi-dap").out
    assert "── website (website: site)" in shown
    assert "**Hiểu luật** để [sống vui](https://a.example)." in shown
    assert "Hiểu luật để sống vui (https://a.example)." in shown, shown


def test_reject_sends_it_back_with_the_reason_on_screen(desk: Office, at_desk: Loa):
    desk.import_post()
    approving.submit(desk.workspace, desk.people["soan"], "hoi-dap")
    assert at_desk("post", "reject", "hoi-dap", "--reason", "  ", user="duyet").code == 2
    answer = at_desk("post", "reject", "hoi-dap", "--reason", "sai tên cơ quan", user="duyet")
    assert answer.code == 0
    assert "Đã trả lại hoi-dap" in answer.err
    assert "bị trả lại (sai tên cơ quan)" in at_desk("queue", "list").out


def test_a_withdrawn_post_leaves_the_queue_and_its_approval_is_void(desk: Office, at_desk: Loa):
    desk.approved()
    assert at_desk("post", "withdraw", "hoi-dap", "--reason", "chờ ý kiến", user="soan").code == 0
    assert set(desk.statuses().values()) == {"draft"}
    shown = at_desk("queue", "show", FANPAGE).out
    assert "không còn hiệu lực (đã rút)" in shown, shown


def test_a_post_can_be_withdrawn_while_a_worker_prepares_it(office: Office, in_office: Loa):
    """Whoever withdraws must not read "withdrawn" while one channel of the post goes on to its minute."""
    office.approved(channels="[fanpage]")
    office.clock.instant = DUE - timedelta(minutes=5)
    with office.publisher() as worker:
        claim = worker.claim_one()
        assert office.view(FANPAGE).status == "preparing"
        answer = in_office("post", "withdraw", "hoi-dap", "--reason", "sai tên", user="duyet")
        assert answer.code == 0, answer.err
        worker.lanes.run(claim)
        worker.work_until(DUE + timedelta(minutes=30))
    assert office.view(FANPAGE).status == "draft"
    assert office.server.ledger(arrivals=False)["total"]["public"] == 0
    office.clock.instant = DUE - timedelta(minutes=1)
    approving.submit(office.workspace, office.people["soan"], "hoi-dap")
    approving.approve(office.workspace, office.people["duyet"], "hoi-dap")
    office.publish_until(DUE + timedelta(minutes=30))
    assert office.server.ledger(arrivals=False)["total"]["public"] == 1, "and it can be sent later, once"


def test_check_looks_only_at_what_can_still_change(desk: Office, at_desk: Loa, clock: TestClock):
    """A published delivery's time has passed; that is no mistake of the post."""
    desk.approved()
    sql(desk, "UPDATE delivery SET status = 'published'")
    clock.instant = DUE + timedelta(days=1)
    answer = at_desk("post", "check", "hoi-dap")
    assert answer.code == 0, answer.err


def test_check_does_not_ask_for_a_channel_that_was_dropped(desk: Office, at_desk: Loa):
    desk.import_post(text="x" * 70_000)
    assert at_desk("post", "check", "hoi-dap").code == 3
    desk.import_post(text="x" * 70_000, channels="[website]")
    answer = at_desk("post", "check", "hoi-dap")
    assert answer.code == 0, answer.err


def test_a_post_without_a_time_says_how_to_give_it_one(desk: Office, at_desk: Loa):
    desk.import_post(due="")
    answer = at_desk("post", "submit", "hoi-dap", user="soan")
    assert answer.code == 3
    assert f'loa queue move {FANPAGE} "' in answer.err
    for delivery in (FANPAGE, WEBSITE):
        assert at_desk("queue", "move", delivery, "09/11/2026 07:00", user="soan").code == 0
    assert at_desk("post", "submit", "hoi-dap", user="soan").code == 0


# ---- queue -----------------------------------------------------------------------------------------


def test_cancel_wants_a_reason_and_nothing_is_sent_afterwards(office: Office, in_office: Loa):
    office.approved()
    assert in_office("queue", "cancel", FANPAGE, "--reason", " ", user="duyet").code == 2
    answer = in_office("queue", "cancel", FANPAGE, "--reason", "viết sai tên", user="duyet")
    assert answer.code == 0
    assert "đã hủy" in answer.err
    assert in_office("queue", "cancel", FANPAGE, "--reason", "lần nữa", user="duyet").code == 3
    office.publish_until(DUE + timedelta(hours=1))
    assert office.statuses() == {FANPAGE: "cancelled", WEBSITE: "published"}


def test_move_inside_the_approved_window_keeps_the_approval(office: Office, in_office: Loa):
    office.approved(channels="[fanpage]")
    answer = in_office("queue", "move", FANPAGE, "09/11/2026 07:20", user="duyet")
    assert answer.code == 0
    assert "Thứ Hai 09/11/2026 07:20 (Asia/Ho_Chi_Minh, UTC+07:00)" in answer.err
    assert office.view(FANPAGE).status == "queued"
    office.publish_until(DUE + timedelta(minutes=19))
    assert office.view(FANPAGE).status == "ready"
    office.publish_until(DUE + timedelta(minutes=25))
    view = office.view(FANPAGE)
    assert view.status == "published"
    assert view.published_at is not None
    assert view.published_at >= DUE + timedelta(minutes=20)


@pytest.mark.parametrize("when", ["09/11/2026 06:59", "01/12/2026 07:00"])
def test_move_outside_the_approved_window_voids_the_approval(office: Office, in_office: Loa, when: str):
    office.approved(channels="[fanpage]")
    answer = in_office("queue", "move", FANPAGE, when, user="duyet")
    assert answer.code == 0
    assert "`loa post submit hoi-dap` rồi duyệt" in answer.err
    assert office.view(FANPAGE).status == "draft"
    assert "đã đổi giờ ra ngoài khung đã duyệt" in in_office("queue", "show", FANPAGE).out
    office.publish_until(datetime.fromisoformat("2026-12-02T07:00+07:00"))
    assert office.server.ledger(arrivals=False)["total"]["public"] == 0


def test_a_ready_delivery_that_is_moved_later_is_not_published_early(office: Office, in_office: Loa):
    office.approved(channels="[fanpage]")
    office.publish_until(DUE - timedelta(minutes=1))
    assert office.view(FANPAGE).status == "ready"
    assert in_office("queue", "move", FANPAGE, "10/11/2026 09:00", user="duyet").code == 0
    office.publish_until(DUE + timedelta(hours=25))
    assert office.server.ledger(arrivals=False)["total"]["public"] == 0
    office.publish_until(DUE + timedelta(hours=27))
    published = office.view(FANPAGE).published_at
    assert published == datetime.fromisoformat("2026-11-10T09:00+07:00")
    assert office.server.ledger(arrivals=False)["total"]["public"] == 1


def test_a_draft_may_be_moved_as_often_as_one_likes(desk: Office, at_desk: Loa):
    desk.import_post(channels="[fanpage]")
    for when in ("10/11/2026 09:00", "11/11/2026 09:00"):
        assert at_desk("queue", "move", FANPAGE, when, user="soan").code == 0
    assert desk.view(FANPAGE).due_at == datetime.fromisoformat("2026-11-11T09:00+07:00")


def test_retry_takes_up_a_failed_delivery_whose_approval_still_stands(office: Office, in_office: Loa):
    office.approved(channels="[fanpage]")
    office.server.fault("code_100", method="POST", edge="feed")
    office.publish_until(DUE + timedelta(minutes=5))
    assert office.view(FANPAGE).status == "failed"
    assert "fb:100" in in_office("queue", "show", FANPAGE).out
    assert in_office("queue", "retry", FANPAGE).code == 0
    office.publish_until(DUE + timedelta(minutes=10))
    assert office.view(FANPAGE).status == "published"


def test_retry_after_the_deadline_or_without_approval_is_refused(
    desk: Office, at_desk: Loa, clock: TestClock
):
    desk.approved(channels="[fanpage]")
    sql(desk, "UPDATE delivery SET status = 'failed', wake_at = NULL")
    sql(desk, "UPDATE approval SET officer = 'soan'")
    answer = at_desk("queue", "retry", FANPAGE)
    assert answer.code == 3
    assert "không có chữ ký hợp lệ" in answer.err
    clock.instant = DUE + timedelta(days=20)
    answer = at_desk("queue", "retry", FANPAGE)
    assert answer.code == 3
    assert "đã quá hạn chót" in answer.err


def in_doubt(office: Office) -> None:
    """A delivery that read-back could not settle."""
    office.approved(channels="[fanpage]")
    office.publish_until(DUE - timedelta(minutes=1))
    sql(
        office,
        "UPDATE delivery SET status = 'unknown', wake_at = NULL, last_error = 'settle.no_way_to_tell'",
    )
    office.clock.instant = DUE + timedelta(minutes=10)


def test_settle_by_the_address_of_the_post(office: Office, in_office: Loa):
    in_doubt(office)
    assert "không có cách nào biết bài đã đăng hay chưa" in in_office("status").out
    answer = in_office("queue", "settle", FANPAGE, "--url", "https://facebook.example/1001/posts/9")
    assert answer.code == 0
    view = office.view(FANPAGE)
    assert (view.status, view.url) == ("published", "https://facebook.example/1001/posts/9")


def test_settle_as_not_public_wants_a_reason_and_sends_it_again(office: Office, in_office: Loa):
    in_doubt(office)
    assert in_office("queue", "settle", FANPAGE, "--not-public").code == 2
    assert in_office("queue", "settle", FANPAGE, "--not-public", "--reason", "đã xem Trang").code == 0
    assert office.view(FANPAGE).status == "ready"
    office.publish_until(DUE + timedelta(minutes=15))
    assert office.view(FANPAGE).status == "published"
    assert office.server.ledger(arrivals=False)["total"]["public"] == 1


def test_settle_as_not_public_after_the_deadline_is_missed(office: Office, in_office: Loa):
    in_doubt(office)
    office.clock.instant = DUE + timedelta(days=20)
    in_office("queue", "settle", FANPAGE, "--not-public", "--reason", "đã xem Trang")
    assert office.view(FANPAGE).status == "missed"


def test_settle_without_a_word_looks_again(office: Office, in_office: Loa):
    in_doubt(office)
    assert in_office("queue", "settle", FANPAGE).code == 0
    office.publish_until(DUE + timedelta(minutes=15))
    steps = office.steps(FANPAGE)
    assert ("settle", "not_seen") in steps, steps
    assert office.view(FANPAGE).status == "published", "it was not there, so it was sent"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--url", "trang của xã"], "không phải địa chỉ trang web"),
        (["--url", "javascript:alert(1)"], "không phải địa chỉ trang web"),
        (["--url", "https://a.example/1", "--not-public", "--reason", "x"], "Chỉ chọn một"),
    ],
)
def test_settle_takes_one_answer_and_a_real_address(
    office: Office, in_office: Loa, options: list[str], said: str
):
    in_doubt(office)
    answer = in_office("queue", "settle", FANPAGE, *options)
    assert answer.code == 2
    assert said in answer.err
    assert office.view(FANPAGE).status == "unknown"


def test_only_what_is_in_doubt_can_be_settled(desk: Office, at_desk: Loa):
    desk.approved(channels="[fanpage]")
    answer = at_desk("queue", "settle", FANPAGE, "--url", "https://a.example/1")
    assert answer.code == 3
    assert "đang ở trạng thái “đã duyệt, chờ đăng”" in answer.err


def test_the_ledger_of_a_delivery_is_told_in_words(office: Office, in_office: Loa):
    office.approved(channels="[fanpage]")
    office.server.fault("500_after_accept", method="POST", edge="")
    office.publish_until(DUE + timedelta(minutes=5))
    shown = in_office("queue", "show", FANPAGE).out
    for words in ("chuẩn bị: xong", "đăng: chưa rõ kết quả", "kiểm tra lại: thấy bài đã công khai"):
        assert words in shown, shown


def test_every_outcome_that_can_be_stored_has_words():
    """A code of the policy that nobody translated would stand on the screen as it is."""
    import re

    import scheduler
    from loa.speech import outcome

    room = Path(scheduler.__file__).parent
    source = "".join((room / name).read_text("utf-8") for name in ("policy.py", "lane.py", "queue.py"))
    codes = set(re.findall(r'Decision\(\s*[\w.]+,\s*"([a-z_]+)"', source)) | {"interrupted"}
    assert len(codes) > 10
    assert {code for code in codes if outcome(code) == code} == set()
    assert outcome("late:published") != "late:published"
    assert outcome("") == "…"


# ---- secrets ---------------------------------------------------------------------------------------

TOKEN = "bi-mat-DUNG-LO-4f9d1c77"
"""Looks like nothing in particular, so that no pattern can hide it by luck."""


@pytest.mark.sqlite
def test_a_token_never_shows_in_any_output_log_or_file(
    office: Office, in_office: Loa, caplog: pytest.LogCaptureFixture
):
    """Planted as a Page's real token; then everything that can go wrong with it goes wrong."""
    caplog.set_level(logging.INFO)
    office.server.add_page("2002", "Trang thứ hai", TOKEN)
    heard: list[str] = []

    def loa(*args: object, **more: str | None) -> Answer:
        answer = in_office(*args, **more)
        heard.append(answer.out + answer.err)
        return answer

    secret: dict[str, str | None] = {"LOA_SECRET_PAGE_TOKEN": TOKEN}
    add = ("channel", "add", "kenh2", "-p", "facebook", "-a", "2002", "-s", f"base_url={office.server.url}")
    assert loa(*add, "-s", f"page_token={TOKEN}", **secret).code == 2, "a secret is no setting"
    assert loa(*add, **secret).code == 0
    assert loa(*add, **secret).code == 3, "a second time"
    loa("channel", "check", "kenh2")
    office.approved(channels="[kenh2]")
    for kind in ("500", "code_190", "html_502", "cut_after_accept", "error_200"):
        office.server.fault(kind)
        loa("channel", "check", "kenh2")
        loa("channel", "check", "kenh2", "--json")
    office.server.fault("code_190", method="POST", edge="")
    office.publish_until(DUE + timedelta(minutes=5))
    assert office.view("hoi-dap@kenh2").status == "held"
    loa("channel", "check", "kenh2")
    office.publish_until(DUE + timedelta(minutes=30))
    assert office.view("hoi-dap@kenh2").status == "published"
    office.server.stop()
    for command in (
        "channel check kenh2",
        "reach pull",
        "doctor",
        "doctor --json",
        "status --json",
        "channel list --json",
        "queue show hoi-dap@kenh2 --json",
        "queue show hoi-dap@kenh2",
    ):
        loa(*command.split())
    assert len(heard) > 20
    assert TOKEN not in "\n".join(heard)
    assert TOKEN not in caplog.text
    files = [path for path in office.folder.rglob("*") if path.is_file()]
    assert {"loa.db", "vault.key"} <= {path.name for path in files}
    leaks = [path.name for path in files if TOKEN.encode() in path.read_bytes()]
    assert leaks == [], "the token stands in clear in these files"
    assert not any(PASSPHRASE.encode() in path.read_bytes() for path in files)


@pytest.mark.sqlite
def test_the_database_file_holds_the_token_only_as_ciphertext_wal_included(desk: Office, at_desk: Loa):
    add = ("channel", "add", "kenh2", "-p", "facebook", "-a", "2002")
    at_desk(*add, LOA_SECRET_PAGE_TOKEN=TOKEN)
    assert (desk.folder / "loa.db-wal").is_file(), "the newest rows lie in the WAL, so it is looked at too"
    for path in desk.folder.glob("loa.db*"):
        assert TOKEN.encode() not in path.read_bytes(), path.name
    with desk.workspace.database.read() as connection:
        hidden = connection.exec_driver_sql(
            "SELECT ciphertext FROM secret WHERE channel_id = 'kenh2'"
        ).scalar()
    assert desk.workspace.vault.show(str(hidden)) == TOKEN


# ---- help ------------------------------------------------------------------------------------------


def test_help_lists_every_command_with_its_sentence_and_the_exit_codes(run_loa: Loa):
    from loa.cli.main import COMMANDS

    for args in ((), ("--help",), ("-h",)):
        answer = run_loa(*args)
        assert answer.code == 0
        for name in COMMANDS:
            assert f"\n  {name} " in answer.out
        assert "cli.help." not in answer.out, "a command has no sentence in the catalogue"
        assert "Mã thoát: 0 xong" in answer.out


@pytest.mark.parametrize(
    "group", ["user", "channel", "post", "queue", "reach", "practice", "init", "run", "doctor"]
)
def test_help_of_every_group_is_whole(run_loa: Loa, group: str):
    answer = run_loa(group, "--help")
    assert answer.code == 0
    assert "cli.help." not in answer.out + answer.err


def test_the_version_is_said(run_loa: Loa):
    from loa import __version__

    assert run_loa("--version").out.strip() == __version__
