-- What is known of a person besides behaviour, copied from PostgreSQL for counting: coarse, no PII.
-- Per brand, suid and key, so a merge rewrites nothing; the newest known value wins when a state row is built.
-- key: gender, province, city, birth_md; member (value: day of joining); consent:<channel>:<purpose>
-- (value: granted or withdrawn).
CREATE TABLE IF NOT EXISTS person_attributes (
    brand_id UInt16,
    suid UInt32,
    key LowCardinality(String),
    value String,
    known_at DateTime64(3, 'UTC'),
    known_on Date,
    version UInt64,
    deleted UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (brand_id, suid, key)
SETTINGS non_replicated_deduplication_window = 1000
