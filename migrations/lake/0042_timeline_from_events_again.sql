CREATE MATERIALIZED VIEW IF NOT EXISTS timeline_from_events TO timeline AS
SELECT brand_id, suid, occurred_at, type, event_id, business_on, origin, shop, props FROM events WHERE suid > 0
