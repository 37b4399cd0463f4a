"""What the business did, in numbers that are the same on every page.

Nouns: metric (a number's definition), overview, order ladder, at-risk customers, lift.
Hears: that everybody's state was made anew (profiles.on_new_states); otherwise it reads the lake.
Emits: nothing.
"""
