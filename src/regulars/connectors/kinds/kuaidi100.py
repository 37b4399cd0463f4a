"""What becomes of parcels, as Kuaidi100 pushes it for the parcels that a shop's system subscribed to.

Source: the provider's own Java client (github.com/kuaidi100-api/java-demo): form fields `param` (JSON) and `sign` =
MD5(param + salt) in capitals; lastResult {com, nu, state, data, newest first}; the answer {result, returnCode,
message}, without which a push is repeated. State 14 stands in its newer pages and not in that client. Times are
Beijing's. Not confirmed against an account.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs

from pydantic import BaseModel, Field, SecretStr

from regulars.connectors.contract import (
    Connector,
    ConnectorConfig,
    Named,
    NotTheirs,
    Received,
    Statement,
    connector_registry,
)
from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.platforms.api_reading import BEIJING
from regulars.platforms.contract import Incoming, Session

_STATES = {
    "1": "parcel.collected",
    "5": "parcel.arrived",
    "3": "parcel.signed",
    "2": "parcel.delayed",
    "4": "parcel.refused",
    "14": "parcel.refused",
    "6": "parcel.returned",
}
"""The others say that it is on its way."""
_TAKEN = json.dumps({"result": True, "returnCode": "200", "message": "成功"}, ensure_ascii=False).encode()


class Kuaidi100Config(ConnectorConfig):
    """salt: given at every subscription (`parameters.salt`); whoever knows it can send."""

    salt: SecretStr = Field(min_length=8, max_length=100, title="Salt")


@connector_registry.add
class Kuaidi100(Connector):
    """Each state of a parcel once. Whose it is, the order says: `?order_id=...` at the end of `callbackurl`."""

    key: ClassVar[str] = "kuaidi100"
    title: ClassVar[Text] = Text("快递 100 物流轨迹", "Kuaidi100 parcels")
    Config: ClassVar[type[BaseModel]] = Kuaidi100Config

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Return what became of a parcel. Raises: NotTheirs, BadInput."""
        del session
        settings = Kuaidi100Config.model_validate(config)
        form = {name: values[0] for name, values in parse_qs(message.body.decode("utf-8", "replace")).items()}
        param, signed = form.get("param", ""), form.get("sign", "")
        wanted = hashlib.md5((param + settings.salt.get_secret_value()).encode()).hexdigest()  # noqa: S324 - theirs
        if not hmac.compare_digest(wanted.upper().encode(), signed.upper().encode()):
            raise NotTheirs("The signature of the message is wrong.", "Subscribe with this source's salt.")
        return Received(_said(param, message.query.get("order_id", ""), settings.shop), _TAKEN,
                        media_type="application/json")  # fmt: skip


def _said(param: str, order_id: str, shop: str) -> tuple[Statement, ...]:
    try:
        result = json.loads(param).get("lastResult") or {}
        parcel, carrier, kind = str(result.get("nu", "")), str(result.get("com", "")), str(result.get("state", ""))
        at = _newest(result.get("data") or [])
    except (ValueError, AttributeError, TypeError) as error:
        raise BadInput("The message tells nothing of a parcel.", "See Kuaidi100's page on pushes.") from error
    if not parcel or at is None or kind not in _STATES or not order_id:
        return ()
    event = _STATES[kind]
    props = {"parcel_no": parcel, "carrier": carrier, "order_id": order_id, "shop": shop}
    return (Statement(event, at, f"{event}:{carrier}:{parcel}", props, (Named("order", order_id),)),)


def _newest(traces: list[Mapping[str, Any]]) -> datetime | None:
    times = [str(one.get("ftime") or one.get("time") or "") for one in traces]
    return max((datetime.fromisoformat(t).replace(tzinfo=BEIJING).astimezone(UTC) for t in times if t), default=None)
