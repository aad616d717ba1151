"""An article with a video: brought up in one piece, waited for, then hidden and shown like any other."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Job
from connectors.errors import NotSent, NotYet, Refused, Unknown
from connectors.zalo.settings import VIDEO_MAX_BYTES
from connectors.zalo.video import OneFile
from content.checks import check_variant
from content.variant import MediaRef
from tests.connectors.zalo.harness import OaHarness, picture

UPLOAD, STATE = "preparevideo", "upload_video/verify"


class LaneLost(Exception):
    """What a `save` raises when somebody else has taken the lane."""


@pytest.fixture
def job(harness: OaHarness) -> Job:
    return harness.job(video=True)


def tried(harness: OaHarness, job: Job) -> Job:
    return replace(job, first_try_at=harness.clock())


def forget(_: Any) -> None:
    """A save nobody reads."""


def test_the_very_bytes_go_up_and_every_step_is_saved(harness: OaHarness, job: Job):
    saved: list[dict[str, Any]] = []
    handle = harness.connector().prepare(job, {}, lambda h: saved.append(dict(h)))
    (video,) = harness.server.world.videos.values()
    assert video.sha256 == job.variant.media[0].sha256
    assert video.size == job.variant.media[0].size_bytes
    news = [sorted(name for name in one if name != "video_sha256") for one in saved]
    assert news[:3] == [["video_token"], ["video_id"], ["asked_at", "video_id"]]
    assert handle["video_id"] == video.id


def test_a_video_article_has_the_fields_zalo_takes_and_no_others(harness: OaHarness):
    job = harness.job(video=True, pictures=2)
    connector = harness.connector()
    handle = connector.prepare(job, {}, forget)
    assert harness.public(job) == 0
    connector.reveal(job, handle)
    fields = harness.server.world.articles[handle["id"]].fields
    assert set(fields) == {"type", "title", "description", "video_id", "avatar", "status", "comment"}
    assert fields["avatar"].endswith(f"/media/{picture(1, 0).sha256[:16]}.png"), "the first picture"
    (found,) = connector.find(tried(harness, job), handle)
    assert found.remote_id == handle["id"]
    assert "as approved" in found.evidence


def test_conversion_is_waited_for_without_costing_a_try(harness: OaHarness, job: Job):
    harness.server.world.verify_delay = 99
    kept: list[dict[str, Any]] = []
    with pytest.raises(NotYet) as caught:
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    assert caught.value.code == "zalo:video-converting"
    assert harness.clock() < caught.value.retry_at < harness.clock() + timedelta(minutes=1)
    harness.clock.advance(60)
    harness.server.world.verify_delay = 0
    assert harness.connector().prepare(tried(harness, job), kept[-1], forget)["id"]
    assert harness.calls(UPLOAD) == 1, "it was not sent up again"


@pytest.mark.parametrize(("status", "code"), [(2, "locked"), (4, "failed"), (5, "deleted")])
def test_a_video_zalo_cannot_use_is_for_a_person(harness: OaHarness, job: Job, status: int, code: str):
    harness.server.world.video_status = status
    kept: list[dict[str, Any]] = []
    with pytest.raises(Refused) as caught:
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    assert caught.value.code == f"zalo:video-{code}"
    assert "video_token" not in kept[-1]


def test_a_token_that_is_too_old_leads_to_another_upload(harness: OaHarness, job: Job):
    harness.server.world.verify_delay = 99
    kept: list[dict[str, Any]] = []
    with pytest.raises(NotYet):
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    harness.clock.advance(hours=2)
    harness.server.world.verify_delay = 0
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(tried(harness, job), kept[-1], lambda h: kept.append(dict(h)))
    assert caught.value.code == "zalo:video-token-gone"
    assert harness.connector().prepare(tried(harness, job), kept[-1], forget)["id"]
    assert harness.calls(UPLOAD) == 2


@pytest.mark.parametrize("kind", ["cut_after_accept", "500_after_accept", "cut_before", "html_504"])
def test_an_upload_without_an_answer_is_made_again_and_leaves_one_article(
    harness: OaHarness, job: Job, kind: str
):
    harness.server.fault(kind, path=UPLOAD)
    kept: list[dict[str, Any]] = [{}]
    with pytest.raises(Unknown):
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    handle = harness.connector().prepare(tried(harness, job), kept[-1], forget)
    harness.connector().reveal(job, handle)
    assert harness.public(job) == 1
    assert len(harness.oa.articles) == 1


def test_a_refused_token_is_renewed_and_the_whole_file_sent_again(harness: OaHarness, job: Job):
    harness.oa.access_until = harness.clock()
    assert harness.connector().prepare(job, {}, forget)["id"]
    (video,) = harness.server.world.videos.values()
    assert video.sha256 == job.variant.media[0].sha256


def test_a_video_waits_for_its_picture_only_after_it_is_up(harness: OaHarness, website: Any):
    website.missing.add("*")
    job, kept = harness.job(video=True, pictures=1), [{}]
    with pytest.raises(NotYet) as caught:
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    assert caught.value.code == "zalo:picture-not-public"
    assert "video_id" in kept[-1]
    website.missing.clear()
    harness.connector().prepare(tried(harness, job), kept[-1], forget)
    assert harness.calls(UPLOAD) == 1


def test_another_approved_video_takes_the_place_of_the_first(harness: OaHarness, job: Job):
    first = harness.connector().prepare(job, {}, forget)
    other = replace(job, variant=replace(job.variant, media=(harness.video(77),)))
    handle = harness.connector().prepare(tried(harness, other), first, forget)
    assert handle["video_id"] != first["video_id"]
    assert handle["id"] != first["id"]
    connector = harness.connector()
    (orphan,) = connector.orphans(tried(harness, other), handle)
    assert orphan.remote_id == first["id"]
    assert f"video={first['video_id']}" in orphan.evidence
    connector.reveal(other, handle)
    assert harness.public(other) == 1


def restored(harness: OaHarness, before: dict[str, str]) -> None:
    """The workspace is back from a backup that knows nothing of what was done since, tokens aside."""
    tokens = {name: harness.store.values[name] for name in ("access_token", "refresh_token")}
    harness.store.values = {**before, **tokens}


def test_what_a_life_before_a_restore_left_hidden_is_an_orphan_by_words_and_time(
    harness: OaHarness, job: Job
):
    before = dict(harness.store.values)
    lost = harness.connector().prepare(job, {}, forget)
    restored(harness, before)
    harness.clock.advance(minutes=25)
    handle = harness.connector().prepare(job, {}, forget)
    assert handle["video_id"] != lost["video_id"]
    again, connector = tried(harness, job), harness.connector()
    (orphan,) = connector.orphans(again, handle)
    assert orphan.remote_id == lost["id"]
    assert "words and time alone" in orphan.evidence
    connector.reveal(again, handle)
    with pytest.raises(Refused) as caught:
        connector.discard(orphan)
    assert caught.value.code == "zalo:orphan-unproven", "a person decides: somebody may say the same"
    assert (harness.hidden(job), harness.public(job)) == (1, 1)


def test_nothing_is_discarded_that_is_not_proven_to_be_ours(harness: OaHarness):
    """Prepared by a Loa that did not write down whose a video is, or made by hand in OA Manager."""
    words = {"video": True, "pictures": 1, "title": "Bản tin pháp luật", "summary": "Những điểm mới"}
    mine, other = harness.job(**words), harness.job(**words)
    handle = harness.connector().prepare(other, {}, forget)
    connector = harness.connector()
    assert connector.orphans(tried(harness, mine), {}) == [], "it is the other delivery's"
    (known,) = connector.orphans(tried(harness, other), {})
    del harness.store.values["videos"]
    (maybe,) = connector.orphans(tried(harness, mine), {})
    assert maybe.remote_id == handle["id"]
    assert "maybe" in maybe.evidence
    for orphan in (maybe, known):
        with pytest.raises(Refused) as caught:
            connector.discard(orphan)
        assert caught.value.code == "zalo:orphan-unproven"
    connector.reveal(other, handle)
    assert harness.public(other) == 1


def test_of_two_deliveries_that_say_the_same_neither_takes_the_others_article_for_a_leftover(
    harness: OaHarness, job: Job
):
    same = harness.job(video=True, title=job.variant.title)
    first = harness.connector().prepare(job, {}, forget)
    second = harness.connector().prepare(same, {}, forget)
    connector = harness.connector()
    assert connector.orphans(tried(harness, job), first) == []
    assert connector.orphans(tried(harness, same), second) == []
    assert [o.remote_id for o in connector.orphans(tried(harness, same), {})] == [second["id"]]


def test_the_same_words_of_another_week_are_no_leftover(harness: OaHarness, job: Job):
    before = dict(harness.store.values)
    last_week = harness.connector().prepare(job, {}, forget)
    restored(harness, before)
    harness.clock.advance(days=7)
    now = harness.job(video=True, title=job.variant.title)
    handle = harness.connector().prepare(now, {}, forget)
    connector = harness.connector()
    assert connector.orphans(tried(harness, now), handle) == []
    assert [o.remote_id for o in connector.orphans(job, {})] == [last_week["id"]]


def test_a_video_that_cannot_be_written_down_makes_no_article(harness: OaHarness, job: Job):
    kept: list[dict[str, Any]] = []
    harness.store.values["videos"] = "{"
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    assert caught.value.code == "zalo:videos-not-noted"
    with pytest.raises(NotSent) as caught:
        harness.connector().orphans(tried(harness, job), {})
    assert caught.value.code == "zalo:videos-unreadable"
    assert harness.oa.articles == []
    harness.store.values["videos"] = ""
    assert harness.connector().prepare(tried(harness, job), kept[-1], forget)["id"]
    assert harness.calls(UPLOAD) == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"mime": "video/webm"}, "zalo.video_type"),
        ({"mime": "video/quicktime"}, "zalo.video_type"),
        ({"size_bytes": VIDEO_MAX_BYTES + 1}, "zalo.video_size"),
    ],
)
def test_a_video_zalo_does_not_take_is_said_at_the_check(
    harness: OaHarness, job: Job, change: dict[str, Any], rule: str
):
    variant = replace(job.variant, media=(replace(job.variant.media[0], **change),))
    found = {finding.rule: finding.severity for finding in harness.connector().check(variant)}
    assert found[rule] == "block"


def test_the_approver_hears_that_the_text_is_not_shown(harness: OaHarness, job: Job):
    found = [finding.rule for finding in harness.connector().check(job.variant)]
    assert found == ["zalo.video_alone"]
    bare = replace(job.variant, text=" ")
    assert [f.rule for f in harness.connector().check(bare)] == ["zalo.no_text"]
    two = replace(job.variant, media=(*job.variant.media, harness.video(9)))
    limits = harness.connector().capabilities.limits
    assert "content.videos_over" in {finding.rule for finding in check_variant(two, limits)}


def test_the_lease_is_renewed_while_bytes_leave_and_a_lost_lane_sends_no_more(harness: OaHarness):
    ref = harness.video(5, 3_000_000)
    seen: list[int] = []
    body = OneFile(harness.folder / ref.name, ref, lambda: seen.append(1))
    assert len(b"".join(body)) == len(body)
    assert len(seen) == 12, "before every chunk"

    job = replace(harness.job(), variant=replace(harness.job().variant, media=(ref,)))
    saves: list[Any] = []
    media = harness.connector()._context.media

    class Slow(type(Path())):  # type: ignore[misc]
        """A file whose opening takes long enough for a renewal."""

        def open(self, *given: Any, **more: Any) -> Any:
            harness.clock.advance(11)
            return super().open(*given, **more)

    def save(handle: Any) -> None:
        saves.append(dict(handle))
        raise LaneLost

    connector = harness.connector()
    context = replace(connector._context, media=lambda r: Slow(media(r)))
    connector = type(connector)(context, wait=harness.clock.advance)
    with pytest.raises(LaneLost):
        connector.prepare(job, {}, save)
    assert saves == [{"video_sha256": ref.sha256}]
    assert harness.server.world.videos == {}


def test_a_file_that_shrank_is_not_sent_as_a_whole(harness: OaHarness, job: Job):
    (harness.folder / job.variant.media[0].name).write_bytes(b"\0\0\0\x18ftyp")
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(job, {}, forget)
    assert caught.value.code == "zalo:media-shrunk"
    assert harness.server.world.videos == {}
    (harness.folder / job.variant.media[0].name).unlink()
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(job, {}, forget)
    assert caught.value.code == "zalo:media-unreadable"


def sparse(folder: Path, size: int) -> MediaRef:
    path = folder / "large.mp4"
    with path.open("wb") as file:
        file.write(b"\0\0\0\x18ftypisom")
        file.truncate(size)
    return MediaRef("f" * 64, "video/mp4", size, path.name)


def test_reading_a_large_file_holds_one_chunk(tmp_path: Path):
    ref = sparse(tmp_path, VIDEO_MAX_BYTES)
    body = OneFile(tmp_path / ref.name, ref, lambda: None)
    tracemalloc.start()
    total = sum(len(chunk) for chunk in body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == len(body)
    assert peak < 1_000_000, peak


UPLOADER = """
import resource, sys
from pathlib import Path
from connectors.http import Http
from connectors.zalo.video import OneFile
from content.variant import MediaRef
url, token, file, size = sys.argv[1:5]
ref = MediaRef("f" * 64, "video/mp4", int(size), "large.mp4")
body = OneFile(Path(file), ref, lambda: None)
http = Http(proxies={})
headers = {"access_token": token, "Content-Type": body.content_type}
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
http.call("GET", url + "/practice/ledger", creates=False)
before = peak()
url += "/v2.0/article/upload_video/preparevideo"
answer = http.call("POST", url, creates=True, headers=headers, data=body)
print(answer.status, peak() - before)
"""


def test_memory_stays_flat_while_the_largest_video_goes_up(harness: OaHarness):
    ref = sparse(harness.folder, VIDEO_MAX_BYTES)
    more = [harness.server.url, harness.oa.access_token, str(harness.folder / ref.name), str(ref.size_bytes)]
    told = subprocess.run(
        [sys.executable, "-c", UPLOADER, *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    status, grown = told.stdout.split()
    assert status == "200"
    (video,) = harness.server.world.videos.values()
    assert video.size == VIDEO_MAX_BYTES
    assert int(grown) < 4_000_000, f"{int(grown):,} bytes for a file of {VIDEO_MAX_BYTES:,}"
