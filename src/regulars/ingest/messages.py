"""Segment's public message shapes, and how their events are called here. Pure; no store, no clock.

Source: segment.com/docs/connections/spec (common fields, track, identify, page, group, alias) and its e-commerce spec.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from regulars.core.event import Identifier, dictionary
from regulars.core.ids import id_for
from regulars.core.money import fen_half_up
from regulars.ingest.body import check_json, check_shape
from regulars.ingest.contract import identifier_scope
from regulars.ingest.facts import CUSTOM, Draft, Refused, scope_of

MessageType = Literal["track", "identify", "page", "group", "alias"]
MESSAGE_TYPES: tuple[MessageType, ...] = ("track", "identify", "page", "group", "alias")
LATE_AFTER = timedelta(days=1)
_TOO_MUCH = Decimal(10) ** 15
_AHEAD = timedelta(minutes=5)
_OLDEST = datetime(1970, 1, 2, tzinfo=UTC)
_RETAIL = {
    "order completed": "order.placed",
    "order placed": "order.placed",
    "order refunded": "order.refunded",
    "product added": "cart.added",
    "product viewed": "page.viewed",
    "product list viewed": "page.viewed",
}
_FORGED = ("message.", "segment.", "person.realigned", "person.erased")
"""Types that only rooms may emit: from outside they would falsify what the house knows of itself."""

_NOBODYS = ("stock.", "cash.", "item.", "group.updated", "guide.updated")


_Name = Annotated[str, msgspec.Meta(max_length=200)]
_Id = Annotated[str, msgspec.Meta(max_length=300)]


class Message(msgspec.Struct, rename="camel", forbid_unknown_fields=False):
    """One message, its fields in Segment's form; what is not named here is ignored. Times: as `_Given` reads them."""

    type: MessageType
    message_id: _Name | None = None
    user_id: _Id | None = None
    anonymous_id: _Id | None = None
    previous_id: _Id | None = None
    group_id: _Id | None = None
    event: _Name | None = None
    name: _Id | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None


_OWN_NAMES = frozenset(Message.__struct_fields__) - frozenset(Message.__struct_encode_fields__)
_read_any_time = TypeAdapter(datetime).validator.validate_python


class _Given(BaseModel):
    """A message in whatever form is still understood: numbers for text, fields under our names.

    Says what is wrong with those that are not. No validator of its own in Python: many senders' messages pass here.
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True, coerce_numbers_to_str=True)
    type: MessageType
    message_id: str | None = Field(default=None, alias="messageId", max_length=200)
    user_id: str | None = Field(default=None, alias="userId", max_length=300)
    anonymous_id: str | None = Field(default=None, alias="anonymousId", max_length=300)
    previous_id: str | None = Field(default=None, alias="previousId", max_length=300)
    group_id: str | None = Field(default=None, alias="groupId", max_length=300)
    event: str | None = Field(default=None, max_length=200)
    name: str | None = Field(default=None, max_length=300)
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    timestamp: datetime | None = None
    original_timestamp: datetime | None = Field(default=None, alias="originalTimestamp")
    sent_at: datetime | None = Field(default=None, alias="sentAt")


class Arrival(NamedTuple):
    """How a message came: for which brand, when, in which currency the brand counts, from where.

    history: from before its source was connected, so that nothing is triggered by it.
    """

    brand_id: int
    received_at: datetime
    currency: str
    source: str = "http"
    history: bool = False


def parse_message(raw: object, message_type: MessageType | None = None, *, clean: bool = False) -> Message:
    """Return a message. message_type: set by the path, None within a batch. clean: its texts are. Raises: Refused."""
    if not isinstance(raw, dict):
        raise Refused([("message", "must be a JSON object")])
    wrong = check_shape(raw) if clean else check_json(raw)
    if wrong:
        raise Refused([("message", wrong)])
    fields = {**raw, "type": message_type} if message_type else raw
    try:
        return _strict(fields) if _OWN_NAMES.isdisjoint(fields) else _loose(fields)
    except (msgspec.ValidationError, ValidationError):
        return _loose(fields)


def _strict(fields: dict[str, Any]) -> Message:
    message = msgspec.convert(fields, Message)
    if message.timestamp is not None:
        message.timestamp = _read_time(message.timestamp)
    if message.original_timestamp is not None:
        message.original_timestamp = _read_time(message.original_timestamp)
    if message.sent_at is not None:
        message.sent_at = _read_time(message.sent_at)
    return message


def _read_time(value: object) -> datetime:
    # The usual form, to the microsecond at most: finer ones are cut off, which this reader would round.
    if type(value) is str and len(value) <= 27 and value.endswith("Z"):
        return msgspec.convert(value, datetime)
    return _read_any_time(value)


def _loose(fields: dict[str, Any]) -> Message:
    try:
        given = _Given.model_validate(fields)
    except ValidationError as error:
        raise Refused([(".".join(map(str, e["loc"])) or "message", e["msg"]) for e in error.errors()[:10]]) from error
    return Message(**{name: getattr(given, name) for name in Message.__struct_fields__})


def message_key(message: Message, raw: Mapping[str, Any]) -> str:
    """Return what makes a message the same as another: its id, or its whole content when it has none."""
    if message.message_id:
        return message.message_id
    body = json.dumps({k: v for k, v in raw.items() if k != "sentAt"}, sort_keys=True, ensure_ascii=False, default=str)
    return "content-" + hashlib.sha256(f"{message.type}:{body}".encode()).hexdigest()[:40]


def translate(message: Message, key: str, arrival: Arrival) -> Draft:
    """Return the event a message stands for. Raises: Refused."""
    event_type, props = _BUILD[message.type](message, arrival)
    shop = str(props.get("shop") or (message.context or {}).get("shop") or "")[:100]
    if shop:
        props.setdefault("shop", shop)
    occurred_at = occurred(message, arrival.received_at)
    identifiers = _identifiers(message, event_type, props, (arrival.brand_id, shop))
    if not identifiers and not event_type.startswith(_NOBODYS) and not _names_somebody(event_type, props):
        raise Refused([("userId", "a message needs userId, anonymousId or another identifier")])
    late = arrival.received_at - occurred_at > LATE_AFTER
    return Draft(
        id=id_for("event", arrival.brand_id, arrival.source, key), type=event_type, source=arrival.source,
        source_id=key, occurred_at=occurred_at, props=props, identifiers=identifiers,
        origin="backfill" if arrival.history else "late" if late else "live", shop=shop,
    )  # fmt: skip


def occurred(message: Message, received_at: datetime) -> datetime:
    """Return when it happened, on our clock: the device's time corrected by what its clock was off when sending.

    A time that is still ahead of ours afterwards is taken as now. Raises: Refused before 1970.
    """
    at = message.original_timestamp or message.timestamp
    if at is None:
        return received_at
    try:
        if message.sent_at is not None:
            at = _aware(at) + (received_at - _aware(message.sent_at))
        at = _aware(at).astimezone(UTC)
    except OverflowError as error:
        raise Refused([("timestamp", "is out of range")]) from error
    if at < _OLDEST:
        raise Refused([("timestamp", "is before 1970")])
    return received_at if at > received_at + _AHEAD else at


def _aware(value: datetime) -> datetime:
    """Segment's times are ISO 8601 in UTC; one without an offset is meant so."""
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _track(message: Message, arrival: Arrival) -> tuple[str, dict[str, Any]]:
    name = (message.event or "").strip()
    if not name:
        raise Refused([("event", "a track message needs the name of its event")])
    properties = message.properties or {}
    retail = _RETAIL.get(name.lower())
    if retail is not None:
        return retail, _SEGMENT[retail](properties, arrival)
    if name.startswith(_FORGED):
        raise Refused([("event", f"{name} can only be emitted by the platform itself")])
    if name in dictionary:
        return name, dict(properties)
    slug = re.sub(r"[^0-9a-z一-鿿]+", "_", name.lower()).strip("_")[:80]
    if not slug:
        raise Refused([("event", "the name of the event holds no letters")])
    return f"{CUSTOM}{slug}", {**properties, "event_name": name}


def _identify(message: Message, _arrival: Arrival) -> tuple[str, dict[str, Any]]:
    traits = {_TRAITS.get(n, n): v for n, v in (message.traits or {}).items() if v not in (None, "")}
    first, last = traits.pop("firstName", None), traits.pop("lastName", None)
    if (first or last) and "name" not in traits:
        traits["name"] = " ".join(str(p) for p in (first, last) if p)
    address = traits.pop("address", None)
    if isinstance(address, dict):
        for ours, theirs in (("city", "city"), ("province", "state")):
            if address.get(theirs):
                traits.setdefault(ours, str(address[theirs]))
    for name in ("phone", "name", "gender", "province", "city", "birthday"):
        if isinstance(traits.get(name), int) and not isinstance(traits.get(name), bool):
            traits[name] = str(traits[name])
    return "person.identified", traits


def _page(message: Message, _arrival: Arrival) -> tuple[str, dict[str, Any]]:
    props = dict(message.properties or {})
    context = (message.context or {}).get("page")
    page = context if isinstance(context, dict) else {}
    url = str(props.pop("url", "") or page.get("url") or "")
    return "page.viewed", {
        **props,
        # Query strings carry tokens, e-mail addresses and names; reports need the page.
        "url": url.partition("?")[0].partition("#")[0],
        "page": message.name or str(props.get("path") or page.get("path") or ""),
    }


def _group(message: Message, _arrival: Arrival) -> tuple[str, dict[str, Any]]:
    if not message.group_id:
        raise Refused([("groupId", "a group message needs it")])
    return f"{CUSTOM}group", {**(message.traits or {}), "group_id": message.group_id}


def _alias(message: Message, _arrival: Arrival) -> tuple[str, dict[str, Any]]:
    if not message.previous_id or not message.user_id:
        raise Refused([("previousId" if message.user_id else "userId", "an alias message needs both ids")])
    return "person.aliased", {}


_BUILD: dict[MessageType, Callable[[Message, Arrival], tuple[str, dict[str, Any]]]] = {
    "track": _track, "identify": _identify, "page": _page, "group": _group, "alias": _alias,
}  # fmt: skip
_TRAITS = {"mobile": "phone", "phone_number": "phone", "phoneNumber": "phone", "state": "province",
           "first_name": "firstName", "last_name": "lastName"}  # fmt: skip


def _order(props: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    out = _without(props, "products", "order_id", "orderId", "total", "revenue", "value")
    out["order_id"] = str(props.get("order_id") or props.get("orderId") or "")
    out["currency"] = str(props.get("currency") or arrival.currency).upper()
    if out["currency"] != arrival.currency:
        raise Refused([("properties.currency", f"must be {arrival.currency}, the currency the brand counts in")])
    out["lines"] = [_line(p, n) for n, p in enumerate(_products(props))]
    total = next((props[n] for n in ("total", "revenue", "value") if props.get(n) is not None), None)
    out["total_fen"] = _fen(total, "total") if total is not None else sum(line["amount_fen"] for line in out["lines"])
    return out


def _refund(props: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    out = _order(props, arrival)
    refund_id = props.get("refund_id") or props.get("refundId")
    out["refund_id"] = str(refund_id or f"{out['order_id']}-refund")
    if not out["lines"]:
        # Segment's full refund names no products: it is one line of money.
        out["lines"] = [{"item_id": "-", "quantity": 1, "amount_fen": out["total_fen"]}]
    return out


def _cart(props: dict[str, Any], _arrival: Arrival) -> dict[str, Any]:
    line = _line(props, 0)
    return {**_without(props, "price", "sku", "product_id", "name"), "item_id": line["item_id"],
            "quantity": line["quantity"], "amount_fen": line["amount_fen"]}  # fmt: skip


def _viewed(props: dict[str, Any], _arrival: Arrival) -> dict[str, Any]:
    item = str(props.get("product_id") or props.get("sku") or props.get("item_id") or "")
    url = str(props.get("url") or "").partition("?")[0]
    return {**_without(props, "product_id", "sku", "url", "price"), "item_id": item, "url": url}


_SEGMENT: dict[str, Callable[[dict[str, Any], Arrival], dict[str, Any]]] = {
    "order.placed": _order, "order.refunded": _refund, "cart.added": _cart, "page.viewed": _viewed,
}  # fmt: skip


def _products(props: Mapping[str, Any]) -> list[dict[str, Any]]:
    products = props.get("products") or []
    if not isinstance(products, list) or not all(isinstance(p, dict) for p in products):
        raise Refused([("properties.products", "must be a list of objects")])
    return products


def _line(product: Mapping[str, Any], place: int) -> dict[str, Any]:
    item = product.get("product_id") or product.get("sku") or product.get("item_id") or ""
    quantity = product.get("quantity", 1)
    price = _decimal(product.get("price", 0), f"products.{place}.price")
    count = _decimal(quantity, f"products.{place}.quantity")
    return {
        "item_id": str(item), "item_name": str(product.get("name") or ""),
        "category": str(product.get("category") or ""), "quantity": quantity, "unit_price": str(price),
        "amount_fen": fen_half_up(price * count),
    }  # fmt: skip


def _fen(value: object, where: str) -> int:
    return fen_half_up(_decimal(value, where))


def _decimal(value: object, where: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Refused([(f"properties.{where}", "is not a number")]) from error
    if not number.is_finite() or abs(number) >= _TOO_MUCH:
        raise Refused([(f"properties.{where}", "is out of range")])
    return number


def _without(props: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {n: v for n, v in props.items() if n not in names}


def _identifiers(
    message: Message, event_type: str, props: Mapping[str, Any], place: tuple[int, str]
) -> tuple[Identifier, ...]:
    brand_id, shop = place
    context = message.context
    found: list[Identifier] = []
    customer_scope = identifier_scope("shop", brand_id, shop)
    if message.user_id:
        found.append(Identifier("customer_id", customer_scope, message.user_id))
    if message.anonymous_id:
        found.append(Identifier("anonymous_id", "", message.anonymous_id))
    if message.type == "alias":
        # The spec leaves open whether the earlier id was a known or an anonymous one.
        before = message.previous_id or ""
        found += [Identifier("anonymous_id", "", before), Identifier("customer_id", customer_scope, before)]
    if event_type in {"order.placed", "order.refunded"} and props.get("order_id"):
        found.append(Identifier("order", customer_scope, str(props["order_id"])))
    if context:
        found += _external(context, brand_id, shop)
        traits = context.get("traits")
        if isinstance(traits, dict):
            found += [Identifier(ns, "", str(traits[ns])) for ns in ("phone", "email") if traits.get(ns)]
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def _external(context: Mapping[str, Any], brand_id: int, shop: str) -> list[Identifier]:
    """Return Segment's context.externalIds: [{id, type}]; `within` is ours: the app in which the id is unique."""
    external = context.get("externalIds")
    found: list[Identifier] = []
    for one in external if isinstance(external, list) else []:
        ns, value = (str(one.get("type") or ""), str(one.get("id") or "")) if isinstance(one, dict) else ("", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", ns) or not value or len(value) > 300:
            raise Refused([("context.externalIds", "each needs a type (small letters) and an id")])
        found.append(Identifier(ns, str(one.get("within") or "") or scope_of(ns, brand_id, shop), value))
    return found


def _names_somebody(event_type: str, props: Mapping[str, Any]) -> bool:
    """Tell whether the payload itself will yield an identifier (a phone number, a member number)."""
    if event_type not in dictionary:
        return False
    marked = dictionary.get(event_type).pii_fields()
    return any(mark.ns and props.get(name) for name, mark in marked.items())
