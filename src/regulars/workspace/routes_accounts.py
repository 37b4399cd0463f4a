"""Accounts on outside platforms over HTTP, and practice mode."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from regulars.core.ctx import Ctx
from regulars.core.forms import form
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.platforms.contract import Account, Practice
from regulars.workspace import api_accounts as api
from regulars.workspace.api import SIGNED_IN, Permitted

router = APIRouter(prefix="/api", tags=["accounts"])
_Reader = Annotated[Ctx, Permitted("settings.read")]
_Writer = Annotated[Ctx, Permitted("settings.write")]


class PlatformOut(BaseModel):
    """A platform. page: its documentation; config_schema: JSON schema of an account's settings."""

    key: str
    title: Text
    page: str
    config_schema: dict[str, Any]


class AccountOut(BaseModel):
    """An account. settings: secrets hidden; problem: of the last check, "" = well; checked_at None = never.

    hook: the path to which its provider sends what became of messages.
    """

    id: int
    platform: str
    title: Text
    name: str
    world: Literal["live", "practice"]
    settings: dict[str, Any]
    rates: dict[str, float]
    checked_at: datetime | None
    problem: Said
    hook: str


class AccountList(BaseModel):
    """Accounts, by platform and name."""

    items: list[AccountOut]
    next_cursor: None = None
    total: int


class AccountIn(BaseModel):
    """An account. rates: calls or messages a second by bucket, over the platform's defaults."""

    platform: str = Field(max_length=60)
    name: str = Field(max_length=100)
    settings: dict[str, Any]
    rates: dict[str, Annotated[float, Field(gt=0, le=100_000)]] = {}


class AccountChange(BaseModel):
    """A changed account; a secret shown as hidden stays as it is."""

    name: str = Field(max_length=100)
    settings: dict[str, Any]
    rates: dict[str, Annotated[float, Field(gt=0, le=100_000)]] | None = None


class GrantOut(BaseModel):
    """One thing the check tried. granted None: could not be told; said: the platform's own words."""

    name: Text
    granted: bool | None
    said: str


class CheckOut(BaseModel):
    """How a check ended."""

    ok: bool
    problem: Said
    grants: list[GrantOut]


class PracticeOut(BaseModel):
    """Practice mode. url: of the sandbox. brand: the brand is one for practice."""

    on: bool
    brand: bool
    url: str
    since: datetime | None


class PracticeIn(BaseModel):
    """Turn practice mode on, with the sandbox's address, or off. brand: whether the brand is one for practice.

    Sources of other brands are not read while practice mode is on. null = as it is.
    """

    on: bool
    brand: bool | None = None
    url: str = Field(default="http://127.0.0.1:8900", max_length=200)


def _out(one: Account) -> AccountOut:
    return AccountOut(
        id=one.id, platform=one.platform, title=api.title(one.platform), name=one.name, world=one.world,
        settings=api.shown_settings(one), rates=dict(one.rates), checked_at=one.checked_at, problem=one.problem,
        hook=f"/hooks/receipts/{api.hook_of(one)}",
    )  # fmt: skip


@router.get("/platforms")
def platforms(ctx: _Reader) -> list[PlatformOut]:
    """Return the platforms that accounts can be of."""
    del ctx
    return [PlatformOut(key=k.key, title=k.title, page=k.page, config_schema=form(k.Config)) for k in api.kinds()]


@router.get("/accounts")
def accounts(ctx: _Reader) -> AccountList:
    """Return the brand's accounts."""
    items = [_out(one) for one in api.accounts(ctx)]
    return AccountList(items=items, total=len(items))


@router.post("/accounts", status_code=201)
def add(body: AccountIn, ctx: _Writer) -> AccountOut:
    """Keep an account; its secrets are encrypted and never shown again."""
    return _out(api.add(ctx, body.platform, body.name, body.settings, rates=body.rates))


@router.put("/accounts/{account_id}")
def change(account_id: int, body: AccountChange, ctx: _Writer) -> AccountOut:
    """Change an account, for example to rotate a secret."""
    return _out(api.change(ctx, account_id, body.name, body.settings, rates=body.rates))


@router.delete("/accounts/{account_id}", status_code=204)
def remove(account_id: int, ctx: _Writer) -> None:
    """Remove an account with its secrets."""
    api.remove(ctx, account_id)


@router.post("/accounts/{account_id}/check")
def check(account_id: int, ctx: _Writer, request: Request) -> CheckOut:
    """Try what the product needs of an account, without changing anything."""
    house = request.app.state.house
    problem, grants = api.check(house.db, house.make_ctx, ctx, account_id)
    return CheckOut(
        ok=not problem,
        problem=problem,
        grants=[GrantOut(name=g.name, granted=g.granted, said=g.said) for g in grants],
    )


def _mode(ctx: Ctx, mode: Practice) -> PracticeOut:
    brand = api.is_for_practice(ctx.tx, ctx.brand_id)
    return PracticeOut(on=mode.on, brand=brand, url=mode.url, since=mode.since)


@router.get("/practice")
def practice(ctx: Annotated[Ctx, Permitted(SIGNED_IN)]) -> PracticeOut:
    """Tell whether practice mode is on."""
    return _mode(ctx, api.practice(ctx))


@router.put("/practice")
def set_practice(body: PracticeIn, ctx: _Writer) -> PracticeOut:
    """Turn practice mode on or off: while it is on, every call of the workspace goes to the sandbox."""
    if body.brand is not None:
        api.set_for_practice(ctx, on=body.brand)
    return _mode(ctx, api.set_practice(ctx, on=body.on, url=body.url))
