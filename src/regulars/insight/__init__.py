"""What the business did, in numbers that are the same on every page.

Nouns: metric (a number's definition), overview, order ladder, at-risk customers, lift.
Hears: nothing; it reads the lake.
Emits: nothing.
"""
