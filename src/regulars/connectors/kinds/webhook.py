"""Whatever can send a signed HTTP POST: facts in the shapes of /v1, signed by Standard Webhooks."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from pydantic import BaseModel, Field, SecretStr, field_validator

from regulars.connectors.contract import Connector, ConnectorConfig, NotTheirs, Received, connector_registry
from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.platforms.api_webhooks import MIN_SECRET_BYTES, secret_bytes, wrong
from regulars.platforms.contract import Incoming, Session

MESSAGES_AT_MOST = 500


class WebhookConfig(ConnectorConfig):
    """secret: shared with the sender, "whsec_" + base64 of at least 24 random bytes."""

    secret: SecretStr = Field(title="Signing secret")

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(secret_bytes(value.get_secret_value())) < MIN_SECRET_BYTES:
            raise ValueError("a signing secret is whsec_ and the base64 of at least 24 random bytes")
        return value


@connector_registry.add
class Webhook(Connector):
    """One message a request, or {"batch": [...]}. A message without a messageId is known by its webhook-id."""

    key: ClassVar[str] = "webhook"
    title: ClassVar[Text] = Text("Webhook", "Webhook")
    Config: ClassVar[type[BaseModel]] = WebhookConfig

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Return the messages of a request. Raises: NotTheirs, BadInput."""
        del session
        settings = WebhookConfig.model_validate(config)
        why = wrong(settings.secret.get_secret_value(), message)
        if why:
            raise NotTheirs(why, "Sign id, time and body with this source's secret, as Standard Webhooks says.")
        given = _read(message.body)
        found = given.get("batch", [given])
        if not isinstance(found, list) or not 0 < len(found) <= MESSAGES_AT_MOST:
            raise BadInput(f"A batch holds 1 to {MESSAGES_AT_MOST} messages.", "Nothing of it was taken.")
        shared = {name: given[name] for name in ("context", "sentAt") if "batch" in given and name in given}
        webhook_id = message.headers["webhook-id"]
        return Received(
            messages=tuple(
                _completed(one, shared, webhook_id if "batch" not in given else f"{webhook_id}:{place}", settings.shop)
                for place, one in enumerate(found)
            )
        )


def _read(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not JSON.", "Send one message, or a batch, as a JSON object in UTF-8.") from error
    if not isinstance(given, dict):
        raise BadInput("The body must be a JSON object.", "Send one message, or a batch, as a JSON object in UTF-8.")
    return given


def _completed(one: object, shared: dict[str, Any], message_id: str, shop: str) -> object:
    """Give a message what its request says of all, an id and a shop, where it has none itself."""
    if not isinstance(one, dict):
        return one
    context = one.get("context", {})
    whole = {**shared, "messageId": message_id, **one}
    if isinstance(context, dict):
        common = shared.get("context")
        whole["context"] = {"shop": shop, **(common if isinstance(common, dict) else {}), **context}
    return whole
