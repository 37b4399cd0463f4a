"""Segments as files for others: identifiers of people who agreed, whole and as differences to what was handed over.

Nouns: audience (what is handed to whom, and how it is written), delivery (one making of its files), ledger (what the
recipient may hold), target (the ad account that deliveries are uploaded to), destination (an ad platform, a kind).
Reads: segments' members, profiles' consents, identity's values. Calls: ad platforms.
Hears: nothing; who left, withdrew or was erased is missing from the next whole, and so in its removals.
Emits: nothing.
"""
