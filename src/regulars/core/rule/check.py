"""Does a rule make sense over the catalogue: known fields, suitable operators, values of the right type."""

from __future__ import annotations

from regulars.core.errors import BadInput
from regulars.core.rule.ast import (
    MAX_INT,
    MAX_TEXT,
    Between,
    Compare,
    CountWithin,
    Did,
    Everyone,
    FieldLeaf,
    Has,
    In,
    InSegment,
    RowsLeaf,
    Rule,
    Scalar,
    Step,
    StepSequence,
    TextMatch,
    leaves,
    wheres,
)
from regulars.core.rule.catalog import PERSON, Field, FieldCatalog
from regulars.core.rule.operators import NUMBERS, FieldType, allowed
from regulars.core.rule.window import DayRange, parse_day

_WANTED: dict[FieldType, str] = {
    "int": "a whole number",
    "money": "a whole number of minor units (fen or pence)",
    "text": "a text",
    "set": "a text",
    "date": "a day written as YYYY-MM-DD",
    "bool": "true or false",
    "month_day": "month * 100 + day",
    "cell": "a cell",
}


def check(rule: Rule, catalog: FieldCatalog, *, relation: str = PERSON, path: str = "$") -> None:
    """Check every leaf of a rule over rows of the relation.

    Raises: BadInput naming path, field, and what is allowed.
    """
    for at, leaf in leaves(rule, path):
        if isinstance(leaf, FieldLeaf):
            _check_field(leaf, catalog, relation, at)
        elif relation != PERSON and not isinstance(leaf, Everyone):
            raise _bad(at, f"{leaf.op!r} cannot stand inside 'where'", f"Ask there about fields of {relation!r}.")
        elif isinstance(leaf, RowsLeaf):
            _check_rows(leaf, catalog, at)


def require_live(rule: Rule, catalog: FieldCatalog) -> None:
    """Refuse a rule that PostgreSQL cannot answer at once, as gates must be.

    Raises: BadInput naming the leaf's path and the field that is only known in the lake.
    """
    for at, leaf in leaves(rule):
        if isinstance(leaf, RowsLeaf | InSegment):
            what = f"'did' over {leaf.relation!r}" if isinstance(leaf, Did) else f"{leaf.op!r}"
            raise not_live(at, f"{what} is counted in the lake", catalog)
        if isinstance(leaf, FieldLeaf) and catalog.get(leaf.field).live is None:
            raise not_live(at, f"the field {leaf.field!r} is only known in the lake", catalog)


def not_live(path: str, what: str, catalog: FieldCatalog) -> BadInput:
    """Return the error for a leaf that cannot be answered live, with the fields that can."""
    live = ", ".join(f.key for f in catalog.fields_of(PERSON) if f.live is not None) or "none"
    return BadInput(
        f"{path}: {what}, so it cannot decide in the moment.",
        f"Use fields that are known live: {live}.",
        code="rule.not_live",
        path=path,
    )


def _bad(path: str, what: str, hint: str = "") -> BadInput:
    return BadInput(f"{path}: {what}.", hint, code="rule.unsuitable", path=path)


def _field(key: str, catalog: FieldCatalog, relation: str, path: str) -> Field:
    try:
        field = catalog.get(key)
    except BadInput as error:
        raise BadInput(f"{path}: {error.message}", error.hint, code=error.code, path=path) from error
    if field.relation != relation:
        raise _bad(
            path,
            f"the field {key!r} belongs to {field.relation!r}, here fields of {relation!r} are asked about",
            f"Known: {', '.join(f.key for f in catalog.fields_of(relation)) or 'none'}.",
        )
    return field


def _check_field(leaf: FieldLeaf, catalog: FieldCatalog, relation: str, path: str) -> None:
    field = _field(leaf.field, catalog, relation, f"{path}.field")
    if leaf.op not in allowed(field.type):
        suits = ", ".join(allowed(field.type))
        raise _bad(
            f"{path}.op",
            f"{leaf.op!r} does not suit {field.key!r}, which is of type {field.type}",
            f"Allowed: {suits}.",
        )
    match leaf:
        case Compare() | Has() | TextMatch():
            _check_value(leaf.value, field, f"{path}.value", closed=isinstance(leaf, Has) or leaf.op in {"eq", "ne"})
        case In():
            for i, value in enumerate(leaf.values):
                _check_value(value, field, f"{path}.values[{i}]", closed=True)
        case Between():
            _check_value(leaf.low, field, f"{path}.low")
            _check_value(leaf.high, field, f"{path}.high")
            # both are of the field's one type now: days written as ISO text sort like days
            if not leaf.low < leaf.high:  # pyright: ignore[reportOperatorIssue] - see above
                raise _bad(path, f"the range of {field.key!r} is empty: low must be below high, which is left out")
        case _:
            pass


def _check_value(value: Scalar, field: Field, path: str, *, closed: bool = False) -> None:
    """closed: the value must be one of the field's options, when it has a closed list."""
    problem = _problem(value, field.type)
    if problem:
        raise _bad(path, f"{field.key!r} takes {_WANTED[field.type]}, {problem}")
    if closed and field.options is not None and value not in [option for option, _ in field.options]:
        known = ", ".join(str(option) for option, _ in field.options)
        raise _bad(path, f"{value!r} is not a value of {field.key!r}", f"Allowed: {known}.")


def _problem(value: Scalar, field_type: FieldType) -> str | None:
    if field_type == "bool":
        return None if isinstance(value, bool) else f"not {value!r}"
    if field_type in NUMBERS:
        return _number_problem(value)
    if not isinstance(value, str):
        return f"not {value!r}"
    return _day_problem(value) if field_type == "date" else _text_problem(value)


def _number_problem(value: Scalar) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"not {value!r}"
    return None if abs(value) <= MAX_INT else f"at most {MAX_INT} either way"


def _text_problem(value: str) -> str | None:
    if len(value) > MAX_TEXT:
        return f"at most {MAX_TEXT} characters"
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        return "without NUL or broken characters"
    return None


def _day_problem(value: str) -> str | None:
    try:
        parse_day(value)
    except ValueError as error:
        return f"but {error}"
    return None


def _check_rows(leaf: RowsLeaf, catalog: FieldCatalog, path: str) -> None:
    if isinstance(leaf.window, DayRange) and leaf.window.start >= leaf.window.end:
        raise _bad(f"{path}.window", "the window is empty: start must be before end, which is left out")
    for at, key, where in wheres(leaf, path):
        _check_relation(key, catalog, f"{at}.relation")
        if where is not None:
            check(where, catalog, relation=key, path=f"{at}.where")
    if isinstance(leaf, StepSequence):
        for number, step in enumerate(leaf.steps):
            _check_step(step, f"{path}.steps[{number}]", first=number == 0, last=number == len(leaf.steps) - 1)
        return
    if isinstance(leaf, Did) and abs(leaf.value) > MAX_INT:
        raise _bad(f"{path}.value", f"the number is beyond {MAX_INT}")
    _check_measure(leaf, catalog, path)


def _check_relation(key: str, catalog: FieldCatalog, path: str) -> None:
    if key == PERSON:
        raise _bad(path, "here it is asked what people did, not about the person")
    try:
        catalog.relation(key)
    except BadInput as error:
        raise BadInput(f"{path}: {error.message}", error.hint, code=error.code, path=path) from error


def _check_step(step: Step, path: str, *, first: bool, last: bool) -> None:
    if first != (step.within_hours is None):
        what = "the first step follows none" if first else "the step needs the hours in which it follows the one before"
        raise _bad(f"{path}.within_hours", what)
    if step.absent and not last:
        raise _bad(f"{path}.absent", "only the last step can be the one that did not come")


def _check_measure(leaf: Did | CountWithin, catalog: FieldCatalog, path: str) -> None:
    if leaf.measure in {"count", "days"}:
        if leaf.of is not None:
            raise _bad(f"{path}.of", f"{leaf.measure!r} measures no field", "Leave 'of' out, or use sum, min or max.")
        return
    if leaf.of is None:
        numbers = ", ".join(f.key for f in catalog.fields_of(leaf.relation) if f.type in NUMBERS) or "none"
        raise _bad(f"{path}.of", f"{leaf.measure!r} needs a number field", f"Known: {numbers}.")
    field = _field(leaf.of, catalog, leaf.relation, f"{path}.of")
    if field.type not in NUMBERS:
        raise _bad(f"{path}.of", f"{field.key!r} is of type {field.type}; {leaf.measure!r} needs an int or money field")
