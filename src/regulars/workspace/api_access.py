"""The door for administration: roles, users, invitations, sessions, keys, and the log of who did what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from regulars.core.clock import Day, day_start
from regulars.core.ctx import Actor, Ctx, Scope
from regulars.core.cursor import number_of
from regulars.core.errors import BadInput, Conflict, Forbidden, NotFound
from regulars.core.ids import new_token
from regulars.core.text import Text
from regulars.workspace import store, store_access, store_login
from regulars.workspace.auditing import audit
from regulars.workspace.contract import (
    PERMISSIONS,
    ApiKey,
    AuditEntry,
    Invitation,
    Member,
    Reach,
    Role,
    SignedIn,
)
from regulars.workspace.logic import INVITATION_LIFE, check_password, passwords, token_hash
from regulars.workspace.roles import ADMINISTRATOR, BUILT_IN

# --- roles ------------------------------------------------------------------------------------------------


def roles(ctx: Ctx) -> list[tuple[Role, int]]:
    """Return all roles, those of the product first, each with how many users have it."""
    people = store_access.users_by_role(ctx.tx)
    return [(r, people.get(r.key, 0)) for r in (*BUILT_IN.values(), *store_access.own_roles(ctx.tx))]


def role(ctx: Ctx, key: str) -> Role:
    """Return a role. Raises NotFound."""
    for one in (*BUILT_IN.values(), *store_access.own_roles(ctx.tx)):
        if one.key == key:
            return one
    raise NotFound(f"There is no role {key!r}.", "Choose one of the list of roles.")


def role_with(ctx: Ctx, permissions: frozenset[str]) -> str:
    """Return the key of the role with exactly these permissions; one is made when there is none."""
    for one, _ in roles(ctx):
        if one.permissions == permissions:
            return one.key
    name = Text(*[", ".join(sorted(permissions)) or "none"] * 2)
    return _save_role(ctx, Role(_new_key(), name, Text("", ""), permissions), before=None).key


def check_permissions(permissions: Iterable[str]) -> None:
    """Raise BadInput unless every permission is known, or "*"."""
    unknown = set(permissions) - set(PERMISSIONS) - {"*"}
    if unknown:
        raise BadInput(
            f"Unknown permissions: {', '.join(sorted(unknown))}.", f"Known: {', '.join(PERMISSIONS)}, or * for all."
        )


def add_role(ctx: Ctx, name: str, description: str, permissions: Iterable[str]) -> Role:
    """Make a role, audited. Raises BadInput, Forbidden for more than the actor has: a role holds in every brand."""
    return _save_role(ctx, _drafted(ctx, _new_key(), name, description, permissions), before=None)


def change_role(ctx: Ctx, key: str, name: str, description: str, permissions: Iterable[str]) -> Role:
    """Change a role of the company; whoever has it is bound by it from their next request. Raises as `add_role`."""
    before = _own_role(ctx, key)
    return _save_role(ctx, _drafted(ctx, key, name, description, permissions), before=before)


def delete_role(ctx: Ctx, key: str) -> None:
    """Remove a role of the company that nobody has. Raises Conflict while somebody has it or is invited with it."""
    store_access.lock_roles(ctx.tx)
    found = _own_role(ctx, key)
    held = store_access.users_by_role(ctx.tx).get(key, 0)
    held += store_access.invitations_with(ctx.tx, key, ctx.clock.system_now())
    if held:
        raise Conflict(
            f"{held} people have this role.", "Give them another one first.", code="role.in_use", people=held
        )
    store_access.delete_role(ctx.tx, key)
    audit(ctx.for_brand(0), "role.deleted", "role", key, before=_told(found))


def _own_role(ctx: Ctx, key: str) -> Role:
    found = role(ctx, key)
    if found.built_in:
        raise Conflict("This role comes with the product.", "Make a role of your own by its pattern.",
                       code="role.built_in")  # fmt: skip
    _may_grant(ctx, found.permissions, Reach())
    return found


def _drafted(ctx: Ctx, key: str, name: str, description: str, permissions: Iterable[str]) -> Role:
    store_access.lock_roles(ctx.tx)
    granted = frozenset(permissions)
    check_permissions(granted)
    name = name.strip()
    if not name or not granted or "*" in granted:
        raise BadInput("A role needs a name and at least one permission.", "For everything there is the administrator.")
    taken = {r.name.zh.lower(): r.key for r, _ in roles(ctx)} | {r.name.en.lower(): r.key for r, _ in roles(ctx)}
    if taken.get(name.lower(), key) != key:
        raise Conflict(f"There is a role {name!r} already.", "Choose another name.", code="role.name_taken")
    _may_grant(ctx, granted, Reach())
    return Role(key, Text(name, name), Text(description.strip(), description.strip()), granted)


def _save_role(ctx: Ctx, new: Role, *, before: Role | None) -> Role:
    store_access.save_role(ctx.tx, new)
    audit(ctx.for_brand(0), "role.saved", "role", new.key, before=_told(before) if before else None, after=_told(new))
    return new


def _told(of: Role) -> dict[str, Any]:
    return {"name": of.name.en, "permissions": sorted(of.permissions)}


def _new_key() -> str:
    return "own_" + new_token(9)


def _may_grant(ctx: Ctx, permissions: frozenset[str], reach: Reach) -> None:
    """Raise Forbidden unless the actor could do all of it; nobody hands out more than they have."""
    own: Scope = ctx.scope
    more = set[str]() if "*" in own.permissions else permissions - own.permissions
    further = (
        (own.brands is not None and (reach.brands is None or not reach.brands <= own.brands))
        or (own.stores is not None and (reach.stores is None or not reach.stores <= own.stores))
    )  # fmt: skip
    if more or further:
        raise Forbidden(
            "This is more than you may do yourself.", "Ask an administrator who may.", code="access.beyond_own"
        )


# --- users ------------------------------------------------------------------------------------------------
def members(ctx: Ctx) -> list[Member]:
    """Return who works here, as far as the actor's brands reach."""
    return store_access.members(ctx)


def member(ctx: Ctx, user_id: int) -> Member:
    """Return a user within the actor's brands. Raises NotFound."""
    found = store_access.member(ctx, user_id)
    brands = found.user.brands if found else None
    if found is None or not (ctx.scope.brands is None or brands is None or brands & ctx.scope.brands):
        raise NotFound(f"There is no user {user_id}.", "Open the list of the team again.")
    return found


def change_access(ctx: Ctx, user_id: int, role_key: str, reach: Reach) -> Member:
    """Give a user another role and reach, audited; it holds from their next request.

    Raises NotFound, Forbidden for more than the actor has, Conflict for oneself and for the last administrator.
    """
    before = _changeable(ctx, user_id)
    _may_grant(ctx, role(ctx, role_key).permissions, reach)
    _check_reach(ctx, reach)
    store_access.set_access(ctx.tx, user_id, role_key, reach)
    _keep_an_administrator(ctx, before)
    audit(ctx.for_brand(0), "user.access_changed", "user", user_id,
          before=_access(before.user.role, Reach(before.user.brands, before.user.stores)),
          after={"name": before.user.name, **_access(role_key, reach)})  # fmt: skip
    return member(ctx, user_id)


def disable(ctx: Ctx, user_id: int) -> None:
    """Let a user in no more and end their sessions at once, audited. Raises as `change_access`."""
    before = _changeable(ctx, user_id)
    store_access.set_disabled(ctx.tx, user_id, ctx.clock.system_now())
    ended = store_access.end_sessions(ctx.tx, user_id)
    _keep_an_administrator(ctx, before)
    audit(ctx.for_brand(0), "user.disabled", "user", user_id,
          after={"name": before.user.name, "sessions_ended": ended})  # fmt: skip


def enable(ctx: Ctx, user_id: int) -> None:
    """Let a user in again, audited. Raises as `change_access`."""
    before = _changeable(ctx, user_id)
    store_access.set_disabled(ctx.tx, user_id, None)
    audit(ctx.for_brand(0), "user.enabled", "user", user_id, after={"name": before.user.name})


def _changeable(ctx: Ctx, user_id: int) -> Member:
    store_access.lock_roles(ctx.tx)
    found = member(ctx, user_id)
    if ctx.actor == Actor("user", str(user_id), ctx.actor.name):
        raise Conflict("Nobody changes their own access.", "Ask another administrator.", code="access.own")
    _may_grant(ctx, found.user.permissions, Reach(found.user.brands, found.user.stores))
    return found


def _keep_an_administrator(ctx: Ctx, before: Member) -> None:
    if before.user.role == ADMINISTRATOR and not store_access.administrators(ctx.tx):
        raise Conflict("This is the last administrator.", "Make somebody else an administrator first.",
                       code="access.last_administrator")  # fmt: skip


def _check_reach(ctx: Ctx, reach: Reach) -> None:
    known = {b.id for b in store.brands(ctx.tx)}
    if reach.brands is not None and (not reach.brands or not reach.brands <= known):
        raise BadInput("Choose at least one brand that exists.", f"Known: {', '.join(map(str, sorted(known)))}.")
    if reach.stores is not None and not reach.stores:
        raise BadInput("Name at least one store.", "Or give all stores.")


def _access(role_key: str, reach: Reach) -> dict[str, Any]:
    return {
        "role": role_key,
        "brands": None if reach.brands is None else sorted(reach.brands),
        "stores": None if reach.stores is None else sorted(reach.stores),
    }


def reset_second_factor(ctx: Ctx, user_id: int) -> None:
    """Take the second factor from somebody who lost it, and end their sessions, audited. Raises as `change_access`."""
    one = _changeable(ctx, user_id).user
    store_login.set_factor(ctx.tx, user_id, None, 0, [])
    ended = store_access.end_sessions(ctx.tx, user_id)
    told = {"name": one.name, "sessions_ended": ended}
    audit(ctx.for_brand(0), "user.second_factor_reset", "user", user_id, after=told)


# --- invitations ------------------------------------------------------------------------------------------
def invitations(ctx: Ctx) -> list[Invitation]:
    """Return the invitations that nobody has taken yet."""
    return store_access.invitations(ctx)


def invite(ctx: Ctx, email: str, role_key: str, reach: Reach) -> tuple[Invitation, str]:
    """Invite somebody; return the invitation and its token, which is kept as a hash only. An earlier one ends.

    Raises BadInput, Conflict when there is such a user, Forbidden for more than the actor has.
    """
    email = email.strip().lower()
    name, at, domain = email.partition("@")
    if not (name and at and "." in domain and " " not in email):
        raise BadInput(f"{email!r} is no e-mail address.", "Write it as name@company.com.", code="email.wrong")
    if store.user_id(ctx.tx, email):
        raise Conflict("This address has a user already.", "Change their role in the team.", code="user.exists")
    _may_grant(ctx, role(ctx, role_key).permissions, reach)
    _check_reach(ctx, reach)
    return _link(ctx, email, role_key, reach, user_id=None)


def password_link(ctx: Ctx, user_id: int) -> tuple[Invitation, str]:
    """Return a link by which a user sets a new password, as `invite` does. Raises as `change_access`."""
    one = _changeable(ctx, user_id).user
    return _link(ctx, one.email, one.role, Reach(one.brands, one.stores), user_id=user_id)


def _link(ctx: Ctx, email: str, role_key: str, reach: Reach, *, user_id: int | None) -> tuple[Invitation, str]:
    now, token = ctx.clock.system_now(), new_token()
    new = {
        "email": email,
        "role": role_key,
        "user_id": user_id,
        "invited_by": ctx.actor.name,
        "token_hash": token_hash(token),
        "created_at": now,
        "expires_at": now + INVITATION_LIFE,
    }
    number = store_access.add_invitation(ctx.tx, new, reach)
    action = "user.invited" if user_id is None else "user.password_link_made"
    audit(ctx.for_brand(0), action, *(("invitation", number) if user_id is None else ("user", user_id)),
          after=_access(role_key, reach))  # fmt: skip
    made = Invitation(number, email, role_key, reach, user_id, ctx.actor.name, now, now + INVITATION_LIFE)
    return made, token


def revoke_invitation(ctx: Ctx, invitation_id: int) -> None:
    """Take an invitation back, audited. Raises NotFound."""
    if invitation_id not in {i.id for i in store_access.invitations(ctx)}:
        raise NotFound("There is no such open invitation.", "It was taken, taken back, or ran out.")
    store_access.revoke_invitation(ctx.tx, invitation_id, ctx.clock.system_now())
    audit(ctx.for_brand(0), "user.invitation_revoked", "invitation", invitation_id)


def invitation(ctx: Ctx, token: str) -> Invitation:
    """Return the invitation that a token opens. Raises NotFound, in the same words for every reason."""
    found = store_access.open_invitation(ctx.tx, token_hash(token), ctx.clock.system_now())
    if found is None:
        raise NotFound("This link does not open anything.", "It was used, taken back, or ran out: ask for a new one.",
                       code="invitation.closed")  # fmt: skip
    return found


def accept(ctx: Ctx, token: str, name: str, password: str) -> str:
    """Set name and password by a link, audited as of the user; return the e-mail address. Raises NotFound, BadInput.

    A new password ends every session that the old one began.
    """
    found = invitation(ctx, token)
    check_password(password, found.email)
    hashed = passwords.hash(password)
    if found.user_id is None:
        join(ctx, found, name, hashed)
        return found.email
    store_access.set_password(ctx.tx, found.user_id, hashed)
    store_access.end_sessions(ctx.tx, found.user_id)
    _used(ctx, found, "user.password_changed", found.user_id)
    return found.email


def join(ctx: Ctx, found: Invitation, name: str, password_hash: str) -> int:
    """Make the user whom an open invitation is for, audited as of them; return their number.

    Raises BadInput, Conflict.
    """
    if not name.strip():
        raise BadInput("Tell your colleagues your name.", "Fill in the name.")
    if store.user_id(ctx.tx, found.email):
        raise Conflict("This address has a user already.", "Log in with it.", code="user.exists")
    user_id = store_access.add_invited(ctx.tx, found, name.strip(), password_hash)
    _used(ctx, found, "user.joined", user_id)
    return user_id


def _used(ctx: Ctx, found: Invitation, action: str, user_id: int) -> None:
    store_access.use_invitation(ctx.tx, found.id, ctx.clock.system_now())
    one = store.user_by_id(ctx.tx, user_id)
    who = replace(ctx, actor=Actor("user", str(user_id), one.name))
    told = {"name": one.name, **_access(one.role, Reach(one.brands, one.stores))}
    audit(who, action, "user", user_id, after=told)


# --- oneself, and sessions --------------------------------------------------------------------------------
def rename(ctx: Ctx, name: str) -> None:
    """Change how one is called oneself, audited. Raises BadInput."""
    if not name.strip():
        raise BadInput("The name is empty.", "Fill in the name.")
    store_access.set_name(ctx.tx, int(ctx.actor.id), name.strip())
    audit(ctx.for_brand(0), "user.renamed", "user", ctx.actor.id)


def change_password(ctx: Ctx, token: str, current: str, new: str) -> bool:
    """Change one's own password and end one's other sessions, audited; False when the current one is not right.

    The caller then notes the failure by `api_login.note_wrong_password` in a transaction of its own. Raises BadInput.
    """
    user_id = int(ctx.actor.id)
    row = store_login.own_row(ctx.tx, user_id)
    locked = row["locked_until"] and row["locked_until"] > ctx.clock.system_now()
    if locked or not passwords.verify(current, row["password_hash"]):
        return False
    check_password(new, store.user_by_id(ctx.tx, user_id).email)
    store_access.set_password(ctx.tx, user_id, passwords.hash(new))
    ended = store_access.end_sessions(ctx.tx, user_id, but=token_hash(token))
    audit(ctx.for_brand(0), "user.password_changed", "user", user_id, after={"sessions_ended": ended})
    return True


def sessions(ctx: Ctx, user_id: int, token: str = "") -> list[SignedIn]:
    """Return where a user is logged in. token: of the session that asks, which is told apart."""
    return store_access.sessions(ctx.tx, user_id, ctx.clock.system_now(), token_hash(token))


def end_sessions(ctx: Ctx, user_id: int, *, only: int | None = None, but: str = "") -> int:
    """End one session of a user, or all but that of the token `but`, audited; return how many ended."""
    ended = store_access.end_sessions(ctx.tx, user_id, only=only, but=token_hash(but) if but else "")
    if ended:
        audit(ctx.for_brand(0), "user.sessions_ended", "user", user_id, after={"sessions_ended": ended})
    return ended


def end_sessions_of(ctx: Ctx, user_id: int, only: int | None = None) -> int:
    """End sessions of somebody else, as `end_sessions`. Raises as `change_access`."""
    _changeable(ctx, user_id)
    return end_sessions(ctx, user_id, only=only)


# --- keys -------------------------------------------------------------------------------------------------
def api_keys(ctx: Ctx) -> list[ApiKey]:
    """Return the brand's keys, without their secrets."""
    return store_access.api_keys(ctx.tx, ctx.brand_id)


def check_key(ctx: Ctx, name: str, permissions: Iterable[str], stores: frozenset[str] | None = None) -> None:
    """Raise unless the actor may make such a key: BadInput, or Forbidden for more than they have."""
    granted = frozenset(permissions)
    if not name.strip() or not granted:
        raise BadInput("A key needs a name and at least one permission.", "Name it by what uses it.")
    if not ctx.brand_id:
        raise BadInput("A key belongs to one brand.", "Choose a brand first.")
    reach = Reach(frozenset({ctx.brand_id}), stores)
    _check_reach(ctx, reach)
    _may_grant(ctx, granted, reach)


def revoke_api_key(ctx: Ctx, key_id: int) -> None:
    """Let a key in no more, audited. Raises NotFound."""
    name = store_access.revoke_api_key(ctx.tx, ctx.brand_id, key_id, ctx.clock.system_now())
    if name is None:
        raise NotFound("This brand has no such key that works.", "Open the list of keys again.")
    audit(ctx, "api_key.revoked", "api_key", key_id, before={"name": name})


# --- the log of who did what ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What of the log is wanted; None = anything. since_on, until_on: days of the brand, both included."""

    actor_kind: str | None = None
    actor_id: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    since_on: Day | None = None
    until_on: Day | None = None


def audit_log(ctx: Ctx, wanted: AuditFilter, cursor: str | None, limit: int) -> tuple[list[AuditEntry], str | None]:
    """Return a part of the brand's log, newest first, and the cursor of the next; limit: 1 to 200.

    Whoever reaches every brand also sees what concerns the whole house: users, roles, logins. Raises BadInput.
    """
    bound: dict[str, Any] = {
        "before_id": number_of(cursor) or None,
        "actor_kind": wanted.actor_kind,
        "actor_id": wanted.actor_id,
        "action": wanted.action,
        "object_kind": wanted.object_kind,
        "object_id": wanted.object_id,
        "since": _start(ctx, wanted.since_on),
        "until": _start(ctx, wanted.until_on + timedelta(days=1) if wanted.until_on else None),
    }
    found = store_access.audit_entries(ctx.tx, _log_brands(ctx), bound, limit + 1)
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


def audit_about(ctx: Ctx, numbers: Sequence[int], actions: Sequence[str], limit: int = 200) -> list[AuditEntry]:
    """Return what was done with a person, newest first, as far as the actor reads the log. Raises Forbidden.

    numbers: the person's. actions: those that name the person beside their object (unmasking, merges).
    """
    return store_access.audit_about(ctx.tx, _log_brands(ctx), list(numbers), list(actions), limit)


def audit_actions(ctx: Ctx) -> list[str]:
    """Return the actions that the log holds, as far as the actor reads it."""
    return store_access.audit_actions(ctx.tx, _log_brands(ctx))


def _log_brands(ctx: Ctx) -> list[int]:
    """Return whose entries the actor reads. Raises Forbidden for somebody bound to stores: entries name none."""
    ctx.require_all_stores()
    return [ctx.brand_id] if ctx.scope.brands is not None else sorted({ctx.brand_id, 0})


def _start(ctx: Ctx, on: date | None) -> datetime | None:
    return None if on is None else day_start(on, ctx.zone)
