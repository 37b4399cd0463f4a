-- The table of states gives its name to the view; states are made anew from the facts.
DROP TABLE IF EXISTS user_state
