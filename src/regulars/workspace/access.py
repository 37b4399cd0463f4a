"""Who asks, and whether they may: the dependency that every route declares."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from fastapi import Depends, Request

from regulars.core.ctx import Actor, Ctx, Scope
from regulars.core.errors import BadInput, Forbidden, Unauthenticated
from regulars.workspace import store
from regulars.workspace.logic import token_hash

COOKIE = "regulars_session"
SIGNED_IN = "session"
"""Stands for a permission where being logged in is enough."""
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class House(Protocol):
    """What boot puts into `app.state.house`: a transaction with the system's Ctx for a brand."""

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

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Iterator[Ctx]:
        """Open the transaction of the request; it commits before the answer is sent.

        That a key was used is written after it, in one of its own, so that a long question holds no lock of it.
        """
        house: House = request.app.state.house
        used: int | None = None
        try:
            with house.ctx() as system:
                row = _api_key(system, request)
                used = row["id"] if row and _is_due(row["last_used_at"], system.clock.system_now()) else None
                ctx = _for_api_key(system, row, request) if row else _for_session(system, request)
                if self.permission != SIGNED_IN:
                    ctx.require(self.permission)
                yield ctx
        finally:
            if used is not None:
                with house.ctx() as own:
                    store.note_api_key(own.tx, used, own.clock.system_now())


def Permitted(permission: str) -> Any:  # noqa: ANN401 - stands for a FastAPI marker, reads as a type
    """Return the marker by which a route declares its permission and receives its Ctx."""
    return Depends(Permission(permission), scope="function")


def session_csrf(ctx: Ctx, token: str) -> str:
    """Return the CSRF token of a live session, "" when there is none."""
    found = store.session_user(ctx.tx, token_hash(token), ctx.clock.system_now())
    return found[1] if found else ""


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


def _is_due(last_used_at: datetime | None, now: datetime) -> bool:
    """Tell whether a key's use is to be written: to the minute, so that a busy key does not write each time."""
    return last_used_at is None or now - last_used_at > timedelta(minutes=1)


def _for_api_key(system: Ctx, row: dict[str, Any], request: Request) -> Ctx:
    scope = Scope(frozenset(row["permissions"]), brands=frozenset({row["brand_id"]}))
    return _scoped(system, row["brand_id"], Actor("api_key", str(row["id"]), row["name"]), scope, request)


def _for_session(system: Ctx, request: Request) -> Ctx:
    token = request.cookies.get(COOKIE, "")
    found = store.session_user(system.tx, token_hash(token), system.clock.system_now()) if token else None
    if found is None:
        raise Unauthenticated("Nobody is logged in.", "Log in, then try again.")
    user, csrf = found
    given = request.headers.get("x-csrf-token", "")
    if request.method not in _SAFE_METHODS and not hmac.compare_digest(csrf, given):
        raise Forbidden("The request did not come from this page.", "Reload the page and try again.", code="csrf")
    scope = Scope(user.permissions, brands=user.brands, stores=user.stores)
    return _scoped(
        system, _wanted_brand(system, request, scope), Actor("user", str(user.id), user.name), scope, request
    )


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
    )
