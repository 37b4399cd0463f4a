"""From people to requests: the gates at planning, the cut into what a provider takes at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from regulars.channels import gates, kinds, logic, people, store, template
from regulars.channels.contract import Channel, Forecast, Order, QuietHours, channels
from regulars.core.ctx import Ctx
from regulars.core.errors import Conflict
from regulars.core.ids import id_for
from regulars.infra import sealing
from regulars.infra.crypto import vault


def channel_of(key: str, stored: Mapping[str, Any]) -> tuple[Channel, BaseModel]:
    """Return a channel and its typed settings, secrets opened. Raises: NotFound, BadInput."""
    channels.load(kinds)
    kind = channels.get(key)
    return kind(), channels.parse(key, sealing.unseal(stored, _context(key), vault()))


def sealed(key: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked settings as they are stored. Raises: NotFound, BadInput."""
    _, parsed = channel_of(key, config)
    return sealing.seal(parsed, _context(key), vault())


def _context(key: str) -> str:
    return f"channel:{key}"


def batch_row(order: Order) -> dict[str, Any]:
    """Return the columns of the batch that an order becomes."""
    return {
        "key": order.key,
        "channel": order.channel,
        "config": sealed(order.channel, order.config),
        "message": asdict(order.message),
        "purpose": order.purpose,
        "quiet_hours": quiet_json(order.quiet_hours),
        "frequency": asdict(order.frequency) if order.frequency else None,
        "campaign_id": order.campaign_id,
        "node": order.node,
        "origin": order.origin,
        "replay_at": order.replay_at,
        "priority": order.priority,
    }


def quiet_json(quiet: QuietHours | None) -> dict[str, str] | None:
    """Return quiet hours as JSON: from, to."""
    return {"from": f"{quiet.start:%H:%M}", "to": f"{quiet.end:%H:%M}"} if quiet else None


def check_order(order: Order) -> None:
    """Raise BadInput or Conflict when the order cannot be taken as it is."""
    channel, config = channel_of(order.channel, order.config)
    template.check(order.message, channel.texts(config))
    logic.checked_frequency(order.frequency)
    logic.checked_priority(order.priority)
    if order.origin == "replay" and not channel.rehearsal:
        raise Conflict(
            f"A replay reaches nobody, but the channel {order.channel} does.",
            "Use the log channel for a replay.",
            code="channel.replay_needs_rehearsal",
        )


def open_batch(ctx: Ctx, order: Order) -> dict[str, Any]:
    """Return the batch of an order, made now if it is new."""
    check_order(order)
    return store.open_batch(ctx, batch_row(order))


def plan_group(ctx: Ctx, batch: Mapping[str, Any], source: int, uids: Sequence[int]) -> None:
    """Put one group of people through the gates into the outbox; a group planned before stays as it is."""
    if not uids or store.planned_before(ctx, batch["id"], source):
        return
    channel, config = channel_of(batch["channel"], batch["config"])
    rules = gates.rules_of(batch, channel, config)
    stopped = gates.check(ctx, rules, uids)
    if stopped:
        store.add_exceptions(ctx, batch["id"], source, "suppressed", stopped)
    quiet = rules.quiet_hours if rules.counted else None
    allowed = [uid for uid in uids if uid not in stopped]
    chunks = [
        {
            "no": no,
            "request_id": id_for("send", batch["id"], source, no),
            "uids": part,
            "not_before": logic.next_allowed(ctx.now, ctx.zone, quiet),
        }
        for no, part in enumerate(logic.cut(allowed, channel.limits.batch))
    ]
    if chunks:
        store.add_chunks(ctx, batch, source, chunks)


def unreachable(ctx: Ctx, order: Order, uids: Sequence[int]) -> set[int]:
    """Return who has no address that the order's channel takes, or does not consent to it."""
    check_order(order)
    channel, config = channel_of(order.channel, order.config)
    stopped = gates.forbidden(ctx, gates.rules_of({**batch_row(order), "id": -1}, channel, config), uids)
    return {uid for uid, why in stopped.items() if why in gates.UNREACHABLE}


def forecast(ctx: Ctx, order: Order, uids: Sequence[int]) -> Forecast:
    """Say what planning this order for these people would do now, without doing it."""
    check_order(order)
    channel, config = channel_of(order.channel, order.config)
    known = store.batch_by_key(ctx, order.key)
    rules = gates.rules_of(
        {**batch_row(order), "id": known["id"] if known else -1, "created_at": None}, channel, config
    )
    stopped = gates.check(ctx, rules, uids)
    allowed = [uid for uid in uids if uid not in stopped]
    used = tuple(n for n in template.check(order.message, channel.texts(config)) if n not in template.LINKS)
    as_of = ctx.today if order.origin == "replay" else None
    values = people.values(ctx, allowed, used, as_of)
    missing = Counter(name for uid in allowed for name in template.missing(used, values[uid]))
    return Forecast(
        allowed=len(allowed),
        suppressed=dict(Counter(stopped.values()).most_common()),
        missing=dict(missing),
        cost_fen=len(allowed) * channel.cost_fen(config, order.message),
    )
