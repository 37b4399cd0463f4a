"""The SQL of people: whose a suid is, how that came about, what waits for a decision, what is erased."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.core.event import IdentifierRef
from regulars.identity import value_blocks
from regulars.identity.contract import Evidence, KnownIdentifier, LedgerEntry, ReviewItem
from regulars.identity.logic import Refusal
from regulars.identity.store import array, chunks
from regulars.infra.crypto import mask
from regulars.infra.db import Connection


def set_people(tx: Connection, uids: Mapping[int, int | None], minted: Mapping[int, int]) -> None:
    """Say whose identifiers these are (identifier id -> uid) and give new suids, never over an old one."""
    for part in chunks(uids):
        tx.execute(
            "update identifier i set uid = v.uid, suid = coalesce(i.suid, v.suid)"
            " from unnest(%(ids)s::bigint[], %(uids)s::bigint[], %(suids)s::bigint[]) as v(id, uid, suid)"
            " where i.id = v.id",
            {"ids": array(part), "uids": array(uids[i] for i in part), "suids": array(minted.get(i) for i in part)},
        )


def set_aliases(tx: Connection, aliases: Mapping[int, int]) -> None:
    """Write suid -> uid, flat; where both are equal there is no row."""
    for part in chunks(aliases.items()):
        tx.execute(
            "delete from uid_alias where suid = any(%(suids)s::bigint[])",
            {"suids": array(s for s, u in part if s == u)},
        )
        other = [(s, u) for s, u in part if s != u]
        tx.execute(
            "insert into uid_alias (suid, uid) select * from unnest(%(suids)s::bigint[], %(uids)s::bigint[])"
            " on conflict (suid) do update set uid = excluded.uid",
            {"suids": array(s for s, _ in other), "uids": array(u for _, u in other)},
        )


def uid_of(tx: Connection, suids: Collection[int]) -> dict[int, int]:
    """Return suid -> uid for each suid given."""
    found = {s: s for s in suids}
    for part in chunks(suids):
        rows = tx.execute(
            "select suid, uid from uid_alias where suid = any(%(suids)s::bigint[])", {"suids": array(part)}
        )
        found |= {r["suid"]: r["uid"] for r in rows}
    return found


def suids_of(tx: Connection, uids: Collection[int]) -> dict[int, list[int]]:
    """Return uid -> its suids, the uid itself first; a suid that is an alias has none."""
    found: dict[int, list[int]] = {u: [u] for u, now in uid_of(tx, uids).items() if u == now}
    found |= {u: [] for u in uids if u not in found}
    for part in chunks(uids):
        rows = tx.execute(
            "select suid, uid from uid_alias where uid = any(%(uids)s::bigint[]) order by suid", {"uids": array(part)}
        )
        for r in rows:
            found[r["uid"]].append(r["suid"])
    return found


def ever_aliases(ctx: Ctx) -> set[int]:
    """Return the suids that are an alias now, or that the lake still takes for one."""
    now = {r["suid"] for r in ctx.tx.execute("select suid from uid_alias")}
    return now | {r["suid"] for r in ctx.lake.rows("SELECT suid FROM uid_alias FINAL WHERE suid != uid")}


def publish_aliases(ctx: Ctx, suids: Collection[int], token: str) -> None:
    """Copy whose these suids are now to the lake and reload its dictionary.

    The version is taken before the truth is read, so that of two copies the one with the newer truth wins.
    """
    row = ctx.tx.execute("select nextval('uid_alias_version_seq') as version").fetchone()
    version = int(row["version"]) if row else 0
    now = uid_of(ctx.tx, suids)
    if now:
        table = pa.table(
            {
                "suid": pa.array(list(now.keys()), pa.uint32()),
                "uid": pa.array(list(now.values()), pa.uint32()),
                "version": pa.array([version] * len(now), pa.uint64()),
            }
        )
        ctx.lake.insert("uid_alias", table, token=token)
    ctx.lake.command("SYSTEM RELOAD DICTIONARY uid_alias_dict")


def known(tx: Connection, uids: Collection[int]) -> set[int]:
    """Return which of these numbers are somebody's today."""
    rows = tx.execute(
        "select distinct uid from identifier where uid = any(%(uids)s::bigint[])", {"uids": array(uids)}
    ).fetchall()
    return {row["uid"] for row in rows}


def find(tx: Connection, refs: Sequence[IdentifierRef]) -> set[int]:
    """Return the uids whose identifiers these are."""
    rows = tx.execute(
        "select distinct uid from identifier where hmac = any(%(hmac)s::uuid[]) and uid is not null",
        {"hmac": array(r.hmac for r in refs)},
    )
    return {r["uid"] for r in rows}


def find_by(tx: Connection, refs: Sequence[IdentifierRef]) -> dict[int, set[str]]:
    """Return whom these identifiers name, each with the namespaces that do."""
    rows = tx.execute(
        "select uid, ns from identifier where hmac = any(%(hmac)s::uuid[]) and uid is not null",
        {"hmac": array(r.hmac for r in refs)},
    )
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row["uid"], set()).add(row["ns"])
    return found


def namespaces(tx: Connection, limit: int = 500) -> list[tuple[str, str]]:
    """Return the (ns, scope) pairs in use."""
    rows = tx.execute("select ns, scope from identifier_space order by ns, scope limit %(limit)s", {"limit": limit})
    return [(r["ns"], r["scope"]) for r in rows]


_KNOWN = (
    "select i.id, i.ns, i.scope, i.first_seen_at, i.suid, i.uid, coalesce(i.block_id, 0) as block_id,"
    " coalesce(i.block_at, 0) as block_at from identifier i"
)


def _masked(tx: Connection, rows: Sequence[dict[str, Any]]) -> list[KnownIdentifier]:
    values = value_blocks.plain(tx, ((r["block_id"], r["block_at"]) for r in rows))
    return [
        KnownIdentifier(
            r["id"], r["ns"], r["scope"],
            mask(r["ns"], values[place]) if (place := (r["block_id"], r["block_at"])) in values else "****",
            r["first_seen_at"], r["suid"], r["uid"],
        )
        for r in rows
    ]  # fmt: skip


def identifiers(tx: Connection, uids: Collection[int], limit: int) -> list[KnownIdentifier]:
    """Return the identifiers of people, those with a suid first, then the oldest."""
    rows = tx.execute(
        _KNOWN + " where i.uid = any(%(uids)s::bigint[])"
        " order by i.suid nulls last, i.first_seen_at nulls last, i.id limit %(limit)s",
        {"uids": array(uids), "limit": limit},
    )
    return _masked(tx, rows.fetchall())


def known_by_id(tx: Connection, ids: Iterable[int]) -> dict[int, KnownIdentifier]:
    """Return identifiers by id."""
    found: dict[int, KnownIdentifier] = {}
    for part in chunks(set(ids)):
        rows = tx.execute(_KNOWN + " where i.id = any(%(ids)s::bigint[])", {"ids": array(part)})
        found |= {known.id: known for known in _masked(tx, rows.fetchall())}
    return found


def plain(tx: Connection, identifier_id: int) -> str | None:
    """Return an identifier's plain value, None when it is not kept."""
    row = tx.execute(
        "select block_id, block_at from identifier where id = %(id)s and block_id is not null", {"id": identifier_id}
    ).fetchone()
    place = (row["block_id"], row["block_at"]) if row else (0, 0)
    return value_blocks.plain(tx, [place]).get(place)


def ids_of(tx: Connection, uid: int) -> list[int]:
    """Return the ids of all identifiers of a person."""
    return [r["id"] for r in tx.execute("select id from identifier where uid = %(uid)s order by id", {"uid": uid})]


def anchors(tx: Connection, suids: Collection[int]) -> dict[int, int]:
    """Return suid -> the identifier it was minted for."""
    rows = tx.execute("select id, suid from identifier where suid = any(%(suids)s::bigint[])", {"suids": array(suids)})
    return {r["suid"]: r["id"] for r in rows}


def edges_of(
    tx: Connection, uid: int, brands: Collection[int] | None, limit: int = 500
) -> list[tuple[Evidence, bool, bool, int | None]]:
    """Return a person's evidence, oldest first: (edge, a connects, b connects, voided by). brands None = all."""
    rows = tx.execute(
        "select e.id, e.a_id, e.b_id, e.evidence, e.first_seen_at, e.source, e.source_id, e.voided_by,"
        " a.connects as a_connects, b.connects as b_connects"
        " from (select * from identifier_edge where a_id in (select id from identifier where uid = %(uid)s)"
        "  union select * from identifier_edge where b_id in (select id from identifier where uid = %(uid)s)) e"
        " join identifier a on a.id = e.a_id join identifier b on b.id = e.b_id"
        " where %(brands)s::int[] is null or e.brand_id = any(%(brands)s::int[])"
        " order by e.first_seen_at, e.id limit %(limit)s",
        {"uid": uid, "limit": limit, "brands": array(brands) if brands is not None else None},
    ).fetchall()
    ends = known_by_id(tx, {i for r in rows for i in (r["a_id"], r["b_id"])})
    return [
        (
            Evidence(
                r["id"],
                ends[r["a_id"]],
                ends[r["b_id"]],
                r["evidence"],
                r["first_seen_at"],
                r["source"],
                r["source_id"],
            ),
            r["a_connects"],
            r["b_connects"],
            r["voided_by"],
        )
        for r in rows
    ]  # fmt: skip


def new_ledger_ids(tx: Connection, n: int) -> list[int]:
    """Reserve ledger ids."""
    rows = tx.execute(
        "select nextval(pg_get_serial_sequence('merge_ledger', 'id')) as id from generate_series(1, %(n)s)", {"n": n}
    )
    return [r["id"] for r in rows]


def add_ledger(tx: Connection, entries: Iterable[LedgerEntry]) -> None:
    """Write ledger entries, as lines of COPY's text format: the driver's own row by row costs many times as much."""
    copy_ledger(tx, ("".join(map(_line, part)) for part in chunks(entries)))


def copy_ledger(tx: Connection, lines: Iterable[str]) -> None:
    """Write ledger entries that are lines of COPY's text format already, in portions."""
    with (
        tx.cursor() as cursor,
        cursor.copy(
            "copy merge_ledger (id, at, kind, uids, aliases_before, aliases_after, edge_ids, policy_version, reason,"
            " actor) from stdin"
        ) as copy,
    ):
        for part in lines:
            copy.write(part)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escaped(text: str) -> str:
    """Return a text as it stands in a line of COPY."""
    return text.translate(_ESCAPES)


def _line(e: LedgerEntry) -> str:
    uids, edges = ",".join(map(str, e.uids)), ",".join(map(str, e.edge_ids))
    return (
        f"{e.id}\t{e.at}\t{e.kind}\t{{{uids}}}\t{_json(e.aliases_before)}\t{_json(e.aliases_after)}\t{{{edges}}}"
        f"\t{e.policy_version}\t{escaped(e.reason)}\t{escaped(e.actor)}\n"
    )


def _json(aliases: Mapping[int, int]) -> str:
    return "{" + ",".join(f'"{suid}":{uid}' for suid, uid in aliases.items()) + "}"


_LEDGER = (
    "select id, at, kind, uids, aliases_before, aliases_after, edge_ids, policy_version, reason, actor, undone_by"
    " from merge_ledger"
)


def _entry(row: dict[str, Any]) -> LedgerEntry:
    built: dict[str, Any] = {
        **row,
        "uids": tuple(row["uids"]),
        "edge_ids": tuple(row["edge_ids"]),
        "aliases_before": {int(k): v for k, v in row["aliases_before"].items()},
        "aliases_after": {int(k): v for k, v in row["aliases_after"].items()},
    }
    return LedgerEntry(**built)


def ledger(tx: Connection, ledger_id: int) -> LedgerEntry | None:
    """Return one entry, locked against a second un-merge."""
    row = tx.execute(_LEDGER + " where id = %(id)s for update", {"id": ledger_id}).fetchone()
    return _entry(row) if row else None


def ledger_of(tx: Connection, suids: Collection[int], limit: int = 100) -> list[LedgerEntry]:
    """Return the newest entries that touched any of these, newest first."""
    rows = tx.execute(
        _LEDGER + " where uids && %(suids)s::bigint[] order by id desc limit %(limit)s",
        {"suids": array(suids), "limit": limit},
    )
    return [_entry(r) for r in rows]


def mark_undone(tx: Connection, ledger_ids: Collection[int], by: int) -> None:
    """Say that entries were taken back by a later one."""
    tx.execute(
        "update merge_ledger set undone_by = %(by)s where id = any(%(ids)s::bigint[])",
        {"by": by, "ids": array(ledger_ids)},
    )


@dataclass(frozen=True, slots=True)
class By:
    """Who keeps people apart, why, and the ledger entry that says so."""

    reason: str
    actor: str
    ledger_id: int
    at: datetime


def forbid(tx: Connection, pairs: Iterable[tuple[int, int]], by: By) -> None:
    """Keep pairs of identifiers apart; a pair already kept apart stays so."""
    ordered = [(min(p), max(p)) for p in pairs]
    tx.execute(
        "insert into cannot_link (a_id, b_id, reason, actor, created_at, ledger_id)"
        " select a, b, %(reason)s, %(actor)s, %(at)s, %(ledger)s"
        " from unnest(%(a)s::bigint[], %(b)s::bigint[]) as p(a, b)"
        " on conflict (a_id, b_id) where lifted_by is null do nothing",
        {
            "a": array(p[0] for p in ordered),
            "b": array(p[1] for p in ordered),
            "reason": by.reason,
            "actor": by.actor,
            "at": by.at,
            "ledger": by.ledger_id,
        },
    )


def lift(tx: Connection, some: Collection[int], others: Collection[int], by: int) -> list[int]:
    """Lift the constraints between two sets of identifiers; return the ledger entries that had set them."""
    rows = tx.execute(
        "update cannot_link set lifted_by = %(by)s where lifted_by is null and"
        " ((a_id = any(%(some)s::bigint[]) and b_id = any(%(others)s::bigint[]))"
        "  or (a_id = any(%(others)s::bigint[]) and b_id = any(%(some)s::bigint[]))) returning ledger_id",
        {"by": by, "some": array(some), "others": array(others)},
    )
    return [r["ledger_id"] for r in rows if r["ledger_id"] is not None]


def review(tx: Connection, nodes: Collection[int], refused: Sequence[Refusal], at: datetime) -> None:
    """Bring the queue in line with what is refused now among these nodes; a decided item stays decided."""
    pairs = [(min(r.link.a, r.link.b), max(r.link.a, r.link.b), r.reason) for r in refused]
    for part in chunks(nodes):
        tx.execute(
            "update review_item set state = 'obsolete' where state = 'open' and kind = 'conflict'"
            " and a_id = any(%(ids)s::bigint[]) and (a_id, b_id) not in"
            " (select * from unnest(%(a)s::bigint[], %(b)s::bigint[]))",
            {"ids": array(part), "a": array(p[0] for p in pairs), "b": array(p[1] for p in pairs)},
        )
    if pairs:
        tx.execute(
            "insert into review_item (kind, a_id, b_id, reason, created_at)"
            " select 'conflict', a, b, reason, %(at)s"
            " from unnest(%(a)s::bigint[], %(b)s::bigint[], %(reason)s::text[]) as p(a, b, reason)"
            " on conflict (a_id, b_id, kind) do update set state = 'open', reason = excluded.reason"
            " where review_item.state = 'obsolete'",
            {
                "a": array(p[0] for p in pairs),
                "b": array(p[1] for p in pairs),
                "reason": array(p[2] for p in pairs),
                "at": at,
            },
        )


def standing_for(tx: Connection, uids: Collection[int]) -> dict[int, int]:
    """Return of each of these people the identifier seen first that still connects, by id."""
    found: dict[int, int] = {}
    for part in chunks(uids):
        rows = tx.execute(
            "select uid, min(id) as id from identifier where uid = any(%(uids)s::bigint[]) and connects"
            " and not blocked group by uid",
            {"uids": array(part)},
        )
        found |= {r["uid"]: r["id"] for r in rows}
    return found


def suggest(tx: Connection, pairs: Sequence[tuple[int, int, str]], at: datetime) -> int:
    """Put suggestions into the queue: (a, b, reason), a < b; return how many are new. Pairs kept apart stay so."""
    written = 0
    for part in chunks(pairs):
        written += tx.execute(
            "insert into review_item (kind, a_id, b_id, reason, created_at)"
            " select 'suggestion', a, b, reason, %(at)s"
            " from unnest(%(a)s::bigint[], %(b)s::bigint[], %(reason)s::text[]) as p(a, b, reason)"
            " where not exists (select from cannot_link c where c.a_id = a and c.b_id = b and c.lifted_by is null)"
            " on conflict (a_id, b_id, kind) do nothing",
            {"a": array(p[0] for p in part), "b": array(p[1] for p in part), "reason": array(p[2] for p in part),
             "at": at},
        ).rowcount  # fmt: skip
    return written


def review_items(tx: Connection, state: str, after_id: int, limit: int, item_id: int | None = None) -> list[ReviewItem]:
    """Return items of the queue by id."""
    rows = tx.execute(
        "select id, kind, a_id, b_id, reason, state, created_at, decided_by, decided_at from review_item"
        " where (%(item)s::bigint is null or id = %(item)s::bigint) and (%(state)s = '' or state = %(state)s)"
        " and id > %(after)s order by id limit %(limit)s",
        {"item": item_id, "state": state, "after": after_id, "limit": limit},
    ).fetchall()
    ends = known_by_id(tx, {i for r in rows for i in (r["a_id"], r["b_id"])})
    return [
        ReviewItem(
            r["id"], r["kind"], ends[r["a_id"]], ends[r["b_id"]], r["reason"], r["state"], r["created_at"],
            r["decided_by"], r["decided_at"],
        )
        for r in rows
    ]  # fmt: skip


def open_reviews(tx: Connection) -> int:
    """Return how many items of the queue wait for a decision."""
    row = tx.execute("select count(*)::bigint as n from review_item where state = 'open'").fetchone()
    return row["n"] if row else 0


def decided(tx: Connection, item_id: int, state: str, actor: str, at: datetime) -> None:
    """Close an item."""
    tx.execute(
        "update review_item set state = %(state)s, decided_by = %(actor)s, decided_at = %(at)s where id = %(id)s",
        {"id": item_id, "state": state, "actor": actor, "at": at},
    )


def ids_to_erase(tx: Connection, suids: Collection[int]) -> list[int]:
    """Return the identifiers that go with these suids: their own, and those without one of a person wholly erased."""
    whole = [
        u for u, all_suids in suids_of(tx, set(uid_of(tx, suids).values())).items() if set(all_suids) <= set(suids)
    ]
    rows = tx.execute(
        "select id from identifier where suid = any(%(suids)s::bigint[])"
        " or (suid is null and uid = any(%(whole)s::bigint[])) order by id for update",
        {"suids": array(suids), "whole": array(whole)},
    )
    return [r["id"] for r in rows]


def delete_identifiers(tx: Connection, ids: Sequence[int], suids: Collection[int]) -> int:
    """Delete identifiers and all that hangs on them; return how many rows went. The ledger holds numbers only."""
    gone = 0
    bound = {"ids": array(ids)}
    kept = tx.execute(
        "select block_id, block_at from identifier where id = any(%(ids)s::bigint[]) and block_id is not null", bound
    ).fetchall()
    gone += value_blocks.erase(tx, [(r["block_id"], r["block_at"]) for r in kept])
    pair = " where a_id = any(%(ids)s::bigint[]) or b_id = any(%(ids)s::bigint[])"
    gone += tx.execute("delete from identifier_edge" + pair, bound).rowcount
    gone += tx.execute("delete from cannot_link" + pair, bound).rowcount
    gone += tx.execute("delete from review_item" + pair, bound).rowcount
    gone += tx.execute("delete from identifier where id = any(%(ids)s::bigint[])", bound).rowcount
    return (
        gone
        + tx.execute("delete from uid_alias where suid = any(%(suids)s::bigint[])", {"suids": array(suids)}).rowcount
    )


def next_policy_version(tx: Connection) -> int:
    """Return the version of the next saved policy."""
    row = tx.execute("select coalesce(max(version), 0) + 1 as version from identifier_policy").fetchone()
    return int(row["version"]) if row else 1
