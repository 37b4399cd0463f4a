-- What is known of a person besides behaviour, copied from PostgreSQL for counting: coarse, no PII.
-- Per brand and suid, so a merge rewrites nothing; the newest known value wins when a state row is built.
CREATE TABLE IF NOT EXISTS person_attributes (
    brand_id UInt16,
    suid UInt32,
    known_at DateTime64(3, 'UTC'),
    member UInt8,
    member_since_on Nullable(Date),
    consents Array(LowCardinality(String)),
    gender LowCardinality(String),
    province LowCardinality(String),
    city LowCardinality(String),
    birth_md UInt16,
    version UInt64,
    deleted UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (brand_id, suid)
SETTINGS non_replicated_deduplication_window = 1000
