-- See 0028.
ALTER TABLE events ADD COLUMN IF NOT EXISTS campaign_id Int64 DEFAULT JSONExtractInt(props, 'campaign_id') CODEC(ZSTD(1))
