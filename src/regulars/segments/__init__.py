"""Rules become people: segments, who is in them at which version, and who came and went.

Nouns: segment, segment run (one refresh and the membership version it made), membership, diff, preview.
Hears: events of people whose state changed; merges and erasures through the PersonData port; the day's change.
Emits: segment.changed (at most 4,000 people each), in the transaction that raises the version.
"""
