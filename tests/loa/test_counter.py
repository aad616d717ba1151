"""Access logs counted by day: right on the truth set, never twice, whole or not at all."""

from __future__ import annotations

import gzip
import random
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from content.counting.logline import Judge
from content.counting.readers import Readers
from loa import config
from loa.services import accesslog, counter, reach
from scheduler.store.tables import audit_event, delivery, reading, view_count, view_day
from tests.loa.conftest import Loa
from tests.support.access_log import ANDROID, HAI, HOST, MOT, OWN, TRUTH, VIEWS, VISITORS, get, line
from tests.support.office import Office
from tests.support.reached import out, read

LATER = 4e9
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def written(folder: Path, name: str, *lines: str, packed: bool = False) -> Path:
    file, data = folder / name, "".join(f"{line}\n" for line in lines).encode()
    file.write_bytes(gzip.compress(data) if packed else data)
    return file


@pytest.fixture
def site(desk: Office) -> Office:
    """Two articles that went out on 08/11; it is 10/11 now. The unit's own network is named."""
    settings = desk.folder / "config.toml"
    settings.write_text(settings.read_text("utf-8").replace("own = []", f'own = ["{OWN}"]', 1), "utf-8")
    desk.workspace.config = config.read(desk.folder)
    for name, path in (("mot", MOT), ("hai", HAI)):
        out(desk, name, 1, "website")
        gone = update(delivery).where(delivery.c.id == f"{name}@website").values(url=HOST + path)
        desk.workspace.database.run(lambda c, gone=gone: c.execute(gone))
    desk.clock.forward(hours=26)
    return desk


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return written(tmp_path, "access.log", *(line for line, _, _ in TRUTH))


def figures(office: Office) -> dict[tuple[str, str], int | None]:
    return {(one.delivery, one.metric): one.value for one in reach.newest(office.workspace)}


EXPECTED = {
    ("mot@website", "views"): VIEWS[MOT],
    ("mot@website", "visitors"): VISITORS[MOT],
    ("hai@website", "views"): VIEWS[HAI],
    ("hai@website", "visitors"): VISITORS[HAI],
}


def test_the_truth_set_comes_out_as_eleven_of_eleven(site: Office, truth: Path, run_loa: Loa) -> None:
    answer = run_loa("counter", "import", truth, "--channel", "website", workspace=site.folder)
    assert answer.code == 0, answer.err
    assert "11 lượt xem bài" in answer.err
    assert "n:to-roi 1, utm_source:zalo 1" in answer.out
    assert figures(site) == EXPECTED
    told = run_loa("counter", "import", truth, "--channel", "website", "--json", workspace=site.folder).json
    assert told["verdicts"]["view"] == 11
    assert sum(told["verdicts"].values()) == told["lines"] == 25
    shown = run_loa("counter", "show", "--channel", "website", "--json", workspace=site.folder).json
    assert {(one["delivery"], one["views"], one["visitors"]) for one in shown} == {
        ("mot@website", 7, 5),
        ("hai@website", 4, 4),
    }


def test_what_is_told_bears_its_definition_its_source_and_the_days_that_nobody_counted(
    site: Office, truth: Path
) -> None:
    counter.import_logs(site.workspace, "website", [truth])
    [views] = [one for one in reach.newest(site.workspace, "mot") if one.metric == "views"]
    assert views.source == "access log 2026-11-09/2026-11-09"
    assert "bỏ máy tìm kiếm" in views.definition
    assert views.note == ("thiếu số của 1 trên 2 ngày kể từ ngày đăng; 1 ngày chỉ đếm được một phần")


def test_the_same_log_again_changes_nothing(site: Office, truth: Path) -> None:
    first = counter.import_logs(site.workspace, "website", [truth])
    before = rows(site)
    site.clock.forward(hours=5)
    again = counter.import_logs(site.workspace, "website", [truth])
    twice = counter.import_logs(site.workspace, "website", [truth, truth])
    assert (first.readings, again.readings, twice.readings) == (4, 0, 0)
    assert [day.came for day in (*again.days, *twice.days)] == ["same", "same"]
    assert (twice.verdicts["twice"], twice.lines) == (24, 50), "a broken line is told once a file"
    assert rows(site) == before


def rows(office: Office) -> list[tuple[object, ...]]:
    with office.workspace.database.read() as connection:
        counted = connection.execute(select(view_count).order_by(*view_count.primary_key)).all()
        told = connection.execute(select(reading.c.delivery_seq, reading.c.metric, reading.c.value)).all()
        acts = connection.execute(
            select(audit_event.c.action).where(audit_event.c.action == "views_imported")
        )
        return [*map(tuple, counted), *map(tuple, told), *map(tuple, acts)]


@pytest.mark.sqlite
def test_no_address_and_no_browser_of_anybody_is_stored(site: Office, truth: Path) -> None:
    counter.import_logs(site.workspace, "website", [truth])
    site.workspace.close()
    stored = b"".join(file.read_bytes() for file in site.folder.glob("loa.db*"))
    assert b"view_count" in stored
    for told in ("198.51.100.7", "192.0.2.15", "2001:db8::1:7", "SM-A155F", "iPhone"):
        assert told.encode() not in stored, told


def day(number: int, views: int, of: str = MOT, hour: int = 8) -> list[str]:
    """So many views of one article by as many readers, a minute apart."""
    date = f"{number:02d}/Nov/2026"
    return [
        line(f"192.0.2.{n}", f"{hour:02d}:{n:02d}:00", get(of), agent=ANDROID, day=date) for n in range(views)
    ]


def test_an_unfinished_day_is_provisional_and_gives_way_to_the_fuller_log(
    site: Office, tmp_path: Path
) -> None:
    half = written(tmp_path, "access.log", *day(10, 3))
    whole = written(tmp_path, "access.log.1", *day(10, 3), *day(10, 5, hour=9))
    [told] = counter.import_logs(site.workspace, "website", [half]).days
    assert (told.views, told.provisional, told.came) == (3, True, "new")
    [told] = counter.import_logs(site.workspace, "website", [whole]).days
    assert (told.views, told.came) == (8, "fuller")
    assert figures(site)["mot@website", "views"] == 8
    late = counter.import_logs(site.workspace, "website", [half])
    assert [(one.came, late.readings) for one in late.days] == [("kept", 0)]
    assert figures(site)["mot@website", "views"] == 8


def test_two_halves_of_a_day_are_added_up_whenever_they_come_and_none_of_them_twice(
    site: Office, tmp_path: Path
) -> None:
    morning = written(tmp_path, "access.log.2.gz", *day(9, 20), *day(10, 3, hour=1), packed=True)
    rest = written(tmp_path, "access.log.1", *day(10, 5, hour=14))
    counter.import_logs(site.workspace, "website", [morning])
    for came in ("added", "same"):
        alone = counter.import_logs(site.workspace, "website", [rest])
        assert [(one.came, one.lacks_hours, one.day.day) for one in alone.days] == [(came, False, 10)]
        assert figures(site)["mot@website", "views"] == 28
    counter.import_logs(site.workspace, "website", [morning])
    together = counter.import_logs(site.workspace, "website", [rest, morning])
    assert [(one.came, one.views) for one in together.days] == [("same", 20), ("same", 8)]
    assert figures(site)["mot@website", "views"] == 28
    assert figures(site)["mot@website", "visitors"] == 25, "whoever came in both halves is one again"


def test_of_two_parts_that_overlap_the_fuller_one_stands_and_it_is_told(
    site: Office, tmp_path: Path, run_loa: Loa
) -> None:
    early = written(tmp_path, "early.log", *day(10, 5, hour=8), *day(10, 2, hour=10))
    late = written(tmp_path, "late.log", *day(10, 1, hour=9), *day(10, 3, hour=12))
    counter.import_logs(site.workspace, "website", [early])
    [told] = counter.import_logs(site.workspace, "website", [late]).days
    assert (told.came, told.lacks_hours) == ("kept", True)
    assert figures(site)["mot@website", "views"] == 7
    answer = run_loa("counter", "import", late, "--channel", "website", workspace=site.folder)
    assert "cùng một lệnh" in answer.err


def test_a_day_between_two_others_of_the_same_logs_is_whole_however_quiet_it_was(
    site: Office, tmp_path: Path
) -> None:
    site.clock.forward(days=3)
    log = written(tmp_path, "a.log", *day(8, 1, hour=6), *day(9, 1), *day(10, 1), *day(11, 2, hour=23))
    counter.import_logs(site.workspace, "website", [log])
    assert {one.note for one in reach.newest(site.workspace)} == {""}
    counter.import_logs(site.workspace, "website", [written(tmp_path, "b.log", *day(9, 1))])
    assert {one.note for one in reach.newest(site.workspace)} == {""}, "what is known stays known"


def test_who_reads_two_articles_on_one_day_is_one_visitor_of_that_day(site: Office, tmp_path: Path) -> None:
    log = written(tmp_path, "a.log", *day(9, 3), *day(9, 2, of=HAI))
    [told] = counter.import_logs(site.workspace, "website", [log]).days
    assert (told.views, told.visitors) == (5, 3)


def test_a_copy_with_the_line_ends_of_windows_is_still_a_copy(site: Office, tmp_path: Path) -> None:
    log, copy = written(tmp_path, "access.log", *day(9, 6)), tmp_path / "copy.log"
    copy.write_bytes(log.read_bytes().replace(b"\n", b"\r\n"))
    told = counter.import_logs(site.workspace, "website", [log, copy])
    assert [one.views for one in told.days] == [6]
    assert told.verdicts["twice"] == 6


def test_a_wrong_import_is_dropped_by_the_operator_and_the_right_one_takes_its_place(
    site: Office, tmp_path: Path, run_loa: Loa
) -> None:
    wrong = written(tmp_path, "wrong.log", *day(9, 30), *day(10, 4))
    right = written(tmp_path, "right.log", *day(9, 5))
    counter.import_logs(site.workspace, "website", [wrong])
    assert counter.import_logs(site.workspace, "website", [right]).readings == 0, "the fuller one stays"
    words = (
        "counter",
        "forget",
        "--channel",
        "website",
        "--day",
        "09/11/2026",
        "--reason",
        "nhật ký trang khác",
    )
    assert run_loa(*words, workspace=site.folder, user="soan").code == 3
    answer = run_loa(*words, "--to", "10/11/2026", workspace=site.folder)
    assert (answer.code, "2 ngày" in answer.err) == (0, True), answer.err
    told = {one.metric: (one.value, one.note) for one in reach.newest(site.workspace, "mot")}
    assert told["views"] == (None, "số đếm trước đây đã bị bỏ vì nhập sai; hãy nhập lại nhật ký")
    with site.workspace.database.read() as connection:
        acts = select(audit_event.c.actor, audit_event.c.detail)
        [act] = connection.execute(acts.where(audit_event.c.action == "views_forgotten"))
    assert (act.actor, "nhật ký trang khác" in act.detail) == ("ky", True)
    counter.import_logs(site.workspace, "website", [right])
    assert figures(site)["mot@website", "views"] == 5
    again = run_loa(*words, "--json", workspace=site.folder)
    assert again.json == {"channel": "website", "days": 1, "figures": 4}
    assert "không có gì để bỏ" in run_loa(*words, workspace=site.folder).err
    assert run_loa(*words, "--to", "01/11/2026", workspace=site.folder).code == 2
    assert run_loa(*words[:3], "webiste", *words[4:], workspace=site.folder).code == 4


def test_figures_are_reckoned_before_the_store_is_held(
    site: Office, truth: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one writes nobody else can: what is told last is all that is left to write then."""
    from scheduler import coverage

    run, writing = site.workspace.database.run, []

    def watched(work):  # type: ignore[no-untyped-def]
        writing.append(True)
        try:
            return run(work)
        finally:
            writing.pop()

    def reckoned(*told):  # type: ignore[no-untyped-def]
        assert not writing
        return made(*told)

    made = coverage.figures
    monkeypatch.setattr(site.workspace.database, "run", watched)
    monkeypatch.setattr(coverage, "figures", reckoned)
    assert counter.import_logs(site.workspace, "website", [truth]).readings == 4


READERS = Readers([OWN])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_however_a_log_is_rotated_copied_and_overlapped_each_line_counts_once(
    tmp_path: Path, data: st.DataObject
) -> None:
    """Equal lines within one log are two views; in a copy they are the same two."""
    draw = random.Random(data.draw(st.integers(0, 2**32)))
    whole = [
        line(
            f"192.0.2.{draw.randrange(3)}",
            f"{n // 60 % 24:02d}:{n % 60:02d}:{draw.randrange(3):02d}",
            get(draw.choice([MOT, HAI, "/x.css"])),
            agent=ANDROID,
            day=f"{9 + n // 1440:02d}/Nov/2026",
        )
        for n in sorted(draw.choices(range(2880), k=data.draw(st.integers(1, 80))))
    ]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    parts, begin = [], 0
    for cut in [*cuts, len(whole)]:
        parts.append(whole[max(0, begin - data.draw(st.integers(0, 10))) : cut])
        begin = cut
    parts.append(whole)  # a copy of all
    files = [written(tmp_path, f"log.{n}", *part) for n, part in enumerate(parts)]
    draw.shuffle(files)
    judge = Judge({MOT.encode(): 1, HAI.encode(): 2}, READERS, ZONE)
    once = accesslog.read([written(tmp_path, "whole", *whole)], judge, LATER)
    merged = accesslog.read(files, judge, LATER)
    assert merged.days == once.days
    assert merged.verdicts["view"] == once.verdicts["view"]


def test_a_truncated_gzip_or_a_lost_file_stops_the_import_before_anything_is_stored(
    site: Office, tmp_path: Path, run_loa: Loa
) -> None:
    good = written(tmp_path, "access.log", *day(9, 3))
    cut = written(tmp_path, "access.log.2.gz", *day(8, 30), packed=True)
    cut.write_bytes(cut.read_bytes()[:-12])
    answer = run_loa("counter", "import", good, cut, "--channel", "website", workspace=site.folder)
    assert (answer.code, "access.log.2.gz" in answer.err, "Traceback" in answer.err) == (2, True, False)
    assert (
        run_loa("counter", "import", good, tmp_path / "x", "--channel", "website", workspace=site.folder).code
        == 4
    )
    assert run_loa("counter", "import", tmp_path, "--channel", "website", workspace=site.folder).code == 2
    assert run_loa("counter", "import", good, "--channel", "webiste", workspace=site.folder).code == 4
    with site.workspace.database.read() as connection:
        assert connection.execute(select(view_day)).all() == []


def test_endless_lines_and_noise_are_broken_lines_and_take_no_memory(tmp_path: Path) -> None:
    file = tmp_path / "noise.log"
    first, last = day(9, 2)
    file.write_bytes(f"{first}\n".encode() + b"\x00" * 5_000_000 + f"\n{last}\r\n\n".encode() + b"\xff\xfe")
    judge = Judge({MOT.encode(): 1}, READERS, ZONE)
    told = accesslog.read([file], judge, LATER)
    assert dict(told.verdicts) == {"view": 2, "broken": 2}


def test_a_log_in_the_common_format_says_why_it_cannot_be_counted(
    site: Office, tmp_path: Path, run_loa: Loa
) -> None:
    log = written(tmp_path, "access.log", line("192.0.2.1", "07:00:00", get(MOT), agent=None))
    answer = run_loa("counter", "import", log, "--channel", "website", workspace=site.folder)
    assert "combined" in answer.err
    assert figures(site)["mot@website", "views"] == 0


def test_a_channel_without_any_address_says_what_is_missing(desk: Office, truth: Path, run_loa: Loa) -> None:
    answer = run_loa("counter", "import", truth, "--channel", "website", workspace=desk.folder)
    assert (answer.code, "base_url" in answer.err) == (3, True)


def test_a_post_from_after_the_counted_days_has_no_figure_which_is_not_zero(
    site: Office, tmp_path: Path
) -> None:
    with site.workspace.database.read() as connection:
        seq = connection.execute(select(delivery.c.seq).where(delivery.c.id == "hai@website")).scalar_one()
    later = (
        update(delivery)
        .where(delivery.c.seq == seq)
        .values(published_at=site.clock.now() + timedelta(days=1))
    )
    site.workspace.database.run(lambda c: c.execute(later))
    counter.import_logs(site.workspace, "website", [written(tmp_path, "a.log", *day(9, 2))])
    told = {(one.delivery, one.metric): (one.value, one.note) for one in reach.newest(site.workspace)}
    assert told["hai@website", "views"] == (None, "mới đếm đến 09/11/2026, trước ngày đăng")
    assert told["mot@website", "views"][0] == 2


def test_lines_of_a_day_long_over_are_told_and_not_counted(tmp_path: Path) -> None:
    """Files that were joined the wrong way round: counting on would need all days in memory."""
    judge = Judge({MOT.encode(): 1}, READERS, ZONE)
    told = accesslog.read([written(tmp_path, "joined", *day(12, 3), *day(9, 2))], judge, LATER)
    assert dict(told.verdicts) == {"view": 3, "order": 2}
    late = [*day(9, 2, hour=23), *day(10, 2, hour=0), *day(9, 1, hour=23)]
    assert accesslog.read([written(tmp_path, "late", *late)], judge, LATER).verdicts == {"view": 5}
    ahead = accesslog.read([written(tmp_path, "ahead", *day(9, 2))], judge, 0.0)
    assert dict(ahead.verdicts) == {"broken": 2}, "a server whose clock is wrong"


def test_reading_the_platforms_afterwards_does_not_hide_what_was_counted(site: Office, truth: Path) -> None:
    """A website tells no figures itself: what was counted stands, with the time of the new look."""
    counter.import_logs(site.workspace, "website", [truth])
    site.clock.forward(hours=1)
    reach.pull(site.workspace, lambda *_: None)
    assert figures(site) == EXPECTED
    assert {one.taken_at for one in reach.newest(site.workspace)} == {site.clock.now()}


def test_a_platform_that_counts_itself_is_not_overridden_by_the_log(site: Office, truth: Path) -> None:
    read(site, "mot@website", "views", 40)
    told = counter.import_logs(site.workspace, "website", [truth])
    assert told.readings == 3
    assert figures(site) == EXPECTED | {("mot@website", "views"): 40}
