"""What the stand-in for Aliyun remembers, and the words it refuses with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from regulars_sandbox.contract import Answer

CHINA = ZoneInfo("Asia/Shanghai")
FINAL_AFTER = timedelta(seconds=5)
"""So long an operator takes to say what became of a message."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPANS = ((MINUTE, "分钟"), (HOUR, "小时"), (DAY, "天"))
TEXT_LIMITS = (0, 0, 50)
DIGITAL_LIMITS = (2, 8, 10)
CALL_LIMITS = (1, 5, 20)
"""At most so many to a number within a minute, an hour, a day; 0 = no limit."""
_PHONE = re.compile(r"(?:\+?86|0086)?(1\d{10})")


class No(Exception):
    """A call is refused. status 200 = by the product, else by the gateway."""

    def __init__(self, code: str, words: str, status: int = 200) -> None:
        super().__init__(code)
        self.answer = Answer.of(
            {"Message": words, "RequestId": "F655A8D5-B967-440B-8683-DAD6FF8DE990", "Code": code}, status
        )


@dataclass(slots=True)
class Message:
    """One message to one number. kind: sms, digital, card."""

    phone: str
    kind: str
    template: str
    content: str
    biz_id: str
    out_id: str
    sent_at: datetime
    failure: str = ""
    reported: bool = False
    clicked: bool = False
    replied: bool = False

    def known(self, now: datetime) -> bool:
        """Return whether the operator has said what became of it."""
        return now >= self.sent_at + FINAL_AFTER


@dataclass(slots=True)
class Ring:
    """One call to one number. heard_s 0 = nobody answered."""

    phone: str
    code: str
    call_id: str
    out_id: str
    at: datetime
    heard_s: int
    reported: bool = False


@dataclass(slots=True)
class Template:
    """A template. state: 0 in review, 1 approved, 2 rejected."""

    text: str
    state: int = 1
    reason: str = ""


@dataclass(slots=True)
class State:
    """All of it. numbers: what is special about some: off, blacklist, no_card."""

    signs: dict[str, Template] = field(default_factory=dict[str, Template])
    templates: dict[str, Template] = field(default_factory=dict[str, Template])
    messages: list[Message] = field(default_factory=list[Message])
    rings: list[Ring] = field(default_factory=list[Ring])
    numbers: dict[str, str] = field(default_factory=dict[str, str])
    broke: bool = False
    serial: int = 900_000_000

    def number(self) -> str:
        """Return the next number of a request, as BizId and CallId look."""
        self.serial += 1
        return f"{self.serial}^0"

    def limited(self, times: list[datetime], now: datetime, limits: tuple[int, int, int]) -> None:
        """Refuse one more when a number has had enough. Raises No."""
        for (span, word), most in zip(SPANS, limits, strict=True):
            if most and sum(at > now - span for at in times) >= most:
                raise No("isv.BUSINESS_LIMIT_CONTROL", f"触发{word}级流控Permits:{most}")


def phone_of(text: object) -> str:
    """Return a number as 11 digits. Raises No."""
    found = _PHONE.fullmatch(str(text))
    if found is None:
        raise No("isv.MOBILE_NUMBER_ILLEGAL", f"{text}invalid mobile number")
    return found[1]


def shown(at: datetime) -> str:
    """Return a time as Aliyun writes it."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def ok(counted: tuple[str, ...] = (), **rest: Any) -> Answer:  # noqa: ANN401 - JSON values
    """Return a good answer."""
    said = {"Message": "OK", "RequestId": "A655A8D5-B967-440B-8683-DAD6FF8DE990", "Code": "OK", **rest}
    return Answer.of(said, counted=counted)
