"""The own shop's pages and mini-programs: what visitors do there, sent by the SDK under /sdk."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from regulars.connectors.contract import Connector, ConnectorConfig, NotTheirs, Received, connector_registry
from regulars.core.errors import BadInput
from regulars.core.event import dictionary
from regulars.core.text import Text
from regulars.platforms.contract import Incoming, Session

MESSAGES_AT_MOST = 500
_TYPES = frozenset({"page", "track", "identify", "alias"})
_BEHAVIOUR = frozenset({"page.viewed", "cart.added"})
_MONEY = frozenset({"order completed", "order placed", "order refunded"})


class WebsiteConfig(ConnectorConfig):
    """origins: pages that may send, like https://shop.example.com, empty = all. believes_traits: see below.

    The key stands in the page for all to read, so anybody can send what a visitor could. What `identify` says about
    a person beyond the id (name, phone, ...) is left out unless it is believed; orders never come this way.
    """

    origins: list[str] = Field(default_factory=list[str], max_length=50, title="Pages that may send")
    believes_traits: bool = Field(default=False, title="Believe names, phones and addresses sent by pages")


@connector_registry.add
class Website(Connector):
    """The hook is the key in the page: it lets behaviour in and nothing else, and is changed by connecting anew."""

    key: ClassVar[str] = "website"
    title: ClassVar[Text] = Text("网站与小程序", "Website and mini-program")
    sdk: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = WebsiteConfig

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Return what visitors did. Raises: NotTheirs (another page), BadInput."""
        del session
        settings = WebsiteConfig.model_validate(config)
        origin = message.headers.get("origin", "")
        if settings.origins and origin and origin not in {one.rstrip("/") for one in settings.origins}:
            raise NotTheirs("This page may not send here.", "Add its address to the source's pages.")
        try:
            given = json.loads(message.body)
        except (ValueError, RecursionError) as error:
            raise BadInput("The body is not JSON.", "Send it with the SDK.") from error
        found = given.get("batch") if isinstance(given, dict) else None
        if not isinstance(found, list) or not 0 < len(found) <= MESSAGES_AT_MOST:
            raise BadInput(f"A batch holds 1 to {MESSAGES_AT_MOST} messages.", "Send it with the SDK.")
        return Received(messages=tuple(_behaviour(one, given.get("sentAt"), settings) for one in found))


def _behaviour(one: object, sent_at: object, settings: WebsiteConfig) -> object:
    """Return a message without what a page cannot know. Raises BadInput for what is no behaviour."""
    if not isinstance(one, dict):
        return one
    kept: dict[str, Any] = {name: value for name, value in one.items() if value is not None}
    kind, event = kept.get("type"), str(kept.get("event", "")).strip()
    known = event in dictionary and event not in _BEHAVIOUR
    if kind not in _TYPES or (kind == "track" and (known or event.lower() in _MONEY)):
        raise BadInput(f"Pages cannot send {event or kind!r}.", "Orders and members come from the shop's server.")
    given = kept.get("context")
    context = {k: v for k, v in given.items() if k in {"page", "locale"}} if isinstance(given, dict) else {}
    if not settings.believes_traits:
        kept.pop("traits", None)
    return {**kept, "context": {"shop": settings.shop, **context}, **({"sentAt": sent_at} if sent_at else {})}
