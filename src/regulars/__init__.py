"""Regulars 回头客: every shop's data becomes one customer, and customers come back."""

__version__ = "0.1.0"
