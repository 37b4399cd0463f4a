"""The SQL of identifiers that are shared with others: who has which, and their values."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from regulars.identity import value_blocks
from regulars.identity.store import array
from regulars.infra.db import Connection
from regulars.infra.numbers import Numbers, numbers

_HELD = (
    " from identifier i join unnest(%(ns)s::text[], %(scope)s::text[]) as w(ns, scope)"
    " on i.ns = w.ns and (w.scope = '' or i.scope = w.scope"
    "  or (right(w.scope, 2) = ':*' and starts_with(i.scope, rtrim(w.scope, '*'))))"
    " where i.uid = any(%(uids)s::bigint[]) and not i.blocked and i.block_id is not null"
)


def holders(tx: Connection, uids: Collection[int], wanted: Mapping[str, str]) -> dict[str, set[int]]:
    """Return namespace -> those of the people who have an identifier of it that is no garbage. See `values_of`."""
    found: dict[str, set[int]] = {ns: set() for ns in wanted}
    for row in tx.execute("select distinct i.ns, i.uid" + _HELD, _held(uids, wanted)):
        found[row["ns"]].add(row["uid"])
    return found


def values_of(tx: Connection, uids: Collection[int], wanted: Mapping[str, str]) -> list[tuple[int, str, str]]:
    """Return (uid, namespace, plain value) of people, garbage left out. wanted: namespace -> scope, "" = any.

    "<brand>:*" = each of the brand's shops.
    """
    rows = tx.execute("select i.uid, i.ns, i.block_id, i.block_at" + _HELD, _held(uids, wanted)).fetchall()
    values = value_blocks.plain(tx, ((r["block_id"], r["block_at"]) for r in rows))
    return [(r["uid"], r["ns"], values[place]) for r in rows if (place := (r["block_id"], r["block_at"])) in values]


def holding(tx: Connection, ns: str, scope: str) -> Numbers:
    """Return everybody who has an identifier of a namespace that is no garbage. scope: a pattern, "%" = any."""
    return numbers(
        tx,
        "select distinct uid from identifier where ns = {ns} and scope like {scope}"
        " and uid is not null and not blocked and block_id is not null",
        ns=ns,
        scope=scope,
    )


def today(tx: Connection, suids: Numbers) -> Numbers:
    """Return whose these numbers are now."""
    if not len(suids):
        return suids
    before = numbers(tx, "select suid from uid_alias order by suid")
    after = numbers(tx, "select uid from uid_alias order by suid")
    if not len(before):
        return suids
    places = np.minimum(np.searchsorted(before, suids), len(before) - 1)
    return np.where(before[places] == suids, after[places], suids)


def _held(uids: Collection[int], wanted: Mapping[str, str]) -> dict[str, str]:
    return {"uids": array(uids), "ns": array(wanted.keys()), "scope": array(wanted.values())}
