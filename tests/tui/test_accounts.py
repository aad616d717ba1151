"""The room of accounts: what is wrong and what to do, sign-in as a walk of dialogs, only what roles allow."""

from __future__ import annotations

import asyncio
import contextlib
import re
from datetime import timedelta
from html import unescape

import pytest
import requests
from textual.pilot import Pilot
from textual.widgets import Static

from connectors.contract import Health
from connectors.practice.hall import PracticeHall
from content.wording import use_language
from loa.services import accounts, channels, health, people, standing, stopping, targets, training, trusting
from loa.services.accounts import Account
from loa.services.alerts import Severity
from scheduler.status import Status
from tests.support.office import PASSPHRASE, Office
from tests.tui.window import (
    enter,
    goldens,
    press,
    same_at_every_size,
    settled,
    text,
    typed,
    until,
    watching,
)
from tui import rooms
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Form
from tui.dialogs.told import Told, Trouble
from tui.rooms import accounts_deeds
from tui.rooms.accounts_walk import Visit, Waiting

watch = watching("accounts", 80, 24)


def stop_channel(office: Office) -> None:
    """The Page's access was taken back, as the publisher noted it."""
    from sqlalchemy import update

    from scheduler.store.tables import channel

    stopped = update(channel).where(channel.c.id == "fanpage")
    reason = "fb:190/460: The password was changed"
    office.workspace.database.run(lambda c: c.execute(stopped.values(state="stopped", state_reason=reason)))


def asked(office: Office, channel: str, days: float | None = None, **more: object) -> None:
    """The platform was asked a moment ago and said this."""
    now = office.clock.now()
    ends = now + timedelta(days=days) if days is not None else None
    said = Health(**{"ok": True, "expires_at": ends, "name": "Xã Thử Nghiệm", **more})  # type: ignore[arg-type]
    office.workspace.database.run(lambda c: standing.keep(c, channel, said, now))


@pytest.fixture
def well(busy: Office) -> Office:
    asked(busy, "fanpage", days=9.5)
    asked(busy, "website")
    return busy


@pytest.fixture
def troubled(busy: Office) -> Office:
    """A stopped Page, an officer whose key is no longer believed, a backup, nobody who is told."""
    asked(busy, "website")
    stop_channel(busy)
    trusting.until_now(busy.workspace, busy.people["ky"], "soan")
    health.note_checked(busy.workspace, "backup", {})
    return busy


# ---- what it shows


STATES: dict[str, list[str]] = {
    "channels": ["down"],
    "stopped": [],
    "officers": ["f2", "down", "down"],
    "menu": ["f4"],
}


@pytest.fixture
def always_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))
    monkeypatch.setattr(trusting, "fingerprint", lambda _: "0123 4567 89ab cdef")  # keys are by chance


@pytest.mark.usefixtures("always_alike")
@pytest.mark.parametrize("name", STATES)
def test_the_screen_reads_well(troubled: Office, name: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, *STATES[name])
        await same_at_every_size(pilot, f"accounts_{name}")

    watch(troubled, story, who="ky")


@pytest.mark.usefixtures("always_alike")
@pytest.mark.parametrize("name", ["channels", "officers"])
def test_the_screen_speaks_english(troubled: Office, name: str) -> None:
    use_language("en")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, *STATES[name])
        await same_at_every_size(pilot, f"accounts_en_{name}")

    watch(troubled, story, who="ky")


@pytest.mark.usefixtures("always_alike")
def test_without_a_channel_the_room_says_how_to_begin(no_channels: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await same_at_every_size(pilot, "accounts_empty")

    watch(no_channels, story, who="ky")


def test_a_stopped_channel_says_why_and_what_to_do(troubled: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        shown = text(pilot.app)
        assert "ĐANG DỪNG" in shown
        told = str(pilot.app.screen.query_one("#told", Static).content)
        assert "Vì sao:" in told
        assert "Mật khẩu Facebook của người cấp quyền đã đổi" in told
        assert "F8 đăng nhập lại" in told

    watch(troubled, story)


def test_days_left_and_the_last_look_are_told(well: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        told = str(pilot.app.screen.query_one("#told", Static).content)
        assert "còn 9 ngày" in text(pilot.app)
        assert "sắp hết hạn" in told
        assert "Quyền truy cập đến" in told
        assert "theo lần hỏi Thứ Hai 09/11/2026" in told
        await press(pilot, "down")
        told = str(pilot.app.screen.query_one("#told", Static).content)
        assert "không có ngày hết hạn" in told

    watch(well, story, 140, 40)


def test_a_freeze_on_a_channel_is_seen_and_proposed(well: Office) -> None:
    stopping.start(well.workspace, well.people["duyet"], "channel", "website", "sai tên")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "down")
        assert "bị lệnh dừng" in text(pilot.app)
        assert "sai tên" in str(pilot.app.screen.query_one("#told", Static).content)
        assert pilot.app.screen.at_hand() == {"channel": "website"}

    watch(well, story, 140, 40)


def test_who_is_told_and_who_cannot_be_reached(well: Office) -> None:
    seen = accounts.read(well.workspace)
    assert seen.targets == []
    targets.add(well.workspace, well.people["ky"], "xa", "json://127.0.0.1:9/khong-co-ai", Severity.WARNING)

    async def story(pilot: Pilot[None]) -> None:
        assert "Báo tin cho: xa · Chưa có bản sao lưu nào" in text(pilot.app)

    watch(well, story)


def test_an_officer_whose_key_is_not_believed_stands_out(troubled: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f2", "end")
        told = str(pilot.app.screen.query_one("#told", Static).content)
        assert "Chữ ký sau" in told
        assert "Nguyễn Thị Soạn" in told
        await press(pilot, "escape")
        assert "Kênh: 2 kênh" in text(pilot.app)

    watch(troubled, story)


def test_whoever_comes_for_a_channel_finds_the_cursor_on_it(well: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await enter(pilot, "queue")
        await pilot.app.go("accounts", channel="website")
        await settled(pilot)
        assert pilot.app.screen.account.id == "website"

    watch(well, story)


# ---- who may do what


def account(office: Office, name: str) -> Account:
    return next(one for one in accounts.read(office.workspace).channels if one.id == name)


def test_only_what_the_roles_allow_is_offered(busy: Office) -> None:
    page = account(busy, "fanpage")
    assert accounts_deeds.offered(page, None) == ["check", "check_all", "sign_in"]
    assert accounts_deeds.offered(page, busy.people["soan"]) == ["check", "check_all", "passphrase"]
    approver = accounts_deeds.offered(page, busy.people["duyet"])
    assert approver == ["check", "check_all", "hand_over", "recall", "passphrase"]
    operator = accounts_deeds.offered(page, busy.people["ky"])
    assert {"login", "rename", "settings", "secret", "new"} <= set(operator)
    site = accounts_deeds.offered(account(busy, "website"), busy.people["ky"])
    assert {"login", "secret", "hand_over"} & set(site) == set(), "a folder has none of these"


# ---- deeds


async def choose(pilot: Pilot[None], deed: str) -> None:
    await press(pilot, "f4")
    await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
    screen = pilot.app.screen
    place = [value for value, _, _ in screen._options].index(deed)
    screen.query_one("OptionList").highlighted = place
    await press(pilot, "enter")


def test_asking_the_platform_tells_what_it_said_and_an_operator_opens_the_channel(troubled: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await until(pilot, lambda: isinstance(pilot.app.screen, Told))
        assert "fanpage" in text(pilot.app)
        await press(pilot, "escape")
        await until(pilot, lambda: "ĐANG DỪNG" not in text(pilot.app))
        assert channels.get(troubled.workspace, "fanpage").state == "ok"

    watch(troubled, story, who="ky")


def test_nobody_in_particular_may_ask_but_opens_nothing(troubled: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await until(pilot, lambda: isinstance(pilot.app.screen, Told))
        assert "vẫn dừng" in text(pilot.app)
        assert channels.get(troubled.workspace, "fanpage").state != "ok"

    watch(troubled, story)


def test_a_channel_gets_a_new_name_and_a_new_token(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, "rename")
        await until(pilot, lambda: isinstance(pilot.app.screen, Form))
        await typed(pilot, "Xã ở Huế", "enter")
        await until(pilot, lambda: channels.get(busy.workspace, "fanpage").name == "Xã ở Huế")
        await settled(pilot)
        await choose(pilot, "secret")
        await until(pilot, lambda: isinstance(pilot.app.screen, Form))
        await typed(pilot, "token-sai-hoan-toan")
        assert "token-sai" not in text(pilot.app), "a secret is not shown"
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Told))
        assert "‼ fanpage" in text(pilot.app), "the platform refuses it, and that is told at once"

    watch(busy, story, who="ky")


def test_settings_change_only_where_something_was_typed(busy: Office) -> None:
    before = channels.get(busy.workspace, "website").settings

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "down")
        await choose(pilot, "settings")
        await until(pilot, lambda: isinstance(pilot.app.screen, Form))
        form = pilot.app.screen
        form.query_one("#field-phone").value = "0234 555 666"
        form.confirm()
        await settled(pilot)
        after = channels.get(busy.workspace, "website").settings
        assert {**after} == {**before, "phone": "0234 555 666"}

    watch(busy, story, who="ky")


def test_waiting_posts_are_handed_over_and_called_back(busy: Office) -> None:
    busy.approved("hen.md", title="Hẹn giờ", due="2026-11-12T08:00+07:00", channels="[fanpage]")

    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, "hand_over")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "1 lượt của kênh fanpage" in text(pilot.app)
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, type(pilot.app.room)))
        await asyncio.to_thread(busy.publish_until, busy.clock.now() + timedelta(minutes=1))
        assert busy.view("hen@fanpage").status == Status.HANDED_OVER
        await choose(pilot, "recall")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await typed(pilot, "sai tiêu đề", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Told))
        assert busy.view("hen@fanpage").status == Status.HELD

    watch(busy, story, who="duyet")


def test_a_channel_with_nothing_to_hand_over_says_so(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, "hand_over")
        await until(pilot, lambda: isinstance(pilot.app.screen, Told))
        assert "không có lượt nào" in text(pilot.app)

    watch(busy, story, who="duyet")


def test_an_officer_changes_the_passphrase_after_giving_the_old_one(busy: Office) -> None:
    new = "con mèo ngủ trên mái"

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f12")
        await until(pilot, lambda: "gõ lại cụm mật khẩu" in text(pilot.app))
        await typed(pilot, PASSPHRASE, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Form))
        await typed(pilot, new, "enter")
        await typed(pilot, "con mèo ngủ dưới mái", "enter")
        await until(pilot, lambda: "không giống nhau" in text(pilot.app))
        await typed(pilot, new, "enter")
        await typed(pilot, new, "enter")
        await until(pilot, lambda: "Đã đổi cụm mật khẩu" in text(pilot.app))

    watch(busy, story, who="soan")
    assert people.authenticate(busy.workspace, "soan", new).signer is not None


# ---- the walk


@pytest.fixture
def hall(busy: Office, tmp_path_factory: pytest.TempPathFactory) -> PracticeHall:
    with PracticeHall(site=training.site_of(busy.folder), clock=busy.clock.now) as running:
        training.add_channels(
            busy.workspace,
            busy.people["ky"],
            [place for place in running.places() if place.platform == "youtube"],
            training.site_url(running.url),
        )
        yield running


async def to_youtube(pilot: Pilot[None]) -> None:
    await pilot.app.go("accounts", channel="youtube")
    await until(
        pilot, lambda: pilot.app.screen.account is not None and pilot.app.screen.account.id == "youtube"
    )


async def answer(pilot: Pilot[None], login: dict[str, str]) -> None:
    """Answer whatever is asked but for the visit, as the start page tells it."""
    for _ in range(20):
        await settled(pilot)
        screen = pilot.app.screen
        if isinstance(screen, Confirm | Pick):
            await press(pilot, "enter")
        elif isinstance(screen, Form):
            wanted = next(value for name, value in login.items() if name.lower() in text(pilot.app).lower())
            screen.query_one("#field-answer").value = wanted
            await press(pilot, "enter")
        else:
            return
        await until(pilot, lambda before=screen: pilot.app.screen is not before)


def agree(address: str) -> str:
    """What a person does on the consent page; the address at which the browser ends."""
    page = requests.get(address, timeout=10).text
    channel = re.findall(r'name="channel" value="([^"]+)"', page)[0]
    scopes = [unescape(one) for one in re.findall(r'name="scope" value="([^"]+)"', page)]
    form = {"answer": "allow", "channel": channel, "scope": scopes}
    sent = requests.post(address, data=form, timeout=10, allow_redirects=False).headers["location"]
    with contextlib.suppress(requests.RequestException):
        requests.get(sent, timeout=10)
    return sent


def test_a_sign_in_is_walked_through_and_the_browser_comes_back_by_itself(
    busy: Office, hall: PracticeHall
) -> None:
    login = next(place.login for place in hall.places() if place.platform == "youtube")

    async def story(pilot: Pilot[None]) -> None:
        await to_youtube(pilot)
        before = await asyncio.to_thread(channels.get, busy.workspace, "youtube")
        await press(pilot, "f8")
        await answer(pilot, login)
        await until(pilot, lambda: isinstance(pilot.app.screen, Visit))
        address = pilot.app.screen._address
        shown = "".join(text(pilot.app).split())
        assert re.search(re.escape(address[:60]), shown.replace("│", "")), "the whole address is shown"
        await typed(pilot, "khong phai dia chi", "enter")
        assert "chưa phải địa chỉ" in text(pilot.app)
        await press(pilot, "ctrl+u")
        landed = await asyncio.to_thread(agree, address)
        if pilot.app.screen._landing is None:  # the port is somebody else's: a person pastes then
            await typed(pilot, landed, "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Visit))
        await answer(pilot, login)
        await until(pilot, lambda: isinstance(pilot.app.screen, Told))
        assert "youtube" in text(pilot.app)
        after = await asyncio.to_thread(channels.get, busy.workspace, "youtube")
        assert after.account == before.account

    watch(busy, story, 100, 30, who="ky")


def test_a_walk_that_is_left_stores_nothing(busy: Office, hall: PracticeHall) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await to_youtube(pilot)
        await press(pilot, "f8")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "enter")
        await until(pilot, lambda: "Bước 1" in text(pilot.app))
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Trouble))
        assert "Chưa lưu gì" in text(pilot.app)

    watch(busy, story, who="ky")


def test_a_window_that_closes_in_the_middle_of_a_walk_ends(busy: Office, hall: PracticeHall) -> None:
    """The thread that waits for an answer gets none; it must not hold the window up."""

    async def story(pilot: Pilot[None]) -> None:
        await to_youtube(pilot)
        await press(pilot, "f8")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "enter")
        await until(pilot, lambda: "Bước 1" in text(pilot.app))

    watch(busy, story, who="ky")
    assert channels.get(busy.workspace, "youtube").state == "ok"


def test_waiting_for_the_platform_goes_on_by_itself(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        came: list[str | None] = []
        pilot.app.push_screen(Waiting("Chờ", "Nền tảng đang chờ bạn.", 0.01), came.append)
        await until(pilot, lambda: bool(came))
        assert came == ["waited"]

    watch(busy, story)


def test_no_golden_is_left_over() -> None:
    wanted = (*STATES, "empty", "en_channels", "en_officers")
    assert goldens("accounts") == {f"accounts_{name}" for name in wanted}
