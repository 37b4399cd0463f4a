"""Voice calls of the stand-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulars_sandbox.contract import Answer
from regulars_sandbox.stands.aliyun.sms import filled
from regulars_sandbox.stands.aliyun.state import CALL_LIMITS, No, Ring, State, ok, phone_of, shown


def ring_up(state: State, given: Mapping[str, str], now: datetime, *, field: str) -> Answer:
    """SingleCallByTts (field TtsCode) and SingleCallByVoice (VoiceCode): one number a call."""
    phone = phone_of(given.get("CalledNumber"))
    template = state.templates.get(given.get(field, ""))
    if template is None or template.state != 1:
        raise No("isv.TTS_TEMPLATE_ILLEGAL" if field == "TtsCode" else "isv.VOICE_FILE_ILLEGAL", "模版不合法")
    if given.get("PlayTimes", "3") not in {"1", "2", "3"}:
        raise No("isv.INVALID_PARAMETERS", "参数异常")
    try:
        heard = filled(template.text, json.loads(given.get("TtsParam") or "{}"))
    except ValueError as error:
        raise No("isv.INVALID_JSON_PARAM", "JSON参数不合法") from error
    state.limited([r.at for r in state.rings if r.phone == phone], now, CALL_LIMITS)
    ring = Ring(phone, given[field], state.number(), given.get("OutId", ""), now, 0)
    ring.heard_s = 0 if state.numbers.get(phone) == "off" else 12
    state.rings.append(ring)
    return ok((f"{phone} {heard}",), CallId=ring.call_id)


def detail(state: State, given: Mapping[str, str], now: datetime) -> Answer:
    """QueryCallDetailByCallId."""
    if not given.get("QueryDate", "").isdigit() or not given.get("ProdId", "").isdigit():
        raise No("isv.INVALID_PARAMETERS", "参数异常")
    found = next((r for r in state.rings if r.call_id == given.get("CallId")), None)
    if found is None:
        raise No("isv.CALL_NOT_EXIST", "呼叫记录不存在")
    data = {
        "callId": found.call_id, "callee": found.phone, "state": "200000" if found.heard_s else "200010",
        "duration": found.heard_s, "endDate": shown(now),
    }  # fmt: skip
    return ok(Data=json.dumps(data))


def report(ring: Ring, now: datetime) -> dict[str, Any]:
    """Return what is pushed of a call."""
    return {
        "call_id": ring.call_id, "callee": ring.phone, "caller": "057100000000", "originate_time": shown(ring.at),
        "start_time": shown(now) if ring.heard_s else "", "end_time": shown(now), "duration": str(ring.heard_s),
        "status_code": "200000" if ring.heard_s else "200010", "status_msg": "用户接听" if ring.heard_s else "关机",
        "out_id": ring.out_id, "voice_type": "voice", "hangup_direction": "用户",
    }  # fmt: skip
