"""How far somebody sees: which people, of which brands."""

from __future__ import annotations

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.errors import Forbidden
from regulars.identity import api as identity
from regulars.profiles.contract import PersonNotFound
from regulars.profiles.store import reads, requests
from regulars.workspace import api as workspace


def not_found(uid: int) -> PersonNotFound:
    """Return what is said of a number that is nobody here."""
    return PersonNotFound(
        f"There is no customer {uid} here.", "The number may have been merged into another, or belong to another brand."
    )


def reached(ctx: Ctx, uid: int) -> list[int]:
    """Return the suids of a person within the scope. Raises PersonNotFound."""
    if reads.live_state(ctx, uid) is None:
        raise not_found(uid)
    return identity.suids_of(ctx, [uid])[uid]


def wholly(ctx: Ctx, uid: int) -> list[int]:
    """Return the suids of a person all of whom the actor sees. Raises PersonNotFound, Forbidden."""
    suids = reached(ctx, uid)
    if ctx.scope.stores is not None or not all(ctx.scope.reaches(b) for b in requests.brands_of(ctx, uid)):
        raise Forbidden(
            "This is about everything that is known of the customer; you see some brands or stores.",
            "Ask somebody who sees them all.",
            code="person.partly",
        )
    return suids


def own_brands(ctx: Ctx) -> list[int]:
    """Return the brands whose facts are shown: the brand's, or all for the group."""
    return [b.id for b in workspace.brands(ctx.tx)] if ctx.brand_id == GROUP_BRAND_ID else [ctx.brand_id]
