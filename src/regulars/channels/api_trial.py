"""The door of looking before sending: how a message reads for a person, and messages to the team to look at.

A message to the team asks for no consent, takes nothing from anybody's budget, is counted apart, and is sent at most
once. Its address is kept encrypted until it was sent, then only masked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from regulars.channels import (
    api_templates,
    billing,
    links,
    people,
    planning,
    sender,
    store_costs,
    store_templates,
    template,
)
from regulars.channels.contract import Channel, Message, NotSent, Recipient, SendRequest, SendResult
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.ids import id_for
from regulars.core.text import Text
from regulars.core.words import reader
from regulars.infra import jobs, sealing
from regulars.infra.crypto import mask, vault
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.profiles import api as profiles
from regulars.workspace import api as workspace

SHOWN = 20
MOST = 10
"""Addresses of one test."""
MARK = Text("【测试】", "[Test] ")
"""Stands before a test's title, where the channel has one."""
_FORMS = {"phone": re.compile(r"\+?\d{6,15}"), "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")}
_ANY = re.compile(r"\S{1,128}")


@dataclass(frozen=True, slots=True)
class Said:
    """A message to be looked at: a channel's settings as stored, and its texts."""

    channel: str
    config: Mapping[str, Any]
    message: Message


@dataclass(frozen=True, slots=True)
class Shown:
    """How it reads. missing: variables without a value, which leave a gap. parts: as how many it is paid."""

    text: str
    missing: tuple[str, ...]
    parts: int
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Test:
    """A message to the team."""

    id: int
    channel: str
    masked: str
    sent_by: str
    state: str
    reason: str
    created_at: datetime
    ended_at: datetime | None


def said(channel: str, config: Mapping[str, Any], message: Message, before: Mapping[str, Any] | None = None) -> Said:
    """Return a message as it may be looked at. Raises: NotFound (channel), BadInput (settings, template)."""
    stored = planning.sealed(channel, sealing.kept(config, before or {}))
    kind, parsed = planning.channel_of(channel, stored)
    template.check(message, kind.texts(parsed))
    return Said(channel, stored, message)


def shown(ctx: Ctx, one: Said, uid: int | None) -> Shown:
    """Return how a message reads for a person; without one, each variable's name stands in its place.

    Raises: NotFound when the person is beyond the actor's scope, BadInput.
    """
    kind, config = planning.channel_of(one.channel, one.config)
    person, missing = _rendered(ctx, kind, one, uid)
    parts = kind.parts(config, person)
    return Shown(kind.preview(config, person), missing, parts, parts * kind.part_fen(config, one.message))


def _rendered(ctx: Ctx, kind: Channel, one: Said, uid: int | None) -> tuple[Recipient, tuple[str, ...]]:
    _, config = planning.channel_of(one.channel, one.config)
    texts = kind.texts(config)
    used = template.check(one.message, texts)
    missing: tuple[str, ...] = ()
    if uid is None:
        known: dict[str, Any] = {name: f"〔{words[reader.get()]}〕" for name, words in template.VARIABLES.items()}
    else:
        profiles.person(ctx, uid)
        known = people.values(ctx, [uid], used, None)[uid]
        missing = tuple(name for name in template.missing(used, known) if name not in template.LINKS)
    known |= links.sample()
    filled = template.render(one.message, known)
    person = Recipient(uid or 0, filled.title, filled.body, template.render_texts(texts, known))
    return person, missing


# --- messages to the team ---------------------------------------------------------------------------------
def ask(ctx: Ctx, one: Said, addresses: Sequence[str], uid: int | None) -> list[Test]:
    """Let a message be sent to addresses of the team, filled with a person's values (None = samples); audited.

    Needs campaigns.test. Raises: Forbidden, BadInput (addresses, a text that fails on these values), NotFound,
    Conflict (not approved).
    """
    ctx.require("campaigns.test")
    kind, _ = planning.channel_of(one.channel, one.config)
    wanted = list(dict.fromkeys(a.strip() for a in addresses if a.strip())) if kind.reach else [""]
    if not 0 < len(wanted) <= MOST:
        raise BadInput(f"A test goes to 1 to {MOST} addresses.", "Write one in each line.")
    named = [(_namespace(kind, address), address) for address in wanted]
    api_templates.check_approved(ctx, one.channel, one.config)
    _rendered(ctx, kind, one, uid)
    ids = [
        store_templates.add_test(
            ctx,
            {
                "channel": one.channel,
                "config": dict(one.config),
                "message": asdict(one.message),
                "values_uid": uid,
                "ns": ns,
                "address": vault().encrypt(address, _CONTEXT),
                "masked": mask(ns, address) if address else "",
                "sent_by": ctx.actor.name,
            },
        )
        for ns, address in named
    ]
    told = {"channel": one.channel, "tests": ids, "addresses": [mask(ns, a) for ns, a in named if a]}
    workspace.audit(ctx, "message.tested", "channel", one.channel, after=told)
    jobs.enqueue(ctx, "channels.test", {"ids": ids})
    return [one for one in recent(ctx) if one.id in ids]


_CONTEXT = "test_message"


def _namespace(kind: Channel, address: str) -> str:
    """Return of which of a channel's namespaces an address is. Raises: BadInput."""
    fitting = [ns for ns in kind.reach if _FORMS.get(ns, _ANY).fullmatch(address)]
    if kind.reach and not fitting:
        raise BadInput(
            f"This channel cannot reach {mask(kind.reach[0], address)}.",
            "It takes phone numbers, e-mail addresses or the platform's own identifiers, one in each line.",
        )
    return fitting[0] if fitting else ""


def recent(ctx: Ctx) -> list[Test]:
    """Return the brand's newest messages to the team."""
    return [Test(**row) for row in store_templates.tests(ctx, SHOWN)]


def send(db: Database, make_ctx: MakeCtx, brand_id: int, test_id: int) -> None:
    """Send one waiting test, once: one whose attempt was begun before and has no end is listed as unknown."""
    with db.tx() as tx:
        ctx = make_ctx(tx, brand_id)
        row = store_templates.take_test(tx, test_id)
        if row is None:
            store_templates.end_test(ctx, test_id, {"state": "unknown", "reason": "no.answer"})
            return
        one = Said(row["channel"], row["config"], Message(**row["message"]))
        kind, config = planning.channel_of(one.channel, one.config)
        person = _addressed(ctx, kind, one, row)
        clock, wait_s = ctx.clock, sender.turn_s(ctx, kind, config, 1)
        request = SendRequest(
            str(id_for("test", test_id)), 1, brand_id, 0, "live", ctx.now, clock.system_now(), (person,)
        )
    clock.wait(wait_s)
    outcome: dict[str, Any]
    result = SendResult()
    try:
        result = kind.send(sender.Outlets(db, make_ctx), config, request)
    except NotSent as error:
        outcome = {"state": "failed", "reason": error.reason[:200]}
    except Exception as error:
        outcome = {"state": "unknown", "reason": type(error).__name__}
    else:
        outcome = _outcome(result)
    with db.tx() as tx:
        ctx = make_ctx(tx, brand_id)
        if store_templates.end_test(ctx, test_id, outcome) and outcome["state"] == "sent":
            bill = billing.bill_of(kind, config, one.message, [person]).told(result.parts)
            parts = bill.parts_of(person.uid)
            entry = {"chunk_id": 0, "campaign_id": 0, "channel": kind.key, "account_id": billing.account_of(config)}
            sums = {"kind": "test", "messages": 1, "parts": parts, "cost_fen": parts * bill.part_fen}
            store_costs.add(ctx, {**entry, **sums})


def _addressed(ctx: Ctx, kind: Channel, one: Said, row: Mapping[str, Any]) -> Recipient:
    person, _ = _rendered(ctx, kind, one, row["values_uid"])
    address = vault().decrypt(row["address"], _CONTEXT).decode() if row["address"] else ""
    title = f"{MARK[reader.get()]}{person.title}" if person.title else ""
    return Recipient(0, title, person.body, person.texts, address, row["ns"], f"test-{row['id']}")


def _outcome(result: SendResult) -> dict[str, Any]:
    if 0 in result.refused:
        return {"state": "failed", "reason": result.refused[0][:200], "provider_id": result.provider_id}
    return {"state": "unknown" if 0 in result.unknown else "sent", "provider_id": result.provider_id}
