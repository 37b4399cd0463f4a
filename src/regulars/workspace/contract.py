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
    "customers.export": Text("导出客户名单（脱敏）", "Export the list of customers, masked"),
    "customers.copy": Text("为客户制作本人资料副本", "Make a customer's own copy of their data"),
    "customers.erase": Text("应客户请求删除其资料", "Erase a customer on request"),
    "people.merge": Text("合并与拆分客户", "Merge and separate customers"),
    "segments.read": Text("查看人群", "See segments"),
    "segments.write": Text("新建与修改人群", "Create and change segments"),
    "segments.export": Text("导出人群", "Export segments"),
    "audiences.export": Text("制作与交付人群包", "Make and hand over audience packages"),
    "campaigns.read": Text("查看活动", "See campaigns"),
    "campaigns.write": Text("新建与修改活动", "Create and change campaigns"),
    "campaigns.export": Text("导出活动列表", "Export the list of campaigns"),
    "campaigns.test": Text("向团队发送测试消息", "Send test messages to the team"),
    "campaigns.publish": Text("发布与停止活动", "Publish and stop campaigns"),
    "ingest.read": Text("查看导入与待修正数据", "See imports and rows to fix"),
    "ingest.write": Text("导入数据", "Bring data in"),
    "tills.use": Text("收银台：识别会员、办理入会、上传小票", "At a till: know members, let them join, hand in sales"),
    "tills.codes": Text("发放会员动态码", "Give out members' changing codes"),
    "insight.read": Text("查看报表", "See reports"),
    "settings.read": Text("查看设置", "See settings"),
    "settings.write": Text("修改设置", "Change settings"),
    "access.read": Text("查看成员、角色与密钥", "See people, roles and keys"),
    "access.write": Text("管理成员、角色与密钥", "Manage people, roles and keys"),
    "audit.read": Text("查看审计日志", "See the audit log"),
}
"""Every permission a route may ask for, with the words shown to an administrator."""

PERMISSION_GROUPS: dict[str, Text] = {
    "customers": Text("客户", "Customers"),
    "people": Text("客户", "Customers"),
    "segments": Text("人群", "Segments"),
    "audiences": Text("人群", "Segments"),
    "campaigns": Text("活动", "Campaigns"),
    "ingest": Text("数据", "Data"),
    "tills": Text("收银台", "Tills"),
    "insight": Text("报表", "Reports"),
    "settings": Text("设置", "Settings"),
    "access": Text("团队与权限", "Team and access"),
    "audit": Text("团队与权限", "Team and access"),
}
"""Under which heading the permissions of a prefix stand."""

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
    """Somebody who logs in. permissions: those of the role, codes or "*"; brands, stores None = all."""

    id: int
    email: str
    name: str
    role: str
    permissions: frozenset[str]
    brands: frozenset[int] | None
    stores: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Role:
    """What a kind of user may do. key: its name for good; built_in: comes with the product and grows with it."""

    key: str
    name: Text
    description: Text
    permissions: frozenset[str]
    built_in: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How far somebody sees: brands and stores, None = all."""

    brands: frozenset[int] | None = None
    stores: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A user as an administrator sees them. last_seen_at: of their live sessions; None = not logged in."""

    user: User
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    last_seen_at: datetime | None
    second_factor: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that makes a user, or gives an existing one (user_id) a new password; good once, until expires_at."""

    id: int
    email: str
    role: str
    reach: Reach
    user_id: int | None
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LiveSession:
    """What a request with a session is checked by. sufficient: False where a second factor must be set up first."""

    user: User
    csrf: str
    last_seen_at: datetime
    sufficient: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session of somebody: from where and by what. browser: words from the user agent, "" = unknown."""

    id: int
    address: str
    browser: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A machine's way in, without its secret. stores: it is bound to, None = all. last_used_at: to the minute."""

    id: int
    name: str
    permissions: frozenset[str]
    stores: frozenset[str] | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what. before, after: JSON as the room wrote it; address: IP the request came from."""

    id: int
    brand_id: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    address: str
    request_id: str
    action: str
    object_kind: str
    object_id: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class SavedView:
    """What a list (`of`) shows, under a name. search: as in the address; columns: chosen beside the rest."""

    id: int
    of: str
    name: str
    search: str
    columns: tuple[str, ...]
    saved_at: datetime


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
