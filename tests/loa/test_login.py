"""Signing in: every question reaches the person, and what it brought is stored whole or not at all."""

from __future__ import annotations

import logging
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors import registry
from connectors.errors import AuthLost
from connectors.extras import Ask, Choose, Conversation, Granted, Pause, Tell, Visit
from connectors.facebook import FacebookPage
from connectors.practice.wordpress import PracticeWordPress
from content.errors import LoaError, PlatformTrouble, RefusedByRule, UsageError
from loa.services import channels, connecting, landing, login
from loa.services.connecting import ChannelSecrets, only_one
from loa.services.landing import Landing, landing_at
from loa.services.login import Step
from scheduler.store.tables import audit_event, channel, secret
from tests.loa.conftest import Loa
from tests.support.office import PAGE, Office

TYPED = "practice-secret-typed-by-hand-71c3"


@dataclass
class Person:
    """A `Skin` that answers from a list and remembers what it was shown; it raises its exceptions."""

    answers: list[str | BaseException]
    shown: list[tuple[str, int, str]] = field(default_factory=list)

    def _next(self, kind: str, step: Step) -> str:
        self.shown.append((kind, step.number, step.words))
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def tell(self, step: Step) -> None:
        self._next("tell", step)

    def ask(self, step: Step, *, secret: bool, default: str) -> str:
        return self._next("secret" if secret else "ask", step)

    def choose(self, step: Step, options: Sequence[tuple[str, str]]) -> str:
        return self._next("choose", step)

    def visit(self, step: Step, address: str, landing: Landing | None) -> str:
        return self._next("visit", step)

    def pause(self, step: Step, seconds: float) -> None:
        self._next("pause", step)


Script = Callable[[FacebookPage], Conversation]
Hold = Callable[[Script], None]


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Gives Facebook a conversation; everything else of it stays what it is, the health check included."""
    real = registry.connector_class

    def use(script: Script) -> None:
        page = type("Page", (FacebookPage,), {"login": script})
        monkeypatch.setattr(registry, "connector_class", lambda p: page if p == "facebook" else real(p))

    return use


def talk(granted: Granted) -> Script:
    """Something to read, a secret, a choice; then what was granted."""

    def script(_page: FacebookPage) -> Conversation:
        yield Tell("login.ask.enter")
        yield Ask("app_secret", "login.ask.hidden", secret=True)
        yield Choose("login.ask.choose", (("one", "Trang một"), ("two", "Trang hai")))
        return granted

    return script


ANSWERS = ["", TYPED, "one"]


def token_of(office: Office) -> str:
    return str(office.server.world.pages[PAGE].token)


def sign_in(
    office: Office, channel_id: str, person: Person, who: str = "ky", **more: str
) -> channels.ChannelView:
    settings = {"base_url": office.server.url} if "platform" in more else {}
    what = login.plan(office.workspace, office.people[who], channel_id, settings=settings, **more)
    return login.sign_in(office.workspace, office.people[who], what, person)


def everything(office: Office) -> list[object]:
    with office.workspace.database.read() as connection:
        return [connection.execute(select(table)).all() for table in (channel, secret, audit_event)]


# ---- what is stored --------------------------------------------------------------------------------


def test_a_new_channel_is_stored_with_all_that_was_granted_and_works_at_once(office: Office, hold: Hold):
    page = office.server.add_page("2002", "Trang thứ hai")
    hold(
        talk(
            Granted(
                "2002", "Trang thứ hai", {"page_token": page.token, "note": "kept too"}, {"metrics": "reach"}
            )
        )
    )
    view = sign_in(office, "trang-hai", Person(list(ANSWERS)), platform="facebook")
    assert (view.account, view.name, view.platform) == ("2002", "Trang thứ hai", "facebook")
    assert view.settings == {"base_url": office.server.url, "metrics": "reach"}
    assert ChannelSecrets(office.workspace, "trang-hai").read() == {
        "page_token": page.token,
        "note": "kept too",
    }
    assert channels.check(office.workspace, office.people["ky"], "trang-hai").ok
    with office.workspace.database.read() as connection:
        event = connection.execute(select(audit_event).order_by(audit_event.c.id.desc())).first()
        assert (
            connection.exec_driver_sql("SELECT count(*) FROM lane WHERE channel_id = 'trang-hai'").scalar()
            == 1
        )
    assert event is not None
    assert (event.actor, event.action, event.subject) == ("ky", "channel_signed_in", "trang-hai")


def test_a_name_given_by_hand_goes_before_the_platforms(office: Office, hold: Hold):
    office.server.add_page("2002", "Trang thứ hai")
    hold(talk(Granted("2002", "Trang thứ hai", {"page_token": "practice-x"})))
    assert (
        sign_in(office, "trang-hai", Person(list(ANSWERS)), platform="facebook", name="Của xã").name
        == "Của xã"
    )


def test_a_renewal_replaces_the_token_keeps_the_rest_and_the_approvals_stand(office: Office, hold: Hold):
    post = office.approved(channels="[fanpage]")
    ChannelSecrets(office.workspace, "fanpage").replace(
        {"page_token": "practice-dead", "other": "practice-other"}
    )
    assert not channels.check(office.workspace, office.people["ky"], "fanpage").ok
    before = channels.get(office.workspace, "fanpage")
    hold(talk(Granted(PAGE, "Xã Thử Nghiệm", {"page_token": token_of(office)}, {"metrics": "reach"})))
    view = sign_in(office, "fanpage", Person(list(ANSWERS)))
    assert view.name == before.name
    assert view.settings == {**before.settings, "metrics": "reach"}
    kept = {"page_token": token_of(office), "other": "practice-other"}
    assert ChannelSecrets(office.workspace, "fanpage").read() == kept
    assert channels.check(office.workspace, office.people["ky"], "fanpage").ok
    assert office.statuses()[f"{post}@fanpage"] == "queued"


def test_another_identity_is_refused_by_name_and_nothing_is_stored(office: Office, hold: Hold):
    before = everything(office)
    hold(talk(Granted("9009", "Trang nhà hàng xóm", {"page_token": "practice-theirs"})))
    with pytest.raises(RefusedByRule, match=r"Trang nhà hàng xóm.*9009.*1001.*Chưa lưu gì"):
        sign_in(office, "fanpage", Person(list(ANSWERS)))
    assert everything(office) == before


def test_a_new_channel_for_an_identity_that_has_one_is_refused(office: Office, hold: Hold):
    before = everything(office)
    hold(talk(Granted(PAGE, "Xã Thử Nghiệm", {"page_token": token_of(office)})))
    with pytest.raises(RefusedByRule, match="Kênh fanpage đã trỏ tới"):
        sign_in(office, "lan-hai", Person(list(ANSWERS)), platform="facebook")
    assert everything(office) == before


@pytest.mark.parametrize("given", range(3))
def test_stopping_at_any_question_stores_nothing_and_ends_the_conversation(
    office: Office, hold: Hold, given: int
):
    before, ended = everything(office), []

    def script(page: FacebookPage) -> Conversation:
        try:
            store = page.context.secrets
            assert store is not None
            with store.alone():
                store.replace({"page_token": "practice-half-way"})
            assert store.read()["page_token"] == "practice-half-way", (
                "as a connector that renews would see it"
            )
            return (yield from talk(Granted(PAGE, "x", {"page_token": "practice-x"}))(page))
        finally:
            ended.append(True)

    def made(self: FacebookPage, context: object) -> None:
        self.context = context
        real(self, context)

    real = FacebookPage.__init__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FacebookPage, "__init__", made)
        hold(script)
        with pytest.raises(KeyboardInterrupt):
            sign_in(office, "fanpage", Person([*ANSWERS[:given], KeyboardInterrupt()]))
    assert ended == [True]
    assert everything(office) == before


def test_a_platforms_error_is_one_sentence_without_what_was_typed(office: Office, hold: Hold):
    before = everything(office)

    def script(_page: FacebookPage) -> Conversation:
        typed = yield Ask("app_secret", "login.ask.hidden", secret=True)
        left = yield Visit("login.visit.copy", "https://example.vn/consent")
        raise AuthLost("fb:strange", f"the app said {typed} and {left}")

    hold(script)
    code = "practice-code-0815"
    with pytest.raises(PlatformTrouble) as raised:
        sign_in(office, "fanpage", Person([TYPED, f"http://127.0.0.1/?code={code}"]))
    said = str(raised.value)
    assert raised.value.exit_code == 5
    assert "fb:strange" in said
    assert "Chưa lưu gì" in said
    assert TYPED not in said
    assert code not in said
    assert raised.value.__cause__ is None
    assert everything(office) == before


def test_a_renewal_under_way_elsewhere_is_waited_for(office: Office, hold: Hold, monkeypatch):
    """The publisher that rotates a one-use token would write its own over what was just granted."""
    before = everything(office)
    hold(talk(Granted(PAGE, "Xã Thử Nghiệm", {"page_token": token_of(office)})))
    monkeypatch.setattr(connecting, "ALONE_TIMEOUT_S", 0.05)
    with only_one(office.workspace, "fanpage.secrets"), pytest.raises(PlatformTrouble, match="vault:busy"):
        sign_in(office, "fanpage", Person(list(ANSWERS)))
    assert everything(office) == before
    monkeypatch.setattr(connecting, "ALONE_TIMEOUT_S", 25.0)
    held, go = threading.Event(), threading.Event()

    def renew() -> None:
        with only_one(office.workspace, "fanpage.secrets"):
            held.set()
            go.wait(10)
            ChannelSecrets(office.workspace, "fanpage").replace({"page_token": "practice-from-before"})

    thread = threading.Thread(target=renew)
    thread.start()
    assert held.wait(10)
    threading.Timer(0.2, go.set).start()
    sign_in(office, "fanpage", Person(list(ANSWERS)))
    thread.join(10)
    assert ChannelSecrets(office.workspace, "fanpage").read() == {"page_token": token_of(office)}


def test_a_channel_whose_key_was_lost_is_repaired_by_signing_in(office: Office, hold: Hold):
    (office.folder / "vault.key").unlink()
    office.workspace.__dict__.pop("vault")
    assert not channels.check(office.workspace, office.people["ky"], "fanpage").ok
    hold(talk(Granted(PAGE, "Xã Thử Nghiệm", {"page_token": token_of(office)})))
    sign_in(office, "fanpage", Person(list(ANSWERS)))
    assert channels.check(office.workspace, office.people["ky"], "fanpage").ok


# ---- refused before anybody types ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel_id", "more", "kind", "words"),
    [
        ("moi", {}, UsageError, "--platform"),
        ("moi", {"platform": "facebok"}, UsageError, "facebook"),
        ("Mới!", {"platform": "facebook"}, UsageError, "mã kênh"),
        ("moi", {"platform": "website"}, UsageError, "loa channel add moi"),
        ("website", {}, UsageError, "loa channel set website"),
        ("fanpage", {"platform": "website"}, RefusedByRule, "facebook"),
        ("fanpage", {"who": "soan"}, RefusedByRule, "kỹ thuật"),
        ("fanpage", {"slip": "yes"}, UsageError, "base_url"),
    ],
)
def test_what_cannot_be_is_said_first(
    office: Office, hold: Hold, channel_id: str, more: dict[str, str], kind: type[LoaError], words: str
):
    hold(talk(Granted(PAGE, "x")))
    settings = {"base_ulr": "x"} if "slip" in more else {}
    who = office.people[more.get("who", "ky")]
    with pytest.raises(kind, match=words):
        login.plan(office.workspace, who, channel_id, platform=more.get("platform", ""), settings=settings)


# ---- the conversation ----------------------------------------------------------------------------


def test_questions_are_numbered_asked_again_under_their_number_and_answers_are_trimmed():
    heard: list[str] = []

    def script() -> Conversation:
        heard.append((yield Tell("login.ask.enter")))
        heard.append((yield Ask("id", "login.ask.answer", default="mặc định")))
        heard.append((yield Ask("id", "login.ask.choose_again", {"most": 3})))
        heard.append((yield Pause(0.0, "login.ask.enter")))
        heard.append((yield Choose("login.ask.choose", (("a", "A"), ("b", "B")))))
        heard.append((yield Visit("login.visit.copy", "https://example.vn")))
        return Granted("1", "x")

    person = Person(["", "", "  hai  ", "", "c", "b", " https://example.vn/?code=1 "])
    assert login.drive(script(), person) == Granted("1", "x")
    assert heard == ["", "mặc định", "hai", "", "b", "https://example.vn/?code=1"]
    assert [(kind, number) for kind, number, _ in person.shown] == [
        ("tell", 1),
        ("ask", 2),
        ("ask", 2),
        ("pause", 2),
        ("choose", 3),
        ("choose", 3),
        ("visit", 4),
    ]
    assert person.shown[2][2] == "Hãy gõ một số từ 1 đến 3."


# ---- where the browser lands -----------------------------------------------------------------------


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(address: str) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_browser_is_heard_once_at_its_one_address(port: int, caplog: pytest.LogCaptureFixture, capfd):
    caplog.set_level(logging.DEBUG)
    with landing_at(f"http://localhost:{port}/xong") as there:
        assert there is not None
        assert there.wait(0) == ""
        for elsewhere in ("/", "/xong", "/favicon.ico", "/xong/khac?code=1", "/khac?code=1"):
            assert get(f"http://127.0.0.1:{port}{elsewhere}")[0] == 404, elsewhere
        assert there.wait(0) == ""
        status, page = get(f"http://127.0.0.1:{port}/xong?code=practice-code-1&state=a%20b")
        assert status == 200
        assert "Đã xong, quay lại Loa" in page
        assert "practice-code-1" not in page
        assert get(f"http://127.0.0.1:{port}/xong?code=second")[0] == 200
        assert there.wait(5) == f"http://localhost:{port}/xong?code=practice-code-1&state=a%20b"
    with pytest.raises(urllib.error.URLError):
        get(f"http://127.0.0.1:{port}/xong?code=3")
    assert "practice-code-1" not in caplog.text + "".join(capfd.readouterr())


def test_only_this_machine_is_listened_to(port: int):
    with landing_at(f"http://127.0.0.1:{port}/") as there:
        assert there is not None
        with socket.socket() as other, pytest.raises(OSError, match="refused"):
            other.connect(("127.0.0.2", port))
    for address in (
        "https://127.0.0.1:1/",
        "http://example.vn/",
        "http://192.168.1.5:8080/",
        "http://[bad",
        "",
        "x",
    ):
        with landing_at(address) as there:
            assert there is None, f"{address}: pasting ends no conversation"


def test_a_silent_connection_keeps_nobody_waiting(port: int):
    """Browsers open connections ahead of need."""
    with landing_at(f"http://127.0.0.1:{port}/") as there, socket.socket() as silent:
        assert there is not None
        silent.connect(("127.0.0.1", port))
        assert get(f"http://127.0.0.1:{port}/?code=1")[0] == 200


def test_a_port_that_is_taken_means_pasting(port: int):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with landing_at(f"http://127.0.0.1:{port}/") as there:
            assert there is None


def test_nobody_is_listened_to_for_ever(port: int, monkeypatch):
    monkeypatch.setattr(landing, "OPEN_FOR_S", 0.05)
    with landing_at(f"http://127.0.0.1:{port}/") as there:
        assert there is not None
        deadline = threading.Event()
        for _ in range(100):
            with socket.socket() as probe:
                probe.settimeout(0.2)
                probe.connect(("127.0.0.1", port))
                probe.sendall(b"GET /?code=1 HTTP/1.0\r\n\r\n")
                try:
                    if not probe.recv(10):
                        break
                except TimeoutError:
                    break
            deadline.wait(0.05)
        else:
            pytest.fail("it still answers")


# ---- the terminal ----------------------------------------------------------------------------------


def test_without_a_terminal_the_other_commands_are_named(at_desk: Loa):
    answer = at_desk("channel", "login", "fanpage")
    assert answer.code == 2
    assert "loa channel add" in answer.err
    assert "loa channel set" in answer.err


CHILD = """
import sys
from connectors import registry
from connectors.extras import Ask, Choose, Granted, Pause, Tell, Visit
from connectors.facebook import FacebookPage
from content.wording import catalogue

words = catalogue("vi")
words["login.test.read"] = "Đọc kỹ đoạn này, nó dài hơn tám mươi cột để thấy dòng ngắt đúng chỗ. " * 3
words["login.test.page"] = "Chọn Trang của xã."

class Page(FacebookPage):
    def login(self):
        yield Tell("login.test.read")
        token = yield Ask("page_token", "login.test.page", secret=True)
        chosen = yield Choose("login.test.page", (("1001", "Xã Thử Nghiệm"), ("1", "Trang khác")))
        yield Pause(0.01, "login.test.read")
        left = yield Visit("login.test.page", "https://www.facebook.example/" + "x" * 90, {listen!r})
        assert left == {listen!r} + "?code=abc", left
        return Granted(chosen, "Xã Thử Nghiệm", {{"page_token": token}})

real = registry.connector_class
registry.connector_class = lambda p: Page if p == "facebook" else real(p)
from loa.cli.main import main
sys.argv = ["loa", *sys.argv[1:]]
main()
"""


@pytest.fixture
def terminal(office: Office, tmp_path: Path, port: int) -> Iterator[Callable[..., tuple[int, str]]]:
    """`loa channel login fanpage` in a real terminal of 80 columns, given answers: exit code and screen."""
    pytest.importorskip("pty")
    from tests.support.terminal import converse

    script = tmp_path / "child.py"
    script.write_text(CHILD.format(listen=f"http://127.0.0.1:{port}/"), "utf-8")

    def run(*answers: tuple[str, str | Callable[[], object]]) -> tuple[int, str]:
        environment = {
            "LOA_WORKSPACE": str(office.folder),
            "LOA_USER": "ky",
            "LOA_PASSPHRASE": "mot cum mat khau",
        }
        return converse([str(script), "channel", "login", "fanpage"], environment, answers)

    return run


@pytest.mark.sqlite
def test_in_a_terminal_it_reads_well_hides_the_secret_and_tests_the_channel(
    office: Office, terminal, port: int
):
    token = token_of(office)
    ChannelSecrets(office.workspace, "fanpage").replace({"page_token": "practice-dead"})
    code, screen = terminal(
        ("Enter để tiếp tục", "\n"),
        ("không hiện ra màn hình", token + "\n"),
        ("Gõ số", "7\n"),
        ("Gõ số", "1\n"),
        ("nhấn Enter. Nếu trình", lambda: get(f"http://127.0.0.1:{port}/?code=abc")),
        ("dán vào đây", "\n"),
    )
    assert code == 0, screen
    assert token not in screen
    for words in (
        " 1. Đọc kỹ",
        " 2. Chọn Trang",
        " 3. Chọn Trang",
        "1) Xã Thử Nghiệm",
        " 4. Chọn Trang",
        "từ 1 đến 2",
    ):
        assert words in screen, f"{words!r} not in\n{screen}"
    assert "Đã lưu đăng nhập mới của kênh fanpage" in screen
    assert screen.rstrip().splitlines()[-1].startswith("Kênh dùng được (Xã Thử Nghiệm)")
    too_wide = [line for line in screen.splitlines() if len(line) > 80 and "facebook.example" not in line]
    assert too_wide == []
    assert ChannelSecrets(office.workspace, "fanpage").read() == {"page_token": token}


@pytest.mark.sqlite
def test_ctrl_c_in_a_terminal_says_that_nothing_was_stored(office: Office, terminal):
    before = everything(office)
    code, screen = terminal(("Enter để tiếp tục", "\n"), ("không hiện ra màn hình", "\x03"))
    assert code == 130
    assert "Chưa lưu gì" in screen
    assert everything(office) == before


# ---- what the platforms bring ----------------------------------------------------------------------


def test_a_site_that_is_known_by_its_address_signs_in_anew_and_again(desk: Office):
    """From nothing to a channel that works, then with another password: by WordPress's own questions."""
    with PracticeWordPress(name="Xã Thống Nhất") as site:
        site.world.now = desk.clock.now
        site.add_user("loa", "abcd EFGH 1234 ijkl mnop qrst")
        person = Person([site.url, "", "loa", "sai roi sai roi", "", "loa", "abcd EFGH 1234 ijkl mnop qrst"])
        what = login.plan(desk.workspace, desk.people["ky"], "wp", platform="wordpress", settings={})
        first = login.sign_in(desk.workspace, desk.people["ky"], what, person)
        assert first.name.startswith("Xã Thống Nhất")
        assert first.settings == {"base_url": site.url}
        assert channels.check(desk.workspace, desk.people["ky"], "wp").ok
        site.add_user("loa", "zzzz EFGH 1234 ijkl mnop qrst")
        assert not channels.check(desk.workspace, desk.people["ky"], "wp").ok
        again = Person(["", "", "zzzz EFGH 1234 ijkl mnop qrst"])
        what = login.plan(desk.workspace, desk.people["ky"], "wp", settings={})
        assert login.sign_in(desk.workspace, desk.people["ky"], what, again) == first
        assert channels.check(desk.workspace, desk.people["ky"], "wp").ok


@pytest.mark.parametrize("platform", [p for p in registry.platforms() if p not in ("website", "assisted")])
def test_a_platforms_first_question_has_words_and_nothing_is_asked_of_the_network(
    desk: Office, platform: str
):
    if not hasattr(registry.connector_class(platform), "login"):
        pytest.skip("no signing in here")
    what = login.plan(desk.workspace, desk.people["ky"], "moi", platform=platform, settings={})
    person = Person([KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        login.sign_in(desk.workspace, desk.people["ky"], what, person)
    [(_, number, words)] = person.shown
    assert number == 1
    assert " " in words
    assert not words.startswith(f"{platform}."), "a key without its sentence"
