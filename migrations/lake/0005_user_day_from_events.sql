CREATE MATERIALIZED VIEW IF NOT EXISTS user_day_from_events TO user_day AS
SELECT brand_id, type AS metric, business_on AS day, suid, count() AS times, sum(amount_fen) AS amount_fen
FROM events WHERE suid > 0 GROUP BY brand_id, metric, day, suid
