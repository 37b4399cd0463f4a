"""Rules as ClickHouse SQL over the lake: each leaf takes the cheapest path that can answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from regulars.core.rule.ast import (
    Between,
    BirthdayWithin,
    Compare,
    CompareOp,
    CountWithin,
    Did,
    Everyone,
    FieldLeaf,
    Group,
    Has,
    In,
    InSegment,
    Known,
    Leaf,
    Near,
    Not,
    OlderThanDays,
    RowsLeaf,
    Rule,
    Scalar,
    StepSequence,
    TextMatch,
    WithinDays,
    children,
)
from regulars.core.rule.catalog import PERSON, Field, FieldCatalog, Relation, RowArrays
from regulars.core.rule.lake_sequence import in_order, most_by_arrays, most_by_scan
from regulars.core.rule.meaning import COMPARE
from regulars.core.rule.operators import FieldType
from regulars.core.rule.place import runs_within
from regulars.core.rule.window import LAST_DAY, LastDays, Window, bounds, month_days, shift

Path = Literal["bitmap", "state", "arrays", "scan"]
COST: dict[Path, int] = {"bitmap": 0, "state": 1, "arrays": 2, "scan": 3}
_SQL_OP: dict[CompareOp, str] = {"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SQL_TYPE: dict[FieldType, str] = {
    "int": "Int64",
    "money": "Int64",
    "text": "String",
    "set": "String",
    "date": "Date",
    "bool": "UInt8",
    "month_day": "UInt16",
    "cell": "String",
}

_DEGREES = (
    "concat(if({0} < 0, '-', ''), toString(intDiv(abs({0}), 100)), '.', leftPad(toString(abs({0}) % 100), 2, '0'))"
)
# Cells as texts, made of runs of hundredths of a degree: there are thousands of cells, but only some runs to send.
_CELLS = (
    f"SELECT concat({_DEGREES.format('place.1')}, ',', {_DEGREES.format('place.2')}) FROM (SELECT arrayJoin("
    "arrayFlatten(arrayMap((y, a, b) -> arrayMap(x -> (y, x), range(a, b + 1)), {}, {}, {}))) AS place)"
)


@dataclass(frozen=True, slots=True)
class LakeBinding:
    """What the caller knows and the rule does not.

    brand_id: bound as {brand_id:UInt16} when given; else the caller adds it. as_of: bound as {as_of:Date},
    rows of that day and later are not known yet; None = all are. state_on: day from which the window
    columns of the person source count back; None = today; on another day the arrays answer instead.
    versions: segment id -> version to read; others are read at their newest.
    """

    brand_id: int | None = None
    as_of: date | None = None
    state_on: date | None = None
    versions: Mapping[int, int] = field(default_factory=dict[int, int])


@dataclass(frozen=True, slots=True)
class LeafPath:
    """How one leaf is answered."""

    at: str
    path: Path


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule as SQL. sql: "SELECT uid FROM ...", each person once. parameters: for its {name:Type}.

    path: of the dearest leaf. leaves: each leaf's own.
    """

    sql: str
    parameters: dict[str, Any]
    path: Path
    leaves: tuple[LeafPath, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """People told by what is counted over their rows: SELECT uid FROM source WHERE where GROUP BY uid HAVING having.

    others: all whom that does not tell are meant. parameters: for its {name:Type}.
    """

    source: str
    where: str
    having: str
    others: bool
    parameters: Mapping[str, Any]


def compile_lake(
    rule: Rule,
    catalog: FieldCatalog,
    *,
    today: date,
    person_source: str | None = None,
    bind: LakeBinding | None = None,
) -> Compiled:
    """Compile a checked rule to one SELECT of the uids it holds for, on the business day `today`.

    person_source: SELECT with the person relation's columns (a past day's state, say); default: the
    relation's own. Every value is bound; field and source expressions are the rooms' constants.
    """
    compiler = LakeCompiler(catalog, today, bind or LakeBinding())
    condition = compiler.condition(rule, "$")
    source = person_source or catalog.relation(PERSON).lake_source
    paths = tuple(compiler.paths)
    dearest = max(paths, key=lambda leaf: COST[leaf.path]).path
    sql = f"SELECT uid FROM ({source}) WHERE {condition}"
    return Compiled(sql, compiler.values, dearest, paths)


def present(expression: str, missing_placeholder: str | None) -> str:
    """SQL for "has a value": the guard under every comparison."""
    known = f"isNotNull({expression})"
    return known if missing_placeholder is None else f"{known} AND {expression} != {missing_placeholder}"


def two_valued(guard: str, comparison: str) -> str:
    """SQL that is 1 or 0, never null, so that NOT of it is its complement."""
    return f"ifNull({guard} AND {comparison}, 0)"


class LakeCompiler:
    """Writes conditions over a person row, collecting the values they bind and the paths they take."""

    def __init__(self, catalog: FieldCatalog, today: date, bind: LakeBinding, prefix: str = "p") -> None:
        self.prefix = prefix
        self.catalog = catalog
        self.today = today
        self.given = bind
        self.paths: list[LeafPath] = []
        self.values: dict[str, Any] = {"as_of": bind.as_of or LAST_DAY}
        if bind.brand_id is not None:
            self.values["brand_id"] = bind.brand_id

    def bind(self, value: object, sql_type: str) -> str:
        """Bind a value and return its place in the SQL."""
        name = f"{self.prefix}{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{sql_type}}}"

    def condition(self, rule: Rule, path: str = "$") -> str:
        """SQL over a person row."""
        if _only_segments(rule):
            bitmap, negated = self._bitmap(rule, path)
            return f"{'NOT ' if negated else ''}bitmapContains({bitmap}, uid)"
        if isinstance(rule, Not):
            return f"NOT ({self.condition(rule.rule, f'{path}.rule')})"
        if isinstance(rule, Group):
            parts = [f"({self.condition(child, at)})" for at, child in children(rule, path)]
            return f" {rule.op.upper()} ".join(parts)
        return self._leaf(rule, path)

    def _leaf(self, leaf: Leaf, path: str) -> str:
        if isinstance(leaf, RowsLeaf):
            answer = self.on_person(leaf, path)
            if answer is not None:
                return answer
            self.paths.append(LeafPath(path, "scan"))
            found, others = self.people(leaf)
            return f"uid {'NOT IN' if others else 'IN'} ({found})"
        self.paths.append(LeafPath(path, "state"))
        if isinstance(leaf, FieldLeaf):
            return self._field(leaf)
        return "1"  # everyone; segments never come here

    # --- fields -----------------------------------------------------------------------------------------
    def _guard(self, asked: Field) -> str:
        if asked.type == "set":
            return f"notEmpty({asked.lake})"
        missing = None if asked.missing is None else self.bind(asked.missing, _SQL_TYPE[asked.type])
        return present(f"({asked.lake})", missing)

    def _field(self, leaf: FieldLeaf) -> str:
        asked = self.catalog.get(leaf.field)
        return two_valued(self._guard(asked), self._comparison(leaf, f"({asked.lake})", asked.type))

    def _comparison(self, leaf: FieldLeaf, expression: str, field_type: FieldType) -> str:
        sql_type = _SQL_TYPE[field_type]
        match leaf:
            case Known():
                return "1"
            case Compare():
                return f"{expression} {_SQL_OP[leaf.op]} {self._value(leaf.value, sql_type)}"
            case In():
                return f"has({self.bind(list(leaf.values), f'Array({sql_type})')}, {expression})"
            case Has():
                return f"has({expression}, {self.bind(leaf.value, sql_type)})"
            case Between():
                low, high = self._value(leaf.low, sql_type), self._value(leaf.high, sql_type)
                return f"{expression} >= {low} AND {expression} < {high}"
            case TextMatch():
                name = "startsWith" if leaf.op == "starts" else "position"
                found = f"{name}({expression}, {self.bind(leaf.value, sql_type)})"
                return f"{found} > 0"
            case WithinDays() | OlderThanDays() | BirthdayWithin():
                return self._age(leaf, expression, sql_type)
            case Near():
                runs = zip(*runs_within(leaf.lat, leaf.lon, leaf.km), strict=True)
                bound = (self.bind(list(numbers), "Array(Int32)") for numbers in runs)
                return f"{expression} IN ({_CELLS.format(*bound)})"

    def _age(self, leaf: WithinDays | OlderThanDays | BirthdayWithin, expression: str, sql_type: str) -> str:
        if isinstance(leaf, BirthdayWithin):
            return f"has({self.bind(month_days(self.today, leaf.days), f'Array({sql_type})')}, {expression})"
        first = self.bind(shift(self.today, 1 - leaf.days), sql_type)
        if isinstance(leaf, OlderThanDays):
            return f"{expression} < {first}"
        return f"{expression} >= {first} AND {expression} <= {self.bind(self.today, sql_type)}"

    def _value(self, value: Scalar, sql_type: str) -> str:
        if isinstance(value, bool):
            return self.bind(int(value), sql_type)
        return self.bind(date.fromisoformat(str(value)) if sql_type == "Date" else value, sql_type)

    # --- rows -------------------------------------------------------------------------------------------
    def on_person(self, leaf: RowsLeaf, path: str) -> str | None:
        """SQL over a person row, when the rows asked about lie there too; else None."""
        if isinstance(leaf, StepSequence):
            return None
        arrays = self.catalog.relation(leaf.relation).arrays
        if arrays is None or not (leaf.where is None or isinstance(leaf.where, Everyone)):
            return None
        if isinstance(leaf, Did):
            return self._column(leaf, arrays, path) or self._arrays(leaf, arrays, path)
        if not self._held(leaf, arrays):
            return None
        self.paths.append(LeafPath(path, "arrays"))
        return most_by_arrays(leaf, arrays, self)

    def people(self, leaf: RowsLeaf) -> tuple[str, bool]:
        """SELECT of uids by reading rows, and whether all others are meant."""
        match leaf:
            case Did():
                found = self.counted(leaf)
                grouped = f"SELECT uid FROM ({found.source}) WHERE {found.where} GROUP BY uid HAVING {found.having}"
                return grouped, found.others
            case CountWithin():
                return most_by_scan(leaf, self), False
            case StepSequence():
                return in_order(leaf, self), False

    def _column(self, leaf: Did, arrays: RowArrays, path: str) -> str | None:
        if not isinstance(leaf.window, LastDays) or (self.given.state_on or self.today) != self.today:
            return None
        wanted = (leaf.measure, leaf.of, leaf.window.days)
        for ready in arrays.columns:
            if (ready.measure, ready.of, ready.days) == wanted:
                self.paths.append(LeafPath(path, "state"))
                return f"{ready.column} {self._against(leaf)}"
        return None

    def _against(self, leaf: Did) -> str:
        return f"{_SQL_OP[leaf.compare]} {self.bind(leaf.value, 'Int64')}"

    def _arrays(self, leaf: Did, arrays: RowArrays, path: str) -> str | None:
        if not self._held(leaf, arrays):
            return None
        self.paths.append(LeafPath(path, "arrays"))
        inside = self.inside(leaf.window, "d_")
        if leaf.of is None:
            days = f"arrayFilter(d_ -> {inside}, {arrays.days})"
            measured = f"length({days})" if leaf.measure == "count" else f"arrayUniq({days})"
            return f"{measured} {self._against(leaf)}"
        both = f"{arrays.values[leaf.of]}, {arrays.days}"
        if leaf.measure == "sum":
            return f"arraySum((v_, d_) -> v_ * ({inside}), {both}) {self._against(leaf)}"
        values = f"arrayFilter((v_, d_) -> {inside}, {both})"
        name = "arrayMin" if leaf.measure == "min" else "arrayMax"
        return f"notEmpty({values}) AND {name}({values}) {self._against(leaf)}"

    def _held(self, leaf: Did | CountWithin, arrays: RowArrays) -> bool:
        """Whether the arrays hold what the leaf measures."""
        return leaf.of is None or (leaf.of in arrays.values and self.catalog.get(leaf.of).missing is None)

    def inside(self, window: Window, day: str) -> str:
        """SQL for "the day lies in the window"."""
        span = bounds(window, self.today)
        if span is None:
            return "1"
        return f"{day} >= {self.bind(span[0], 'Date')} AND {day} < {self.bind(span[1], 'Date')}"

    def counted(self, leaf: Did) -> Counted:
        """What is counted over rows for the leaf."""
        source, having = self._source_and_measure(leaf, self.catalog.relation(leaf.relation))
        where = self.inside(leaf.window, "day")
        if leaf.where is not None:
            where = f"{where} AND ({self.row_condition(leaf.where)})"
        no_rows_hold = leaf.measure not in {"min", "max"} and COMPARE[leaf.compare](0, leaf.value)
        if no_rows_hold:  # people without rows are found by leaving out those who have rows and fail
            having = f"NOT ({having})"
        return Counted(source, where, having, no_rows_hold, self.values)

    def _source_and_measure(self, leaf: Did, relation: Relation) -> tuple[str, str]:
        """Which rows are read, and the measure over a person's; sums by day where they can answer."""
        sums = relation.by_day
        if sums is not None and (leaf.where is None or isinstance(leaf.where, Everyone)):
            if leaf.of is None:
                measured = "sum(times)" if leaf.measure == "count" else "uniqExact(day)"
                return sums.lake_source, f"{measured} {self._against(leaf)}"
            if leaf.measure == "sum" and leaf.of in sums.amounts:
                return sums.lake_source, f"sum(amount_fen) {self._against(leaf)}"
        return relation.lake_source, self._measured(leaf)

    def _measured(self, leaf: Did) -> str:
        if leaf.of is None:
            measured = "count()" if leaf.measure == "count" else "uniqExact(day)"
            return f"{measured} {self._against(leaf)}"
        of = self.catalog.get(leaf.of)
        number = f"{leaf.measure}OrNullIf(({of.lake}), {two_valued(self._guard(of), '1')})"
        if leaf.measure == "sum":
            return f"ifNull({number}, 0) {self._against(leaf)}"
        return f"ifNull({number} {self._against(leaf)}, 0)"

    def number(self, key: str) -> str:
        """SQL of a number field over a row, null where it is missing."""
        of = self.catalog.get(key)
        return f"if({two_valued(self._guard(of), '1')}, {of.lake}, NULL)"

    def row_condition(self, rule: Rule) -> str:
        """SQL of a `where` over a row."""
        match rule:
            case Not():
                return f"NOT ({self.row_condition(rule.rule)})"
            case Group():
                return f" {rule.op.upper()} ".join(f"({self.row_condition(child)})" for child in rule.rules)
            case Everyone():
                return "1"
            case Did() | StepSequence() | CountWithin() | InSegment():
                raise TypeError(f"{rule.op!r} cannot stand inside 'where'; parse() refuses it.")
            case _:
                return self._field(rule)

    # --- segments ---------------------------------------------------------------------------------------
    def _bitmap(self, rule: Rule, path: str) -> tuple[str, bool]:
        """Fold a tree of segments into one bitmap and whether it is the complement that is meant."""
        if isinstance(rule, Not):
            bitmap, negated = self._bitmap(rule.rule, f"{path}.rule")
            return bitmap, not negated
        if isinstance(rule, Group):
            parts = [self._bitmap(child, at) for at, child in children(rule, path)]
            if rule.op == "and":
                return _intersect(parts)
            bitmap, negated = _intersect([(part, not flag) for part, flag in parts])
            return bitmap, not negated
        assert isinstance(rule, InSegment)  # noqa: S101 - _only_segments said so
        self.paths.append(LeafPath(path, "bitmap"))
        return self._segment(rule.segment_id), False

    def _segment(self, segment_id: int) -> str:
        segment = self.bind(segment_id, "UInt32")
        if segment_id in self.given.versions:
            version = self.bind(self.given.versions[segment_id], "UInt32")
        else:
            version = f"(SELECT max(version) FROM segment_version WHERE segment_id = {segment})"
        return (
            "(SELECT groupBitmapMergeState(people) FROM segment_version FINAL"
            f" WHERE segment_id = {segment} AND version = {version})"
        )


def _only_segments(rule: Rule) -> bool:
    if isinstance(rule, Group | Not):
        return all(_only_segments(child) for _, child in children(rule))
    return isinstance(rule, InSegment)


def _intersect(parts: list[tuple[str, bool]]) -> tuple[str, bool]:
    """AND of bitmaps, some of them complements, without ever needing the bitmap of everybody."""
    inside = [bitmap for bitmap, negated in parts if not negated]
    outside = [bitmap for bitmap, negated in parts if negated]
    if not inside:  # not a and not b = not (a or b)
        return _fold("bitmapOr", outside), True
    kept = _fold("bitmapAnd", inside)
    return (f"bitmapAndnot({kept}, {_fold('bitmapOr', outside)})" if outside else kept), False


def _fold(function: str, bitmaps: list[str]) -> str:
    folded = bitmaps[0]
    for bitmap in bitmaps[1:]:
        folded = f"{function}({folded}, {bitmap})"
    return folded
