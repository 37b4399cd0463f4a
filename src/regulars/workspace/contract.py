"""What other rooms may hold of the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.core.text import Text

PERMISSIONS: dict[str, Text] = {
    "customers.read": Text("查看客户", "See customers"),
    "customers.unmask": Text("查看未脱敏信息", "See personal data unmasked"),
    "customers.write": Text("修改客户资料与授权", "Change customers and consents"),
    "people.merge": Text("合并与拆分客户", "Merge and separate customers"),
    "segments.read": Text("查看人群", "See segments"),
    "segments.write": Text("新建与修改人群", "Create and change segments"),
    "segments.export": Text("导出人群", "Export segments"),
    "audiences.export": Text("制作与交付人群包", "Make and hand over audience packages"),
    "campaigns.read": Text("查看活动", "See campaigns"),
    "campaigns.write": Text("新建与修改活动", "Create and change campaigns"),
    "campaigns.publish": Text("发布与停止活动", "Publish and stop campaigns"),
    "ingest.read": Text("查看导入与待修正数据", "See imports and rows to fix"),
    "ingest.write": Text("导入数据", "Bring data in"),
    "insight.read": Text("查看报表", "See reports"),
    "settings.read": Text("查看设置", "See settings"),
    "settings.write": Text("修改设置", "Change settings"),
}
"""Every permission a route may ask for, with the words shown to an administrator."""

OperationState = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand of the group. zone: IANA; currency: ISO 4217."""

    id: int
    key: str
    name: str
    zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who logs in. permissions: codes or "*"; brands, stores None = all."""

    id: int
    email: str
    name: str
    permissions: frozenset[str]
    brands: frozenset[int] | None
    stores: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Session:
    """A login. token is given once, to the cookie; csrf goes into a header of every write."""

    token: str
    csrf: str
    user: User
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Operation:
    """A long task. done and total count `unit`s; total 0 = not known yet."""

    id: int
    brand_id: int
    kind: str
    title: str
    state: OperationState
    done: int
    total: int
    unit: str
    message: str
    payload: dict[str, Any]
    result: dict[str, Any] | None
    cancel_requested: bool
    actor: str
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None
