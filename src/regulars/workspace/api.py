"""The workspace's door."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from regulars.core.clock import Clock, WallClock, day_start
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, NotFound, Unauthenticated
from regulars.core.ids import new_token
from regulars.infra.db import Connection
from regulars.workspace import store
from regulars.workspace.access import (
    COOKIE,
    SIGNED_IN,
    Permission,
    Permitted,
    PublicRoute,
    by_route,
    called_from,
    opened,
    session_csrf,
)
from regulars.workspace.api_access import check_permissions, role_with
from regulars.workspace.auditing import audit
from regulars.workspace.contract import PERMISSIONS, Brand, User
from regulars.workspace.downloads import Ids, chosen, sheet_file
from regulars.workspace.logic import (
    SESSION_LIFE,
    check_password,
    passwords,
    token_hash,
)
from regulars.workspace.needs import Need, Told, Waiting, needs, register_need, told_needs
from regulars.workspace.tasks import (
    Task,
    TaskCancelled,
    ask,
    cancel_requested,
    fail,
    finish,
    last_operation,
    long_task,
    operation,
    operations,
    progress,
    start_operation,
)

__all__ = [
    "COOKIE",
    "PERMISSIONS",
    "SESSION_LIFE",
    "SIGNED_IN",
    "Ids",
    "Need",
    "Permission",
    "Permitted",
    "PublicRoute",
    "Task",
    "TaskCancelled",
    "Told",
    "Waiting",
    "add_api_key",
    "add_brand",
    "add_user",
    "advance_days",
    "ask",
    "audit",
    "brand",
    "brands",
    "business_clock",
    "by_route",
    "called_from",
    "cancel",
    "cancel_requested",
    "chosen",
    "fail",
    "finish",
    "freeze",
    "last_operation",
    "long_task",
    "needs",
    "opened",
    "operation",
    "operations",
    "progress",
    "register_need",
    "session_csrf",
    "set_setting",
    "setting",
    "sheet_file",
    "start_operation",
    "told_needs",
    "user",
]

_FROZEN_AT = "business_frozen_at"


def brands(tx: Connection) -> list[Brand]:
    """Return all brands."""
    return store.brands(tx)


def brand(tx: Connection, brand_id: int) -> Brand:
    """Return a brand; 0 is the group, in the zone and currency of its first brand. Raises NotFound."""
    known = store.brands(tx)
    if brand_id == 0:
        first = known[0] if known else Brand(0, "group", "Group", "Asia/Shanghai", "CNY")
        return Brand(0, "group", "Group", first.zone, first.currency)
    for one in known:
        if one.id == brand_id:
            return one
    known_ids = ", ".join(f"{b.id} ({b.name})" for b in known) or "none yet"
    raise NotFound(f"There is no brand {brand_id}.", f"Known: {known_ids}. Make one: regulars init.")


def add_brand(ctx: Ctx, new: Brand) -> Brand:
    """Add or change a brand, audited. Raises BadInput."""
    if new.id <= 0 or not new.name.strip():
        raise BadInput("A brand needs a number from 1 and a name.", "Number 0 stands for the whole group.")
    if new.zone not in available_timezones():
        raise BadInput(f"There is no time zone {new.zone!r}.", "Use an IANA name such as Asia/Shanghai.")
    if not (len(new.currency) == 3 and new.currency.isascii() and new.currency.isupper()):
        raise BadInput(f"{new.currency!r} is no currency.", "Use an ISO 4217 code such as CNY.")
    store.add_brand(ctx.tx, new)
    audit(ctx, "brand.saved", "brand", new.id, after={"key": new.key, "name": new.name, "zone": new.zone})
    return new


def setting(ctx: Ctx, key: str, default: Any = None) -> Any:  # noqa: ANN401 - JSON
    """Return a brand's setting."""
    value = store.setting(ctx.tx, ctx.brand_id, key)
    return default if value is None else value


def set_setting(ctx: Ctx, key: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """Change a brand's setting, audited."""
    before = store.setting(ctx.tx, ctx.brand_id, key)
    store.set_setting(ctx.tx, ctx.brand_id, key, value)
    audit(ctx, "setting.changed", "setting", key, before=before, after=value)


def business_clock(tx: Connection) -> Clock:
    """Return the workspace's clock: real time, or business time standing still where it was frozen."""
    frozen = store.setting(tx, 0, _FROZEN_AT)
    return WallClock(datetime.fromisoformat(frozen) if frozen else None)


def freeze(ctx: Ctx, at: datetime | None) -> None:
    """Let business time stand at an instant (demo, tests), or run again with None."""
    set_setting(ctx.for_brand(0), _FROZEN_AT, at.astimezone(UTC).isoformat() if at else None)


def advance_days(ctx: Ctx, days: int) -> datetime:
    """Move frozen business time to noon, `days` business days on. Raises BadInput when time is not frozen."""
    if store.setting(ctx.tx, 0, _FROZEN_AT) is None:
        raise BadInput("Business time runs by itself.", "Only a frozen clock (demo) can be advanced.")
    at = day_start(ctx.today + timedelta(days=days), ctx.zone) + timedelta(hours=12)
    freeze(ctx, at)
    return at


def add_user(ctx: Ctx, email: str, name: str, password: str, permissions: list[str]) -> None:
    """Add a user, or give an existing one a new password; audited. Raises BadInput."""
    check_password(password, email)
    check_permissions(permissions)
    role = role_with(ctx, frozenset(permissions))
    store.add_user(ctx.tx, email.strip().lower(), name, passwords.hash(password), role)
    audit(ctx, "user.saved", "user", store.user_id(ctx.tx, email), after={"role": role})


def user(ctx: Ctx) -> User:
    """Return who acts. Raises Unauthenticated for an API key or the system."""
    if ctx.actor.kind != "user":
        raise Unauthenticated("This is for people who are logged in.", "Log in, then try again.")
    return store.user_by_id(ctx.tx, int(ctx.actor.id))


def add_api_key(ctx: Ctx, name: str, permissions: list[str], stores: Collection[str] | None = None) -> str:
    """Create an API key for the brand and return it; only its hash is kept. stores: it is bound to, None = to none."""
    check_permissions(permissions)
    key = "rk_" + new_token(24)
    told = {"name": name, "permissions": permissions, "stores": None if stores is None else sorted(stores)}
    key_id = store.add_api_key(ctx.tx, ctx.brand_id, {**told, "key_hash": token_hash(key)})
    audit(ctx, "api_key.created", "api_key", key_id, after=told)
    return key


def cancel(ctx: Ctx, operation_id: int) -> None:
    """Ask a long task to stop at its next safe point, audited; one that has ended stays. Raises NotFound."""
    if operation(ctx, operation_id).state != "running":
        return
    store.update_operation(ctx, operation_id, {"cancel": True})
    audit(ctx, "operation.cancel_requested", "operation", operation_id)
