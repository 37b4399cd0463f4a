"""Source files as batches of rows, whatever was meant by "CSV".

Nouns: Reader, RowBatch, BrokenRow. A line that cannot be read becomes a broken row, never an error.
"""
