"""What comes back: receipts, clicks, answers and opt-outs become facts of the person they are about, each once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from regulars.channels import billing, codes, planning, store_receipts
from regulars.channels.contract import Receipt, channels
from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.core.event import Event, dictionary
from regulars.core.ids import new_id
from regulars.identity import api as identity
from regulars.infra import event_log
from regulars.profiles import api as profiles
from regulars.profiles.contract import ConsentFact

_STOP = re.compile(r"^\s*(t|td|n|r|qx|stop|unsubscribe|退订|拒收|td退订|回t退订)\s*[.。!！]?\s*$", re.IGNORECASE)
"""Answers that mean "no more of this", as the SMS rules and habits of China and elsewhere have them."""
ANSWERS_WITHIN = timedelta(days=3)
"""After this an answer that names no message is about none."""
_EVENTS: Mapping[str, str] = {
    "delivered": "message.delivered",
    "failed": "message.failed",
    "clicked": "message.clicked",
    "replied": "message.replied",
    "opted_out": "message.replied",
}


def apply(ctx: Ctx, receipts: Sequence[Receipt]) -> int:
    """Write receipts of the brand's messages; return how many were about messages of ours and new."""
    return sum(_applied(ctx, one) for one in receipts)


def _applied(ctx: Ctx, receipt: Receipt) -> bool:
    message, uid = _message_of(ctx, receipt)
    if message is None and receipt.state in ("replied", "opted_out"):
        message, uid = _answered(ctx, receipt)
    stop = receipt.state == "opted_out" or (receipt.state == "replied" and _STOP.match(receipt.text) is not None)
    if message is None or uid is None:
        return stop and _stop_by_address(ctx, receipt)
    return write(ctx, message, uid, receipt, stop=stop)


def write(ctx: Ctx, message: Mapping[str, Any], uid: int, receipt: Receipt, *, stop: bool = False) -> bool:
    """Write a receipt of a known message; False when the same was known."""
    state = "opted_out" if stop else receipt.state
    told = {"state": state, "reason": receipt.reason[:200], "at": receipt.at}
    if not store_receipts.write(ctx, message["id"], uid, told):
        return False
    events: list[Event] = []
    sent = uid in message["sent"]
    if state == "failed":
        store_receipts.found_failed(ctx, message["batch_id"], uid, receipt.reason or "failed")
    elif store_receipts.found_sent(ctx, message["id"], message["batch_id"], uid):
        events.append(_event(ctx, message, uid, "message.sent", receipt.at, {}))
        billing.book(ctx, _booked(message), [uid], billing.Bill.read(message["bill"]))
        sent = True
    if receipt.parts and message["origin"] != "replay":
        billing.told(ctx, _booked(message), {uid: receipt.parts}, booked=sent)
    more: dict[str, Any] = {
        "failed": {"reason": receipt.reason},
        "clicked": {"url": message["message"].get("link", "")},
    }
    more["opted_out"] = {"stop": True}
    events.append(_event(ctx, message, uid, _EVENTS[state], receipt.at, more.get(state, {})))
    if stop:
        events += _withdrawn(ctx, uid, _consent_channel(message), receipt.at)
    event_log.append_named(ctx, events)
    return True


def _message_of(ctx: Ctx, receipt: Receipt) -> tuple[dict[str, Any] | None, int | None]:
    code = codes.read(receipt.ref) if receipt.ref else None
    if code is not None:
        message = store_receipts.message(ctx.tx, code.chunk_id)
        known = message is not None and message["brand_id"] == ctx.brand_id
        return (message, code.uid) if known else (None, None)
    message = store_receipts.message_of_provider(ctx.tx, ctx.brand_id, receipt.provider_id)
    if message is None and receipt.request_id:
        message = store_receipts.message_of_request(ctx.tx, ctx.brand_id, receipt.request_id)
    if message is None:
        return None, None
    if len(message["uids"]) == 1:
        return message, message["uids"][0]
    uid = _uid_at(ctx, receipt.address) if receipt.address else None
    if uid is None:
        return message, None
    today = identity.uid_of(ctx, message["uids"])
    return message, next((planned for planned in message["uids"] if today.get(planned, planned) == uid), None)


def _answered(ctx: Ctx, receipt: Receipt) -> tuple[dict[str, Any] | None, int | None]:
    """Return the message that an answer without its number is taken to be about: the newest that had arrived there."""
    uid = _uid_at(ctx, receipt.address) if receipt.address else None
    if uid is None:
        return None, None
    ns = _namespace(receipt.address)
    reach = [kind.key for kind in channels if ns in kind.reach and kind.receipt == "person"]
    suids = identity.suids_of(ctx, [uid])[uid]
    found = store_receipts.newest_delivered(ctx, suids, reach, receipt.at - ANSWERS_WITHIN)
    if found is None or _consent_channel(found[0]) != _answers_to(receipt.address):
        return None, None
    return found


def _namespace(address: str) -> str:
    return "email" if "@" in address else "phone"


def _answers_to(address: str) -> str:
    """Return the consent that somebody withdraws who answers from an address."""
    return "email" if "@" in address else "sms"


def _uid_at(ctx: Ctx, address: str) -> int | None:
    return identity.find(ctx, _namespace(address), "", address)


def _stop_by_address(ctx: Ctx, receipt: Receipt) -> bool:
    """Take an opt-out that names no message: it is about whoever has the address."""
    uid = _uid_at(ctx, receipt.address) if receipt.address else None
    if uid is None:
        return False
    events = _withdrawn(ctx, uid, _answers_to(receipt.address), receipt.at)
    event_log.append_named(ctx, events)
    return bool(events)


def _booked(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return under what a message's cost is booked."""
    _, config = planning.channel_of(message["channel"], message["config"])
    return {
        "chunk_id": message["id"],
        "campaign_id": message["campaign_id"],
        "channel": message["channel"],
        "account_id": billing.account_of(config),
    }


def _consent_channel(message: Mapping[str, Any]) -> str:
    channel, config = planning.channel_of(message["channel"], message["config"])
    return channel.consent_channel(config)


def _withdrawn(ctx: Ctx, uid: int, consent_channel: str, at: datetime) -> list[Event]:
    """Withdraw consent to this channel's marketing at once; return the fact to be followed, if it was not known."""
    props = {"channel": consent_channel, "purpose": "marketing", "state": "withdrawn", "basis": "opt-out"}
    event = _made(ctx, uid, "consent.changed", at, props, f"opt-out:{consent_channel}:{uid}:{at.isoformat()}")
    change = ConsentFact(
        uid, consent_channel, "marketing", "withdrawn", at, event.business_on, "opt-out",
        f"{event.source}:{event.source_id}",
    )  # fmt: skip
    return [event] if profiles.record_consents(ctx, [change]) else []


def _event(
    ctx: Ctx, message: Mapping[str, Any], uid: int, event_type: str, at: datetime, more: Mapping[str, Any]
) -> Event:
    message_id = f"{message['request_id']}:{uid}"
    props = {"message_id": message_id, "channel": message["channel"], "campaign_id": message["campaign_id"],
             "node": message["node"], **more}  # fmt: skip
    return _made(ctx, uid, event_type, at, props, f"{event_type}:{message_id}")


def _made(ctx: Ctx, uid: int, event_type: str, at: datetime, props: Mapping[str, Any], source_id: str) -> Event:
    return Event(
        id=new_id(),
        brand_id=ctx.brand_id,
        type=event_type,
        source="channels",
        source_id=source_id,
        occurred_at=at,
        recorded_at=ctx.clock.system_now(),
        business_on=business_day(at, ctx.zone),
        props=dictionary.get(event_type).model_validate(dict(props)).model_dump(mode="json"),
        suid=uid,
    )
