-- Kept answers move to memory: they are a cache, taken anew after a restart.
DROP TABLE IF EXISTS leaf_bitmap
