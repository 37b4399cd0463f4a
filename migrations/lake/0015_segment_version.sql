-- Whole memberships of a segment at a version, as bitmaps; bucket = uid >> 20. Not every version is whole: the people
-- of another are those of the newest whole one before it and the diffs since. Which versions count is PostgreSQL's
-- segment_run to say; what an undone refresh left here is never read.
CREATE TABLE IF NOT EXISTS segment_version (
    segment_id UInt32,
    version UInt32,
    bucket UInt16,
    people AggregateFunction(groupBitmap, UInt32)
) ENGINE = ReplacingMergeTree
ORDER BY (segment_id, version, bucket)
SETTINGS index_granularity = 128, non_replicated_deduplication_window = 1000
