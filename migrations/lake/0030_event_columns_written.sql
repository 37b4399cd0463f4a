-- Writes the new columns of what is there already, in the background.
ALTER TABLE events MATERIALIZE COLUMN page, MATERIALIZE COLUMN campaign_id
