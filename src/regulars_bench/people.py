"""People with phones who consent, made for benches that send."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.identity import api as identity
from regulars.profiles import api as profiles
from regulars.profiles.contract import ConsentFact

_SINCE = datetime(2025, 1, 1, tzinfo=UTC)
_AT_ONCE = 20_000


def consenting(ctx: Ctx, total: int) -> list[int]:
    """Make people who each have a phone and consent to marketing by SMS; return their uids."""
    table = pa.table(
        {
            "phone": [str(13_000_000_007 + n * 29_989 % 6_000_000_000) for n in range(total)],
            "occurred_at": pa.array([_SINCE] * total, pa.timestamp("us", "UTC")),
            "source_id": [f"p{n}" for n in range(total)],
        }
    )
    uids = [int(uid) for uid in identity.observe_bulk(ctx, table, source="bench").to_pylist()]
    for start in range(0, total, _AT_ONCE):
        facts = [
            ConsentFact(suid=uid, channel="sms", purpose="marketing", state="granted", changed_at=_SINCE,
                        changed_on=_SINCE.date(), source="bench")
            for uid in uids[start : start + _AT_ONCE]
        ]  # fmt: skip
        profiles.record_consents(ctx, facts)
    return uids
