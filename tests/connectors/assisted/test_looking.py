"""Looking at the address that a person gave: what counts as the post, and what each trouble is called."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import assisted
from connectors.contract import Pending, Published
from connectors.errors import NotPrepared, NotSent, Throttled
from content.wording import catalogue
from tests.connectors.assisted.harness import DUE, AssistedHarness, Page, forget


def _code(harness: AssistedHarness, job, address: str, **settings: str) -> str:
    with pytest.raises((NotSent, Throttled)) as caught:
        harness.alone(**settings).look(job, address)
    return caught.value.code


def test_the_mark_alone_is_enough(harness):
    job = harness.job()
    address = harness.portal.show("/a", "Tên khác", f"<p>Chữ khác<!-- loa:{job.marker} --></p>")
    assert harness.alone().look(job, address) == Published(
        address, address, None, "the page bears the marker"
    )


def test_without_the_mark_the_title_and_the_text_are(harness):
    job = harness.job()
    body = "<p>Nộp <b>tờ kh</b><b>ai</b> tại&nbsp;xã, lần 1.</p><li>GIẤY CHỨNG SINH</li>"
    address = harness.portal.show("/a", job.variant.title.upper(), body)
    assert "of the text" in harness.alone().look(job, address).evidence


def test_decomposed_letters_are_the_same_letters(harness):
    job = harness.job()
    text = "Thủ tục. Nộp tờ khai tại xã, lần 1. Giấy chứng sinh. Căn cước"
    nfd = unicodedata.normalize("NFD", text)
    address = harness.portal.show("/a", unicodedata.normalize("NFD", job.variant.title), f"<p>{nfd}</p>")
    assert harness.alone().look(job, address).url == address


def test_a_page_in_another_encoding_is_read(harness):
    job = harness.job(title="Hộ tịch", text="Nộp tờ khai.")
    page = "<html><head><meta charset='utf-16'></head>Hộ tịch. Nộp tờ khai.</html>"
    harness.portal.pages["/a"] = Page(
        body=page.encode("utf-16"), headers={"Content-Type": "text/html; charset=utf-16"}
    )
    assert harness.alone().look(job, f"{harness.portal.url}/a").url.endswith("/a")


def test_a_list_of_titles_with_summaries_is_not_the_post(harness):
    job = harness.job()
    address = harness.portal.show(
        "/a", "Tin mới", f"<h3>{job.variant.title}</h3><p>{job.variant.summary}</p>"
    )
    assert _code(harness, job, address) == "hand:text-missing"


def test_the_title_in_a_script_is_not_on_the_page(harness):
    job = harness.job()
    address = harness.portal.show("/a", "Tin", f"<script>var t='{job.variant.title}'</script>")
    assert _code(harness, job, address) == "hand:title-missing"


def test_a_post_of_pictures_alone_is_known_by_its_title(harness):
    job = harness.job(pictures=1, text="")
    assert harness.alone().look(job, harness.portal.show("/a", job.variant.title, "<img src='x.jpg'>"))


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page(404), "hand:gone"),
        (Page(410), "hand:gone"),
        (Page(401), "hand:closed"),
        (Page(403), "hand:closed"),
        (Page(429), "hand:busy"),
        (Page(503), "hand:busy"),
        (Page(500, b"<h1>500</h1>"), "hand:http"),
        (Page(200, b""), "hand:not-a-page"),
        (Page(200, b"%PDF-1.7", {"Content-Type": "application/pdf"}), "hand:not-a-page"),
        (Page(200, b"<html><body><form>Login"), "hand:title-missing"),
        (Page(302, b"", {"Location": "https://dang-nhap.example.vn/"}), "hand:moved"),
        (Page(302, b"", {}), "hand:moved"),
        (Page(302, b"", {"Location": "/a"}), "hand:moved"),
    ],
)
def test_each_trouble_has_its_name(harness, page, code):
    job = harness.job()
    harness.portal.pages["/a"] = page
    assert _code(harness, job, f"{harness.portal.url}/a") == code
    assert f"assisted.codes.{code.partition(':')[2]}" in catalogue("vi")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "bài đăng",
            "xa.example.vn/a",
            "ftp://127.0.0.1/a",
            "file:///etc/passwd",
            "http://",
            "http://[",
        ),
        *("http://ai:mk@127.0.0.1/", "http://127.0.0.1:port/", "http://127.0.0.1/a b"),
    ],
)
def test_only_a_whole_web_address_is_opened(harness, address):
    assert _code(harness, harness.job(), address) == "hand:not-an-address"
    assert harness.traffic() == 0


def test_only_the_units_own_portal_is_opened(harness):
    job = harness.job()
    for address in ("http://facebook.com/a", "http://127.0.0.1.evil.vn/", "http://evil127.0.0.1.vn/"):
        assert _code(harness, job, address) == "hand:other-host"
    own = harness.alone(portal="xa.example.gov.vn")
    for fine in (
        "https://xa.example.gov.vn/a",
        "https://www.xa.example.gov.vn/a",
        "http://tin.xa.example.gov.vn/a",
    ):
        assert own.address(f" {fine}#top \n") == fine
    assert harness.traffic() == 0


def test_a_redirect_on_the_same_host_is_followed_and_its_end_is_the_address(harness):
    job = harness.job()
    end = harness.portal.show("/bai.html", job.variant.title, job.variant.text)
    harness.portal.pages["/?id=7"] = Page(301, b"", {"Location": "/cu"})
    harness.portal.pages["/cu"] = Page(302, b"", {"Location": "bai.html"})
    assert harness.alone().look(job, f"{harness.portal.url}/?id=7").url == end


def test_an_address_that_nothing_answers_is_not_taken_for_gone(harness):
    job = harness.job()
    with pytest.raises(NotSent, match="net:unreachable"):
        harness.alone(portal="http://127.0.0.1:9").find(job, {"address": "http://127.0.0.1:9/a"})


def test_find_believes_only_a_page_that_says_so(harness):
    job, connector = harness.job(), harness.alone()
    address = harness.portal.show("/a", job.variant.title, job.variant.text)
    handle = {"address": address}
    assert [one.url for one in connector.find(job, handle)] == [address]
    harness.portal.pages["/a"] = Page(404)
    assert connector.find(job, handle) == []
    for page in (Page(200, b"<html>Login"), Page(500), Page(200, b"")):
        harness.portal.pages["/a"] = page
        with pytest.raises(NotSent):
            connector.find(job, handle)


def test_the_portals_word_for_when_is_taken_unless_it_cannot_be(harness):
    job = harness.job()
    harness.clock = DUE + timedelta(hours=2)
    for written, taken in (
        ("2026-11-09T07:10:00+07:00", DUE + timedelta(minutes=10)),
        ("2026-11-09T07:10:00", None),
        ("2026-11-10T07:10:00+07:00", None),
        ("2020-01-01T00:00:00Z", None),
        ("hôm qua", None),
    ):
        meta = f'<meta property="article:published_time" content="{written}">'
        address = harness.portal.show("/a", job.variant.title, f"{meta}<!-- loa:{job.marker} -->")
        assert harness.alone().look(job, address).published_at == taken, written


def test_at_the_due_minute_people_are_told_and_told_again_ever_more_rarely(harness, caplog):
    job, connector = harness.job(), harness.alone()
    handle = connector.prepare(job, {}, forget)
    harness.clock = DUE
    pending = connector.reveal(job, handle)
    assert isinstance(pending, Pending)
    assert (pending.remote_id, pending.wait) == ("by-hand", timedelta(minutes=5))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ĐẾN GIỜ ĐĂNG TAY" in caplog.text
    waits = []
    while harness.clock < DUE + timedelta(hours=4):
        harness.clock += pending.wait
        pending = connector.poll(job, pending)
        waits.append(pending.wait // timedelta(minutes=1))
    assert waits == [5, 10, 20, 40, 60, 60, 60, 60]
    assert harness.public(job) == 0


def test_a_wrong_address_is_told_and_waited_on(harness, caplog):
    job, connector = harness.job(), harness.alone()
    handle = connector.prepare(job, {}, forget)
    pending = connector.reveal(job, handle)
    harness.write_address(job, f"{harness.portal.url}/nhap")
    again = connector.poll(job, pending)
    assert isinstance(again, Pending)
    assert again.evidence.startswith("hand:gone")
    assert "không có trang này" in caplog.text
    harness.portal.show("/nhap", job.variant.title, job.variant.text)
    assert isinstance(connector.poll(job, again), Published)


def test_past_the_deadline_nobody_waits_but_a_post_that_is_there_still_counts(harness):
    job, connector = harness.job(), harness.alone()
    pending = connector.reveal(job, connector.prepare(job, {}, forget))
    harness.clock = job.variant.deadline - timedelta(minutes=2)
    last = connector.poll(job, pending)
    assert harness.clock + last.wait == job.variant.deadline + timedelta(seconds=1)
    harness.clock += last.wait
    with pytest.raises(NotPrepared, match="hand:overdue"):
        connector.poll(job, last)
    harness.write_address(job, harness.portal.show("/a", job.variant.title, job.variant.text))
    assert isinstance(connector.poll(job, last), Published)


def test_a_channel_is_well_when_packs_can_be_written_and_the_portal_answers(harness):
    assert harness.alone().health().name == "127.0.0.1"
    assert harness.alone(portal="").health().name == "Cổng xã"
    for settings, problem in (
        ({"portal": "ftp://x"}, "portal"),
        ({"portal": "http://127.0.0.1:9"}, "unreachable"),
    ):
        health = harness.alone(**settings).health()
        assert (health.ok, health.problem) == (False, f"assisted.problems.{problem}")
    harness.portal.pages["/"] = Page(502)
    assert harness.alone(portal=f"{harness.portal.url}/").health().problem == "assisted.problems.down"
    (harness.workspace / "bai-dang-tay").rmdir()
    (harness.workspace / "bai-dang-tay").write_text("a file in the way")
    assert harness.alone().health().problem == "assisted.problems.not_writable"


def test_the_check_names_what_a_person_could_not_post(harness):
    job = harness.job(title=" ", text="", summary="", link="xa.gov.vn")
    rules = {finding.rule for finding in harness.alone().check(job.variant)}
    assert rules == {
        f"assisted.{r}" for r in ("title_missing", "text_missing", "summary_missing", "link_unsafe")
    }
    job = harness.job(media=(harness.picture(alt=" "), harness.file("a.mp4", "video/mp4", b"x")))
    assert [(f.rule, f.place) for f in harness.alone().check(job.variant)] == [
        ("assisted.alt_missing", "media[1]")
    ]
    assert harness.alone().check(harness.job(pictures=1).variant) == []


def test_every_code_has_a_sentence_that_needs_nothing_but_channel_and_detail():
    source = "".join(path.read_text("utf-8") for path in Path(assisted.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'"hand:([a-z-]+)"', source))
    assert len(codes) > 10
    for language in ("vi", "en"):
        for code in codes:
            sentence = catalogue(language)[f"assisted.codes.{code}"]
            assert sentence.format(channel="cong-xa", detail="x").strip()
