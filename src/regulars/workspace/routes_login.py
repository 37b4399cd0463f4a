"""Getting in over HTTP: by password, by a provider, and as the first user of a new house."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound, RegularsError
from regulars.platforms.api_oidc import Provider
from regulars.workspace import api, api_login
from regulars.workspace.api import COOKIE, SESSION_LIFE, Permitted, PublicRoute
from regulars.workspace.contract import Brand, Session

router = APIRouter(prefix="/api", tags=["login"])

_BACK = "/api/login/provider/back"
_KEPT = "regulars_sign_in"
_OWN_PATH = re.compile(r"/(?![/\\]).*")


class LoginIn(BaseModel):
    """E-mail and password. code: six digits or a recovery code, where the account asks for one."""

    email: str = Field(max_length=200)
    password: str = Field(max_length=200)
    code: str = Field(default="", max_length=40)


class LoginOptions(BaseModel):
    """What the login page offers. provider: name on the button; new: the house waits for its first user."""

    provider: str | None
    new: bool


class LoginPolicy(BaseModel):
    """What everybody's login needs. second_factor_required: of whoever logs in by password."""

    second_factor_required: bool


class SetupIn(BaseModel):
    """The first user and the first brand. token: what stands behind the # of the link that the server printed."""

    token: str = Field(max_length=100)
    name: str = Field(min_length=1, max_length=80)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)
    password: str = Field(max_length=200)
    brand_name: str = Field(min_length=1, max_length=80)
    zone: str = Field(max_length=60)
    currency: str = Field(max_length=3)


@router.get("/login/options", dependencies=[Depends(PublicRoute("the login page is drawn by it"))])
def options(request: Request) -> LoginOptions:
    """Return what the login page offers."""
    provider: Provider | None = request.app.state.house.provider
    with request.app.state.house.ctx() as ctx:
        return LoginOptions(provider=provider.name if provider else None, new=api_login.is_new(ctx))


@router.post("/login", dependencies=[Depends(PublicRoute("logging in comes before having a permission"))])
def login(body: LoginIn, request: Request, response: Response) -> dict[str, bool]:
    """Start a session; the console then asks /api/me."""
    with request.app.state.house.ctx() as ctx:
        here = api.called_from(ctx, request)
        session = api_login.login(here, body.email, body.password, code=body.code, user_agent=_agent(request))
    if not isinstance(session, Session):
        raise api_login.refused(session)
    _keep(response, request, session)
    return {"ok": True}


@router.post("/logout", dependencies=[Depends(PublicRoute("whoever holds the cookie may give it back"))])
def logout(request: Request, response: Response) -> dict[str, bool]:
    """End the session."""
    with request.app.state.house.ctx() as ctx:
        api_login.logout(ctx, request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE)
    return {"ok": True}


@router.get(
    "/login/provider",
    dependencies=[Depends(PublicRoute("logging in comes before having a permission"))],
    response_class=RedirectResponse,
    status_code=303,
)
def sign_in(request: Request, onward: Annotated[str, Query(alias="next", max_length=500)] = "/") -> RedirectResponse:
    """Send the browser to the provider."""
    try:
        address, asked = _provider(request).start(_back(request))
    except RegularsError as error:
        return _to_login(error)
    with request.app.state.house.ctx() as ctx:
        kept = api_login.seal(ctx, asked, onward if _OWN_PATH.fullmatch(onward) else "/")
    answer = RedirectResponse(address, 303)
    life_s = int(api_login.SIGN_IN_LIFE.total_seconds())
    answer.set_cookie(_KEPT, kept, max_age=life_s, path=_BACK, httponly=True, samesite="lax", secure=_secure(request))
    return answer


@router.get(
    "/login/provider/back",
    dependencies=[Depends(PublicRoute("the provider sends the browser here"))],
    response_class=RedirectResponse,
    status_code=303,
)
def came_back(request: Request, code: str = "", state: str = "") -> RedirectResponse:
    """Start a session for whoever the provider has checked; a refusal leads to the login page, which says why."""
    house = request.app.state.house
    try:
        with house.ctx() as ctx:
            here = api.called_from(ctx, request)
            asked, onward = api_login.unseal(here, request.cookies.get(_KEPT, ""), state)
        who = _provider(request).claims(code, _back(request), asked, here.clock.system_now())
        with house.ctx() as ctx:
            here = api.called_from(ctx, request)
            session = api_login.login_known(here, who, user_agent=_agent(request))
    except RegularsError as error:
        with house.ctx() as ctx:
            api_login.note_refused(api.called_from(ctx, request), error.code)
        return _to_login(error)
    answer = RedirectResponse(onward, 303)
    answer.delete_cookie(_KEPT, path=_BACK)
    _keep(answer, request, session)
    return answer


@router.post("/setup", dependencies=[Depends(PublicRoute("nobody can have a permission before there is a user"))])
def setup(body: SetupIn, request: Request) -> dict[str, bool]:
    """Make the first user, who may do everything, and the first brand. The link works until there is a user."""
    with request.app.state.house.ctx() as ctx:
        here = api.called_from(ctx, request)
        api_login.check_setup(here, body.token)
        api.add_brand(here, Brand(1, "main", body.brand_name.strip(), body.zone, body.currency))
        api.add_user(here, body.email, body.name.strip(), body.password, ["*"])
    return {"ok": True}


@router.get("/login/policy")
def policy(ctx: Annotated[Ctx, Permitted("access.read")]) -> LoginPolicy:
    """Return what everybody's login needs."""
    return LoginPolicy(second_factor_required=api_login.second_factor_required(ctx))


@router.put("/login/policy")
def change_policy(body: LoginPolicy, ctx: Annotated[Ctx, Permitted("access.write")]) -> LoginPolicy:
    """Change what everybody's login needs; it holds from their next request."""
    api_login.require_second_factor(ctx, required=body.second_factor_required)
    return body


def _provider(request: Request) -> Provider:
    found: Provider | None = request.app.state.house.provider
    if found is None:
        raise NotFound("No provider is set up here.", "Log in by password.", code="login.no_provider")
    return found


def _back(request: Request) -> str:
    return (request.app.state.house.public_url or str(request.base_url).rstrip("/")) + _BACK


def _to_login(error: RegularsError) -> RedirectResponse:
    return RedirectResponse(f"/login?{urlencode({'refused': error.code})}", 303)


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _secure(request: Request) -> bool:
    return request.url.scheme == "https" or request.app.state.house.public_url.startswith("https:")


def _keep(response: Response, request: Request, session: Session) -> None:
    response.set_cookie(
        COOKIE,
        session.token,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_secure(request),
    )
