"""One customer on the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound
from regulars.identity import api as identity
from regulars.profiles import api as profiles

LATEST = 5


def card(ctx: Ctx, who: str) -> dict[str, Any]:
    """Return state, masked identifiers and the latest orders. who: uid or an identifier's value. Raises NotFound."""
    found = sorted(identity.search(ctx, who))
    if not found and who.isdigit():
        found = [int(who)]
    if not found:
        raise NotFound(f"Nobody is known by {who!r}.", "Search by order number, e-mail, phone or customer number.")
    person = profiles.person(ctx, found[0])
    return {
        "uid": person.uid,
        "label": person.label,
        "anonymous": person.anonymous,
        "state": dict(person.state),
        "identifiers": [{"ns": i.ns, "masked": i.masked, "suid": i.suid} for i in person.identifiers[:LATEST]],
        "consents": [asdict(c) for c in person.consents],
        "latest_orders": [asdict(o) for o in profiles.orders(ctx, person.uid, limit=LATEST).items],
    }
