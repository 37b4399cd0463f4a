"""Tables of profiles: facts by suid, and the live copy of each person's state."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from regulars.infra.schema import metadata
from regulars.profiles import model_trade

__all__ = ["model_trade"]

_at = sa.TIMESTAMP(timezone=True)


def _number(name: str, kind: type[sa.types.TypeEngine[int]] = sa.BigInteger) -> sa.Column[int]:
    return sa.Column(name, kind, nullable=False, server_default="0")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


# Whose a document is, fixed when it is first seen. Kept after an erasure, so that a file sent again does not
# bring the person back; it holds no more than the document's number.
order_document = sa.Table(
    "order_document",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("shop", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("suid", sa.BigInteger, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("first_seen_at", _at, nullable=False),
    sa.Index("order_document_suid", "suid"),
)

# The newest value per key. value: coarse, in plain; secret: personal, under the vault's key. One of both.
# blind: of a name, so that it can be searched by whoever types it in full.
person_attribute = sa.Table(
    "person_attribute",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("suid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text),
    sa.Column("secret", sa.LargeBinary),
    sa.Column("blind", UUID),
    sa.Column("known_at", _at, nullable=False),
    sa.Column("known_on", sa.Date, nullable=False),
    sa.Index("person_attribute_suid", "suid"),
    sa.Index("person_attribute_blind", "blind", postgresql_where=sa.text("blind is not null")),
    sa.Index("person_attribute_not_blind", "suid", postgresql_where=sa.text("key = 'name' and blind is null")),
    sa.Index("person_attribute_tag", "brand_id", "key", "known_at", postgresql_where=sa.text("key like 'tag:%'")),
)

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("suid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("joined_at", _at, nullable=False),
    sa.Column("joined_on", sa.Date, nullable=False),
    _text("shop"),
    _text("store"),
    _text("channel"),
    sa.Index("membership_suid", "suid"),
)

# Every change ever told; only an erasure takes rows away.
consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("suid", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _text("basis"),
    sa.Column("changed_at", _at, nullable=False),
    sa.Column("changed_on", sa.Date, nullable=False),
    _text("source"),
    sa.UniqueConstraint("suid", "brand_id", "channel", "purpose", "changed_at", "state", "source", name="consent_once"),
    sa.CheckConstraint("state in ('granted', 'withdrawn')", name="consent_state"),
)

erased_person = sa.Table(
    "erased_person",
    metadata,
    sa.Column("suid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("erased_at", _at, nullable=False),
)

# What a person asked for of their rights, and what came of it: the receipt. suids: the person's numbers when they
# asked; after an erasure they name nobody. reason goes with the person.
person_request = sa.Table(
    "person_request",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("number", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("suids", ARRAY(sa.BigInteger), nullable=False),
    _text("reason"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("asked_at", _at, nullable=False),
    sa.Column("ended_at", _at),
    sa.Column("held", JSONB, nullable=False, server_default=sa.text("'{}'")),
    sa.Column("gone", JSONB, nullable=False, server_default=sa.text("'{}'")),
    sa.Column("told", JSONB, nullable=False, server_default=sa.text("'[]'")),
    _text("message"),
    sa.Column("operation_id", sa.BigInteger),
    sa.Column("file_until", _at),
    sa.Column("downloaded_at", _at),
    sa.CheckConstraint("kind in ('copy', 'erase', 'correct', 'consent')", name="person_request_kind"),
    sa.CheckConstraint("state in ('running', 'done', 'failed', 'cancelled')", name="person_request_state"),
    sa.Index("person_request_recent", "brand_id", "id"),
    sa.Index("person_request_suids", "suids", postgresql_using="gin"),
    sa.Index("person_request_files", "file_until", postgresql_where=sa.text("file_until is not null")),
)

# What staff wrote about a person, under the vault's key. uid: the person's when it was written.
person_note = sa.Table(
    "person_note",
    metadata,
    sa.Column("id", UUID, primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("author_kind", sa.Text, nullable=False),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("written_at", _at, nullable=False),
    sa.Column("edited_at", _at),
    sa.Index("person_note_of", "uid"),
)

# How much of each field is known, measured at night: reading it costs no look at the facts.
field_measure = sa.Table(
    "field_measure",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("known", sa.BigInteger, nullable=False),
    sa.Column("samples", JSONB, nullable=False),
    sa.Column("last_on", sa.Date),
    sa.Column("measured_at", _at, nullable=False),
)

# Cut points of the quintiles of a business day, taken at its start. The row of the greatest version is in force.
rfm_cut = sa.Table(
    "rfm_cut",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("as_of_on", sa.Date, primary_key=True),
    sa.Column("people", sa.BigInteger, nullable=False),
    sa.Column("recency_cuts", ARRAY(sa.Date), nullable=False),
    sa.Column("frequency_cuts", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("monetary_cuts", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("gap_days", ARRAY(sa.Integer), nullable=False, server_default="{}"),
    sa.Column("version", sa.BigInteger, nullable=False),
)

# What is known of a person whatever day it is, for lists and for gates that cannot wait.
person_state = sa.Table(
    "person_state",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("anonymous", sa.Boolean, nullable=False),
    _number("purchase_number", sa.Integer),
    _number("ladder_step", sa.SmallInteger),
    _number("gross_fen"),
    _number("refunded_fen"),
    _number("net_fen"),
    _number("units"),
    sa.Column("first_order_on", sa.Date),
    sa.Column("last_order_on", sa.Date),
    sa.Column("order_days", ARRAY(sa.Date), nullable=False, server_default="{}"),
    sa.Column("order_fens", ARRAY(sa.BigInteger), nullable=False, server_default="{}"),
    _text("favourite_category"),
    _text("favourite_shop"),
    _text("region"),
    sa.Column("stores", ARRAY(sa.Text), nullable=False),
    sa.Column("last_event_on", sa.Date),
    sa.Column("member", sa.Boolean, nullable=False),
    sa.Column("member_since_on", sa.Date),
    sa.Column("consents", ARRAY(sa.Text), nullable=False),
    _text("gender"),
    _text("province"),
    _text("city"),
    _text("cell"),
    _number("birth_md", sa.SmallInteger),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default="{}", comment="tag:value of facts"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Index("person_state_last_order", "brand_id", "last_order_on", "uid"),
    sa.Index("person_state_net", "brand_id", "net_fen", "uid"),
    sa.Index("person_state_purchases", "brand_id", "purchase_number", "uid"),
)


def _windows() -> str:
    inside = "where d > cuts.as_of_on - {n} and d <= cuts.as_of_on"
    counts = [
        f"(select count(*) from unnest(ps.order_days) d {inside.format(n=n)})::integer as orders_{n}d"
        for n in (7, 30, 60, 90, 180, 365)
    ]
    sums = [
        f"(select coalesce(sum(f), 0) from unnest(ps.order_days, ps.order_fens) o(d, f) {inside.format(n=n)})::bigint"
        f" as net_fen_{n}d"
        for n in (7, 30, 60, 90, 180, 365)
    ]
    return ", ".join([*counts, *sums])


def _score(value: str, cuts: str) -> str:
    below = f"(select 1 + count(*) from unnest(cuts.{cuts}) c where c < {value})"
    return f"(case when ps.purchase_number > 0 and not ps.anonymous then {below} else 0 end)::smallint"


# With what follows from the business day in force: windows, scores, the next order expected. Nothing of it is
# stored, so a new day rewrites nobody; a column that is not asked for is not computed.
PERSON_NOW = f"""
create or replace view person_now as select ps.*, cuts.as_of_on, {_windows()},
    {_score("ps.last_order_on", "recency_cuts")} as rfm_r,
    {_score("ps.purchase_number", "frequency_cuts")} as rfm_f,
    {_score("ps.net_fen", "monetary_cuts")} as rfm_m,
    ps.last_order_on + nullif(cuts.gap_days[ps.ladder_step], 0) as next_order_due_on
from person_state ps left join lateral (
    select * from rfm_cut c where c.brand_id = ps.brand_id order by c.version desc limit 1) cuts on true
"""
event.listen(metadata, "after_create", sa.DDL(PERSON_NOW))
