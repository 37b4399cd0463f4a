"""The result page: what the arms bought, what is counted for whom, a replay over the past, a known effect."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from tests.channels import counting  # noqa: F401 - registers the channels
from tests.journeys import shop

from regulars.channels import api as channels
from regulars.channels.contract import Frequency
from regulars.core.errors import BadInput
from regulars.identity import api as identity
from regulars.insight.lift import difference_of_rates
from regulars.journeys import api
from regulars.journeys.people_port import JourneysPeople

TODAY = date(2011, 12, 10)


def finished(db, make_ctx, uids, **changes):
    with db.tx() as tx:
        campaign = shop.launched(make_ctx(tx), uids, **changes)
    api.drain(db, make_ctx)
    return campaign


def arms(db) -> dict[str, list[int]]:
    with db.tx() as tx:
        rows = tx.execute("select uid, arm from arm order by uid").fetchall()
    return {name: [r["uid"] for r in rows if r["arm"] == name] for name in ("treated", "held_out")}


def test_the_arms_count_what_their_people_bought_in_the_window(db, make_ctx, clock):
    with db.tx() as tx:
        uids = shop.people(make_ctx(tx), 200)
        shop.consent(make_ctx(tx), uids[:100])  # the other half is suppressed and stays in its arm
    campaign = finished(db, make_ctx, uids, holdout_bp=4_000)
    placed = arms(db)
    treated, held = placed["treated"], placed["held_out"]
    orders = [(u, TODAY + timedelta(days=3), 1_000) for u in treated[:30]]
    orders += [(treated[0], TODAY, 500), (treated[1], TODAY + timedelta(days=13), 700)]
    orders += [(u, TODAY + timedelta(days=1), 2_000) for u in held[:5]]
    outside = [(u, TODAY - timedelta(days=1), 9_000) for u in treated] + [
        (u, TODAY + timedelta(days=14), 9) for u in held
    ]
    with db.tx() as tx:
        shop.buy(make_ctx(tx), orders + outside, refunded=[(treated[2], TODAY + timedelta(days=20), 1_000)])
        early = api.result_of(make_ctx(tx), campaign.id)
    clock.advance(timedelta(days=25))
    with db.tx() as tx:
        ctx = make_ctx(tx)
        found = api.result_of(ctx, campaign.id)
        listed = api.lifts(ctx, [api.get(ctx, campaign.id)])
    assert (early.complete, [a.buyers for a in early.arms]) == (False, [1, 0])
    assert found.complete
    assert (found.start, found.end) == (TODAY, TODAY + timedelta(days=14))
    one, other = found.arms
    # one of the thirty gave back all they bought: no buyer, nothing in the sales
    assert (one.people, one.buyers, one.orders, one.sales_fen) == (len(treated), 29, 31, 29 * 1_000 + 500 + 700)
    assert (other.people, other.buyers, other.orders, other.sales_fen) == (len(held), 5, 5, 10_000)
    want = difference_of_rates(29, len(treated), held_out_hits=5, held_out_n=len(held))
    assert found.lift == want == listed[campaign.id]
    spent = [1_500, 1_700, *[1_000] * 27, *[0] * (len(treated) - 29)]
    assert one.squares == sum(s * s for s in spent)
    assert found.sales_lift is not None
    assert found.sales_lift.treated == pytest.approx(np.mean(spent))
    assert (found.treated, found.held_out) == (len(treated), len(held))
    assert found.ratio is not None
    assert found.ratio.ok
    assert found.counts.suppressed == len([u for u in treated if u in uids[100:]])
    assert found.consent_basis == ""


def test_a_campaign_without_holdout_claims_nothing(db, make_ctx):
    with db.tx() as tx:
        uids = shop.people(make_ctx(tx), 20)
        shop.consent(make_ctx(tx), uids)
    campaign = finished(db, make_ctx, uids, holdout_bp=0)
    with db.tx() as tx:
        found = api.result_of(make_ctx(tx), campaign.id)
    assert (found.lift, found.sales_lift, found.ratio) == (None, None, None)
    assert found.counts.sent == 20


def test_a_draft_has_no_result(ctx):
    made = api.create(ctx, shop.draft(shop.segment(ctx, shop.people(ctx, 3))))
    with pytest.raises(BadInput):
        api.result_of(ctx, made.id)
    assert api.people(ctx, made.id) == []
    assert api.lifts(ctx, [made]) == {}


def test_who_turns_out_to_be_one_person_is_counted_once(db, make_ctx):
    with db.tx() as tx:
        uids = shop.people(make_ctx(tx), 80)
        shop.consent(make_ctx(tx), uids)
    campaign = finished(db, make_ctx, uids, holdout_bp=5_000)
    placed = arms(db)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        shop.buy(ctx, [(u, TODAY, 100) for u in (*placed["treated"][:4], *placed["held_out"][:2])])
        identity.merge(ctx, placed["treated"][0], placed["treated"][1], "same letter box")
        crossing = identity.merge(ctx, placed["treated"][2], placed["held_out"][0], "same letter box")
        identity.publish_aliases(ctx)
        merged = api.result_of(ctx, campaign.id)
        identity.unmerge(ctx, ledger_id=crossing.ledger_ids[0], reason="they are two")
        identity.publish_aliases(ctx)
        again = api.result_of(ctx, campaign.id)
    before = len(placed["treated"]), len(placed["held_out"])
    assert merged.crossed == 1
    assert [a.people for a in merged.arms] == [before[0] - 2, before[1] - 1]
    assert [a.buyers for a in merged.arms] == [2, 1]
    assert [a.sales_fen for a in merged.arms] == [300, 100]
    assert again.crossed == 0
    assert [a.people for a in again.arms] == [before[0] - 1, before[1]]
    assert [(a.buyers, a.sales_fen) for a in again.arms] == [(3, 400), (2, 200)]


def test_a_replay_looks_at_the_past_and_says_so(db, make_ctx):
    day = date(2011, 11, 9)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        uids = shop.people(ctx, 120)
        shop.consent(ctx, uids[:110], basis="Assumed for a replay over the past.")
        shop.buy(ctx, [(u, date(2011, 10, 1), 100) for u in uids] + [(u, day, 50) for u in uids[:10]])
    text = shop.draft(1).message
    campaign = finished(
        db, make_ctx, uids, replay_on=day, holdout_bp=3_000, frequency=Frequency(1, 7), quiet_hours=shop.NIGHT,
        message=type(text)("", "{{ purchase_number }} / {{ days_since_last_order }}"),
    )  # fmt: skip
    with db.tx() as tx:
        ctx = make_ctx(tx)
        found = api.result_of(ctx, campaign.id)
        logged = channels.logged(ctx, campaign_id=campaign.id, limit=1000)
        origins = tx.execute("select distinct origin from event_log where type like 'message.%'").fetchall()
    assert found.campaign.replay
    assert found.campaign.state == "done"
    assert (found.start, found.end, found.complete) == (day, day + timedelta(days=14), True)
    assert found.consent_basis == "Assumed for a replay over the past."
    assert found.counts.accounted == found.counts.entered == 120
    assert {m["origin"] for m in logged} == {"replay"}
    assert {m["at"].isoformat() for m in logged} == {"2011-11-09T10:00:00+00:00"}
    assert {m["body"] for m in logged} == {"1 / 39"}  # what they bought that day was not known at its start
    assert [row["origin"] for row in origins] == ["replay"]
    assert sum(a.buyers for a in found.arms) == 10
    twice = finished(db, make_ctx, uids, replay_on=day, holdout_bp=0, frequency=Frequency(1, 7))
    with db.tx() as tx:
        assert api.result_of(make_ctx(tx), twice.id).counts.sent == 110, "a replay uses up nobody's real budget"


def test_erasure_takes_a_person_out_everywhere(db, make_ctx):
    with db.tx() as tx:
        uids = shop.people(make_ctx(tx), 40)
        shop.consent(make_ctx(tx), uids)
    campaign = finished(db, make_ctx, uids, holdout_bp=5_000)
    port = JourneysPeople()
    with db.tx() as tx:
        ctx = make_ctx(tx)
        assert port.export(ctx, [uids[0]])["campaigns"][0]["campaign_id"] == campaign.id
        assert port.erase(ctx, uids[:5]) > 0
        assert port.erase(ctx, uids[:5]) == 0
        assert port.export(ctx, uids[:5]) == {}
        found = api.result_of(ctx, campaign.id)
    assert sum(a.people for a in found.arms) == 35


def test_hillstrom_shows_its_known_effect(db, make_ctx, shared_data, clock):
    """64,000 real people of a real experiment, put through the tables that campaigns use."""
    file = shared_data / "hillstrom" / "hillstrom.parquet"
    if not file.exists():
        pytest.skip("the Hillstrom experiment is not on this machine")
    import pandas as pd

    frame = pd.read_parquet(file)
    frame = frame[frame.segment.isin(["Mens E-Mail", "No E-Mail"])].reset_index(drop=True)
    frame["uid"] = frame.index + 1
    frame["arm"] = np.where(frame.segment == "No E-Mail", "held_out", "treated")
    share = round(10_000 * (frame.arm == "held_out").mean())
    with db.tx() as tx:
        ctx = make_ctx(tx)
        # each outcome is an order of that size on a day of its own, the only day that its campaign counts
        amounts = {"visit": frame.visit, "spend": (frame.spend * 100).round().astype("int64")}
        found = {}
        for i, (outcome, fen) in enumerate(amounts.items()):
            clock.at = clock.at + timedelta(days=i)
            campaign = shop.assigned(ctx, frame.uid, frame.arm, holdout_bp=share)
            shop.write_orders(ctx, frame.uid[fen > 0], fen[fen > 0], TODAY + timedelta(days=i))
            found[outcome] = api.result_of(ctx, campaign.id)
    visit, spend = found["visit"], found["spend"]
    assert (visit.treated, visit.held_out) == (21_307, 21_306)
    assert [a.buyers for a in visit.arms] == [3_894, 2_262]
    assert (round(visit.lift.difference, 6), round(visit.lift.low, 6), round(visit.lift.high, 6)) == (
        0.076590, 0.069953, 0.083227,
    )  # fmt: skip
    assert visit.sales_lift.low == pytest.approx(0.069953, abs=1e-6)  # one fen per visit: the rate again, by Welch
    assert visit.sales_lift.high == pytest.approx(0.083226, abs=1e-6)
    assert spend.sales_lift.difference / 100 == pytest.approx(0.769827, abs=1e-6)
    assert spend.sales_lift.low > 0
    assert visit.ratio.ok
