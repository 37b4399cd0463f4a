"""The workspace's door to accounts on outside platforms: the same as platforms', audited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.errors import BadInput
from regulars.core.registry import Registry
from regulars.core.text import Text
from regulars.infra.db import Connection, Database
from regulars.infra.event_log import MakeCtx
from regulars.platforms import api as platforms
from regulars.platforms.contract import Account, Grant, Platform, PlatformError, Practice
from regulars.workspace import store
from regulars.workspace.auditing import audit

shown_settings = platforms.shown_settings
hook_of = platforms.hook_of
_FOR_PRACTICE = "practice.brand"


def kinds() -> Registry[Platform]:
    """Return the platform kinds."""
    return platforms.platform_kinds()


def title(platform: str) -> Text:
    """Return a platform's name."""
    return kinds().get(platform).title


def accounts(ctx: Ctx) -> list[Account]:
    """Return the brand's accounts."""
    return platforms.accounts(ctx)


def add(
    ctx: Ctx, platform: str, name: str, settings: Mapping[str, Any], *, rates: Mapping[str, float] | None = None
) -> Account:
    """Keep an account. Raises: NotFound, BadInput, Conflict."""
    one = platforms.add_account(ctx, platform, name, settings, rates=rates)
    audit(ctx, "account.added", "account", one.id, after={"platform": platform, "name": one.name})
    return one


def change(
    ctx: Ctx, account_id: int, name: str, settings: Mapping[str, Any], *, rates: Mapping[str, float] | None = None
) -> Account:
    """Change an account. The log names the settings that changed, never their values. Raises as add, NotFound."""
    before = platforms.account(ctx, account_id)
    one = platforms.change_account(ctx, account_id, name, settings, rates=rates)
    changed = sorted(key for key in one.settings if one.settings[key] != before.settings.get(key))
    audit(ctx, "account.changed", "account", account_id,
          before={"name": before.name, "rates": dict(before.rates)},
          after={"name": one.name, "rates": dict(one.rates), "changed": list[Any](changed)})  # fmt: skip
    return one


def remove(ctx: Ctx, account_id: int) -> None:
    """Remove an account with its secrets. Raises: NotFound."""
    one = platforms.account(ctx, account_id)
    platforms.remove_account(ctx, account_id)
    audit(ctx, "account.removed", "account", account_id, before={"platform": one.platform, "name": one.name})


def check(db: Database, make_ctx: MakeCtx, ctx: Ctx, account_id: int) -> tuple[str, list[Grant]]:
    """Check a connection; return what is wrong ("" = nothing) and what was tried. Raises: NotFound, Conflict."""
    platforms.account(ctx, account_id)
    session = platforms.open_session(db, ctx.clock, account_id)
    try:
        grants = platforms.check(session)
    except PlatformError as error:
        problem, grants = error.message, list[Grant]()
    else:
        problem = "" if all(g.granted is not False for g in grants) else "Permissions are missing."
    with db.tx() as tx:
        platforms.keep_check(make_ctx(tx, ctx.brand_id), account_id, problem)
    return problem, grants


def practice(ctx: Ctx) -> Practice:
    """Tell whether practice mode is on."""
    return platforms.practice(ctx)


def is_for_practice(tx: Connection, brand_id: int) -> bool:
    """Tell whether what the sandbox invents may be written into a brand."""
    return bool(store.setting(tx, brand_id, _FOR_PRACTICE))


def set_for_practice(ctx: Ctx, *, on: bool) -> None:
    """Say whether the brand is one for practice. Audited. Raises BadInput for the group."""
    if ctx.brand_id == GROUP_BRAND_ID:
        raise BadInput("The group is no brand.", "Choose a brand.", code="brand.required")
    if on != is_for_practice(ctx.tx, ctx.brand_id):
        store.set_setting(ctx.tx, ctx.brand_id, _FOR_PRACTICE, on)
        audit(ctx, "practice.brand_set", "brand", ctx.brand_id, after={"for_practice": on})


def set_practice(ctx: Ctx, *, on: bool, url: str) -> Practice:
    """Turn practice mode on for all brands, or off. Raises: BadInput, Conflict when the sandbox does not answer."""
    before = platforms.practice(ctx)
    if on:
        offered = platforms.offered_by_sandbox(url)
        for brand in store.brands(ctx.tx):
            platforms.begin_practice(ctx.for_brand(brand.id), url, offered)
    else:
        platforms.end_practice(ctx)
    after = platforms.practice(ctx)
    audit(ctx, "practice.set", "workspace", 0, before={"on": before.on}, after={"on": after.on, "url": after.url})
    return after
