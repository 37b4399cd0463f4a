-- Who was assigned to which arm of a run, copied from PostgreSQL so that purchases can be joined where they lie.
-- uid: the person's at the time of the split, never rewritten; the alias says who that is now.
CREATE TABLE IF NOT EXISTS campaign_arm (
    brand_id UInt16,
    run_id UInt32,
    uid UInt32,
    arm LowCardinality(String),
    version UInt64,
    deleted UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (brand_id, run_id, uid)
SETTINGS non_replicated_deduplication_window = 1000
