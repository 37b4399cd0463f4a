"""The door of channels: plan what is to be sent, see what became of it, keep people from being contacted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from regulars.channels import gates, kinds, links, people, planning, store, store_outbox, template
from regulars.channels.contract import (
    Channel,
    Forecast,
    Message,
    Order,
    Outcome,
    Recipient,
    SendPass,
    Suppression,
    Tally,
    channels,
)
from regulars.channels.sender import send_due
from regulars.core.ctx import Ctx
from regulars.core.registry import Registry
from regulars.infra import jobs, sealing
from regulars.infra.db import Database

__all__ = [
    "Channel",
    "Forecast",
    "Message",
    "Order",
    "Outcome",
    "SendPass",
    "Suppression",
    "Tally",
    "channel_kinds",
    "check_order",
    "consent_channel",
    "forecast",
    "lately",
    "lift_suppression",
    "logged",
    "open_requests",
    "outcome_page",
    "outcomes",
    "plan",
    "preview",
    "register_guard",
    "request_send",
    "seal_config",
    "send_due",
    "shown_config",
    "stop",
    "suppress",
    "tally",
    "template_variables",
    "unreachable",
    "wire_links",
    "withdraw",
]


def wire_links(base: str) -> None:
    """Connect the address that links in messages stand below."""
    links.wire(base)


def register_guard(name: str, guard: gates.Guard) -> None:
    """Let a room that orders messages say, right before each request starts, who must not be sent to any more.

    guard: (ctx, key of the order, uids) -> uid -> why. Asked in the sender's transaction, after all other gates.
    """
    gates.register_guard(name, guard)


def channel_kinds() -> Registry[Channel]:
    """Return the channel kinds, loaded."""
    return channels.load(kinds)


def check_order(order: Order) -> None:
    """Raise NotFound, BadInput or Conflict when an order cannot be taken as it is."""
    planning.check_order(order)


def template_variables(message: Message) -> tuple[str, ...]:
    """Return the variables a message names. Raises: BadInput on a bad template or an unknown variable."""
    return template.check(message)


def seal_config(channel: str, config: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return checked settings as they may be stored: secrets encrypted; a hidden one keeps its value of `before`."""
    return planning.sealed(channel, sealing.kept(config, before or {}))


def shown_config(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored settings as they may be shown: secrets hidden."""
    return sealing.hidden(stored)


def consent_channel(channel: str, config: Mapping[str, Any]) -> str:
    """Return the name under which people consent to a channel with these settings."""
    kind, parsed = planning.channel_of(channel, config)
    return kind.consent_channel(parsed)


def forecast(ctx: Ctx, order: Order, uids: Sequence[int]) -> Forecast:
    """Say what planning this order for these people would do now; nothing is written."""
    return planning.forecast(ctx, order, uids)


def lately(ctx: Ctx, uids: Sequence[int], *, days: int, channel_class: str = "") -> dict[int, int]:
    """Return how many marketing messages people got within so many business days, today included; none is absent.

    channel_class: "" = of all classes together. uids: of any time.
    """
    return gates.lately(ctx, uids, days=days, channel_class=channel_class)


def unreachable(ctx: Ctx, order: Order, uids: Sequence[int]) -> set[int]:
    """Return who cannot be reached by an order's channel at all: without an address it takes, or without consent."""
    return planning.unreachable(ctx, order, uids)


def preview(ctx: Ctx, order: Order, uid: int) -> str:
    """Return what one person would see."""
    channel, config = planning.channel_of(order.channel, order.config)
    texts = channel.texts(config)
    used = template.check(order.message, texts)
    values = people.values(ctx, [uid], used, ctx.today if order.origin == "replay" else None)
    known = {**links.sample(), **values[uid]}
    said = template.render(order.message, known)
    return channel.preview(config, Recipient(uid, said.title, said.body, template.render_texts(texts, known)))


def plan(ctx: Ctx, order: Order, groups: Iterable[tuple[int, Sequence[int]]]) -> Tally:
    """Put groups of people through the gates into the outbox, in the caller's transaction.

    groups: (source number, <= 4,000 uids each); a group planned before under this order's key is passed over,
    so the same call twice sends nothing twice. Each person ends as pending or suppressed with a reason.
    """
    batch = planning.open_batch(ctx, order)
    for source, uids in groups:
        planning.plan_group(ctx, batch, source, uids)
    return store.tally(ctx, batch["id"])


def request_send(ctx: Ctx) -> None:
    """Wake the sender once the caller's transaction has committed."""
    jobs.enqueue(ctx.for_brand(0), "channels.send", {}, key="due")


def open_requests(db: Database) -> int:
    """Return how many requests still wait for their end."""
    with db.tx() as tx:
        return store_outbox.open_requests(tx)


def tally(ctx: Ctx, key: str) -> Tally:
    """Count the people of a batch by where they are; nobody when there is no such batch."""
    batch = store.batch_by_key(ctx, key)
    return store.tally(ctx, batch["id"]) if batch else Tally()


def outcomes(ctx: Ctx, key: str, uids: Sequence[int]) -> dict[int, Outcome]:
    """Return what became of these people in a batch, by uid; those it never saw are absent."""
    batch = store.batch_by_key(ctx, key)
    return {o.uid: o for o in store.outcomes(ctx, batch["id"], uids)} if batch else {}


def outcome_page(ctx: Ctx, key: str, *, state: str, after: int = 0, limit: int = 100) -> list[Outcome]:
    """Return people of a batch in one state, in order of uid after `after`."""
    batch = store.batch_by_key(ctx, key)
    return store.outcome_page(ctx, batch["id"], state=state, after=after, limit=limit) if batch else []


def stop(ctx: Ctx, key: str) -> None:
    """Take back every request no attempt was made for; an attempt under way ends as it ends."""
    if batch := store.batch_by_key(ctx, key):
        store.stop_batch(ctx, batch["id"])


def withdraw(ctx: Ctx, key: str, uids: Sequence[int], reason: str) -> int:
    """Take people out of requests no attempt was made for, e.g. because they bought; return how many."""
    batch = store.batch_by_key(ctx, key)
    return store.withdraw(ctx, batch["id"], uids, reason) if batch and uids else 0


def suppress(ctx: Ctx, one: Suppression) -> None:
    """Keep a person from being contacted, also by requests already planned. channel_class "*" = all."""
    store.suppress(ctx, one)


def lift_suppression(ctx: Ctx, uid: int, channel_class: str, reason: str) -> bool:
    """End a suppression; False when there was none."""
    return store.lift_suppression(ctx, uid, channel_class, reason) > 0


def logged(ctx: Ctx, *, campaign_id: int, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    """Return what the log channel wrote for a campaign: id, uid, title, body, origin, at."""
    return store.log_page(ctx, campaign_id=campaign_id, after=after, limit=limit)
