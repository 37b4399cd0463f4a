"""Aliyun's voice calls: a text read aloud or a recording played, one person a call.

A person is rung up at most once a minute, 5 times an hour and 20 times in 24 hours; beyond that Aliyun refuses.
Source: help.aliyun.com/zh/vms/developer-reference/api-dyvmsapi-2017-05-25-singlecallbytts, -singlecallbyvoice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.platforms.api_aliyun import CALLS_PER_SECOND, KEY, call, moment, read
from regulars.platforms.contract import Session, Unclear

_PRODUCT = "dyvmsapi"
_NOTICES = "11000000300006"
"""Product number of voice notices. Source: QueryCallDetailByCallId (not confirmed: from memory)."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What is heard. tts: a text template's code, read with params; recording: a sound file's code instead.

    show_number: the number rung from, "" in public mode. times: how often it is played, 1 to 3.
    """

    tts: str = ""
    recording: str = ""
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    show_number: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class CallDetail:
    """How a call went. duration_s 0 = nobody answered. code: the platform's code of its end."""

    duration_s: int
    code: str
    at: datetime


async def ring_up(session: Session, phone: str, speech: Speech) -> str:
    """Ring somebody up and return the call's number (CallId). Raises: PlatformError."""
    await session.pace("calls", CALLS_PER_SECOND)
    query = {"CalledNumber": phone, "PlayTimes": str(speech.times)}
    if speech.show_number:
        query["CalledShowNumber"] = speech.show_number
    if speech.recording:
        said = await call(session, "SingleCallByVoice", query | {"VoiceCode": speech.recording}, product=_PRODUCT)
    else:
        text = json.dumps(dict(speech.params), ensure_ascii=False, separators=(",", ":"))
        said = await call(
            session, "SingleCallByTts", query | {"TtsCode": speech.tts, "TtsParam": text}, product=_PRODUCT
        )
    return str(said.get("CallId", ""))


async def call_detail(session: Session, call_id: str, at: datetime) -> CallDetail | None:
    """Return how a call went, None while it is not over. at: when it was asked for. Raises: PlatformError.

    Source: .../api-dyvmsapi-2017-05-25-querycalldetailbycallid (not confirmed: names of the inner fields).
    """
    query = {"CallId": call_id, "ProdId": _NOTICES, "QueryDate": str(int(at.timestamp() * 1000))}
    said = await read(session, "QueryCallDetailByCallId", query, product=_PRODUCT)
    try:
        data: dict[str, Any] = json.loads(said.get("Data") or "{}")
        if not data.get("endDate"):
            return None
        return CallDetail(int(data.get("duration") or 0), str(data.get("state", "")), moment(data["endDate"]))
    except (ValueError, TypeError) as error:
        raise Unclear(KEY, "Aliyun's answer cannot be read.", "Ask again later.") from error
