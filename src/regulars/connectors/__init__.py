"""Pure translators: what a platform says, in its own shape, becomes facts. Nothing is stored and nothing decided here.

Nouns: Connector (kind), Stream (what it brings, how it is read), Statement (a fact as somebody outside states it).
Hears: nothing. Emits: nothing (`ingest` runs the sources and writes the facts).
"""
