"""Text, digital and card SMS of the stand-in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulars_sandbox.contract import Answer
from regulars_sandbox.sms_size import paid_parts
from regulars_sandbox.stands.aliyun.state import (
    DIGITAL_LIMITS,
    TEXT_LIMITS,
    Message,
    No,
    State,
    Template,
    ok,
    phone_of,
    shown,
)

_MOST_SINGLE, _MOST_BATCH = 1_000, 100
_LONGEST_PARAM = 35
_VARIABLE = re.compile(r"\$\{(\w+)\}")
Params = Mapping[str, str]


def send(state: State, given: Params, now: datetime) -> Answer:
    """SendSms: the same text to up to 1,000 numbers."""
    phones = [one for one in given.get("PhoneNumbers", "").split(",") if one]
    if len(phones) > _MOST_SINGLE:
        raise No("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
    params = _json(given.get("TemplateParam") or "{}", dict)
    return _sent(state, given, [(phone, given.get("SignName", ""), params) for phone in phones], now)


def send_batch(state: State, given: Params, now: datetime) -> Answer:
    """SendBatchSms: its own signature and parameters to each of up to 100 numbers."""
    phones = _json(given.get("PhoneNumberJson", ""), list)
    signs = _json(given.get("SignNameJson", ""), list)
    params = _json(given.get("TemplateParamJson") or json.dumps([{}] * len(phones)), list)
    if len(phones) > _MOST_BATCH:
        raise No("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
    if not len(phones) == len(signs) == len(params):
        raise No("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值，且数量须与手机号一致")
    return _sent(state, given, list(zip(phones, signs, params, strict=True)), now)


def _sent(state: State, given: Params, each: list[tuple[Any, Any, Any]], now: datetime) -> Answer:
    """All or none, as the real one checks before it takes anything."""
    if not each:
        raise No("isv.INVALID_PARAMETERS", "参数异常")
    code = given.get("TemplateCode", "")
    out_id = _out_id(given)
    made = [_message(state, code, one, now) for one in each]
    biz_id = state.number()
    for message in made:
        message.biz_id, message.out_id = biz_id, out_id
    state.messages += made
    return ok(tuple(map(key_of, made)), BizId=biz_id)


def _message(state: State, code: str, one: tuple[Any, Any, Any], now: datetime) -> Message:
    phone, (_, sign, params) = phone_of(one[0]), one
    template = _approved(state.templates, code, "isv.SMS_TEMPLATE_ILLEGAL", "模版不合法(不存在或被拒绝)")
    _approved(state.signs, str(sign), "isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
    if state.broke:
        raise No("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
    kind = "digital" if code.startswith("DIGITAL_") else "sms"
    before = [m for m in state.messages if m.phone == phone and m.kind == kind]
    if kind == "digital":
        state.limited([m.sent_at for m in before if m.template == code], now, (0, 0, 1))
        state.limited([m.sent_at for m in before], now, DIGITAL_LIMITS)
    else:
        state.limited([m.sent_at for m in before if m.template == code], now, TEXT_LIMITS)
    text = f"【{sign}】{filled(template.text, params)}"
    failure = {"off": "MOBILE_NOT_ON_SERVICE", "blacklist": "MOBILE_IN_BLACK"}.get(state.numbers.get(phone, ""), "")
    return Message(phone, kind, code, text, "", "", now, failure)


def send_cards(state: State, given: Params, now: datetime) -> Answer:
    """SendBatchCardSms: cards, and the fallback for numbers that show none."""
    phones = [phone_of(one) for one in _json(given.get("PhoneNumberJson", ""), list)]
    signs = _json(given.get("SignNameJson", ""), list)
    params = _json(given.get("CardTemplateParamJson") or json.dumps([{}] * len(phones)), list)
    if len(phones) > _MOST_BATCH:
        raise No("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
    if not phones or not len(phones) == len(signs) == len(params):
        raise No("InvalidParameter", "phoneNumber,signName,param size must be equal")
    card = state.templates.get(given.get("CardTemplateCode", ""))
    if card is None:
        raise No("InvalidParameter", "card template not exist")
    takes = [phone for phone in phones if card.state == 1 and state.numbers.get(phone) != "no_card"]
    out_id, biz = _out_id(given), state.number()
    made: list[Message] = []
    for phone, one in zip(phones, params, strict=True):
        if phone in takes:
            text = filled(card.text, _json(one.get("dyncParams") or "{}", dict))
            made.append(Message(phone, "card", given["CardTemplateCode"], text, biz, out_id, now))
    rest = [row for row in zip(phones, signs, params, strict=True) if row[0] not in takes]
    fallback, fallen = _fallback(state, given, rest, now)
    state.messages += [*made, *fallen]
    data = {
        "BizCardId": biz if made else "", "CardTmpState": card.state,
        "BizSmsId": fallback if given.get("FallbackType") == "SMS" else "",
        "BizDigitalId": fallback if given.get("FallbackType") == "DIGITALSMS" else "",
        "MediaMobiles": ",".join(takes), "NotMediaMobiles": ",".join(row[0] for row in rest),
    }  # fmt: skip
    return ok(tuple(map(key_of, [*made, *fallen])), Success=True, Data=data)


def _fallback(
    state: State, given: Params, rest: list[tuple[Any, Any, Any]], now: datetime
) -> tuple[str, list[Message]]:
    kind = given.get("FallbackType", "NONE")
    if kind not in {"NONE", "SMS", "DIGITALSMS"}:
        raise No("InvalidParameter", "FallbackType invalid")
    if kind == "NONE":
        return "", []
    name = "Sms" if kind == "SMS" else "Digital"
    code = given.get(f"{name}TemplateCode", "")
    params = _json(given.get(f"{name}TemplateParamJson") or "[]", list)
    every = _json(given["PhoneNumberJson"], list)
    if not code or len(params) != len(every):
        raise No("MissingParameter", f"{name}TemplateCode and its params are mandatory for this FallbackType")
    of_phone = dict(zip(map(phone_of, every), params, strict=True))
    biz = state.number() if rest else ""
    made = [_message(state, code, (phone, sign, of_phone[phone]), now) for phone, sign, _ in rest]
    for message in made:
        message.biz_id, message.out_id = biz, _out_id(given)
    return biz, made


def query(state: State, given: Params, now: datetime) -> Answer:
    """QuerySendDetails: of one number and day."""
    phone, size, page = phone_of(given.get("PhoneNumber")), given.get("PageSize", ""), given.get("CurrentPage", "")
    if not (size.isdigit() and page.isdigit() and 1 <= int(size) <= 50 and int(page) >= 1):
        raise No("isv.INVALID_PARAMETERS", "参数异常")
    day = given.get("SendDate", "")
    found = [
        m for m in reversed(state.messages)
        if m.phone == phone and shown(m.sent_at)[:10].replace("-", "") == day
        and given.get("BizId", m.biz_id) == m.biz_id and m.kind != "card"
    ]  # fmt: skip
    start = (int(page) - 1) * int(size)
    rows = [_row(m, now) for m in found[start : start + int(size)]]
    return ok(TotalCount=str(len(found)), SmsSendDetailDTOs={"SmsSendDetailDTO": rows})


def _row(message: Message, now: datetime) -> dict[str, Any]:
    known = message.known(now)
    return {
        "OutId": message.out_id, "PhoneNum": message.phone, "TemplateCode": message.template,
        "Content": message.content, "SendDate": shown(message.sent_at),
        "SendStatus": 1 if not known else 2 if message.failure else 3,
        **({"ReceiveDate": shown(now), "ErrCode": message.failure or "DELIVERED"} if known else {}),
    }  # fmt: skip


def report(message: Message, now: datetime) -> dict[str, Any]:
    """Return what is pushed of a message."""
    if message.kind == "card":
        return {"mobile": message.phone, "outId": message.out_id, "render_status": "0", "desc": "解析成功"}
    return {
        "phone_number": message.phone, "send_time": shown(message.sent_at), "report_time": shown(now),
        "success": not message.failure, "err_code": message.failure or "DELIVERED",
        "err_msg": "用户接收成功" if not message.failure else "用户接收失败",
        "sms_size": str(paid_parts(message.content)),
        "biz_id": message.biz_id, "out_id": message.out_id,
    }  # fmt: skip


def review(known: Mapping[str, Template], name: str, field: str) -> Answer:
    """QuerySmsTemplate and QuerySmsSign."""
    found = known.get(name)
    if found is None:
        raise No("isv.SMS_TEMPLATE_ILLEGAL" if field == "Template" else "isv.SMS_SIGN_ILLEGAL", "不存在")
    said: dict[str, Any] = {f"{field}Status": found.state, "Reason": found.reason}
    if field == "Template":
        said["TemplateContent"] = found.text
    return ok(**said)


def filled(text: str, params: object) -> str:
    """Return a template's text with its variables. Raises No."""
    if not isinstance(params, dict):
        raise No("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
    missing = [name for name in _VARIABLE.findall(text) if name not in params]
    if missing:
        raise No("isv.TEMPLATE_MISSING_PARAMETERS", f"模版缺少变量：{missing[0]}")
    if any(len(str(value)) > _LONGEST_PARAM for value in params.values()):
        raise No("isv.PARAM_LENGTH_LIMIT", "参数超出长度限制")
    return _VARIABLE.sub(lambda found: str(params[found[1]]), text)


def key_of(message: Message) -> str:
    """Return what must not happen twice: the same text to the same number."""
    return f"{message.phone} {hashlib.sha256(message.content.encode()).hexdigest()[:12]}"


def _approved(known: Mapping[str, Template], name: str, code: str, words: str) -> Template:
    found = known.get(name)
    if found is None or found.state != 1:
        raise No(code, words)
    return found


def _out_id(given: Params) -> str:
    out_id = given.get("OutId", "")
    if len(out_id) >= 256:
        raise No("isv.PARAM_LENGTH_LIMIT", "OutId 长度超限")
    return out_id


def _json(text: str, wanted: type) -> Any:  # noqa: ANN401 - what the client sent
    try:
        value = json.loads(text)
    except ValueError as error:
        raise No("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值") from error
    if not isinstance(value, wanted):
        raise No("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
    return value
