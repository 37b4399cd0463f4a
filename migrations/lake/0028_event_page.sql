-- Properties that many questions are about have a column: reading them from the text costs fifty times as much.
ALTER TABLE events ADD COLUMN IF NOT EXISTS page LowCardinality(String) DEFAULT JSONExtractString(props, 'page')
