"""The place of a line within its document, counted over the whole file: what keeps true duplicates apart."""

from __future__ import annotations

import pyarrow as pa

from regulars.ingest.expression.kernels import pc


class OrdinalCounter:
    """Numbers the lines of each document from 1, across batches. Its size grows with the documents of the file."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def number(self, keys: pa.Array) -> pa.Array:
        """Return the ordinals (int64) of the next rows; null where the document is missing.

        keys: document keys as text. Every row counts, also one that is skipped or bad, so that a line's
        ordinal depends on the file alone.
        """
        if len(keys) == 0:
            return pa.array([], pa.int64())
        encoded = keys.dictionary_encode()
        documents = encoded.dictionary.to_pylist()
        before = pa.array([self._seen.get(d, 0) for d in documents], pa.int64())
        ordinals = pc.add(pc.add(before.take(encoded.indices), _place_in_group(encoded.indices)), 1)
        for pair in pc.value_counts(encoded.indices.drop_null()).to_pylist():
            document = documents[pair["values"]]
            self._seen[document] = self._seen.get(document, 0) + pair["counts"]
        return ordinals


def _place_in_group(groups: pa.Array) -> pa.Array:
    """Return how many earlier rows have the same group (int64). The sort is stable, so order is kept."""
    order = pc.sort_indices(groups)
    ranked = groups.take(order)
    positions = pa.array(range(len(groups)), pa.int64())
    same = pc.fill_null(pc.equal(ranked.slice(1), ranked.slice(0, len(ranked) - 1)), fill_value=False)
    starts = pc.if_else(pa.concat_arrays([pa.array([False]), same]), 0, positions)
    within = pc.subtract(positions, pc.cumulative_max(starts))
    return within.take(pc.inverse_permutation(order.cast(pa.int64())))
