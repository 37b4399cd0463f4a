"""The sender: a named exception to the rule that rooms never commit.

A request goes through three transactions: claim; gates and "this is being attempted"; the result. The call lies
between the last two. So after a crash at any point it is known whether the call can have been made:
before `attempting` it cannot (planned again), after it, it may have been. A channel with a key repeats the same
request under the same id; one without lists everybody in it as unknown and never sends it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog
from pydantic import BaseModel

from regulars.channels import (
    billing,
    codes,
    gates,
    links,
    logic,
    people,
    planning,
    store,
    store_costs,
    store_outbox,
    template,
)
from regulars.channels.billing import Bill
from regulars.channels.codes import Code
from regulars.channels.contract import (
    Channel,
    NotSent,
    Recipient,
    SendPass,
    SendRequest,
    SendResult,
    channels,
)
from regulars.channels.gates import Rules
from regulars.channels.store_outbox import Claim, Moment
from regulars.core.clock import ManualClock, business_day
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Unavailable
from regulars.core.event import Event, dictionary
from regulars.core.ids import new_id, new_token
from regulars.infra import event_log, jobs, lease
from regulars.infra.db import Connection, Database
from regulars.infra.event_log import MakeCtx
from regulars.platforms import api as platforms
from regulars.platforms.contract import Session

log = structlog.get_logger()
Batch = dict[str, Any]

LEASE = 2 * lease.LEASE
"""Longer than any channel's longest wait, so that a living sender keeps what it holds."""
MAX_ATTEMPTS = 8
TURN_WITHIN_S = 2.0
"""A sender waits this long for a provider's next turn; what is due later is put off, so that others are not held up."""
SENDERS = 6
"""Requests that one process has under way at a time."""
GIVES_WAY = timedelta(seconds=10)
"""How long a request waits for those of a higher priority before it looks again."""
WAKES_WITHIN = timedelta(minutes=1)
"""What is due later is found by the job of the minute."""
LAG_BOUND_S = 120.0
"""With facts older than this not yet taken by every consumer, a withdrawal might be unseen: nothing is sent."""


@dataclass(frozen=True, slots=True)
class _Said:
    channel: Channel
    config: BaseModel
    batch: Batch


@dataclass(frozen=True, slots=True)
class _Prepared:
    channel: Channel
    config: BaseModel
    rules: Rules
    batch: Batch
    request: SendRequest
    done: Counter[str]


@dataclass(frozen=True, slots=True)
class Outlets:
    """What a channel may use of the house; see `contract.Outlet`."""

    db: Database
    make_ctx: MakeCtx

    def tx(self) -> AbstractContextManager[Connection]:
        """Open a transaction; committed at the end."""
        return self.db.tx()

    def session(self, account_id: int) -> Session:
        """Open an account of a platform."""
        with self.db.tx() as tx:
            clock = self.make_ctx(tx, 0).clock
        return platforms.open_session(self.db, clock, account_id)


@jobs.long_job("channels.send")
def send_job(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, object]) -> None:
    """Send what is due (worker)."""
    del brand_id, payload
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="sender") as senders:
        passes = [senders.submit(send_due, db, make_ctx) for _ in range(SENDERS)]
    if not any(one.result().halted for one in passes):
        with db.tx() as tx:
            _wake_again(make_ctx(tx, 0))


def _wake_again(ctx: Ctx) -> None:
    """Come back when the next request is due to be repeated, or its sender's lease ends: not only with the minute."""
    now = ctx.clock.system_now()
    at = store_outbox.due_next(ctx.tx, Moment(ctx.now, now))
    if at is not None and at < now + WAKES_WITHIN:
        at = max(at, now) + timedelta(milliseconds=50)
        jobs.enqueue(ctx, "channels.send", {}, key=f"at {at:%H:%M:%S}", run_at=at)


jobs.cron("* * * * *", "channels.send")


def send_due(db: Database, make_ctx: MakeCtx, *, limit: int = 10_000) -> SendPass:
    """Send up to `limit` due requests, one after the other; several senders may run beside each other.

    While the event log lags beyond its bound nothing goes to real people; replays, which reach nobody, go on.
    """
    done: Counter[str] = Counter()
    why = ""
    for _ in range(limit):
        with db.tx() as tx:
            ctx = make_ctx(tx, 0)
            why = halted(ctx)
            one = _claim(ctx, replays_only=bool(why))
        if one is None:
            break
        done += _work(db, make_ctx, one)
    if why:
        log.warning("sender_halted", reason=why)
    return SendPass(
        requests=done["requests"],
        sent=done["sent"],
        suppressed=done["suppressed"],
        failed=done["failed"],
        unknown=done["unknown"],
        put_off=done["put_off"],
        halted=why,
    )


def halted(ctx: Ctx) -> str:
    """Return why nothing may be sent to people now, "" when it may."""
    names = {consumer.name for consumer in event_log.consumers()}
    late = [one for one in event_log.lag(ctx) if one.consumer in names and one.age_s > LAG_BOUND_S]
    if not late:
        return ""
    worst = max(late, key=lambda one: one.age_s)
    return f"{worst.consumer} is {worst.age_s:.0f} s behind the event log"


def _claim(ctx: Ctx, *, replays_only: bool) -> Claim | None:
    now = ctx.clock.system_now()
    return store_outbox.claim(
        ctx.tx, Moment(ctx.now, now), owner=new_token(12), until=now + LEASE, replays_only=replays_only
    )


def _context(make_ctx: MakeCtx, tx: Connection, one: Claim) -> tuple[Ctx, Batch]:
    """Return the brand's Ctx and the batch; a replay looks at the world of its own business time."""
    ctx = make_ctx(tx, one.brand_id)
    batch = store.batch(tx, one.batch_id)
    if batch["origin"] == "replay":
        ctx = ctx.at(ManualClock(max(batch["replay_at"], one.not_before), ctx.clock.system_now()))
    return ctx, batch


def _work(db: Database, make_ctx: MakeCtx, one: Claim) -> Counter[str]:
    try:
        with db.tx() as tx:
            clock = make_ctx(tx, 0).clock
            wait_s = 0.0 if one.repeated else _turn(*_context(make_ctx, tx, one), one)
        if wait_s is None:
            return Counter(requests=1, put_off=1)
        if wait_s > 0:
            clock.wait(wait_s)
        with db.tx() as tx:
            prepared = _prepare(*_context(make_ctx, tx, one), one)
    except (Unavailable, psycopg.OperationalError):
        raise
    except Exception as error:  # one bad request must not hold up the others; it is tried again later
        log.exception("request_not_prepared", request=one.request_id)
        with db.tx() as tx:
            ctx, _ = _context(make_ctx, tx, one)
            return _not_prepared(ctx, one, f"{type(error).__name__}: {error}")
    return prepared if isinstance(prepared, Counter) else _call(db, make_ctx, one, prepared)


def _prepare(ctx: Ctx, batch: Batch, one: Claim) -> _Prepared | Counter[str]:
    """Ask the gates again, render, and say that the request is being attempted."""
    channel, config = planning.channel_of(batch["channel"], batch["config"])
    held = store_outbox.hold(ctx, one)
    if held is None:
        return Counter()
    one = held
    if one.repeated and (channel.dedupe == "none" or one.attempts >= MAX_ATTEMPTS):
        return _settled_unknown(ctx, one, "no.answer")
    rules = gates.rules_of(batch, channel, config)
    if not one.repeated and (waits := _waits(ctx, rules, batch, one)):
        return waits
    passed, done = _passed(ctx, rules, one)
    recipients, broken = _rendered(ctx, _Said(channel, config, batch), one, passed)
    if broken:
        gates.give_back(ctx, rules, list(broken))
        store.add_exceptions(ctx, one.batch_id, one.source, "failed", broken)
        done["failed"] += len(broken)
    # the last question, so that nothing lies between it and the start but the writing down of the start
    left = gates.guarded(ctx, batch, [r.uid for r in recipients])
    if left:
        recipients = [r for r in recipients if r.uid not in left]
        done += _kept_back(ctx, rules, one, left)
    if not recipients:
        store_outbox.settle(ctx, one, "cancelled", {"sent": [], "provider_id": "", "error": ""})
        return done + Counter(requests=1)
    bill = billing.bill_of(channel, config, gates.message_of(batch), recipients)
    until = ctx.clock.system_now() + LEASE
    store_outbox.attempt(ctx, one, [r.uid for r in recipients], bill=bill, until=until)
    request = SendRequest(
        request_id=one.request_id,
        attempt=one.attempts + 1,
        brand_id=one.brand_id,
        campaign_id=batch["campaign_id"],
        origin=batch["origin"],
        at=ctx.now,
        system_at=ctx.clock.system_now(),
        recipients=tuple(recipients),
    )
    return _Prepared(channel, config, rules, batch, request, done)


def _kept_back(ctx: Ctx, rules: Rules, one: Claim, left: Mapping[int, str]) -> Counter[str]:
    """Take people out whom the room that ordered the message keeps back; of an unclear attempt nobody knows."""
    state = "unknown" if one.repeated else "suppressed"
    reasons = dict.fromkeys(left, "stopped.while_unclear") if one.repeated else left
    if not one.repeated:
        gates.give_back(ctx, rules, list(left))
    store.add_exceptions(ctx, one.batch_id, one.source, state, reasons)
    return Counter({state: len(left)})


def _waits(ctx: Ctx, rules: Rules, batch: Batch, one: Claim) -> Counter[str] | None:
    """Put the request off while the hour is quiet, or a higher priority is served from the same budget."""
    quiet = (rules.quiet_hours, rules.channel.rest_hours) if rules.counted else ()
    free_at = max((logic.next_allowed(ctx.now, ctx.zone, hours) for hours in quiet), default=ctx.now)
    if free_at <= ctx.now:
        return _gives_way(ctx, rules, batch, one)
    store_outbox.put_off(ctx, one, {"uids": list(one.uids), "not_before": free_at, "retry_at": ctx.clock.system_now()})
    return Counter(requests=1, put_off=1)


def _gives_way(ctx: Ctx, rules: Rules, batch: Batch, one: Claim) -> Counter[str] | None:
    """Put the request off while marketing of a higher priority is due that counts in the same budget."""
    if not rules.counted or rules.frequency is None or batch["origin"] == "replay":
        return None
    rivals = [kind.key for kind in channels if kind.channel_class == rules.channel.channel_class]
    if not store_outbox.preferred(ctx, batch["priority"], rivals):
        return None
    again = {"not_before": one.not_before, "retry_at": ctx.clock.system_now() + GIVES_WAY, "error": store_outbox.WAITS}
    store_outbox.put_off(ctx, one, {"uids": list(one.uids), **again})
    return Counter(requests=1, put_off=1)


def _turn(ctx: Ctx, batch: Batch, one: Claim) -> float | None:
    """Reserve the request's turn at its provider; return the seconds until it, None when it was put off.

    All senders of all machines reserve from one bucket for each account (without an account: for each brand).
    """
    channel, config = planning.channel_of(batch["channel"], batch["config"])
    wait_s = turn_s(ctx, channel, config, len(one.uids))
    if wait_s <= TURN_WITHIN_S:
        return wait_s
    retry_at = ctx.clock.system_now() + timedelta(seconds=wait_s - TURN_WITHIN_S / 2)
    store_outbox.put_off(ctx, one, {"uids": list(one.uids), "not_before": one.not_before, "retry_at": retry_at})
    return None


def turn_s(ctx: Ctx, channel: Channel, config: BaseModel, messages: int) -> float:
    """Reserve the next turn at a channel's provider; return the seconds until it, not reserved beyond TURN_WITHIN_S."""
    account_id = billing.account_of(config)
    bucket = channel.key if account_id else f"{ctx.brand_id} {channel.key}"
    rate = channel.limits.per_second
    if account_id:
        rate = float(platforms.account(ctx, account_id).rates.get(channel.key, rate))
    if rate <= 0:
        return 0.0
    cost_s = (messages if channel.limits.counts == "messages" else 1) / rate
    return platforms.reserve_turn(ctx, account_id, bucket, cost_s, horizon_s=TURN_WITHIN_S)


def _passed(ctx: Ctx, rules: Rules, one: Claim) -> tuple[list[int], Counter[str]]:
    """Return who passes the gates; the others become exceptions.

    When an earlier attempt may have arrived, who must not be contacted any more is taken out of the request,
    but nobody knows whether that attempt reached them: they are unknown, not suppressed. Their budget is spent.
    """
    if one.repeated:
        stopped = dict.fromkeys(gates.forbidden(ctx, rules, one.uids), "stopped.while_unclear")
    else:
        stopped = gates.check(ctx, rules, one.uids)
        free = [uid for uid in one.uids if uid not in stopped]
        stopped.update(dict.fromkeys(gates.take_budget(ctx, rules, free), gates.FREQUENCY_REACHED))
    state = "unknown" if one.repeated else "suppressed"
    if stopped:
        store.add_exceptions(ctx, one.batch_id, one.source, state, stopped)
    return [uid for uid in one.uids if uid not in stopped], Counter({state: len(stopped)})


def _rendered(ctx: Ctx, prepared: _Said, one: Claim, uids: Sequence[int]) -> tuple[list[Recipient], dict[int, str]]:
    message, batch = gates.message_of(prepared.batch), prepared.batch
    texts = prepared.channel.texts(prepared.config)
    as_of = ctx.today if batch["origin"] == "replay" else None
    values = people.values(ctx, uids, template.check(message, texts), as_of)
    reached = people.addresses(ctx, uids, prepared.channel.reach)
    recipients: list[Recipient] = []
    broken: dict[int, str] = {}
    for uid in uids:
        known = {**values[uid], **links.of(one.id, uid)}
        ns, address = reached.get(uid, ("", ""))
        if prepared.channel.reach and not address:
            broken[uid] = gates.ADDRESS_MISSING
            continue
        try:
            said, more = template.render(message, known), template.render_texts(texts, known)
        except BadInput as error:
            broken[uid] = error.code
        else:
            ref = codes.write(Code(one.id, uid, "receipt"))
            recipients.append(Recipient(uid, said.title, said.body, more, address, ns, ref))
    return recipients, broken


def _call(db: Database, make_ctx: MakeCtx, one: Claim, prepared: _Prepared) -> Counter[str]:
    """Call the provider outside any transaction, then write down what came of it."""
    failure: Exception | None = None
    result = SendResult()
    try:
        result = prepared.channel.send(Outlets(db, make_ctx), prepared.config, prepared.request)
    except Exception as error:
        failure = error
    with db.tx() as tx:
        ctx, _ = _context(make_ctx, tx, one)
        if failure is None:
            outcome = _settled(ctx, one, prepared, result)
        elif isinstance(failure, NotSent):
            outcome = _not_sent(ctx, one, prepared, failure)
        else:
            outcome = _unclear(ctx, one, prepared, failure)
    return prepared.done + outcome


def _settled(ctx: Ctx, one: Claim, prepared: _Prepared, result: SendResult) -> Counter[str]:
    uids = [r.uid for r in prepared.request.recipients]
    refused = {uid: result.refused[uid] or "refused" for uid in uids if uid in result.refused}
    unknown = {uid: "no.answer" for uid in uids if uid in result.unknown and uid not in refused}
    sent = [uid for uid in uids if uid not in refused and uid not in unknown]
    state = "sent" if sent or not unknown else "unknown"
    if not store_outbox.settle(ctx, one, state, {"sent": sent, "provider_id": result.provider_id, "error": ""}):
        return Counter()  # somebody else, holding the lease after us, writes the end of this request
    _book(ctx, one, prepared, sent, result)
    store_outbox.clear_unknown(ctx, one.batch_id, [*sent, *refused])
    store.add_exceptions(ctx, one.batch_id, one.source, "failed", refused)
    store.add_exceptions(ctx, one.batch_id, one.source, "unknown", unknown)
    gates.give_back(ctx, prepared.rules, list(refused))
    _tell(ctx, prepared, sent, refused)
    return Counter(requests=1, sent=len(sent), failed=len(refused), unknown=len(unknown))


def _book(ctx: Ctx, one: Claim, prepared: _Prepared, sent: Sequence[int], result: SendResult) -> None:
    """Book what was taken; what the provider says of parts at once goes before what we counted."""
    if prepared.batch["origin"] == "replay":
        return
    bill = Bill.read(store_costs.lock_bill(ctx, one.id))  # a receipt may have come before the answer
    if result.parts:
        bill = bill.told(result.parts)
        store_costs.change_bill(ctx, one.id, bill.json())
    request = {
        "chunk_id": one.id,
        "campaign_id": prepared.batch["campaign_id"],
        "channel": prepared.channel.key,
        "account_id": billing.account_of(prepared.config),
    }
    billing.book(ctx, request, sent, bill)


def _not_sent(ctx: Ctx, one: Claim, prepared: _Prepared, error: NotSent) -> Counter[str]:
    """The provider did not take it: later again, or for good. An earlier unclear attempt stays unclear."""
    uids = [r.uid for r in prepared.request.recipients]
    last = error.final or prepared.request.attempt >= MAX_ATTEMPTS
    if one.repeated:
        return _settled_unknown(ctx, one, "no.answer", uids) if last else _again(ctx, one, prepared, error.reason)
    gates.give_back(ctx, prepared.rules, uids)
    if not last:
        again = {"not_before": one.not_before, "retry_at": _later(ctx, prepared), "error": error.reason}
        store_outbox.put_off(ctx, one, {"uids": uids, **again})
        return Counter(requests=1, put_off=1)
    if not store_outbox.settle(ctx, one, "failed", {"sent": [], "provider_id": "", "error": error.reason}):
        return Counter()
    refused = dict.fromkeys(uids, error.reason[:200])
    store.add_exceptions(ctx, one.batch_id, one.source, "failed", refused)
    _tell(ctx, prepared, [], refused)
    return Counter(requests=1, failed=len(uids))


def _unclear(ctx: Ctx, one: Claim, prepared: _Prepared, error: Exception) -> Counter[str]:
    """It may have been taken: repeat under the same id where the channel has one, else list everybody."""
    log.warning("request_unclear", request=one.request_id, error=type(error).__name__)
    if prepared.channel.dedupe == "key" and prepared.request.attempt < MAX_ATTEMPTS:
        return _again(ctx, one, prepared, f"{type(error).__name__}: {error}")
    return _settled_unknown(ctx, one, "no.answer", [r.uid for r in prepared.request.recipients])


def _again(ctx: Ctx, one: Claim, prepared: _Prepared, error: str) -> Counter[str]:
    store_outbox.left_unclear(ctx, one, error, _later(ctx, prepared))
    return Counter(requests=1, put_off=1)


def _settled_unknown(ctx: Ctx, one: Claim, reason: str, uids: Sequence[int] | None = None) -> Counter[str]:
    listed = list(one.uids if uids is None else uids)
    if not store_outbox.settle(ctx, one, "unknown", {"sent": [], "provider_id": "", "error": reason}):
        return Counter()
    store.add_exceptions(ctx, one.batch_id, one.source, "unknown", dict.fromkeys(listed, reason))
    return Counter(requests=1, unknown=len(listed))


def _not_prepared(ctx: Ctx, one: Claim, error: str) -> Counter[str]:
    """Try a request later that could not be prepared: nothing was attempted now."""
    retry_at = ctx.clock.system_now() + timedelta(minutes=5)
    if one.repeated:
        store_outbox.left_unclear(ctx, one, error, retry_at)
    else:
        store_outbox.put_off(
            ctx, one, {"uids": list(one.uids), "not_before": one.not_before, "retry_at": retry_at, "error": error[:500]}
        )
    return Counter(requests=1, put_off=1)


def _later(ctx: Ctx, prepared: _Prepared) -> datetime:
    return ctx.clock.system_now() + timedelta(seconds=min(600, 2**prepared.request.attempt))


def _tell(ctx: Ctx, prepared: _Prepared, sent: Sequence[int], failed: Mapping[int, str]) -> None:
    """Emit what became of each person's message; a replay's events are of origin replay and trigger nothing."""
    events = [_event(ctx, prepared, uid, "message.sent", {}) for uid in sent]
    events += [_event(ctx, prepared, uid, "message.failed", {"reason": why}) for uid, why in failed.items()]
    if not events:
        return
    event_log.append(ctx, events)
    suids = {event.id: event.suid for event in events if event.suid is not None}
    places = store_outbox.places_in_log(ctx, list(suids))
    event_log.assign_suids(ctx, {places[event_id]: suid for event_id, suid in suids.items()})


def _event(ctx: Ctx, prepared: _Prepared, uid: int, event_type: str, props: Mapping[str, str]) -> Event:
    request = prepared.request
    message_id = f"{request.request_id}:{uid}"
    told = {
        "message_id": message_id,
        "channel": prepared.channel.key,
        "campaign_id": request.campaign_id,
        "node": prepared.batch["node"],
        **props,
    }
    return Event(
        id=new_id(),
        brand_id=request.brand_id,
        type=event_type,
        source="channels",
        source_id=f"{event_type}:{message_id}",
        occurred_at=request.at,
        recorded_at=ctx.clock.system_now(),
        business_on=business_day(request.at, ctx.zone),
        origin=request.origin,
        props=dictionary.get(event_type).model_validate(told).model_dump(mode="json"),
        suid=uid,
    )
