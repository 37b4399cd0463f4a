"""The SQL of evidence: identifiers, what the vault holds of them, edges, policies, constraints."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.core.event import IdentifierRef
from regulars.identity.contract import ANONYMOUS_FROM, KnownIdentifier, Policies, Policy
from regulars.identity.logic import Link, Node
from regulars.infra.db import Connection

_LOCK = 0x1D_0001
_CHUNK = 50_000
MANUAL, OBSERVED = "manual", "observed"


@dataclass(frozen=True, slots=True)
class Row:
    """An identifier as identity works with it. kept: the vault holds its value."""

    id: int
    ref: IdentifierRef
    suid: int | None
    uid: int | None
    blocked: bool
    connects: bool
    first_seen_at: datetime | None
    kept: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge to be written, a_id < b_id."""

    a_id: int
    b_id: int
    first_seen_at: datetime
    source: str
    source_id: str
    brand_id: int


@dataclass(frozen=True, slots=True)
class Secret:
    """A value on its way into the vault."""

    identifier_id: int
    ciphertext: bytes
    masked: str


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
            return _texts([str(v) for v in items])
        case datetime():
            return "{" + ",".join(f'"{v.isoformat()}"' if isinstance(v, datetime) else "NULL" for v in items) + "}"
        case bytes():
            return "{" + ",".join(f'"\\\\x{v.hex()}"' if isinstance(v, bytes) else "NULL" for v in items) + "}"
        case _:
            return "{" + ",".join(map(str, items)).replace("None", "NULL") + "}"


def _texts(values: list[str]) -> str:
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * max(0, len(values) - 1):
        joined = '","'.join(v.replace("\\", "\\\\").replace('"', '\\"') for v in values)
    return '{"' + joined + '"}' if values else "{}"


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


def lookup(tx: Connection, refs: Iterable[IdentifierRef]) -> dict[IdentifierRef, Row]:
    """Return what is known of these identifiers."""
    found: dict[IdentifierRef, Row] = {}
    for part in chunks(refs):
        rows = tx.execute(
            "select i.id, i.ns, i.scope, i.hmac, i.suid, i.uid, i.blocked, i.connects, i.first_seen_at,"
            "  s.identifier_id is not null as kept"
            " from unnest(%(ns)s::text[], %(scope)s::text[], %(hmac)s::text[]) as r(ns, scope, hmac)"
            " join identifier i on i.ns = r.ns and i.scope = r.scope and i.hmac = r.hmac"
            " left join identifier_secret s on s.identifier_id = i.id",
            columns(part),
        ).fetchall()
        for r in rows:
            ref = IdentifierRef(r["ns"], r["scope"], r["hmac"])
            found[ref] = Row(
                r["id"], ref, r["suid"], r["uid"], r["blocked"], r["connects"], r["first_seen_at"], r["kept"]
            )
    return found


def add_identifiers(tx: Connection, rows: Iterable[tuple[IdentifierRef, bool, bool, datetime | None, str]]) -> None:
    """Insert identifiers: (ref, blocked, connects, first seen or None, source); known ones only get an earlier sight.

    Always in the order of the key, so that two writers wait for each other instead of dying together.
    """
    ordered = sorted(rows, key=lambda r: (r[0].ns, r[0].scope, r[0].hmac))
    for part in chunks(ordered):
        tx.execute(
            "insert into identifier (ns, scope, hmac, blocked, connects, first_seen_at, source)"
            " select * from unnest(%(ns)s::text[], %(scope)s::text[], %(hmac)s::text[], %(blocked)s::boolean[],"
            "  %(connects)s::boolean[], %(at)s::timestamptz[], %(source)s::text[])"
            " on conflict (ns, scope, hmac) do update set first_seen_at = excluded.first_seen_at"
            " where excluded.first_seen_at is not null"
            "  and (identifier.first_seen_at is null or excluded.first_seen_at < identifier.first_seen_at)",
            {
                **columns([r[0] for r in part]),
                "blocked": array(r[1] for r in part),
                "connects": array(r[2] for r in part),
                "at": array(r[3] for r in part),
                "source": array(r[4] for r in part),
            },
        )


def add_secrets(tx: Connection, secrets: Iterable[Secret]) -> None:
    """Put values into the vault; a value already there stays as it is."""
    ordered = sorted(secrets, key=lambda s: s.identifier_id)
    for part in chunks(ordered):
        tx.execute(
            "insert into identifier_secret (identifier_id, ciphertext, masked)"
            " select * from unnest(%(id)s::bigint[], %(cipher)s::bytea[], %(masked)s::text[])"
            " on conflict (identifier_id) do nothing",
            {
                "id": array(s.identifier_id for s in part),
                "cipher": array(s.ciphertext for s in part),
                "masked": array(s.masked for s in part),
            },
        )


def secret(tx: Connection, identifier_id: int) -> dict[str, Any] | None:
    """Return ns, scope, hmac, uid and ciphertext of a kept value."""
    return tx.execute(
        "select i.ns, i.scope, i.hmac, i.uid, s.ciphertext from identifier i"
        " join identifier_secret s on s.identifier_id = i.id where i.id = %(id)s",
        {"id": identifier_id},
    ).fetchone()


def secrets_of(tx: Connection, ns: str | None, suids: Collection[int] | None) -> Iterator[dict[str, Any]]:
    """Yield kept values with their identifiers: of a namespace, or of the people of some suids."""
    with tx.cursor() as cursor:
        cursor.execute(
            "select i.id, i.ns, i.scope, i.hmac, i.suid, i.blocked, i.first_seen_at, s.ciphertext from identifier i"
            " join identifier_secret s on s.identifier_id = i.id"
            " where (%(ns)s::text is null or i.ns = %(ns)s::text) and (%(suids)s::bigint[] is null"
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
            "select n.id, n.ns, array_agg(e.first_seen_at) as seen"
            " from identifier n"
            " join unnest(%(ns)s::text[], %(cap)s::int[]) as p(ns, cap) on p.ns = n.ns"
            " join lateral ("
            "  select b_id as other, first_seen_at from identifier_edge"
            "   where a_id = n.id and voided_by is null and evidence = 'observed'"
            "  union all select a_id, first_seen_at from identifier_edge"
            "   where b_id = n.id and voided_by is null and evidence = 'observed') e on true"
            " join identifier o on o.id = e.other and not o.blocked and o.ns = any(%(countable)s::text[])"
            " where n.id = any(%(ids)s::bigint[]) and not n.blocked"
            " group by n.id, n.ns, p.cap, o.ns, o.scope having count(*) > p.cap",
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
            "select id, ns, scope, hmac, blocked, suid, uid from identifier where id = any(%(ids)s::bigint[])",
            {"ids": array(part)},
        )
        for r in rows:
            yield Node(r["id"], r["ns"], r["scope"], r["hmac"], r["blocked"]), r["suid"], r["uid"]


def all_ids(tx: Connection) -> list[int]:
    """Return the ids of all identifiers."""
    return [r["id"] for r in tx.execute("select id from identifier order by id")]


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


def mint(tx: Connection, identifiers: Sequence[tuple[int, bool]]) -> dict[int, int]:
    """Take suids for identifiers (id, anonymous), in the order given; return id -> suid. `set_people` writes them."""
    minted: dict[int, int] = {}
    for anonymous in (False, True):
        wanted = [i for i, is_anonymous in identifiers if is_anonymous is anonymous]
        for part in chunks(wanted):
            sequence = "uid_anonymous_seq" if anonymous else "uid_member_seq"
            rows = tx.execute(
                "select nextval(%(sequence)s::regclass) as suid from generate_series(1, %(n)s)",
                {"sequence": sequence, "n": len(part)},
            ).fetchall()
            minted |= dict(zip(part, (r["suid"] for r in rows), strict=True))
    return minted


def counts(tx: Connection) -> tuple[int, int]:
    """Return (identified, anonymous) people."""
    row = tx.execute(
        "select count(*) filter (where uid < %(from)s) as identified,"
        " count(*) filter (where uid >= %(from)s) as anonymous"
        " from identifier where suid is not null and suid = uid",
        {"from": ANONYMOUS_FROM},
    ).fetchone()
    return (row["identified"], row["anonymous"]) if row else (0, 0)


KNOWN = (
    "select i.id, i.ns, i.scope, coalesce(s.masked, '****') as masked, i.first_seen_at, i.suid, i.uid"
    " from identifier i left join identifier_secret s on s.identifier_id = i.id"
)


def known(row: dict[str, Any]) -> KnownIdentifier:
    """Build the identifier that may be shown."""
    return KnownIdentifier(
        row["id"], row["ns"], row["scope"], row["masked"], row["first_seen_at"], row["suid"], row["uid"]
    )
