"""What the rows of a table are evidence for: whom each one names, and which identifiers it shows together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from regulars.identity.contract import Policies
from regulars.identity.packing import Flags, Ints
from regulars.identity.places import NEVER, NONE, Places

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them


@dataclass(frozen=True, slots=True)
class Facts:
    """When and from where each row is. at_us: microseconds since 1970. observation: row's group; None = itself."""

    at_us: Ints
    source: pa.Array
    source_id: pa.Array
    brand_id: Ints
    observation: Ints | None


@dataclass(frozen=True, slots=True)
class Sights:
    """What rows say. strongest: per row the place that names its person, -1 = none.

    a < b: places seen together, each pair once; row: of its earliest sight.
    """

    strongest: Ints
    a: Ints
    b: Ints
    row: Ints


def gather(places: Places, blocked: Flags, facts: Facts, policies: Policies) -> Sights:
    """Read the rows. blocked: as it is in force for each place."""
    able = _only(places, places.by_policy(policies, "subject") & ~blocked, NEVER)
    linked = _only(places, places.by_policy(policies, "linkable") & ~blocked, NONE)
    if facts.observation is None:
        strongest = np.minimum.reduce(able)
        pairs = [_pairs(p, q, np.arange(len(p))) for p, q in combinations(linked, 2)]
    else:
        first = np.full(int(facts.observation.max()) + 1, NEVER)
        np.minimum.at(first, facts.observation, able[0])
        strongest = first[facts.observation]
        pairs = [_pairs_within(facts.observation, linked[0])]
    nothing = np.empty(0, np.int64)
    a, b, row = (np.concatenate(c) for c in zip((nothing, nothing, nothing), *pairs, strict=True))
    return Sights(np.where(strongest == NEVER, NONE, strongest), *_earliest(a, b, row, facts))


def _only(places: Places, allowed: Flags, instead: int) -> list[Ints]:
    of = np.append(np.where(allowed, np.arange(len(places)), instead), instead)  # -1 finds the last one
    return [of[column] for column in places.columns]


def _pairs(p: Ints, q: Ints, row: Ints) -> tuple[Ints, Ints, Ints]:
    both = np.flatnonzero((p != q) & (p != NONE) & (q != NONE))
    p, q = p[both], q[both]
    return np.minimum(p, q), np.maximum(p, q), row[both]


def _pairs_within(observation: Ints, places: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the pairs of each observation, once for each of the two rows: either may be the earlier one."""
    known = np.flatnonzero(places != NONE)
    rows = pa.table({"observation": observation[known], "place": places[known], "row": known})
    others = rows.select(["observation", "place"]).rename_columns(["observation", "other"])
    both = rows.join(others, "observation", join_type="inner")
    p, q, row = (both.column(name).to_numpy() for name in ("place", "other", "row"))
    return _pairs(p, q, row)


def _earliest(a: Ints, b: Ints, row: Ints, facts: Facts) -> tuple[Ints, Ints, Ints]:
    """Keep each pair once, with the row of its first sight; ties are broken by content, as `evidence.Seen` does."""
    key = (a << 32) | b
    order = np.argsort(key)
    key, row = key[order], row[order]
    starts = np.flatnonzero(np.append(True, np.diff(key) != 0)) if len(key) else order
    sizes = np.diff(np.append(starts, len(key)))
    if (sizes > 1).any():
        again = np.flatnonzero(np.repeat(sizes > 1, sizes))
        rank = [_rank(facts, row[again], name) for name in ("brand_id", "source_id", "source", "at_us")]
        row[again] = row[again][np.lexsort((*rank, key[again]))]
    key = key[starts]
    return key >> 32, key & 0xFFFF_FFFF, row[starts]


def _rank(facts: Facts, rows: Ints, name: str) -> Ints:
    values = getattr(facts, name)
    if isinstance(values, np.ndarray):
        return values[rows]
    return pc.rank(values.take(pa.array(rows)), tiebreaker="dense").to_numpy()


def first_needed(strongest: Ints, unnamed: Flags) -> Ints:
    """Return the places that need a suid, in the order in which rows first need them."""
    met = pc.unique(pa.array(strongest)).to_numpy()
    met = met[met != NONE]
    return met[unnamed[met]]


def take(column: pa.Array, rows: Ints) -> pa.Array:
    """Return the values of some rows."""
    return column.take(pa.array(rows))


def coded(column: pa.Array, rows: Ints) -> tuple[Sequence[str], Ints]:
    """Return the few different words of some rows, and the code of each."""
    found: Any = pc.dictionary_encode(take(column, rows))
    return found.dictionary.to_pylist(), found.indices.to_numpy()
