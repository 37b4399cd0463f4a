"""The door of how sending goes: now, over days, and the messages behind each figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from regulars.channels import api, sender, store_costs, store_delivery
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.platforms import api as platforms

State = Literal[
    "waiting", "sent", "suppressed", "failed", "unknown", "delivered", "not_delivered", "clicked", "replied",
    "opted_out",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)
PAGE = 100
_LAST = 2**62


@dataclass(frozen=True, slots=True)
class Way:
    """A channel through an account (0 = none), and what went through it.

    people: by state, as `State`. waiting: messages by why they wait ("" = about to go). rate: a second, 0 = no
    limit; counts: what it is of. ahead_s: for how long its turns are taken. queue_s: how long what is due now takes
    at that rate, None without one. parts, cost_fen: as booked, corrections included.
    """

    channel: str
    account_id: int
    account: str
    people: Mapping[str, int]
    waiting: Mapping[str, int]
    rate: float
    counts: str
    ahead_s: float
    queue_s: float | None
    parts: int
    cost_fen: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A business day: people by state, what was booked."""

    day: date
    people: Mapping[str, int]
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why people were not reached."""

    channel: str
    state: str
    reason: str
    people: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What was booked of a campaign (0 = none) through a channel and an account."""

    campaign_id: int
    channel: str
    account_id: int
    messages: int
    parts: int
    correction_fen: int
    cost_fen: int
    is_test: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """How sending goes. halted: why nothing is sent now, "" = it goes on."""

    first: date
    last: date
    halted: str
    ways: Sequence[Way]
    days: Sequence[DayFigures]
    reasons: Sequence[Reason]
    costs: Sequence[Cost]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages: of a state, in these days; channel, reason "" = any, account_id None = any; after a cursor."""

    state: State
    first: date
    last: date
    channel: str = ""
    account_id: int | None = None
    reason: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message behind a figure."""

    uid: int
    channel: str
    campaign_id: int
    state: str
    reason: str
    at: Any
    """When it came to this state; of what waits, when it may go."""


@dataclass(slots=True)
class _Sum:
    people: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    waiting: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    due_messages: int = 0
    due_requests: int = 0
    parts: int = 0
    cost_fen: int = 0


def delivery(ctx: Ctx, first: date, last: date) -> Delivery:
    """Return how sending goes now, and went on these business days, both included. Tests count in costs alone."""
    ways: dict[tuple[str, int], _Sum] = defaultdict(_Sum)
    days: dict[date, _Sum] = defaultdict(_Sum)
    for row in store_delivery.waiting(ctx):
        way = ways[row["channel"], row["account_id"]]
        way.waiting[row["why"]] += row["messages"]
        way.people["waiting"] += row["messages"]
        way.due_messages += row["due_messages"]
        way.due_requests += row["due_requests"]
    for row in store_delivery.days(ctx, first, last):
        state = _state(row["state"])
        ways[row["channel"], row["account_id"]].people[state] += row["people"]
        days[row["day"]].people[state] += row["people"]
    booked = store_costs.sums(ctx, first, last)
    for row in booked:
        if row["kind"] != "test":
            for total in (ways[row["channel"], row["account_id"]], days[row["day"]]):
                total.parts += row["parts"]
                total.cost_fen += row["cost_fen"]
    return Delivery(
        first=first,
        last=last,
        halted=sender.halted(ctx),
        ways=_ways(ctx, ways),
        days=[DayFigures(day, dict(one.people), one.cost_fen) for day, one in sorted(days.items())],
        reasons=[Reason(**row) for row in store_delivery.reasons(ctx, first, last)],
        costs=_costs(booked),
    )


def _state(stored: str) -> str:
    told = stored.removeprefix("receipt ")
    return "not_delivered" if told == "failed" and told != stored else told


def _ways(ctx: Ctx, sums: Mapping[tuple[str, int], _Sum]) -> list[Way]:
    accounts = {one.id: one for one in platforms.accounts(ctx)}
    kinds = {kind.key: kind for kind in api.channel_kinds()}
    paces = store_delivery.paces(ctx)
    found: list[Way] = []
    for (channel, account_id), one in sorted(sums.items()):
        limits = kinds[channel].limits if channel in kinds else None
        account = accounts.get(account_id)
        rate = limits.per_second if limits else 0.0
        if account is not None:
            rate = float(account.rates.get(channel, rate))
        bucket = (account_id, channel if account_id else f"{ctx.brand_id} {channel}")
        counts = limits.counts if limits else "requests"
        due = one.due_messages if counts == "messages" else one.due_requests
        found.append(
            Way(
                channel,
                account_id,
                account.name if account else "",
                dict(one.people),
                dict(one.waiting),
                rate,
                counts,
                paces.get(bucket, 0.0),
                due / rate if rate > 0 else None,
                one.parts,
                one.cost_fen,
            )
        )
    return found


def _costs(booked: Sequence[Mapping[str, Any]]) -> list[Cost]:
    sums: dict[tuple[int, str, int, bool], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in booked:
        one = sums[row["campaign_id"], row["channel"], row["account_id"], row["kind"] == "test"]
        one[0] += row["messages"]
        one[1] += row["parts"]
        one[2] += row["cost_fen"] if row["kind"] == "correction" else 0
        one[3] += row["cost_fen"]
    rows = [Cost(*key[:3], *sums[key], is_test=key[3]) for key in sums]
    return sorted(rows, key=lambda one: (-one.cost_fen, -one.messages, one.campaign_id, one.channel, one.account_id))


def messages(ctx: Ctx, wanted: Wanted) -> tuple[list[Listed], str]:
    """Return a page of the messages behind a figure, and the cursor of the next, "" at the end. Raises: BadInput."""
    before, uid = _place(wanted.cursor)
    rows = store_delivery.messages(
        ctx,
        {
            "state": wanted.state, "channel": wanted.channel, "reason": wanted.reason, "first": wanted.first,
            "last": wanted.last, "account": -1 if wanted.account_id is None else wanted.account_id,
            "before": before, "uid": uid, "limit": PAGE,
        },
    )  # fmt: skip
    shown = [
        Listed(row["uid"], row["channel"], row["campaign_id"], wanted.state, row["reason"], row["at"]) for row in rows
    ]
    return shown, f"{rows[-1]['id']}.{rows[-1]['uid']}" if len(rows) == PAGE else ""


def _place(cursor: str) -> tuple[int, int]:
    if not cursor:
        return _LAST, _LAST
    left, _, right = cursor.partition(".")
    if not (left.isdecimal() and right.isdecimal() and len(cursor) < 40):
        raise BadInput("The cursor is not one of this list.", "Start again without it.", code="cursor.unknown")
    return min(int(left), _LAST), min(int(right), _LAST)
