"""Values by the column: normalised, tested for garbage, and turned into blind indexes.

Every function here says of a column what `normalise`, `is_blocked` and `Vault.blind_index` say of one value:
plain ASCII goes through Arrow, whatever else through those functions themselves.
"""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from regulars.identity.contract import Policy
from regulars.identity.packing import Bytes, Flags
from regulars.identity.policies import GARBAGE, is_blocked
from regulars.infra.crypto import INDEX_BYTES, BlindIndex, normalise, vault

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

_PLAIN = r"^[!-~]([ -~]*[!-~])?$"
_LOCAL_PHONE = r"^1[0-9]{10}$"
_OWN_SYNTAX = re.compile(r"\{,|\[\[|\(\?|\\[A-CE-RT-VX-Za-ce-rt-vx-z0-9]")
"""Where Python and RE2 may differ even over plain ASCII; over \\d \\s \\w and their opposites they do not."""
_PORTION = 200_000
_IN_PROCESSES_FROM = 1_000_000
"""Below so many values, starting processes costs more than they save."""


def normalised(ns: str, values: pa.Array) -> pa.Array:
    """Return the values as `normalise` gives them."""
    plain = pc.match_substring_regex(values, _LOCAL_PHONE if ns == "phone" else _PLAIN)
    if ns == "phone":
        quick = pc.binary_join_element_wise("+86", values, "")
    else:
        quick = pc.ascii_lower(values) if ns == "email" else values
    if pc.all(plain).as_py():
        return quick
    slow = pa.array([normalise(ns, v) for v in values.filter(pc.invert(plain)).to_pylist()], pa.string())
    return pc.replace_with_mask(quick, pc.invert(plain), slow)


def blocked(policy: Policy, values: pa.Array) -> Flags:
    """Tell of each normalised value whether it is garbage."""
    doubtful = pc.invert(pc.match_substring_regex(values, _PLAIN))
    folded = pc.ascii_lower(values)
    for pattern in (*GARBAGE, *policy.block):
        doubtful = pc.or_(doubtful, _may_match(folded, pattern))
    result = np.zeros(len(values), np.bool_)
    at = np.flatnonzero(doubtful.to_numpy(zero_copy_only=False))
    result[at] = [is_blocked(policy, v) for v in values.take(pa.array(at)).to_pylist()]
    return result


def _may_match(values: pa.Array, pattern: str) -> pa.Array:
    if not _OWN_SYNTAX.search(pattern):
        try:
            return pc.match_substring_regex(values, pattern)
        except pa.ArrowInvalid:
            pass
    return pa.repeat(pa.scalar(value=True), len(values))


@dataclass(frozen=True, slots=True)
class Portion:
    """Normalised values of one namespace and scope."""

    ns: str
    scope: str
    values: pa.Array


def indexes(portions: Sequence[Portion]) -> Bytes:
    """Return the blind indexes of all values, in order, one row of bytes each."""
    index = vault().index
    small = [
        Portion(p.ns, p.scope, p.values.slice(at, _PORTION))
        for p in portions
        for at in range(0, len(p.values), _PORTION)
    ]
    if sum(len(p.values) for p in small) < _IN_PROCESSES_FROM:
        found = [index.digests(p.ns, p.scope, p.values.to_pylist()) for p in small]
    else:
        # Spawned, not forked: this process has threads, whose locks a fork would copy as they stand.
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
            waiting = [pool.submit(_digests, index, p.ns, p.scope, _compact(p.values)) for p in small]
            found = [w.result() for w in waiting]
    return np.frombuffer(b"".join(found), np.uint8).reshape(-1, INDEX_BYTES)


def _compact(values: pa.Array) -> bytes:
    """Serialise a slice without the rest of its buffers."""
    batch = pa.record_batch([values], ["v"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def _digests(index: BlindIndex, ns: str, scope: str, compact: bytes) -> bytes:
    return index.digests(ns, scope, pa.ipc.open_stream(compact).read_all().column(0).to_pylist())
