"""From events to rows: pure, so that an event that cannot be taken is found before anything is written."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from regulars.core.errors import BadInput
from regulars.core.event import Event, dictionary
from regulars.core.events.order import OrderLine, OrderPlaced, OrderRefunded
from regulars.ingest import api as ingest
from regulars.profiles.contract import AttributeFact, ConsentFact, MembershipFact
from regulars.profiles.store.lines import LINES

BOOKKEEPING = frozenset({"journey.ended", "segment.changed", "person.realigned", "person.erased"})
"""Events of the house itself; nobody did anything, so they are no rows of the lake."""

EVENTS = pa.schema(
    [
        ("brand_id", pa.uint16()),
        ("type", pa.string()),
        ("business_on", pa.date32()),
        ("suid", pa.uint32()),
        ("occurred_at", pa.timestamp("ms", tz="UTC")),
        ("event_id", pa.string()),
        ("recorded_at", pa.timestamp("ms", tz="UTC")),
        ("origin", pa.string()),
        ("source", pa.string()),
        ("source_id", pa.string()),
        ("shop", pa.string()),
        ("item_id", pa.string()),
        ("category", pa.string()),
        ("amount_fen", pa.int64()),
        ("quantity", pa.int64()),
        ("props", pa.string()),
    ]
)


@dataclass(slots=True)
class Facts:
    """What a brand's events say. lines: complete documents, the last word on each; None when there are none."""

    lines: pa.Table | None = None
    attributes: list[AttributeFact] = field(default_factory=list[AttributeFact])
    memberships: list[MembershipFact] = field(default_factory=list[MembershipFact])
    consents: list[ConsentFact] = field(default_factory=list[ConsentFact])


def events_table(events: Iterable[Event]) -> pa.Table:
    """Return the rows of the lake's `events`.

    Left out of the props: lines of orders, which have a table, and what is sealed, which is personal.
    """
    rows = [_event_row(e) for e in events if e.type not in BOOKKEEPING]
    return pa.Table.from_pylist(rows, schema=EVENTS)


def _event_row(event: Event) -> dict[str, Any]:
    props = dict(event.props)
    lines: list[Mapping[str, Any]] = props.pop("lines", [])
    props.pop("sealed", None)
    return {
        "brand_id": event.brand_id,
        "type": event.type,
        "business_on": event.business_on,
        "suid": event.suid or 0,
        "occurred_at": event.occurred_at,
        "event_id": str(event.id),
        "recorded_at": event.recorded_at,
        "origin": event.origin,
        "source": event.source,
        "source_id": event.source_id,
        "shop": props.get("shop", ""),
        "item_id": props.get("item_id", ""),
        "category": props.get("category", ""),
        "amount_fen": props.get("amount_fen", props.get("total_fen", 0)),
        "quantity": props.get("quantity", sum(line["quantity"] for line in lines)),
        "props": json.dumps(props, ensure_ascii=False, separators=(",", ":")),
    }


def facts_of(events: Sequence[Event]) -> Facts:
    """Return what one brand's events say, in order of the log. Raises BadInput."""
    facts = Facts()
    documents: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for event in events:
        match event.type:
            case "order.placed" | "order.refunded" | "stock.adjusted" | "cash.adjusted":
                _take_document(event, documents)
            case "person.identified":
                facts.attributes += _attributes(event)
            case "person.tagged":
                facts.attributes.append(_tagged(event))
            case "member.joined":
                facts.memberships.append(_membership(event))
            case "consent.changed":
                facts.consents.append(_consent(event))
            case _:
                pass
    if documents:
        rows = [row for lines in documents.values() for row in lines]
        facts.lines = pa.Table.from_pylist(rows, schema=LINES)
    return facts


def _take_document(event: Event, documents: dict[tuple[str, str, str], list[dict[str, Any]]]) -> None:
    payload = dictionary.get(event.type).model_validate(event.props)
    if isinstance(payload, OrderPlaced):
        lines = [_line(event, payload, n, line) for n, line in enumerate(payload.lines, 1)]
        documents[payload.shop, "sale", payload.order_id] = lines
    elif isinstance(payload, OrderRefunded):
        lines = [_line(event, payload, n, line) for n, line in enumerate(payload.lines, 1)]
        documents[payload.shop, "refund", payload.refund_id] = lines
    else:
        row = _adjustment(event)
        documents[row["shop"], row["kind"], f"{row['document_id']}/{row['ordinal']}"] = [row]


def _line(event: Event, payload: OrderPlaced | OrderRefunded, ordinal: int, line: OrderLine) -> dict[str, Any]:
    refund = isinstance(payload, OrderRefunded)
    sign = -1 if refund else 1
    return {
        **_where(event, payload.shop),
        "suid": _somebody(event),
        "document_id": payload.refund_id if refund else payload.order_id,
        "ordinal": ordinal,
        "kind": "refund" if refund else "sale",
        "item_id": line.item_id,
        "item_name": line.item_name,
        "category": line.category,
        "quantity": sign * line.quantity,
        "unit_price": round(line.unit_price, 4),
        "amount_fen": sign * line.amount_fen,
        "currency": payload.currency,
        "store": payload.store,
        "region": payload.region,
        "refund_of": payload.order_id if refund else "",
    }


def _adjustment(event: Event) -> dict[str, Any]:
    """A line that belongs to nobody. Several items under one document are told apart by the item's number."""
    props = event.props
    item_id = props.get("item_id", "")
    return {
        **_where(event, props.get("shop", "")),
        "suid": 0,
        "document_id": props["document_id"],
        "ordinal": zlib.crc32(item_id.encode()) if item_id else 1,
        "kind": event.type.partition(".")[0],
        "item_id": item_id,
        "item_name": "",
        "category": "",
        "quantity": props.get("quantity", 0),
        "unit_price": 0,
        "amount_fen": props.get("amount_fen", 0),
        "currency": props.get("currency"),
        "store": "",
        "region": "",
        "refund_of": "",
    }


def _where(event: Event, shop: str) -> dict[str, Any]:
    return {
        "shop": shop,
        "occurred_at": event.occurred_at,
        "business_on": event.business_on,
        "origin": event.origin,
        "batch_id": event.source,
    }


def _somebody(event: Event) -> int:
    if not event.suid:
        raise BadInput(
            f"The {event.type} event {event.source_id} names nobody.",
            "Send an identifier with it, if only the order's.",
        )
    return event.suid


_COARSE = ("gender", "province", "city", "cell", "birth_md")


def _attributes(event: Event) -> list[AttributeFact]:
    suid = _somebody(event)
    known = {key: event.props[key] for key in _COARSE if event.props.get(key)} | ingest.unseal(event)
    return [AttributeFact(suid, k, str(v), event.occurred_at, event.business_on) for k, v in sorted(known.items())]


def _tagged(event: Event) -> AttributeFact:
    props = event.props
    return AttributeFact(_somebody(event), f"tag:{props['tag']}", props["value"], event.occurred_at, event.business_on)


def _membership(event: Event) -> MembershipFact:
    props = event.props
    return MembershipFact(
        _somebody(event), event.occurred_at, event.business_on,
        props.get("shop", ""), props.get("store", ""), props.get("channel", ""),
    )  # fmt: skip


def _consent(event: Event) -> ConsentFact:
    props = event.props
    return ConsentFact(
        _somebody(event), props["channel"], props["purpose"], props["state"], event.occurred_at, event.business_on,
        props.get("basis", ""), f"{event.source}:{event.source_id}",
    )  # fmt: skip
