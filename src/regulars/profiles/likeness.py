"""What is known of customers that two records of one person would share: for suggestions of who probably is one."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.identity import api as identity
from regulars.infra.crypto import vault
from regulars.profiles.intake import secret_context
from regulars.profiles.store import facts

FIELDS = ("name", "birthday", "gender", "province", "city", "address")
MOST_PEOPLE = 300_000
"""Customers compared at once; their plain values are in memory meanwhile, and nowhere else."""

LEAST_FILLED = 100
PAGE = 20_000


def records(ctx: Ctx) -> pa.Table:
    """Return uid, and of FIELDS those that at least 100 customers have, newest values as text. Raises BadInput."""
    newest: dict[int, dict[str, tuple[datetime, str]]] = {}
    after = -1
    while rows := facts.page_of_attributes(ctx, FIELDS, after=after, limit=PAGE):
        after = rows[-1]["suid"]
        owners = identity.uid_of(ctx, {row["suid"] for row in rows})
        for row in rows:
            known = newest.setdefault(owners[row["suid"]], {})
            if row["key"] not in known or known[row["key"]][0] <= row["known_at"]:
                known[row["key"]] = row["known_at"], _plain(row["suid"], row["key"], row["value"], row["secret"])
        if len(newest) > MOST_PEOPLE:
            raise BadInput(
                f"More than {MOST_PEOPLE:,} customers have a name or another field to compare.",
                "Compare a part of them from a file: regulars person suggest.",
                code="suggestions.too_many",
            )
    uids = sorted(newest)
    columns = {key: [newest[uid][key][1] or None if key in newest[uid] else None for uid in uids] for key in FIELDS}
    filled = {key: values for key, values in columns.items() if len(values) - values.count(None) >= LEAST_FILLED}
    return pa.table(
        {"uid": pa.array(uids, pa.int64())} | {key: pa.array(values, pa.string()) for key, values in filled.items()}
    )


def _plain(suid: int, key: str, value: str | None, secret: bytes | None) -> str:
    plain = value if secret is None else vault().decrypt(secret, secret_context(suid, key)).decode()
    return " ".join((plain or "").split()).casefold()
