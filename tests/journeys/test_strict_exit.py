"""From the commit of an event that makes somebody leave, no request to them starts."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.channels.counting import per_person
from tests.journeys.drawn import CART, ORDER, edges, message, node

from regulars.core.event import Identifier
from regulars.identity import api as identity
from regulars.infra import event_log
from regulars.journeys import api, api_journeys, store_engine, store_journeys

PEOPLE = 14


def told_at_once(book, **exits):
    return {
        "nodes": [node("cart", "entry_event", match={"event": "cart.added"}), message("told", book),
                  node("end", "exit")],
        "edges": edges("cart.entered > told", "told.messaged > end"),
        "settings": {"exits": [{"event": "order.placed", **exits}]},
    }  # fmt: skip


class Meanwhile:
    """A database beside which something happens before its n-th transaction."""

    def __init__(self, db, happens) -> None:
        self.db, self.happens, self.begun = db, happens, 0

    @contextmanager
    def tx(self):
        self.begun += 1
        for one in self.happens.pop(self.begun, ()):
            one()
        with self.db.tx() as tx:
            yield tx


def buys(world, uid, *, named) -> None:
    """Commit an order; unless it is named, the log knows whose it is by an identifier alone."""
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        number = f"{uid}-{event_log.lag(ctx)}-{named}"
        if named:
            event_log.emit(ctx, "order.placed", "test", number, ORDER, suid=uid)
        else:
            refs = identity.remember(ctx, [Identifier("customer_id", "", world.customers[uid])])
            event_log.emit(ctx, "order.placed", "till", number, ORDER, identifiers=refs)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 16), st.integers(0, PEOPLE - 1), st.booleans()), max_size=12),
)
@example([(1, 0, False), (4, 3, True), (6, 4, False), (9, 12, False)])
def test_no_request_starts_after_the_event(world, tmp_path_factory, moments):
    book = tmp_path_factory.mktemp("strict") / "book"
    uids = world.people(PEOPLE)
    world.customers = {uid: str(10_000 + n) for n, uid in enumerate(uids)}
    journey = world.publish(told_at_once(book))
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        for uid in uids:
            event_log.emit(ctx, "cart.added", "test", f"{journey}:{uid}", CART, suid=uid)
    for consumer in event_log.consumers():
        event_log.step(world.db, world.make_ctx, consumer)
    had: dict[int, int] = {}

    def happens(uid, named):
        had.setdefault(uid, per_person(book)[uid])
        buys(world, uid, named=named)

    happening: dict[int, list] = {}
    for at, n, named in moments:
        happening.setdefault(at, []).append(lambda uid=uids[n], named=named: happens(uid, named))
    api.drain(Meanwhile(world.db, happening), world.make_ctx)
    reached = per_person(book)
    assert {uid: reached[uid] for uid in had} == had
    world.settle()
    assert per_person(book) == reached, "and nobody later"
    assert sum(world.counts(journey)["told"].sent[s] for s in ("sent", "suppressed")) == PEOPLE
    assert {uid for uid in uids if reached[uid]} == set(uids) - {uid for uid, n in had.items() if n == 0}


def test_an_event_that_is_none_of_the_exits_keeps_nobody_back(world, tmp_path):
    book = tmp_path / "book"
    a, b = world.people(2)
    dear = {"op": "ge", "field": "event:order.created.amount_fen", "value": 10_000}
    journey = world.publish(told_at_once(book, event="order.created", where=dear))
    with world.db.tx() as tx:
        for uid in (a, b):
            event_log.emit(world.make_ctx(tx), "cart.added", "test", f"{uid}", CART, suid=uid)
    for consumer in event_log.consumers():
        event_log.step(world.db, world.make_ctx, consumer)
    with world.db.tx() as tx:
        for uid, fen in ((a, 5_000), (b, 50_000)):
            event_log.emit(
                world.make_ctx(tx), "order.created", "test", f"{fen}", {"order_id": "o", "amount_fen": fen}, suid=uid
            )
    api.drain(world.db, world.make_ctx)
    assert dict(per_person(book)) == {a: 1}
    with world.db.tx() as tx:
        assert api_journeys.counts(world.make_ctx(tx), journey)[1].sent["suppressed"] == 1


@pytest.mark.parametrize("advanced_first", [True, False])
def test_who_was_marked_while_the_message_was_ordered_gets_none(world, tmp_path, advanced_first):
    """The engine orders in one transaction while another marks the exit: whichever commits last, nobody is told."""
    book = tmp_path / "book"
    [a] = world.people(1)
    journey = world.publish(told_at_once(book))
    with world.db.tx() as tx:
        event_log.emit(world.make_ctx(tx), "cart.added", "test", "1", CART, suid=a)
    for consumer in event_log.consumers():
        event_log.step(world.db, world.make_ctx, consumer)
    with world.db.tx() as tx:
        [run] = store_journeys.runs(world.make_ctx(tx), journey)

    def mark():
        with world.db.tx() as tx:
            store_engine.mark_exits(world.make_ctx(tx), run, [a], "order.placed")

    with world.db.tx() as tx:
        ctx = world.make_ctx(tx, 0)
        if not advanced_first:
            mark()
        while api.advance(ctx):
            pass
        if advanced_first:
            mark()
    api.drain(world.db, world.make_ctx)
    assert dict(per_person(book)) == {}
