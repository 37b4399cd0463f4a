"""What can be asked of which type of field, with the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from regulars.core.rule.ast import CompareOp, Measure
from regulars.core.text import Text

FieldType = Literal["int", "money", "text", "date", "set", "bool", "month_day", "cell"]
"""month_day: month * 100 + day of every year. cell: a coarse place as rule/place.py writes it."""

NUMBERS: frozenset[FieldType] = frozenset({"int", "money"})


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of field leaves. argument: the form the builder draws; types: which fields take it."""

    op: str
    label: Text
    argument: Literal["value", "values", "range", "days", "place", "none"]
    types: tuple[FieldType, ...]

    def json(self) -> dict[str, Any]:
        """Return the operator for the builder."""
        return {
            "op": self.op,
            "label": label_json(self.label),
            "argument": self.argument,
            "types": list(self.types),
        }


def label_json(text: Text) -> dict[str, str]:
    """Return both languages as JSON."""
    return {"zh": text.zh, "en": text.en}


OPERATORS: tuple[Operator, ...] = (
    Operator("eq", Text("等于", "is"), "value", ("int", "money", "text", "date", "bool")),
    Operator("ne", Text("不等于", "is not"), "value", ("int", "money", "text", "date", "bool")),
    Operator("lt", Text("小于", "less than"), "value", ("int", "money", "date")),
    Operator("le", Text("不超过", "at most"), "value", ("int", "money", "date")),
    Operator("gt", Text("大于", "more than"), "value", ("int", "money", "date")),
    Operator("ge", Text("至少", "at least"), "value", ("int", "money", "date")),
    Operator("in", Text("是其中之一", "is one of"), "values", ("int", "money", "text")),
    Operator("between", Text("介于", "between"), "range", ("int", "money", "date")),
    Operator("has", Text("包含", "includes"), "value", ("set",)),
    Operator("contains", Text("含有文字", "contains"), "value", ("text",)),
    Operator("starts", Text("开头是", "starts with"), "value", ("text",)),
    Operator("within_days", Text("在最近几天内", "within the last days"), "days", ("date",)),
    Operator("older_than_days", Text("在几天前或更早", "that many days ago or more"), "days", ("date",)),
    Operator("birthday_within", Text("在未来几天内", "within the next days"), "days", ("month_day",)),
    Operator("near", Text("在附近", "near"), "place", ("cell",)),
    Operator(
        "known", Text("有值", "is known"), "none", ("int", "money", "text", "date", "set", "bool", "month_day", "cell")
    ),
)
MEASURES: dict[Measure, Text] = {
    "count": Text("次数", "number of times"),
    "days": Text("天数", "number of days"),
    "sum": Text("合计", "sum"),
    "min": Text("最小值", "smallest"),
    "max": Text("最大值", "largest"),
}
COMPARES: dict[CompareOp, Text] = {op.op: op.label for op in OPERATORS[:6]}  # pyright: ignore[reportAssignmentType] - the first six are the comparisons


def allowed(field_type: FieldType) -> tuple[str, ...]:
    """Return the operators that suit a type."""
    return tuple(op.op for op in OPERATORS if field_type in op.types)


def operators_json() -> dict[str, Any]:
    """Return operators of fields, and the measures and comparisons of `did`, for the builder."""
    return {
        "fields": [op.json() for op in OPERATORS],
        "measures": [{"measure": key, "label": label_json(label)} for key, label in MEASURES.items()],
        "compares": [{"compare": key, "label": label_json(label)} for key, label in COMPARES.items()],
    }
