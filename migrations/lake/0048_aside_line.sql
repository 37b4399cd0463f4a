-- The order lines of the people in aside_person, as rules see them, when they are asked about.
CREATE TABLE IF NOT EXISTS aside_line (
    uid UInt32,
    at DateTime64(3, 'UTC'),
    day Date,
    item_id String,
    item_name String,
    category LowCardinality(String),
    quantity Int64,
    amount_fen Int64,
    shop LowCardinality(String),
    store LowCardinality(String)
) ENGINE = Memory
