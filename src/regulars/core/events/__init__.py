"""The dictionary of facts, one file per noun. Importing this package fills `core.event.dictionary`."""

from regulars.core.events import (
    cart,
    consent,
    follower,
    friend,
    group,
    guide,
    item,
    journey,
    member,
    message,
    order,
    page,
    parcel,
    person,
    segment,
    stock,
)

__all__ = [
    "cart",
    "consent",
    "follower",
    "friend",
    "group",
    "guide",
    "item",
    "journey",
    "member",
    "message",
    "order",
    "page",
    "parcel",
    "person",
    "segment",
    "stock",
]
