"""What people decide about people: bring together, take apart, settle what waits in the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from regulars.core.ctx import Ctx
from regulars.core.errors import Conflict, NotFound
from regulars.identity import alignment, logic, store, store_people
from regulars.identity.contract import Decision, LedgerEntry, LedgerKind, Policies, Realigned, ReviewItem


def merge(ctx: Ctx, uid_a: int, uid_b: int, reason: str) -> Realigned:
    """See `api.merge`."""
    store.lock(ctx.tx)
    policies = alignment.load_policies(ctx)
    now = store_people.uid_of(ctx.tx, [uid_a, uid_b])
    anchor = store_people.anchors(ctx.tx, now.values())
    for uid in now.values():
        if uid not in anchor:
            raise NotFound(f"There is no customer {uid}.", "The customer may have been erased.")
    a, b = (anchor[now[uid]] for uid in (uid_a, uid_b))
    if a == b:
        raise Conflict("These are one customer already.", "Nothing needs to be done.", code="identity.already_one")
    sides = [store_people.ids_of(ctx.tx, now[uid]) for uid in (uid_a, uid_b)]
    _check_members(ctx, policies, sides)
    ledger_id = store_people.new_ledger_ids(ctx.tx, 1)[0]
    lifted = store_people.lift(ctx.tx, sides[0], sides[1], ledger_id)
    store_people.mark_undone(ctx.tx, lifted, ledger_id)
    edge = store.Edge(min(a, b), max(a, b), ctx.now, alignment.ROOM, f"ledger-{ledger_id}", ctx.brand_id)
    changed = store.add_edges(ctx.tx, [edge], store.MANUAL)
    result = alignment.realign(ctx, policies, {a, b}, _cause(reason, "merge", changed, ledger_id))
    if len(set(store_people.uid_of(ctx.tx, now.values()).values())) > 1:
        raise Conflict(
            "Somebody else they are connected with is to be kept apart from one of them.",
            "Look at the evidence of both customers first.",
            code="identity.constraint",
        )
    return result


def _check_members(ctx: Ctx, policies: Policies, sides: Sequence[Sequence[int]]) -> None:
    held: list[dict[tuple[str, str], int]] = []
    for ids in sides:
        nodes = (node for node, _, _ in store.nodes(ctx.tx, ids))
        held.append({(n.ns, n.scope): n.id for n in nodes if policies.of(n.ns).exclusive})
    if held[0].keys() & held[1].keys():
        raise Conflict(
            "Each of them has a member number of the same brand.",
            "Join the two memberships in the loyalty system first; the numbers here follow.",
            code="identity.two_members",
        )


def _cause(reason: str, kind: LedgerKind, edges: Sequence[tuple[int, int, int]], ledger_id: int) -> alignment.Cause:
    return alignment.Cause(reason, kind, {edge: (a, b) for edge, a, b in edges}, {}, ledger_id)


def unmerge_entry(ctx: Ctx, ledger_id: int, reason: str) -> Realigned:
    """Take back one entry of the ledger; see `api.unmerge`."""
    store.lock(ctx.tx)
    entry = store_people.ledger(ctx.tx, ledger_id)
    if entry is None:
        raise NotFound(f"There is no ledger entry {ledger_id}.", "The customer's page lists them.")
    if entry.undone_by is not None or entry.kind == "unmerge":
        raise Conflict(
            "This entry was taken back already, or is itself a separation.",
            "Merge the two customers to bring them together again.",
            code="identity.not_undoable",
        )
    anchors = list(store_people.anchors(ctx.tx, people_before(entry)).values())
    if len(anchors) < 2:
        raise Conflict("Fewer than two of these people are left.", "The others were erased.", code="identity.erased")
    ends = store.edge_ends(ctx.tx, entry.edge_ids)
    result = _separate(ctx, list(combinations(anchors, 2)), ends, reason)
    store_people.mark_undone(ctx.tx, [ledger_id], result.ledger_ids[0])
    return result


def people_before(entry: LedgerEntry) -> list[int]:
    """Return the uids that were people before the entry: those whose own suid was theirs."""
    return [uid for uid in entry.uids if entry.aliases_before.get(uid, uid) == uid]


def unmerge_edge(ctx: Ctx, edge_id: int, reason: str) -> Realigned:
    """Say that one piece of evidence is wrong; see `api.unmerge`."""
    store.lock(ctx.tx)
    ends = store.edge_ends(ctx.tx, [edge_id])
    if not ends:
        raise NotFound(f"There is no evidence {edge_id} in force.", "The customer's page lists it.")
    return _separate(ctx, list(ends.values()), ends, reason)


def _separate(
    ctx: Ctx, apart: Sequence[tuple[int, int]], suspects: Mapping[int, tuple[int, int]], reason: str
) -> Realigned:
    policies = alignment.load_policies(ctx)
    touched = {i for pair in (*apart, *suspects.values()) for i in pair}
    region = alignment.load_region(ctx, touched)
    void = logic.to_void(region.nodes, region.links, suspects.keys(), [*region.cannot_links, *apart], policies)
    ledger_id = store_people.new_ledger_ids(ctx.tx, 1)[0]
    actor, at = f"{ctx.actor.kind}:{ctx.actor.id}", ctx.clock.system_now()
    store_people.forbid(ctx.tx, apart, store_people.By(reason, actor, ledger_id, at))
    store.void_edges(ctx.tx, list(void), ledger_id)
    voided = [(edge, *suspects[edge]) for edge in sorted(void)]
    return alignment.realign(ctx, policies, touched, _cause(reason, "unmerge", voided, ledger_id))


def decide(ctx: Ctx, item_id: int, decision: Decision) -> ReviewItem:
    """See `api.decide`."""
    store.lock(ctx.tx)
    found = store_people.review_items(ctx.tx, "", 0, 1, item_id)
    if not found:
        raise NotFound(f"There is no item {item_id} in the review queue.")
    item = found[0]
    if item.state != "open":
        raise Conflict("This was decided already, or the evidence is gone.", "Reload the queue.", code="review.closed")
    store_people.decided(ctx.tx, item_id, decision, ctx.actor.name, ctx.clock.system_now())
    if decision == "merge":
        if item.a.uid is None or item.b.uid is None:
            raise Conflict("One of them is not a customer yet.", "Wait for the first event.", code="review.no_person")
        merge(ctx, item.a.uid, item.b.uid, f"review {item_id}")
    return store_people.review_items(ctx.tx, "", 0, 1, item_id)[0]
