"""Checking an expression against the columns it will meet, and computing it over a batch."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import pyarrow as pa

from regulars.core.errors import BadInput
from regulars.ingest.expression import functions
from regulars.ingest.expression.casts import as_text, cast
from regulars.ingest.expression.functions import FUNCTIONS, LAZY, Function, Param, Place
from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.syntax import Call, Column, Literal, Node, column_names, parse
from regulars.ingest.expression.values import (
    ARROW_TYPES,
    NUMBER,
    Evaluation,
    Value,
    ValueKind,
    constant,
    nulls,
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression. kind: of its result."""

    text: str
    node: Node
    kind: ValueKind

    def run(self, evaluation: Evaluation, active: pa.Array | None = None) -> Value:
        """Compute the column. active: rows that matter (boolean, no nulls); bad cells of others are not noted."""
        return _run(self.node, evaluation, active)


def compile_expression(text: str, kinds: Mapping[str, ValueKind]) -> Expression:
    """Parse and check an expression. kinds: of the source columns.

    Raises: BadInput naming an unknown column (with the closest one), an unknown function, wrong arguments.
    """
    return _compiled(text, parse(text), kinds)


def compile_column(name: str, kinds: Mapping[str, ValueKind]) -> Expression:
    """Return the expression that takes a source column as it is. Raises BadInput when there is none."""
    return _compiled(name, Column(name), kinds)


def _compiled(text: str, node: Node, kinds: Mapping[str, ValueKind]) -> Expression:
    known = {n: n for n in kinds} | {unicodedata.normalize("NFKC", n): n for n in kinds}
    for name in sorted(column_names(node)):
        if name not in known:
            raise unknown_column(name, kinds)
    resolved = _resolve(node, known)
    return Expression(text, resolved, _Checker(text, kinds).kind(resolved))


def unknown_column(name: str, known: Iterable[str]) -> BadInput:
    """Return the error for a column that the file does not have."""
    names = list(known)
    close = difflib.get_close_matches(name, names, 1, 0.6)
    shown = ", ".join(names[:40]) + (" ..." if len(names) > 40 else "")
    message = f"The file has no column {name!r}" + (f" (did you mean {close[0]!r}?)." if close else ".")
    return BadInput(message, f"Its columns are: {shown}.", code="ingest.no_column")


def _resolve(node: Node, known: Mapping[str, str]) -> Node:
    if isinstance(node, Column):
        return Column(known[node.name])
    if isinstance(node, Call):
        return replace(node, args=tuple(_resolve(a, known) for a in node.args))
    return node


class _Checker:
    """Gives every part its kind before a row is read, so that a wrong mapping stops before anything is written."""

    def __init__(self, text: str, kinds: Mapping[str, ValueKind]) -> None:
        self._text = text
        self._kinds = kinds

    def _bad(self, what: str) -> BadInput:
        return BadInput(f"In the expression `{self._text[:80]}`: {what}.", code="ingest.bad_expression")

    def kind(self, node: Node) -> ValueKind:
        if isinstance(node, Column):
            return self._kinds[node.name]
        if isinstance(node, Literal):
            return constant(node.value, 0).kind
        if node.function in LAZY:
            return self._lazy(node)
        if node.function not in FUNCTIONS:
            close = difflib.get_close_matches(node.function, [*FUNCTIONS, *LAZY], 1, 0.6)
            raise self._bad(
                f"there is no function {node.function}()" + (f"; did you mean {close[0]}()?" if close else "")
            )
        function = FUNCTIONS[node.function]
        self._count(function, node)
        kinds: list[ValueKind] = [self._argument(node, param_of(function, i), arg) for i, arg in enumerate(node.args)]
        if node.function in COMPARISONS:
            self._comparable(node, kinds[0], kinds[1])
        return function.result

    def _count(self, function: Function, node: Call) -> None:
        most = None if function.many else len(function.params)
        if len(node.args) < function.least or (most is not None and len(node.args) > most):
            raise self._bad(f"{function.name}() takes {function.least} to {most or 'any number of'} arguments")

    def _argument(self, node: Call, param: Param, arg: Node) -> ValueKind:
        if param.startswith("const_"):
            value = arg.value if isinstance(arg, Literal) else _NOT_CONSTANT
            wrong = functions.check_constant(param, value)
            if wrong:
                raise self._bad(f"{node.function}() {wrong}")
            return "null"
        kind = self.kind(arg)
        if not _fits(kind, param):
            raise self._bad(f"{node.function} needs a {param}, but `{arg.label}` is a {kind}")
        return kind

    def _comparable(self, node: Call, left: ValueKind, right: ValueKind) -> None:
        common = comparison_kind(left, right)
        if not (_fits(left, common) and _fits(right, common)):
            raise self._bad(f"`{node.label}` compares a {left} with a {right}")
        if common == "bool" and node.function not in {"==", "!="}:
            raise self._bad(f"`{node.label}` puts true and false in order")

    def _lazy(self, node: Call) -> ValueKind:
        kinds: list[ValueKind] = [self.kind(a) for a in node.args]
        if node.function in {"and", "or"}:
            wrong = [a.label for a, k in zip(node.args, kinds, strict=True) if k not in ("bool", "null")]
            if wrong:
                raise self._bad(f"`{wrong[0]}` is no condition; compare it with something")
            return "bool"
        if node.function == "if":
            if len(kinds) != 3:
                raise self._bad("if() takes a condition, a value when it holds, and a value when not")
            if kinds[0] not in ("bool", "null"):
                raise self._bad(f"`{node.args[0].label}` is no condition; compare it with something")
            return self._common(node, kinds[1:])
        if not kinds:
            raise self._bad("coalesce() needs at least one value")
        return self._common(node, kinds)

    def _common(self, node: Call, kinds: list[ValueKind]) -> ValueKind:
        common = common_kind(kinds)
        if common is None:
            raise self._bad(f"the values of {node.function}() are of different kinds: {', '.join(kinds)}")
        return common


_NOT_CONSTANT = object()
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


def _fits(kind: ValueKind, param: str) -> bool:
    if param in (kind, "any", "text") or kind == "null":
        return True
    return kind == "text" and param in ("number", "time")


def common_kind(kinds: Iterable[ValueKind]) -> ValueKind | None:
    """Return the kind that all values can take without loss, None if there is none."""
    present = set(kinds) - {"null"}
    if not present:
        return "null"
    if len(present) == 1:
        return present.pop()
    return "text" if present == {"text", "number"} else None


def comparison_kind(left: ValueKind, right: ValueKind) -> ValueKind:
    """Return as what two sides are compared: a number or time draws text with it."""
    for kind in ("time", "number", "bool"):
        if kind in (left, right):
            return kind
    return "text"


def param_of(function: Function, place: int) -> Param:
    """Return the parameter at a place; the last one repeats."""
    return function.params[min(place, len(function.params) - 1)]


def _run(node: Node, evaluation: Evaluation, active: pa.Array | None) -> Value:
    if isinstance(node, Column):
        return evaluation.columns[node.name]
    if isinstance(node, Literal):
        return constant(node.value, evaluation.length)
    if node.function in LAZY:
        return _LAZY[node.function](node, evaluation, active)
    function = FUNCTIONS[node.function]
    if node.function in COMPARISONS:
        arrays = _comparison_sides(node, evaluation, active)
    elif node.choices:
        arrays = _with_choices(node, evaluation, active)
    else:
        arrays = [_argument(function, i, a, evaluation, active) for i, a in enumerate(node.args)]
    place = _place(node, evaluation, active)
    return Value(function.result, function.run(place, *arrays))


def _place(node: Call, evaluation: Evaluation, active: pa.Array | None) -> Place:
    first = node.args[0]
    if isinstance(first, Column) and node.function in {"to_time", "to_int"}:
        return Place(evaluation, active, first.label, as_text(evaluation.columns[first.name]))
    return Place(evaluation, active, node.label)


def _argument(
    function: Function, place: int, arg: Node, evaluation: Evaluation, active: pa.Array | None
) -> pa.Array | str | int:
    param = param_of(function, place)
    if param.startswith("const_"):
        value = arg.value if isinstance(arg, Literal) else None
        return int(value) if isinstance(value, Decimal) else str(value)
    value = _run(arg, evaluation, active)
    if param == "any":
        return value.array
    kinds: dict[Param, ValueKind] = {"text": "text", "number": "number", "bool": "bool", "time": "time"}
    return cast(value, kinds[param], evaluation, active, arg.label).array


def _comparison_sides(node: Call, evaluation: Evaluation, active: pa.Array | None) -> list[pa.Array]:
    values = [_run(a, evaluation, active) for a in node.args]
    kind = comparison_kind(values[0].kind, values[1].kind)
    return [cast(v, kind, evaluation, active, a.label).array for v, a in zip(values, node.args, strict=True)]


def _with_choices(node: Call, evaluation: Evaluation, active: pa.Array | None) -> list[pa.Array]:
    kind: ValueKind = "number" if isinstance(node.choices[0], Decimal) else "text"
    value = cast(_run(node.args[0], evaluation, active), kind, evaluation, active, node.args[0].label)
    return [value.array, pa.array(node.choices, NUMBER if kind == "number" else pa.string())]


def _condition(node: Node, evaluation: Evaluation, active: pa.Array | None) -> pa.Array:
    array = _run(node, evaluation, active).array.cast(pa.bool_())
    return pc.fill_null(array, fill_value=False)


def _narrowed(active: pa.Array | None, by: pa.Array) -> pa.Array:
    return by if active is None else pc.and_(active, by)


def _branch(node: Node, kind: ValueKind, evaluation: Evaluation, active: pa.Array) -> pa.Array:
    if not pc.any(active, min_count=0).as_py():
        return nulls(kind, evaluation.length).array
    return cast(_run(node, evaluation, active), kind, evaluation, active, node.label).array


def _run_if(node: Call, evaluation: Evaluation, active: pa.Array | None) -> Value:
    holds = _condition(node.args[0], evaluation, active)
    kind = _kind_of(node.args[1:], evaluation)
    then = _branch(node.args[1], kind, evaluation, _narrowed(active, holds))
    other = _branch(node.args[2], kind, evaluation, _narrowed(active, pc.invert(holds)))
    return Value(kind, pc.if_else(holds, then, other))


def _run_coalesce(node: Call, evaluation: Evaluation, active: pa.Array | None) -> Value:
    kind = _kind_of(node.args, evaluation)
    found = pa.nulls(evaluation.length, ARROW_TYPES[kind])
    for arg in node.args:
        still = _narrowed(active, pc.is_null(found))
        found = pc.coalesce(found, _branch(arg, kind, evaluation, still))
    return Value(kind, found)


def _run_and(node: Call, evaluation: Evaluation, active: pa.Array | None) -> Value:
    left = _condition(node.args[0], evaluation, active)
    right = _condition(node.args[1], evaluation, _narrowed(active, left))
    return Value("bool", pc.and_(left, right))


def _run_or(node: Call, evaluation: Evaluation, active: pa.Array | None) -> Value:
    left = _condition(node.args[0], evaluation, active)
    right = _condition(node.args[1], evaluation, _narrowed(active, pc.invert(left)))
    return Value("bool", pc.or_(left, right))


def _kind_of(nodes: Iterable[Node], evaluation: Evaluation) -> ValueKind:
    kinds: dict[str, ValueKind] = {n: v.kind for n, v in evaluation.columns.items()}
    checker = _Checker("", kinds)
    return common_kind(checker.kind(n) for n in nodes) or "text"


_LAZY = {"if": _run_if, "coalesce": _run_coalesce, "and": _run_and, "or": _run_or}
