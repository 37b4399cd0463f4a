-- The base to come, while it is written.
CREATE TABLE IF NOT EXISTS user_state_next AS user_state_base
