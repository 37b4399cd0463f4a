"""The SQL of sealed values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from regulars.identity.store import array, chunks
from regulars.infra.db import Connection


def reserve(tx: Connection, n: int) -> list[int]:
    """Return n block ids that nobody else gets."""
    rows = tx.execute("select nextval('identifier_value_id_seq') as id from generate_series(1, %(n)s)", {"n": n})
    return [r["id"] for r in rows]


def add(tx: Connection, blocks: Sequence[tuple[int, bytes]]) -> None:
    """Write blocks."""
    if blocks:
        tx.execute(
            "insert into identifier_value (id, ciphertext) select * from unnest(%(id)s::bigint[], %(cipher)s::bytea[])",
            {"id": array(b for b, _ in blocks), "cipher": array(c for _, c in blocks)},
        )


def blocks(tx: Connection, ids: Collection[int], *, lock: bool = False) -> Iterator[tuple[int, bytes]]:
    """Yield (id, ciphertext). lock: nobody else may change them until the transaction ends."""
    for part in chunks(sorted(ids)):
        query = "select id, ciphertext from identifier_value where id = any(%(ids)s::bigint[]) order by id"
        rows = tx.execute(query + " for update" if lock else query, {"ids": array(part)})
        yield from ((r["id"], r["ciphertext"]) for r in rows)


def delete(tx: Connection, ids: Collection[int]) -> None:
    """Delete blocks."""
    tx.execute("delete from identifier_value where id = any(%(ids)s::bigint[])", {"ids": array(ids)})
