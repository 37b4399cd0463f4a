"""A campaign from draft to result, over real stores."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from scipy import stats
from tests.channels import counting as provider
from tests.journeys import shop

from regulars.channels import api as channels
from regulars.channels.contract import Frequency, Message, QuietHours, Suppression
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.core.ids import stable_share_bp
from regulars.journeys import api


@pytest.fixture
def uids(db, make_ctx) -> list[int]:
    with db.tx() as tx:
        ctx = make_ctx(tx)
        made = shop.people(ctx, 60)
        shop.consent(ctx, made[:50])
        return made


def run(db, make_ctx, uids, **changes):
    with db.tx() as tx:
        campaign = shop.launched(make_ctx(tx), uids, **changes)
    api.drain(db, make_ctx)
    return campaign


def test_every_person_is_accounted_for_once(db, make_ctx, uids):
    campaign = run(db, make_ctx, uids)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        counts = api.counts(ctx, api.get(ctx, campaign.id))
        listed = api.people(ctx, campaign.id, limit=1000)
        held_out = [uid for uid in uids if stable_share_bp(f"campaign:{campaign.id}", uid) < 2_000]
        assert counts.entered == counts.accounted == 60
        assert counts.held_out == len(held_out)
        assert counts.reasons == {"consent.missing": len(set(uids[50:]) - set(held_out))}
        assert counts.sent == len(set(uids[:50]) - set(held_out)) == len(channels.logged(ctx, campaign_id=campaign.id))
        by_state = shop.states(listed)
        assert set(by_state) == set(uids)
        assert {uid for uid, state in by_state.items() if state == "held_out"} == set(held_out)
        assert api.get(ctx, campaign.id).state == "done"
        for state in ("sent", "suppressed", "held_out", "waiting", "exited", "failed", "unknown"):
            found = api.people(ctx, campaign.id, state=state)
            assert len(found) == getattr(counts, state)
            assert all(p.state == state for p in found)
        assert {p.uid for p in api.people(ctx, campaign.id, arm="held_out")} == set(held_out)


def test_the_plan_says_what_will_happen(db, make_ctx, uids, tmp_path):
    with db.tx() as tx:
        ctx = make_ctx(tx)
        made = api.create(ctx, shop.draft(shop.segment(ctx, uids), **shop.counting(tmp_path / "book")))
        plan = api.plan(ctx, made.id)
        with pytest.raises(Conflict, match="61"):
            api.publish(ctx, made.id, confirm_people=61)
        api.publish(ctx, made.id, confirm_people=plan.people)
        with pytest.raises(Conflict):
            api.plan(ctx, made.id)
    api.drain(db, make_ctx)
    with db.tx() as tx:
        counts = api.counts(make_ctx(tx), api.get(make_ctx(tx), made.id))
        audited = tx.execute("select action from audit_entry where object_kind = 'campaign' order by id").fetchall()
    assert plan.people == counts.entered
    assert plan.held_out == counts.held_out
    assert plan.suppressed == counts.reasons
    assert plan.treated - sum(plan.suppressed.values()) == counts.sent
    assert plan.cost_fen == 5 * counts.sent
    assert [row["action"] for row in audited] == ["campaign.created", "campaign.published"]


def test_arms_follow_the_stable_hash_and_have_the_size_asked_for(db, make_ctx):
    with db.tx() as tx:
        ctx = make_ctx(tx)
        uids = shop.people(ctx, 9_500)
        campaign = shop.launched(ctx, uids, holdout_bp=1_500)
    api.drain(db, make_ctx)
    with db.tx() as tx:
        rows = tx.execute("select uid, arm from arm").fetchall()
        sizes = tx.execute("select max(cardinality(uids)) as n from cohort_chunk").fetchone()
    arms = {row["uid"]: row["arm"] for row in rows}
    assert arms == {
        uid: "held_out" if stable_share_bp(f"campaign:{campaign.id}", uid) < 1_500 else "treated" for uid in uids
    }
    held_out = sum(arm == "held_out" for arm in arms.values())
    assert stats.chisquare([held_out, 9_500 - held_out], [1_425, 8_075]).pvalue > 0.001
    assert sizes["n"] <= 4_000


def test_frequency_counts_across_campaigns_and_comes_free_again(db, make_ctx, clock, uids):
    limit = {"frequency": Frequency(1, 7), "holdout_bp": 0}
    first = run(db, make_ctx, uids[:20], **limit)
    second = run(db, make_ctx, uids[:30], **limit)
    shop.later(clock, days=6)
    third = run(db, make_ctx, uids[:30], **limit)
    shop.later(clock, days=1)
    fourth = run(db, make_ctx, uids[:30], **limit)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        sent = [api.counts(ctx, api.get(ctx, c.id)).sent for c in (first, second, third, fourth)]
        reasons = api.counts(ctx, api.get(ctx, third.id)).reasons
    assert sent == [20, 10, 0, 30]
    assert reasons == {"frequency.reached": 30}


def test_quiet_hours_put_off_and_do_not_lose(db, make_ctx, clock, uids):
    quiet = QuietHours(time(9), time(15))  # it is noon
    campaign = run(db, make_ctx, uids, quiet_hours=quiet, holdout_bp=0)
    with db.tx() as tx:
        before = api.counts(make_ctx(tx), api.get(make_ctx(tx), campaign.id))
        assert api.get(make_ctx(tx), campaign.id).state == "live"
    shop.later(clock, hours=3)
    api.drain(db, make_ctx)
    with db.tx() as tx:
        after = api.counts(make_ctx(tx), api.get(make_ctx(tx), campaign.id))
    assert (before.waiting, before.sent, before.accounted) == (50, 0, 60)
    assert (after.waiting, after.sent, after.accounted) == (0, 50, 60)


def test_gates_are_asked_again_just_before_the_call(db, make_ctx, clock, uids):
    campaign = run(db, make_ctx, uids, quiet_hours=QuietHours(time(9), time(15)), holdout_bp=0)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        shop.consent(ctx, uids[:3], "withdrawn", at=clock.business_now())
        channels.suppress(ctx, Suppression(uids[3], "message", "complaint", None))
        channels.suppress(ctx, Suppression(uids[4], "*", "refund", clock.business_now() + timedelta(hours=1)))
        api.exit_people(ctx, campaign.id, [uids[5]], "order.placed")
    shop.later(clock, hours=3)
    api.drain(db, make_ctx)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        counts = api.counts(ctx, api.get(ctx, campaign.id))
        reasons = {p.uid: p.reason for p in api.people(ctx, campaign.id, state="suppressed")}
    assert counts.sent == 45  # the refund's suppression has run out
    assert counts.accounted == counts.entered == 60
    assert [reasons.get(uid) for uid in uids[:6]] == [
        *["consent.missing"] * 3,
        "suppressed.complaint",
        None,
        "exited.order.placed",
    ]


def test_stopping_takes_back_what_was_not_attempted(db, make_ctx, uids):
    campaign = run(db, make_ctx, uids, quiet_hours=QuietHours(time(9), time(15)), holdout_bp=1_000)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        api.stop(ctx, campaign.id)
        with pytest.raises(Conflict):
            api.stop(ctx, campaign.id)
    api.drain(db, make_ctx)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        counts = api.counts(ctx, api.get(ctx, campaign.id))
        assert channels.logged(ctx, campaign_id=campaign.id) == []
    assert counts.entered == counts.accounted == 60
    assert counts.reasons["campaign.stopped"] + counts.reasons["consent.missing"] + counts.held_out == 60


def test_stopped_before_the_first_step_nobody_enters(db, make_ctx, uids):
    with db.tx() as tx:
        campaign = shop.launched(make_ctx(tx), uids)
        api.stop(make_ctx(tx), campaign.id)
    api.drain(db, make_ctx)
    with db.tx() as tx:
        assert api.counts(make_ctx(tx), api.get(make_ctx(tx), campaign.id)).entered == 0


def test_drafts_are_checked(ctx, uids, tmp_path):
    segment_id = shop.segment(ctx, uids)
    for wrong in (
        {"name": " "},
        {"holdout_bp": 9_001},
        {"window_days": 0},
        {"replay_on": date(2011, 12, 10)},
        {"message": Message("", "Dear {{ person.phone }}")},
        {"message": Message("", "Dear {% if %}")},
        {"frequency": Frequency(0, 1)},
        {"config": {"stands_for": "E mail"}},
    ):
        with pytest.raises(BadInput):
            api.create(ctx, shop.draft(segment_id, **wrong))
    with pytest.raises(NotFound):
        api.create(ctx, shop.draft(segment_id + 99))
    with pytest.raises(NotFound):
        api.create(ctx, shop.draft(segment_id, channel="pigeon"))
    with pytest.raises(Conflict, match="replay"):
        api.create(ctx, shop.draft(segment_id, replay_on=date(2011, 11, 9), **shop.counting(tmp_path / "book")))


def test_a_draft_changes_until_it_is_published(db, make_ctx, uids, tmp_path):
    with db.tx() as tx:
        ctx = make_ctx(tx)
        made = api.create(ctx, shop.draft(shop.segment(ctx, uids), **shop.counting(tmp_path / "book")))
        assert "hush" not in str(made.draft.config)
        shown = channels.shown_config(made.draft.config)
        assert shown["secret"] == "********"
        api.update(ctx, made.id, shop.draft(made.draft.segment_id, channel="test_keyed", config=shown, holdout_bp=0))
        api.publish(ctx, made.id, confirm_people=60)
        with pytest.raises(Conflict):
            api.update(ctx, made.id, shop.draft(made.draft.segment_id))
    api.drain(db, make_ctx)  # the provider refuses any secret but the one that was hidden all the time
    assert provider.per_person(tmp_path / "book") == dict.fromkeys(uids[:50], 1)


def test_an_empty_segment_is_not_published(ctx):
    made = api.create(ctx, shop.draft(shop.segment(ctx, [])))
    with pytest.raises(Conflict, match="Nobody"):
        api.publish(ctx, made.id, confirm_people=0)


def test_messages_say_what_is_known_of_the_person(db, make_ctx, uids):
    with db.tx() as tx:
        ctx = make_ctx(tx)
        shop.buy(ctx, [(uids[0], date(2011, 12, 1), 500), (uids[0], date(2011, 12, 3), 700)])
    text = "{{ person.label }}: {{ purchase_number }} x {{ favourite_category }}, {{ days_since_last_order }} d"
    campaign = run(db, make_ctx, uids[:2], holdout_bp=0, message=Message("{{ person.label }}", text))
    with db.tx() as tx:
        ctx = make_ctx(tx)
        logged = {m["uid"]: m["body"] for m in channels.logged(ctx, campaign_id=campaign.id)}
    assert logged == {uids[0]: "10000: 2 x kitchen, 7 d", uids[1]: "10001: 0 x ,  d"}


def test_a_person_s_page_tells_which_campaigns_they_met(db, make_ctx, uids):
    campaign = run(db, make_ctx, uids)
    with db.tx() as tx:
        met = api.of_person(make_ctx(tx), [uids[0]])
        refused = api.of_person(make_ctx(tx), [uids[59]])
    assert [(m.campaign_id, m.state) for m in met] in ([(campaign.id, "sent")], [(campaign.id, "held_out")])
    assert refused[0].state in ("suppressed", "held_out")
