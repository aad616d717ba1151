"""Taking down and tidying up: into the bin, never out of it, and drafts alone are deleted."""

from __future__ import annotations

import pytest

from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Refused, Unknown
from connectors.extras import Orphan
from tests.connectors.wordpress.harness import SiteHarness, forget


def test_what_is_taken_down_lies_in_the_bin_and_is_not_published_again(harness: SiteHarness) -> None:
    job = harness.job(pictures=1)
    handle, published = harness.publish(job)
    harness.connector().remove(published)
    assert harness.post(job).status == "trash"
    assert harness.world.media, "pictures stay: other posts may show them"
    with pytest.raises(Refused, match="wp:binned"):
        harness.connector().reveal(job, handle)
    assert harness.public(job) == 0


def test_a_site_without_a_bin_keeps_it_as_a_draft(harness: SiteHarness) -> None:
    job = harness.job()
    _, published = harness.publish(job)
    harness.world.has_bin = False
    for _ in range(2):
        harness.connector().remove(published)
        assert harness.post(job).status == "draft"


@pytest.mark.parametrize("status", ["trash", "draft", "pending", "private"])
def test_what_a_person_has_hidden_already_is_left_as_it_is(harness: SiteHarness, status: str) -> None:
    job = harness.job()
    _, published = harness.publish(job)
    harness.post(job).status = status
    harness.connector().remove(published)
    assert harness.post(job).status == status


def test_a_post_known_by_its_address_alone_is_for_a_person_to_take_down(harness: SiteHarness) -> None:
    with pytest.raises(Refused, match="wp:no-number"):
        harness.connector().remove(Published("", "https://xa.example.vn/bai/"))
    assert harness.traffic() == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("500_after_accept", Unknown),
        ("cut_after_accept", Unknown),
        ("html_502", Unknown),
        ("code_rest_not_logged_in", AuthLost),
    ],
)
def test_an_unclear_answer_to_a_take_down_may_simply_be_repeated(
    harness: SiteHarness, fault: str, error: type[Exception]
) -> None:
    job = harness.job()
    _, published = harness.publish(job)
    harness.site.fault(fault, method="DELETE")
    with pytest.raises(error):
        harness.connector().remove(published)
    harness.connector().remove(published)
    assert harness.post(job).status == "trash"


def test_a_draft_is_found_by_its_mark_or_by_its_address(harness: SiteHarness) -> None:
    one, other = harness.job(), harness.job()
    harness.connector().prepare(one, {}, forget)
    harness.post(one).slug = "ten-khac"
    harness.connector().prepare(other, {}, forget)
    post = harness.post(other)
    post.content = "<p>Đã bị một tiện ích dọn.</p>"
    assert len(harness.connector().orphans(one, {})) == 1
    (orphan,) = harness.connector().orphans(other, {})
    assert (orphan.remote_id, orphan.kind) == (str(post.id), "post")
    assert orphan.created_at is not None


@pytest.mark.parametrize("status", ["pending", "private", "future", "trash", "publish"])
def test_what_a_person_has_taken_over_is_no_orphan_and_not_deleted(harness: SiteHarness, status: str) -> None:
    job = harness.job()
    harness.connector().prepare(job, {}, forget)
    (orphan,) = harness.connector().orphans(job, {})
    harness.post(job).status = status
    assert harness.connector().orphans(job, {}) == []
    with pytest.raises(Refused, match="wp:no-draft"):
        harness.connector().discard(orphan)
    assert harness.post(job).status == status


def test_a_listing_that_cannot_be_read_is_not_an_empty_one(harness: SiteHarness) -> None:
    harness.site.fault("wrong_types_200", method="GET", edge="posts")
    with pytest.raises(NotSent):
        harness.connector().orphans(harness.job(), {})


def test_a_draft_that_is_gone_is_discarded(harness: SiteHarness) -> None:
    harness.connector().discard(Orphan("4711", "post"))
