"""Reading comments (`ReadsComments`) under the same promises; skipped for a connector that does not."""

from __future__ import annotations

from connectors.conformance.harness import Harness, error_of, publish, skip
from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Throttled
from connectors.extras import Comment, ReadsComments

PAGES_MOST = 100


class CommentsConformance:
    """It only reads, it comes to an end, and a bad day is one of three errors."""

    def test_reading_comments_comes_to_an_end_and_changes_nothing(self, harness: Harness) -> None:
        published = _published(harness)
        job = harness.job()
        before = (harness.public(job), harness.hidden(job))
        told = _every(harness, published)
        assert _every(harness, published) == told
        assert (harness.public(job), harness.hidden(job)) == before
        assert len({one.remote_id for one in told}) == len(told)
        assert all(one.remote_id for one in told)

    def test_a_bad_day_while_comments_are_read_never_leaves_a_doubt(self, harness: Harness) -> None:
        published = _published(harness)
        for trouble in sorted(harness.troubles):
            if trouble == "auth_lost":
                continue
            harness.trouble(trouble, "read")
            error = error_of(harness, _reader(harness).comments, published)
            wanted = Throttled if trouble == "throttled" else NotSent
            assert isinstance(error, wanted), f"{trouble}: {error!r}"
        assert _every(harness, published) == _every(harness, published), "it goes on afterwards"

    def test_a_lost_login_is_told_when_comments_are_read(self, harness: Harness) -> None:
        if "auth_lost" not in harness.troubles:
            skip("a login cannot be lost here")
        published = _published(harness)
        harness.trouble("auth_lost", "read")
        assert isinstance(error_of(harness, _reader(harness).comments, published), AuthLost)


def _published(harness: Harness) -> Published:
    _reader(harness)
    return publish(harness, harness.job())[1]


def _reader(harness: Harness) -> ReadsComments:
    connector = harness.connector()
    if not isinstance(connector, ReadsComments):
        skip("does not read comments")
    return connector


def _every(harness: Harness, published: Published) -> list[Comment]:
    connector, found, after = _reader(harness), list[Comment](), ""
    for _ in range(PAGES_MOST):
        page = connector.comments(published, after)
        found += page.comments
        after = page.after
        if not after:
            return found
    raise AssertionError(f"no end after {PAGES_MOST} pages")
