"""The door of what comes back: providers' receipts, links that are opened, opt-outs, and asking what is not known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from regulars.channels import api, codes, people, planning, receipts, store_receipts
from regulars.channels.codes import Code
from regulars.channels.contract import PlatformChannel, Receipt, Receipts, Recipient, Sent
from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound, RegularsError
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.platforms import api as platforms
from regulars.platforms.contract import Incoming

log = structlog.get_logger()
ASK_FOR = timedelta(days=3)
"""Providers keep what became of a message about this long."""
ASK_AT_ONCE = 200
_MACHINE = re.compile(
    r"bot|crawl|spider|preview|facebookexternalhit|slurp|curl|wget|python-|okhttp|scanner|monitor|headless",
    re.IGNORECASE,
)
"""Programs that open links nobody clicked: previews of messengers, checks of mail gateways."""


# --- receipts ---------------------------------------------------------------------------------------------
def receive(db: Database, make_ctx: MakeCtx, hook: str, message: Incoming) -> Receipts:
    """Take a provider's message about sent ones; what it says is committed before it is answered. Raises: NotFound.

    Each channel of the account's platform looks whether it can read it; a wrong signature is refused by whoever can.
    """
    with db.tx() as tx:
        account = platforms.account_at(make_ctx(tx, 0), hook)
        clock = make_ctx(tx, account.brand_id).clock
    session = platforms.open_session(db, clock, account.id)
    read = Receipts()
    for kind in api.channel_kinds():
        if issubclass(kind, PlatformChannel) and kind.platform == account.platform:
            read = kind().receipts(session, message)
            if read.items or read.answer:
                break
    with db.tx() as tx:
        receipts.apply(make_ctx(tx, account.brand_id), read.items)
    return read


def ask(db: Database, make_ctx: MakeCtx, brand_id: int) -> int:
    """Ask providers what became of requests whose end is not known; return how many receipts came.

    Also the way by which channels without pushed receipts learn what was done.
    """
    asked = [
        kind.key
        for kind in api.channel_kinds()
        if issubclass(kind, PlatformChannel) and kind.ask is not PlatformChannel.ask
    ]
    with db.tx() as tx:
        ctx = make_ctx(tx, brand_id)
        rows = store_receipts.to_ask(ctx.tx, asked, ctx.now - ASK_FOR, ASK_AT_ONCE)
        waiting = [(row, _sent(ctx, row)) for row in rows if row["brand_id"] == brand_id or not brand_id]
        clock = ctx.clock
    came = 0
    for row, sent in waiting:
        came += _asked(db, make_ctx, row, sent, clock)
    return came


def _asked(db: Database, make_ctx: MakeCtx, row: Mapping[str, Any], sent: Sent, clock: Any) -> int:  # noqa: ANN401 - Clock
    channel, config = planning.channel_of(row["channel"], row["config"])
    if not isinstance(channel, PlatformChannel):
        return 0
    try:
        session = platforms.open_session(db, clock, config.account_id)  # pyright: ignore[reportAttributeAccessIssue] - AccountConfig
        found = platforms.run(lambda: channel.ask(session, config, [sent]))
    except RegularsError as error:
        log.warning("provider_not_asked", channel=channel.key, request=sent.request_id, code=error.code)
        return 0
    with db.tx() as tx:
        return receipts.apply(make_ctx(tx, row["brand_id"]), found)


def _sent(ctx: Ctx, row: Mapping[str, Any]) -> Sent:
    channel, _ = planning.channel_of(row["channel"], row["config"])
    reached = people.addresses(ctx.for_brand(row["brand_id"]), row["uids"], channel.reach)
    recipients = tuple(
        Recipient(uid, "", "", address=reached.get(uid, ("", ""))[1], ns=reached.get(uid, ("", ""))[0],
                  ref=codes.write(Code(row["id"], uid, "receipt")))
        for uid in row["uids"]
    )  # fmt: skip
    return Sent(row["request_id"], row["provider_id"], row["settled_at"], recipients)


# --- links ------------------------------------------------------------------------------------------------
def opened(ctx: Ctx, text: str, *, agent: str, looked_ahead: bool) -> str:
    """Return where a link leads, and count who opened it. agent: the program's name for itself. Raises: NotFound."""
    code, message = _code(ctx, text, "link")
    if looked_ahead or _MACHINE.search(agent) or not agent:
        machine = {"state": "machine", "reason": agent[:80], "at": ctx.now}
        store_receipts.write(ctx, code.chunk_id, code.uid, machine)
    elif message["origin"] != "replay":
        own = ctx.for_brand(message["brand_id"])
        receipts.write(own, message, code.uid, Receipt("clicked", ctx.now))
    return str(message["message"]["link"])


def is_stop(text: str) -> bool:
    """Tell whether a code is one to opt out."""
    code = codes.read(text)
    return code is not None and code.purpose == "stop"


def stop_asked(ctx: Ctx, text: str) -> str:
    """Return the channel that an opt-out link is about; nothing is changed. Raises: NotFound."""
    _, message = _code(ctx, text, "stop")
    return str(message["channel"])


def stopped(ctx: Ctx, text: str) -> None:
    """Opt the person of a link out of its channel's marketing. Raises: NotFound."""
    code, message = _code(ctx, text, "stop")
    receipts.write(ctx.for_brand(message["brand_id"]), message, code.uid, Receipt("opted_out", ctx.now), stop=True)


def _code(ctx: Ctx, text: str, purpose: str) -> tuple[Code, dict[str, Any]]:
    code = codes.read(text)
    message = store_receipts.message(ctx.tx, code.chunk_id) if code and code.purpose == purpose else None
    if code is None or message is None or (purpose == "link" and not message["message"].get("link")):
        raise NotFound("This link is not known.", "It may be cut short; open it from the message again.")
    return code, message
