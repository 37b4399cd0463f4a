-- Which changes a fold has seen; only these leave the delta after it.
CREATE TABLE IF NOT EXISTS user_state_folded (
    brand_id UInt16,
    uid UInt32,
    version UInt64
) ENGINE = MergeTree
ORDER BY (brand_id, uid)
