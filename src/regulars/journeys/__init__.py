"""Acting on people over time: published graphs that cohorts of people move through.

Nouns: Campaign (what an operator sees), Journey (drawn by hand) and its immutable versions, run (one visit), cohort,
arm, enrollment, exit mark, Node (kind), Result.
Hears: whatever a published graph asks for. Emits: nothing itself; what it sends is told by channels.
"""
