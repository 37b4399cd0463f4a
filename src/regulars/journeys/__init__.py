"""Acting on people over time: published graphs that cohorts of people move through.

Nouns: Campaign (what an operator sees), journey and its immutable versions, run, cohort, arm, enrollment, exit mark,
Node (kind), Result.
Hears: nothing yet. Emits: nothing itself; what it sends is told by channels.
"""
