"""Who am I, business time, and long tasks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

import regulars
from regulars.core.clock import WallClock
from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.infra import jobs
from regulars.workspace import api, api_access, api_login
from regulars.workspace.api import COOKIE, SIGNED_IN, Permitted
from regulars.workspace.contract import Brand, Operation

router = APIRouter(prefix="/api", tags=["workspace"])


class UserOut(BaseModel):
    """Who is logged in."""

    id: int
    email: str
    name: str


class BrandOut(BaseModel):
    """A brand within reach."""

    id: int
    key: str
    name: str
    zone: str
    currency: str


class Me(BaseModel):
    """Who is logged in, how far they reach, and what time it is in the shop.

    routes: what is open to them of all routes without a parameter, such as "GET /api/audit": the console offers
    nothing else. second_factor: theirs is on; second_factor_needed: nothing else is open until it is.
    """

    user: UserOut
    role: str
    role_name: Text
    permissions: list[str]
    routes: list[str]
    brands: list[BrandOut]
    brand_id: int
    business_now: datetime
    business_on: date
    frozen: bool
    csrf: str
    second_factor: bool
    second_factor_needed: bool
    version: str


class OperationOut(BaseModel):
    """A long task. seconds_left is estimated from the rate so far; null while unknown."""

    id: int
    kind: str
    title: str
    state: str
    done: int
    total: int
    unit: str
    message: Said
    result: dict[str, Any] | None
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    rate_per_s: float
    seconds_left: float | None


class OperationList(BaseModel):
    """Long tasks, newest first."""

    items: list[OperationOut]
    next_cursor: str | None = None
    total: int | None = None


class AdvanceIn(BaseModel):
    """How many business days to move on."""

    days: int = Field(ge=1, le=366)


def _me(ctx: Ctx, request: Request, csrf: str) -> Me:
    user = api.user(ctx)
    role = api_access.role(ctx, user.role)
    clock = ctx.clock
    return Me(
        user=UserOut(id=user.id, email=user.email, name=user.name),
        role=user.role,
        role_name=role.name,
        permissions=sorted(ctx.scope.permissions),
        routes=api.opened(request.app.state.asked, ctx.scope),
        brands=[BrandOut(**_fields(b)) for b in api.brands(ctx.tx) if ctx.scope.reaches(b.id)],
        brand_id=ctx.brand_id,
        business_now=ctx.now,
        business_on=ctx.today,
        frozen=isinstance(clock, WallClock) and clock.business_frozen_at is not None,
        csrf=csrf,
        second_factor=api_login.has_second_factor(ctx, user.id),
        second_factor_needed=not ctx.scope.permissions,
        version=regulars.__version__,
    )


def _fields(brand: Brand) -> dict[str, Any]:
    return {name: getattr(brand, name) for name in BrandOut.model_fields}


@router.get("/me")
def me(request: Request, ctx: Annotated[Ctx, Permitted(SIGNED_IN)]) -> Me:
    """Return who is logged in."""
    return _me(ctx, request, api.session_csrf(ctx, request.cookies.get(COOKIE, "")))


@router.post("/clock/advance")
def advance(body: AdvanceIn, ctx: Annotated[Ctx, Permitted("settings.write")]) -> dict[str, datetime]:
    """Move frozen business time on; what depends on the day is rebuilt in the background."""
    at = api.advance_days(ctx, body.days)
    jobs.enqueue(ctx.for_brand(0), "profiles.roll_day", {}, key="roll_day")
    return {"business_now": at}


@router.get("/operations")
def operations(ctx: Annotated[Ctx, Permitted("ingest.read")]) -> OperationList:
    """Return the newest long tasks."""
    return OperationList(items=[_operation(ctx, o) for o in api.operations(ctx)])


@router.get("/operations/{operation_id}")
def operation(operation_id: int, ctx: Annotated[Ctx, Permitted("ingest.read")]) -> OperationOut:
    """Return one long task."""
    return _operation(ctx, api.operation(ctx, operation_id))


@router.post("/operations/{operation_id}/cancel")
def cancel(operation_id: int, ctx: Annotated[Ctx, Permitted("ingest.write")]) -> OperationOut:
    """Ask a long task to stop at its next safe point."""
    api.cancel(ctx, operation_id)
    return _operation(ctx, api.operation(ctx, operation_id))


def _operation(ctx: Ctx, one: Operation) -> OperationOut:
    end = one.finished_at or ctx.clock.system_now()
    seconds = max(0.001, (end - one.started_at).total_seconds())
    rate = one.done / seconds
    left = (one.total - one.done) / rate if one.total and rate and one.state == "running" else None
    return OperationOut(
        rate_per_s=round(rate, 1),
        seconds_left=round(left, 1) if left is not None else None,
        **{name: getattr(one, name) for name in OperationOut.model_fields if hasattr(one, name)},
    )
