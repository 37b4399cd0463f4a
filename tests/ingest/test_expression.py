"""The expression language: against a row-by-row reading in Python, and what it refuses."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.errors import BadInput
from regulars.ingest.expression.casts import as_text, load, parse_number
from regulars.ingest.expression.evaluate import compile_expression
from regulars.ingest.expression.times import check_format, parse_time
from regulars.ingest.expression.values import Evaluation, Value

Row = dict[str, object]
TEXTS = st.one_of(st.none(), st.sampled_from(["", "C12", "A1", "abc", "订单", "12", "-3.5", "0", "x y"]))
NUMBERS = st.one_of(st.none(), st.decimals(-9999, 9999, places=3), st.integers(-50, 50).map(Decimal))
ROWS = st.lists(st.fixed_dictionaries({"t": TEXTS, "u": TEXTS, "n": NUMBERS, "m": NUMBERS}), min_size=1, max_size=8)


def _quote(text: str) -> str:
    return repr(text)


TEXT_EXPR = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["t", "u"]),
        st.sampled_from(["C", "12", "", "订"]).map(_quote),
        st.tuples(st.sampled_from(["lower", "upper", "trim"]), TEXT_EXPR).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(["left", "right"]), TEXT_EXPR, st.integers(0, 4)).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
        st.tuples(TEXT_EXPR, TEXT_EXPR).map(lambda p: f"concat({p[0]}, {p[1]})"),
        st.tuples(TEXT_EXPR, TEXT_EXPR).map(lambda p: f"coalesce({p[0]}, {p[1]})"),
        st.tuples(BOOL_EXPR, TEXT_EXPR, TEXT_EXPR).map(lambda p: f"if({p[0]}, {p[1]}, {p[2]})"),
        NUMBER_EXPR.map(lambda e: f"to_text({e})"),
    )
)
NUMBER_EXPR = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["n", "m"]),
        st.integers(-20, 20).map(str),
        st.sampled_from(["0.5", "2.25"]),
        st.tuples(NUMBER_EXPR, st.sampled_from("+-*"), NUMBER_EXPR).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(NUMBER_EXPR, st.integers(0, 3)).map(lambda p: f"round({p[0]}, {p[1]})"),
        NUMBER_EXPR.map(lambda e: f"abs({e})"),
        st.tuples(NUMBER_EXPR, NUMBER_EXPR).map(lambda p: f"coalesce({p[0]}, {p[1]})"),
        st.tuples(BOOL_EXPR, NUMBER_EXPR, NUMBER_EXPR).map(lambda p: f"if({p[0]}, {p[1]}, {p[2]})"),
        TEXT_EXPR.map(lambda e: f"length({e})"),
    )
)
BOOL_EXPR = st.deferred(
    lambda: st.one_of(
        st.tuples(NUMBER_EXPR, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), NUMBER_EXPR).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        st.tuples(TEXT_EXPR, st.sampled_from(["==", "!="]), TEXT_EXPR).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(TEXT_EXPR, st.sampled_from(["in", "not in"])).map(lambda p: f"({p[0]} {p[1]} ('C12', '12'))"),
        st.tuples(st.sampled_from(["starts_with", "ends_with", "contains"]), TEXT_EXPR).map(
            lambda p: f"{p[0]}({p[1]}, 'C')"
        ),
        TEXT_EXPR.map(lambda e: f"is_null({e})"),
        BOOL_EXPR.map(lambda e: f"(not {e})"),
        st.tuples(BOOL_EXPR, st.sampled_from(["and", "or"]), BOOL_EXPR).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
    )
)


class Oracle:
    """The language read one row at a time, by Python's own evaluator."""

    def __init__(self, row: Row) -> None:
        self.names = {
            **row, "_if": lambda c, a, b: a if c else b, "coalesce": self.coalesce, "lower": self.on(str.lower),
            "upper": self.on(str.upper), "trim": self.on(str.strip), "left": self.on(lambda t, n: t[:n]),
            "right": self.on(lambda t, n: t[len(t) - n :] if n < len(t) else t),
            "concat": lambda *p: "".join(x or "" for x in p), "to_text": self.on(self.plain),
            "round": self.on(self.round), "abs": self.on(abs), "length": self.on(lambda t: Decimal(len(t))),
            "is_null": lambda x: x is None, "starts_with": lambda t, p: t is not None and t.startswith(p),
            "ends_with": lambda t, p: t is not None and t.endswith(p),
            "contains": lambda t, p: t is not None and p in t,
        }  # fmt: skip

    @staticmethod
    def on(function):
        return lambda x, *more: None if value(x) is None else function(value(x), *more)

    @staticmethod
    def coalesce(*values_):
        return next((value(v) for v in values_ if value(v) is not None), None)

    @staticmethod
    def round(number: Decimal, places: int) -> Decimal:
        return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)

    @staticmethod
    def plain(number: Decimal) -> str:
        text = format(number, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text in ("-0", "") else text


def value(x: object) -> object:
    return x


def oracle(text: str, row: Row) -> object:  # noqa: C901 - one visitor per kind of node
    import ast

    class Eval(ast.NodeVisitor):
        def visit_Expression(self, node):
            return self.visit(node.body)

        def visit_Name(self, node):
            return names[node.id]

        def visit_Constant(self, node):
            return Decimal(repr(node.value)) if isinstance(node.value, int | float) else node.value

        def visit_UnaryOp(self, node):
            inner = self.visit(node.operand)
            if isinstance(node.op, ast.Not):
                return not inner
            return None if inner is None else -inner

        def visit_BinOp(self, node):
            a, b = self.visit(node.left), self.visit(node.right)
            if a is None or b is None:
                return None
            done = {ast.Add: lambda: a + b, ast.Sub: lambda: a - b, ast.Mult: lambda: a * b}[type(node.op)]()
            return done.quantize(Decimal("1e-10"), ROUND_HALF_UP)

        def visit_BoolOp(self, node):
            a, b = (self.visit(v) for v in node.values)
            return (a and b) if isinstance(node.op, ast.And) else (a or b)

        def visit_Compare(self, node):
            a = self.visit(node.left)
            if isinstance(node.ops[0], ast.In | ast.NotIn):
                inside = a in ("C12", "12")
                return a is not None and (inside if isinstance(node.ops[0], ast.In) else not inside)
            b = self.visit(node.comparators[0])
            if a is None or b is None:
                return False
            return {ast.Lt: lambda: a < b, ast.LtE: lambda: a <= b, ast.Gt: lambda: a > b, ast.GtE: lambda: a >= b,
                    ast.Eq: lambda: a == b, ast.NotEq: lambda: a != b}[type(node.ops[0])]()  # fmt: skip

        def visit_Call(self, node):
            args = [self.visit(a) for a in node.args]
            if node.func.id in ("left", "right", "round"):
                args[1] = int(args[1])
            return names[node.func.id](*args)

    names = Oracle(row).names
    return Eval().visit(ast.parse(text.replace("if(", "_if("), mode="eval"))


def run(text: str, rows: list[Row]) -> tuple[list[object], Evaluation]:
    kinds = {"t": "text", "u": "text", "n": "number", "m": "number"}
    missing = ("",)
    columns = {
        name: load(
            pa.array([r[name] for r in rows], pa.string() if kind == "text" else pa.decimal128(20, 3)),
            zone="UTC", trim=False, missing=missing,
        )
        for name, kind in kinds.items()
    }  # fmt: skip
    evaluation = Evaluation(len(rows), columns)
    found = compile_expression(text, {n: v.kind for n, v in columns.items()}).run(evaluation)
    return found.array.to_pylist(), evaluation


@settings(max_examples=250, deadline=None)
@given(st.one_of(TEXT_EXPR, NUMBER_EXPR, BOOL_EXPR), ROWS)
def test_kernels_agree_with_python(text: str, rows: list[Row]) -> None:
    if len(text) > 1500:
        return
    got, evaluation = run(text, rows)
    if evaluation.problems:  # too large a product: the cell is refused, which Python's oracle does not do
        assert {p.code for p in evaluation.problems} == {"too_large"}
        return
    plain = [{k: None if v == "" else v for k, v in row.items()} for row in rows]
    assert got == [oracle(text, row) for row in plain]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Quantit < 0", "no column"),
        ("__import__('os')", "no function __import__"),
        ("t.upper()", "not allowed"),
        ("t[0]", "not allowed"),
        ("(lambda: 1)()", "not allowed"),
        ("[x for x in t]", "not allowed"),
        ("f'{t}'", "not allowed"),
        ("1 if n else 2", "cannot be read"),
        ("n ** 9", "not allowed"),
        ("if(n, 1, 2)", "no condition"),
        ("n + (t == 'a')", "needs a number"),
        ("lower(t, u)", "takes 1 to 1"),
        ("matches(t, '(')", "regular expression"),
        ("left(t, n)", "whole number"),
        ("to_time(t, '%Y')", "year, a month and a day"),
        ("n in (1, 'a')", "only texts or only numbers"),
        ("n is null", "is_null"),
        ("9e99 + n", "not a number"),
        ("rund(n)", "did you mean round()"),
        ("if(t == 'a', n, n > 1)", "different kinds"),
        ("(" * 300 + "n" + ")" * 300, "cannot be read"),
        ("+".join("n" * 100), "nested too deeply"),
        ("n + " * 2000 + "n", "longer than"),
    ],
)
def test_refusals_say_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        compile_expression(text, {"t": "text", "u": "text", "n": "number", "m": "number"})
    assert says in caught.value.message


def test_a_branch_not_taken_is_never_at_fault() -> None:
    rows: list[Row] = [{"t": "x", "u": "1", "n": None, "m": None}, {"t": "7", "u": "2", "n": None, "m": None}]
    got, evaluation = run("if(t == 'x', 0, to_decimal(t))", rows)
    assert got == [Decimal(0), Decimal(7)]
    assert evaluation.problems == []
    _, evaluation = run("to_decimal(t) + 1", rows)
    assert [(p.code, p.field, p.where.to_pylist()) for p in evaluation.problems] == [("not_number", "t", [True, False])]


def test_division_by_zero_is_a_bad_cell() -> None:
    rows: list[Row] = [{"t": "", "u": "", "n": Decimal(1), "m": Decimal(m)} for m in (0, 3)]
    got, evaluation = run("n / m", rows)
    assert got == [None, Decimal("0.3333333333")]
    assert [p.code for p in evaluation.problems] == ["divided_by_zero"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.50", "1234.5"), ("¥12", "12"), ("￥１２．５", "12.5"), ("12元", "12"), ("(3.20)", "-3.2"), ("$-3", "-3"),
     ("-$3", "-3"), ("1e3", "1000"), (".5", "0.5"), ("5.", "5"), ("−7", "-7"), ("+8", "8"), ("00012", "12"),
     ("0.00000000004", "0"), ("12345678901234567890", "12345678901234567890"), ("abc", None), ("--3", None),
     ("1,23", None), ("3 4", None), ("", None), ("(3", None), ("1e99", None), ("999999999999999999999", None)],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, number: str | None) -> None:
    got, bad = parse_number(pa.array([text, "1"]))
    assert got.to_pylist() == [None if number is None else Decimal(number), Decimal(1)]
    assert bad.to_pylist() == [number is None, False]


def test_decimal_comma() -> None:
    assert parse_number(pa.array(["1.234,50"]), decimal_comma=True)[0].to_pylist() == [Decimal("1234.5")]


@given(st.decimals(-(10**12), 10**12, places=6))
def test_numbers_keep_their_text(number: Decimal) -> None:
    array = pa.array([number], pa.decimal128(30, 10))
    assert as_text(Value("number", array)).to_pylist() == [Oracle.plain(number)]


@pytest.mark.parametrize(
    ("text", "formats", "utc"),
    [("2011-07-01 09:00", (), "2011-07-01 08:00:00+00:00"), ("2011/1/2", (), "2011-01-02 00:00:00+00:00"),
     ("2011-01-02T03:04:05Z", (), "2011-01-02 03:04:05+00:00"), ("20110102030405", (), "2011-01-02 03:04:05+00:00"),
     ("2011-07-02 03:04:05.25+08:00", (), "2011-07-01 19:04:05.250000+00:00"),
     ("2011年7月4日 5时6分", (), "2011-07-04 04:06:00+00:00"), ("2012-02-29", (), "2012-02-29 00:00:00+00:00"),
     ("2011-02-29", (), None), ("2022-13-01", (), None), ("2011-01-02 25:00", (), None), ("tomorrow", (), None),
     ("31/12/2010 8:26", ("%d/%m/%Y %H:%M",), "2010-12-31 08:26:00+00:00"),
     ("12/31/10 1:05 PM", ("%d/%m/%y %H:%M", "%m/%d/%y %I:%M %p"), "2010-12-31 13:05:00+00:00"),
     ("31/02/2010", ("%d/%m/%Y",), None), ("1 Dec 2010", ("%d %b %Y",), "2010-12-01 00:00:00+00:00"),
     # The hour that never was moves on; the hour that was twice is its first.
     ("2011-03-27 01:30", (), "2011-03-27 01:30:00+00:00"), ("2011-10-30 01:30", (), "2011-10-30 00:30:00+00:00")],
)  # fmt: skip
def test_times(text: str, formats: tuple[str, ...], utc: str | None) -> None:
    got, bad = parse_time(pa.array([text, None], pa.string()), formats, "Europe/London")
    assert [str(v) if v else None for v in got.to_pylist()] == [utc, None]
    assert bad.to_pylist() == [utc is None, False]


def test_formats_are_checked() -> None:
    assert check_format("%d/%m/%Y") == ""
    assert "%Q" in check_format("%Q/%m/%Y")
    assert check_format("%d/%m") != ""
    assert check_format("%d/%m/%Y %Y") != ""


def test_chinese_headers_are_names() -> None:
    columns = {"数量": load(pa.array(["2"]), zone="UTC", trim=True, missing=("",)),
               "单价（元）": load(pa.array(["3.5"]), zone="UTC", trim=True, missing=("",))}  # fmt: skip
    evaluation = Evaluation(1, columns)
    found = compile_expression("数量 * col('单价（元）')", {n: "text" for n in columns}).run(evaluation)
    assert found.array.to_pylist() == [Decimal(7)]
    assert unicodedata.normalize("NFKC", "数量") == "数量"
