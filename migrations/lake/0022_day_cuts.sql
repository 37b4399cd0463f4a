-- The business day that a brand's states count back from, and its cut points; PostgreSQL's rfm_cut is the truth.
-- gap_days: by ladder step, days within which three of four of those who bought again did so; 0 = not known.
-- version: grows with every base put in force; rebuilt: that of the last whole rebuild from the facts.
CREATE TABLE IF NOT EXISTS day_cuts (
    brand_id UInt16,
    as_of_on Date,
    recency_cuts Array(Date),
    frequency_cuts Array(Int64),
    monetary_cuts Array(Int64),
    gap_days Array(UInt16),
    rebuilt UInt64,
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY brand_id
