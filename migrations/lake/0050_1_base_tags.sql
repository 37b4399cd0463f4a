-- Tags that are facts: "number:value". Rows that are there have none.
ALTER TABLE user_state_base ADD COLUMN IF NOT EXISTS tags Array(LowCardinality(String))
