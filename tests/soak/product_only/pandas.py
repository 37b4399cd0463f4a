"""Stands before pandas in the processes under test: the product is installed without it."""

raise ImportError("pandas is no part of the product")
