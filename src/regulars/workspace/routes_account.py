"""One's own account over HTTP, and the page that a link opens for somebody who cannot log in yet."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.workspace import api, api_access, api_login
from regulars.workspace.api import COOKIE, SIGNED_IN, Permitted, PublicRoute
from regulars.workspace.routes_access import EndedOut, SignedInList, SignedInOut

router = APIRouter(prefix="/api", tags=["account"])
_Oneself = Annotated[Ctx, Permitted(SIGNED_IN)]


class NameIn(BaseModel):
    """How to be called."""

    name: str = Field(max_length=80)


class PasswordIn(BaseModel):
    """The password until now, and the one from now on."""

    current: str = Field(max_length=200)
    new: str = Field(max_length=200)


class OwnPasswordIn(BaseModel):
    """One's password, to be sure that it is oneself."""

    password: str = Field(max_length=200)


class CodeIn(BaseModel):
    """Six digits from the app."""

    code: str = Field(max_length=20)


class NewFactorOut(BaseModel):
    """What the app is given. secret: to type by hand; uri: for the square picture."""

    secret: str
    uri: str


class RecoveryOut(BaseModel):
    """Codes for the day on which the telephone is lost, each good once."""

    codes: list[str]


class TokenIn(BaseModel):
    """What stands behind the # of a link."""

    token: str = Field(max_length=100)


class AcceptIn(TokenIn):
    """Name and password of whoever opens a link; for a new password alone the name is left out."""

    name: str = Field(default="", max_length=80)
    password: str = Field(max_length=200)


class LinkOpened(BaseModel):
    """What a link is for. new: a user is made; otherwise a password is set anew."""

    email: str
    new: bool
    role: Text
    invited_by: str


class AcceptOut(BaseModel):
    """The address to log in with."""

    email: str


@router.put("/me")
def rename(body: NameIn, ctx: _Oneself) -> dict[str, bool]:
    """Change one's own name."""
    api.user(ctx)
    api_access.rename(ctx, body.name)
    return {"ok": True}


@router.post("/me/password")
def change_password(body: PasswordIn, request: Request, ctx: _Oneself) -> dict[str, bool]:
    """Change one's own password; one's other sessions end."""
    user_id = api.user(ctx).id
    if not api_access.change_password(ctx, request.cookies.get(COOKIE, ""), body.current, body.new):
        with request.app.state.house.ctx() as own:  # kept though this request is refused
            api_login.note_wrong_password(own, user_id)
        raise _wrong_password()
    return {"ok": True}


def _wrong_password() -> BadInput:
    return BadInput(
        "The current password is not right, or there were too many attempts.",
        "Type it again, or wait five minutes.",
        code="password.wrong",
    )


@router.post("/me/second-factor")
def begin_second_factor(ctx: _Oneself) -> NewFactorOut:
    """Make a secret for one's own authenticator app; it counts once a code has confirmed it."""
    api.user(ctx)
    made = api_login.begin_second_factor(ctx)
    return NewFactorOut(secret=made.secret, uri=made.uri)


@router.post("/me/second-factor/confirm")
def confirm_second_factor(body: CodeIn, request: Request, ctx: _Oneself) -> RecoveryOut:
    """Ask for codes from now on; the recovery codes are shown this once, and one's other sessions end."""
    api.user(ctx)
    return RecoveryOut(codes=api_login.confirm_second_factor(ctx, request.cookies.get(COOKIE, ""), body.code))


@router.post("/me/second-factor/end")
def end_second_factor(body: OwnPasswordIn, request: Request, ctx: _Oneself) -> dict[str, bool]:
    """Ask for no codes any more."""
    user_id = api.user(ctx).id
    if not api_login.end_second_factor(ctx, body.password):
        with request.app.state.house.ctx() as own:  # kept though this request is refused
            api_login.note_wrong_password(own, user_id)
        raise _wrong_password()
    return {"ok": True}


@router.get("/me/sessions")
def sessions(request: Request, ctx: _Oneself) -> SignedInList:
    """List where one is logged in."""
    found = api_access.sessions(ctx, api.user(ctx).id, request.cookies.get(COOKIE, ""))
    return SignedInList(items=[SignedInOut.of(s) for s in found])


@router.delete("/me/sessions")
def end_sessions(request: Request, ctx: _Oneself, session_id: int | None = None) -> EndedOut:
    """End one of one's own sessions, or all but this one."""
    token = request.cookies.get(COOKIE, "")
    return EndedOut(ended=api_access.end_sessions(ctx, api.user(ctx).id, only=session_id, but=token))


@router.post("/invitation", dependencies=[Depends(PublicRoute("whoever holds the link may see what it is for"))])
def open_link(body: TokenIn, request: Request) -> LinkOpened:
    """Tell what a link is for."""
    with request.app.state.house.ctx() as ctx:
        found = api_access.invitation(ctx, body.token)
        name = api_access.role(ctx, found.role).name
    return LinkOpened(email=found.email, new=found.user_id is None, role=name, invited_by=found.invited_by)


@router.post("/invitation/accept", dependencies=[Depends(PublicRoute("whoever holds the link has no account yet"))])
def accept(body: AcceptIn, request: Request) -> AcceptOut:
    """Take the link: set name and password. Then log in."""
    with request.app.state.house.ctx() as ctx:
        email = api_access.accept(api.called_from(ctx, request), body.token, body.name, body.password)
    return AcceptOut(email=email)
