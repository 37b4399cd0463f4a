"""Typed clients of the outside platforms, and how they are reached.

Nouns: Platform (kind), Account (an access with its secrets), Session (an account opened for calls), Token, practice
mode (every call goes to the sandbox).
Hears: nothing. Emits: nothing.
"""
