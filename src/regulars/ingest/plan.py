"""A mapping bound to the columns of a file: checked before anything is written, then run as kernels."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field

import pyarrow as pa

from regulars.core.errors import BadInput
from regulars.ingest.contract import identifier_scope
from regulars.ingest.expression.casts import arrow_kind, cast, load
from regulars.ingest.expression.evaluate import Expression, compile_column, compile_expression
from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.syntax import column_names
from regulars.ingest.expression.times import EPOCHS, parse_time
from regulars.ingest.expression.values import Evaluation, Problem, Value, ValueKind
from regulars.ingest.mapping import ColumnSpec, IdentifierSpec, Mapping
from regulars.ingest.readers.rows import UNDECODABLE
from regulars.ingest.shapes import check_lines, merged_mask, shaped
from regulars.ingest.targets import NOBODY, TARGETS, FieldSpec

PERSONAL = frozenset({"phone", "email", "name", "birthday"})


@dataclass(frozen=True, slots=True)
class Frame:
    """The brand for which rows are read: business days fall in its zone, money is in its currency."""

    brand_id: int
    zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A field with the expression that fills it. label: the source column or field, for messages."""

    spec: FieldSpec
    expression: Expression
    formats: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True)
class BoundIdentifier:
    """An identifier with its expression."""

    spec: IdentifierSpec
    expression: Expression


@dataclass(slots=True)
class Computed:
    """All rows of a batch as values. active: not skipped; bad: with at least one problem; both boolean."""

    values: dict[str, pa.Array]
    props: dict[str, Value]
    identifiers: list[pa.Array]
    active: pa.Array
    bad: pa.Array
    problems: list[Problem]
    skipped: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked mapping. kinds: of all source columns; used: those it reads."""

    mapping: Mapping
    frame: Frame
    kinds: AnyMapping[str, ValueKind]
    used: tuple[str, ...]
    fields: tuple[Bound, ...]
    props: AnyMapping[str, Bound]
    identifiers: tuple[BoundIdentifier, ...]
    skips: tuple[tuple[Expression, str], ...]

    def compute(self, table: pa.Table) -> Computed:
        """Compute all fields of all rows; cells that cannot be taken end as problems."""
        evaluation = self._evaluation(table)
        active, skipped = self._skip(evaluation)
        values: dict[str, pa.Array] = {}
        for bound in self.fields:
            values[bound.spec.name] = _filled(bound, evaluation, active)
        if self.mapping.target == "order_lines":
            check_lines(values, evaluation, active, self.frame.currency)
        props = {n: _computed(b, evaluation, active) for n, b in self.props.items()}
        identifiers = [self._identifier(i, evaluation, active, values) for i in self.identifiers]
        bad = merged_mask([p.where for p in evaluation.problems], evaluation.length)
        return Computed(values, props, identifiers, active, bad, evaluation.problems, skipped)

    def document_keys(self, table: pa.Table) -> pa.Array:
        """Return each row's document as shop + document, null where it is missing; nothing else is computed."""
        evaluation = self._evaluation(table)
        active = pa.repeat(pa.scalar(value=True), evaluation.length)
        by_name = {b.spec.name: b for b in self.fields}
        return document_keys({n: _filled(by_name[n], evaluation, active) for n in ("shop", "document_id")})

    def personal_columns(self) -> dict[str, str]:
        """Return the source columns whose cells are personal, with the namespace by which they are masked."""
        found: dict[str, str] = {}
        for bound in self.fields:
            if bound.spec.name in PERSONAL:
                found |= dict.fromkeys(column_names(bound.expression.node), bound.spec.name)
        for prop, bound in self.props.items():
            if prop in PERSONAL:
                found |= dict.fromkeys(column_names(bound.expression.node), prop)
        for identifier in self.identifiers:
            if identifier.spec.ns != "order":
                found |= dict.fromkeys(column_names(identifier.expression.node), identifier.spec.ns)
        return found

    def _evaluation(self, table: pa.Table) -> Evaluation:
        source = self.mapping.source
        zone = self.mapping.zone or self.frame.zone
        columns: dict[str, Value] = {}
        for name in self.used:
            array = _one_chunk(table.column(name))
            loaded = load(array, zone=zone, trim=source.trim, missing=source.missing)
            columns[name] = loaded
        evaluation = Evaluation(table.num_rows, columns, zone, source.decimal == ",")
        for name, value in columns.items():
            _note_damage(name, value, evaluation)
            if value.kind != self.kinds[name]:
                # A mended row comes back as text; it is read as the kind its column had in the file.
                columns[name] = cast(value, self.kinds[name], evaluation, None, name)
        return evaluation

    def _skip(self, evaluation: Evaluation) -> tuple[pa.Array, dict[str, int]]:
        active = pa.repeat(pa.scalar(value=True), evaluation.length)
        counts: dict[str, int] = {}
        for expression, reason in self.skips:
            holds = expression.run(evaluation, active).array.cast(pa.bool_())
            hit = pc.and_(active, pc.fill_null(holds, fill_value=False))
            counts[reason] = counts.get(reason, 0) + (pc.sum(hit).as_py() or 0)
            active = pc.and_(active, pc.invert(hit))
        if counts:
            # What was noted on rows that are then left out is of no interest.
            evaluation.problems[:] = [
                Problem(pc.and_(p.where, active), p.field, p.shown, p.code) for p in evaluation.problems
            ]
        return active, counts

    def _identifier(
        self, bound: BoundIdentifier, evaluation: Evaluation, active: pa.Array, values: AnyMapping[str, pa.Array]
    ) -> pa.Array:
        value = bound.expression.run(evaluation, active)
        text = cast(value, "text", evaluation, active, bound.expression.text).array
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        if "kind" in values:
            nobody = pc.is_in(values["kind"], value_set=pa.array(NOBODY, pa.string()))
            text = pc.if_else(nobody, pa.scalar(None, pa.string()), text)
        return text

    def scopes(self, spec: IdentifierSpec, shops: pa.Array) -> pa.Array:
        """Return the scope of an identifier for each row."""
        if spec.scope != "shop":
            return pa.repeat(pa.scalar(identifier_scope(spec.scope, self.frame.brand_id), pa.string()), len(shops))
        begin = pa.scalar(identifier_scope("shop", self.frame.brand_id), pa.string())
        return pc.binary_join_element_wise(begin, pc.fill_null(shops, ""), "")


def compile_plan(mapping: Mapping, kinds: AnyMapping[str, ValueKind], frame: Frame) -> Plan:
    """Bind a mapping to a file's columns.

    Raises: BadInput with the path of the first wrong part: unknown field, missing column, bad expression, a
    required field left out, another currency than the brand's.
    """
    if (mapping.currency or frame.currency) != frame.currency:
        raise _bad("currency", f"the brand counts in {frame.currency}, the file is said to be in {mapping.currency}")
    known = TARGETS[mapping.target]
    for name in mapping.columns:
        if name not in known:
            raise _bad(f"columns.{name}", f"{mapping.target} has no such field; it has {', '.join(known)}")
    fields = tuple(_bind(spec, mapping, kinds) for spec in known.values() if _wanted(spec, mapping))
    props = {n: _bound(FieldSpec(n, "text"), c, kinds, f"props.{n}") for n, c in mapping.props.items()}
    identifiers = tuple(
        BoundIdentifier(spec, _expression(spec, kinds, f"identifiers.{i}"))
        for i, spec in enumerate(mapping.identifiers)
    )
    skips = tuple((_condition(s.when, kinds, f"skip.{i}.when"), s.reason or s.when) for i, s in enumerate(mapping.skip))
    expressions = [b.expression for b in (*fields, *props.values())]
    expressions += [i.expression for i in identifiers] + [e for e, _ in skips]
    used = set[str]().union(*(column_names(e.node) for e in expressions))
    return Plan(mapping, frame, dict(kinds), tuple(n for n in kinds if n in used), fields, props, identifiers, skips)


def source_kinds(schema: pa.Schema) -> dict[str, ValueKind]:
    """Return the columns that expressions can use; columns of lists and bytes are left out."""
    found: dict[str, ValueKind] = {}
    for part in schema:
        try:
            found[part.name] = arrow_kind(part.type)
        except TypeError:
            continue
    return found


def document_keys(values: AnyMapping[str, pa.Array]) -> pa.Array:
    """Return shop + document as one text, null where the document is missing."""
    return pc.binary_join_element_wise(pc.fill_null(values["shop"], ""), values["document_id"], "\x1f")


def _wanted(spec: FieldSpec, mapping: Mapping) -> bool:
    if spec.name == "amount":
        return "amount_fen" not in mapping.columns
    if spec.name == "amount_fen":
        return "amount_fen" in mapping.columns
    return spec.required or spec.default is not None or spec.name in mapping.columns


def _bind(spec: FieldSpec, mapping: Mapping, kinds: AnyMapping[str, ValueKind]) -> Bound:
    path = f"columns.{spec.name}"
    column = mapping.columns.get(spec.name)
    if spec.name == "amount" and "amount_fen" not in mapping.columns and column is None:
        column = _default_amount(mapping)
    if spec.name == "document_id" and column is None and mapping.document:
        parts = ", '/', ".join(f"col({n!r})" for n in mapping.document)
        only = mapping.document[0]
        column = ColumnSpec(expr=f"concat({parts})") if len(mapping.document) > 1 else _from(only)
        path = "document"
    if column is None and spec.required and spec.default is None:
        raise _bad(path, f"{mapping.target} needs {spec.name}; say where it comes from")
    default = "" if spec.default is None else spec.default
    return _bound(spec, column or ColumnSpec(const=default), kinds, path)


def _from(name: str) -> ColumnSpec:
    return ColumnSpec.model_validate({"from": name})


def _default_amount(mapping: Mapping) -> ColumnSpec:
    quantity, price = mapping.columns.get("quantity"), mapping.columns.get("unit_price")
    if quantity is None or price is None:
        raise _bad("columns.amount", "order_lines needs amount or amount_fen, or quantity with unit_price")
    spelt = [
        c.expr if c.expr is not None else f"col({c.source!r})" if c.source else str(c.const) for c in (quantity, price)
    ]
    return ColumnSpec(expr=f"({spelt[0]}) * ({spelt[1]})")


def _bound(spec: FieldSpec, column: ColumnSpec, kinds: AnyMapping[str, ValueKind], path: str) -> Bound:
    expression = _expression(column, kinds, path)
    allowed: set[ValueKind] = {spec.kind, "text", "null"}
    if spec.kind == "text" or (set(column.formats) & set(EPOCHS)):
        allowed |= {"number", "bool", "time"}
    if expression.kind not in allowed:
        raise _bad(path, f"it must be a {spec.kind}, but {expression.text!r} is a {expression.kind}")
    return Bound(spec, expression, column.formats, column.source or spec.name)


def _expression(column: ColumnSpec, kinds: AnyMapping[str, ValueKind], path: str) -> Expression:
    try:
        if column.source is not None:
            return compile_column(column.source, kinds)
        if column.expr is not None:
            return compile_expression(column.expr, kinds)
        return compile_expression(repr(column.const), kinds)
    except BadInput as error:
        raise _bad(path, error.message.rstrip("."), error.hint) from error


def _condition(text: str, kinds: AnyMapping[str, ValueKind], path: str) -> Expression:
    expression = _expression(ColumnSpec(expr=text), kinds, path)
    if expression.kind != "bool":
        raise _bad(path, f"`{text}` is no condition")
    return expression


def _bad(path: str, what: str, hint: str = "") -> BadInput:
    return BadInput(f"The mapping is wrong at {path}: {what}.", hint or "Correct the mapping; nothing was written.",
                    code="ingest.bad_mapping", path=path)  # fmt: skip


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _note_damage(name: str, value: Value, evaluation: Evaluation) -> None:
    if value.kind != "text":
        return
    for mark, code in ((UNDECODABLE, "undecodable"), ("\x00", "nul")):
        evaluation.note(pc.match_substring(value.array, mark), None, (name, value.array), code)


def _computed(bound: Bound, evaluation: Evaluation, active: pa.Array) -> Value:
    value = bound.expression.run(evaluation, active)
    if not bound.formats or value.kind == "time":
        return value
    text = cast(value, "text", evaluation, active, bound.label).array
    found, bad = parse_time(text, bound.formats, evaluation.zone)
    evaluation.note(bad, active, (bound.label, text), "not_time")
    return Value("time", found)


def _filled(bound: Bound, evaluation: Evaluation, active: pa.Array) -> pa.Array:
    """Return a field's column in its final shape; noted once per cell, as unreadable or else as missing."""
    before = len(evaluation.problems)
    value = cast(_computed(bound, evaluation, active), bound.spec.kind, evaluation, active, bound.label)
    array = shaped(value.array, bound.spec, evaluation, active, bound.label)
    if bound.spec.required:
        noted = merged_mask([p.where for p in evaluation.problems[before:]], evaluation.length)
        damaged = merged_mask([p.where for p in evaluation.problems[:before] if p.field == bound.label], len(noted))
        gone = pc.or_(pc.is_null(array), pc.equal(array, "")) if bound.spec.shape == "text" else pc.is_null(array)
        missing = pc.and_(pc.fill_null(gone, fill_value=True), pc.invert(pc.or_(noted, damaged)))
        evaluation.note(missing, active, (bound.label, None), "missing")
    return array
