"""What messages cost: worked out before the call, booked when one is taken, corrected when its provider differs.

The ledger is only added to, and names nobody: it stays when a person is erased. A request's bill says what each of its
messages costs, so that also a late answer, or a receipt of what was unclear, books the right sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import BaseModel

from regulars.channels import store_costs
from regulars.channels.contract import AccountConfig, Channel, Message, Recipient
from regulars.core.ctx import Ctx


@dataclass(frozen=True, slots=True)
class Bill:
    """What the messages of one request cost. parts: of most of them; of: of the others, by uid."""

    part_fen: int = 0
    parts: int = 1
    of: Mapping[int, int] = field(default_factory=dict[int, int])

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read a stored bill; an empty one is of messages that cost nothing."""
        others = {int(uid): int(parts) for uid, parts in stored.get("of", {}).items()}
        return cls(int(stored.get("part_fen", 0)), int(stored.get("parts", 1)), others)

    def json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {"part_fen": self.part_fen, "parts": self.parts, "of": {str(uid): n for uid, n in self.of.items()}}

    def parts_of(self, uid: int) -> int:
        """Return as how many parts a person's message is paid."""
        return self.of.get(uid, self.parts)

    def told(self, parts: Mapping[int, int]) -> Bill:
        """Return the bill with what a provider says of some."""
        return Bill(self.part_fen, self.parts, {**self.of, **parts}) if parts else self


def bill_of(channel: Channel, config: BaseModel, message: Message, recipients: Sequence[Recipient]) -> Bill:
    """Work out what the messages of a request cost."""
    parts = {r.uid: channel.parts(config, r) for r in recipients}
    usual = Counter(parts.values()).most_common(1)[0][0] if parts else 1
    return Bill(channel.part_fen(config, message), usual, {uid: n for uid, n in parts.items() if n != usual})


def account_of(config: BaseModel) -> int:
    """Return the account that a channel's settings name; 0 = none."""
    return config.account_id if isinstance(config, AccountConfig) else 0


def book(ctx: Ctx, request: Mapping[str, Any], uids: Sequence[int], bill: Bill) -> None:
    """Book messages that were taken. request: chunk_id, campaign_id, channel, account_id."""
    if uids:
        parts = sum(bill.parts_of(uid) for uid in uids)
        sums = {"kind": "accepted", "messages": len(uids), "parts": parts, "cost_fen": parts * bill.part_fen}
        store_costs.add(ctx, {**request, **sums})


def told(ctx: Ctx, request: Mapping[str, Any], parts: Mapping[int, int], *, booked: bool) -> None:
    """Take what a provider says of parts, by uid; of what is booked already, book the difference."""
    bill = Bill.read(store_costs.lock_bill(ctx, request["chunk_id"]))
    more = sum(said - bill.parts_of(uid) for uid, said in parts.items())
    store_costs.change_bill(ctx, request["chunk_id"], bill.told(parts).json())
    if more and booked:
        sums = {"kind": "correction", "messages": 0, "parts": more, "cost_fen": more * bill.part_fen}
        store_costs.add(ctx, {**request, **sums})
