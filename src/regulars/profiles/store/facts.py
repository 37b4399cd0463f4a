"""What is known of a person besides orders, by suid: attributes, membership, consent, erasure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.profiles.contract import AttributeFact, ConsentFact, MembershipFact

COARSE = frozenset({"gender", "province", "city", "cell", "birth_md"})
"""Attributes that lie in plain and are copied to the lake, as tags are; every other is personal and under the key."""
TAG = "tag:"
"""Before a tag's number: the key of the attribute that holds its value, "" once it was taken away."""


def is_plain(key: str) -> bool:
    """Tell whether an attribute of this key lies in plain."""
    return key in COARSE or key.startswith(TAG)


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


def add_attributes(ctx: Ctx, facts: Sequence[tuple[AttributeFact, bytes | None, str | None]]) -> None:
    """Record attributes, the newest value per suid and key staying.

    Each with its ciphertext, None when coarse, and its blind index, None when it is not searched by.
    """
    ctx.tx.cursor().executemany(
        "insert into person_attribute (brand_id, suid, key, value, secret, blind, known_at, known_on)"
        " values (%(brand_id)s, %(suid)s, %(key)s, %(value)s, %(secret)s, %(blind)s::uuid, %(known_at)s, %(known_on)s)"
        " on conflict (brand_id, suid, key) do update set value = excluded.value, secret = excluded.secret,"
        "  blind = excluded.blind, known_at = excluded.known_at, known_on = excluded.known_on"
        " where (excluded.known_at, coalesce(excluded.value, ''))"
        "  >= (person_attribute.known_at, coalesce(person_attribute.value, ''))",
        [
            {
                "brand_id": ctx.brand_id,
                "suid": fact.suid,
                "key": fact.key,
                "value": fact.value if secret is None else None,
                "secret": secret,
                "blind": blind,
                "known_at": fact.known_at,
                "known_on": fact.known_on,
            }
            for fact, secret, blind in facts
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


def add_consents(ctx: Ctx, facts: Sequence[ConsentFact]) -> int:
    """Record changes of consent; the same change again is the same. Return how many were new."""
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
    new = ctx.tx.execute(
        "insert into consent (brand_id, suid, channel, purpose, state, basis, changed_at, changed_on, source)"
        " select brand_id, suid, channel, purpose, state, basis, changed_at, changed_on, source from consent_in"
        " order by suid on conflict on constraint consent_once do nothing"
    )
    ctx.tx.execute("truncate consent_in")
    return new.rowcount


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


def who_said(ctx: Ctx, owners: dict[int, int], state: str, channel: str, purpose: str) -> set[int]:
    """Return the uids whose newest word on this channel and purpose is a state. owners: suid -> uid."""
    rows = ctx.tx.execute(
        "select uid from (select distinct on (o.uid) o.uid, c.state"
        "  from unnest(%(suids)s::bigint[], %(uids)s::bigint[]) as o(suid, uid)"
        "  join consent c on c.suid = o.suid and c.brand_id = %(brand_id)s"
        "   and c.channel = %(channel)s and c.purpose = %(purpose)s"
        "  order by o.uid, c.changed_at desc, (c.state = 'withdrawn') desc) newest where state = %(state)s",
        {
            "suids": list(owners.keys()),
            "uids": list(owners.values()),
            "brand_id": ctx.brand_id,
            "channel": channel,
            "purpose": purpose,
            "state": state,
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
    """Return the newest value per key of one person, tags apart: key, value, secret, suid, known_at."""
    return ctx.tx.execute(
        "select distinct on (key) key, value, secret, suid, known_at from person_attribute"
        " where brand_id = %(brand_id)s and suid = any(%(suids)s::bigint[]) and key not like 'tag:%%'"
        " order by key, known_at desc, coalesce(value, '') desc, suid",
        {"brand_id": ctx.brand_id, "suids": list(suids)},
    ).fetchall()


def tags(ctx: Ctx, suids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    """Return the newest word on each tag of facts of one person: tag -> (value, since when)."""
    rows = ctx.tx.execute(
        "select distinct on (key) substr(key, 5)::bigint as tag, value, known_at from person_attribute"
        " where brand_id = %(brand_id)s and suid = any(%(suids)s::bigint[]) and key like 'tag:%%'"
        " order by key, known_at desc, value desc, suid",
        {"brand_id": ctx.brand_id, "suids": list(suids)},
    ).fetchall()
    return {row["tag"]: (row["value"], row["known_at"]) for row in rows}


def tagged_at(ctx: Ctx, tag: int, known_at: datetime) -> list[int]:
    """Return the suids whose newest word on a tag is of this instant, ascending; those it was taken from apart."""
    rows = ctx.tx.execute(
        "select suid from person_attribute where brand_id = %(brand_id)s and key = %(key)s and key like 'tag:%%'"
        " and known_at = %(at)s and value <> '' order by suid",
        {"brand_id": ctx.brand_id, "key": f"{TAG}{tag}", "at": known_at},
    ).fetchall()
    return [row["suid"] for row in rows]


def page_of_attributes(ctx: Ctx, keys: Sequence[str], *, after: int, limit: int) -> list[dict[str, Any]]:
    """Return suid, key, value, secret, known_at of the brand's next suids that have one of these, all brands' for 0."""
    return ctx.tx.execute(
        "select suid, key, value, secret, known_at from person_attribute where key = any(%(keys)s::text[])"
        " and (%(brand_id)s = 0 or brand_id = %(brand_id)s) and suid in (select distinct suid from person_attribute"
        "  where suid > %(after)s and key = any(%(keys)s::text[]) and (%(brand_id)s = 0 or brand_id = %(brand_id)s)"
        "  order by suid limit %(limit)s) order by suid, key, known_at",
        {"keys": list(keys), "brand_id": ctx.brand_id, "after": after, "limit": limit},
    ).fetchall()


def named(ctx: Ctx, blind: str) -> list[int]:
    """Return the suids of the brand's people (all brands', for the group) whose name this is the blind index of."""
    rows = ctx.tx.execute(
        "select distinct suid from person_attribute where blind = %(blind)s::uuid and key = 'name'"
        " and (%(brand_id)s = 0 or brand_id = %(brand_id)s) limit 200",
        {"blind": blind, "brand_id": ctx.brand_id},
    )
    return [row["suid"] for row in rows]


def names_not_blind(ctx: Ctx, limit: int) -> list[dict[str, Any]]:
    """Return brand_id, suid, key, secret of names that cannot be searched yet."""
    return ctx.tx.execute(
        "select brand_id, suid, key, secret from person_attribute where key = 'name' and blind is null"
        " and secret is not null order by suid limit %(limit)s for update skip locked",
        {"limit": limit},
    ).fetchall()


def set_blind(ctx: Ctx, rows: Sequence[dict[str, Any]]) -> None:
    """Let names be searched. rows: brand_id, suid, blind."""
    ctx.tx.cursor().executemany(
        "update person_attribute set blind = %(blind)s::uuid"
        " where brand_id = %(brand_id)s and suid = %(suid)s and key = 'name'",
        list(rows),
    )


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
        "delete from person_note where uid = any(%(suids)s::bigint[])",
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
