-- The events of the people in aside_person, of the types that are asked about.
CREATE TABLE IF NOT EXISTS aside_event (
    uid UInt32,
    type LowCardinality(String),
    at DateTime64(3, 'UTC'),
    day Date,
    shop LowCardinality(String),
    props String
) ENGINE = Memory
