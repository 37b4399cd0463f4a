"""Whatever happens, in whatever order: everybody who entered is in exactly one place, and nobody is reached twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import time, timedelta
from itertools import count

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.channels.counting import Killed, per_person
from tests.depth import depth
from tests.journeys import shop

from regulars.channels import api as channels
from regulars.channels.contract import Frequency, QuietHours, Suppression
from regulars.channels.people_port import ChannelsPeople
from regulars.channels.sender import LEASE
from regulars.core.errors import Conflict
from regulars.journeys import api
from regulars.journeys.people_port import JourneysPeople

TROUBLE = ("", "later", "refused", "lost", "answer lost", "refuses one", "unsure of one")
STEPS = ("advance", "undone advance", "send", "killed send", "time", "exit", "complain", "erase", "stop")
_numbers = count(1)
_firsts = count(1_000_000, 1_000)


@settings(
    max_examples=depth(10, 100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    keyed=st.booleans(),
    trouble=st.lists(st.sampled_from(TROUBLE), min_size=1, max_size=3),
    holdout_bp=st.sampled_from([0, 1_000, 5_000]),
    quiet=st.booleans(),
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 39)), min_size=6, max_size=25),
)
@example(keyed=False, trouble=["answer lost"], holdout_bp=1_000, quiet=False, steps=[("advance", 0)] * 4)
@example(
    keyed=True, trouble=["answer lost", "lost"], holdout_bp=0, quiet=True, steps=[("killed send", n) for n in range(9)]
)
def test_accounting(db, make_ctx, clock, tmp_path, keyed, trouble, holdout_bp, quiet, steps):
    book = tmp_path / f"book-{next(_numbers)}"
    with db.tx() as tx:
        ctx = make_ctx(tx)
        uids = shop.people(ctx, 40, first=next(_firsts))
        shop.consent(ctx, uids[:34])
        campaign = shop.launched(
            ctx,
            uids,
            holdout_bp=holdout_bp,
            frequency=Frequency(1, 2),
            quiet_hours=QuietHours(time(12), time(13)) if quiet else None,
            **shop.counting(book, trouble=trouble, keyed=keyed),
        )
    walk = Walk(db, make_ctx, clock, campaign.id, uids)
    for step, n in steps:
        getattr(walk, step.replace(" ", "_"))(n)
        walk.check(book)
    for _ in range(40):
        clock.advance(LEASE + timedelta(minutes=20))
        api.drain(db, make_ctx)
        if walk.check(book).waiting == 0:
            break
    counts = walk.check(book)
    assert counts.waiting == 0
    with db.tx() as tx:
        assert api.get(make_ctx(tx), campaign.id).state in ("done", "stopped")


class Walk:
    """Things that can happen to a campaign."""

    def __init__(self, db, make_ctx, clock, campaign_id, uids) -> None:
        self.db, self.make_ctx, self.clock, self.campaign_id, self.uids = db, make_ctx, clock, campaign_id, uids

    def advance(self, n: int) -> None:
        with self.db.tx() as tx:
            api.advance(self.make_ctx(tx, 0))

    def undone_advance(self, n: int) -> None:
        with suppress(Killed), self.db.tx() as tx:
            api.advance(self.make_ctx(tx, 0))
            raise Killed

    def send(self, n: int) -> None:
        channels.send_due(self.db, self.make_ctx, limit=1 + n % 3)

    def killed_send(self, n: int) -> None:
        try:
            channels.send_due(shop.Dying(self.db, 1 + n % 9, after=n % 2 == 0), self.make_ctx)
        except Killed:
            self.clock.advance(LEASE + timedelta(seconds=1))

    def time(self, n: int) -> None:
        self.clock.advance(timedelta(minutes=n))

    def exit(self, n: int) -> None:
        with self.db.tx() as tx:
            api.exit_people(self.make_ctx(tx), self.campaign_id, self.uids[n : n + 3], "order.placed")

    def complain(self, n: int) -> None:
        with self.db.tx() as tx:
            channels.suppress(self.make_ctx(tx), Suppression(self.uids[n], "message", "complaint", None))

    def erase(self, n: int) -> None:
        gone = self.uids[n : n + 1]
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx)
            ChannelsPeople().erase(ctx, gone)
            JourneysPeople().erase(ctx, gone)

    def stop(self, n: int) -> None:
        if n % 4 == 0:
            try:
                with self.db.tx() as tx:
                    api.stop(self.make_ctx(tx), self.campaign_id)
            except Conflict:
                pass

    def check(self, book):
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx)
            counts = api.counts(ctx, api.get(ctx, self.campaign_id))
            listed = api.people(ctx, self.campaign_id, limit=1000)
        assert counts.accounted == counts.entered == len(listed)
        assert set(per_person(book).values()) <= {1}
        found = Counter(p.state for p in listed)
        for state in ("sent", "suppressed", "failed", "unknown"):
            assert found[state] == getattr(counts, state), state
        reached = set(per_person(book))
        for person in listed:
            if person.state in ("suppressed", "held_out", "exited"):
                assert person.uid not in reached, person
            if person.state == "sent":
                assert person.uid in reached, person
        return counts
