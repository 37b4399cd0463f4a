"""Administration over HTTP: roles, the team and its invitations, API keys, and the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.workspace import api, api_access
from regulars.workspace.api import Permitted
from regulars.workspace.contract import (
    PERMISSION_GROUPS,
    PERMISSIONS,
    ApiKey,
    AuditEntry,
    Invitation,
    Member,
    Reach,
    Role,
    SignedIn,
)

router = APIRouter(prefix="/api", tags=["access"])
_Reader = Annotated[Ctx, Permitted("access.read")]
_Writer = Annotated[Ctx, Permitted("access.write")]
_Auditor = Annotated[Ctx, Permitted("audit.read", all_stores=True)]
_Permissions = Annotated[list[str], Field(max_length=100)]


class RoleOut(BaseModel):
    """A role. built_in: comes with the product and cannot be changed; people: how many have it."""

    key: str
    name: Text
    description: Text
    permissions: list[str]
    built_in: bool
    people: int

    @classmethod
    def of(cls, role: Role, people: int) -> RoleOut:
        """Build from the room's noun."""
        return cls(
            key=role.key,
            name=role.name,
            description=role.description,
            permissions=sorted(role.permissions),
            built_in=role.built_in,
            people=people,
        )


class PermissionOut(BaseModel):
    """A permission with its words, and the heading under which it stands."""

    code: str
    words: Text
    group: Text


class RoleList(BaseModel):
    """All roles, and all there is to permit."""

    items: list[RoleOut]
    permissions: list[PermissionOut]


class RoleIn(BaseModel):
    """A role of the company."""

    name: str = Field(max_length=60)
    description: str = Field(default="", max_length=200)
    permissions: _Permissions


def _named(stores: list[str] | None) -> frozenset[str] | None:
    return None if stores is None else frozenset(s.strip() for s in stores if s.strip())


class AccessIn(BaseModel):
    """A role and how far it reaches. brands, stores: null = all."""

    role: str = Field(max_length=80)
    brands: list[int] | None = Field(default=None, max_length=200)
    stores: list[str] | None = Field(default=None, max_length=500)

    def reach(self) -> Reach:
        """Return how far it reaches."""
        return Reach(None if self.brands is None else frozenset(self.brands), _named(self.stores))


class InviteIn(AccessIn):
    """Whom to invite, and as what."""

    email: str = Field(max_length=200)


class MemberOut(BaseModel):
    """A user of the team. brands, stores: null = all; last_seen_at: null = not logged in now."""

    id: int
    email: str
    name: str
    role: str
    brands: list[int] | None
    stores: list[str] | None
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    last_seen_at: datetime | None
    second_factor: bool

    @classmethod
    def of(cls, member: Member) -> MemberOut:
        """Build from the room's noun."""
        user = member.user
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            role=user.role,
            brands=_list(user.brands),
            stores=_list(user.stores),
            created_at=member.created_at,
            disabled_at=member.disabled_at,
            locked_until=member.locked_until,
            last_seen_at=member.last_seen_at,
            second_factor=member.second_factor,
        )


class MemberList(BaseModel):
    """The team."""

    items: list[MemberOut]


class InvitationOut(BaseModel):
    """An invitation that nobody has taken yet."""

    id: int
    email: str
    role: str
    brands: list[int] | None
    stores: list[str] | None
    invited_by: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, one: Invitation) -> InvitationOut:
        """Build from the room's noun."""
        return cls(
            id=one.id,
            email=one.email,
            role=one.role,
            brands=_list(one.reach.brands),
            stores=_list(one.reach.stores),
            invited_by=one.invited_by,
            created_at=one.created_at,
            expires_at=one.expires_at,
        )


class InvitationList(BaseModel):
    """Open invitations, newest first."""

    items: list[InvitationOut]


class LinkOut(BaseModel):
    """A link, told once. path: below the console's address; the part after # never reaches a server's log."""

    path: str
    email: str
    expires_at: datetime

    @classmethod
    def of(cls, made: tuple[Invitation, str]) -> LinkOut:
        """Build from an invitation and its token."""
        return cls(path=f"/invitation#{made[1]}", email=made[0].email, expires_at=made[0].expires_at)


class SignedInOut(BaseModel):
    """A live session. address: IP; browser: program and system, "" = unknown."""

    id: int
    address: str
    browser: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool

    @classmethod
    def of(cls, one: SignedIn) -> SignedInOut:
        """Build from the room's noun."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class SignedInList(BaseModel):
    """Live sessions, last seen first."""

    items: list[SignedInOut]


class EndedOut(BaseModel):
    """How many sessions ended."""

    ended: int


class ApiKeyOut(BaseModel):
    """A key, without its secret. stores: it is bound to, null = to none."""

    id: int
    name: str
    permissions: list[str]
    stores: list[str] | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, one: ApiKey) -> ApiKeyOut:
        """Build from the room's noun."""
        return cls(
            id=one.id,
            name=one.name,
            permissions=sorted(one.permissions),
            stores=None if one.stores is None else sorted(one.stores),
            created_at=one.created_at,
            last_used_at=one.last_used_at,
            revoked_at=one.revoked_at,
        )


class ApiKeyList(BaseModel):
    """The brand's keys, those that work first."""

    items: list[ApiKeyOut]


class ApiKeyIn(BaseModel):
    """What a key is for and what it may do. stores: it is bound to, null = to none."""

    name: str = Field(max_length=80)
    permissions: _Permissions
    stores: list[str] | None = Field(default=None, max_length=500)


class ApiKeyMade(BaseModel):
    """A new key, told once."""

    key: str


class AuditOut(BaseModel):
    """Who did what. brand_id 0: the whole house. before, after: as the room wrote it; null = nothing."""

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

    @classmethod
    def of(cls, one: AuditEntry) -> AuditOut:
        """Build from the room's noun."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class AuditList(BaseModel):
    """A part of the log, newest first."""

    items: list[AuditOut]
    next_cursor: str | None


def _list(values: Iterable[Any] | None) -> list[Any] | None:
    return None if values is None else sorted(values)


# --- roles ------------------------------------------------------------------------------------------------
@router.get("/roles")
def roles(ctx: _Reader) -> RoleList:
    """List the roles and everything that a role may permit."""
    permissions = [PermissionOut(code=code, words=words, group=_group(code)) for code, words in PERMISSIONS.items()]
    return RoleList(items=[RoleOut.of(r, people) for r, people in api_access.roles(ctx)], permissions=permissions)


def _group(code: str) -> Text:
    return PERMISSION_GROUPS[code.partition(".")[0]]


@router.post("/roles")
def add_role(body: RoleIn, ctx: _Writer) -> RoleOut:
    """Make a role."""
    return RoleOut.of(api_access.add_role(ctx, body.name, body.description, body.permissions), 0)


@router.put("/roles/{key}")
def change_role(key: str, body: RoleIn, ctx: _Writer) -> RoleOut:
    """Change a role of the company; it binds whoever has it from their next request."""
    changed = api_access.change_role(ctx, key, body.name, body.description, body.permissions)
    return RoleOut.of(changed, dict((r.key, n) for r, n in api_access.roles(ctx))[key])


@router.delete("/roles/{key}")
def delete_role(key: str, ctx: _Writer) -> dict[str, bool]:
    """Remove a role of the company that nobody has."""
    api_access.delete_role(ctx, key)
    return {"ok": True}


# --- the team ---------------------------------------------------------------------------------------------
@router.get("/users")
def users(ctx: _Reader) -> MemberList:
    """List who works here, as far as one's brands reach."""
    return MemberList(items=[MemberOut.of(m) for m in api_access.members(ctx)])


@router.put("/users/{user_id}")
def change_access(user_id: int, body: AccessIn, ctx: _Writer) -> MemberOut:
    """Give a user another role and reach."""
    return MemberOut.of(api_access.change_access(ctx, user_id, body.role, body.reach()))


@router.post("/users/{user_id}/disable")
def disable(user_id: int, ctx: _Writer) -> MemberOut:
    """Let a user in no more; their sessions end at once."""
    api_access.disable(ctx, user_id)
    return MemberOut.of(api_access.member(ctx, user_id))


@router.post("/users/{user_id}/enable")
def enable(user_id: int, ctx: _Writer) -> MemberOut:
    """Let a user in again."""
    api_access.enable(ctx, user_id)
    return MemberOut.of(api_access.member(ctx, user_id))


@router.post("/users/{user_id}/password-link")
def password_link(user_id: int, ctx: _Writer) -> LinkOut:
    """Make a link by which a user sets a new password; it is told once."""
    return LinkOut.of(api_access.password_link(ctx, user_id))


@router.post("/users/{user_id}/second-factor/reset")
def reset_second_factor(user_id: int, ctx: _Writer) -> MemberOut:
    """Take the second factor from somebody who lost it; their sessions end."""
    api_access.reset_second_factor(ctx, user_id)
    return MemberOut.of(api_access.member(ctx, user_id))


@router.get("/users/{user_id}/sessions")
def sessions_of(user_id: int, ctx: _Reader) -> SignedInList:
    """List where a user is logged in."""
    api_access.member(ctx, user_id)
    return SignedInList(items=[SignedInOut.of(s) for s in api_access.sessions(ctx, user_id)])


@router.delete("/users/{user_id}/sessions")
def end_sessions_of(user_id: int, ctx: _Writer, session_id: int | None = None) -> EndedOut:
    """Log a user out everywhere, or end one session."""
    return EndedOut(ended=api_access.end_sessions_of(ctx, user_id, session_id))


@router.get("/invitations")
def invitations(ctx: _Reader) -> InvitationList:
    """List the invitations that nobody has taken yet."""
    return InvitationList(items=[InvitationOut.of(i) for i in api_access.invitations(ctx)])


@router.post("/invitations")
def invite(body: InviteIn, ctx: _Writer) -> LinkOut:
    """Invite somebody; the link is told once and works for seven days."""
    return LinkOut.of(api_access.invite(ctx, body.email, body.role, body.reach()))


@router.delete("/invitations/{invitation_id}")
def revoke_invitation(invitation_id: int, ctx: _Writer) -> dict[str, bool]:
    """Take an invitation back."""
    api_access.revoke_invitation(ctx, invitation_id)
    return {"ok": True}


# --- keys -------------------------------------------------------------------------------------------------
@router.get("/api-keys")
def api_keys(ctx: _Reader) -> ApiKeyList:
    """List the brand's keys."""
    return ApiKeyList(items=[ApiKeyOut.of(k) for k in api_access.api_keys(ctx)])


@router.post("/api-keys")
def add_api_key(body: ApiKeyIn, ctx: _Writer) -> ApiKeyMade:
    """Make a key for the brand; it is told once."""
    stores = _named(body.stores)
    api_access.check_key(ctx, body.name, body.permissions, stores)
    return ApiKeyMade(key=api.add_api_key(ctx, body.name.strip(), sorted(set(body.permissions)), stores))


@router.delete("/api-keys/{key_id}")
def revoke_api_key(key_id: int, ctx: _Writer) -> dict[str, bool]:
    """Let a key in no more."""
    api_access.revoke_api_key(ctx, key_id)
    return {"ok": True}


# --- the log ----------------------------------------------------------------------------------------------
@router.get("/audit")
def audit_log(
    ctx: _Auditor,
    wanted: Annotated[api_access.AuditFilter, Depends()],
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditList:
    """Search who did what, newest first."""
    found, following = api_access.audit_log(ctx, wanted, cursor, limit)
    return AuditList(items=[AuditOut.of(e) for e in found], next_cursor=following)


@router.get("/audit/actions")
def audit_actions(ctx: _Auditor) -> list[str]:
    """List the actions that the log holds."""
    return api_access.audit_actions(ctx)
