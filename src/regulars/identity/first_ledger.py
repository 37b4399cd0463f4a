"""What a first load did to whom, written down by the column; the counterpart of `realigning.tell`.

Here everybody is new: a suid that is not its person's own was that person's alone before, so each person that several
suids came together in is one entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from regulars.core.ctx import Ctx
from regulars.identity import alignment, store_bulk, store_people
from regulars.identity.contract import ANONYMOUS_FROM, Policies, Realigned
from regulars.identity.packing import Ints

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

_PORTION = 50_000


@dataclass(frozen=True, slots=True)
class _Merged:
    """Those whose suid is an alias, by person. starts: where each person begins; heads: their uids."""

    suid: Ints
    uid: Ints
    starts: Ints
    heads: Ints


def tell(ctx: Ctx, policies: Policies, people: tuple[Ints, Ints], edges: tuple[int, Ints, Ints]) -> None:
    """Write aliases and ledger and emit person.realigned.

    people: suid and uid of each place, 0 = none. edges: id of the first one, and the places at both ends of each.
    """
    suids, uids = people
    moved = np.flatnonzero((suids > 0) & (suids != uids))
    if not len(moved):
        return
    order = moved[np.lexsort((suids[moved], uids[moved]))]
    uid = uids[order]
    starts = np.flatnonzero(np.append(True, np.diff(uid) != 0))
    merged = _Merged(suids[order], uid, starts, uid[starts])
    store_bulk.copy_aliases(ctx.tx, merged.suid, merged.uid)
    ids = store_bulk.take_ledger_ids(ctx.tx, len(starts))
    store_people.copy_ledger(ctx.tx, _lines(ctx, policies, merged, (ids, _edges_of(merged.heads, uids, edges))))
    aliases = dict(zip(merged.suid.tolist(), merged.uid.tolist(), strict=True))
    alignment.tell(ctx, Realigned(aliases, frozenset(merged.heads.tolist()), tuple(ids[:2].tolist())))


def _edges_of(heads: Ints, uids: Ints, edges: tuple[int, Ints, Ints]) -> pa.Array:
    """Return the ids of the edges at each of these people's identifiers, as text."""
    first, a, b = edges
    number = _dense(uids)
    person = np.full(int(number.max()) + 1, -1)
    person[_dense(uids, heads)] = np.arange(len(heads))
    of_place = person[number]
    keys: list[Ints] = []
    for ends in (a, b):
        whose = of_place[ends]
        at = np.flatnonzero(whose >= 0)
        keys.append(whose[at] * len(a) + at)
    whose, edge = np.divmod(np.unique(np.concatenate(keys)), max(1, len(a)))
    return _lists(first + edge, np.searchsorted(whose, np.arange(len(heads) + 1)))


def _dense(uids: Ints, of: Ints | None = None) -> Ints:
    """Number uids (all of them, or some) without the gap between members and anonymous ones; 0 stays 0."""
    anonymous = uids >= ANONYMOUS_FROM
    members = uids[(uids > 0) & ~anonymous]
    low, high = (int(members.min()), int(members.max())) if len(members) else (1, 0)
    start = int(uids[anonymous].min()) if anonymous.any() else 0
    some = uids if of is None else of
    return np.where(some >= ANONYMOUS_FROM, some - start + high - low + 2, np.where(some > 0, some - low + 1, 0))


def _lists(values: Ints, offsets: Ints) -> pa.Array:
    """Return lists of numbers as text, "1,2,3"."""
    return _joined(pc.cast(pa.array(values), pa.string()), offsets)


def _joined(texts: pa.Array, offsets: Ints) -> pa.Array:
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), texts), ",")


def _lines(ctx: Ctx, policies: Policies, merged: _Merged, written: tuple[Ints, pa.Array]) -> Iterator[str]:
    ids, edges = written
    n = len(merged.heads)
    suid, uid = (pc.cast(pa.array(c), pa.string()) for c in (merged.suid, merged.uid))
    offsets = np.append(merged.starts, len(merged.suid))
    before = _joined(pc.binary_join_element_wise('"', suid, '":', suid, ""), offsets)
    after = _joined(pc.binary_join_element_wise('"', suid, '":', uid, ""), offsets)
    uids = _lists(np.insert(merged.suid, merged.starts, merged.heads), offsets + np.arange(n + 1))
    actor = store_people.escaped(f"{ctx.actor.kind}:{ctx.actor.id}")
    last = f"}}\t{policies.version}\tobserved\t{actor}\n"
    lines = pc.binary_join_element_wise(
        pc.cast(pa.array(ids), pa.string()), f"\t{ctx.clock.system_now()}\tbulk\t{{", uids, "}\t{", before, "}\t{",
        after, "}\t{", edges, last, "",
    )  # fmt: skip
    for start in range(0, n, _PORTION):
        yield "".join(lines.slice(start, _PORTION).to_pylist())
