"""Columns of which nothing depends that is shown to the public, each with the reason why.

Every column that is not here must be reported when somebody changes it. A new column is swept by itself and
fails the sweep until it is either protected or written down here.
"""

HARMLESS = {
    # officers: a signature is believed by the pinned key alone, these are for screens and signing in
    "officer.full_name": "shown only; the record and the signature name the account",
    "officer.title": "shown only",
    "officer.passphrase_hash": "of before signatures; opens no key",
    "officer.locked_key": "another key is not the pinned one, a damaged one opens for nobody",
    "officer.active": "who is inactive cannot sign in; who is active again has no more than the pinned key",
    "officer.created_at": "shown only",
    # channels: what decides where something goes is pinned (platform, account, settings)
    "channel.name": "shown only",
    "channel.state": "`stopped` is reported as a stopped channel; `ok` lets go only what officers approved",
    "channel.state_reason": "shown only",
    "channel.version": "says when to make the connector anew; it is made from what is pinned",
    "channel.created_at": "shown only",
    "channel.updated_at": "shown only",
    "secret.name": "a name that no connector asks for; the one it asks for is missing, which is reported",
    # how a channel stood: for screens and alerts about access that ends; nothing is sent by it
    "standing.channel_id": "for screens; asked anew every hour",
    "standing.checked_at": "for screens; asked anew every hour",
    "standing.ok": "for screens; asked anew every hour",
    "standing.problem": "for screens; asked anew every hour",
    "standing.facts": "for screens; asked anew every hour",
    "standing.expires_at": "for an early warning; asked anew every hour, a lost access stops the channel",
    "standing.name": "for screens; asked anew every hour",
    "standing.warned_days": "whether an early warning was given",
    # lanes: only one publisher works on one file, and every yes is good for one publication
    "lane.owner": "who is at work; a stale one runs out with its lease",
    "lane.fence": "guards against a slow worker of ours, not against approvals being used twice",
    "lane.lease_until": "a lease ends; at worst a post is late, and late ones are reported",
    "lane.rest_until": "a rest ends; at worst a post is late, and late ones are reported",
    "lane.failures": "length of the next rest",
    "lane.served_at": "order among lanes",
    # posts: what is sent is the sealed payload; source and contributors are held against it
    "post.title": "a copy for lists; the title that is sent is sealed",
    "post.kind": "a copy for lists; levels and lateness follow the sealed kind",
    "post.media": "which stored file stands for which name; what is sent names its files by digest",
    "post.revision": "shown; the seal has its own",
    "post.contributors": "those who may not approve are sealed too; taking one out of here changes nothing",
    "post.created_at": "shown only",
    "post.updated_at": "shown only",
    # deliveries: the machine's own bookkeeping
    "delivery.seq": "a number; approvals that are not its own are not for its text",
    "delivery.deadline": "may be brought forward (missed, reported); later than approved is refused",
    "delivery.due_at": "within the approved window any minute is approved; outside it is refused",
    "delivery.wake_at": "when the machine looks; too late it is missed, never is told by `loa audit verify`",
    "delivery.pending": "what is polled for; it can only be believed to be out, and is read back after that",
    "delivery.hand_over": "whether the platform holds an approved post until its approved minute",
    "delivery.fence": "a claim sets it anew",
    "delivery.tries": "how often a failing call is repeated",
    "delivery.looks": "how often is read back before it is sent again; a repeated reveal is by its id",
    "delivery.reads": "how often a failing read is repeated",
    "delivery.first_try_at": "from when on a listing is read",
    "delivery.remote_id": "a take-down touches only what is proven to be the delivery's own",
    "delivery.url": "shown; the record has the one of the publication",
    "delivery.published_at": "shown; the record has its time",
    "delivery.verified_at": "shown only",
    "delivery.last_error": "shown only",
    "delivery.created_at": "shown only",
    "delivery.updated_at": "when the janitor may look",
    "approval.id": "order in lists",
    "approval.voided_at": "set: nothing is sent, reported; taken away: the witness knows better",
    "approval.void_reason": "shown only",
    # freezes: the witness knows number, scope and target, and obeys until they are lifted there too
    "freeze_order.reason": "shown; the record has it",
    "freeze_order.officer": "shown; the record has it",
    "freeze_order.at": "shown; the record has it",
    "freeze_order.lifted_by": "shown; the record has it",
    "freeze_order.lift_reason": "shown; the record has it",
    # overrides: signed; blackouts: the witness knows number, days and scopes until they are removed there too
    "waiver.id": "order in lists",
    "waiver.voided_at": "set: nothing is let pass, reported; taken away: the witness knows better",
    "waiver.voided_by": "shown; the record has it",
    "waiver.void_reason": "shown; the record has it",
    "blackout.name": "shown; the record has it",
    "blackout.officer": "shown; the record has it",
    "blackout.at": "shown; the record has it",
    "blackout.removed_by": "shown; the record has it",
    "blackout.remove_reason": "shown; the record has it",
    # corrections, attempts, readings: of the past; nothing is sent by them, the record has the decisions
    **{
        f"correction.{name}": "shown in dossiers; the record has the decision"
        for name in ("id", "original", "correcting", "reason", "officer", "at")
    },
    **{
        f"attempt.{name}": "a ledger for people; what may be sent again is decided by the witness"
        for name in (
            "id",
            "delivery_seq",
            "step",
            "fence",
            "worker",
            "started_at",
            "ended_at",
            "outcome",
            "evidence",
        )
    },
    **{
        f"reading.{name}": "a figure of reach; nothing is published by it, and it is not vouched for"
        for name in (
            "id",
            "delivery_seq",
            "metric",
            "value",
            "definition",
            "source",
            "note",
            "taken_at",
            "planned_at",
            "counted_to",
        )
    },
    **{
        f"view_day.{name}": "what was counted of pages; nothing is published by it, and it is not vouched for"
        for name in ("channel_id", "day", "source", "run", "lines", "first_at", "last_at", "counted_at")
    },
    **{
        f"follower_day.{name}": "how many follow a channel; nothing is published by it"
        for name in ("channel_id", "day", "followers", "definition", "source", "note", "taken_at")
    },
    **{
        f"comment.{name}": "what readers wrote and who answered; nothing of it is ever sent"
        for name in (
            *("id", "channel_id", "delivery_seq", "remote_id", "reply_to", "text", "url", "by_us", "hidden"),
            *("written_at", "first_seen_at", "seen_at", "gone_at", "state", "due_at", "decided_by"),
            *("decided_at", "answered_at", "answer_url", "note", "typed_by", "erased_at"),
        )
    },
    **{
        f"comment_look.{name}": "how far the reading of comments is; at worst they are read again"
        for name in (
            *("delivery_seq", "begun_at", "cursor", "pages", "whole", "looked_at", "read_at", "trouble"),
        )
    },
    **{
        f"view_count.{name}": "what was counted of pages; nothing is published by it"
        for name in ("channel_id", "day", "source", "run", "delivery_seq", "origin", "views", "visitors")
    },
    **{
        f"post_print.{name}": "finds posts that say the same, for a remark; nothing is sent by it"
        for name in ("id", "post_id", "print")
    },
    **{
        f"heartbeat.{name}": "the publisher's sign of life; its lock is a file"
        for name in ("worker", "host", "pid", "version", "started_at", "beat_at", "stopped", "serves")
    },
    **{
        f"duty.{name}": "when a periodic job comes next; at worst it comes late, or once more"
        for name in ("name", "next_at", "owner", "lease_until")
    },
    **{
        f"channel_zone.{name}": "which machine serves a channel; whichever does asks the gate"
        for name in ("channel_id", "zone")
    },
    **{
        f"alert_target.{name}": "where alerts go; `loa status` and `loa audit verify` tell all without it"
        for name in (
            "name",
            "scheme",
            "ciphertext",
            "least",
            "added_by",
            "added_at",
            "tried_at",
            "sent_at",
            "failures",
            "trouble",
        )
    },
    **{
        f"alert_told.{name}": "what a target was told; at worst it is told twice or a day late"
        for name in ("target", "key", "subject", "severity", "told_at", "cleared")
    },
    **{
        f"sealed.{name}": "what the next approver compares with; believed only with its seal and a signature"
        for name in ("seal", "payload")
    },
    **{
        f"delivery_tally.{name}": "counts for screens; `loa doctor` makes them anew"
        for name in ("unit", "day", "status", "number")
    },
    **{
        f"{table}.unit": "which unit's people see it; whose word counts goes by the channel's, pinned"
        for table in (
            *("officer", "post", "delivery", "sealed", "activity", "alert_target"),
            *("own_report", "child_report", "report_choice"),
        )
    },
    **{
        f"unit.{name}": "who sees and may use what; whose word counts stands in the trust file"
        for name in (
            *("code", "kind", "parent", "posts_per_day", "media_mb", "channels"),
            *("added_by", "added_at", "ended_at"),
        )
    },
    "unit.name": "its website bears the name that was noted when its channel was confirmed",
    **{
        f"unit_login.{name}": "who sees what; nothing is sent by it"
        for name in ("login", "unit", "added_by", "added_at")
    },
    **{
        f"delegation.{name}": "believed only with the signature of an approver pinned for the unit"
        for name in (
            *("id", "unit", "to_unit", "to_officer", "what", "until", "officer", "role", "at", "signature"),
            *("ended_at", "ended_by"),
        )
    },
    **{
        f"offer.{name}": "a text to begin a draft from; the draft is approved like any other"
        for name in (
            *(
                "id",
                "unit",
                "to_units",
                "post_id",
                "title",
                "kind",
                "source",
                "media",
                "digest",
                "note",
                "officer",
            ),
            *("at", "until", "instead_of", "withdrawn_at", "withdraw_reason"),
        )
    },
    **{
        f"offer_answer.{name}": "what became of an offer, for lists"
        for name in ("id", "offer_id", "unit", "state", "post_id", "reason", "officer", "at")
    },
    **{
        f"checked.{name}": "what the last look came to; `loa audit verify` looks anew"
        for name in ("name", "at", "outcome")
    },
}

ROWS_HARMLESS = {
    "standing": "asked anew every hour",
    "correction": "shown in dossiers; the record has the decision",
    "attempt": "a ledger for people; what may be sent again is decided by the witness",
    "reading": "figures are not vouched for",
    "view_day": "figures are not vouched for",
    "view_count": "figures are not vouched for",
    "follower_day": "figures are not vouched for",
    "comment": "what readers wrote; nothing of it is ever sent",
    "comment_look": "how far the reading is; at worst it is read again",
    "post_print": "finds posts that say the same, for a remark",
    "heartbeat": "the publisher's sign of life",
    "duty": "when a periodic job comes next",
    "channel_zone": "which machine serves a channel",
    "alert_target": "where alerts go",
    "alert_told": "what a target was told",
    "checked": "what the last look came to",
    "sealed": "without it the next approver reads all of the text",
    "unit": "who sees what",
    "unit_login": "who sees what",
    "delegation": "believed only with a signature",
    "offer": "a text to begin a draft from",
    "offer_answer": "what became of an offer, for lists",
    "delivery_tally": "counts for screens; `loa doctor` makes them anew",
}
"""Tables whose rows may go or come without a word."""

COPIES_HARMLESS = {
    "channel": "a channel that no approval names gets nothing",
    "post": "a post without deliveries is sent nowhere",
    "lane": "a line of work without a channel",
    "approval": "the same yes twice is one yes",
    "secret": "a secret under a name that nobody asks for",
    "officer": "an account that is not pinned signs nothing",
    "freeze_order": "one more freeze stops more, and is listed",
    "waiver": "the same word twice is one word",
    "blackout": "one more keeps more back, and is listed",
}
"""Tables of which a second copy of every row changes nothing."""
