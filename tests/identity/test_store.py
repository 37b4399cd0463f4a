"""Array literals carry any value there and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from regulars.identity.store import array


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint[]", [1, None, -5, 2**40]),
        ("bigint[]", []),
        ("bigint[]", [None, None]),
        ("boolean[]", [True, False]),
        ("text[]", ["a", "", "NULL", "null", "a,b", "{}", 'say "x"', "back\\slash", '"', '","', "无", " x "]),
        ("text[]", ["plain", "words"]),
        ("text[]", []),
        ("timestamptz[]", [datetime(2011, 12, 9, 12, 50, 1, 5, UTC), None]),
        ("timestamptz[]", [datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=-8)))]),
        ("bytea[]", [b"", b"\x00\xff\\\"'", None]),
    ],
)
def test_array_literals(ctx, kind: str, values: list) -> None:
    row = ctx.tx.execute(f"select %(v)s::{kind} as v", {"v": array(values)}).fetchone()
    assert row == {"v": values}
