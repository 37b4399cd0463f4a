CREATE TABLE IF NOT EXISTS erased (
    suid UInt32,
    erased_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree
ORDER BY suid
SETTINGS non_replicated_deduplication_window = 1000
