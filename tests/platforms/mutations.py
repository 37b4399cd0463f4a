"""One change at a time to a signed request or message: whoever checks the signature must refuse every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random  # noqa: TID251 - seeded
from urllib.parse import parse_qsl, urlencode


def mutations(
    query: str, body: bytes, *, within: slice = slice(None), seed: int = 1, times: int = 40
) -> Iterator[tuple[str, str, bytes]]:
    """Yield (what was done, query, body): a character of a parameter, a byte of the body, a parameter gone or swapped.

    within: the bytes of the body that the signature covers.
    """
    rng = Random(seed)
    given = parse_qsl(query, keep_blank_values=True)
    start, end, _ = within.indices(len(body))
    for turn in range(times):
        params, changed = list(given), bytearray(body)
        what = turn % 4 if end > start else 1 + turn % 3
        at = rng.randrange(len(params)) if params else 0
        if what == 0:
            place = rng.randrange(start, end)
            changed[place] = ord("a") if changed[place] != ord("a") else ord("b")
        elif what == 1:
            name, value = params[at]
            place = rng.randrange(len(value)) if value else 0
            new = "7" if value[place : place + 1] != "7" else "3"
            params[at] = (name, value[:place] + new + value[place + 1 :])
        elif what == 2:
            params.pop(at)
        else:
            other = (at + 1 + rng.randrange(len(params) - 1)) % len(params)
            (first, one), (second, two) = params[at], params[other]
            params[at], params[other] = (first, two), (second, one)
        if (params, bytes(changed)) != (given, body):
            yield ("byte", "character", "missing", "swapped")[what], urlencode(params), bytes(changed)
