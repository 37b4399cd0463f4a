"""Why these identifiers are one person, as far as the asker may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, NotFound
from regulars.identity import alignment, logic, store_people
from regulars.identity.contract import ANYWHERE, Evidence, Explanation, KnownIdentifier, Member, Policies, Policy

VOIDED = "voided"
_LIMIT = 1000


def visible(ctx: Ctx, policies: Policies, identifiers: Iterable[KnownIdentifier]) -> list[KnownIdentifier]:
    """Return those identifiers that do not belong to a brand outside the actor's scope."""
    return [
        i
        for i in identifiers
        if policies.of(i.ns).scope_kind != "brand" or not i.scope.isdigit() or ctx.scope.reaches(int(i.scope))
    ]


def own_scopes(ctx: Ctx, policies: Policies, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return namespace -> scope with the brand's own scope where a namespace belongs to a brand. Raises BadInput."""
    return {ns: _own_scope(ctx, policies.of(ns), scope) for ns, scope in wanted.items()}


def _own_scope(ctx: Ctx, policy: Policy, scope: str) -> str:
    if policy.scope_kind == "brand":
        return str(ctx.brand_id)
    if policy.scope_kind != "shop":
        return "" if scope == ANYWHERE else scope
    if scope == ANYWHERE:
        return f"{ctx.brand_id}:{ANYWHERE}"
    if not scope.startswith(f"{ctx.brand_id}:"):
        raise BadInput(f"Identifiers of {policy.ns} belong to a shop.", f"Name one of this brand: {ctx.brand_id}:shop.")
    return scope


def labels(ctx: Ctx, policies: Policies, uids: Collection[int]) -> dict[int, str]:
    """Return uid -> masked value of the strongest visible identifier."""
    best: dict[int, tuple[int, int, str]] = {}
    for i in visible(ctx, policies, store_people.identifiers(ctx.tx, uids, 50 * len(uids))):
        rank = (policies.of(i.ns).priority, i.id, i.masked)
        if i.uid is not None and (i.uid not in best or rank < best[i.uid]):
            best[i.uid] = rank
    return {uid: masked for uid, (_, _, masked) in best.items()}


def why(ctx: Ctx, policies: Policies, uid: int) -> Explanation:
    """Explain a person. Raises NotFound."""
    known = store_people.identifiers(ctx.tx, [uid], _LIMIT)
    if not known:
        raise NotFound(f"There is no customer {uid}.", "The number may be an alias now, or was erased.")
    suids = [i.suid for i in known if i.suid is not None]
    shown = visible(ctx, policies, known)
    found = store_people.edges_of(ctx.tx, uid, ctx.scope.brands)
    conflicts = {r.link.id: r.reason for r in alignment.refusals(ctx, policies, [i.id for i in known])}
    allowed = {i.id for i in visible(ctx, policies, (end for e, *_ in found for end in (e.a, e.b)))}
    used: list[Evidence] = []
    refused: list[Evidence] = []
    for edge, a_connects, b_connects, voided_by in found:
        if edge.a.id not in allowed or edge.b.id not in allowed:
            continue
        reason = VOIDED if voided_by else _dropped(policies, edge, a_connects, b_connects)
        reason = reason or conflicts.get(edge.id, "")
        (refused if reason else used).append(replace(edge, reason=reason))
    ledger = store_people.ledger_of(ctx.tx, suids)
    return Explanation(uid, _members(uid, shown, used), tuple(used), tuple(refused), tuple(ledger))


def _dropped(policies: Policies, edge: Evidence, *connects: bool) -> str:
    for end, able in zip((edge.a, edge.b), connects, strict=True):
        if not able:
            return logic.OVER_CAP if policies.of(end.ns).linkable else logic.NOT_LINKABLE
    return ""


def _members(uid: int, shown: Sequence[KnownIdentifier], used: Sequence[Evidence]) -> tuple[Member, ...]:
    """Put each identifier without a suid beside the suid it was first seen with, directly or step by step."""
    home: dict[int, int] = {i.id: i.suid for i in shown if i.suid is not None}
    grown = True
    while grown:
        grown = False
        for edge in used:
            for one, other in ((edge.a.id, edge.b.id), (edge.b.id, edge.a.id)):
                if one in home and other not in home:
                    home[other] = home[one]
                    grown = True
    by_suid: dict[int, list[KnownIdentifier]] = {}
    for i in shown:
        by_suid.setdefault(home.get(i.id, uid), []).append(i)
    return tuple(Member(suid, tuple(by_suid[suid])) for suid in sorted(by_suid))


def policy_json(policy: Policy) -> dict[str, Any]:
    """Return a policy as JSON."""
    return asdict(policy)
