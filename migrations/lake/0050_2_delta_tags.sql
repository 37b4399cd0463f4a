-- As in user_state_base.
ALTER TABLE user_state_delta ADD COLUMN IF NOT EXISTS tags Array(LowCardinality(String))
