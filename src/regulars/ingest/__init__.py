"""The front door: everything that comes in is understood, checked, counted once, and nothing is lost silently.

Nouns: Mapping, import, part, quarantined row, message. Hears: HTTP messages and files. Emits: every event of the
dictionary that outside systems send; order lines go to the Sink as sealed parts.
"""
