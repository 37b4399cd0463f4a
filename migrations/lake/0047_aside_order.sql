-- The orders of the people in aside_person, as rules see them, when they are asked about.
CREATE TABLE IF NOT EXISTS aside_order (
    uid UInt32,
    at DateTime64(3, 'UTC'),
    day Date,
    known_net_fen Int64,
    gross_fen Int64,
    units Int64,
    lines UInt32,
    shop LowCardinality(String),
    store LowCardinality(String),
    region LowCardinality(String),
    category_names Array(String)
) ENGINE = Memory
