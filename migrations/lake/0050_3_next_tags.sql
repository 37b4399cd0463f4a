-- As in user_state_base, which takes its partitions.
ALTER TABLE user_state_next ADD COLUMN IF NOT EXISTS tags Array(LowCardinality(String))
