"""Rules as PostgreSQL conditions over `person_state` aliased `ps`: gates that must answer in the moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString

from psycopg import sql

from regulars.core.rule.ast import (
    Between,
    BirthdayWithin,
    Compare,
    CompareOp,
    Everyone,
    FieldLeaf,
    Group,
    Has,
    In,
    Known,
    Near,
    Not,
    OlderThanDays,
    Rule,
    Scalar,
    TextMatch,
    WithinDays,
)
from regulars.core.rule.catalog import Field, FieldCatalog
from regulars.core.rule.check import require_live
from regulars.core.rule.operators import FieldType
from regulars.core.rule.place import cells_within
from regulars.core.rule.window import month_days, shift

_SQL_OP: dict[CompareOp, LiteralString] = {
    "eq": "=",
    "ne": "<>",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}
_SQL_TYPE: dict[FieldType, LiteralString] = {
    "int": "bigint",
    "money": "bigint",
    "text": "text",
    "set": "text",
    "date": "date",
    "bool": "boolean",
    "month_day": "bigint",
    "cell": "text",
}


def compile_live(
    rule: Rule, catalog: FieldCatalog, *, today: date, prefix: LiteralString = "rule_"
) -> tuple[sql.Composed, dict[str, Any]]:
    """Return (boolean SQL over alias `ps`, its named parameters) for a checked rule.

    The SQL is true or false, never null. prefix: of the parameters' names, to keep several rules apart.
    Raises: BadInput naming the field or leaf that is only known in the lake.
    """
    require_live(rule, catalog)
    compiler = _Compiler(catalog, today, prefix)
    condition = compiler.condition(rule)
    return condition, compiler.values


class _Compiler:
    def __init__(self, catalog: FieldCatalog, today: date, prefix: str) -> None:
        self.catalog = catalog
        self.today = today
        self.prefix = prefix
        self.values: dict[str, Any] = {}

    def bind(self, value: object, sql_type: LiteralString) -> sql.Composed:
        name = f"{self.prefix}{len(self.values)}"
        self.values[name] = value
        return sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(sql_type))

    def condition(self, rule: Rule) -> sql.Composed:
        if isinstance(rule, Not):
            return sql.SQL("(not {})").format(self.condition(rule.rule))
        if isinstance(rule, Group):
            joiner = sql.SQL(" and ") if rule.op == "and" else sql.SQL(" or ")
            return sql.SQL("({})").format(joiner.join([self.condition(child) for child in rule.rules]))
        if isinstance(rule, Everyone):
            return sql.Composed([sql.SQL("true")])
        if not isinstance(rule, FieldLeaf):
            raise TypeError(f"{rule.op!r} is never live; require_live() refuses it.")
        asked = self.catalog.get(rule.field)
        expression = sql.SQL(asked.live or "")
        guard, comparison = self._guard(asked, expression), self._comparison(rule, expression, asked.type)
        return sql.SQL("coalesce({} and {}, false)").format(guard, comparison)

    def _guard(self, asked: Field, expression: sql.SQL) -> sql.Composed:
        if asked.type == "set":
            return sql.SQL("cardinality({}) > 0").format(expression)
        if asked.missing is None:
            return sql.SQL("({}) is not null").format(expression)
        return sql.SQL("({}) <> {}").format(expression, self.bind(asked.missing, _SQL_TYPE[asked.type]))

    def _comparison(self, leaf: FieldLeaf, expression: sql.SQL, field_type: FieldType) -> sql.Composed:
        sql_type = _SQL_TYPE[field_type]
        match leaf:
            case Known():
                return sql.Composed([sql.SQL("true")])
            case Compare():
                value = self._value(leaf.value, sql_type)
                return sql.SQL("({}) {} {}").format(expression, sql.SQL(_SQL_OP[leaf.op]), value)
            case In():
                return self._among(expression, list(leaf.values), sql_type)
            case Has():
                return sql.SQL("{} = any({})").format(self.bind(leaf.value, sql_type), expression)
            case Between():
                low, high = self._value(leaf.low, sql_type), self._value(leaf.high, sql_type)
                return sql.SQL("({0}) >= {1} and ({0}) < {2}").format(expression, low, high)
            case TextMatch():
                name = sql.SQL("starts_with" if leaf.op == "starts" else "strpos")
                found = sql.SQL("{}({}, {})").format(name, expression, self.bind(leaf.value, sql_type))
                return found if leaf.op == "starts" else sql.SQL("{} > 0").format(found)
            case WithinDays() | OlderThanDays() | BirthdayWithin():
                return self._age(leaf, expression, sql_type)
            case Near():
                return self._among(expression, sorted(cells_within(leaf.lat, leaf.lon, leaf.km)), sql_type)

    def _age(
        self, leaf: WithinDays | OlderThanDays | BirthdayWithin, expression: sql.SQL, sql_type: LiteralString
    ) -> sql.Composed:
        if isinstance(leaf, BirthdayWithin):
            return self._among(expression, month_days(self.today, leaf.days), sql_type)
        first = self.bind(shift(self.today, 1 - leaf.days), sql_type)
        if isinstance(leaf, OlderThanDays):
            return sql.SQL("({}) < {}").format(expression, first)
        return sql.SQL("({0}) >= {1} and ({0}) <= {2}").format(expression, first, self.bind(self.today, sql_type))

    def _among(self, expression: sql.SQL, values: Sequence[Scalar], sql_type: LiteralString) -> sql.Composed:
        return sql.SQL("({}) = any({}[])").format(expression, self.bind(values, sql_type))

    def _value(self, value: Scalar, sql_type: LiteralString) -> sql.Composed:
        return self.bind(date.fromisoformat(str(value)) if sql_type == "date" else value, sql_type)
