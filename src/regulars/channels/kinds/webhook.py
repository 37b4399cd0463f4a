"""The webhook: a signed HTTP POST per request, for whatever the operator runs behind it."""

from __future__ import annotations

import json
import ssl
from functools import cache
from typing import Any, ClassVar, Literal

import httpx2
from pydantic import AnyHttpUrl, BaseModel, Field, SecretStr, field_validator

from regulars.channels.contract import (
    Channel,
    ChannelConfig,
    Limits,
    NotSent,
    Outlet,
    SendRequest,
    SendResult,
    channels,
)
from regulars.core.text import Text
from regulars.platforms.api_webhooks import MIN_SECRET_BYTES, secret_bytes, signature

_LATER = frozenset({408, 425, 429, 503})


class WebhookConfig(ChannelConfig):
    """url: where to POST. secret: shared signing secret, "whsec_" + base64 of 24 to 64 bytes."""

    url: AnyHttpUrl = Field(title="URL")
    secret: SecretStr = Field(title="Signing secret")
    stands_for: str = Field(default="email", pattern="^[a-z][a-z_]*$", title="Leads to")
    wait_s: float = Field(default=10, gt=0, le=60, title="Longest wait, seconds")

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(secret_bytes(value.get_secret_value())) < MIN_SECRET_BYTES:
            raise ValueError("a signing secret is whsec_ and the base64 of at least 24 random bytes")
        return value


@channels.add
class Webhook(Channel):
    """The receiver takes a webhook-id once, so a request whose answer was lost is sent again under the same id."""

    key: ClassVar[str] = "webhook"
    title: ClassVar[Text] = Text("Webhook", "Webhook")
    dedupe: ClassVar[Literal["key", "none"]] = "key"
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"
    limits: ClassVar[Limits] = Limits(batch=200)
    Config: ClassVar[type[BaseModel]] = WebhookConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the channel the receiver leads to."""
        return config.stands_for if isinstance(config, WebhookConfig) else self.key

    def send(self, outlet: Outlet, config: BaseModel, request: SendRequest) -> SendResult:
        """POST the messages. A 2xx answer may refuse people: {"refused": {"<uid>": "reason"}, "id": "..."}."""
        del outlet
        settings = WebhookConfig.model_validate(config)
        content = _content(request)
        timestamp = int(request.system_at.timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": request.request_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(settings.secret.get_secret_value(), request.request_id, timestamp, content),
        }
        try:
            with httpx2.Client(timeout=settings.wait_s, follow_redirects=False, verify=_certificates()) as client:
                answer = client.post(str(settings.url), content=content, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise NotSent("The receiver cannot be reached.") from error
        return _result(answer, request)


@cache
def _certificates() -> ssl.SSLContext:
    """Return whom to trust, read once a process: it takes longer than a request."""
    return ssl.create_default_context()


def _content(request: SendRequest) -> bytes:
    payload = {
        "type": "message.send",
        "timestamp": request.at.isoformat(),
        "data": {
            "brand_id": request.brand_id,
            "campaign_id": request.campaign_id,
            "recipients": [{"uid": r.uid, "title": r.title, "body": r.body} for r in request.recipients],
        },
    }
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _result(answer: httpx2.Response, request: SendRequest) -> SendResult:
    if answer.status_code in _LATER:
        raise NotSent(f"The receiver asks to come back later ({answer.status_code}).")
    if 300 <= answer.status_code < 500:
        raise NotSent(f"The receiver refused the request ({answer.status_code}).", final=True)
    answer.raise_for_status()  # 5xx: it may have been taken before the receiver stumbled
    told: Any = None
    try:
        told = answer.json()
    except ValueError:  # an empty or plain answer refuses nobody
        told = None
    told = told if isinstance(told, dict) else {}
    refused = told.get("refused")
    uids = {r.uid for r in request.recipients}
    return SendResult(
        provider_id=str(told.get("id", ""))[:200],
        refused={int(u): str(why)[:200] for u, why in refused.items() if str(u).isdigit() and int(u) in uids}
        if isinstance(refused, dict)
        else {},
    )
