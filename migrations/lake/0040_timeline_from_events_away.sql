-- The timeline is written anew in finer steps; meanwhile nothing is handed on to it.
DROP VIEW IF EXISTS timeline_from_events
