"""What Aliyun pushes over HTTP: receipts of messages and calls, replies, cards shown.

The pushes carry no signature: the address that was given to Aliyun, which nobody can guess, stands for it.
Source: help.aliyun.com/zh/sms/developer-reference/smsreport-2, /smsup-http, /mnscardvender-1; zh/vms/voicereport-7.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.platforms.api_aliyun import moment
from regulars.platforms.contract import Incoming

ANSWER = json.dumps({"code": 0, "msg": "接收成功"}, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message or call. number: BizId or CallId. text: of a reply. parts: paid ones, 0 = not said."""

    state: Literal["delivered", "failed", "replied"]
    at: datetime
    phone: str
    number: str = ""
    out_id: str = ""
    code: str = ""
    text: str = ""
    parts: int = 0


def reports(message: Incoming) -> list[Report]:
    """Read a push; entries about other things (reviews of templates) are left out. Raises ValueError."""
    rows = json.loads(message.body)
    if not isinstance(rows, list):
        raise ValueError("a push is a list")
    found = [_report(row, message.at) for row in rows if isinstance(row, dict)]
    return [one for one in found if one is not None]


def _report(row: Mapping[str, Any], now: datetime) -> Report | None:
    if "biz_id" in row:
        good = row.get("success") is True or str(row.get("success")).lower() == "true"
        return Report(
            "delivered" if good else "failed", moment(row["report_time"]), _text(row, "phone_number"),
            _text(row, "biz_id"), _text(row, "out_id"), "" if good else _text(row, "err_code"),
            parts=int(row.get("sms_size") or 0),
        )  # fmt: skip
    if "call_id" in row and "callee" in row:
        heard = int(row.get("duration") or 0) > 0
        return Report(
            "delivered" if heard else "failed", moment(row["end_time"]), _text(row, "callee"),
            _text(row, "call_id"), _text(row, "out_id"), "" if heard else _text(row, "status_code"),
        )  # fmt: skip
    if "render_status" in row:  # only cards that were shown are reported
        return Report("delivered", now, _text(row, "mobile"), out_id=_text(row, "outId"))
    if "content" in row and "dest_code" in row:
        return Report("replied", moment(row["send_time"]), _text(row, "phone_number"), text=_text(row, "content"))
    return None


def _text(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "")
