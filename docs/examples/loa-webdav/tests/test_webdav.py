"""What the suite cannot know: what readers get, what this server is asked, and what people are told."""

from __future__ import annotations

import string
import tomllib
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from conftest import DavHarness
from loa_webdav.connector import WebDav
from loa_webdav.page import render
from server import FOLDER

from loa.api import (
    AuthLost,
    ConnectorError,
    Handle,
    Http,
    Job,
    NotPrepared,
    NotSent,
    Published,
    Refused,
    Removes,
    Throttled,
    Unknown,
    Variant,
    say,
)

WORDING = files("loa_webdav") / "wording"


def prepare(harness: DavHarness, job: Job) -> Handle:
    return harness.connector().prepare(job, {}, lambda _: None)


def publish(harness: DavHarness, job: Job) -> Published:
    published = harness.connector().reveal(job, prepare(harness, job))
    assert isinstance(published, Published)
    return published


def edited(job: Job, **changes: str) -> Job:
    variant: Variant = replace(job.variant, **changes)
    return replace(job, variant=variant)


def test_readers_get_the_page_at_its_address_and_no_draft_at_any(harness: DavHarness, http: Http) -> None:
    job = harness.job(pictures=1)
    handle = prepare(harness, job)
    draft = f"{harness.office.url}/dav/b%E1%BA%A3n%20nh%C3%A1p/{handle['draft']}"
    assert http.call("GET", draft, creates=False).status == 401
    published = harness.connector().reveal(job, handle)
    assert isinstance(published, Published)
    answer = http.call("GET", published.url, creates=False)
    assert answer.status == 200
    page = answer.body.decode()
    assert "<strong>tờ khai</strong>" in page
    assert "data:image/png;base64," in page
    assert "Luật Hộ tịch số 60/2014/QH13" in page


def test_a_draft_that_somebody_changed_is_never_revealed(harness: DavHarness) -> None:
    job = harness.job()
    handle = prepare(harness, job)
    [draft] = harness.office.drafts.iterdir()
    draft.write_text(draft.read_text("utf-8") + "<p>Không ai duyệt câu này.</p>", "utf-8")
    with pytest.raises(NotPrepared, match="draft-changed"):
        harness.connector().reveal(job, handle)
    assert harness.public(job) == 0
    harness.connector().reveal(job, harness.connector().prepare(job, handle, lambda _: None))
    [page] = harness.office.folder.iterdir()
    assert "Không ai duyệt" not in page.read_text("utf-8")


def test_an_edited_post_is_prepared_anew(harness: DavHarness) -> None:
    job = harness.job()
    handle = prepare(harness, job)
    again = edited(job, text="Nộp tại **phường**.")
    with pytest.raises(NotPrepared, match="not-prepared"):
        harness.connector().reveal(again, handle)
    publish(harness, again)
    [page] = harness.office.folder.iterdir()
    assert "phường" in page.read_text("utf-8")


def test_a_file_of_somebody_elses_is_never_written_over(harness: DavHarness) -> None:
    job = harness.job()
    handle = prepare(harness, job)
    theirs = harness.office.folder / handle["draft"]
    theirs.write_text("của người khác", "utf-8")
    with pytest.raises(NotSent, match="other-page"):
        harness.connector().reveal(job, handle)
    assert theirs.read_text("utf-8") == "của người khác"


def test_a_drafts_folder_that_anybody_can_read_stops_the_channel(harness: DavHarness) -> None:
    connector = harness.connector(drafts=f"{harness.office.url}/open/bản nháp")
    assert connector.health().problem == "webdav.problems.open_drafts"
    with pytest.raises(AuthLost, match="open-drafts"):
        connector.prepare(harness.job(), {}, lambda _: None)
    assert list(harness.office.drafts.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"password": "sai"}, "login"),
        ({"folder": "{url}/dav/khong-co"}, "missing"),
        ({"drafts": "{url}/dav/khong-co"}, "missing"),
        ({"drafts": "https://noi-khac.example.vn/dav/nhap"}, "two_servers"),
    ],
)
def test_a_wrong_setting_is_told_in_words(
    harness: DavHarness, settings: dict[str, str], problem: str
) -> None:
    settings = {key: value.format(url=harness.office.url) for key, value in settings.items()}
    health = harness.connector(**settings).health()
    assert (health.ok, health.problem) == (False, f"webdav.problems.{problem}")
    assert not say(health.problem, **health.values).startswith("webdav.")


def test_a_sound_channel_is_called_as_on_the_server(harness: DavHarness) -> None:
    assert harness.connector().health().name.startswith(f"{FOLDER} (127.0.0.1:")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("403", AuthLost),
        ("405", AuthLost),
        ("413", Refused),
        ("423", NotSent),
        ("503", Throttled),
        ("507", Throttled),
        ("301", Unknown),
        ("418", Unknown),
        ("502", Unknown),
    ],
)
def test_every_answer_to_a_write_is_one_of_the_five(
    harness: DavHarness, status: str, kind: type[ConnectorError]
) -> None:
    harness.office.trouble(status, "prepare", 1)
    with pytest.raises(kind) as caught:
        prepare(harness, harness.job())
    assert (type(caught.value), caught.value.code) == (kind, f"webdav:{status}")


def test_folders_that_vanished_stop_the_channel(harness: DavHarness) -> None:
    harness.office.drafts.rmdir()
    with pytest.raises(AuthLost, match="webdav:409"):
        prepare(harness, harness.job())


def test_a_busy_server_is_left_alone_for_as_long_as_it_says(harness: DavHarness) -> None:
    job = harness.job()
    handle = prepare(harness, job)
    harness.office.trouble("throttled", "reveal", 1)
    with pytest.raises(Throttled) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.retry_at == harness.now() + timedelta(seconds=30)


def test_a_page_cannot_be_made_to_do_anything(harness: DavHarness) -> None:
    job = edited(harness.job(), title="<script>a</script>", link='https://a.vn/"><script>')
    job = edited(job, text='<script>b</script> [x](javascript:alert(1)) <img onerror="c" src=x>')
    page = render(job, {}, harness.connector()._context.unit).decode()
    assert page.count("<script") == 0
    assert "href=" not in page.partition("[x]")[0]
    assert "<img" not in page


def test_a_picture_in_the_text_stays_at_its_place_and_the_others_follow(harness: DavHarness) -> None:
    job = harness.job(pictures=2)
    first, second = job.variant.media
    job = edited(job, text=f"Trước\n\n![Ảnh]({first.name})\n\nSau")
    page = render(job, {first: b"1", second: b"2"}, harness.connector()._context.unit).decode()
    before, _, after = page.partition("base64,MQ==")
    assert "Trước" in before
    assert "Sau" in after
    assert "base64,Mg==" in after.partition("Sau")[2]


def test_a_picture_that_is_not_attached_is_remarked_on(harness: DavHarness) -> None:
    job = harness.job(text="![Ảnh](https://noi-khac.example.vn/a.png)")
    [finding] = harness.connector().check(job.variant)
    assert finding.line() == (
        "bang-tin: bài đặt ảnh https://noi-khac.example.vn/a.png nhưng không đính kèm, "
        "trang sẽ không có ảnh này → tải ảnh về và đính kèm vào bài"
    )


def test_a_crash_before_the_save_leaves_an_orphan_that_is_told_and_removed(harness: DavHarness) -> None:
    connector, job = harness.connector(), harness.job()
    prepare(harness, job)
    [orphan] = connector.orphans(job, {})
    connector.discard(orphan)
    assert connector.orphans(job, {}) == []
    assert harness.hidden(job) == 0


def test_the_class_has_its_extras() -> None:
    assert isinstance(WebDav.__new__(WebDav), Removes)


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    vi, en = (
        sentences(tomllib.loads((WORDING / f"{name}.toml").read_text("utf-8"))) for name in ("vi", "en")
    )
    assert sorted(vi) == sorted(en)
    assert {key: values_of(vi[key]) for key in vi} == {key: values_of(en[key]) for key in en}
    assert say("webdav.problems.missing", folder="X") == vi["problems.missing"].format(folder="X"), (
        "not found"
    )


def sentences(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in table.items():
        flat |= sentences(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def values_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
