"""A shop whose orders live: placed, paid, sent, finished or closed, given back. Every platform shows it its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars_sandbox.contract import House
from regulars_sandbox.world import Person

VERBS = {
    "order": "buyer goods quantity post_fen off_fen pay",
    "pay": "id",
    "send": "id",
    "finish": "id",
    "close": "id",
    "refund": "id line fen done",
    "settle": "id* done",
    "item": "goods price_fen on_sale",
}
"""What happens in a shop, and the names it takes; see `Shop.act`."""
MEMO = {"memo": "id* text*"}
"""Beside these where somebody of the shop can note something on an order."""


@dataclass(slots=True)
class Line:
    """A good of an order. share_fen: what of the order's paid total, without postage, is for this line."""

    id: str
    good: int
    name: str
    quantity: int
    price_fen: int
    share_fen: int


@dataclass(slots=True)
class Deal:
    """An order. state: unpaid, paid, sent, finished, closed. paid_fen: with postage, after the discount."""

    id: str
    buyer: Person
    lines: list[Line]
    created: datetime
    modified: datetime
    post_fen: int
    off_fen: int
    paid_fen: int
    state: str = "unpaid"
    paid: datetime | None = None
    sent: datetime | None = None
    ended: datetime | None = None
    memo: str = ""
    flag: int = 0


@dataclass(slots=True)
class Return:
    """Money asked back for a line of an order. state: asked, done, closed."""

    id: str
    deal: Deal
    line: Line
    fen: int
    created: datetime
    modified: datetime
    state: str = "asked"
    done: datetime | None = None


@dataclass(slots=True)
class Listing:
    """A good as it is offered."""

    no: int
    name: str
    category: str
    price_fen: int
    modified: datetime
    on_sale: bool = True
    stock: int = 100


def shares(total: int, weights: list[int]) -> list[int]:
    """Split a total by weights; the last takes what is left over."""
    whole = sum(weights)
    parts = [total * weight // whole if whole else 0 for weight in weights]
    parts[-1] += total - sum(parts)
    return parts


@dataclass(slots=True)
class Shop:
    """The state of one shop. first: the number its orders count from."""

    house: House
    first: int
    deals: dict[str, Deal] = field(default_factory=dict[str, Deal])
    returns: dict[str, Return] = field(default_factory=dict[str, Return])
    listings: dict[int, Listing] = field(default_factory=dict[int, Listing])

    def now(self) -> datetime:
        """Return the sandbox's time in whole seconds, as platforms write it."""
        return self.house.now().replace(microsecond=0)

    def facts(self) -> dict[str, int]:
        """Return the orders, those ever paid, what was paid for them, and the refunds that were paid back."""
        paid = [deal for deal in self.deals.values() if deal.paid]
        back = [one for one in self.returns.values() if one.state == "done"]
        return {
            "orders": len(self.deals), "paid": len(paid), "paid_fen": sum(deal.paid_fen for deal in paid),
            "refunds": len(back), "refunded_fen": sum(one.fen for one in back),
        }  # fmt: skip

    def act(self, verb: str, given: Mapping[str, Any]) -> Deal | Return | Listing:
        """Let something happen. order: buyer, goods (number or list), quantity, post_fen, off_fen, pay.

        pay, send, finish, close: id, or the oldest order for which it makes sense. refund: id, line (from 0), fen,
        done. settle: a refund's id, done. item: goods, price_fen, on_sale. Raises: KeyError, ValueError.
        """
        work = {
            "order": self._order,
            "pay": self._pay,
            "send": self._send,
            "finish": self._finish,
            "close": self._close,
            "refund": self._refund,
            "settle": self._settle,
            "item": self._item,
        }
        return work[verb](given)

    def _order(self, given: Mapping[str, Any]) -> Deal:
        asked = given.get("goods", 1)
        quantity, now = int(given.get("quantity", 1)), self.now()
        number = self.first + 10 * len(self.deals)
        lines: list[Line] = []
        for place, no in enumerate(asked if isinstance(asked, list) else [asked], start=1):
            good = self.house.world.good(int(no))
            listed = self.listings.get(good.no)
            price_fen = listed.price_fen if listed else good.price_fen
            lines.append(Line(str(number + place), good.no, good.name, quantity, price_fen, 0))
        post_fen, off_fen = int(given.get("post_fen", 0)), int(given.get("off_fen", 0))
        weights = [line.price_fen * line.quantity for line in lines]
        goods_fen = max(0, sum(weights) - off_fen)
        for line, share in zip(lines, shares(goods_fen, weights), strict=True):
            line.share_fen = share
        buyer = self.house.world.person(int(given.get("buyer", 0)))
        deal = Deal(str(number), buyer, lines, now, now, post_fen, off_fen, goods_fen + post_fen)
        self.deals[deal.id] = deal
        if given.get("pay"):
            deal.state, deal.paid = "paid", now
        return deal

    def _meant(self, given: Mapping[str, Any], *states: str) -> Deal:
        if given.get("id"):
            deal = self.deals[str(given["id"])]
        else:
            found = [one for one in self.deals.values() if one.state in states]
            if not found:
                raise ValueError(f"no order is {' or '.join(states)}")
            deal = found[0]
        if deal.state not in states:
            raise ValueError(f"order {deal.id} is {deal.state}")
        deal.modified = self.now()
        return deal

    def _pay(self, given: Mapping[str, Any]) -> Deal:
        deal = self._meant(given, "unpaid")
        deal.state, deal.paid = "paid", deal.modified
        return deal

    def _send(self, given: Mapping[str, Any]) -> Deal:
        deal = self._meant(given, "paid")
        deal.state, deal.sent = "sent", deal.modified
        return deal

    def _finish(self, given: Mapping[str, Any]) -> Deal:
        deal = self._meant(given, "sent")
        deal.state, deal.ended = "finished", deal.modified
        return deal

    def _close(self, given: Mapping[str, Any]) -> Deal:
        deal = self._meant(given, "unpaid")
        deal.state, deal.ended = "closed", deal.modified
        return deal

    def _refund(self, given: Mapping[str, Any]) -> Return:
        deal = self._meant(given, "paid", "sent", "finished")
        line = deal.lines[int(given.get("line", 0))]
        now = deal.modified
        one = Return(
            f"{deal.id}{len(self.returns) + 1:03d}", deal, line, int(given.get("fen", line.share_fen)), now, now
        )
        self.returns[one.id] = one
        if given.get("done", True):
            self._give_back(one)
        return one

    def _settle(self, given: Mapping[str, Any]) -> Return:
        one = self.returns[str(given["id"])]
        one.modified = one.deal.modified = self.now()
        if given.get("done", True):
            self._give_back(one)
        else:
            one.state = "closed"
        return one

    def _give_back(self, one: Return) -> None:
        one.state, one.done = "done", one.modified
        given_back = sum(r.fen for r in self.returns.values() if r.deal is one.deal and r.state == "done")
        if given_back >= one.deal.paid_fen - one.deal.post_fen:
            one.deal.state, one.deal.ended = "closed", one.modified

    def _item(self, given: Mapping[str, Any]) -> Listing:
        good = self.house.world.good(int(given.get("goods", 1)))
        price_fen = int(given.get("price_fen", good.price_fen))
        on_sale = bool(given.get("on_sale", True))
        self.listings[good.no] = Listing(good.no, good.name, good.category, price_fen, self.now(), on_sale)
        return self.listings[good.no]
