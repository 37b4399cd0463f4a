"""The log: writes down what would be sent, reaches nobody. For rehearsals and replays."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from regulars.channels import store
from regulars.channels.contract import Channel, ChannelConfig, Limits, Outlet, SendRequest, SendResult, channels
from regulars.core.text import Text


class LogConfig(ChannelConfig):
    """stands_for: the channel that is rehearsed, whose consent is asked for; "log" asks for the log's own."""

    stands_for: str = Field(default="log", pattern="^[a-z][a-z_]*$", title="Stands for")


@channels.add
class Log(Channel):
    """Every message goes into a table, once per request and person."""

    key: ClassVar[str] = "log"
    title: ClassVar[Text] = Text("记录（不发送）", "Log (sends nothing)")
    dedupe: ClassVar[Literal["key", "none"]] = "key"
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"
    rehearsal: ClassVar[bool] = True
    limits: ClassVar[Limits] = Limits(batch=1000)
    Config: ClassVar[type[BaseModel]] = LogConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the channel it stands for."""
        return config.stands_for if isinstance(config, LogConfig) else self.key

    def send(self, outlet: Outlet, config: BaseModel, request: SendRequest) -> SendResult:
        """Write the messages in a transaction of their own; a request already written stays as it was."""
        del config
        with outlet.tx() as tx:
            store.write_log(tx, request)
        return SendResult(provider_id=f"log-{request.request_id}")
