"""The SQL of very many identifiers at once: everything goes in and comes out by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

import numpy as np
from psycopg.rows import tuple_row

from regulars.identity import packing
from regulars.identity.packing import Column, Flags, Ints
from regulars.identity.store import array
from regulars.infra.db import Connection

_LARGE = 100_000
"""From so many identifiers on, indexes made afterwards cost less than indexes kept up."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The first of the ids that identifiers and edges get."""

    identifier: int
    edge: int


def copy_in(tx: Connection, statement: LiteralString, parts: Iterable[bytes]) -> None:
    """Send rows packed by `packing.pack`."""
    with tx.cursor() as cursor, cursor.copy(statement) as copy:
        for part in parts:
            copy.write(part)


_COLUMNS: tuple[LiteralString, ...] = ("c0", "c1", "c2", "c3", "c4", "c5")


def fetch(
    tx: Connection,
    query: LiteralString,
    columns: int,
    bound: Mapping[str, object] | None = None,
    *,
    order: bool = False,
) -> list[Ints]:
    """Return the columns of a query (at most 6), all bigint and never null, as arrays. order: by the first one.

    They come as bytes, a million rows in one, which costs neither side a call for each row.
    """
    names = _COLUMNS[:columns]
    packed: LiteralString = ", ".join("string_agg(int8send(" + name + "), ''::bytea)" for name in names)
    with tx.cursor(binary=True, row_factory=tuple_row) as cursor:
        cursor.execute(
            "with found (" + ", ".join(names) + ") as (" + query + ") select " + packed
            + " from (select *, row_number() over () / 1000000 as part from found) n group by part",
            bound,
            prepare=False,  # planned for what the temporary tables hold by now
        )  # fmt: skip
        rows = cursor.fetchall()
    found = [np.frombuffer(b"".join(row[i] for row in rows), ">i8").astype(np.int64) for i in range(columns)]
    if not order:
        return found
    at = np.argsort(found[0])
    return [column[at] for column in found]


def is_empty(tx: Connection, n: int) -> bool:
    """Tell whether there is no identifier yet; if so nobody else can write any until the transaction ends.

    n: how many are to be loaded; for very many the indexes are put away until `finish_empty`.
    """
    if tx.execute("select 1 as one from identifier limit 1").fetchone():
        return False
    if n < _LARGE:
        tx.execute("lock table identifier, identifier_edge in share row exclusive mode")
    else:
        tx.execute("lock table identifier, identifier_edge in access exclusive mode")
    if tx.execute("select 1 as one from identifier limit 1").fetchone():
        return False
    if n >= _LARGE:
        tx.execute("truncate identifier, identifier_edge")
        tx.execute(
            "alter table identifier drop constraint identifier_pkey, drop constraint identifier_key;"
            "drop index identifier_suid; drop index identifier_uid;"
            "alter table identifier_edge drop constraint identifier_edge_pkey, drop constraint identifier_edge_key;"
            "drop index identifier_edge_b"
        )
    return True


def finish_empty(tx: Connection, n: int) -> None:
    """Make the indexes that `is_empty` has put away."""
    if n < _LARGE:
        return
    tx.execute("set local maintenance_work_mem = '1GB'")
    tx.execute(
        "alter table identifier add primary key (id), add constraint identifier_key unique (hmac);"
        "create unique index identifier_suid on identifier (suid) where suid is not null;"
        "create index identifier_uid on identifier (uid) where uid is not null;"
        "alter table identifier_edge add primary key (id),"
        " add constraint identifier_edge_key unique (a_id, b_id, evidence);"
        "create index identifier_edge_b on identifier_edge (b_id);"
        "analyze identifier, identifier_edge"
    )


def take_ids(tx: Connection, identifiers: int, edges: int) -> Ids:
    """Take ids in a row for an empty house: with its tables locked, nobody else takes any meanwhile."""
    row = tx.execute(
        "select setval(pg_get_serial_sequence('identifier', 'id'),"
        "  nextval(pg_get_serial_sequence('identifier', 'id')) + %(identifiers)s) as identifier,"
        " setval(pg_get_serial_sequence('identifier_edge', 'id'),"
        "  nextval(pg_get_serial_sequence('identifier_edge', 'id')) + %(edges)s) as edge",
        {"identifiers": identifiers, "edges": edges},
    ).fetchone()
    return Ids(row["identifier"] - identifiers, row["edge"] - edges) if row else Ids(0, 0)


def take_block_ids(tx: Connection, n: int) -> Ints:
    """Return n block ids that nobody else gets."""
    return fetch(tx, "select nextval('identifier_value_id_seq') from generate_series(1, %(n)s)", 1, {"n": n})[0]


def copy_values(tx: Connection, columns: Iterable[tuple[Sequence[Column], int]]) -> None:
    """Write sealed blocks: portions of (id, ciphertext)."""
    for part, n in columns:
        copy_in(tx, "copy identifier_value (id, ciphertext) from stdin (format binary)", packing.pack(part, n))


def copy_identifiers(tx: Connection, columns: Sequence[Column], n: int) -> None:
    """Write identifiers as they will stand."""
    target: LiteralString = (
        "copy identifier (id, ns, scope, hmac, suid, uid, block_id, block_at, blocked, connects, first_seen_at, source)"
        " from stdin (format binary"
    )
    copy_in(tx, target + (", freeze)" if n >= _LARGE else ")"), packing.pack(columns, n))


def copy_edges(tx: Connection, columns: Sequence[Column], n: int) -> None:
    """Write evidence."""
    copy_in(
        tx,
        "copy identifier_edge (id, a_id, b_id, evidence, first_seen_at, source, source_id, brand_id)"
        " from stdin (format binary)",
        packing.pack(columns, n),
    )


def copy_aliases(tx: Connection, suids: Ints, uids: Ints) -> None:
    """Write aliases of suids that have none."""
    columns = [packing.numbers(suids), packing.numbers(uids)]
    copy_in(tx, "copy uid_alias (suid, uid) from stdin (format binary)", packing.pack(columns, len(suids)))


def take_ledger_ids(tx: Connection, n: int) -> Ints:
    """Return n ids of ledger entries that nobody else gets."""
    return fetch(tx, "select nextval('merge_ledger_id_seq') from generate_series(1, %(n)s)", 1, {"n": n})[0]


@dataclass(frozen=True, slots=True)
class Known:
    """What the house knows of staged identifiers, by place. id 0 = unknown. block_id 0 = value not kept."""

    id: Ints
    suid: Ints
    blocked: Ints
    block_id: Ints
    first_us: Ints


def stage(tx: Connection, columns: Sequence[Column], n: int) -> None:
    """Put identifiers aside: (place, ns, scope, hmac, blocked, connects, first seen, source)."""
    tx.execute(
        "create temporary table if not exists bulk_identifier (place bigint, ns text, scope text, hmac uuid,"
        " blocked boolean, connects boolean, first_seen_at timestamptz, source text) on commit drop;"
        "truncate bulk_identifier"
    )
    copy_in(tx, "copy bulk_identifier from stdin (format binary)", packing.pack(columns, n))
    tx.execute("analyze bulk_identifier")


def known(tx: Connection, n: int) -> Known:
    """Look the staged identifiers up."""
    place, *found = fetch(
        tx,
        "select s.place, i.id, coalesce(i.suid, 0), i.blocked::int::bigint, coalesce(i.block_id, 0),"
        "  coalesce((extract(epoch from i.first_seen_at) * 1000000)::bigint, 9223372036854775807)"
        " from bulk_identifier s join identifier i on i.hmac = s.hmac",
        6,
    )
    columns = [np.zeros(n, np.int64) for _ in found]
    for column, values in zip(columns, found, strict=True):
        column[place] = values
    return Known(*columns)


def add_staged(tx: Connection, columns: Sequence[Column], n: int) -> None:
    """Write those staged identifiers that are news: (place, block id, position), ids 0 = value not new.

    As `store.add_identifiers`: known ones get an earlier sight, and a value when they have none.
    """
    tx.execute(
        "create temporary table if not exists bulk_news (place bigint, block_id bigint, block_at bigint)"
        " on commit drop; truncate bulk_news"
    )
    copy_in(tx, "copy bulk_news from stdin (format binary)", packing.pack(columns, n))
    tx.execute(
        "insert into identifier as i (ns, scope, hmac, blocked, connects, first_seen_at, source, block_id, block_at)"
        " select s.ns, s.scope, s.hmac, s.blocked, s.connects, s.first_seen_at, s.source, nullif(n.block_id, 0),"
        "  case when n.block_id > 0 then n.block_at end"
        " from bulk_identifier s join bulk_news n on n.place = s.place order by s.hmac"
        " on conflict (hmac) do update set"
        "  first_seen_at = least(i.first_seen_at, excluded.first_seen_at),"
        "  block_id = coalesce(i.block_id, excluded.block_id),"
        "  block_at = case when i.block_id is null then excluded.block_at else i.block_at end"
        " where i.first_seen_at is null or excluded.first_seen_at < i.first_seen_at"
        "  or (i.block_id is null and excluded.block_id is not null)"
    )


def add_edges(tx: Connection, columns: Sequence[Column], n: int) -> list[Ints]:
    """Write evidence (a, b, first seen, source, source id, brand); return (edge id, a, b) as `store.add_edges` does."""
    tx.execute(
        "create temporary table if not exists bulk_edge (a_id bigint, b_id bigint, first_seen_at timestamptz,"
        " source text, source_id text, brand_id int) on commit drop; truncate bulk_edge"
    )
    copy_in(tx, "copy bulk_edge from stdin (format binary)", packing.pack(columns, n))
    found = fetch(
        tx,
        "insert into identifier_edge as e (a_id, b_id, first_seen_at, source, source_id, brand_id, evidence)"
        " select *, 'observed' from bulk_edge order by a_id, b_id"
        " on conflict (a_id, b_id, evidence) do update set first_seen_at = excluded.first_seen_at,"
        "  source = excluded.source, source_id = excluded.source_id, brand_id = excluded.brand_id"
        " where excluded.first_seen_at < e.first_seen_at"
        " returning e.id, e.a_id, e.b_id, coalesce(e.voided_by, 0)",
        4,
    )
    in_force = found[3] == 0
    return [column[in_force] for column in found[:3]]


def all_ids(tx: Connection) -> Ints:
    """Return the ids of all identifiers, sorted."""
    return fetch(tx, "select id from identifier", 1, order=True)[0]


@dataclass(frozen=True, slots=True)
class Region:
    """Whole components of usable links. ids: sorted; suids, uids: of each, 0 = none. a, b: links, by id.

    exclusive, key: identifiers of exclusive namespaces and a number for the scope of each. apart, reviewed:
    those with a constraint or an open item of the queue.
    """

    ids: Ints
    suids: Ints
    uids: Ints
    a: Ints
    b: Ints
    exclusive: Ints
    key: Ints
    apart: Ints
    reviewed: Ints


def region(tx: Connection, roots: Ints, exclusive: Iterable[str]) -> Region:
    """Load the components that contain the roots, step by step outwards; each identifier's links are read once."""
    tx.execute("create temporary table if not exists bulk_root (id bigint) on commit drop")
    ids, frontier = np.empty(0, np.int64), np.unique(roots)
    links = [(ids, ids)]
    while len(frontier):
        _put_roots(tx, frontier)
        a, b = fetch(
            tx,
            "select e.a_id, e.b_id from bulk_root r join identifier i on i.id = r.id and i.connects"
            " cross join lateral (select a_id, b_id from identifier_edge where a_id = r.id and voided_by is null"
            "  union all select a_id, b_id from identifier_edge where b_id = r.id and voided_by is null) e"
            " join identifier o on o.id = e.a_id + e.b_id - r.id and o.connects",
            2,
        )
        ids = np.union1d(ids, frontier)
        links.append((a, b))
        frontier = np.setdiff1d(np.concatenate([a, b]), ids)
    _put_roots(tx, ids)
    # Roots that were erased meanwhile are left out. A key that two scopes share by chance costs a closer look alone.
    ids, suids, uids, key = fetch(
        tx,
        "select i.id, coalesce(i.suid, 0), coalesce(i.uid, 0),"
        "  case when i.ns = any(%(ns)s::text[])"
        "   then hashtextextended(i.ns || chr(31) || i.scope, 0) else 0 end"
        " from bulk_root r join identifier i on i.id = r.id",
        4,
        {"ns": array(exclusive)},
        order=True,
    )
    (apart,) = fetch(
        tx,
        "select c.a_id from cannot_link c join bulk_root r on r.id = c.a_id where c.lifted_by is null"
        " union select c.b_id from cannot_link c join bulk_root r on r.id = c.b_id where c.lifted_by is null",
        1,
    )
    (reviewed,) = fetch(
        tx,
        "select distinct r.id from review_item v join bulk_root r on r.id = v.a_id"
        " where v.state = 'open' and v.kind = 'conflict'",
        1,
    )
    a, b = (np.concatenate(ends) for ends in zip(*links, strict=True))
    few = key != 0
    return Region(ids, suids, uids, a, b, ids[few], key[few], apart, reviewed)


@dataclass(frozen=True, slots=True)
class Standing:
    """Identifiers as they stand, sorted by id; suid, uid 0 = none. exclusive: of an exclusive namespace."""

    id: Ints
    suid: Ints
    uid: Ints
    connects: Flags
    exclusive: Flags


def standing(tx: Connection, ids: Ints, exclusive: Iterable[str]) -> Standing:
    """Return those of these identifiers that there still are."""
    tx.execute("create temporary table if not exists bulk_root (id bigint) on commit drop")
    _put_roots(tx, ids)
    found, suid, uid, connects, special = fetch(
        tx,
        "select i.id, coalesce(i.suid, 0), coalesce(i.uid, 0), i.connects::int::bigint,"
        "  (i.ns = any(%(ns)s::text[]))::int::bigint"
        " from bulk_root r join identifier i on i.id = r.id",
        5,
        {"ns": array(exclusive)},
        order=True,
    )
    return Standing(found, suid, uid, connects > 0, special > 0)


def has_spaces(tx: Connection, namespaces: Iterable[str]) -> bool:
    """Tell whether an identifier of one of these namespaces was ever seen."""
    return bool(
        tx.execute(
            "select 1 as one from identifier_space where ns = any(%(ns)s::text[]) limit 1", {"ns": array(namespaces)}
        ).fetchone()
    )


def constrained(tx: Connection) -> Ints:
    """Return whom a constraint is near, uid or -identifier id: kept apart, or with evidence that met a constraint."""
    return fetch(
        tx,
        "select distinct coalesce(i.uid, -i.id) from ("
        "  select a_id as id from cannot_link where lifted_by is null"
        "  union all select b_id from cannot_link where lifted_by is null"
        "  union all select a_id from review_item where kind = 'conflict'"
        "  union all select b_id from review_item where kind = 'conflict') c join identifier i on i.id = c.id",
        1,
    )[0]


def led_away(tx: Connection, ids: Ints) -> Ints:
    """Return which of these identifiers, who are nobody's, have a usable link to another beside those of `standing`."""
    tx.execute("create temporary table if not exists bulk_lone (id bigint) on commit drop; truncate bulk_lone")
    copy_in(tx, "copy bulk_lone from stdin (format binary)", packing.pack([packing.numbers(ids)], len(ids)))
    return fetch(
        tx,
        "select r.id from bulk_lone r"
        " cross join lateral (select b_id as id from identifier_edge where a_id = r.id and voided_by is null"
        "  union all select a_id from identifier_edge where b_id = r.id and voided_by is null) e"
        " join identifier o on o.id = e.id and o.connects and o.uid is null"
        " where o.id not in (select id from bulk_root)",
        1,
    )[0]


@dataclass(frozen=True, slots=True)
class Joined:
    """Identifiers whose person was joined to another. suid 0 = none."""

    id: Ints
    suid: Ints
    before: Ints
    after: Ints


def join_people(tx: Connection, before: Ints, after: Ints) -> Joined:
    """Give all identifiers of people to other people."""
    if not len(before):
        return Joined(before, before, before, before)
    tx.execute(
        "create temporary table if not exists bulk_join (before bigint, after bigint) on commit drop;truncate bulk_join"
    )
    columns = [packing.numbers(before), packing.numbers(after)]
    copy_in(tx, "copy bulk_join from stdin (format binary)", packing.pack(columns, len(before)))
    return Joined(
        *fetch(
            tx,
            "update identifier i set uid = j.after from bulk_join j where i.uid = j.before"
            " returning i.id, coalesce(i.suid, 0), j.before, j.after",
            4,
        )
    )


def _put_roots(tx: Connection, ids: Ints) -> None:
    tx.execute("truncate bulk_root")
    copy_in(tx, "copy bulk_root from stdin (format binary)", packing.pack([packing.numbers(ids)], len(ids)))


def set_people(tx: Connection, ids: Ints, uids: Ints, minted: Ints) -> None:
    """Say whose identifiers these are (uid 0 = nobody's) and give new suids (0 = none), never over an old one."""
    if not len(ids):
        return
    tx.execute(
        "create temporary table if not exists bulk_people (id bigint, uid bigint, suid bigint) on commit drop;"
        "truncate bulk_people"
    )
    columns = [packing.numbers(ids), packing.numbers(uids, valid=uids > 0), packing.numbers(minted, valid=minted > 0)]
    copy_in(tx, "copy bulk_people from stdin (format binary)", packing.pack(columns, len(ids)))
    tx.execute("analyze bulk_people")
    tx.execute(
        "update identifier i set uid = v.uid, suid = coalesce(i.suid, v.suid) from bulk_people v where i.id = v.id"
    )
