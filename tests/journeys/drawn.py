"""Journeys drawn by hand, and people who do things while a clock goes on."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from tests.journeys import shop

from regulars.infra import event_log
from regulars.journeys import api, api_journeys

_numbers = count(1)
VIEW = {"url": "https://shop.example/"}
CART = {"item_id": "mug", "quantity": 1}
ORDER = {"order_id": "o-1", "shop": "web", "total_fen": 5_000, "currency": "GBP",
         "lines": [{"item_id": "mug", "quantity": 1, "amount_fen": 5_000}]}  # fmt: skip


def node(key: str, kind: str, **config):
    return {"key": key, "kind": kind, "config": config}


def edges(*ways: str):
    """ "entry.entered > wait" -> an edge."""
    found = [way.replace(">", ".").split(".") for way in ways]
    return [{"from": a.strip(), "way": b.strip(), "to": c.strip()} for a, b, c in found]


def message(key: str, book, text: str = "Hello"):
    sent = shop.counting(book)
    return node(key, "message", channel=sent["channel"], config=sent["config"], message={"title": "", "body": text})


def chase(book, **wait):
    """Carted: wait for the order; who has not bought is told, and told again a day later."""
    return {
        "nodes": [
            node("cart", "entry_event", match={"event": "cart.added"}),
            node("hold", "wait_event", match={"event": "page.viewed"}, **{"hours": 2, **wait}),
            message("told", book),
            node("day", "wait_for", days=1),
            message("again", book, "Still there"),
            node("end", "exit"),
        ],
        "edges": edges("cart.entered > hold", "hold.happened > end", "hold.timed_out > told", "told.messaged > day",
                       "day.waited > again", "again.messaged > end"),
        "settings": {"exits": [{"event": "order.placed"}], "again_after_days": 7},
    }  # fmt: skip


class Shop:
    """People who do things, and a clock that goes on."""

    def __init__(self, db, make_ctx, clock) -> None:
        self.db, self.make_ctx, self.clock = db, make_ctx, clock

    def people(self, n: int) -> list[int]:
        with self.db.tx() as tx:
            uids = shop.people(self.make_ctx(tx), n)
            shop.consent(self.make_ctx(tx), uids)
        return uids

    def publish(self, graph) -> int:
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx)
            journey = api_journeys.create(ctx, "Chase", graph)
            return api_journeys.publish(ctx, journey.id).id

    def do(self, event: str, uids, **props) -> None:
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx)
            for uid in uids:
                event_log.emit(ctx, event, "test", f"{next(_numbers)}", props, suid=uid)
        self.settle()

    def settle(self, **later: float) -> None:
        """Let time go by in steps, and everything that is due happen after each."""
        left = timedelta(**later)
        while left > timedelta():
            self.clock.advance(min(left, timedelta(hours=13)))
            left -= timedelta(hours=13)
            api.drain(self.db, self.make_ctx)
        while any(event_log.step(self.db, self.make_ctx, consumer) for consumer in event_log.consumers()):
            pass
        api.drain(self.db, self.make_ctx)

    def counts(self, journey_id: int):
        with self.db.tx() as tx:
            found = api_journeys.counts(self.make_ctx(tx), journey_id)
        for one in found:
            assert one.came == one.waiting + one.exited + one.ended + sum(one.ways.values()), one
        return {one.node: one for one in found}


def everything(book):
    """Draw every kind that moves people apart, holds them, or counts what they did, in one journey."""
    shares = [{"name": "a", "bp": 5_000}, {"name": "b", "bp": 5_000}]
    known = {"op": "known", "field": "person.first_order_on"}
    return {
        "nodes": [
            node("cart", "entry_event", match={"event": "cart.added"}),
            node("called", "entry_api"),
            node("late", "wait_deadline", hours=1, side="after"),
            node("arms", "experiment", experiment="walk", shares=shares, after_people=4, after_days=0, surely=False),
            node("many", "condition_many", branches=[{"name": "buyer", "rule": known}]),
            node("gate", "frequency_gate", messages=3, days=2),
            message("told", book),
            node("said", "event", name="told"),
            node("open", "wait_window", start="09:00", end="21:00"),
            node("seen", "wait_event", match={"event": "page.viewed"}, hours=8),
            node("won", "goal"),
            node("back", "jump", times=1),
            node("end", "exit"),
        ],
        "edges": edges(
            "cart.entered > late", "called.entered > late", "late.waited > arms", "late.missed > many",
            "arms.a > many", "arms.b > gate", "many.buyer > end", "many.else > gate", "gate.passed > open",
            "gate.too_often > end", "open.waited > told", "told.messaged > said", "said.emitted > seen",
            "seen.happened > won", "seen.timed_out > back", "won.reached > end", "back.again > gate",
            "back.enough > end",
        ),
        "settings": {"exits": [{"event": "order.placed"}], "again_after_days": 1, "exclusion": "walks"},
    }  # fmt: skip
