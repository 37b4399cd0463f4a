"""Who asks, and whether they may: the dependency that every route declares."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from regulars.core.ctx import Actor, Ctx, Scope
from regulars.core.errors import BadInput, Forbidden, NotFound, RegularsError, Unauthenticated
from regulars.infra.db import Connection
from regulars.platforms.api_oidc import Provider
from regulars.workspace import store
from regulars.workspace.auditing import audit
from regulars.workspace.logic import token_hash

COOKIE = "regulars_session"
SIGNED_IN = "session"
"""Stands for a permission where being logged in is enough."""
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class House(Protocol):
    """What boot puts into `app.state.house`: a transaction with the system's Ctx for a brand.

    provider: who else may say who somebody is. public_url: address of the console, "" = as the browser asked.
    """

    provider: Provider | None
    public_url: str

    def ctx(self, brand_id: int = 0) -> AbstractContextManager[Ctx]:
        """Open a transaction; commit at the end, roll back on an error."""
        ...


class PublicRoute:
    """Marks a route that needs no permission, with the reason; the house test lists them."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __call__(self) -> None:
        """Do nothing: the mark is what counts."""


class Permission:
    """Gives a route its Ctx after checking session or API key, CSRF, permission and brand scope."""

    def __init__(self, permission: str, *, all_stores: bool = False) -> None:
        self.permission = permission
        self.all_stores = all_stores

    def opens(self, scope: Scope) -> bool:
        """Tell whether somebody of this scope may ask the route, in a brand that it reaches."""
        return scope.allows(self.permission) and not (self.all_stores and scope.stores is not None)

    def __call__(self, request: Request) -> Iterator[Ctx]:
        """Open the transaction of the request; it commits before the answer is sent.

        That a key or session was used, and what was refused, is written after it in a transaction of its own: a long
        question holds no lock of it, and a refusal is kept though its request is rolled back.
        """
        house: House = request.app.state.house
        ctx: Ctx | None = None
        note: _Note | None = None
        try:
            with house.ctx() as system:
                ctx, note = _ctx(system, request)
                if self.permission != SIGNED_IN:
                    _require(ctx, self.permission)
                if self.all_stores:
                    ctx.require_all_stores()
                yield ctx
        except (Forbidden, NotFound) as error:
            if ctx is not None and (isinstance(error, Forbidden) or _is_bounded(ctx.scope)):
                with house.ctx() as own:
                    _audit_refusal(replace(ctx, tx=own.tx), request, error)
            raise
        finally:
            if note is not None:
                with house.ctx() as own:
                    note(own.tx, own.clock.system_now())


def by_route(routes: Iterable[BaseRoute]) -> dict[str, Permission]:
    """Return what the routes without a parameter ask for, by method and path, such as "GET /api/audit"."""
    found: dict[str, Permission] = {}
    for route in routes:
        # A router that was included stands in the list as a whole.
        if inner := getattr(route, "original_router", None):
            found |= by_route(inner.routes)
        elif isinstance(route, APIRoute) and "{" not in route.path:
            asked = [one.call for one in route.dependant.dependencies if isinstance(one.call, Permission)]
            found |= {f"{method} {route.path}": one for one in asked for method in route.methods or ()}
    return found


def opened(asked: Mapping[str, Permission], scope: Scope) -> list[str]:
    """Return which of these routes are open within a scope, sorted; those that need no permission left out."""
    return sorted(route for route, one in asked.items() if one.permission != SIGNED_IN and one.opens(scope))


def _require(ctx: Ctx, permission: str) -> None:
    if ctx.actor.kind == "user" and not ctx.scope.permissions:  # every role has some: see `_for_session`
        raise Forbidden(
            "Whoever logs in here by password needs a second factor.",
            "Set yours up under your account; then go on.",
            code="second_factor.needed",
        )
    ctx.require(permission)


_Note = Callable[[Connection, datetime], None]


def _is_bounded(scope: Scope) -> bool:
    """Tell whether something that is not found may be there for others."""
    return scope.stores is not None or scope.brands is not None


def _audit_refusal(ctx: Ctx, request: Request, error: RegularsError) -> None:
    asked = {"method": request.method, "path": request.url.path, "status": error.status, "code": error.code}
    audit(ctx, "access.refused", "path", request.url.path, after=asked)


def Permitted(permission: str, *, all_stores: bool = False) -> Any:  # noqa: ANN401 - a FastAPI marker, reads as a type
    """Return the marker by which a route declares its permission and receives its Ctx.

    all_stores: closed to somebody bound to stores, because what it shows cannot be told apart by store.
    """
    return Depends(Permission(permission, all_stores=all_stores), scope="function")


def session_csrf(ctx: Ctx, token: str) -> str:
    """Return the CSRF token of a live session, "" when there is none."""
    found = store.session_user(ctx.tx, token_hash(token), ctx.clock.system_now())
    return found.csrf if found else ""


def _api_key(system: Ctx, request: Request) -> dict[str, Any] | None:
    header = request.headers.get("authorization", "")
    if not header:
        return None
    kind, _, value = header.partition(" ")
    key = value.strip()
    if kind.lower() == "basic":
        try:
            key = base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    row = store.api_key(system.tx, token_hash(key)) if key else None
    if row is None:
        raise Unauthenticated(
            "The API key is unknown or revoked.",
            "Create one: regulars api-key create.",
            code="api_key.unknown",
        )
    return row


def _ctx(system: Ctx, request: Request) -> tuple[Ctx, _Note | None]:
    """Return the Ctx of whoever asks, and how to write that they were here where that is due."""
    now = system.clock.system_now()
    row = _api_key(system, request)
    if row:
        key_id = row["id"]
        due = _is_due(row["last_used_at"], now)
        return _for_api_key(system, row, request), partial(_note_key, key_id) if due else None
    ctx, token, seen_at = _for_session(system, request)
    return ctx, partial(_note_session, token) if _is_due(seen_at, now) else None


def _note_key(key_id: int, tx: Connection, now: datetime) -> None:
    store.note_api_key(tx, key_id, now)


def _note_session(token: str, tx: Connection, now: datetime) -> None:
    store.note_session(tx, token, now)


def _is_due(last_at: datetime | None, now: datetime) -> bool:
    """Tell whether a use is to be written: to the minute, so that a busy key does not write each time."""
    return last_at is None or now - last_at > timedelta(minutes=1)


def _for_api_key(system: Ctx, row: dict[str, Any], request: Request) -> Ctx:
    stores = None if row["stores"] is None else frozenset(row["stores"])
    scope = Scope(frozenset(row["permissions"]), brands=frozenset({row["brand_id"]}), stores=stores)
    return _scoped(system, row["brand_id"], Actor("api_key", str(row["id"]), row["name"]), scope, request)


def _for_session(system: Ctx, request: Request) -> tuple[Ctx, str, datetime]:
    token = token_hash(request.cookies.get(COOKIE, ""))
    found = store.session_user(system.tx, token, system.clock.system_now())
    if found is None:
        raise Unauthenticated("Nobody is logged in.", "Log in, then try again.")
    user = found.user
    given = request.headers.get("x-csrf-token", "")
    if request.method not in _SAFE_METHODS and not hmac.compare_digest(found.csrf, given):
        raise Forbidden("The request did not come from this page.", "Reload the page and try again.", code="csrf")
    # Enough to set up a second factor, see `Permission`.
    permissions = user.permissions if found.sufficient else frozenset[str]()
    scope = Scope(permissions, brands=user.brands, stores=user.stores)
    actor = Actor("user", str(user.id), user.name)
    return _scoped(system, _wanted_brand(system, request, scope), actor, scope, request), token, found.last_seen_at


def _wanted_brand(system: Ctx, request: Request, scope: Scope) -> int:
    wanted = request.headers.get("x-brand-id") or request.query_params.get("brand_id")
    if wanted:
        if not wanted.isdigit():
            raise BadInput("The brand must be a number.", "Leave it out to use your first brand.")
        return int(wanted)
    reachable = [b.id for b in store.brands(system.tx) if scope.reaches(b.id)]
    return reachable[0] if reachable else 0


def _scoped(system: Ctx, brand_id: int, actor: Actor, scope: Scope, request: Request) -> Ctx:
    zone, currency = system.zone, system.currency
    for brand in store.brands(system.tx):
        if brand.id == brand_id:
            zone, currency = brand.zone, brand.currency
    return replace(
        system.for_brand(brand_id, zone, currency),
        actor=actor,
        scope=scope,
        request_id=getattr(request.state, "request_id", ""),
        address=_address(request),
    )


def called_from(ctx: Ctx, request: Request) -> Ctx:
    """Return the Ctx with where a public route was called from."""
    return replace(ctx, request_id=getattr(request.state, "request_id", ""), address=_address(request))


def _address(request: Request) -> str:
    """Return the IP address that a request came from; the server believes a proxy only where it is told to."""
    return request.client.host if request.client else ""
