"""The door of glances: the little that is shown of somebody who stands at a till."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from regulars.core.ctx import Ctx
from regulars.identity import api as identity
from regulars.infra.crypto import mask, vault
from regulars.profiles import intake
from regulars.profiles.store import facts, reads


@dataclass(frozen=True, slots=True)
class Glance:
    """A person of the brand. name: masked, "" = not known. last_order_on: None beyond the actor's stores."""

    name: str
    member_since_on: date | None
    last_order_on: date | None


def glance(ctx: Ctx, uid: int) -> Glance | None:
    """Return the little there is to show, None for somebody the brand does not know.

    Whoever stands there is named by an identifier of their own: name and membership are the brand's, and told in
    each of its stores. From PostgreSQL alone.
    """
    known = reads.live_state(replace(ctx, scope=replace(ctx.scope, stores=None)), uid)
    if known is None:
        return None
    within = known if ctx.scope.stores is None else reads.live_state(ctx, uid)
    return Glance(_name(ctx, uid), known["member_since_on"], within["last_order_on"] if within else None)


def _name(ctx: Ctx, uid: int) -> str:
    for row in facts.attributes(ctx, identity.suids_of(ctx, [uid])[uid]):
        if row["key"] == "name" and row["secret"] is not None:
            plain = vault().decrypt(row["secret"], intake.secret_context(row["suid"], row["key"])).decode()
            return mask("name", plain)
    return ""
