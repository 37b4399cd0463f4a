"""Taobao by TOP, towards the buyer: the merchant's memo, SMS to an order's receiver, calls, coupons, crowds by ouid."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.platforms import memo
from regulars.platforms.api_taobao import call, listed, trade
from regulars.platforms.contract import Session

MEMO_BYTES = 1_000
"""Source: developer.alibaba.com apiId=49, taobao.trade.memo.update: at most 1000 bytes (of UTF-8: not confirmed)."""
CALL_BATCH = 100
"""Of one list of people to call (not confirmed: the page names no limit)."""
COUPON_BATCH = 100
"""Source: taobao.promotion.coupon.send: "100 coupons at a time at most", to members of the shop."""


async def append_memo(session: Session, order_id: str, text: str, marker: str) -> bool:
    """Add to the merchant's memo of an order, once by marker; the flag stays. Raises as memo.append."""
    flag = 0

    async def read() -> str:
        nonlocal flag
        found = await trade(session, order_id)
        flag = found.flag
        return found.memo

    async def write(whole: str) -> None:
        given = {"tid": order_id, "memo": whole, "flag": str(flag), "reset": "false"}
        await call(session, "taobao.trade.memo.update", given, repeatable=False)

    return await memo.append(read, write, (text, marker), fits=lambda whole: len(whole.encode()) <= MEMO_BYTES)


@dataclass(frozen=True, slots=True)
class OaidSms:
    """An SMS to the receiver of an order. values: of the template's variables. extend: given back with a receipt."""

    order_id: str
    oaid: str
    sign_name: str
    template_code: str
    values: Mapping[str, str]
    extend: str = ""


async def send_oaid_sms(session: Session, sms: OaidSms) -> str:
    """Send an SMS to the receiver of an order, once; return Taobao's id of it.

    Source: open.alitrip.com apiId=54973, taobao.jst.sms.oaid.message.send. No key against doubles.
    """
    request: dict[str, object] = {
        "order_id": sms.order_id,
        "oaid": sms.oaid,
        "sms_free_sign_name": sms.sign_name,
        "template_code": sms.template_code,
        "params": dict(sms.values),
        "extend": sms.extend,
    }
    given = {"param_send_message_by_o_a_i_d_request": json.dumps(request, ensure_ascii=False, separators=(",", ":"))}
    answer = await call(session, "taobao.jst.sms.oaid.message.send", given, repeatable=False)
    return str(answer.get("module", ""))


@dataclass(frozen=True, slots=True)
class CallReport:
    """What a list of calls came to at once. node_inst_id: Taobao's number of it."""

    node_inst_id: str
    total: int
    accepted: int
    failed: int


async def call_people(
    session: Session, ouids: Sequence[str], *, task_code: str, values: Mapping[str, str]
) -> CallReport:
    """Let Taobao's robot call shoppers by their ouid, once; nobody's number is seen.

    values: of the call's template, the same for all. Source: open.alitrip.com apiId=58763,
    taobao.opencrm.utouch.list.send. No key against doubles.
    """
    task: dict[str, object] = {
        "deliver_targets": list(ouids),
        "crowd_mode": False,
        "task_code": task_code,
        "plh_val": json.dumps(dict(values), ensure_ascii=False, separators=(",", ":")),
    }
    given = {"task_content": json.dumps(task, ensure_ascii=False, separators=(",", ":"))}
    answer = await call(session, "taobao.opencrm.utouch.list.send", given, repeatable=False)
    report = answer.get("result") or {}
    return CallReport(
        node_inst_id=str(report.get("node_inst_id") or ""),
        total=int(report.get("total_count") or 0),
        accepted=int(report.get("success_count") or 0),
        failed=int(report.get("fail_count") or 0),
    )


@dataclass(frozen=True, slots=True)
class Coupons:
    """Who got a coupon of the shop: given, its number by ouid; and who did not: refused, Taobao's reason by ouid."""

    given: Mapping[str, str]
    refused: Mapping[str, str]


async def send_coupons(session: Session, coupon_id: int, ouids: Sequence[str]) -> Coupons:
    """Put a coupon of the shop into the accounts of up to 100 members, once; who got one is told by name.

    Source: open.taobao.com apiId=10581, taobao.promotion.coupon.send. It answers is_success although everybody was
    refused. No key against doubles. Not confirmed: that every name in the answer comes with its ouid.
    """
    people = json.dumps([{"ouid": one} for one in ouids], separators=(",", ":"))
    given = {"coupon_id": str(coupon_id), "ouid_data": people}
    answer = await call(session, "taobao.promotion.coupon.send", given, repeatable=False)
    results = listed(answer, "coupon_results", "coupon_result")
    failures = listed(answer, "failure_buyers", "error_message")
    return Coupons(
        given={str(one.get("ouid")): str(one.get("coupon_number") or "") for one in results},
        refused={str(one.get("ouid")): str(one.get("reason") or "refused") for one in failures},
    )


async def add_to_crowd(session: Session, crowd_id: int, ouid: str, reason: str) -> bool:
    """Put somebody into the crowd of an activity, once; False when Taobao says that it did not.

    Source: open.taobao.com, taobao.crm.exchange.crowdinstance.add.privy. Not confirmed: what it answers about
    somebody who is in the crowd already, so nothing is repeated.
    """
    given = {"crowd_instance_id": str(crowd_id), "ouid": ouid, "reason": reason}
    answer = await call(session, "taobao.crm.exchange.crowdinstance.add.privy", given, repeatable=False)
    return str(answer.get("sub_success")).lower() == "true"
