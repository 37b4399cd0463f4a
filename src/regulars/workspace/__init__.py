"""The company's own house: brands, who works here, what they may do, what they did.

Nouns: Brand, User, Role, Invitation, Session, ApiKey, Permission, Operation, AuditEntry, Setting, Need (what waits for
somebody), SavedView. Hears: nothing. Emits: nothing.
"""
