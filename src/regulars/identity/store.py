"""The SQL of evidence: identifiers, what the vault holds of them, edges, policies, constraints."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from regulars.core.event import IdentifierRef
from regulars.identity.contract import ANONYMOUS_FROM, Policies, Policy
from regulars.identity.logic import Link, Node
from regulars.infra.db import Connection, text_array

_LOCK = 0x1D_0001
_CHUNK = 50_000
MANUAL, OBSERVED = "manual", "observed"


@dataclass(frozen=True, slots=True)
class Row:
    """An identifier as identity works with it. block_id: where its plain value is, None = nobody has said it."""

    id: int
    ref: IdentifierRef
    suid: int | None
    uid: int | None
    blocked: bool
    connects: bool
    first_seen_at: datetime | None
    block_id: int | None


class NewRow(NamedTuple):
    """An identifier to be written. connects: by policy and value. block_id, block_at: where its value is."""

    ref: IdentifierRef
    blocked: bool
    connects: bool
    first_seen_at: datetime | None = None
    source: str = ""
    block_id: int | None = None
    block_at: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge to be written, a_id < b_id."""

    a_id: int
    b_id: int
    first_seen_at: datetime
    source: str
    source_id: str
    brand_id: int


def chunks(ids: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists short enough for one statement."""
    values = list(ids)
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def array(values: Iterable[int | str | bytes | datetime | None]) -> str:
    """Write values of one type as an array literal: as a single parameter it costs a tenth of a list of values."""
    items = list(values)
    match next((v for v in items if v is not None), 0):
        case str():
            return text_array([str(v) for v in items])
        case datetime():
            return "{" + ",".join(f'"{v.isoformat()}"' if isinstance(v, datetime) else "NULL" for v in items) + "}"
        case bytes():
            return "{" + ",".join(f'"\\\\x{v.hex()}"' if isinstance(v, bytes) else "NULL" for v in items) + "}"
        case _:
            return "{" + ",".join(map(str, items)).replace("None", "NULL") + "}"


def lock(tx: Connection) -> None:
    """Be the only one who changes who is who, until the caller's transaction ends."""
    tx.execute("select pg_advisory_xact_lock(%(key)s)", {"key": _LOCK})


def policies(tx: Connection) -> tuple[list[Policy], int]:
    """Return the saved policies and the version of the newest."""
    rows = tx.execute("select policy, version from identifier_policy order by ns").fetchall()
    saved = [Policy(**_policy(r["policy"])) for r in rows]
    return saved, max((r["version"] for r in rows), default=0)


def _policy(stored: dict[str, Any]) -> dict[str, Any]:
    return {**stored, "block": tuple(stored["block"])}


def save_policy(tx: Connection, policy: Policy, version: int, actor: str, at: datetime) -> None:
    """Write a policy over the shipped one."""
    tx.execute(
        "insert into identifier_policy (ns, policy, version, saved_by, saved_at)"
        " values (%(ns)s, %(policy)s, %(version)s, %(actor)s, %(at)s)"
        " on conflict (ns) do update set policy = excluded.policy, version = excluded.version,"
        " saved_by = excluded.saved_by, saved_at = excluded.saved_at",
        {"ns": policy.ns, "policy": Jsonb(asdict(policy)), "version": version, "actor": actor, "at": at},
    )


def columns(refs: Sequence[IdentifierRef]) -> dict[str, str]:
    """Return references as parameters ns, scope, hmac."""
    return {
        "ns": array(r.ns for r in refs),
        "scope": array(r.scope for r in refs),
        "hmac": array(r.hmac for r in refs),
    }


def note_spaces(tx: Connection, spaces: Collection[tuple[str, str]]) -> None:
    """Note where identifiers are seen: (ns, scope). In order, so that two writers wait instead of dying together."""
    ordered = sorted(spaces)
    tx.execute(
        "insert into identifier_space select * from unnest(%(ns)s::text[], %(scope)s::text[]) on conflict do nothing",
        {"ns": array(ns for ns, _ in ordered), "scope": array(scope for _, scope in ordered)},
    )


def lookup(tx: Connection, refs: Iterable[IdentifierRef]) -> dict[IdentifierRef, Row]:
    """Return what is known of these identifiers."""
    found: dict[IdentifierRef, Row] = {}
    for part in chunks(refs):
        rows = tx.execute(
            "select r.number, i.id, i.suid, i.uid, i.blocked, i.connects, i.first_seen_at, i.block_id"
            " from unnest(%(hmac)s::uuid[]) with ordinality as r(hmac, number) join identifier i on i.hmac = r.hmac",
            {"hmac": array(ref.hmac for ref in part)},
        ).fetchall()
        for r in rows:
            ref = part[r["number"] - 1]
            found[ref] = Row(
                r["id"], ref, r["suid"], r["uid"], r["blocked"], r["connects"], r["first_seen_at"], r["block_id"]
            )
    return found


def unkept(tx: Connection, refs: Sequence[IdentifierRef]) -> list[IdentifierRef]:
    """Return those of these identifiers, in order, whose plain value is not kept anywhere."""
    found: list[IdentifierRef] = []
    for part in chunks(refs):
        row = tx.execute(
            "select coalesce(array_agg(r.number order by r.number), '{}') as numbers"
            " from unnest(%(hmac)s::uuid[]) with ordinality as r(hmac, number)"
            " left join identifier i on i.hmac = r.hmac where i.block_id is null",
            {"hmac": array(ref.hmac for ref in part)},
        ).fetchone()
        found += [part[number - 1] for number in row["numbers"]] if row else []
    return found


def add_identifiers(tx: Connection, rows: Iterable[NewRow]) -> int:
    """Insert identifiers; known ones only get an earlier sight, and a value when they have none.

    Returns how many were written; the others were known with all that. Always in the order of the key, so that two
    writers wait for each other instead of dying together.
    """
    ordered = sorted(rows, key=lambda r: r.ref.hmac)
    written = 0
    if ordered:
        note_spaces(tx, {(r.ref.ns, r.ref.scope) for r in ordered})
    for part in chunks(ordered):
        written += tx.execute(
            "insert into identifier as i"
            " (ns, scope, hmac, blocked, connects, first_seen_at, source, block_id, block_at)"
            " select * from unnest(%(ns)s::text[], %(scope)s::text[], %(hmac)s::uuid[], %(blocked)s::boolean[],"
            "  %(connects)s::boolean[], %(at)s::timestamptz[], %(source)s::text[], %(block)s::bigint[],"
            "  %(block_at)s::smallint[])"
            " on conflict (hmac) do update set"
            "  first_seen_at = least(i.first_seen_at, excluded.first_seen_at),"
            "  block_id = coalesce(i.block_id, excluded.block_id),"
            "  block_at = case when i.block_id is null then excluded.block_at else i.block_at end"
            " where excluded.first_seen_at < i.first_seen_at"
            "  or (i.first_seen_at is null and excluded.first_seen_at is not null)"
            "  or (i.block_id is null and excluded.block_id is not null)",
            {
                **columns([r.ref for r in part]),
                "blocked": array(r.blocked for r in part),
                "connects": array(r.connects for r in part),
                "at": array(r.first_seen_at for r in part),
                "source": array(r.source for r in part),
                "block": array(r.block_id for r in part),
                "block_at": array(r.block_at for r in part),
            },
        ).rowcount
    return written


def kept_of(tx: Connection, ns: str | None, suids: Collection[int] | None) -> Iterator[dict[str, Any]]:
    """Yield identifiers whose value is kept: of a namespace, or of the people of some suids."""
    with tx.cursor() as cursor:
        cursor.execute(
            "select i.id, i.ns, i.scope, i.blocked, i.first_seen_at, i.block_id, i.block_at from identifier i"
            " where i.block_id is not null and (%(ns)s::text is null or i.ns = %(ns)s::text)"
            "  and (%(suids)s::bigint[] is null"
            "  or i.suid = any(%(suids)s::bigint[]) or (i.suid is null and i.uid = any(%(suids)s::bigint[])))"
            " order by i.id",
            {"ns": ns, "suids": array(suids) if suids is not None else None},
        )
        yield from cursor


def set_blocked(tx: Connection, ids: Sequence[int], *, blocked: bool) -> None:
    """Mark identifiers as garbage, or as none."""
    tx.execute(
        "update identifier set blocked = %(blocked)s where id = any(%(ids)s::bigint[])",
        {"blocked": blocked, "ids": array(ids)},
    )


def set_connects(tx: Connection, ids: Sequence[int], *, connects: bool) -> list[int]:
    """Set whether identifiers connect; return those that changed."""
    changed: list[int] = []
    for part in chunks(ids):
        rows = tx.execute(
            "update identifier set connects = %(connects)s"
            " where id = any(%(ids)s::bigint[]) and connects <> %(connects)s returning id",
            {"connects": connects, "ids": array(part)},
        )
        changed += [r["id"] for r in rows]
    return changed


def crowding(tx: Connection, ids: Iterable[int], policies: Policies) -> Iterator[tuple[int, str, list[datetime]]]:
    """Yield (identifier id, its ns, first sights) per namespace and scope in which it has more neighbours than its cap.

    Only neighbours that may connect by policy, are not blocked and are not anonymous count, whatever their own cap.
    """
    capped = [(p.ns, p.cap) for p in policies.by_ns.values() if p.cap and p.linkable]
    countable = [p.ns for p in policies.by_ns.values() if p.linkable and not p.anonymous]
    for part in chunks(ids):
        rows = tx.execute(
            # Nearly all have fewer links than their cap; who those are with is asked of the rest alone.
            "with n as materialized (select i.id, i.ns, p.cap from identifier i"
            "  join unnest(%(ns)s::text[], %(cap)s::int[]) as p(ns, cap) on p.ns = i.ns"
            "  where i.id = any(%(ids)s::bigint[]) and not i.blocked"
            "   and (select count(*) from identifier_edge e where e.a_id = i.id)"
            "    + (select count(*) from identifier_edge e where e.b_id = i.id) > p.cap)"
            " select n.id, n.ns, array_agg(e.first_seen_at) as seen from n"
            " join lateral ("
            "  select b_id as other, first_seen_at from identifier_edge"
            "   where a_id = n.id and voided_by is null and evidence = 'observed'"
            "  union all select a_id, first_seen_at from identifier_edge"
            "   where b_id = n.id and voided_by is null and evidence = 'observed') e on true"
            " join identifier o on o.id = e.other and not o.blocked and o.ns = any(%(countable)s::text[])"
            " group by n.id, n.ns, n.cap, o.ns, o.scope having count(*) > n.cap",
            {
                "ids": array(part),
                "ns": array(c[0] for c in capped),
                "cap": array(c[1] for c in capped),
                "countable": array(countable),
            },
        )
        for r in rows:
            yield r["id"], r["ns"], r["seen"]


def connectable(tx: Connection, ids: Iterable[int], policies: Policies) -> set[int]:
    """Return the ids that policy and value allow to connect, before caps."""
    linkable = [p.ns for p in policies.by_ns.values() if p.linkable]
    found: set[int] = set()
    for part in chunks(ids):
        rows = tx.execute(
            "select id from identifier where id = any(%(ids)s::bigint[]) and not blocked and ns = any(%(ns)s::text[])",
            {"ids": array(part), "ns": array(linkable)},
        )
        found |= {r["id"] for r in rows}
    return found


def edges_at(tx: Connection, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], datetime]:
    """Return the first sight of those observed pairs (a < b) that are known."""
    found: dict[tuple[int, int], datetime] = {}
    for part in chunks(pairs):
        rows = tx.execute(
            "select e.a_id, e.b_id, e.first_seen_at from unnest(%(a)s::bigint[], %(b)s::bigint[]) as p(a, b)"
            " join identifier_edge e on e.a_id = p.a and e.b_id = p.b and e.evidence = 'observed'",
            {"a": array(p[0] for p in part), "b": array(p[1] for p in part)},
        )
        found |= {(r["a_id"], r["b_id"]): r["first_seen_at"] for r in rows}
    return found


def add_edges(tx: Connection, edges: Iterable[Edge], evidence: str = OBSERVED) -> list[tuple[int, int, int]]:
    """Write evidence; return (edge id, a, b) of what is new, or seen earlier than known, and not voided.

    A manual edge that was voided lives again; an observed one stays voided: somebody said it is wrong.
    """
    changed: list[tuple[int, int, int]] = []
    for part in chunks(edges):
        rows = tx.execute(
            "insert into identifier_edge (a_id, b_id, first_seen_at, source, source_id, brand_id, evidence)"
            " select *, %(evidence)s from unnest(%(a)s::bigint[], %(b)s::bigint[], %(at)s::timestamptz[],"
            "  %(source)s::text[], %(source_id)s::text[], %(brand)s::int[])"
            " on conflict (a_id, b_id, evidence) do update set first_seen_at = excluded.first_seen_at,"
            "  source = excluded.source, source_id = excluded.source_id, brand_id = excluded.brand_id,"
            "  voided_by = case when excluded.evidence = 'manual' then null else identifier_edge.voided_by end"
            " where excluded.first_seen_at < identifier_edge.first_seen_at or excluded.evidence = 'manual'"
            " returning id, a_id, b_id, voided_by",
            {
                "evidence": evidence,
                "a": array(e.a_id for e in part),
                "b": array(e.b_id for e in part),
                "at": array(e.first_seen_at for e in part),
                "source": array(e.source for e in part),
                "source_id": array(e.source_id for e in part),
                "brand": array(e.brand_id for e in part),
            },
        )
        changed += [(r["id"], r["a_id"], r["b_id"]) for r in rows if r["voided_by"] is None]
    return changed


def edge_ends(tx: Connection, edge_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return the ends of those edges that are not voided."""
    rows = tx.execute(
        "select id, a_id, b_id from identifier_edge where id = any(%(ids)s::bigint[]) and voided_by is null",
        {"ids": array(edge_ids)},
    )
    return {r["id"]: (r["a_id"], r["b_id"]) for r in rows}


def void_edges(tx: Connection, edge_ids: Sequence[int], ledger_id: int) -> None:
    """Say that evidence is wrong; it stays, but counts no more."""
    tx.execute(
        "update identifier_edge set voided_by = %(ledger)s where id = any(%(ids)s::bigint[])",
        {"ledger": ledger_id, "ids": array(edge_ids)},
    )


def usable_links(tx: Connection, ids: Collection[int]) -> list[Link]:
    """Return the live links of these nodes whose both ends connect."""
    links: list[Link] = []
    for part in chunks(ids):
        rows = tx.execute(
            "select e.id, e.a_id, e.b_id, e.first_seen_at, e.evidence from ("
            "  select * from identifier_edge where a_id = any(%(ids)s::bigint[])"
            "  union select * from identifier_edge where b_id = any(%(ids)s::bigint[])) e"
            " join identifier a on a.id = e.a_id and a.connects join identifier b on b.id = e.b_id and b.connects"
            " where e.voided_by is null",
            {"ids": array(part)},
        )
        links += [Link(r["id"], r["a_id"], r["b_id"], r["first_seen_at"], r["evidence"] == MANUAL) for r in rows]
    return links


def neighbours(tx: Connection, ids: Sequence[int]) -> set[int]:
    """Return the nodes at the other ends of all edges of these nodes, usable or not."""
    rows = tx.execute(
        "select b_id as id from identifier_edge where a_id = any(%(ids)s::bigint[])"
        " union select a_id from identifier_edge where b_id = any(%(ids)s::bigint[])",
        {"ids": array(ids)},
    )
    return {r["id"] for r in rows}


def nodes(tx: Connection, ids: Iterable[int]) -> Iterator[tuple[Node, int | None, int | None]]:
    """Yield (node, suid, uid)."""
    for part in chunks(ids):
        rows = tx.execute(
            "select id, ns, scope, encode(uuid_send(hmac), 'hex') as hmac, blocked, suid, uid from identifier"
            " where id = any(%(ids)s::bigint[])",
            {"ids": array(part)},
        )
        for r in rows:
            yield Node(r["id"], r["ns"], r["scope"], r["hmac"], r["blocked"]), r["suid"], r["uid"]


def cannot_links(tx: Connection, ids: Collection[int]) -> list[tuple[int, int]]:
    """Return the constraints in force that begin at these nodes."""
    found: list[tuple[int, int]] = []
    for part in chunks(ids):
        rows = tx.execute(
            "select a_id, b_id from cannot_link where a_id = any(%(ids)s::bigint[]) and lifted_by is null",
            {"ids": array(part)},
        )
        found += [(r["a_id"], r["b_id"]) for r in rows]
    return found


def mint(tx: Connection, n: int, *, anonymous: bool) -> int:
    """Take n suids in a row; return the first. The caller holds `lock`, so nobody else takes any meanwhile."""
    sequence = "uid_anonymous_seq" if anonymous else "uid_member_seq"
    row = tx.execute(
        "select setval(%(sequence)s::regclass, nextval(%(sequence)s::regclass) + %(n)s - 1) as last",
        {"sequence": sequence, "n": n},
    ).fetchone()
    return int(row["last"]) - n + 1 if row else 0


def counts(tx: Connection) -> tuple[int, int]:
    """Return (identified, anonymous) people."""
    row = tx.execute(
        "select count(*) filter (where uid < %(from)s) as identified,"
        " count(*) filter (where uid >= %(from)s) as anonymous"
        " from identifier where suid is not null and suid = uid",
        {"from": ANONYMOUS_FROM},
    ).fetchone()
    return (row["identified"], row["anonymous"]) if row else (0, 0)
