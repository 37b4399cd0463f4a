"""The catalogue of rule fields with every relation reading fewer rows than it could."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from regulars.core.rule import FieldCatalog, fields


def each_source(narrowed: Callable[[str], str]) -> FieldCatalog:
    """Return the catalogue with the source of each relation replaced. narrowed: source -> source."""
    made = FieldCatalog()
    for relation in fields.relations():
        sums = relation.by_day
        by_day = None if sums is None else replace(sums, lake_source=narrowed(sums.lake_source))
        made.register(replace(relation, lake_source=narrowed(relation.lake_source), by_day=by_day))
        made.register(*fields.fields_of(relation.key))
    return made
