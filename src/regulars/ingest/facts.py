"""From what somebody says happened to an event of the dictionary: checked, and with all that is personal taken out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Annotated, Any, ClassVar, NamedTuple
from uuid import UUID

import msgspec
from annotated_types import Gt, MaxLen, MinLen
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from regulars.core import events as dictionary_files
from regulars.core.clock import business_day
from regulars.core.event import Event, Identifier, Origin, Payload, Pii, dictionary
from regulars.core.text import Text
from regulars.infra.crypto import vault
from regulars.ingest.contract import ScopeKind, identifier_scope

SEALED = "sealed"
"""Prop that holds personal attributes, encrypted; only `unseal` opens it."""
CUSTOM = "track."
"""Begin of the types of events that are not in the dictionary; their props are taken as they come."""
_SCOPES: dict[str, ScopeKind] = {"member_no": "brand", "customer_id": "shop", "order": "shop", "ouid": "shop"}
_PERSONAL_NAMES = frozenset({
    "firstname", "lastname", "first_name", "last_name", "fullname", "full_name", "nickname",
    "username", "title", "avatar", "address", "street", "postalcode", "postal_code", "zip",
    "id_card", "idcard", "id_number", "passport", "wechat", "weixin", "qq", "ip", "receiver",
    "receiver_name", "receiver_phone", "receiver_address", "mobile", "telephone", "tel", "姓名",
    "手机", "手机号", "电话", "地址", "收货人", "收货地址", "身份证",
})  # fmt: skip
_PERSONAL_VALUE = re.compile(
    r"[^\s@]+@[^\s@]+\.[a-zA-Z]{2,}|(?<!\d)(?:\+?86[- ]?)?1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)"
)
_DEPTH = 6


class _Nothing:
    """The type that no JSON value has."""


_RESERVED: dict[str, type] = {
    "shop": str, "item_id": str, "category": str, "quantity": int, "amount_fen": int, "total_fen": int,
    "birth_md": int, "lines": _Nothing, SEALED: _Nothing,
}  # fmt: skip
"""Props that the lake writer reads from any event, with the types it expects."""
_JSON = frozenset({str, int, float, bool, type(None), dict, list})
KNOWN_NOUNS = tuple(dictionary_files.__all__)
"""Files of the dictionary; importing them fills it."""


class Tracked(Payload):
    """An event of a type that the dictionary does not know; kept for counting, with whatever it holds."""

    type: ClassVar[str] = "track"
    title: ClassVar[Text] = Text("自定义事件", "Custom event")


class Draft(NamedTuple):
    """What is said to have happened. props: JSON-safe, may still hold personal values."""

    id: UUID
    type: str
    source: str
    source_id: str
    occurred_at: datetime
    props: Mapping[str, Any]
    identifiers: tuple[Identifier, ...] = ()
    origin: Origin = "live"
    shop: str = ""


class Fact(NamedTuple):
    """An event without personal values, and the identifiers that go to the vault; the event's own are still empty."""

    event: Event
    identifiers: tuple[Identifier, ...] = ()


class Refused(Exception):
    """The draft is no valid fact. reasons: field and what is wrong with it, never the value."""

    def __init__(self, reasons: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{f}: {w}" for f, w in reasons))
        self.reasons = reasons


def payload_class(event_type: str) -> type[Payload] | None:
    """Return the class that checks an event type; custom types have the loose one."""
    if event_type in dictionary:
        return dictionary.get(event_type)
    return Tracked if event_type.startswith(CUSTOM) and len(event_type) <= 100 else None


class Shape(NamedTuple):
    """What is known of a payload class. marks: of the personal fields. plain: takes the props that stay as they are."""

    cls: type[Payload]
    fields: frozenset[str]
    marks: dict[str, Pii]
    defaults: dict[str, Any]
    plain: type[msgspec.Struct] | None


@cache
def shape_of(cls: type[Payload]) -> Shape:
    """Return what is known of a payload class."""
    fields = cls.model_fields
    kinds = {n: _plain_type(f) for n, f in fields.items()}
    plain = None
    if None not in kinds.values() and not cls.__pydantic_decorators__.field_validators:
        members = [(n, kind) if fields[n].is_required() else (n, kind, fields[n].default) for n, kind in kinds.items()]
        plain = msgspec.defstruct(cls.__name__, members, kw_only=True)
    defaults = {n: f.default for n, f in fields.items() if not f.is_required() and f.default != ""}
    return Shape(cls, frozenset(fields), cls.pii_fields(), defaults, plain)


def _plain_type(field: FieldInfo) -> Any:  # noqa: ANN401 - a type
    """Return the type whose values a field takes and gives back unchanged; None when only the class can tell."""
    kind: Any = field.annotation
    if kind not in (str, int):
        return None
    bounds: dict[str, Any] = {}
    for mark in field.metadata:
        match mark:
            case MinLen():
                bounds["min_length"] = mark.min_length
            case MaxLen():
                bounds["max_length"] = mark.max_length
            case Gt():
                bounds["gt"] = mark.gt
            case Pii() | str():
                pass
            case _:
                return None
    return Annotated[kind, msgspec.Meta(**bounds)]


def checked(shape: Shape, props: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the props as the dictionary gives them back: read, with defaults, JSON-safe. Raises: Refused."""
    # What a file's cells came to may be of other types still, which only the class brings into JSON.
    if shape.plain is not None and _JSON.issuperset(map(type, props.values())):
        try:
            msgspec.convert(props, shape.plain)
        except msgspec.ValidationError:
            pass
        else:
            return {**shape.defaults, **props}
    return _read(shape.cls, props)


def _read(cls: type[Payload], props: Mapping[str, Any]) -> dict[str, Any]:
    try:
        payload = cls.model_validate(dict(props))
    except ValidationError as error:
        raise Refused(
            [(".".join(map(str, e["loc"])) or "properties", e["msg"]) for e in error.errors()[:10]]
        ) from error
    given = payload.model_fields_set
    return {n: v for n, v in payload.model_dump(mode="json").items() if v != "" or n in given}


def settle(draft: Draft, *, brand_id: int, zone: str, recorded_at: datetime) -> Fact:
    """Check a draft by the dictionary and take out what is personal.

    Fields marked as identifiers leave the props and become identifiers; other personal fields, and extras that
    look personal, are encrypted into `sealed`. Raises: Refused.
    """
    cls = payload_class(draft.type)
    if cls is None:
        raise Refused([("type", f"the event type {draft.type[:60]!r} is not in the dictionary")])
    shape = shape_of(cls)
    props, sealed, identifiers = _taken_apart(shape, checked(shape, draft.props), draft, brand_id)
    if sealed:
        text = json.dumps(sealed, ensure_ascii=False)
        props[SEALED] = base64.b64encode(vault().encrypt(text, _context(draft.id))).decode()
    event = Event(
        id=draft.id, brand_id=brand_id, type=draft.type, source=draft.source, source_id=draft.source_id,
        occurred_at=draft.occurred_at, recorded_at=recorded_at, business_on=business_day(draft.occurred_at, zone),
        origin=draft.origin, props=props,
    )  # fmt: skip
    return Fact(event, tuple(dict.fromkeys((*draft.identifiers, *identifiers))) if identifiers else draft.identifiers)


def unseal(event: Event) -> dict[str, Any]:
    """Return the personal attributes of an event (name, birthday, ...), empty if it has none."""
    sealed = event.props.get(SEALED)
    return json.loads(vault().decrypt(base64.b64decode(sealed), _context(event.id))) if sealed else {}


def scope_of(ns: str, brand_id: int, shop: str) -> str:
    """Return the scope in which an identifier of this namespace is unique."""
    return identifier_scope(_SCOPES.get(ns, "workspace"), brand_id, shop)


def _context(event_id: UUID) -> str:
    return f"event:{event_id}"


def _taken_apart(
    shape: Shape, dumped: Mapping[str, Any], draft: Draft, brand_id: int
) -> tuple[dict[str, Any], dict[str, Any], list[Identifier]]:
    props: dict[str, Any] = {}
    sealed: dict[str, Any] = {}
    identifiers: list[Identifier] = []
    fields, marks = shape.fields, shape.marks
    for name, value in dumped.items():
        if type(value) is int and not -(2**63) <= value < 2**63:
            raise Refused([(name, "is out of range")])
        mark = marks.get(name)
        if mark is not None and mark.ns:
            if value:
                identifiers.append(Identifier(mark.ns, scope_of(mark.ns, brand_id, draft.shop), str(value)))
        elif mark is not None or (name not in fields and _is_personal(name, value, 0)):
            if value not in ("", None):
                sealed[name] = value
        else:
            props[name if name in fields else _own_name(name, value)] = value
    birth_md = _month_day(sealed.get("birthday")) if sealed else 0
    if birth_md:
        # The lake may know on which day of the year somebody is to be greeted, but not how old they are.
        props["birth_md"] = birth_md
    return props, sealed, identifiers


def _own_name(name: str, value: object) -> str:
    """Return the name under which an unknown prop is kept: never one that readers take to be of another type."""
    wanted = _RESERVED.get(name)
    fits = wanted is None or (wanted is not _Nothing and isinstance(value, wanted) and not isinstance(value, bool))
    return name if fits else f"{name}_given"


def is_personal(name: str, value: object) -> bool:
    """Tell whether a value looks personal, by its name or its form."""
    return _is_personal(name, value, 0)


def _is_personal(name: str, value: object, depth: int) -> bool:
    if depth > _DEPTH or _has_personal_name(name):
        return True
    if isinstance(value, str):
        # The shortest that could match: a@b.cc
        return len(value) > 5 and _PERSONAL_VALUE.search(value) is not None
    if isinstance(value, dict):
        return any(_is_personal(str(k), v, depth + 1) for k, v in value.items())
    if isinstance(value, list):
        return any(_is_personal("", v, depth + 1) for v in value)
    return False


@lru_cache(maxsize=4096)
def _has_personal_name(name: str) -> bool:
    return name.lower().replace("-", "_") in _PERSONAL_NAMES


def _month_day(value: object) -> int:
    """Return a birthday as month * 100 + day, 0 when it cannot be read."""
    found = re.match(r"^(?:\d{4}[-/.年])?(\d{1,2})[-/.月](\d{1,2})", str(value or ""))
    if not found:
        return 0
    month, day = int(found[1]), int(found[2])
    return month * 100 + day if 1 <= month <= 12 and 1 <= day <= 31 else 0
