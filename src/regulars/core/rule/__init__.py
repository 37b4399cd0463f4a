"""The Rule: tree, meaning, and compilers to the lake and to PostgreSQL. ADR-0001 fixes what it means."""

from regulars.core.rule.ast import Rule
from regulars.core.rule.catalog import Field, FieldCatalog, Relation, RowArrays, WindowColumn, fields

__all__ = ["Field", "FieldCatalog", "Relation", "RowArrays", "Rule", "WindowColumn", "fields"]
