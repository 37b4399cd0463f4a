-- What a person did on a day, per event type. Keyed by suid, so a merge rewrites nothing.
CREATE TABLE IF NOT EXISTS user_day (
    brand_id UInt16,
    metric LowCardinality(String),
    day Date,
    suid UInt32,
    times Int64,
    amount_fen Int64
) ENGINE = SummingMergeTree((times, amount_fen))
PARTITION BY toYYYYMM(day)
ORDER BY (brand_id, metric, day, suid)
SETTINGS non_replicated_deduplication_window = 1000
