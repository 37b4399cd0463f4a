"""The identifiers of a table of observations, each once, and which of them stand in its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from regulars.core.event import IdentifierRef
from regulars.identity import screening
from regulars.identity.contract import Policies
from regulars.identity.packing import Bytes, Flags, Ints

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

NEVER = np.iinfo(np.int64).max
NONE = -1

Space = tuple[str, str]
"""A namespace and a scope in it."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column's identifiers. codes: per row into spaces and values, -1 = none. spaces: of each value."""

    codes: Ints
    spaces: list[Space]
    space: Ints
    values: pa.Array


@dataclass(frozen=True, slots=True)
class Places:
    """Identifiers in the order of `logic.strongest`: comparing places is comparing by priority and content.

    spaces: in the same order; space: of each place. digests: 16 bytes each. values: as first met, None = not known.
    first_us: first sight, microseconds since 1970. columns: per identifier column and table row the place, or -1.
    """

    spaces: list[Space]
    space: Ints
    digests: Bytes
    values: pa.Array | None
    blocked: Flags
    first_us: Ints
    columns: list[Ints]

    def __len__(self) -> int:
        return len(self.space)

    def by_policy(self, policies: Policies, quality: str) -> Flags:
        """Tell of each place whether its namespace's policy has a quality (linkable, subject, ...)."""
        return np.array([getattr(policies.of(ns), quality) for ns, _ in self.spaces], np.bool_)[self.space]

    def ref(self, place: int) -> IdentifierRef:
        """Return one identifier's reference."""
        ns, scope = self.spaces[self.space[place]]
        return IdentifierRef(ns, scope, self.digests[place].tobytes().hex())


def code(ns: pa.ChunkedArray | str, scope: pa.ChunkedArray | str, value: pa.ChunkedArray) -> Coded:
    """Find a column's distinct identifiers."""
    words: list[list[str]] = []
    joint: Any = None
    for part in (ns, scope):
        if isinstance(part, str):
            words.append([part])
            continue
        encoded = pc.dictionary_encode(pc.fill_null(part, "")).combine_chunks()
        words.append(pc.cast(encoded.dictionary, pa.string()).to_pylist())
        indices = pc.cast(encoded.indices, pa.int64())
        joint = indices if joint is None else pc.add(pc.multiply(joint, len(words[-1])), indices)
    encoded = pc.dictionary_encode(value).combine_chunks()
    values = pc.utf8_trim_whitespace(pc.cast(encoded.dictionary, pa.string()))
    indices = pc.cast(encoded.indices, pa.int64())
    if joint is None:
        at_value, space = np.arange(len(values)), np.zeros(len(values), np.int64)
        codes = indices
    else:
        both = pc.dictionary_encode(pc.add(pc.multiply(joint, len(values)), indices))
        space, at_value = np.divmod(both.dictionary.to_numpy(), max(1, len(values)))
        codes = both.indices
        values = values.take(pa.array(at_value))
    spaces = [(n, s) for n in words[0] for s in words[1]]
    return _without_empty(Coded(_codes(codes), spaces, space, values))


def _codes(indices: pa.Array) -> Ints:
    return pc.fill_null(pc.cast(indices, pa.int64()), NONE).to_numpy(zero_copy_only=False)


def _without_empty(column: Coded) -> Coded:
    full = pc.greater(pc.binary_length(column.values), 0).to_numpy(zero_copy_only=False)
    if full.all():
        return column
    again = np.append(np.where(full, np.cumsum(full) - 1, NONE), NONE)  # -1 finds the last one
    at = np.flatnonzero(full)
    return Coded(again[column.codes], column.spaces, column.space[at], column.values.take(pa.array(at)))


def identify(coded: Sequence[Coded], at_us: Ints, policies: Policies) -> Places:
    """Bring the columns' identifiers together."""
    spaces = sorted({s for c in coded for s in c.spaces}, key=lambda s: (policies.of(s[0]).priority, *s))
    number = {s: i for i, s in enumerate(spaces)}
    space = np.concatenate([np.array([number[s] for s in c.spaces], np.int64)[c.space] for c in coded])
    values = pa.concat_arrays([c.values for c in coded])
    digests, blocked = _look_at(spaces, space, values, policies)
    first_us = np.concatenate([_first_sights(c, at_us) for c in coded])
    order, starts = _in_order(space, digests)
    place = np.empty(len(space), np.int64)
    place[order] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))
    met = np.minimum.reduceat(order, starts) if len(starts) else order
    columns: list[Ints] = []
    for column, (begin, _) in zip(coded, pairwise(np.cumsum([0] + [len(c.space) for c in coded])), strict=True):
        columns.append(np.append(place[begin : begin + len(column.space)], NONE)[column.codes])
    return Places(
        spaces,
        space[met],
        digests[met],
        values.take(pa.array(met)),
        blocked[met],
        np.minimum.reduceat(first_us[order], starts) if len(starts) else first_us,
        columns,
    )


def refer(named: Sequence[Sequence[IdentifierRef]], at_us: Ints, policies: Policies) -> tuple[Places, Ints]:
    """Return the identifiers of observations whose values nobody says here, one row each, and each row's observation.

    at_us: of each observation, in microseconds since 1970.
    """
    refs = sorted(
        {ref for own in named for ref in own}, key=lambda r: (policies.of(r.ns).priority, r.ns, r.scope, r.hmac)
    )
    number = {ref: i for i, ref in enumerate(refs)}
    rows = np.array([number[ref] for own in named for ref in own], np.int64)
    observation = np.repeat(np.arange(len(named)), [len(own) for own in named])
    spaces = list(dict.fromkeys((r.ns, r.scope) for r in refs))
    of_space = {s: i for i, s in enumerate(spaces)}
    first_us = np.full(len(refs), NEVER)
    np.minimum.at(first_us, rows, at_us[observation])
    digests = np.frombuffer(bytes.fromhex("".join(r.hmac for r in refs)), np.uint8)
    places = Places(
        spaces,
        np.array([of_space[r.ns, r.scope] for r in refs], np.int64),
        digests.reshape(len(refs), screening.INDEX_BYTES),
        None,
        np.zeros(len(refs), np.bool_),
        first_us,
        [rows],
    )
    return places, observation


def _look_at(spaces: list[Space], space: Ints, values: pa.Array, policies: Policies) -> tuple[Bytes, Flags]:
    """Return blind index and garbage flag of each value."""
    order = np.argsort(space.astype(np.int32), kind="stable")
    ends = np.searchsorted(space[order], np.arange(len(spaces)), "right")
    portions: list[screening.Portion] = []
    flags: list[Flags] = []
    for (ns, scope), start, end in zip(spaces, [0, *ends[:-1]], ends, strict=True):
        own = screening.normalised(ns, values.take(pa.array(order[start:end])))
        portions.append(screening.Portion(ns, scope, own))
        flags.append(screening.blocked(policies.of(ns), own))
    digests = np.empty((len(space), screening.INDEX_BYTES), np.uint8)
    digests[order] = screening.indexes(portions)
    blocked = np.empty(len(space), np.bool_)
    blocked[order] = np.concatenate(flags) if flags else []
    return digests, blocked


def _first_sights(column: Coded, at_us: Ints) -> Ints:
    first = np.full(len(column.space), NEVER)
    known = column.codes >= 0
    np.minimum.at(first, column.codes[known], at_us[known])
    return first


def _in_order(space: Ints, digests: Bytes) -> tuple[Ints, Ints]:
    """Return the order by space and digest, and where in it each different identifier starts."""
    halves = digests.view(">u8").astype(np.uint64)
    order = np.argsort(halves[:, 0])
    narrow = space.astype(np.uint16 if not len(space) or space.max() < 2**16 else np.int64)  # sorted by radix
    order = order[np.argsort(narrow[order], kind="stable")]
    same = (np.diff(space[order]) == 0) & (np.diff(halves[order, 0]) == 0)
    if (same & (halves[order[1:], 1] < halves[order[:-1], 1])).any():  # the first half alone did not order them
        order = np.lexsort((halves[:, 1], halves[:, 0], space))
        same = (np.diff(space[order]) == 0) & (np.diff(halves[order, 0]) == 0)
    same &= np.diff(halves[order, 1]) == 0
    return order, np.flatnonzero(np.append(True, ~same)) if len(order) else order
