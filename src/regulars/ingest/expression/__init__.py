"""The small safe language of computed columns: parsed with Python's grammar, run as Arrow kernels.

Nouns: Expression, Value, Problem, Evaluation. Nothing in it can reach a file, a name or an attribute
outside the row it is given.
"""
