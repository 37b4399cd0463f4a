"""From the text of an expression to its tree: Python's grammar, of which very little is let through."""

from __future__ import annotations

import ast
import io
import tokenize
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from regulars.core.errors import BadInput
from regulars.ingest.expression.values import Scalar

MAX_LENGTH = 4_000
MAX_NODES = 600
MAX_DEPTH = 60
_IF = "_if_"
_CONSTANTS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_BINARY: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the expression."""

    value: Scalar

    @property
    def label(self) -> str:
        """How it is written."""
        return repr(self.value) if isinstance(self.value, str) else str(self.value)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the source, by its name."""

    name: str

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator over parts. label: as written. choices: the values of `in (...)`."""

    function: str
    args: tuple[Node, ...]
    label: str
    choices: tuple[Scalar, ...] = ()


Node = Literal | Column | Call


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises: BadInput saying what is not understood. Names are columns; `col("Order ID")` for names with spaces.
    """
    if len(text) > MAX_LENGTH:
        raise BadInput(f"The expression is longer than {MAX_LENGTH} characters.", code="ingest.bad_expression")
    try:
        tree = ast.parse(_rewrite_if(text.strip()), mode="eval")
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError) as error:
        what = getattr(error, "msg", None) or str(error)
        raise _bad(text, f"it cannot be read ({what})") from error
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise _bad(text, "it is too large")
    return _Builder(text).build(tree.body, 0)


def column_names(node: Node) -> set[str]:
    """Return the names of all source columns that an expression reads."""
    if isinstance(node, Column):
        return {node.name}
    if isinstance(node, Call):
        return set[str]().union(*(column_names(a) for a in node.args))
    return set()


def _bad(text: str, what: str) -> BadInput:
    shown = text if len(text) <= 80 else text[:77] + "..."
    return BadInput(
        f"In the expression `{shown}`: {what}.",
        "Functions and operators are listed in the import guide.",
        code="ingest.bad_expression",
    )


def _rewrite_if(text: str) -> str:
    # `if(a, b, c)` is what everybody knows from spreadsheets, but `if` is a keyword of Python's grammar.
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    out: list[tuple[int, str]] = []
    for token in tokens:
        spelt = _IF if token.type == tokenize.NAME and token.string.lower() == "if" else token.string
        if token.type not in (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT):
            out.append((token.type, spelt))
    return " ".join(spelt for _, spelt in out)


class _Builder:
    def __init__(self, text: str) -> None:
        self._text = text

    def build(self, node: ast.AST, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _bad(self._text, "it is nested too deeply")
        build = getattr(self, f"_{type(node).__name__.lower()}", None)
        if build is None:
            raise _bad(self._text, f"`{self._spell(node)}` is not allowed; use if(condition, then, else) and functions")
        return build(node, depth + 1)

    def _spell(self, node: ast.AST) -> str:
        return ast.unparse(node).replace(_IF, "if")

    def _call_of(self, name: str, parts: list[ast.expr], node: ast.AST, depth: int) -> Call:
        return Call(name, tuple(self.build(p, depth) for p in parts), self._spell(node))

    def _constant(self, node: ast.Constant, _depth: int) -> Node:
        value = node.value
        if value is None or isinstance(value, bool | str):
            return Literal(value)
        if isinstance(value, int | float):
            return Literal(self._number(value))
        raise _bad(self._text, f"`{self._spell(node)}` is not allowed")

    def _number(self, value: float) -> Decimal:
        number = Decimal(repr(value))
        exponent = number.as_tuple().exponent
        if not number.is_finite() or abs(number) >= 10**20 or not isinstance(exponent, int) or exponent < -10:
            raise _bad(self._text, f"{value} is not a number of up to 20 digits before and 10 after the point")
        return number

    def _name(self, node: ast.Name, _depth: int) -> Node:
        if node.id in _CONSTANTS:
            return Literal(_CONSTANTS[node.id])
        return Column(unicodedata.normalize("NFKC", node.id))

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Node:
        if isinstance(node.op, ast.Not):
            return self._call_of("not", [node.operand], node, depth)
        if isinstance(node.op, ast.USub):
            return self._call_of("negate", [node.operand], node, depth)
        raise _bad(self._text, f"`{self._spell(node)}` is not allowed")

    def _binop(self, node: ast.BinOp, depth: int) -> Node:
        sign = _BINARY.get(type(node.op))
        if sign is None:
            raise _bad(self._text, f"the operator in `{self._spell(node)}` is not allowed; there are + - * /")
        return self._call_of(sign, [node.left, node.right], node, depth)

    def _boolop(self, node: ast.BoolOp, depth: int) -> Node:
        name = "and" if isinstance(node.op, ast.And) else "or"
        built = self.build(node.values[0], depth)
        for part in node.values[1:]:
            built = Call(name, (built, self.build(part, depth)), self._spell(node))
        return built

    def _compare(self, node: ast.Compare, depth: int) -> Node:
        built: Node | None = None
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            part = self._comparison(op, left, right, depth)
            built = part if built is None else Call("and", (built, part), self._spell(node))
            left = right
        assert built is not None  # noqa: S101 - the grammar gives at least one comparison
        return built

    def _comparison(self, op: ast.cmpop, left: ast.expr, right: ast.expr, depth: int) -> Node:
        label = f"{self._spell(left)} ... {self._spell(right)}"
        if isinstance(op, ast.In | ast.NotIn):
            return Call(
                "in" if isinstance(op, ast.In) else "not_in",
                (self.build(left, depth),), label, self._choices(right, depth),
            )  # fmt: skip
        if type(op) not in _COMPARE:
            raise _bad(self._text, "`is` is not allowed; use is_null(x) or ==")
        return Call(_COMPARE[type(op)], (self.build(left, depth), self.build(right, depth)), label)

    def _choices(self, node: ast.expr, depth: int) -> tuple[Scalar, ...]:
        if not isinstance(node, ast.Tuple | ast.List) or not node.elts:
            raise _bad(self._text, "`in` needs a list of values in brackets, such as ('a', 'b')")
        built = [self.build(e, depth) for e in node.elts]
        values = [b.value for b in built if isinstance(b, Literal)]
        if len(values) != len(built) or len({type(v) for v in values}) != 1 or not isinstance(values[0], str | Decimal):
            raise _bad(self._text, "the list after `in` must hold only texts or only numbers")
        return tuple(values)

    def _call(self, node: ast.Call, depth: int) -> Node:
        if not isinstance(node.func, ast.Name) or node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise _bad(self._text, f"`{self._spell(node)}` is not allowed")
        name = "if" if node.func.id == _IF else node.func.id
        if name == "col":
            return self._col(node)
        return self._call_of(name, node.args, node, depth)

    def _col(self, node: ast.Call) -> Node:
        only = node.args[0] if len(node.args) == 1 else None
        if not isinstance(only, ast.Constant) or not isinstance(only.value, str):
            raise _bad(self._text, 'col() takes one column name in quotes: col("Order ID")')
        return Column(only.value)
