"""The SQL of access: roles, users, invitations, sessions, keys, and the log of who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.infra.db import Connection
from regulars.workspace.contract import ApiKey, AuditEntry, Invitation, Member, Reach, Role, SignedIn
from regulars.workspace.logic import browser_words
from regulars.workspace.roles import ADMINISTRATOR
from regulars.workspace.store import user_of


def _some(values: list[Any] | None) -> frozenset[Any] | None:
    return None if values is None else frozenset(values)


def _stores(found: list[str] | None) -> frozenset[str] | None:
    return None if found is None else frozenset(found)


def _list(values: frozenset[Any] | None) -> list[Any] | None:
    return None if values is None else sorted(values)


# --- roles ------------------------------------------------------------------------------------------------
def _role(row: dict[str, Any]) -> Role:
    name, description = row["name"], row["description"]
    return Role(row["key"], Text(name, name), Text(description, description), frozenset(row["permissions"]))


def own_roles(tx: Connection) -> list[Role]:
    """Return the roles that the company made, by name."""
    return [
        _role(r) for r in tx.execute("select key, name, description, permissions from access_role order by name, key")
    ]


def save_role(tx: Connection, role: Role) -> None:
    """Add or change a role of the company."""
    tx.execute(
        "insert into access_role (key, name, description, permissions)"
        " values (%(key)s, %(name)s, %(description)s, %(permissions)s)"
        " on conflict (key) do update set name = excluded.name, description = excluded.description,"
        " permissions = excluded.permissions",
        {
            "key": role.key,
            "name": role.name.en,
            "description": role.description.en,
            "permissions": sorted(role.permissions),
        },
    )


def delete_role(tx: Connection, key: str) -> None:
    """Remove a role that nobody has."""
    tx.execute("delete from access_role where key = %(key)s", {"key": key})


def lock_roles(tx: Connection) -> None:
    """Let one transaction at a time decide who has which role, until it ends."""
    tx.execute("select pg_advisory_xact_lock(hashtext('workspace.roles'))")


def users_by_role(tx: Connection) -> dict[str, int]:
    """Return how many users have each role, disabled ones with them."""
    return {r["role"]: r["n"] for r in tx.execute("select role, count(*) as n from app_user group by role")}


def invitations_with(tx: Connection, role: str, now: datetime) -> int:
    """Return how many open invitations give a role."""
    row = tx.execute(
        "select count(*) as n from invitation where role = %(role)s and used_at is null and revoked_at is null"
        " and expires_at > %(now)s",
        {"role": role, "now": now},
    ).fetchone()
    return row["n"] if row else 0


# --- users ------------------------------------------------------------------------------------------------
_MEMBER = (
    "select u.id, u.email, u.name, u.role, u.brands, u.stores, u.created_at, u.disabled_at,"
    " case when u.locked_until > %(now)s then u.locked_until end as locked_until,"
    " u.totp_secret is not null as second_factor,"
    " r.permissions, (select max(s.last_seen_at) from session s where s.user_id = u.id and s.expires_at > %(now)s)"
    " as last_seen_at from app_user u left join access_role r on r.key = u.role"
)


def _member(row: dict[str, Any]) -> Member:
    return Member(
        user_of(row),
        row["created_at"],
        row["disabled_at"],
        row["locked_until"],
        row["last_seen_at"],
        row["second_factor"],
    )


def members(ctx: Ctx) -> list[Member]:
    """Return the users who reach any brand that the actor reaches; those who may log in first, by name."""
    rows = ctx.tx.execute(
        _MEMBER + " where %(brands)s::int[] is null or u.brands is null or u.brands && %(brands)s::int[]"
        " order by u.disabled_at is not null, lower(u.name), u.id",
        {"brands": _list(ctx.scope.brands), "now": ctx.clock.system_now()},
    )
    return [_member(r) for r in rows]


def member(ctx: Ctx, user_id: int) -> Member | None:
    """Return one user, whoever asks."""
    row = ctx.tx.execute(_MEMBER + " where u.id = %(id)s", {"id": user_id, "now": ctx.clock.system_now()}).fetchone()
    return _member(row) if row else None


def add_invited(tx: Connection, of: Invitation, name: str, password_hash: str) -> int:
    """Make the user whom an invitation was for; return its number."""
    row = tx.execute(
        "insert into app_user (email, name, password_hash, role, brands, stores)"
        " values (%(email)s, %(name)s, %(password_hash)s, %(role)s, %(brands)s, %(stores)s) returning id",
        {
            "email": of.email,
            "name": name,
            "password_hash": password_hash,
            "role": of.role,
            "brands": _list(of.reach.brands),
            "stores": _list(of.reach.stores),
        },
    ).fetchone()
    return row["id"] if row else 0


def set_access(tx: Connection, user_id: int, role: str, reach: Reach) -> None:
    """Give a user another role and reach."""
    tx.execute(
        "update app_user set role = %(role)s, brands = %(brands)s, stores = %(stores)s where id = %(id)s",
        {"role": role, "brands": _list(reach.brands), "stores": _list(reach.stores), "id": user_id},
    )


def set_disabled(tx: Connection, user_id: int, at: datetime | None) -> None:
    """Let a user in no more, or again."""
    tx.execute("update app_user set disabled_at = %(at)s where id = %(id)s", {"at": at, "id": user_id})


def set_name(tx: Connection, user_id: int, name: str) -> None:
    """Change how a user is called."""
    tx.execute("update app_user set name = %(name)s where id = %(id)s", {"name": name, "id": user_id})


def set_password(tx: Connection, user_id: int, password_hash: str) -> None:
    """Change a password; earlier failures are forgotten."""
    tx.execute(
        "update app_user set password_hash = %(hash)s, failed_logins = 0, locked_until = null where id = %(id)s",
        {"hash": password_hash, "id": user_id},
    )


def administrators(tx: Connection) -> set[int]:
    """Return who may do everything everywhere and is let in."""
    rows = tx.execute(
        "select id from app_user where role = %(role)s and disabled_at is null and brands is null and stores is null",
        {"role": ADMINISTRATOR},
    )
    return {r["id"] for r in rows}


# --- invitations ------------------------------------------------------------------------------------------
_INVITATION = (
    "select id, email, role, brands, stores, user_id, invited_by, created_at, expires_at from invitation"
    " where used_at is null and revoked_at is null and expires_at > %(now)s"
)


def _invitation(row: dict[str, Any]) -> Invitation:
    reach = Reach(_some(row.pop("brands")), _some(row.pop("stores")))
    return Invitation(**row, reach=reach)


def add_invitation(tx: Connection, new: dict[str, Any], reach: Reach) -> int:
    """Store an invitation by the hash of its token; open ones to the same address go. Return its number."""
    tx.execute(
        "update invitation set revoked_at = %(created_at)s where email = %(email)s and used_at is null"
        " and revoked_at is null",
        new,
    )
    row = tx.execute(
        "insert into invitation (email, role, brands, stores, user_id, invited_by, token_hash, created_at, expires_at)"
        " values (%(email)s, %(role)s, %(brands)s, %(stores)s, %(user_id)s, %(invited_by)s, %(token_hash)s,"
        " %(created_at)s, %(expires_at)s) returning id",
        new | {"brands": _list(reach.brands), "stores": _list(reach.stores)},
    ).fetchone()
    return row["id"] if row else 0


def invitations(ctx: Ctx) -> list[Invitation]:
    """Return the open invitations of new people that reach any brand the actor reaches, newest first."""
    rows = ctx.tx.execute(
        _INVITATION
        + " and user_id is null and (%(brands)s::int[] is null or brands is null or brands && %(brands)s::int[])"
        " order by id desc",
        {"brands": _list(ctx.scope.brands), "now": ctx.clock.system_now()},
    )
    return [_invitation(r) for r in rows]


def open_invitation(tx: Connection, token_hash: str, now: datetime) -> Invitation | None:
    """Return the invitation that a token opens, locking it."""
    row = tx.execute(
        _INVITATION + " and token_hash = %(token_hash)s for update", {"token_hash": token_hash, "now": now}
    ).fetchone()
    return _invitation(row) if row else None


def invitation_to(tx: Connection, email: str, now: datetime) -> Invitation | None:
    """Return the open invitation of a new person to an address, locking it."""
    row = tx.execute(
        _INVITATION + " and email = %(email)s and user_id is null for update", {"email": email, "now": now}
    ).fetchone()
    return _invitation(row) if row else None


def use_invitation(tx: Connection, invitation_id: int, now: datetime) -> None:
    """Let the invitation open nothing more."""
    tx.execute("update invitation set used_at = %(now)s where id = %(id)s", {"now": now, "id": invitation_id})


def revoke_invitation(tx: Connection, invitation_id: int, now: datetime) -> None:
    """Take an invitation back."""
    tx.execute("update invitation set revoked_at = %(now)s where id = %(id)s", {"now": now, "id": invitation_id})


# --- sessions ---------------------------------------------------------------------------------------------
def sessions(tx: Connection, user_id: int, now: datetime, token_hash: str) -> list[SignedIn]:
    """Return a user's live sessions, last seen first. token_hash: of the one that asks."""
    rows = tx.execute(
        "select id, address, user_agent, created_at, last_seen_at, expires_at, token_hash = %(token_hash)s as current"
        " from session where user_id = %(user_id)s and expires_at > %(now)s order by last_seen_at desc, id desc",
        {"user_id": user_id, "now": now, "token_hash": token_hash},
    )
    return [SignedIn(browser=browser_words(r.pop("user_agent")), **r) for r in rows]


def end_sessions(tx: Connection, user_id: int, *, only: int | None = None, but: str = "") -> int:
    """End a user's sessions; return how many. only: the one with this number; but: keep the one of this hash."""
    return tx.execute(
        "delete from session where user_id = %(user_id)s and token_hash <> %(but)s"
        " and (%(only)s::bigint is null or id = %(only)s)",
        {"user_id": user_id, "only": only, "but": but},
    ).rowcount


# --- keys -------------------------------------------------------------------------------------------------
def api_keys(tx: Connection, brand_id: int) -> list[ApiKey]:
    """Return a brand's keys, those that work first, newest first."""
    rows = tx.execute(
        "select id, name, permissions, stores, created_at, last_used_at, revoked_at from api_key"
        " where brand_id = %(brand_id)s order by revoked_at is not null, id desc limit 200",
        {"brand_id": brand_id},
    )
    return [ApiKey(permissions=frozenset(r.pop("permissions")), stores=_stores(r.pop("stores")), **r) for r in rows]


def revoke_api_key(tx: Connection, brand_id: int, key_id: int, now: datetime) -> str | None:
    """Let a key in no more; return its name, None when the brand has no such key that works."""
    row = tx.execute(
        "update api_key set revoked_at = %(now)s where id = %(id)s and brand_id = %(brand_id)s"
        " and revoked_at is null returning name",
        {"now": now, "id": key_id, "brand_id": brand_id},
    ).fetchone()
    return row["name"] if row else None


# --- the log ----------------------------------------------------------------------------------------------
def audit_entries(tx: Connection, brands: list[int], wanted: dict[str, Any], limit: int) -> list[AuditEntry]:
    """Return entries of the brands, newest first. wanted: what each bound column must be, None = anything."""
    rows = tx.execute(
        "select id, brand_id, at, actor_kind, actor_id, actor_name, address, request_id, action, object_kind,"
        " object_id, before, after from audit_entry where brand_id = any(%(brands)s)"
        " and (%(before_id)s::bigint is null or id < %(before_id)s)"
        " and (%(actor_kind)s::text is null or actor_kind = %(actor_kind)s)"
        " and (%(actor_id)s::text is null or actor_id = %(actor_id)s)"
        " and (%(action)s::text is null or action = %(action)s)"
        " and (%(object_kind)s::text is null or object_kind = %(object_kind)s)"
        " and (%(object_id)s::text is null or object_id = %(object_id)s)"
        " and (%(since)s::timestamptz is null or at >= %(since)s)"
        " and (%(until)s::timestamptz is null or at < %(until)s)"
        " order by id desc limit %(limit)s",
        wanted | {"brands": brands, "limit": limit},
    )
    return [AuditEntry(**r) for r in rows]


def audit_about(
    tx: Connection, brands: list[int], numbers: list[int], actions: list[str], limit: int
) -> list[AuditEntry]:
    """Return entries about people with one of these numbers, newest first.

    actions: those whose object is another thing, and that name the person in `after`, as uid or within uids.
    """
    found = (
        "select id, brand_id, at, actor_kind, actor_id, actor_name, address, request_id, action, object_kind,"
        " object_id, before, after"
    )
    rows = tx.execute(
        f"{found} from audit_entry where brand_id = any(%(brands)s) and object_kind = 'person'"
        f" and object_id = any(%(texts)s) union {found} from audit_entry where brand_id = any(%(brands)s)"
        " and action = any(%(actions)s) and (after -> 'uid' = any(%(json)s::jsonb[])"
        "  or exists (select 1 from jsonb_array_elements(case when jsonb_typeof(after -> 'uids') = 'array'"
        "   then after -> 'uids' else '[]' end) u where u = any(%(json)s::jsonb[])))"
        " order by id desc limit %(limit)s",
        {
            "brands": brands,
            "texts": [str(n) for n in numbers],
            "json": [str(n) for n in numbers],
            "actions": actions,
            "limit": limit,
        },
    )
    return [AuditEntry(**r) for r in rows]


def audit_actions(tx: Connection, brands: list[int]) -> list[str]:
    """Return the actions that the log of these brands holds; steps from one to the next by the index."""
    rows = tx.execute(
        "with recursive found as ("
        " select (select min(action) from audit_entry where brand_id = any(%(brands)s)) as action"
        " union all select (select min(a.action) from audit_entry a where a.brand_id = any(%(brands)s)"
        "  and a.action > found.action) from found where found.action is not null)"
        " select action from found where action is not null",
        {"brands": brands},
    )
    return [r["action"] for r in rows]
