"""The ground floor: words and laws every room shares. Imports nothing above it.

Nouns: Event, Identifier, Rule, Registry, Clock, Fen, Ctx, Verdict, PersonData. Hears and emits nothing.
"""
