"""Posting slots and quiet hours in an office: the next free one, remarks where they matter."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from content.calendar.slots import parse_slots, upcoming
from content.errors import NotFound, RefusedByRule, UsageError
from content.severities import DEFAULTS
from loa import config
from loa.services import approving, blackouts, calendar, campaigns, deciding, drafts, posts, previewing, slots
from loa.services.importing import import_files
from loa.services.posts import RefusedFindings
from scheduler.store.tables import delivery, post
from tests.loa.conftest import Loa
from tests.support.office import Office, write_post

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
NONE = ""


def settle(desk: Office, text: str) -> None:
    """The workspace with these settings; they are in its file, for the command line too."""
    path = desk.folder / config.FILE
    told = path.read_text("utf-8")
    for table, lines in re.findall(r"^(\[\w+\])\n((?:[^\[\n].*\n?)+)", text, re.MULTILINE):
        told = re.sub(rf"^({re.escape(table)}.*)$", rf"\1\n{lines}", told, flags=re.M)
    path.write_text(told, "utf-8")
    desk.workspace.config = config.read(desk.folder)


def put(desk: Office, name: str, *, due: str, channels: str = "[website]") -> str:
    """Import a post with `due` as on the command line."""
    path = write_post(desk.folder / "posts", name, due=NONE, channels=channels)
    [done] = import_files(desk.workspace, desk.people["soan"], [path], due=due)
    return done.post


def due_of(desk: Office, delivery_id: str) -> str:
    due = desk.view(delivery_id).due_at
    assert due is not None
    return f"{due.astimezone(HERE):%a %d/%m %H:%M}"


def shown(desk: Office, channel: str, count: int = 3) -> list[str]:
    [found] = slots.listing(desk.workspace, channel, count)
    return [f"{at.astimezone(HERE):%a %d/%m %H:%M}" for at in found.slots]


# ---- free slots (the tests' clock says Monday 9 November 2026, 06:00)


def test_the_next_slots_are_those_within_an_hour_of_which_the_channel_says_nothing(desk: Office) -> None:
    settle(desk, '[slots]\nwebsite = "T2-T6 07:30, 11:30"')
    assert shown(desk, "website") == ["Mon 09/11 07:30", "Mon 09/11 11:30", "Tue 10/11 07:30"]
    put(desk, "mot.md", due="2026-11-09 08:29")
    put(desk, "hai.md", due="2026-11-09 12:30")
    put(desk, "kenh-khac.md", due="2026-11-10 07:30", channels="[fanpage]")
    assert shown(desk, "website") == ["Mon 09/11 11:30", "Tue 10/11 07:30", "Tue 10/11 11:30"]
    deciding.cancel(desk.workspace, desk.people["soan"], "mot@website", "thôi")
    assert shown(desk, "website", 1) == ["Mon 09/11 07:30"]


def test_days_off_and_quiet_hours_are_no_slots(desk: Office) -> None:
    settle(desk, '[slots]\ndefault = "T2-T6 07:30, 21:45"\n[quiet_hours]\nwebsite = "21:30-06:30"')
    (desk.folder / calendar.OWN).write_text('[[day]]\ndate = 2026-11-10\nname = "Nghỉ bù"\n', "utf-8")
    assert shown(desk, "website") == ["Mon 09/11 07:30", "Wed 11/11 07:30", "Thu 12/11 07:30"]
    assert shown(desk, "fanpage", 2) == ["Mon 09/11 07:30", "Mon 09/11 21:45"]


def test_days_on_which_posts_stay_back_are_no_slots(desk: Office) -> None:
    settle(desk, '[slots]\nwebsite = "T2-T6 07:30"')
    duyet = desk.people["duyet"]
    blackouts.add(desk.workspace, duyet, date(2026, 11, 9), date(2026, 11, 10), "Quốc tang")
    quiz = blackouts.scopes(kinds=["hoi_dap"])
    blackouts.add(desk.workspace, duyet, date(2026, 11, 11), date(2026, 11, 11), "Thi tốt nghiệp", quiz)
    assert shown(desk, "website", 1) == ["Wed 11/11 07:30"]
    put(desk, "hoi.md", due="slot")
    assert due_of(desk, "hoi@website") == "Thu 12/11 07:30", "questions stay back a day longer"


def test_a_post_is_queued_into_the_next_slot_and_told_which(desk: Office) -> None:
    settle(desk, '[slots]\nwebsite = "T2-T6 07:30, 11:30"')
    path = write_post(desk.folder / "posts", "mot.md", due=NONE, channels="[website]")
    [done] = import_files(desk.workspace, desk.people["soan"], [path], due="khe trống")
    [told] = [one for one in done.findings if one.rule == "time.in_slot"]
    assert "Thứ Hai 09/11/2026 07:30" in told.message
    assert due_of(desk, "mot@website") == "Mon 09/11 07:30"
    again = put(desk, "mot.md", due="slot")
    assert due_of(desk, f"{again}@website") == "Mon 09/11 07:30", "it stands in its own way no more than this"
    put(desk, "hai.md", due="khe")
    assert due_of(desk, "hai@website") == "Mon 09/11 11:30"


def test_every_post_of_a_batch_gets_a_slot_of_its_own(desk: Office) -> None:
    settle(desk, '[slots]\nwebsite = "T2-T6 07:30, 08:00, 11:30"')
    paths = [
        write_post(desk.folder / "posts", f"bai-{n}.md", due=NONE, channels="[website]") for n in range(3)
    ]
    import_files(desk.workspace, desk.people["soan"], paths, due="slot")
    assert [due_of(desk, f"bai-{n}@website") for n in range(3)] == [
        "Mon 09/11 07:30", "Mon 09/11 11:30", "Tue 10/11 07:30",
    ]  # fmt: skip


def test_a_post_of_several_channels_waits_for_a_slot_that_is_free_on_all(desk: Office) -> None:
    settle(desk, '[slots]\nwebsite = "T2-T6 07:30, 11:30"\nfanpage = "T2-T7 11:30, 19:30"')
    put(desk, "truoc.md", due="2026-11-09 11:00", channels="[fanpage]")
    put(desk, "chung.md", due="slot", channels="[website, fanpage]")
    assert due_of(desk, "chung@website") == due_of(desk, "chung@fanpage") == "Tue 10/11 11:30"


def test_a_channel_without_slots_does_not_choose_but_must_be_free(desk: Office) -> None:
    settle(desk, '[slots]\nwebsite = "T2-T6 07:30, 11:30"')
    put(desk, "truoc.md", due="2026-11-09 07:45", channels="[fanpage]")
    put(desk, "chung.md", due="slot", channels="[website, fanpage]")
    assert due_of(desk, "chung@fanpage") == "Mon 09/11 11:30"


def test_without_a_slot_nothing_is_imported_and_the_remedy_is_said(desk: Office) -> None:
    with pytest.raises(UsageError, match=r"\[slots\]"):
        put(desk, "mot.md", due="slot")
    settle(desk, '[slots]\nwebsite = "T2 07:30"\nfanpage = "T3 07:30"')
    with pytest.raises(RefusedByRule, match="khe chung"):
        put(desk, "mot.md", due="slot", channels="[website, fanpage]")
    assert desk.statuses() == {}
    with pytest.raises(RefusedFindings) as refused:
        put(desk, "mot.md", due="slot", channels="[]")
    assert [one.rule for one in refused.value.findings] == ["content.no_channel"]


def test_a_slot_that_another_officer_took_meanwhile_is_not_taken_twice(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(desk, '[slots]\nwebsite = "T2-T6 07:30, 11:30"')
    path = write_post(desk.folder / "posts", "cham.md", due=NONE, channels="[website]")
    looked = slots.next_free

    def while_the_other_is_faster(*args: object, **more: object) -> datetime:
        found: datetime = looked(*args, **more)  # type: ignore[arg-type]
        monkeypatch.setattr(slots, "next_free", looked)
        put(desk, "nhanh.md", due="slot")
        return found

    monkeypatch.setattr(slots, "next_free", while_the_other_is_faster)
    with pytest.raises(RefusedByRule, match="nhanh@website"):
        import_files(desk.workspace, desk.people["soan"], [path], due="slot")
    assert set(desk.statuses()) == {"nhanh@website"}
    put(desk, "cham.md", due="slot")
    assert due_of(desk, "cham@website") == "Mon 09/11 11:30"


def test_a_delivery_is_moved_into_the_next_slot_of_its_own_channel(desk: Office) -> None:
    settle(desk, '[slots]\nwebsite = "T2-T6 07:30"\nfanpage = "T2-T6 11:30, 19:30"')
    put(desk, "truoc.md", due="2026-11-09 11:00", channels="[fanpage]")
    put(desk, "chung.md", due="2026-11-20 07:00", channels="[website, fanpage]")
    for name in ("website", "fanpage"):
        deciding.move(desk.workspace, desk.people["soan"], f"chung@{name}", "khe trống")
    assert due_of(desk, "chung@website") == "Mon 09/11 07:30"
    assert due_of(desk, "chung@fanpage") == "Mon 09/11 19:30"
    deciding.move(desk.workspace, desk.people["soan"], "chung@website", "slot")
    assert due_of(desk, "chung@website") == "Mon 09/11 07:30", "it stands in its own way no more than this"


WRITTEN = st.sampled_from(
    ["T2-T6 07:30, 11:30", "08:00, 08:30, 09:15", "T7, CN 19:30; T3 06:00 +nghỉ", "sun-tue 22:15, 23:50", ""]
)
HOURS = st.sampled_from(["", "21:30-06:30", "00:00-08:10"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=WRITTEN,
    second=WRITTEN,
    quiet=HOURS,
    taken=st.lists(st.tuples(st.integers(0, 20 * 24 * 4), st.booleans()), max_size=40),
)
def test_the_next_free_slot_is_never_taken_and_is_the_earliest(
    desk: Office, first: str, second: str, quiet: str, taken: list[tuple[int, bool]]
) -> None:
    """Against a search that asks every slot of both channels in turn and knows nothing of how Loa looks."""
    now = desk.clock.now()
    told = {"website": parse_slots(first, "a"), "fanpage": parse_slots(second, "b")}
    hours = {"default": quiet}
    desk.workspace.config = dataclasses.replace(
        config.parse(f'[quiet_hours]\ndefault = "{hours["default"]}"'),
        slots={name: found for name, found in told.items() if found},
    )
    busy = [(now + timedelta(minutes=15 * n), "website" if one else "fanpage") for n, one in taken]
    names = ["website", "fanpage"]
    seen = slots.look(desk.workspace)
    if not first and not second:
        with pytest.raises(UsageError):
            slots.next_free(seen, names, also_taken=busy)
        return

    def is_free(at: datetime) -> bool:
        clear = all(abs((at - due).total_seconds()) >= 3600 for due, _ in busy)
        local = at.astimezone(HERE).time()
        span = desk.workspace.config.quiet_hours.of("website", "website")
        return clear and not (span is not None and span.covers(local))

    known = calendar.days_off(desk.workspace)
    sets = [set(upcoming(one, now, HERE, known)) for one in told.values() if one]
    wanted = sorted(at for at in set.intersection(*sets) if is_free(at))
    found = next(slots.free(seen, names, also_taken=busy), None)
    assert found == (wanted[0] if wanted else None)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(0, 30 * 4), min_size=1, max_size=12))
def test_what_stands_in_the_queue_counts_as_what_is_told(desk: Office, steps: list[int]) -> None:
    """The same by the database: what is due within an hour makes a slot taken, a minute beyond does not."""
    desk.workspace.config = config.parse('[slots]\nwebsite = "mon-sun 06:30, 09:00, 17:20 +nghỉ"')
    now = desk.clock.now()
    due = [now + timedelta(minutes=15 * step) for step in steps]

    def work(connection: Connection) -> None:
        connection.execute(delivery.delete())
        connection.execute(post.delete())
        for number, at in enumerate(due):
            key = f"bai-{number}"
            connection.execute(
                insert(post).values(
                    id=key, title=key, kind="hoi_dap", source="", media="[]", revision=1, contributors="soan",
                    created_at=now, updated_at=now,
                )
            )  # fmt: skip
            connection.execute(
                insert(delivery).values(
                    id=f"{key}@website", marker=f"m{number}", post_id=key, channel_id="website", fence=0,
                    remote_id="", url="", status="queued", due_at=at, deadline=at, payload="", handle="{}",
                    pending="", tries=0, looks=0, reads=0, last_error="", created_at=now, updated_at=now,
                )
            )  # fmt: skip

    desk.workspace.database.run(work)
    [found] = slots.listing(desk.workspace, "website", 5)
    known = calendar.days_off(desk.workspace)
    every = upcoming(desk.workspace.config.slots["website"], now, HERE, known)
    wanted = [at for at in every if all(abs((at - one).total_seconds()) >= 3600 for one in due)]
    assert found.slots == wanted[:5]


def test_from_the_command_line(desk: Office, at_desk: Loa) -> None:
    assert "chưa đặt khe" in at_desk("slots").err
    settle(
        desk, '[slots]\nwebsite = "T2-T6 07:30"\nwebsit = "T2 07:30"\n[quiet_hours]\nfacebok = "22:00-06:00"'
    )
    told = at_desk("slots", "website", "--count", "2")
    assert "09/11/2026 07:30" in told.out
    assert "“websit”" in told.err
    assert "facebook" in told.err, "the nearest platform"
    [one] = at_desk("slots", "website", "--json", "-n", "1").json
    assert one == {
        "channel": "website", "platform": "website", "has_slots": True, "slots": ["2026-11-09T00:30:00Z"],
    }  # fmt: skip
    assert at_desk("slots", "websit").code == NotFound.exit_code
    assert at_desk("slots", "-n", "0").code == 2
    path = write_post(desk.folder / "posts", "mot.md", due=NONE, channels="[website]")
    assert "khe trống đầu tiên" in at_desk("post", "import", path, "--due", "khe trống", user="soan").err


def test_a_mistake_in_the_settings_names_its_key(desk: Office, at_desk: Loa) -> None:
    path = desk.folder / config.FILE
    told = path.read_text("utf-8")
    path.write_text(told.replace("[slots]", '[slots]\nfanpage = "T9 07:30"'), "utf-8")
    answer = at_desk("slots")
    assert (answer.code, "slots.fanpage" in answer.err, "“t9”" in answer.err) == (2, True, True)
    path.write_text(told.replace("[quiet_hours]", '[quiet_hours]\nzalo = "đêm"'), "utf-8")
    answer = at_desk("slots")
    assert (answer.code, "quiet_hours.zalo" in answer.err) == (2, True)
    path.write_text(told.replace("[quiet_hours]", "[quiet_hours]\nzalo = 22"), "utf-8")
    assert at_desk("slots").code == 2


# ---- quiet hours


def test_quiet_hours_are_remarked_at_import_check_move_and_plan(desk: Office) -> None:
    settle(desk, '[quiet_hours]\nfacebook = "21:30-07:30"')
    path = write_post(desk.folder / "posts", "som.md", due="2026-11-10 07:00")
    [done] = import_files(desk.workspace, desk.people["soan"], [path])
    quiet = [one for one in done.findings if one.rule == "time.quiet"]
    assert [(one.severity, one.place) for one in quiet] == [("warn", "som.md fanpage")]
    found = [one for one in posts.check(desk.workspace, "som") if one.rule == "time.quiet"]
    assert [one.place for one in found] == ["fanpage"], "the website has no quiet hours"
    at = datetime(2026, 11, 10, 22, 0, tzinfo=HERE)
    ahead = calendar.prospect(desk.workspace, "som@fanpage", at)
    assert ahead.quiet is not None
    assert calendar.prospect(desk.workspace, "som@fanpage", at.replace(hour=9)).quiet is None
    approving.submit(desk.workspace, desk.people["soan"], "som")
    made = campaigns.plan(desk.workspace, "law_day", date(2027, 11, 9), moves={"khoi-dong": at})
    moved = next(one for one in made.slots if one.item == "khoi-dong")
    assert [one.place for one in moved.findings if one.rule == "time.quiet"] == ["khoi-dong"]


def test_a_unit_may_make_quiet_hours_forbidding(desk: Office) -> None:
    settle(desk, '[quiet_hours]\ndefault = "21:30-07:30"\n[checks]\n"time.quiet" = "block"')
    desk.import_post("som.md", due="2026-11-10T07:00+07:00")  # importing says it; the time may still change
    with pytest.raises(RefusedFindings):
        approving.submit(desk.workspace, desk.people["soan"], "som")
    for name in ("website", "fanpage"):
        deciding.move(desk.workspace, desk.people["soan"], f"som@{name}", "2026-11-10 08:00")
    approving.submit(desk.workspace, desk.people["soan"], "som")
    assert set(desk.statuses().values()) == {"in_review"}


def test_shipped_settings_have_neither_slots_nor_quiet_hours() -> None:
    shipped = config.parse(config.default_text())
    assert (dict(shipped.slots), dict(shipped.quiet_hours.by_name)) == ({}, {})
    assert DEFAULTS["time.quiet"] == "warn"


def test_the_commented_examples_can_be_taken_as_they_stand() -> None:
    text = Path(config.__file__).parents[1].joinpath("config.toml").read_text("utf-8")
    begin, end = text.index("[slots]"), text.index("[keys]")
    lines = [line.removeprefix("# ") for line in text[begin:end].splitlines()]
    told = config.parse("\n".join(lines))
    assert set(told.slots) == {"fanpage", "website", "zalo"}
    assert set(told.quiet_hours.by_name) == {"default", "zalo"}


# ---- two officers, one hour


def test_who_saves_second_within_the_hour_is_told_what_the_channel_says_then(desk: Office) -> None:
    """Both were offered the same free slot in the window, where it is a plain time from then on."""
    settle(desk, '[slots]\nwebsite = "07:30"\n')
    same = slots.first_for(desk.workspace, ["website"]).isoformat()
    put(desk, "mot.md", due=same)
    path = write_post(desk.folder / "posts", "hai.md", due=same, channels="[website]", title="Hai")
    draft = drafts.begin_with(desk.workspace, "soan", path.read_text("utf-8"), {}, name="hai")
    seen = previewing.preview(desk.workspace, draft, draft.source)
    saved = drafts.save(desk.workspace, desk.people["soan"], draft)
    at_submission = posts.check(desk.workspace, saved.post)
    for findings in (seen.findings, saved.findings, at_submission):
        [told] = [one for one in findings if one.rule == "time.crowded"]
        assert (told.severity, "mot@website" in told.message) == ("warn", True)
    assert slots.first_for(desk.workspace, ["website"]).isoformat() != same, "asked again it is another one"


def test_two_files_of_one_hour_in_one_import_are_told_too_and_other_channels_are_not(desk: Office) -> None:
    names = {"mot.md": "[website]", "hai.md": "[website]", "ba.md": "[fanpage]"}
    folder = desk.folder / "posts"
    paths = [write_post(folder, name, channels=on, title=name) for name, on in names.items()]
    done = import_files(desk.workspace, desk.people["soan"], paths)
    told = {one.post: [found.rule for found in one.findings if found.rule == "time.crowded"] for one in done}
    assert told == {"mot": [], "hai": ["time.crowded"], "ba": []}


def test_a_unit_may_forbid_two_posts_in_one_hour_and_then_submission_does(desk: Office) -> None:
    desk.workspace.config = config.parse('[checks]\n"time.crowded" = "block"')
    desk.import_post("mot.md", channels="[website]")
    second = desk.import_post("hai.md", channels="[website]", title="Hai")
    with pytest.raises(RefusedFindings) as refused:
        approving.submit(desk.workspace, desk.people["soan"], second)
    assert "time.crowded" in {one.rule for one in refused.value.findings}


def test_a_slot_in_the_window_and_of_a_move_respects_days_on_which_its_kind_stays_back(desk: Office) -> None:
    settle(desk, '[slots]\nwebsite = "07:30"\n')
    ordinary = slots.first_for(desk.workspace, ["website"]).date()
    days = (ordinary, ordinary + timedelta(days=1))
    scopes = blackouts.scopes(kinds=["hoi_dap"])
    blackouts.add(desk.workspace, desk.people["duyet"], *days, "Kỳ thi", scopes)
    assert slots.first_for(desk.workspace, ["website"]).date() == ordinary, "of another kind"
    assert slots.first_for(desk.workspace, ["website"], kind="hoi_dap").date() > days[1]
    post = desk.import_post(due="2026-12-09T07:00+07:00", channels="[website]")
    deciding.move(desk.workspace, desk.people["soan"], f"{post}@website", "slot")
    due = desk.view(f"{post}@website").due_at
    assert due is not None
    assert due.astimezone(HERE).date() > days[1]
