"""Identity's door: what is known of people, and everything that changes who is who."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, NotFound
from regulars.core.event import Identifier, IdentifierRef
from regulars.core.people import person_data
from regulars.identity import (
    alignment,
    bulk,
    evidence,
    explaining,
    merging,
    realigning,
    store,
    store_bulk,
    store_people,
    store_shared,
    suggesting,
    value_blocks,
)
from regulars.identity.contract import (
    ANONYMOUS_FROM,
    Decision,
    Explanation,
    KnownIdentifier,
    Observation,
    PeopleCounts,
    Policies,
    Policy,
    Realigned,
    ReviewItem,
    ReviewState,
)
from regulars.identity.person_port import IdentityData
from regulars.identity.policies import check, is_blocked
from regulars.identity.suggest_task import cancel as cancel_search
from regulars.identity.suggest_task import last as last_search
from regulars.identity.suggest_task import register_records
from regulars.identity.suggest_task import start as start_search
from regulars.identity.suggesting import INSTALL, is_installed
from regulars.infra import event_log
from regulars.infra.crypto import normalise, vault
from regulars.infra.numbers import Numbers
from regulars.workspace import api as workspace

__all__ = [
    "ANONYMOUS_FROM",
    "INSTALL",
    "cancel_search",
    "counts",
    "decide",
    "erase",
    "find",
    "holders",
    "identifiers",
    "is_installed",
    "known",
    "labels",
    "last_search",
    "merge",
    "named",
    "namespaces",
    "observe",
    "observe_bulk",
    "open_reviews",
    "policies",
    "publish_aliases",
    "realign_all",
    "register_reach",
    "register_records",
    "remember",
    "reveal",
    "review_queue",
    "save_policy",
    "scope_of",
    "search",
    "start_search",
    "suggest",
    "suids_of",
    "uid_of",
    "unmerge",
    "values_of",
    "why",
]


def remember(ctx: Ctx, identifiers: Sequence[Identifier]) -> list[IdentifierRef]:
    """Put identifiers into the vault; return their references, one each, in order.

    Known ones cost a look-up only. Call once per transaction where you can: rows are inserted in the order
    of their keys, so that concurrent writers wait for each other rather than deadlock.
    """
    return evidence.remember(ctx, identifiers)


def observe(ctx: Ctx, observations: Sequence[Observation]) -> list[int | None]:
    """Take observations; return each one's suid, None where no identifier may name a person.

    Raises BadInput when an observation has more than 50 identifiers. Emits person.realigned.
    """
    return evidence.observe(ctx, observations)


def observe_bulk(ctx: Ctx, table: pa.Table, *, source: str = "import") -> pa.Array:
    """Take a table of observations with plain values; return the rows' suids as int64, null = nobody.

    Wide: one column per namespace (named as it, null or "" = none), optional "<ns>.scope". Long: columns
    observation (any key), ns, scope, value. Both: occurred_at (with time zone), optional source, source_id,
    brand_id (default: ctx). Remembers the values, gives the same people as `observe`. Raises BadInput.
    """
    return bulk.observe_table(ctx, table, source)


def scope_of(ctx: Ctx, ns: str, *, shop: str = "", app: str = "", source: str = "") -> str:
    """Return the scope that identifiers of a namespace have by policy, "" = the whole workspace."""
    kind = policies(ctx).of(ns).scope_kind
    return {
        "workspace": "",
        "brand": str(ctx.brand_id),
        "shop": f"{ctx.brand_id}:{shop}",
        "app": app,
        "source": source,
    }[kind]


def uid_of(ctx: Ctx, suids: Collection[int]) -> dict[int, int]:
    """Return suid -> uid, for each suid given."""
    return store_people.uid_of(ctx.tx, suids)


def suids_of(ctx: Ctx, uids: Collection[int]) -> dict[int, list[int]]:
    """Return uid -> all its suids, the uid itself first; empty for a number that is an alias now."""
    return store_people.suids_of(ctx.tx, uids)


def find(ctx: Ctx, ns: str, scope: str, value: str) -> int | None:
    """Return the uid of whom an identifier names, by blind index."""
    ref = IdentifierRef(ns, scope, vault().blind_index(ns, scope, value))
    return next(iter(store_people.find(ctx.tx, [ref])), None)


def known(ctx: Ctx, uids: Collection[int]) -> set[int]:
    """Return which of these numbers are somebody's today."""
    return store_people.known(ctx.tx, uids) if uids else set()


def named(ctx: Ctx, refs: Collection[IdentifierRef]) -> dict[IdentifierRef, int]:
    """Return the uid of whom each identifier names today; those that name nobody, or too many, are absent."""
    found = store.lookup(ctx.tx, list(dict.fromkeys(refs))) if refs else {}
    return {ref: row.uid for ref, row in found.items() if row.uid is not None and not row.blocked}


def search(ctx: Ctx, text: str) -> dict[int, set[str]]:
    """Return uid -> namespaces in which this text names the person, in any scope in use; exact values only."""
    if not text.strip():
        return {}
    box = vault()
    refs = [IdentifierRef(ns, scope, box.blind_index(ns, scope, text)) for ns, scope in store_people.namespaces(ctx.tx)]
    return store_people.find_by(ctx.tx, refs)


def namespaces(ctx: Ctx) -> list[str]:
    """Return the namespaces in use: what people can be searched by."""
    return sorted({ns for ns, _ in store_people.namespaces(ctx.tx)})


def identifiers(ctx: Ctx, uid: int, limit: int = 1000) -> list[KnownIdentifier]:
    """Return a person's identifiers, masked, as far as the actor's brands reach."""
    return explaining.visible(ctx, policies(ctx), store_people.identifiers(ctx.tx, [uid], limit))


Reach = Callable[[Ctx, int], object]
"""Raises NotFound for a person outside the actor's stores, which only a room above can tell."""
_reach: list[Reach] = []


def register_reach(check: Reach) -> None:
    """Let a room above say whom somebody bound to stores sees."""
    _reach[:] = [check]


def _within_reach(ctx: Ctx, uid: int | None) -> None:
    if ctx.scope.stores is None:
        return
    if uid is None or not _reach:
        ctx.require_all_stores()
        return
    for seen in _reach:
        seen(ctx, uid)


def labels(ctx: Ctx, uids: Collection[int]) -> dict[int, str]:
    """Return uid -> the masked value of its strongest identifier that the actor may see, for lists."""
    return explaining.labels(ctx, policies(ctx), uids)


def reveal(ctx: Ctx, identifier_id: int, reason: str) -> str:
    """Return an identifier's plain value; needs customers.unmask, audited.

    Raises: Forbidden, NotFound, BadInput (no reason given).
    """
    ctx.require("customers.unmask")
    if not reason.strip():
        raise BadInput("Say why you need to see it.", "The reason is kept in the audit log.")
    known = store_people.known_by_id(ctx.tx, [identifier_id]).get(identifier_id)
    value = store_people.plain(ctx.tx, identifier_id)
    if known is None or value is None or not explaining.visible(ctx, policies(ctx), [known]):
        raise NotFound("This identifier is not in the vault.", "It may have been erased.")
    _within_reach(ctx, known.uid)
    workspace.audit(
        ctx, "identifier.revealed", "identifier", identifier_id,
        after={"uid": known.uid, "ns": known.ns, "reason": reason.strip()[:500]},
    )  # fmt: skip
    return value


def holders(ctx: Ctx, uids: Collection[int], wanted: Mapping[str, str]) -> dict[str, set[int]]:
    """Return namespace -> those of these people who have an identifier of it, garbage left out.

    wanted: namespace -> scope; ANYWHERE = all that the brand may see, "" the same but for those that belong to a shop.
    Raises BadInput.
    """
    return store_shared.holders(ctx.tx, uids, explaining.own_scopes(ctx, policies(ctx), wanted))


def holding(ctx: Ctx, ns: str) -> Numbers:
    """Return all members of the workspace who have an identifier of a namespace, garbage left out."""
    kind = policies(ctx).of(ns).scope_kind
    own = {"brand": str(ctx.brand_id), "shop": f"{ctx.brand_id}:%"}
    return store_shared.holding(ctx.tx, ns, own.get(kind, "%"))


def today(ctx: Ctx, suids: Numbers) -> Numbers:
    """Return whose numbers these are now, in order; for sets of any size."""
    return store_shared.today(ctx.tx, suids)


def values_of(ctx: Ctx, uids: Collection[int], wanted: Mapping[str, str]) -> list[tuple[int, str, str]]:
    """Return (uid, namespace, normalised plain value) of these people's identifiers; wanted: as for `holders`.

    For files that leave the house: whoever asks has checked consent, and writes the audit. Needs audiences.export.
    """
    ctx.require("audiences.export")
    found = store_shared.values_of(ctx.tx, uids, explaining.own_scopes(ctx, policies(ctx), wanted))
    return [(uid, ns, normalise(ns, value)) for uid, ns, value in found]


def counts(ctx: Ctx) -> PeopleCounts:
    """Return how many people there are in the workspace."""
    return PeopleCounts(*store.counts(ctx.tx))


def why(ctx: Ctx, uid: int) -> Explanation:
    """Return why these identifiers are one person, and what was refused. Raises NotFound."""
    _within_reach(ctx, uid)
    return explaining.why(ctx, policies(ctx), uid)


def merge(ctx: Ctx, uid_a: int, uid_b: int, reason: str) -> Realigned:
    """Declare two customers to be one; lifts what kept them apart. Needs people.merge, audited.

    Raises: NotFound, Conflict (one already; two member numbers of a brand; another constraint).
    """
    ctx.require("people.merge")
    result = merging.merge(ctx, uid_a, uid_b, reason)
    workspace.audit(ctx, "people.merged", "person", min(uid_a, uid_b), after={"uids": [uid_a, uid_b], "reason": reason})
    return result


def unmerge(ctx: Ctx, *, ledger_id: int | None = None, edge_id: int | None = None, reason: str) -> Realigned:
    """Take back a merge, or one piece of evidence. Needs people.merge, audited.

    By ledger entry: whoever was separate before is separate again, with all that came since on its own
    side, and is kept apart. By edge: the evidence is void and its two identifiers are kept apart.
    Raises: BadInput (exactly one of both), NotFound, Conflict (taken back already).
    """
    ctx.require("people.merge")
    if ledger_id is not None and edge_id is None:
        result = merging.unmerge_entry(ctx, ledger_id, reason)
        object_kind, object_id = "merge_ledger", ledger_id
    elif edge_id is not None and ledger_id is None:
        result = merging.unmerge_edge(ctx, edge_id, reason)
        object_kind, object_id = "identifier_edge", edge_id
    else:
        raise BadInput("Name either a ledger entry or one piece of evidence.", "The customer's page lists both.")
    workspace.audit(
        ctx, "people.separated", object_kind, object_id, after={"uids": sorted(result.uids), "reason": reason}
    )
    return result


def review_queue(
    ctx: Ctx, state: ReviewState | None = "open", *, after_id: int = 0, limit: int = 50
) -> list[ReviewItem]:
    """Return evidence that met a constraint, by id. state None = all."""
    return store_people.review_items(ctx.tx, state or "", after_id, limit)


def open_reviews(ctx: Ctx) -> int:
    """Return how much evidence that met a constraint waits for a decision."""
    return store_people.open_reviews(ctx.tx)


def suggest(ctx: Ctx, records: pa.Table, *, ns: str, scope: str = "", least: float = 0.8) -> int:
    """Put pairs of customers into the review queue who probably are one; return how many are new.

    records: a column `value` with an identifier of the namespace, other columns = fields of text to compare.
    least: probability. Merges nobody. Needs people.merge, audited. Raises BadInput (no splink, too few records).
    """
    ctx.require("people.merge")
    written = suggesting.suggest(ctx, records, ns=ns, scope=scope, least=least)
    workspace.audit(ctx, "people.suggested", "review_item", ns, after={"suggestions": written, "least": least})
    return written


def decide(ctx: Ctx, item_id: int, decision: Decision) -> ReviewItem:
    """Settle an item of the queue: merge the two customers, or leave them apart. Needs people.merge, audited.

    Raises: NotFound, Conflict (settled already; two member numbers of a brand).
    """
    ctx.require("people.merge")
    item = merging.decide(ctx, item_id, decision)
    workspace.audit(ctx, "review.decided", "review_item", item_id, after={"decision": decision})
    return item


def erase(ctx: Ctx, uid: int, reason: str) -> dict[str, int]:
    """Erase a person in every room; return the rows that went, per room. Idempotent, audited.

    Emits person.erased. The numbers (suids) stay used for ever and name nobody.
    """
    suids = suids_of(ctx, [uid])[uid]
    ports = [*(p for p in person_data.all() if p.room != alignment.ROOM), IdentityData()]
    gone = {port.room: port.erase(ctx, suids) for port in ports} if suids else {}
    if any(gone.values()):
        event_log.emit(ctx, "person.erased", alignment.ROOM, f"erased-{uid}", {"suids": suids})
        workspace.audit(ctx, "person.erased", "person", uid, after={"rows": dict(gone), "reason": reason})
    return gone


def policies(ctx: Ctx) -> Policies:
    """Return the policies in force, as shipped or as saved."""
    return alignment.load_policies(ctx)


def save_policy(ctx: Ctx, policy: Policy) -> Policies:
    """Save a namespace's policy, re-read which of its values are garbage, and bring everybody in line; audited.

    A namespace that was not linkable left no evidence: it connects what is seen from now on. Raises BadInput.
    """
    check(policy)
    store.lock(ctx.tx)
    before = policies(ctx).of(policy.ns)
    version = store_people.next_policy_version(ctx.tx)
    store.save_policy(ctx.tx, policy, version, ctx.actor.name, ctx.clock.system_now())
    if before.block != policy.block:
        _block_again(ctx, policy)
    realign_all(ctx, f"policy {policy.ns}")
    workspace.audit(
        ctx, "identity.policy_saved", "identifier_policy", policy.ns,
        before=explaining.policy_json(before), after=explaining.policy_json(policy),
    )  # fmt: skip
    return policies(ctx)


def _block_again(ctx: Ctx, policy: Policy) -> None:
    flips: dict[bool, list[int]] = {True: [], False: []}
    for rows in store.chunks(store.kept_of(ctx.tx, policy.ns, None)):
        values = value_blocks.plain(ctx.tx, ((r["block_id"], r["block_at"]) for r in rows))
        for row in rows:
            blocked = is_blocked(policy, normalise(policy.ns, values[row["block_id"], row["block_at"]]))
            if blocked != row["blocked"]:
                flips[blocked].append(row["id"])
    for blocked, ids in flips.items():
        store.set_blocked(ctx.tx, ids, blocked=blocked)


def realign_all(ctx: Ctx, reason: str) -> Realigned:
    """Compute everybody anew from all evidence; without a change of policy nothing changes."""
    store.lock(ctx.tx)
    nothing = np.empty(0, np.int64)
    unchanged = realigning.Evidence(nothing, nothing, nothing, (nothing, nothing))
    return realigning.realign(ctx, policies(ctx), store_bulk.all_ids(ctx.tx), unchanged, reason)


def publish_aliases(ctx: Ctx, suids: Collection[int] | None = None, *, token: str = "") -> None:
    """Copy who these suids are (None = all that are, or once were, an alias) to the lake and reload its dictionary.

    Idempotent. What it reads must be committed, or be committed with it.
    """
    known = store_people.ever_aliases(ctx) if suids is None else suids
    store_people.publish_aliases(ctx, known, token)
