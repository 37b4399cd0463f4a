-- Answers of parts of rules, kept by condition hash; the oldest go when there are too many. bucket = uid >> 20; one
-- empty bucket (65535) stands in every answer, so that "nobody" is an answer too. basis: generation of the facts or
-- states that it was read from. buckets: how many rows the answer has; fewer = some have gone, it is not whole.
CREATE TABLE IF NOT EXISTS leaf_bitmap (
    brand_id UInt16,
    leaf_hash String,
    basis UInt64,
    taken_at DateTime64(3, 'UTC') DEFAULT now64(3),
    buckets UInt16,
    bucket UInt16,
    people AggregateFunction(groupBitmap, UInt32)
) ENGINE = Memory
SETTINGS min_bytes_to_keep = 268435456, max_bytes_to_keep = 536870912
