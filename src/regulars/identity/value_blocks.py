"""The plain values of identifiers, sealed by the block: a ciphertext of 64 values costs little more than one of one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from regulars.identity import store_values
from regulars.infra.crypto import vault
from regulars.infra.db import Connection

BLOCK = 64
"""Values in a block: its row still fits into a PostgreSQL page, and opening one value opens no more than these."""

Place = tuple[int, int]
"""Where a value is kept: (block id, position)."""


def _context(block_id: int) -> str:
    return f"identifier-values\x1f{block_id}"


def seal(block_id: int, values: Sequence[str | None]) -> bytes:
    """Return a block's ciphertext; None = erased."""
    return vault().encrypt(json.dumps(values, ensure_ascii=False), _context(block_id))


def unseal(block_id: int, ciphertext: bytes) -> list[str | None]:
    """Return a block's values. Raises cryptography's InvalidTag when key or place differ."""
    return json.loads(vault().decrypt(ciphertext, _context(block_id)))


def keep(tx: Connection, values: Sequence[str]) -> list[Place]:
    """Seal values into new blocks; return where each one is."""
    starts = range(0, len(values), BLOCK)
    ids = store_values.reserve(tx, len(starts)) if values else []
    store_values.add(
        tx,
        [
            (block_id, seal(block_id, values[start : start + BLOCK]))
            for block_id, start in zip(ids, starts, strict=True)
        ],
    )
    return [(ids[i // BLOCK], i % BLOCK) for i in range(len(values))]


def plain(tx: Connection, places: Iterable[Place]) -> dict[Place, str]:
    """Return the values kept at these places; an erased one is missing."""
    wanted = set(places)
    found: dict[Place, str] = {}
    for block_id, ciphertext in store_values.blocks(tx, {b for b, _ in wanted}):
        for at, value in enumerate(unseal(block_id, ciphertext)):
            if value is not None and (block_id, at) in wanted:
                found[block_id, at] = value
    return found


def erase(tx: Connection, places: Collection[Place]) -> int:
    """Seal the blocks again without these values, or delete them when none is left; return how many values went."""
    if not places:
        return 0
    going: defaultdict[int, set[int]] = defaultdict(set)
    for block_id, at in places:
        going[block_id].add(at)
    left: list[tuple[int, bytes]] = []
    for block_id, ciphertext in store_values.blocks(tx, going, lock=True):
        values = [None if at in going[block_id] else v for at, v in enumerate(unseal(block_id, ciphertext))]
        if any(v is not None for v in values):
            left.append((block_id, seal(block_id, values)))
    store_values.delete(tx, going)
    store_values.add(tx, left)
    return len(places)
