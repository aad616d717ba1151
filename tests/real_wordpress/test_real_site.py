"""What a real WordPress does with what the connector sends it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from connectors.contract import Job, Published
from connectors.errors import AuthLost, NotPrepared, Refused, Unknown
from connectors.http import Answer
from tests.connectors.wordpress.harness import forget
from tests.real_wordpress.actors import Office


@pytest.fixture
def plain_permalinks(office: Office) -> Iterator[None]:
    office.php("global $wp_rewrite; $wp_rewrite->set_permalink_structure(''); flush_rewrite_rules();")
    yield
    office.php(
        "global $wp_rewrite; $wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%postname%/');"
        "flush_rewrite_rules();"
    )


@pytest.fixture
def without_passwords(office: Office) -> Iterator[None]:
    """The site as on plain http in production: application passwords are not to be had."""
    flag = office.site.code / "plain"
    flag.touch()
    yield
    flag.unlink()


@pytest.fixture
def without_a_bin(office: Office) -> Iterator[None]:
    """A site that deletes at once (EMPTY_TRASH_DAYS is 0, or a plug-in says so)."""
    plugin = office.site.code / "wp-content" / "mu-plugins" / "no-bin.php"
    plugin.parent.mkdir(exist_ok=True)
    plugin.write_text("<?php add_filter('rest_post_trashable', '__return_false');")
    yield
    plugin.unlink()


def tried(job: Job, office: Office) -> Job:
    return replace(job, first_try_at=office.now())


def test_a_sound_author_is_healthy_and_named(office: Office):
    health = office.connector(categories="Phổ biến pháp luật, pho-bien-phap-luat").health()
    assert health.ok, health
    assert health.values == {}
    assert health.name == f"Cổng thử nghiệm ({office.site.url.removeprefix('http://')})"


def test_a_category_that_the_site_lacks_is_told_in_time(office: Office):
    health = office.connector(categories="Không có").health()
    assert health.ok
    assert "Không có" in str(health.values["warning"])


def test_a_post_with_everything_arrives_as_it_was_approved(office: Office):
    job = office.job(
        pictures=2,
        title='Điều 5 & "quyền" <trẻ em>',
        text="## Mục\n\nĐặt [gallery] và [1]\nhai dòng.\n\nhttps://www.youtube.com/watch?v=abc\n\n`a--b`",
        tags=("hộ tịch", "trẻ em & gia đình"),
    )
    connector = office.connector(categories="phổ biến pháp luật,Không có")
    handle, published = office.publish(job, connector)
    (found,) = connector.find(tried(job, office), handle)
    assert found.url == published.url
    assert found.evidence.startswith(f"post {found.remote_id}: the page bears the marker")
    assert "Không có" in found.evidence

    page = requests.get(found.url, timeout=30).text
    assert "<h2>Mục</h2>" in page
    assert "&#091;gallery] và &#091;1]<br />hai dòng." in page
    assert "<p></p>" not in page.replace("\n", "")
    assert not re.search(r"<p>\s*<!-- loa:", page), "core put an empty paragraph around the mark"
    assert page.count("Buổi nói chuyện") >= 2
    assert "Luật Hộ tịch số 60/2014/QH13" in page

    post = office.rest("GET", f"posts/{found.remote_id}&context=edit")
    assert post["title"]["raw"] == 'Điều 5 &amp; "quyền" &lt;trẻ em&gt;'
    assert post["comment_status"] == "closed"
    assert post["featured_media"] == handle["media"][0]["id"]
    assert len(post["tags"]) == 2
    assert post["categories"] == handle["categories"]
    media = office.rest("GET", f"media/{handle['media'][0]['id']}")
    assert media["alt_text"] == "Buổi nói chuyện"


def test_a_second_post_finds_the_tag_that_is_there(office: Office):
    one, other = office.job(tags=("đất đai",)), office.job(tags=("đất đai",))
    first, _ = office.publish(one)
    second, _ = office.publish(other)
    assert first["tags"] == second["tags"]


def test_an_answer_given_up_after_10_ms_is_found_and_not_made_again(office: Office):
    """The request is on its way when the time-out strikes: WordPress makes the post all the same."""
    job = office.job()
    office.line.once("POST", "posts", lambda really: really(total_timeout_s=0.01))
    with pytest.raises(Unknown):
        office.connector().prepare(job, {}, forget)
    wait_for(lambda: len(office.rows(job)) == 1)
    handle = office.connector().prepare(tried(job, office), {}, forget)
    assert handle["post"] == office.number(job)
    office.line.once("POST", "posts/N", lambda really: really(total_timeout_s=0.01))
    with pytest.raises(Unknown):
        office.connector().reveal(job, handle)
    wait_for(lambda: office.public(job) == 1)
    (found,) = office.connector().find(tried(job, office), {})
    assert found.remote_id == str(handle["post"])
    assert isinstance(office.connector().reveal(job, handle), Published)
    assert office.public(job) == 1


def test_a_twin_made_meanwhile_leaves_the_older_post(office: Office):
    """A request given up for lost arrives between our look and our own: WordPress makes `-2` in silence."""
    job = office.job()

    def late(really: Callable[..., Answer]) -> Answer:
        really()
        return really()

    office.line.once("POST", "posts", late)
    handle = office.connector().prepare(job, {}, forget)
    assert handle["post"] == office.number(job), "the younger one is gone for good"
    office.connector().reveal(job, handle)
    assert office.public(job) == 1


def test_twins_that_are_both_public_are_both_told(office: Office):
    job = office.job()
    _, published = office.publish(job)
    post = office.rest("GET", f"posts/{published.remote_id}&context=edit")
    copy = {"title": "x", "content": post["content"]["raw"], "slug": post["slug"], "status": "publish"}
    twin = office.rest("POST", "posts", json=copy)
    assert twin["slug"] == f"{post['slug']}-2"
    found = office.connector().find(tried(job, office), {"post": post["id"]})
    assert [one.remote_id for one in found] == [published.remote_id, str(twin["id"])]


def test_a_post_that_a_person_put_into_the_bin_stays_there_until_restored(office: Office):
    job = office.job(pictures=1)
    handle = office.connector().prepare(job, {}, forget)
    office.php(f"wp_trash_post({handle['post']});")
    for act in (
        lambda: office.connector().reveal(job, handle),
        lambda: office.connector().prepare(tried(job, office), handle, forget),
        lambda: office.connector().prepare(tried(job, office), {}, forget),
    ):
        with pytest.raises(Refused) as error:
            act()
        assert error.value.code == "wp:binned"
    assert [row["post_status"] for row in office.rows(job)] == ["trash"]
    office.php(f"wp_untrash_post({handle['post']});")
    handle = office.connector().prepare(tried(job, office), handle, forget)
    office.connector().reveal(job, handle)
    assert office.public(job) == 1


def test_a_draft_deleted_for_good_is_made_again(office: Office):
    job = office.job()
    handle = office.connector().prepare(job, {}, forget)
    office.php(f"wp_delete_post({handle['post']}, true);")
    with pytest.raises(NotPrepared):
        office.connector().reveal(job, handle)
    handle = office.connector().prepare(tried(job, office), handle, forget)
    office.connector().reveal(job, handle)
    assert office.public(job) == 1


def test_what_was_typed_into_the_draft_is_not_published(office: Office):
    job = office.job()
    handle = office.connector().prepare(job, {}, forget)
    office.php(
        f"wp_update_post(['ID' => {handle['post']}, 'post_title' => 'Khác',"
        " 'post_content' => 'Chưa ai duyệt']);"
    )
    published = office.connector().reveal(job, handle)
    assert isinstance(published, Published)
    page = requests.get(published.url, timeout=30).text
    assert "Chưa ai duyệt" not in page
    assert "Nộp <strong>tờ khai</strong>" in page


def test_a_date_set_by_hand_does_not_hold_the_post_back(office: Office):
    job = office.job()
    handle = office.connector().prepare(job, {}, forget)
    office.php(
        "$at = gmdate('Y-m-d H:i:s', time() + 86400);"
        f"wp_update_post(['ID' => {handle['post']}, 'post_status' => 'future', 'edit_date' => true,"
        " 'post_date_gmt' => $at, 'post_date' => get_date_from_gmt($at)]);"
    )
    assert office.rows(job)[0]["post_status"] == "future"
    published = office.connector().reveal(job, handle)
    assert isinstance(published, Published)
    assert published.published_at
    assert abs(published.published_at - office.now()) < timedelta(minutes=1)
    assert office.public(job) == 1


def test_the_date_is_the_moment_of_publication_not_of_the_draft(office: Office):
    job = office.job()
    handle = office.connector().prepare(job, {}, forget)
    office.php(
        f'global $wpdb; $wpdb->query("UPDATE $wpdb->posts SET post_date = post_date - INTERVAL 1 DAY,'
        f' post_modified_gmt = post_modified_gmt - INTERVAL 1 DAY WHERE ID = {handle["post"]}");'
    )
    published = office.connector().reveal(job, handle)
    assert isinstance(published, Published)
    assert published.published_at
    assert abs(published.published_at - office.now()) < timedelta(minutes=1)


@pytest.mark.usefixtures("plain_permalinks")
def test_plain_permalinks_work_and_wp_json_is_not_believed(office: Office):
    answer = requests.get(f"{office.site.url}/wp-json/", timeout=30)
    assert "html" in answer.headers["Content-Type"]
    assert office.connector().health().ok
    job = office.job(pictures=1)
    handle, published = office.publish(job)
    assert "?p=" in published.url
    assert len(office.connector().find(tried(job, office), handle)) == 1


def test_a_revoked_password_stops_the_channel(office: Office):
    job = office.job()
    handle = office.connector().prepare(job, {}, forget)
    this = office.rest("GET", "users/me/application-passwords/introspect")
    office.rest("DELETE", f"users/me/application-passwords/{this['uuid']}")
    for act in (
        lambda: office.connector().reveal(job, handle),
        lambda: office.connector().prepare(job, handle, forget),
        lambda: office.connector().prepare(job, {}, forget),
        lambda: office.connector().find(job, handle),
        lambda: office.connector().find(job, {}),
    ):
        with pytest.raises(AuthLost) as error:
            act()
        assert office.user not in str(error.value)
        assert office.password not in str(error.value)
    assert office.connector().health().problem == "wordpress.problems.login"
    assert office.public(job) == 0


def test_a_role_taken_away_stops_the_channel(office: Office):
    job = office.job()
    handle = office.connector().prepare(job, {}, forget)
    office.php(f"get_user_by('login', '{office.user}')->set_role('contributor');")
    with pytest.raises(AuthLost, match="rest_cannot_publish"):
        office.connector().reveal(job, handle)
    with pytest.raises(AuthLost, match="rest_cannot_create"):
        office.connector().prepare(office.job(pictures=1), {}, forget)
    health = office.connector().health()
    assert health.problem == "wordpress.problems.rights"
    assert health.values["missing"] == "publish_posts, upload_files"


@pytest.mark.usefixtures("without_passwords")
def test_a_site_without_application_passwords_says_why(office: Office):
    assert office.connector().health().problem == "wordpress.problems.passwords_http"
    with pytest.raises(AuthLost):
        office.connector().prepare(office.job(), {}, forget)


def test_a_file_that_is_no_picture_is_refused_for_good(office: Office):
    job = office.job(pictures=1)
    (office.folder / job.variant.media[0].name).write_bytes(b"no picture at all")
    with pytest.raises(Refused, match="rest_upload_sideload_error/500"):
        office.connector().prepare(job, {}, forget)


def test_a_file_damaged_on_its_way_is_not_kept(office: Office):
    job = office.job(pictures=1)
    office.line.once("POST", "media", lambda really: really(data=b"\x89PNG half of it"))
    with pytest.raises(Exception, match="rest_upload_hash_mismatch"):
        office.connector().prepare(job, {}, forget)
    handle = office.connector().prepare(tried(job, office), {}, forget)
    assert len(handle["media"]) == 1


def test_somebody_elses_post_is_refused_and_the_channel_goes_on(office: Office):
    job = office.job()
    handle = office.connector().prepare(job, {}, forget)
    office.php(f"wp_update_post(['ID' => {handle['post']}, 'post_author' => 1]);")
    with pytest.raises(Refused, match="rest_forbidden_context"):
        office.connector().reveal(job, handle)


def test_an_upload_whose_answer_was_lost_is_adopted(office: Office):
    job = office.job(pictures=1)
    office.line.once("POST", "media", _lost)
    office.line.once("POST", "posts", _lost)
    with pytest.raises(Unknown):
        office.connector().prepare(job, {}, forget)
    with pytest.raises(Unknown):
        office.connector().prepare(tried(job, office), {}, forget)
    office.connector().prepare(tried(job, office), {}, forget)
    count = office.php(
        "global $wpdb; echo $wpdb->get_var(\"SELECT COUNT(*) FROM $wpdb->posts WHERE post_type = 'attachment'"
        f" AND post_author = (SELECT ID FROM $wpdb->users WHERE user_login = '{office.user}')\");"
    )
    assert count == "1"
    assert len(office.rows(job)) == 1


def _lost(really: Callable[..., Answer]) -> Answer:
    really()
    raise Unknown("net:no-answer", "cut by the test")


def wait_for(true: Callable[[], bool]) -> None:
    """PHP works on after the line is cut; each look costs it a tenth of a second."""
    for _ in range(50):
        if true():
            return
    raise AssertionError("it never came")


def test_what_is_taken_down_lies_in_the_bin_and_its_address_is_gone(office: Office):
    job = office.job(pictures=1)
    _, published = office.publish(job)
    assert requests.get(published.url, timeout=30).status_code == 200
    for _ in range(2):
        office.connector().remove(published)
        assert [row["post_status"] for row in office.rows(job)] == ["trash"]
    assert requests.get(published.url, timeout=30).status_code == 404


@pytest.mark.usefixtures("without_a_bin")
def test_a_site_without_a_bin_keeps_what_is_taken_down_as_a_draft(office: Office):
    job = office.job()
    _, published = office.publish(job)
    office.connector().remove(published)
    assert [row["post_status"] for row in office.rows(job)] == ["draft"]
    assert requests.get(published.url, timeout=30).status_code == 404


def test_signing_in_ends_with_a_login_that_publishes(office: Office):
    password, office.login = office.login["app_password"], {}
    conversation = office.connector(base_url="").login()
    assert next(conversation).key == "wordpress.login.site"
    told = conversation.send(f"{office.site.url}/wp-admin/")
    address = str(told.values["address"])
    assert address == f"{office.site.url}/wp-admin/authorize-application.php?app_name=Loa"
    assert "wp-login.php" in requests.get(address, timeout=30).url, "a page of the dashboard"
    assert conversation.send("").key == "wordpress.login.user"
    assert conversation.send(office.user).key == "wordpress.login.password"
    assert conversation.send("khong dung").key == "wordpress.problems.login"
    conversation.send("")
    conversation.send(office.user)
    with pytest.raises(StopIteration) as end:
        conversation.send(password)
    granted = end.value.value
    office.login = dict(granted.secrets)
    job = office.job()
    office.publish(job, office.connector(**granted.settings))
    assert office.public(job) == 1


@pytest.mark.usefixtures("without_passwords")
def test_signing_in_where_application_passwords_are_off_says_so_first(office: Office):
    assert next(office.connector().login()).key == "wordpress.problems.passwords_http"


def test_comments_are_read_as_plain_words_and_the_accounts_own_are_told_from_others(office: Office):
    connector = office.connector(comments="open")
    _, published = office.publish(office.job(), connector)
    number = published.remote_id

    def write(text: str, **more: object) -> int:
        """As the site stores what its form was given; `wp_new_comment` would wait for a moderator."""
        fields = {"comment_post_ID": int(number), "comment_content": text, "comment_approved": 1, **more}
        made = office.php(f"echo wp_insert_comment(json_decode({_php(fields)}, true));")
        return int(made)

    stored = "Trẻ &lt; 14 tuổi &amp; người già\ncó cần giấy tờ gì không?"
    question = write(stored, comment_author="Nguyễn Thị A")
    me = int(office.php(f"echo get_user_by('login', {_php_text(office.login['user'])})->ID;"))
    write("Có.", comment_parent=question, user_id=me)
    write("chờ duyệt", comment_approved=0)
    page = connector.comments(published)
    assert (page.after, page.whole, len(page.comments)) == ("", True, 2)
    told = {one.remote_id: one for one in page.comments}
    asked = told.pop(str(question))
    assert asked.text == "Trẻ < 14 tuổi & người già\ncó cần giấy tờ gì không?"
    assert (asked.by_us, asked.hidden, asked.reply_to) == (False, False, "")
    assert asked.written_at is not None
    assert asked.url.startswith(office.site.url)
    assert "Nguyễn" not in repr(page)
    [answer] = told.values()
    assert (answer.text, answer.by_us, answer.reply_to) == ("Có.", True, str(question))


def test_more_comments_than_a_page_holds_are_walked_to_the_end(office: Office):
    connector = office.connector(comments="open")
    _, published = office.publish(office.job(), connector)
    number = int(published.remote_id)
    office.php(
        "for ($n = 0; $n < 100; $n++) wp_insert_comment(['comment_post_ID' => "
        f"{number}, 'comment_content' => \"câu $n\", 'comment_approved' => 1]);"
    )
    first = connector.comments(published)
    assert (len(first.comments), first.whole) == (100, True)
    rest = connector.comments(published, first.after)
    seen = {one.remote_id for one in (*first.comments, *rest.comments)}
    assert (len(seen), rest.after, rest.whole) == (100, "", True), (
        "the last is asked for once more, nothing else"
    )


def test_a_binned_post_has_no_comments_to_be_read(office: Office):
    connector = office.connector(comments="open")
    _, published = office.publish(office.job(), connector)
    number = int(published.remote_id)
    office.php(
        "wp_insert_comment(['comment_content' => 'x', 'comment_approved' => 1, "
        f"'comment_post_ID' => {number}]);"
    )
    assert len(connector.comments(published).comments) == 1
    connector.remove(published)
    assert connector.comments(published).comments == ()


def _php(value: object) -> str:
    return _php_text(json.dumps(value))


def _php_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
