"""Tables of channels. Arrays of uids hold the people of one provider request: no row per person that went well."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)
_uids = ARRAY(sa.BigInteger)
_nobody = sa.text("'{}'")

suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel_class", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("until_at", _at, comment="business time; null = until lifted"),
    sa.Column("created_at", _at, nullable=False),
)

contact_budget = sa.Table(
    "contact_budget",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel_class", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("lane", sa.BigInteger, primary_key=True, autoincrement=False, comment="0 = real; else a replay's batch"),
    sa.Column("used", sa.Integer, nullable=False),
)

send_batch = sa.Table(
    "send_batch",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("config", JSONB, nullable=False, comment="secrets sealed"),
    sa.Column("message", JSONB, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("quiet_hours", JSONB),
    sa.Column("frequency", JSONB),
    sa.Column("campaign_id", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("node", sa.Text, nullable=False, server_default=""),
    sa.Column("origin", sa.Text, nullable=False, server_default="live"),
    sa.Column("replay_at", _at, comment="business time at which a replay's checks look"),
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default="3", comment="1..5, higher goes first"),
    sa.Column("stopped_at", _at),
    sa.Column("created_at", _at, nullable=False),
    sa.Index("send_batch_key", "brand_id", "key", unique=True),
    sa.CheckConstraint("origin <> 'replay' or replay_at is not null", name="send_batch_replay_has_time"),
)

send_chunk = sa.Table(
    "send_chunk",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("send_batch.id"), nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default="3", comment="of its batch"),
    sa.Column("source", sa.BigInteger, nullable=False, comment="the upper room's group of people, e.g. a cohort"),
    sa.Column("no", sa.Integer, nullable=False),
    sa.Column("request_id", UUID, nullable=False),
    sa.Column("uids", _uids, nullable=False, comment="people in question: planned, less those who became exceptions"),
    sa.Column("sent", _uids, nullable=False, server_default=_nobody),
    sa.Column("state", sa.Text, nullable=False, server_default="planned"),
    sa.Column("not_before", _at, nullable=False, comment="business time"),
    sa.Column("retry_at", _at, nullable=False, comment="system time"),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", _at, comment="system time"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("unclear", sa.Boolean, nullable=False, server_default=sa.false(), comment="an attempt may have arrived"),
    sa.Column("provider_id", sa.Text, nullable=False, server_default=""),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("settled_at", _at, comment="business time of the final state"),
    sa.Column("bill", JSONB, nullable=False, server_default="{}", comment="cost of a part, parts of the messages"),
    sa.Index("send_chunk_plan", "batch_id", "source", "no", unique=True),
    sa.Index("send_chunk_request", "request_id", unique=True),
    sa.Index("send_chunk_provider", "provider_id", postgresql_where=sa.text("provider_id <> ''")),
    sa.Index(
        "send_chunk_open",
        sa.text("priority desc"),
        "id",
        postgresql_where=sa.text("state in ('planned', 'leased', 'attempting')"),
    ),
    sa.CheckConstraint(
        "state in ('planned', 'leased', 'attempting', 'sent', 'unknown', 'failed', 'cancelled')",
        name="send_chunk_state",
    ),
)

send_exception = sa.Table(
    "send_exception",
    metadata,
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("send_batch.id"), primary_key=True),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("source", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", _at, nullable=False, comment="business time"),
    sa.CheckConstraint("state in ('suppressed', 'failed', 'unknown')", name="send_exception_state"),
    sa.Index("send_exception_person", "uid"),
)

message_template = sa.Table(
    "message_template",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("config", JSONB, nullable=False, comment="of the channel; secrets sealed"),
    sa.Column("message", JSONB, nullable=False),
    sa.Column("created_at", _at, nullable=False, comment="business time"),
    sa.Column("changed_at", _at, nullable=False, comment="business time"),
    sa.Column("removed_at", _at, comment="business time"),
    sa.Index("message_template_name", "brand_id", "name", unique=True, postgresql_where=sa.text("removed_at is null")),
)

# What providers say of signatures and templates.
provider_review = sa.Table(
    "provider_review",
    metadata,
    sa.Column("account_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("text", sa.Text, nullable=False, server_default="", comment="as the provider has it"),
    sa.Column("asked_at", _at, nullable=False, comment="system time"),
    sa.CheckConstraint("what in ('template', 'signature')", name="provider_review_what"),
    sa.CheckConstraint("state in ('draft', 'submitted', 'approved', 'refused')", name="provider_review_state"),
)

# Messages to the team, to look at; apart from all others.
test_message = sa.Table(
    "test_message",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("config", JSONB, nullable=False, comment="secrets sealed"),
    sa.Column("message", JSONB, nullable=False),
    sa.Column("values_uid", sa.BigInteger, comment="whose values fill the text; null = samples"),
    sa.Column("ns", sa.Text, nullable=False),
    sa.Column("address", sa.LargeBinary, comment="encrypted; gone when it was sent"),
    sa.Column("masked", sa.Text, nullable=False),
    sa.Column("sent_by", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("provider_id", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", _at, nullable=False, comment="business time"),
    sa.Column("ended_at", _at, comment="business time"),
    sa.Index("test_message_recent", "brand_id", "id"),
    sa.Index("test_message_values", "values_uid", postgresql_where=sa.text("values_uid is not null")),
    sa.CheckConstraint("state in ('waiting', 'attempting', 'sent', 'failed', 'unknown')", name="test_message_state"),
)

# Only added to, and without people: what was spent stays when they go.
message_cost = sa.Table(
    "message_cost",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("day", sa.Date, nullable=False, comment="business day on which it was booked"),
    sa.Column("campaign_id", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("account_id", sa.BigInteger, nullable=False, comment="0 = none"),
    sa.Column("chunk_id", sa.BigInteger, nullable=False, comment="0 = a test"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.Column("cost_fen", sa.BigInteger, nullable=False),
    sa.Column("at", _at, nullable=False, comment="business time"),
    sa.CheckConstraint("kind in ('accepted', 'correction', 'test')", name="message_cost_kind"),
    sa.Index("message_cost_day", "brand_id", "day"),
)

channel_log = sa.Table(
    "channel_log",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("request_id", UUID, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("campaign_id", sa.BigInteger, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", _at, nullable=False, comment="business time"),
    sa.Index("channel_log_once", "request_id", "uid", unique=True),
    sa.Index("channel_log_person", "uid"),
)

message_receipt = sa.Table(
    "message_receipt",
    metadata,
    sa.Column("chunk_id", sa.BigInteger, sa.ForeignKey("send_chunk.id"), primary_key=True),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("times", sa.Integer, nullable=False, server_default="1"),
    sa.Column("at", _at, nullable=False, comment="business time of the first"),
    sa.CheckConstraint(
        "state in ('delivered', 'failed', 'clicked', 'machine', 'replied', 'opted_out')", name="message_receipt_state"
    ),
    sa.Index("message_receipt_delivered", "uid", postgresql_where=sa.text("state = 'delivered'")),
)

post = sa.Table(
    "post",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("config", JSONB, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", _at, nullable=False, comment="system time"),
    sa.Column("business_on", sa.Date, nullable=False),
    sa.Index("post_key", "brand_id", "key", unique=True),
)

post_call = sa.Table(
    "post_call",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("post_id", sa.BigInteger, sa.ForeignKey("post.id"), nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="planned"),
    sa.Column("provider_id", sa.Text, nullable=False, server_default=""),
    sa.Column("refused", ARRAY(sa.Text), nullable=False, server_default=_nobody),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("made_at", _at, comment="system time"),
    sa.Index("post_call_of", "post_id", "sender", unique=True),
    sa.Index("post_call_open", "id", postgresql_where=sa.text("state = 'made'")),
    sa.CheckConstraint("state in ('planned', 'calling', 'made', 'ended', 'unknown', 'failed')", name="post_call_state"),
)

post_result = sa.Table(
    "post_result",
    metadata,
    sa.Column("call_id", sa.BigInteger, sa.ForeignKey("post_call.id"), primary_key=True, autoincrement=False),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("at", _at),
    sa.CheckConstraint("outcome in ('waiting', 'sent', 'limit', 'gone')", name="post_result_outcome"),
)

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", _at, nullable=False, comment="system time"),
    sa.Column("told_at", _at, comment="system time"),
    sa.Index("notice_recent", "brand_id", "id"),
    sa.Index("notice_waiting", "account_id", "id", postgresql_where=sa.text("state in ('waiting', 'telling')")),
    sa.CheckConstraint("state in ('waiting', 'telling', 'told', 'unknown', 'failed')", name="notice_state"),
)

notice_seen = sa.Table(
    "notice_seen",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("ids", ARRAY(sa.Text), nullable=False),
    sa.Column("told_at", _at, comment="system time"),
)
