"""A rule as JSON: reading it with clear errors, writing it, and the schema that draws the builder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from regulars.core.errors import BadInput
from regulars.core.rule import ast
from regulars.core.rule.ast import MAX_BYTES, MAX_DEPTH, MAX_LEAVES, Rule
from regulars.core.rule.catalog import FieldCatalog, fields
from regulars.core.rule.check import check
from regulars.core.rule.operators import OPERATORS

_rules: TypeAdapter[Rule] = TypeAdapter(Rule)
_STEPS = (ast.Step, ast.StepSequence, ast.InSegment)
_PART_NAMES = frozenset(
    name
    for model in (ast.Group, ast.Not, ast.Compare, ast.In, ast.Between, ast.WithinDays, ast.Near, ast.Did, *_STEPS)
    for name in model.model_fields
) | {"kind", "start", "end"}
_OPS = ", ".join(
    ["and", "or", "not", *(op.op for op in OPERATORS), "did", "sequence", "count_within", "in_segment", "everyone"]
)


def parse(json: object, catalog: FieldCatalog = fields) -> Rule:
    """Read a rule from decoded JSON and check it against the catalogue.

    Raises: BadInput naming the path of the bad part ("$.rules[1].value"), the field, and what is allowed.
    """
    _limit_size(json)
    try:
        rule = _rules.validate_python(json)
    except ValidationError as error:
        path, message = _explain(error.errors()[0])
        hint = "Correct this part of the rule and try again."
        raise BadInput(f"{path}: {message}.", hint, code="rule.malformed", path=path) from error
    check(rule, catalog)
    if len(_rules.dump_json(rule)) > MAX_BYTES:
        raise BadInput(
            f"The rule is longer than {MAX_BYTES} bytes of JSON.",
            "Import long lists as a static segment and refer to it.",
            code="rule.too_large",
        )
    return rule


def dump(rule: Rule) -> dict[str, Any]:
    """Write a rule as JSON; `parse` of it gives the same rule."""
    return _rules.dump_python(rule, mode="json")


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the tree (draft 2020-12). Which fields exist is the catalogue's to say."""
    return _rules.json_schema()


def _explain(problem: ErrorDetails) -> tuple[str, str]:
    """Return (path of the bad part, what is wrong with it) in words of rules."""
    path, kind = _path(problem["loc"]), problem["type"]
    if kind in {"union_tag_invalid", "union_tag_not_found"} and not path.endswith("window"):
        return path, f"op must be one of {_OPS}"
    if kind == "model_attributes_type":
        return path, "this must be an object"
    if problem["loc"] and problem["loc"][-1] in {"bool", "int", "str"}:
        return path, "a value is a whole number, text, or true or false"
    return path, problem["msg"].removeprefix("Value error, ")


def _path(location: Sequence[str | int]) -> str:
    parts = ["$"]
    for part in location:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        elif part in _PART_NAMES:
            parts.append(f".{part}")
    return "".join(parts)


def _limit_size(json: object) -> None:
    """Refuse what is too deep or too wide before anything recurses into it."""
    leaf_count = 0
    pending: list[tuple[object, str, int]] = [(json, "$", 1)]
    while pending:
        node, path, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise BadInput(
                f"{path[:200]}: the rule is nested more than {MAX_DEPTH} levels deep.",
                "Make a segment of the inner part and refer to it.",
                code="rule.too_deep",
            )
        inner = list(_inner(node, path))
        # a `did` with conditions of its own is a leaf beside them
        leaf_count += 1 if not inner or (isinstance(node, Mapping) and "where" in node) else 0
        if leaf_count > MAX_LEAVES:
            raise BadInput(
                f"The rule has more than {MAX_LEAVES} conditions.",
                "Use 'in' for lists of values, or make segments of its parts.",
                code="rule.too_large",
            )
        pending.extend((child, at, depth + 1) for at, child in inner)


def _inner(node: object, path: str) -> Iterator[tuple[str, object]]:
    if not isinstance(node, Mapping):
        return
    parts = cast(Mapping[str, object], node)
    for name in ("rules", "steps"):
        several = parts.get(name)
        if isinstance(several, list | tuple):
            yield from ((f"{path}.{name}[{i}]", child) for i, child in enumerate(cast(Sequence[object], several)))
    for name in ("rule", "where"):
        if isinstance(parts.get(name), Mapping):
            yield f"{path}.{name}", parts[name]
