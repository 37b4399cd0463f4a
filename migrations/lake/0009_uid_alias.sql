-- suid -> uid where they differ (or once did); flat. The truth is PostgreSQL's; this is its copy.
CREATE TABLE IF NOT EXISTS uid_alias (
    suid UInt32,
    uid UInt32,
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY suid
SETTINGS non_replicated_deduplication_window = 1000
