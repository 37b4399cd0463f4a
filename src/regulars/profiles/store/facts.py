"""What is known of a person besides orders, by suid: attributes, membership, consent, erasure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.profiles.contract import AttributeFact, ConsentFact, MembershipFact

COARSE = frozenset({"gender", "province", "city", "cell", "birth_md"})
"""Attributes that lie in plain and are copied to the lake; every other is personal and goes under the key."""

_COPY = pa.schema(
    [
        ("brand_id", pa.uint16()),
        ("suid", pa.uint32()),
        ("key", pa.string()),
        ("value", pa.string()),
        ("known_at", pa.timestamp("ms", tz="UTC")),
        ("known_on", pa.date32()),
        ("version", pa.uint64()),
    ]
)


def add_attributes(ctx: Ctx, facts: Sequence[tuple[AttributeFact, bytes | None]]) -> None:
    """Record attributes, the newest value per suid and key staying. Each with its ciphertext, None when coarse."""
    ctx.tx.cursor().executemany(
        "insert into person_attribute (brand_id, suid, key, value, secret, known_at, known_on)"
        " values (%(brand_id)s, %(suid)s, %(key)s, %(value)s, %(secret)s, %(known_at)s, %(known_on)s)"
        " on conflict (brand_id, suid, key) do update set value = excluded.value, secret = excluded.secret,"
        "  known_at = excluded.known_at, known_on = excluded.known_on"
        " where (excluded.known_at, coalesce(excluded.value, ''))"
        "  >= (person_attribute.known_at, coalesce(person_attribute.value, ''))",
        [
            {
                "brand_id": ctx.brand_id,
                "suid": fact.suid,
                "key": fact.key,
                "value": fact.value if secret is None else None,
                "secret": secret,
                "known_at": fact.known_at,
                "known_on": fact.known_on,
            }
            for fact, secret in facts
        ],
    )


def add_memberships(ctx: Ctx, facts: Sequence[MembershipFact]) -> None:
    """Record who joined the brand's club; the first time counts."""
    ctx.tx.cursor().executemany(
        "insert into membership (brand_id, suid, joined_at, joined_on, shop, store, channel)"
        " values (%(brand_id)s, %(suid)s, %(joined_at)s, %(joined_on)s, %(shop)s, %(store)s, %(channel)s)"
        " on conflict (brand_id, suid) do update set joined_at = excluded.joined_at, joined_on = excluded.joined_on,"
        "  shop = excluded.shop, store = excluded.store, channel = excluded.channel"
        " where excluded.joined_at < membership.joined_at",
        [
            {
                "brand_id": ctx.brand_id,
                "suid": fact.suid,
                "joined_at": fact.joined_at,
                "joined_on": fact.joined_on,
                "shop": fact.shop,
                "store": fact.store,
                "channel": fact.channel,
            }
            for fact in facts
        ],
    )


def add_consents(ctx: Ctx, facts: Sequence[ConsentFact]) -> None:
    """Record changes of consent; the same change again is the same."""
    ctx.tx.execute(
        "create temporary table if not exists consent_in (like consent) on commit delete rows;"
        "alter table consent_in alter column id drop not null"
    )
    with (
        ctx.tx.cursor() as cursor,
        cursor.copy(
            "copy consent_in (brand_id, suid, channel, purpose, state, basis, changed_at, changed_on, source)"
            " from stdin"
        ) as copy,
    ):
        for f in facts:
            copy.write_row(
                (ctx.brand_id, f.suid, f.channel, f.purpose, f.state, f.basis, f.changed_at, f.changed_on, f.source)
            )
    ctx.tx.execute(
        "insert into consent (brand_id, suid, channel, purpose, state, basis, changed_at, changed_on, source)"
        " select brand_id, suid, channel, purpose, state, basis, changed_at, changed_on, source from consent_in"
        " order by suid on conflict on constraint consent_once do nothing"
    )
    ctx.tx.execute("truncate consent_in")


def copy_to_lake(ctx: Ctx, suids: Sequence[int], version: int) -> None:
    """Copy the coarse facts of these suids, as they stand now, to the lake."""
    rows = ctx.tx.execute(
        "select suid, key, value, known_at, known_on from person_attribute"
        "  where brand_id = %(brand_id)s and suid = any(%(suids)s::bigint[]) and value is not null"
        " union all select suid, 'member', joined_on::text, joined_at, joined_on from membership"
        "  where brand_id = %(brand_id)s and suid = any(%(suids)s::bigint[])"
        " union all (select distinct on (suid, channel, purpose) suid, 'consent:' || channel || ':' || purpose, state,"
        "   changed_at, changed_on from consent where brand_id = %(brand_id)s and suid = any(%(suids)s::bigint[])"
        "  order by suid, channel, purpose, changed_at desc, (state = 'withdrawn') desc)",
        {"brand_id": ctx.brand_id, "suids": list(suids)},
    ).fetchall()
    for row in rows:
        row |= {"brand_id": ctx.brand_id, "version": version}
    ctx.lake.insert("person_attributes", pa.Table.from_pylist(rows, schema=_COPY))


def allowed(ctx: Ctx, owners: dict[int, int], channel: str, purpose: str) -> set[int]:
    """Return the uids whose newest word on this channel and purpose is yes. owners: suid -> uid."""
    rows = ctx.tx.execute(
        "select uid from (select distinct on (o.uid) o.uid, c.state"
        "  from unnest(%(suids)s::bigint[], %(uids)s::bigint[]) as o(suid, uid)"
        "  join consent c on c.suid = o.suid and c.brand_id = %(brand_id)s"
        "   and c.channel = %(channel)s and c.purpose = %(purpose)s"
        "  order by o.uid, c.changed_at desc, (c.state = 'withdrawn') desc) newest where state = 'granted'",
        {
            "suids": list(owners.keys()),
            "uids": list(owners.values()),
            "brand_id": ctx.brand_id,
            "channel": channel,
            "purpose": purpose,
        },
    )
    return {row["uid"] for row in rows}


def consents(ctx: Ctx, suids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the newest word per channel and purpose of one person."""
    return ctx.tx.execute(
        "select distinct on (channel, purpose) channel, purpose, state, basis, changed_at from consent"
        " where brand_id = %(brand_id)s and suid = any(%(suids)s::bigint[])"
        " order by channel, purpose, changed_at desc, (state = 'withdrawn') desc",
        {"brand_id": ctx.brand_id, "suids": list(suids)},
    ).fetchall()


def attributes(ctx: Ctx, suids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the newest value per key of one person: key, value, secret, suid, known_at."""
    return ctx.tx.execute(
        "select distinct on (key) key, value, secret, suid, known_at from person_attribute"
        " where brand_id = %(brand_id)s and suid = any(%(suids)s::bigint[])"
        " order by key, known_at desc, coalesce(value, '') desc, suid",
        {"brand_id": ctx.brand_id, "suids": list(suids)},
    ).fetchall()


def page_of_attributes(ctx: Ctx, keys: Sequence[str], *, after: int, limit: int) -> list[dict[str, Any]]:
    """Return suid, key, value, secret, known_at of the brand's next suids that have one of these, all brands' for 0."""
    return ctx.tx.execute(
        "select suid, key, value, secret, known_at from person_attribute where key = any(%(keys)s::text[])"
        " and (%(brand_id)s = 0 or brand_id = %(brand_id)s) and suid in (select distinct suid from person_attribute"
        "  where suid > %(after)s and key = any(%(keys)s::text[]) and (%(brand_id)s = 0 or brand_id = %(brand_id)s)"
        "  order by suid limit %(limit)s) order by suid, key, known_at",
        {"keys": list(keys), "brand_id": ctx.brand_id, "after": after, "limit": limit},
    ).fetchall()


def export(ctx: Ctx, suids: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    """Return every fact of these suids in all brands."""
    bound = {"suids": list(suids)}
    return {
        "attributes": ctx.tx.execute(
            "select brand_id, suid, key, value, secret, known_at from person_attribute"
            " where suid = any(%(suids)s::bigint[]) order by brand_id, suid, key",
            bound,
        ).fetchall(),
        "memberships": ctx.tx.execute(
            "select brand_id, joined_at, shop, store, channel from membership where suid = any(%(suids)s::bigint[])"
            " order by brand_id, joined_at",
            bound,
        ).fetchall(),
        "consents": ctx.tx.execute(
            "select brand_id, channel, purpose, state, basis, changed_at, source from consent"
            " where suid = any(%(suids)s::bigint[]) order by changed_at, id",
            bound,
        ).fetchall(),
        "orders": ctx.lake.rows(
            "SELECT brand_id, shop, kind, document_id, ordinal, occurred_at, item_id, item_name, quantity,"
            " unit_price, amount_fen, currency, store, region FROM order_lines FINAL"
            " WHERE suid IN {suids:Array(UInt32)} ORDER BY occurred_at, document_id, ordinal",
            bound,
        ),
        "events": ctx.lake.rows(
            "SELECT brand_id, occurred_at, type, origin, shop, props FROM timeline"
            " WHERE suid IN {suids:Array(UInt32)} ORDER BY occurred_at, event_id",
            bound,
        ),
    }


_BY_SUID = ("events", "timeline", "user_day", "order_lines", "orders", "refund_matches", "person_attributes")
_BY_UID = ("user_state_base", "user_state_delta")


def erase(ctx: Ctx, suids: Sequence[int]) -> int:
    """Delete all facts and all that was derived of them; return how many rows of PostgreSQL went."""
    bound = {"suids": list(suids), "now": ctx.clock.system_now()}
    ctx.tx.execute(
        "insert into erased_person (suid, erased_at) select unnest(%(suids)s::bigint[]), %(now)s"
        " on conflict do nothing",
        bound,
    )
    gone = 0
    for statement in (
        "delete from person_attribute where suid = any(%(suids)s::bigint[])",
        "delete from membership where suid = any(%(suids)s::bigint[])",
        "delete from consent where suid = any(%(suids)s::bigint[])",
        "delete from person_state where uid = any(%(suids)s::bigint[])",
    ):
        gone += ctx.tx.execute(statement, bound).rowcount
    at = pa.array([bound["now"]] * len(suids), pa.timestamp("ms", tz="UTC"))
    ctx.lake.insert("erased", pa.table({"suid": pa.array(list(suids), pa.uint32()), "erased_at": at}))
    for table in _BY_SUID:
        ctx.lake.command(f"DELETE FROM {table} WHERE suid IN {{suids:Array(UInt32)}}", {"suids": list(suids)})
    for table in _BY_UID:
        ctx.lake.command(f"DELETE FROM {table} WHERE uid IN {{suids:Array(UInt32)}}", {"suids": list(suids)})
    return gone
