"""The door for getting in: passwords, second factors, sign-in by a provider, and the first user of all."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography.exceptions import InvalidTag

from regulars.core.ctx import Actor, Ctx
from regulars.core.errors import BadInput, Conflict, Forbidden, NotFound, RegularsError, Unauthenticated
from regulars.core.ids import new_token
from regulars.infra.crypto import vault
from regulars.platforms.api_oidc import Asked, Claims
from regulars.workspace import api_access, second_factor, store, store_access, store_login
from regulars.workspace.auditing import audit
from regulars.workspace.contract import Session
from regulars.workspace.logic import (
    LOCKOUT,
    MAX_REFUSALS_OF_ADDRESS,
    SESSION_LIFE,
    lock_after,
    passwords,
    token_hash,
    unknown_user_hash,
)

Refusal = Literal["wrong", "code_needed", "code_wrong", "too_many"]

ISSUER = "Regulars"
_REQUIRED = "second_factor_required"
_SIGN_IN = "sign_in"
SIGN_IN_LIFE = timedelta(minutes=10)


class TooManyAttempts(RegularsError):
    """Somebody tries passwords from one address."""

    code, status = "login.too_many", 429


@dataclass(frozen=True, slots=True)
class NewFactor:
    """What an authenticator app is given. secret: base32, to type by hand; uri: what the picture says."""

    secret: str
    uri: str


# --- by password ------------------------------------------------------------------------------------------
def login(ctx: Ctx, email: str, password: str, *, code: str = "", user_agent: str = "") -> Session | Refusal:
    """Check password and, where there is one, the second factor; return a session, or why not.

    What was refused is counted and audited in the caller's transaction, so the caller commits before it answers.
    """
    now, nobodys = ctx.clock.system_now(), unknown_user_hash()
    if store_login.refusals_from(ctx.tx, ctx.address, now - LOCKOUT) >= MAX_REFUSALS_OF_ADDRESS:
        return "too_many"
    row = store_login.login_row(ctx.tx, email.strip().lower())
    if row is None or (row["locked_until"] and row["locked_until"] > now):
        passwords.verify(password, nobodys)
        return _refused(ctx, row["id"] if row else None, "wrong")
    if not passwords.verify(password, row["password_hash"]):
        _note_failure(ctx, row["id"], row["failed_logins"])
        return _refused(ctx, row["id"], "wrong")
    strong = row["totp_secret"] is not None
    if strong and not code:
        return "code_needed"
    if strong and not _takes(ctx, row, code):
        _note_failure(ctx, row["id"], row["failed_logins"])
        return _refused(ctx, row["id"], "code_wrong")
    store_login.note_login(ctx.tx, row["id"], failures=0, locked_until=None)
    return _session(ctx, row["id"], user_agent, strong=strong, by="password")


def _refused(ctx: Ctx, user_id: int | None, refusal: Refusal) -> Refusal:
    audit(ctx.for_brand(0), "user.login_refused", "user", user_id or "", after={"why": refusal})
    return refusal


def _note_failure(ctx: Ctx, user_id: int, failed_before: int) -> None:
    failures = failed_before + 1
    until = lock_after(failures, ctx.clock.system_now())
    store_login.note_login(ctx.tx, user_id, failures=failures, locked_until=until)


def note_wrong_password(ctx: Ctx, user_id: int) -> None:
    """Count a wrong password or code given by somebody who is logged in, as a login does."""
    _note_failure(ctx, user_id, store_login.own_row(ctx.tx, user_id)["failed_logins"])


def _session(ctx: Ctx, user_id: int, user_agent: str, *, strong: bool, by: str) -> Session:
    now = ctx.clock.system_now()
    session = Session(new_token(), new_token(16), store.user_by_id(ctx.tx, user_id), now + SESSION_LIFE)
    store_login.add_session(
        ctx.tx,
        {
            "token_hash": token_hash(session.token),
            "user_id": user_id,
            "csrf": session.csrf,
            "address": ctx.address,
            "user_agent": user_agent[:300],
            "created_at": now,
            "expires_at": session.expires_at,
            "strong": strong,
        },
    )
    who = replace(ctx.for_brand(0), actor=Actor("user", str(user_id), session.user.name))
    audit(who, "user.logged_in", "user", user_id, after={"name": session.user.name, "by": by, "strong": strong})
    return session


def logout(ctx: Ctx, token: str) -> None:
    """End a session; an unknown one is fine."""
    store_login.end_session(ctx.tx, token_hash(token))


def refused(refusal: Refusal) -> RegularsError:
    """Return the answer to a refused login; it does not tell which of address and password was wrong."""
    if refusal == "code_needed":
        return Unauthenticated(
            "This account also asks for a code.", "Type the six digits that the app shows.", code="login.code_needed"
        )
    if refusal == "code_wrong":
        return Unauthenticated(
            "The code is not right, or was used already.",
            "Wait for the next one, or use a recovery code.",
            code="login.code_wrong",
        )
    if refusal == "too_many":
        return TooManyAttempts(
            "Too many logins failed from this address.",
            "Wait five minutes.",
            retry_after_s=int(LOCKOUT.total_seconds()),
        )
    return Unauthenticated(
        "The e-mail or the password is not right, or there were too many attempts.",
        "Check both, or wait five minutes.",
        code="login.failed",
    )


# --- the second factor ------------------------------------------------------------------------------------
def _place(user_id: int) -> str:
    return f"second_factor:{user_id}"


def _takes(ctx: Ctx, row: dict[str, Any], code: str) -> bool:
    """Tell whether a code or recovery code of the user is good, and let it be good once."""
    user_id = row["id"]
    secret = vault().decrypt(row["totp_secret"], _place(user_id))
    step = second_factor.accepted_step(secret, code, ctx.clock.system_now(), row["totp_last_step"])
    if step is not None:
        store_login.set_step(ctx.tx, user_id, step)
        return True
    left = second_factor.without_used(row["recovery_hashes"], code)
    if left is None:
        return False
    store_login.set_recovery(ctx.tx, user_id, left)
    audit(ctx.for_brand(0), "user.recovery_code_used", "user", user_id, after={"left": len(left)})
    return True


def has_second_factor(ctx: Ctx, user_id: int) -> bool:
    """Tell whether a user is asked for a code."""
    return store_login.own_row(ctx.tx, user_id)["totp_secret"] is not None


def begin_second_factor(ctx: Ctx) -> NewFactor:
    """Make a secret for one's own app; it counts once a code has confirmed it. Raises Conflict when there is one."""
    user_id = int(ctx.actor.id)
    row = store_login.own_row(ctx.tx, user_id)
    if row["totp_secret"] is not None:
        raise Conflict("There is a second factor already.", "Turn it off first.", code="second_factor.on")
    secret = second_factor.new_secret()
    store_login.set_pending(ctx.tx, user_id, vault().encrypt(secret, _place(user_id)))
    return NewFactor(second_factor.as_typed(secret), second_factor.app_uri(secret, row["email"], ISSUER))


def confirm_second_factor(ctx: Ctx, token: str, code: str) -> list[str]:
    """Ask for codes from now on, audited; return the recovery codes, which are shown this once. Other sessions end.

    token: of the session that asks. Raises BadInput for a wrong code, Conflict when none was begun.
    """
    user_id = int(ctx.actor.id)
    row = store_login.own_row(ctx.tx, user_id)
    if row["totp_pending"] is None:
        raise Conflict("No second factor was begun.", "Begin again.", code="second_factor.not_begun")
    secret = vault().decrypt(row["totp_pending"], _place(user_id))
    step = second_factor.accepted_step(secret, code, ctx.clock.system_now(), 0)
    if step is None:
        raise BadInput(
            "This is not the code that belongs to the secret now.",
            "Check that the telephone's clock is right, then type the newest code.",
            code="second_factor.wrong_code",
        )
    recovery = second_factor.new_recovery_codes()
    sealed = vault().encrypt(secret, _place(user_id))
    store_login.set_factor(ctx.tx, user_id, sealed, step, [second_factor.recovery_hash(c) for c in recovery])
    ended = store_access.end_sessions(ctx.tx, user_id, but=token_hash(token))
    store_login.set_strong(ctx.tx, token_hash(token))
    audit(ctx.for_brand(0), "user.second_factor_on", "user", user_id, after={"sessions_ended": ended})
    return recovery


def end_second_factor(ctx: Ctx, password: str) -> bool:
    """Ask for no codes any more, audited; False when the password is not right: see `note_wrong_password`."""
    user_id = int(ctx.actor.id)
    row = store_login.own_row(ctx.tx, user_id)
    locked = row["locked_until"] and row["locked_until"] > ctx.clock.system_now()
    if locked or not passwords.verify(password, row["password_hash"]):
        return False
    store_login.set_factor(ctx.tx, user_id, None, 0, [])
    audit(ctx.for_brand(0), "user.second_factor_off", "user", user_id)
    return True


def second_factor_required(ctx: Ctx) -> bool:
    """Tell whether everybody who logs in by password needs a second factor."""
    return bool(store.setting(ctx.tx, 0, _REQUIRED))


def require_second_factor(ctx: Ctx, *, required: bool) -> None:
    """Let everybody who logs in by password need a second factor, or not, audited.

    Raises Forbidden for somebody who does not reach every brand, Conflict for one who has none: they would be out.
    """
    if ctx.scope.brands is not None:
        raise Forbidden("This holds for the whole house.", "Ask an administrator of all brands.")
    if required and not has_second_factor(ctx, int(ctx.actor.id)):
        raise Conflict(
            "You have no second factor yourself.", "Set yours up first, under your account.", code="second_factor.own"
        )
    before = second_factor_required(ctx)
    store.set_setting(ctx.tx, 0, _REQUIRED, required)
    audit(ctx.for_brand(0), "setting.changed", "setting", _REQUIRED, before=before, after=required)


# --- by a provider ----------------------------------------------------------------------------------------
def login_known(ctx: Ctx, who: Claims, *, user_agent: str = "") -> Session:
    """Return a session for somebody whom a provider has checked.

    They are who came by this subject before; else the user, or the open invitation, of the address that the provider
    has verified: from then on the subject counts. Raises Forbidden for everybody else, audited by the caller.
    """
    subject = f"{who.issuer}\x1f{who.subject}"
    user_id = store_login.by_subject(ctx.tx, subject)
    if user_id is None:
        user_id = _bind(ctx, who, subject)
    return _session(ctx, user_id, user_agent, strong=True, by="provider")


def _bind(ctx: Ctx, who: Claims, subject: str) -> int:
    email = who.email.strip().lower()
    user_id: int | None = None
    if email and who.email_verified:
        user_id = store_login.unbound(ctx.tx, email)
        opened = None if user_id else store_access.invitation_to(ctx.tx, email, ctx.clock.system_now())
        if opened:
            user_id = api_access.join(ctx, opened, who.name.strip() or email, passwords.hash(new_token()))
    if user_id is None:
        raise Forbidden(
            "Nobody here has the address that you signed in with.",
            "Ask an administrator for an invitation to it.",
            code="login.not_invited",
        )
    store_login.bind_subject(ctx.tx, user_id, subject)
    audit(ctx.for_brand(0), "user.provider_bound", "user", user_id, after={"issuer": who.issuer})
    return user_id


def seal(ctx: Ctx, asked: Asked, onward: str) -> str:
    """Return what the browser keeps while it is at the provider. onward: the page to go on to."""
    kept = {"asked": asdict(asked), "onward": onward, "until": (ctx.clock.system_now() + SIGN_IN_LIFE).isoformat()}
    return base64.urlsafe_b64encode(vault().encrypt(json.dumps(kept), _SIGN_IN)).decode()


def unseal(ctx: Ctx, sealed: str, state: str) -> tuple[Asked, str]:
    """Return what `seal` was given. Raises Unauthenticated unless it is ours, in time, and of this state."""
    try:
        kept = json.loads(vault().decrypt(base64.urlsafe_b64decode(sealed.encode()), _SIGN_IN))
    except (InvalidTag, ValueError) as error:
        raise _not_begun() from error
    asked = Asked(**kept["asked"])
    in_time = datetime.fromisoformat(kept["until"]) > ctx.clock.system_now()
    if not in_time or not hmac.compare_digest(asked.state, state):
        raise _not_begun()
    return asked, kept["onward"]


def _not_begun() -> Unauthenticated:
    return Unauthenticated(
        "This sign-in was not begun here, or took too long.", "Begin again from the login page.", code="login.provider"
    )


def note_refused(ctx: Ctx, code: str) -> None:
    """Write down that a sign-in by a provider was refused."""
    audit(ctx.for_brand(0), "user.login_refused", "user", "", after={"why": code})


# --- the first user ---------------------------------------------------------------------------------------
_SETUP = "setup_token_hash"


def setup_token(ctx: Ctx) -> str | None:
    """Return a new token that lets whoever runs the house make the first user; None when there is a user."""
    if store.user_count(ctx.tx):
        return None
    token = new_token(16)
    store.set_setting(ctx.tx, 0, _SETUP, token_hash(token))
    return token


def is_new(ctx: Ctx) -> bool:
    """Tell whether the house waits for its first user."""
    return store.user_count(ctx.tx) == 0


def check_setup(ctx: Ctx, token: str) -> None:
    """Raise NotFound unless the token may make the first user, in the same words for every reason."""
    store_access.lock_roles(ctx.tx)
    if store.user_count(ctx.tx) or store.setting(ctx.tx, 0, _SETUP) != token_hash(token):
        raise NotFound(
            "This link does not open anything.",
            "The newest one stands where the server was started.",
            code="setup.closed",
        )
