"""What a channel does around the upload: what goes with a video, coming out, being read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from connectors.contract import Connector, Handle, Measures, Pending, Published
from connectors.errors import AuthLost, NotPrepared, NotSent, NotYet, Refused, Unknown
from connectors.practice.youtube import PracticeYouTube
from connectors.youtube.settings import OAUTH_URL, Settings
from content.variant import MediaRef
from tests.connectors.youtube.harness import PLAYLIST, ChannelHarness, Clock


def forget(_: Handle) -> None:
    """A save nobody reads."""


def test_it_is_a_connector_that_measures(harness: ChannelHarness) -> None:
    connector: Connector = harness.connector()
    assert isinstance(connector, Measures)
    assert connector.capabilities.platform == "youtube"


def test_everything_that_belongs_to_the_video_is_there_before_it_comes_out(harness: ChannelHarness) -> None:
    job = harness.job(pictures=2, link="https://sotuphap.example.gov.vn/dat-dai", tags=("đất đai", "luật"))
    handle = harness.connector(playlist=PLAYLIST).prepare(job, {}, forget)
    (video,) = harness.videos(job)
    assert handle["video"] == video.id
    assert video.thumbnail
    assert [track.language for track in harness.server.world.tracks.values()] == ["vi"]
    assert [entry[1] for entry in harness.server.world.playlists[PLAYLIST]] == [video.id]
    assert video.snippet["description"].endswith("\n\nhttps://sotuphap.example.gov.vn/dat-dai")
    assert video.snippet["tags"] == ["đất đai", "luật"]
    assert video.snippet["defaultLanguage"] == "vi"
    assert harness.server.public_videos() == []


def test_a_second_prepare_changes_nothing_and_asks_once(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job(pictures=2)
    connector = harness.connector(playlist=PLAYLIST)
    handle = connector.prepare(job, {}, forget)
    harness.server.world.arrivals.clear()
    assert connector.prepare(replace(job, first_try_at=clock()), handle, forget) == handle
    assert harness.operations() == ["videos.list"]


@pytest.mark.parametrize("operation", ["thumbnails.set", "captions.insert", "playlistItems.insert"])
@pytest.mark.parametrize("kind", ["cut_after_accept", "500_after_accept"])
@pytest.mark.parametrize("twins", [False, True])
def test_a_lost_answer_beside_the_video_makes_no_second_one(
    harness: ChannelHarness, clock: Clock, operation: str, kind: str, twins: bool
) -> None:
    harness.server.world.twins_in_playlists = twins
    job, kept = harness.job(pictures=2), [{}]
    connector = harness.connector(playlist=PLAYLIST)
    harness.server.fault(kind, operation=operation)
    with pytest.raises(Unknown):
        connector.prepare(job, {}, kept.append)
    handle = connector.prepare(replace(job, first_try_at=clock()), kept[-1], forget)
    assert handle["captions"]
    assert len(harness.videos(job)) == 1
    assert len(harness.server.world.tracks) == 1
    assert len(harness.server.world.playlists[PLAYLIST]) == 1


def test_a_video_somebody_deleted_is_prepared_again(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job(pictures=1)
    handle = harness.connector().prepare(job, {}, forget)
    harness.server.world.remove(harness.videos(job)[0])
    with pytest.raises(NotPrepared):
        harness.connector().reveal(job, handle)
    tried = replace(job, first_try_at=clock())
    with pytest.raises(NotSent) as caught:  # it may only not be listed yet
        harness.connector().prepare(tried, handle, forget)
    assert caught.value.code == "yt:not-listed-yet"
    clock.advance(minutes=6)
    handle = harness.connector().prepare(tried, handle, forget)
    assert isinstance(harness.connector().reveal(job, handle), Published)
    assert harness.videos(job)[0].thumbnail


def test_a_reveal_without_a_video_asks_to_prepare(harness: ChannelHarness) -> None:
    with pytest.raises(NotPrepared):
        harness.connector().reveal(harness.job(), {"session": {"uri": "x"}})


def test_a_reveal_sends_the_whole_status(harness: ChannelHarness) -> None:
    job = harness.job()
    harness.publish(job)
    assert harness.videos(job)[0].status == {
        "privacyStatus": "public",
        "selfDeclaredMadeForKids": False,
        "containsSyntheticMedia": False,
        "embeddable": True,
        "license": "youtube",
        "publicStatsViewable": True,
    }


def test_a_video_still_in_work_is_pending_until_it_is_processed(
    harness: ChannelHarness, clock: Clock
) -> None:
    harness.server.world.processing_s = 40
    job = harness.job()
    connector = harness.connector()
    handle = connector.prepare(job, {}, forget)
    pending = connector.reveal(job, handle)
    assert isinstance(pending, Pending)
    assert connector.find(job, handle) == []
    pending = connector.poll(job, pending)
    assert isinstance(pending, Pending)
    assert pending.wait == timedelta(seconds=40), "what YouTube said it still needs"
    clock.advance(seconds=41)
    published = connector.poll(job, pending)
    assert isinstance(published, Published)
    assert published.url == f"{harness.server.url}/watch?v={handle['video']}"


@pytest.mark.parametrize(
    ("kind", "code"), [("failed_codec", "yt:failed/codec"), ("rejected_length", "yt:rejected/length")]
)
def test_a_file_that_youtube_gives_up_is_refused_and_never_public(
    harness: ChannelHarness, clock: Clock, kind: str, code: str
) -> None:
    harness.server.world.processing_s = 30
    harness.server.fault(kind, operation="videos.insert")
    job = harness.job()
    connector = harness.connector()
    handle = connector.prepare(job, {}, forget)
    pending = connector.reveal(job, handle)
    assert isinstance(pending, Pending)
    clock.advance(seconds=31)
    for act in (
        lambda: connector.poll(job, pending),
        lambda: connector.reveal(job, handle),
        lambda: connector.prepare(replace(job, first_try_at=clock()), handle, forget),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == code
    assert connector.find(job, handle) == []


def test_a_yes_that_leaves_the_video_private_stops_the_channel(harness: ChannelHarness) -> None:
    harness.channel.stays_private = True
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    with pytest.raises(AuthLost) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.code == "yt:stays-hidden"


def test_an_answer_without_a_status_is_not_taken_for_hidden(harness: ChannelHarness) -> None:
    job = harness.job()
    handle, _ = harness.publish(job)
    harness.videos(job)[0].status = {"privacyStatus": None}  # type: ignore[dict-item]
    with pytest.raises(NotSent):
        harness.connector().find(job, handle)


def test_read_back_without_the_id_asks_the_session(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job()
    handle, published = harness.publish(job)
    del handle["video"]
    tried = replace(job, first_try_at=clock())
    assert [one.remote_id for one in harness.connector().find(tried, handle)] == [published.remote_id]
    assert "playlistItems.list" not in harness.operations()


@pytest.mark.parametrize("forgotten", ["session", "everything"])
def test_read_back_without_a_session_looks_for_the_mark(
    harness: ChannelHarness, clock: Clock, forgotten: str
) -> None:
    job = harness.job()
    handle, published = harness.publish(job)
    harness.publish(harness.job())
    del handle["video"]
    harness.server.world.sessions.clear()
    tried = replace(job, first_try_at=clock())
    found = harness.connector().find(tried, handle if forgotten == "session" else {})
    assert [one.remote_id for one in found] == [published.remote_id]


@pytest.mark.parametrize("privacy", ["private", "unlisted"])
def test_a_pending_video_that_somebody_hides_is_for_a_person(harness: ChannelHarness, privacy: str) -> None:
    harness.server.world.processing_s = 600
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    pending = harness.connector().reveal(job, handle)
    assert isinstance(pending, Pending)
    harness.videos(job)[0].status["privacyStatus"] = privacy
    with pytest.raises(Refused) as caught:
        harness.connector().poll(job, pending)
    assert caught.value.code == "yt:hidden-meanwhile"
    assert privacy in caught.value.detail
    assert harness.connector().find(job, handle) == []


def test_a_pending_video_that_somebody_deletes_is_for_a_person(harness: ChannelHarness) -> None:
    harness.server.world.processing_s = 600
    job = harness.job()
    pending = harness.connector().reveal(job, harness.connector().prepare(job, {}, forget))
    assert isinstance(pending, Pending)
    harness.server.world.videos.clear()
    with pytest.raises(Refused) as caught:
        harness.connector().poll(job, pending)
    assert caught.value.code == "yt:deleted-meanwhile"


def test_an_unfinished_upload_is_not_public(harness: ChannelHarness, clock: Clock) -> None:
    job, kept = harness.job(), [{}]
    harness.server.fault("503", operation="chunk", times=9)
    with pytest.raises(Unknown):
        harness.connector().prepare(job, {}, kept.append)
    assert harness.connector().find(replace(job, first_try_at=clock()), kept[-1]) == []


def test_a_mark_on_the_second_page_of_uploads_is_found(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job(size=1000)
    _, published = harness.publish(job)
    for _ in range(55):
        other = harness.job(size=1000)
        harness.connector().prepare(other, {}, forget)
    found = harness.connector().find(replace(job, first_try_at=clock()), {})
    assert [one.remote_id for one in found] == [published.remote_id]


def test_the_time_of_upload_is_not_told_as_the_time_it_came_out(
    harness: ChannelHarness, clock: Clock
) -> None:
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    clock.advance(minutes=30)
    job = replace(job, due_at=clock())
    harness.connector().reveal(job, handle)
    assert harness.connector().find(job, handle)[0].published_at is None


def test_a_strange_platform_gets_no_google_address() -> None:
    settings = Settings.of({"base_url": "http://127.0.0.1:8080/"})
    assert settings.token_url == "http://127.0.0.1:8080/token"
    assert settings.consent_url == "http://127.0.0.1:8080/o/oauth2/v2/auth"
    assert settings.device_url == "http://127.0.0.1:8080/device/code"
    assert settings.analytics_url == settings.upload_url == settings.base_url == "http://127.0.0.1:8080"
    google = Settings.of({})
    assert google.token_url == OAUTH_URL
    assert google.analytics_url == "https://youtubeanalytics.googleapis.com"
    assert google.consent_url == "https://accounts.google.com/o/oauth2/v2/auth"
    assert google.device_url == "https://oauth2.googleapis.com/device/code"
    assert google.watch_url == "https://www.youtube.com"
    assert Settings.of({"base_url": "https://googleapis.com.example.net"}).token_url.startswith(
        "https://googleapis.com.example.net/"
    )


def test_files_may_go_to_a_host_of_their_own(harness: ChannelHarness, server: PracticeYouTube) -> None:
    by_name = server.url.replace("127.0.0.1", "localhost")
    harness.settings["upload_url"] = by_name
    handle, _ = harness.publish(harness.job(pictures=1))
    assert handle["session"]["uri"].startswith(by_name)


def test_an_outage_is_not_sent(harness: ChannelHarness) -> None:
    connector = harness.connector(base_url="http://127.0.0.1:1")
    with pytest.raises(NotSent):
        connector.prepare(harness.job(), {}, forget)


def test_words_edited_after_the_upload_are_changed_and_the_file_is_not_sent_again(
    harness: ChannelHarness, clock: Clock
) -> None:
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    edited = replace(job, variant=replace(job.variant, text="Đã sửa"), first_try_at=clock())
    with pytest.raises(NotPrepared):
        harness.connector().reveal(edited, handle)
    assert harness.public(job) == 0
    handle = harness.connector().prepare(edited, handle, forget)
    assert isinstance(harness.connector().reveal(edited, handle), Published)
    (video,) = harness.videos(edited)
    assert video.snippet["description"] == "Đã sửa"
    assert harness.operations().count("videos.insert") == 1


def test_words_edited_during_the_upload_are_the_ones_that_come_out(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, kept = harness.job(), [{}]
    harness.server.fault("503", operation="chunk", times=3)
    with pytest.raises(Unknown):
        harness.connector().prepare(job, {}, kept.append)
    harness.server.app.faults.clear()
    edited = replace(job, variant=replace(job.variant, text="Đã sửa"), first_try_at=clock())
    handle = harness.connector().prepare(edited, kept[-1], forget)
    harness.connector().reveal(edited, handle)
    assert [video.snippet["description"] for video in harness.videos(job)] == ["Đã sửa"]
    assert harness.server.ledger()["total"]["sessions"] == 1


@pytest.mark.parametrize("what", ["video", "captions", "no thumbnail"])
def test_another_file_never_comes_out_as_the_approved_one(
    harness: ChannelHarness, clock: Clock, what: str
) -> None:
    job = harness.job(pictures=2)
    handle = harness.connector().prepare(job, {}, forget)
    video, picture, captions = job.variant.media
    if what == "video":
        video = harness.video("khac.mp4", size=999, seed=77)
    elif what == "captions":
        (harness.folder / "khac.vtt").write_bytes(b"WEBVTT\n\n")
        captions = replace(captions, name="khac.vtt", sha256="1" * 64, size_bytes=8)
    media = (video, captions) if what == "no thumbnail" else (video, picture, captions)
    edited = replace(job, variant=replace(job.variant, media=media), first_try_at=clock())
    with pytest.raises(NotPrepared):
        harness.connector().reveal(edited, handle)
    handle = harness.connector().prepare(edited, handle, forget)
    harness.connector().reveal(edited, handle)
    (public,) = harness.server.public_videos()
    tracks = [track.content for track in harness.server.world.tracks.values() if track.video == public.id]
    assert public.sha256 == video.sha256
    assert bool(public.thumbnail) is (what != "no thumbnail")
    assert tracks == [(harness.folder / captions.name).read_bytes()]


def test_a_shorts_thumbnail_waits_for_processing_and_stops_no_channel(
    harness: ChannelHarness, clock: Clock
) -> None:
    harness.server.world.shorts, harness.server.world.processing_s = True, 90
    job, kept = harness.job(pictures=1), [{}]
    with pytest.raises(NotYet) as caught:
        harness.connector().prepare(job, {}, kept.append)
    assert caught.value.retry_at == clock() + timedelta(seconds=90), "what YouTube said it still needs"
    clock.advance(seconds=91)
    handle = harness.connector().prepare(replace(job, first_try_at=clock()), kept[-1], forget)
    assert harness.videos(job)[0].thumbnail
    assert isinstance(harness.connector().reveal(job, handle), Published)
    assert harness.operations().count("videos.insert") == 1


def test_a_channel_that_may_set_no_thumbnail_is_stopped_once_the_video_is_processed(
    harness: ChannelHarness,
) -> None:
    harness.server.fault("reason_forbidden", operation="thumbnails.set")
    with pytest.raises(AuthLost) as caught:
        harness.connector().prepare(harness.job(pictures=1), {}, forget)
    assert caught.value.code == "yt:forbidden"


def test_captions_go_up_as_subrip_just_as_they_are(harness: ChannelHarness) -> None:
    said = "1\n00:00:00,000 --> 00:00:02,000\nXin chào\n".encode()
    (harness.folder / "phu-de.srt").write_bytes(said)
    ref = MediaRef(sha256(said).hexdigest(), "application/x-subrip", len(said), "phu-de.srt")
    job = harness.job(media=(harness.video("phim.mp4", size=999), ref))
    assert harness.connector().check(job.variant) == []
    harness.connector().prepare(job, {}, forget)
    assert [track.content for track in harness.server.world.tracks.values()] == [said]
