"""Messages into the event log: understood, counted once, answered after commit; invalid ones are kept to be fixed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars.core.clock import business_day
from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.errors import BadInput
from regulars.core.event import IdentifierRef
from regulars.core.ids import new_id
from regulars.infra import event_log
from regulars.ingest import store
from regulars.ingest.contract import Accepted, IdentifierVault
from regulars.ingest.facts import Draft, Fact, Refused, settle
from regulars.ingest.messages import Arrival, MessageType, message_key, parse_message, translate
from regulars.ingest.parts import locked

SOURCE = "http"
CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The messages of one request. message_type: from the path, None in a batch. sent_at: of the whole batch.

    clean: their texts are known to hold nothing that no store could hold. source: what message ids are unique in.
    history: see `messages.Arrival`. once: what cannot be taken is kept to be fixed once, however often it comes: a
    source that is read with overlap brings the same again and again.
    """

    messages: Sequence[object]
    message_type: MessageType | None = None
    sent_at: str | None = None
    context: Mapping[str, Any] | None = None
    received_at: datetime | None = None
    clean: bool = False
    source: str = SOURCE
    history: bool = False
    once: bool = False


def accept(ctx: Ctx, delivery: Delivery, vault: IdentifierVault) -> Accepted:
    """Write the valid messages as events and the others as rows to fix, in the caller's transaction.

    A message id seen within 30 days is a duplicate: counted, nothing else.
    """
    now = delivery.received_at or ctx.clock.system_now()
    facts: dict[str, Fact] = {}
    refused: list[tuple[int, object, list[tuple[str, str]]]] = []
    duplicates = 0
    for place, raw in enumerate(delivery.messages):
        try:
            key, fact = understood(ctx, _completed(raw, delivery), delivery, now)
        except Refused as error:
            refused.append((place, raw, error.reasons))
            continue
        duplicates += key in facts
        facts.setdefault(key, fact)
    seen = (
        store.seen(ctx.tx, ctx.brand_id, delivery.source, list(facts), business_day(now, "UTC"))
        if facts
        else set[str]()
    )
    duplicates += len(seen)
    kept = [f for key, f in facts.items() if key not in seen]
    events = [f.event for f in kept]
    if events:
        event_log.append(ctx, events, identifiers=_references(ctx, kept, vault))
    quarantined = keep_refused(ctx, delivery, refused, now)
    reasons = tuple(f"message {place}: {r[0][0]}: {r[0][1]}" for place, _, r in refused[:10])
    return Accepted(len(events), duplicates, quarantined, reasons, tuple(e.id for e in events))


def state(ctx: Ctx, event_type: str, props: Mapping[str, Any], *, suid: int, source_id: str) -> None:
    """Write what somebody at the console says of a person as an event; see `api.state`."""
    if ctx.brand_id == GROUP_BRAND_ID:
        raise BadInput("Facts belong to a brand, not to the group.", "Choose a brand.", code="brand.required")
    draft = Draft(new_id(), event_type, CONSOLE, source_id, ctx.now, props)
    try:
        fact = settle(draft, brand_id=ctx.brand_id, zone=ctx.zone, recorded_at=ctx.clock.system_now())
    except Refused as error:
        field, why = error.reasons[0]
        raise BadInput(f"{field}: {why}", "Mend it and send it again.") from error
    event_log.append_named(ctx, [msgspec.structs.replace(fact.event, suid=suid)])


def _completed(raw: object, delivery: Delivery) -> object:
    if not isinstance(raw, dict) or (delivery.sent_at is None and not delivery.context):
        return raw
    message: dict[str, Any] = dict(raw)
    if delivery.sent_at is not None:
        message.setdefault("sentAt", delivery.sent_at)
    if delivery.context and isinstance(message.get("context", {}), dict | None):
        message["context"] = {**delivery.context, **(message.get("context") or {})}
    return message


def understood(ctx: Ctx, raw: object, delivery: Delivery, now: datetime) -> tuple[str, Fact]:
    """Return the key of a message of a delivery and the fact it states, as received at `now`. Raises: Refused."""
    message = parse_message(raw, delivery.message_type, clean=delivery.clean)
    key = message_key(message, raw if isinstance(raw, dict) else {})
    draft = translate(message, key, Arrival(ctx.brand_id, now, ctx.currency, delivery.source, delivery.history))
    return key, settle(draft, brand_id=ctx.brand_id, zone=ctx.zone, recorded_at=now)


def _references(ctx: Ctx, facts: Sequence[Fact], vault: IdentifierVault) -> list[list[IdentifierRef]]:
    identifiers = list(dict.fromkeys(i for f in facts for i in f.identifiers))
    references = dict(zip(identifiers, vault.remember(ctx, identifiers), strict=True)) if identifiers else {}
    return [[references[i] for i in f.identifiers] for f in facts]


def keep_refused(
    ctx: Ctx, delivery: Delivery, refused: Sequence[tuple[int, object, list[tuple[str, str]]]], now: datetime
) -> int:
    """Keep messages as rows to fix; return how many. refused: place in the delivery, the message, its reasons.

    A reason is a field and what is wrong with it.
    """
    rows: list[store.NewQuarantine] = []
    for place, raw, reasons in _unknown(ctx, delivery, refused, now) if delivery.once else refused:
        payload = {
            "message": _completed(raw, delivery),
            "type": delivery.message_type,
            "received_at": now.isoformat(),
            "source": delivery.source,
            "history": delivery.history,
        }
        known = [{"field": f, "value": w, "code": "invalid", "row": place + 1} for f, w in reasons]
        rows.append(
            store.NewQuarantine(
                delivery.source, place + 1, None, "", known, locked(ctx.brand_id, 0, place + 1, payload)
            )
        )
    if rows:
        store.add_quarantine(ctx.tx, ctx.brand_id, 0, rows, now)
    return len(rows)


def _unknown(
    ctx: Ctx, delivery: Delivery, refused: Sequence[tuple[int, object, list[tuple[str, str]]]], now: datetime
) -> list[tuple[int, object, list[tuple[str, str]]]]:
    """Return those that were not kept to be fixed before, by their content."""
    by_content = {_content_key(one[1]): one for one in refused}
    if not by_content:
        return []
    seen = store.seen(ctx.tx, ctx.brand_id, delivery.source, list(by_content), business_day(now, "UTC"))
    return [one for key, one in by_content.items() if key not in seen]


def _content_key(raw: object) -> str:
    """Return what a refused message is known by; no message id looks like it."""
    body = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    return "refused\x1f" + hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:40]
