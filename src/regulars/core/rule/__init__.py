"""The Rule: tree, meaning, and compilers to the lake and to PostgreSQL. ADR-0001 fixes what it means."""

from regulars.core.rule.ast import Rule, leaves
from regulars.core.rule.catalog import DaySums, Field, FieldCatalog, Relation, RowArrays, WindowColumn, fields
from regulars.core.rule.check import check, require_live
from regulars.core.rule.lake import Compiled, Counted, LakeBinding, LeafPath, compile_lake
from regulars.core.rule.live import compile_live
from regulars.core.rule.meaning import LeafOutcome, PersonView, explain, matches
from regulars.core.rule.references import References, condition_hash, references
from regulars.core.rule.schema import dump, json_schema, parse
from regulars.core.rule.sentence import sentence

__all__ = [
    "Compiled",
    "Counted",
    "DaySums",
    "Field",
    "FieldCatalog",
    "LakeBinding",
    "LeafOutcome",
    "LeafPath",
    "PersonView",
    "References",
    "Relation",
    "RowArrays",
    "Rule",
    "WindowColumn",
    "check",
    "compile_lake",
    "compile_live",
    "condition_hash",
    "dump",
    "explain",
    "fields",
    "json_schema",
    "leaves",
    "matches",
    "parse",
    "references",
    "require_live",
    "sentence",
]
