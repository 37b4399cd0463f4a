"""The dictionary of facts, one file per noun. Importing this package fills `core.event.dictionary`."""

from regulars.core.events import cart, consent, member, message, order, page, person, segment, stock

__all__ = ["cart", "consent", "member", "message", "order", "page", "person", "segment", "stock"]
