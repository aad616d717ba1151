"""P2, P3: nothing twice, nothing lost, an unclear answer is read back and never guessed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from connectors.http import Http
from loa.services import channels, deciding
from scheduler import policy
from scheduler.claim import LeaseLost
from scheduler.policy import LEASE
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")
AFTER = DUE + timedelta(minutes=30)
FANPAGE = "hoi-dap@fanpage"


def totals(office: Office) -> dict[str, int]:
    counted: dict[str, int] = office.server.ledger(arrivals=False)["total"]
    return counted


@pytest.mark.parametrize(
    "kind",
    [
        "500_after_accept",
        "cut_after_accept",
        "empty_200_after_accept",
        "html_502_after_accept",
        "wrong_types_200_after_accept",
        "truncated_200_after_accept",
    ],
)
def test_a_reveal_that_was_accepted_but_badly_answered_is_found_by_read_back(office: Office, kind: str):
    office.approved(channels="[fanpage]")
    office.server.fault(kind, method="POST", edge="")
    office.publish_until(AFTER)
    view = office.view(FANPAGE)
    assert view.status == "published", (view, office.steps(FANPAGE))
    assert totals(office)["public"] == 1
    assert totals(office)["creates_feed"] == 1
    assert office.steps(FANPAGE) == [
        ("prepare", "prepared"),
        ("reveal", "unclear"),
        ("settle", "seen_public"),
    ]


def test_a_create_that_was_accepted_but_badly_answered_is_adopted(office: Office):
    office.approved(channels="[fanpage]")
    office.server.fault("500_after_accept", method="POST", edge="feed")
    office.publish_until(AFTER)
    assert office.view(FANPAGE).status == "published"
    assert totals(office)["creates_feed"] == 1, "the hidden post of the first try was found and used"
    assert totals(office)["public"] == 1


def test_direct_mode_settles_by_text_and_never_creates_twice(office: Office):
    direct = {"reveal_mode": "direct"}
    channels.change(office.workspace, office.people["ky"], "fanpage", settings=direct, secrets={})
    office.approved(channels="[fanpage]")
    office.server.fault("500_after_accept", method="POST", edge="feed")
    office.publish_until(AFTER)
    assert office.view(FANPAGE).status == "published"
    assert (totals(office)["creates_feed"], totals(office)["public"]) == (1, 1)


def test_a_reveal_that_never_arrived_is_made_again(office: Office):
    office.approved(channels="[fanpage]")
    office.server.fault("cut_before", method="POST", edge="")
    office.publish_until(AFTER)
    assert office.view(FANPAGE).status == "published"
    assert totals(office)["public"] == 1
    assert ("settle", "not_public") in office.steps(FANPAGE), "looked before it was sent again"


def test_a_throttled_lane_rests_and_it_is_no_attempt_against_the_post(office: Office):
    office.approved(channels="[fanpage]")
    office.server.fault("code_32", method="POST", edge="")
    office.publish_until(DUE + timedelta(minutes=2))
    assert office.view(FANPAGE).status == "ready"
    office.publish_until(AFTER)
    assert office.view(FANPAGE).status == "published"
    assert [o for s, o in office.steps(FANPAGE) if s == "reveal"] == ["throttled", "published"]


def test_a_lost_token_stops_the_channel_and_holds_its_posts_only(office: Office):
    office.approved("mot.md", title="Một")
    office.approved("hai.md", title="Hai", due="2026-11-09T07:05+07:00")
    office.server.fault("code_190", method="POST", edge="", times=50)
    office.publish_until(AFTER)
    statuses = office.statuses()
    assert statuses["mot@fanpage"] == statuses["hai@fanpage"] == "held"
    assert statuses["mot@website"] == statuses["hai@website"] == "published"


def test_a_repaired_channel_takes_up_what_it_held(office: Office):
    from loa.services import channels

    office.approved(channels="[fanpage]")
    office.server.fault("code_190", method="POST", edge="", times=1)
    office.publish_until(AFTER)
    assert office.view(FANPAGE).status == "held"
    assert channels.check(office.workspace, office.people["ky"], "fanpage").ok
    office.publish_until(AFTER + timedelta(minutes=5))
    assert office.view(FANPAGE).status == "published"
    assert totals(office)["public"] == 1


def test_content_the_platform_refuses_fails_at_once(office: Office):
    office.approved(channels="[fanpage]")
    office.server.fault("code_100", method="POST", edge="feed")
    office.publish_until(AFTER)
    view = office.view(FANPAGE)
    assert view.status == "failed"
    assert view.last_error.startswith("fb:100")


def test_a_platform_that_is_away_is_tried_again_until_the_deadline_then_missed(office: Office):
    office.approved(channels="[fanpage]", deadline="2026-11-09T07:20+07:00")
    office.server.stop()
    office.publish_until(AFTER)
    view = office.view(FANPAGE)
    assert view.status in ("missed", "failed")
    tries = [outcome for step, outcome in office.steps(FANPAGE) if step == "prepare"]
    assert len(tries) > 2
    assert set(tries) <= {"retry", "gave_up"}


def test_a_publisher_that_comes_back_after_the_deadline_sends_nothing(office: Office):
    office.approved(deadline="2026-11-09T09:00+07:00")
    office.clock.instant = datetime.fromisoformat("2026-11-09T23:00+07:00")
    office.publish_until(office.clock.now())
    assert set(office.statuses().values()) == {"missed"}
    assert totals(office)["creates_feed"] == 0


def test_fifty_at_the_same_second_go_out_once_each_and_in_order(office: Office):
    names = [f"bai-{number:02}" for number in range(50)]
    for name in names:
        office.approved(f"{name}.md", title=f"Bài {name}", channels="[fanpage]")
    office.publish_until(AFTER)
    assert set(office.statuses().values()) == {"published"}
    assert totals(office)["public"] == 50
    arrivals = office.server.ledger()["arrivals"]
    revealed = [a["object"] for a in arrivals if a["method"] == "POST" and a["edge"] == ""]
    expected = [office.view(f"{name}@fanpage").remote_id for name in names]
    assert revealed == expected


def test_two_publishers_on_one_queue_do_everything_once(office: Office):
    """Two engines side by side (several machines): the lane's lease keeps them apart."""
    for number in range(10):
        office.approved(f"bai-{number}.md", title=f"Bài {number}")
    office.clock.instant = DUE
    with office.publisher("w1") as first, office.publisher("w2") as second:
        mine = first.queue.claim(office.clock.now(), 64)
        theirs = second.queue.claim(office.clock.now(), 64)
        assert len(mine) == 2
        assert theirs == []
        for claim in mine:
            first.lanes.run(claim)
    office.publish_until(AFTER)
    assert totals(office)["public"] == 10


def test_a_worker_that_slept_through_its_lease_changes_nothing(office: Office):
    office.approved(channels="[fanpage]")
    office.clock.instant = DUE
    with office.publisher("asleep") as asleep, office.publisher("awake") as awake:
        stale = asleep.claim_one()
        office.clock.forward(seconds=LEASE.total_seconds() + 1)
        awake.work_until(AFTER)
        assert office.view(FANPAGE).status == "published"
        with pytest.raises(LeaseLost):
            asleep.queue.keep(stale, {"post_id": "x"}, office.clock.now())
        assert asleep.lanes.run(stale) == 1
        assert totals(office)["reveals"] == 1, "the stale worker did not even ask the platform"
    assert office.view(FANPAGE).status == "published"
    assert office.steps(FANPAGE)[0] == ("prepare", "interrupted"), "the ledger does not show it as running"
    assert totals(office)["public"] == 1


def test_a_dead_workers_lane_is_taken_over_within_a_minute(office: Office):
    office.approved(channels="[fanpage]")
    office.clock.instant = DUE
    with office.publisher("dead") as dead:
        dead.claim_one()  # and never heard of again
    with office.publisher("next") as following:
        assert following.queue.claim(office.clock.now(), 1) == []
        office.clock.forward(seconds=60)
        following.work()
        following.work_until(AFTER)
    assert office.view(FANPAGE).status == "published"


def test_a_lease_that_ends_now_has_ended(office: Office):
    """The next wake-up is planned for this very instant: nothing else would come for it."""
    office.approved(channels="[fanpage]")
    office.clock.instant = DUE
    with office.publisher("dead") as dead, office.publisher("next") as following:
        claim = dead.claim_one()
        office.clock.instant = claim.leased_until
        assert [c.delivery for c in following.queue.claim(office.clock.now(), 1)] == [FANPAGE]
        assert dead.lanes.run(claim) == 1
        assert totals(office)["creates_feed"] == 0


def test_a_reveal_found_in_flight_after_a_crash_is_looked_up_first(office: Office):
    office.approved(channels="[fanpage]")
    office.publish_until(DUE - timedelta(minutes=1))
    office.clock.instant = DUE
    with office.publisher("dead") as dead:
        claim = dead.claim_one()
        connector = dead.lanes.connect(claim.channel)
        from connectors.contract import Job

        # Accepted by the platform; the process dies before it can write that down.
        connector.reveal(
            Job(claim.delivery, claim.marker, claim.variant, claim.due_at, claim.first_try_at), claim.handle
        )
    with office.publisher("next") as following:
        assert following.queue.recover(office.clock.now()) == 1
        following.work()
    assert office.view(FANPAGE).status == "published"
    assert office.steps(FANPAGE)[-2:] == [("reveal", "interrupted"), ("settle", "seen_public")]
    assert totals(office)["public"] == 1


def test_a_cancelled_delivery_is_never_sent_even_while_it_is_prepared(office: Office):
    office.approved(channels="[fanpage]")
    office.clock.instant = DUE
    with office.publisher() as worker:
        claim = worker.claim_one()
        deciding.cancel(office.workspace, office.people["duyet"], FANPAGE, "viết sai tên")
        worker.lanes.run(claim)
        worker.work_until(AFTER)
    assert office.view(FANPAGE).status == "cancelled"
    assert totals(office)["public"] == 0


def test_a_breaking_channel_rests_as_a_whole(office: Office):
    for number in range(12):
        office.approved(f"bai-{number}.md", title=f"Bài {number}", channels="[fanpage]")
    office.server.stop()
    office.clock.instant = DUE
    with office.publisher() as worker:
        worker.work()
    tried = sum(bool(office.steps(f"bai-{number}@fanpage")) for number in range(12))
    assert tried == 5, "after five failures in a row the lane rests"


def test_a_platform_that_never_answers_a_reveal_clearly_is_asked_a_bounded_number_of_times(office: Office):
    office.approved(channels="[fanpage]")
    office.server.fault("500", method="POST", edge="", times=100_000)
    office.publish_until(DUE + timedelta(hours=24))
    reveals = [step for step, _ in office.steps(FANPAGE) if step == "reveal"]
    assert 2 < len(reveals) <= policy.MAX_TRIES
    view = office.view(FANPAGE)
    assert (view.status, view.last_error) == ("unknown", "settle.gave_up")


def test_a_hidden_post_that_somebody_deleted_is_prepared_again(office: Office):
    office.approved(channels="[fanpage]")
    office.publish_until(DUE - timedelta(minutes=1))
    [page] = office.server.world.pages.values()
    gone = f"{office.server.url}/v26.0/{page.posts[0].id}"
    Http().call("DELETE", gone, creates=True, headers={"Authorization": f"Bearer {page.token}"})
    office.publish_until(AFTER)
    assert office.view(FANPAGE).status == "published"
    assert totals(office)["public"] == 1


def test_twins_on_the_platform_are_a_persons_decision(office: Office):
    office.approved(channels="[fanpage]")
    office.publish_until(AFTER)
    view = office.view(FANPAGE)
    assert view.status == "published"
    from connectors.contract import Published

    state = policy.State(policy.Step.SETTLE, policy.Status.UNKNOWN, 0, 0, 0, AFTER)
    from connectors import registry

    twins = [Published("1", "a"), Published("2", "b")]
    facebook = registry.capabilities("facebook")
    decision = policy.after_read_back(twins, state, facebook, DUE, random.Random(1))
    assert (decision.status, decision.wake_at) == ("unknown", None)
    assert "settle.twins" in decision.changes["last_error"]
