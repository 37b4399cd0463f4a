"""The door of tills: know who stands there, let them join, take what was sold and given back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, Forbidden, NotFound
from regulars.identity import api as identity
from regulars.infra.crypto import normalise, vault
from regulars.ingest import api as ingest
from regulars.profiles import api_glance
from regulars.tags import api as tags
from regulars.tills import codes
from regulars.tills.codes import Code
from regulars.tills.contract import Card, Document, Joining, NamedBy
from regulars.workspace import api as workspace

__all__ = ["Code", "code_for", "hand_in", "join", "look_up", "show_tags", "shown_tags", "store_of"]

_TAGS = "tills.tags"
_MADE_DIGITS = 16


def store_of(ctx: Ctx, given: str = "") -> str:
    """Return the store a till stands in: its key's, or the one given. Raises: BadInput, Forbidden."""
    bound = ctx.scope.stores
    store = given.strip() or (next(iter(bound)) if bound is not None and len(bound) == 1 else "")
    if not store:
        raise BadInput("It is not said in which store the till stands.", "Bind its key to the store, or send `store`.")
    if bound is not None and store not in bound:
        raise Forbidden("This key belongs to another store.", "Use a key of this store.", code="till.other_store")
    return store


# --- who stands there -------------------------------------------------------------------------------------
def look_up(ctx: Ctx, by: NamedBy, value: str) -> Card | None:
    """Return what a till is shown of whom a phone number, member number or code names; None: nobody of the brand."""
    uid = _uid_of(ctx, by, value.strip())
    return None if uid is None else _card(ctx, uid)


def _uid_of(ctx: Ctx, by: NamedBy, value: str) -> int | None:
    if by == "code":
        found = codes.uid_of(ctx.brand_id, value, ctx.clock.system_now())
        return None if found is None else identity.uid_of(ctx, [found])[found]
    return identity.find(ctx, by, identity.scope_of(ctx, by), value)


def _card(ctx: Ctx, uid: int) -> Card | None:
    seen = api_glance.glance(ctx, uid)
    if seen is None:
        return None
    known = identity.identifiers(ctx, uid)
    return Card(
        member_no=_number(ctx, known),
        name=seen.name,
        phone=next((one.masked for one in known if one.ns == "phone"), ""),
        joined_on=seen.member_since_on,
        last_order_on=seen.last_order_on,
        tags=tuple(_tags(ctx, uid)),
    )


def _number(ctx: Ctx, known: Iterable[identity.KnownIdentifier]) -> str:
    """Return the brand's member number among identifiers; member numbers are not masked."""
    scope = identity.scope_of(ctx, "member_no")
    return next((one.masked for one in known if one.ns == "member_no" and one.scope == scope), "")


def _tags(ctx: Ctx, uid: int) -> Iterable[tuple[str, str]]:
    shown = shown_tags(ctx)
    if not shown:
        return []
    # These tags are meant for whoever stands at any till of the brand, so that a store's reach does not bound them.
    everywhere = replace(ctx, scope=replace(ctx.scope, stores=None))
    return ((tag.name, tag.label) for tag in tags.of_person(everywhere, uid, only=shown))


def code_for(ctx: Ctx, by: NamedBy, value: str) -> Code:
    """Return the code that a member shows at a till for the next minute. Raises NotFound: no member of the brand."""
    uid = _uid_of(ctx, by, value.strip())
    if uid is None or not _number(ctx, identity.identifiers(ctx, uid)):
        raise NotFound("This is no member of the brand.", "A code is for members; let them join first.")
    return codes.made(ctx.brand_id, uid, ctx.clock.system_now())


def shown_tags(ctx: Ctx) -> list[int]:
    """Return the tags that tills are shown."""
    return list(workspace.setting(ctx, _TAGS, []))


def show_tags(ctx: Ctx, chosen: Iterable[int]) -> list[int]:
    """Choose the tags that tills are shown. Audited. Raises TagNotFound."""
    ids = sorted({tags.get(ctx, one).id for one in chosen})
    workspace.set_setting(ctx, _TAGS, ids)
    return ids


# --- joining ----------------------------------------------------------------------------------------------
def join(ctx: Ctx, store: str, one: Joining) -> tuple[str, bool]:
    """Let somebody join; return the member number, and whether they are new.

    Who is a member already keeps the number; what they told and agreed to now is taken. The same joining again
    changes nothing. Raises: BadInput, Conflict (another's number), Busy, NoRoom.
    """
    ingest.admit(ctx)
    number, is_new = _number_for(ctx, one)
    at = one.occurred_at.isoformat()
    named = {"externalIds": [{"type": "phone", "id": one.phone}, {"type": "member_no", "id": number}], "shop": store}
    about = {name: value for name, value in (one.about or {}).items() if value}

    def one_of(part: str, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return {"type": "track", "messageId": f"{part}:{number}:{at}", "timestamp": at, "context": named, **rest}

    messages = [one_of("identified", type="identify", traits={**about, "phone": one.phone})]
    if is_new:
        told = {"member_no": number, "store": store, "channel": "till"}
        messages.append(one_of("joined", event="member.joined", properties=told))
    for channel in dict.fromkeys(one.consents):
        granted = {"channel": channel, "purpose": "marketing", "state": "granted", "basis": one.basis}
        messages.append(one_of(f"consent:{channel}", event="consent.changed", properties=granted))
    _deliver(ctx, store, messages)
    return number, is_new


def _number_for(ctx: Ctx, one: Joining) -> tuple[str, bool]:
    phone = identity.find(ctx, "phone", identity.scope_of(ctx, "phone"), one.phone)
    own = _number(ctx, identity.identifiers(ctx, phone)) if phone is not None else ""
    if own:
        if one.member_no and one.member_no != own:
            raise Conflict("This phone number belongs to a member with another number.", "Look the member up first.")
        return own, False
    if one.member_no:
        holder = identity.find(ctx, "member_no", identity.scope_of(ctx, "member_no"), one.member_no)
        if holder is not None and holder != phone:
            raise Conflict(
                "This member number belongs to somebody else.", "Take another card.", code="till.number_taken"
            )
        return one.member_no, True
    # From the phone number: two tills that let the same person join at once give the same number.
    index = vault().blind_index("till_member", str(ctx.brand_id), normalise("phone", one.phone))
    return f"{int(index, 16) % 10**_MADE_DIGITS:0{_MADE_DIGITS}d}", True


# --- what was sold ----------------------------------------------------------------------------------------
def hand_in(ctx: Ctx, store: str, one: Document) -> bool:
    """Take a sale or goods given back; tell whether it is new. The same again changes nothing.

    A sale of the same number and another content replaces the first. Raises: BadInput, Busy, NoRoom.
    """
    ingest.admit(ctx)
    total = sum(int(line["amount_fen"]) for line in one.lines)
    if total != one.total_fen:
        raise BadInput(f"The lines come to {total}, the document to {one.total_fen}.", "Both are in minor units.")
    number = {"sale": {"order_id": one.document_id}, "refund": {"refund_id": one.document_id, "order_id": one.of_order}}
    props = {**number[one.kind], "shop": store, "store": store, "currency": ctx.currency, "total_fen": one.total_fen,
             "lines": [dict(line) for line in one.lines]}  # fmt: skip
    # A document names at least itself: a sale to a stranger is somebody's, who may turn out to be known.
    names = {"phone": one.phone, "member_no": one.member_no, "order": one.of_order or one.document_id}
    named = [{"type": ns, "id": value} for ns, value in names.items() if value]
    at = one.occurred_at.isoformat()
    sent = {
        "type": "track",
        "event": {"sale": "order.placed", "refund": "order.refunded"}[one.kind],
        "messageId": f"{one.kind}:{one.document_id}:{_digest([props, named, at])}",
        "timestamp": at,
        "properties": props,
        "context": {"shop": store, "externalIds": named},
    }
    return bool(_deliver(ctx, store, [sent]))


def _deliver(ctx: Ctx, store: str, messages: list[dict[str, Any]]) -> int:
    """Write what a till says; return how much of it is new. Nothing is kept to be fixed: the till is told at once."""
    done = ingest.accept(ctx, ingest.Delivery(messages, source=f"till:{store}"))
    if done.quarantined:
        raise BadInput(f"It cannot be taken: {done.reasons[0].partition(': ')[2]}", "Correct it and send it again.")
    return done.accepted


def _digest(said: Mapping[str, Any] | list[Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
