"""The door of platforms: accounts, sessions, practice mode. The clients themselves are `api_<platform>.py`."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx2
from pydantic import AnyHttpUrl, TypeAdapter, ValidationError

from regulars.core.clock import Clock
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.core.registry import Registry
from regulars.infra import sealing
from regulars.infra.crypto import vault
from regulars.infra.db import Connection, Database
from regulars.platforms import kinds, store
from regulars.platforms.contract import (
    Account,
    Away,
    Grant,
    Platform,
    PlatformError,
    Practice,
    Session,
    platform_registry,
)
from regulars.platforms.session import OpenSession, loop

__all__ = [
    "account",
    "account_at",
    "accounts",
    "add_account",
    "begin_practice",
    "change_account",
    "check",
    "end_practice",
    "hook_of",
    "keep_check",
    "offered_by_sandbox",
    "open_session",
    "platform_kinds",
    "practice",
    "remove_account",
    "reserve_turn",
    "run",
    "shown_settings",
]
T = TypeVar("T")
_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)
_OFFER_WAIT_S = 10


def platform_kinds() -> Registry[Platform]:
    """Return the platform kinds, loaded."""
    return platform_registry.load(kinds)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Do calls of sessions from a thread, and return their result. Not from inside a transaction: calls take time."""
    return loop.run(work)


# --- accounts ---------------------------------------------------------------------------------------------
def accounts(ctx: Ctx, *, platform: str | None = None) -> list[Account]:
    """Return the brand's accounts."""
    return store.accounts(ctx.tx, ctx.brand_id, platform=platform)


def account(ctx: Ctx, account_id: int) -> Account:
    """Return an account of the brand. Raises NotFound."""
    found = store.account(ctx.tx, account_id)
    if found is None or (ctx.brand_id and found.brand_id != ctx.brand_id):
        raise NotFound(f"There is no account {account_id}.", "It may have been removed, or belong to another brand.")
    return found


def hook_of(one: Account) -> str:
    """Return the last part of the address to which a provider sends what became of messages."""
    return f"{one.id}-{vault().blind_index('account_hook', '', str(one.id))[:16]}"


def account_at(ctx: Ctx, hook: str) -> Account:
    """Return the account of an address. Raises NotFound."""
    number = hook.partition("-")[0]
    found = store.account(ctx.tx, int(number)) if number.isdecimal() and len(number) < 19 else None
    if found is None or not hmac.compare_digest(hook_of(found), hook):
        raise NotFound("Nothing listens at this address.", "Look it up on the account's page.")
    return found


def add_account(
    ctx: Ctx, platform: str, name: str, settings: Mapping[str, Any], *, rates: Mapping[str, float] | None = None
) -> Account:
    """Keep a new live account. Raises: NotFound (platform), BadInput (settings), Conflict (name taken)."""
    kind = platform_kinds().get(platform)
    row = {
        "platform": platform,
        "name": name.strip(),
        "world": "live",
        "base_url": kind.base_url,
        "settings": _sealed(platform, settings),
        "rates": dict(rates or {}),
    }
    return _added(ctx, row)


def _added(ctx: Ctx, row: Mapping[str, Any]) -> Account:
    if not row["name"]:
        raise BadInput("An account needs a name.", "Use the shop's or the company's name.")
    found = store.add_account(ctx, row)
    if found is None:
        raise Conflict(f"There is an account {row['name']!r} already.", "Choose another name, or change that one.")
    return found


def change_account(
    ctx: Ctx, account_id: int, name: str, settings: Mapping[str, Any], *, rates: Mapping[str, float] | None = None
) -> Account:
    """Change an account; a secret shown as hidden stays, any other replaces it (rotation). Raises as add_account."""
    before = account(ctx, account_id)
    sealed = _sealed(before.platform, sealing.kept(settings, before.settings))
    row = {"name": name.strip(), "base_url": before.base_url, "settings": sealed}
    store.change_account(ctx, account_id, {**row, "rates": dict(before.rates if rates is None else rates)})
    return account(ctx, account_id)


def remove_account(ctx: Ctx, account_id: int) -> None:
    """Remove an account with its secrets and tokens."""
    account(ctx, account_id)
    store.remove_account(ctx, account_id)


def shown_settings(one: Account) -> dict[str, Any]:
    """Return settings as they may be shown: secrets hidden."""
    return sealing.hidden(one.settings)


def _sealed(platform: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    opened = sealing.unseal(settings, _context(platform), vault())
    return sealing.seal(platform_kinds().parse(platform, opened), _context(platform), vault())


def _context(platform: str) -> str:
    return f"platform:{platform}"


# --- calls ------------------------------------------------------------------------------------------------
def open_session(db: Database, clock: Clock, account_id: int) -> Session:
    """Open an account for calls; in practice mode its counterpart in the sandbox. Raises: NotFound, Conflict."""
    with db.tx() as tx:
        found = _usable(tx, account_id)
    opened = sealing.unseal(found.settings, _context(found.platform), vault())
    return OpenSession(db, found, platform_kinds().parse(found.platform, opened), clock)


def _usable(tx: Connection, account_id: int) -> Account:
    found = store.account(tx, account_id)
    if found is None:
        raise NotFound(f"There is no account {account_id}.", "It was removed: choose another one.")
    on = store.practice(tx).on
    if on and found.world == "live":
        every = store.accounts(tx, found.brand_id, platform=found.platform)
        found = next((one for one in every if one.world == "practice"), None)
        if found is None:
            raise Conflict("Practice mode is on, and the sandbox has no such account.", "Turn practice mode on again.")
    elif not on and found.world == "practice":
        raise Conflict("This account leads to the sandbox, and practice mode is off.", "Choose a real account.")
    return found


def check(session: Session) -> list[Grant]:
    """Try what the product needs of an account, without changing anything. Raises: Away."""
    kind = platform_kinds().get(session.account.platform)()
    try:
        return run(lambda: kind.check(session))
    except Away:
        raise
    except PlatformError as error:
        raise Conflict(error.message, error.hint, code=error.code, platform_code=error.platform_code) from error


def keep_check(ctx: Ctx, account_id: int, problem: str) -> None:
    """Write down how a check ended; problem "" = well."""
    store.checked(ctx, account_id, problem)


def reserve_turn(ctx: Ctx, account_id: int, bucket: str, cost_s: float, *, horizon_s: float) -> float:
    """Reserve the next turn of an account's bucket; return the seconds until it, not reserved beyond the horizon."""
    return store.turn(ctx.tx, (account_id, bucket), cost_s, ctx.clock.system_now(), horizon_s)


# --- practice ---------------------------------------------------------------------------------------------
def practice(ctx: Ctx) -> Practice:
    """Return whether practice mode is on."""
    return store.practice(ctx.tx)


def offered_by_sandbox(url: str) -> dict[str, dict[str, Any]]:
    """Ask the sandbox for its accounts: settings by platform. Raises: BadInput, Conflict."""
    try:
        at = str(_URL.validate_python(url)).rstrip("/")
        answer = httpx2.get(f"{at}/accounts", timeout=_OFFER_WAIT_S, trust_env=False)
        answer.raise_for_status()
        offered = answer.json()
    except ValidationError as error:
        raise BadInput("The sandbox's address is no URL.", "It looks like http://127.0.0.1:8900.") from error
    except (httpx2.HTTPError, ValueError) as error:
        raise Conflict("The sandbox does not answer.", "Start it: regulars sandbox.") from error
    return {key: offered[key] for key in offered if key in {kind.key for kind in platform_kinds()}}


def begin_practice(ctx: Ctx, url: str, offered: Mapping[str, Mapping[str, Any]]) -> Practice:
    """Turn practice mode on for the workspace and give the brand the sandbox's accounts."""
    at = url.rstrip("/")
    known = {one.platform: one for one in accounts(ctx) if one.world == "practice"}
    for platform, settings in offered.items():
        row = {
            "platform": platform,
            "name": "Sandbox",
            "world": "practice",
            "base_url": f"{at}/{platform}",
            "settings": _sealed(platform, settings),
            "rates": {},
        }
        if platform in known:
            store.change_account(ctx, known[platform].id, {**row, "rates": dict(known[platform].rates)})
        else:
            _added(ctx, row)
    store.set_practice(ctx, Practice(on=True, url=at))
    return practice(ctx)


def end_practice(ctx: Ctx) -> Practice:
    """Turn practice mode off: calls go to the real platforms again."""
    store.set_practice(ctx, Practice(on=False))
    return practice(ctx)
