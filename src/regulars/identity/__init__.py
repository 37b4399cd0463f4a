"""OneID: which identifiers are one person, why, and how to take that back.

Nouns: Identifier, Policy, Edge (evidence), Person (uid), suid, CannotLink, MergeLedger, ReviewItem.
Hears: every event that carries identifiers. Emits: person.realigned, person.erased.
"""
