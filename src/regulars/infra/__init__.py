"""The cellar: databases, the event log, leases and jobs, files, crypto. Knows no room above it.

Nouns: Database, LakeClient, Consumer, Job, FileStore, Vault. Hears and emits nothing of its own: it carries.
"""
