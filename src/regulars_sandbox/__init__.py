"""A stand-in for the outside platforms, so faithful that a client which passes it works outside.

It verifies signatures on the raw bytes it receives, keeps its own state, and fails on demand. It shares no code with
the product: each side is tested against the published vectors, never against the other alone.
"""
