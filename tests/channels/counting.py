"""A provider that counts: it writes every message it takes into a file that outlives any process.

Import this module at the top of a test module, so that its channels are registered before the kinds are frozen.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, Field, SecretStr

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


class Killed(BaseException):
    """The process dies here. No `except Exception` sees it, like no code sees a kill -9."""


class CountingConfig(ChannelConfig):
    """path: the provider's book. trouble: what goes wrong at the 1st, 2nd, ... attempt of each request."""

    path: str
    trouble: list[str] = Field(default_factory=list)
    secret: SecretStr = SecretStr("hush")


class _Counting(Channel):
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"
    limits: ClassVar[Limits] = Limits(batch=10)
    Config: ClassVar[type[BaseModel]] = CountingConfig

    def consent_channel(self, config: BaseModel) -> str:
        return "log"

    def cost_fen(self, config, message) -> int:
        return 5

    def send(self, outlet: Outlet, config: BaseModel, request: SendRequest) -> SendResult:
        assert isinstance(config, CountingConfig)
        assert config.secret.get_secret_value() == "hush"
        book = Path(config.path)
        trouble = config.trouble[request.attempt - 1] if request.attempt <= len(config.trouble) else ""
        if trouble == "refused":
            raise NotSent("number blocked", final=True)
        if trouble == "later":
            raise NotSent("busy")
        if trouble == "lost":
            raise TimeoutError("nobody answered, and nothing arrived")
        if trouble == "killed before":
            raise Killed
        self._take(book, request)
        if trouble == "killed after":
            raise Killed
        if trouble == "answer lost":
            raise TimeoutError("it arrived, but the answer did not")
        if trouble == "slow":
            time.sleep(60)
        first = request.recipients[0].uid
        return SendResult(
            provider_id=f"p-{request.request_id}",
            refused={first: "unsubscribed there"} if trouble == "refuses one" else {},
            unknown=frozenset({first}) if trouble == "unsure of one" else frozenset(),
        )

    def _take(self, book: Path, request: SendRequest) -> None:
        if self.dedupe == "key" and any(m["request_id"] == request.request_id for m in taken(book)):
            return
        rows = [
            json.dumps({"request_id": request.request_id, "uid": r.uid, "title": r.title, "body": r.body})
            for r in request.recipients
        ]
        file = os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, ("\n".join(rows) + "\n").encode())
        os.fsync(file)
        os.close(file)


@channels.add
class KeyedCounting(_Counting):
    """Takes a request id once."""

    key: ClassVar[str] = "test_keyed"
    title: ClassVar[Text] = Text("测试（有键）", "Test, keyed")
    dedupe: ClassVar[Literal["key", "none"]] = "key"


@channels.add
class UnkeyedCounting(_Counting):
    """Takes whatever comes, as often as it comes."""

    key: ClassVar[str] = "test_unkeyed"
    title: ClassVar[Text] = Text("测试（无键）", "Test, without key")
    dedupe: ClassVar[Literal["key", "none"]] = "none"


def taken(book: Path) -> list[dict[str, str]]:
    """Return the messages the provider took."""
    return [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []


def per_person(book: Path) -> Counter[int]:
    """Return how often each person was reached."""
    return Counter(int(m["uid"]) for m in taken(book))


def messages(book: Path) -> dict[int, str]:
    """Return the newest message each person got."""
    return {int(m["uid"]): m["body"] for m in taken(book)}
