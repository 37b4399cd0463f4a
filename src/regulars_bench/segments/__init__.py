"""Forty rules as operators write them, each beside the query a data engineer would write by hand."""
