-- Of whom facts came in lately, so that kept answers are corrected for just those. what: the relation of rules that
-- has new rows ("order", "event:page.viewed", ...), "*" = all of them (a merge, an erasure).
CREATE TABLE IF NOT EXISTS touched (
    brand_id UInt16,
    what LowCardinality(String),
    at DateTime64(3, 'UTC') DEFAULT now64(3),
    suid UInt32
) ENGINE = MergeTree
ORDER BY (brand_id, what, at)
TTL toDateTime(at) + INTERVAL 2 DAY
