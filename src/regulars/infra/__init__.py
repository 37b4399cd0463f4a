"""The cellar: databases, the event log, leases and jobs, files, crypto. Knows no room above it."""
