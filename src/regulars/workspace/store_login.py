"""The SQL of getting in: what a login is checked against, second factors, sign-in by a provider, sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars.infra.db import Connection

_CHECKED = (
    "select id, email, password_hash, failed_logins, locked_until, totp_secret, totp_pending, totp_last_step,"
    " recovery_hashes from app_user"
)


def login_row(tx: Connection, email: str) -> dict[str, Any] | None:
    """Return what a login is checked against, locking the row."""
    return tx.execute(
        _CHECKED + " where email = %(email)s and disabled_at is null for update", {"email": email}
    ).fetchone()


def own_row(tx: Connection, user_id: int) -> dict[str, Any]:
    """Return what a user's own password and second factor are checked against.

    Without a lock: a wrong one is counted in a transaction of its own while the request's is still open.
    """
    row = tx.execute(_CHECKED + " where id = %(id)s", {"id": user_id}).fetchone()
    return dict(row or {})


def note_login(tx: Connection, user_id: int, *, failures: int, locked_until: datetime | None) -> None:
    """Remember how many logins failed in a row."""
    tx.execute(
        "update app_user set failed_logins = %(failures)s, locked_until = %(until)s where id = %(id)s",
        {"failures": failures, "until": locked_until, "id": user_id},
    )


def refusals_from(tx: Connection, address: str, since: datetime) -> int:
    """Return how many logins from an address were refused since then."""
    row = tx.execute(
        "select count(*) as n from audit_entry where action = 'user.login_refused' and brand_id = 0"
        " and at >= %(since)s and address = %(address)s",
        {"since": since, "address": address},
    ).fetchone()
    return row["n"] if row else 0


# --- second factors ---------------------------------------------------------------------------------------
def set_pending(tx: Connection, user_id: int, sealed: bytes) -> None:
    """Keep a secret that no code has confirmed yet."""
    tx.execute("update app_user set totp_pending = %(sealed)s where id = %(id)s", {"sealed": sealed, "id": user_id})


def set_factor(tx: Connection, user_id: int, sealed: bytes | None, step: int, recovery: list[str]) -> None:
    """Ask for codes of this secret from now on; None = for none."""
    tx.execute(
        "update app_user set totp_secret = %(sealed)s, totp_pending = null, totp_last_step = %(step)s,"
        " recovery_hashes = %(recovery)s where id = %(id)s",
        {"sealed": sealed, "step": step, "recovery": recovery, "id": user_id},
    )


def set_step(tx: Connection, user_id: int, step: int) -> None:
    """Take no code of this half minute or an earlier one again."""
    tx.execute("update app_user set totp_last_step = %(step)s where id = %(id)s", {"step": step, "id": user_id})


def set_recovery(tx: Connection, user_id: int, recovery: list[str]) -> None:
    """Keep which recovery codes are left."""
    tx.execute(
        "update app_user set recovery_hashes = %(recovery)s where id = %(id)s", {"recovery": recovery, "id": user_id}
    )


# --- sign-in by a provider --------------------------------------------------------------------------------
def by_subject(tx: Connection, subject: str) -> int | None:
    """Return the user whom a provider knows by this subject."""
    row = tx.execute(
        "select id from app_user where provider_subject = %(subject)s and disabled_at is null", {"subject": subject}
    ).fetchone()
    return row["id"] if row else None


def unbound(tx: Connection, email: str) -> int | None:
    """Return the user of an address who has not come by a provider yet, locking the row."""
    row = tx.execute(
        "select id from app_user where email = %(email)s and disabled_at is null and provider_subject is null"
        " for update",
        {"email": email},
    ).fetchone()
    return row["id"] if row else None


def bind_subject(tx: Connection, user_id: int, subject: str) -> None:
    """Know a user by a provider's subject from now on."""
    tx.execute(
        "update app_user set provider_subject = %(subject)s where id = %(id)s", {"subject": subject, "id": user_id}
    )


# --- sessions ---------------------------------------------------------------------------------------------
def add_session(tx: Connection, session: dict[str, Any]) -> None:
    """Store a login and forget those that ran out."""
    tx.execute("delete from session where expires_at < %(created_at)s", session)
    tx.execute(
        "insert into session (token_hash, user_id, csrf, address, user_agent, created_at, last_seen_at, expires_at,"
        " strong) values (%(token_hash)s, %(user_id)s, %(csrf)s, %(address)s, %(user_agent)s, %(created_at)s,"
        " %(created_at)s, %(expires_at)s, %(strong)s)",
        session,
    )


def set_strong(tx: Connection, token_hash: str) -> None:
    """Count a session as one of somebody who has shown more than a password."""
    tx.execute("update session set strong = true where token_hash = %(token_hash)s", {"token_hash": token_hash})


def end_session(tx: Connection, token_hash: str) -> None:
    """Log out."""
    tx.execute("delete from session where token_hash = %(token_hash)s", {"token_hash": token_hash})
