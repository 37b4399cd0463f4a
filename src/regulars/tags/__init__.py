"""What customers are called: named values with an origin, each value with the people who have it.

Nouns: tag (in a folder, with an owner), value, origin (rule, computed, imported, manual), coverage.
Hears: person.identified, of whose attributes imported tags are made.
Emits: person.tagged, for every fact of a tag; who has a value is a live segment underneath (see segments).
"""
