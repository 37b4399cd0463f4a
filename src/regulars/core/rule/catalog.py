"""The fields and relations rules may speak of; rooms register theirs with a binding per engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from regulars.core.errors import BadInput
from regulars.core.rule.operators import FieldType, allowed, label_json, operators_json
from regulars.core.text import Text

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing rules can ask about.

    key: "<relation>.<name>". lake: ClickHouse expression over a row of the relation's source (int and money:
    any integer type, text: String, date: Date, set: Array(String), bool: UInt8, month_day: UInt16, cell: String;
    Nullable where it can be missing). live: PostgreSQL expression over `person_state` aliased `ps` (bigint,
    text, date, text[], boolean; a percent sign is written twice), None when the field is only known in the
    lake. Both are trusted constants of the registering room, never made from input.
    hidden: not for people to choose; rooms build conditions on it.
    missing: the value that stands for "not known" in every engine, besides null. options: the closed list
    of values; None when others may appear. unit: counter word behind a number.
    """

    key: str
    relation: str
    type: FieldType
    label: Text
    lake: str
    live: LiteralString | None = None
    options: tuple[tuple[str | int, Text], ...] | None = None
    unit: Text | None = None
    missing: str | int | None = None
    hidden: bool = False

    def json(self) -> dict[str, Any]:
        """Return the field for the builder."""
        options = None
        if self.options is not None:
            options = [{"value": value, "label": label_json(label)} for value, label in self.options]
        return {
            "key": self.key,
            "label": label_json(self.label),
            "type": self.type,
            "unit": label_json(self.unit) if self.unit else None,
            "options": options,
            "live": self.live is not None,
            "operators": list(allowed(self.type)),
        }


@dataclass(frozen=True, slots=True)
class WindowColumn:
    """A person column holding a ready answer: measure (of a field) over the last `days` days, no `where`."""

    measure: str
    of: str | None
    days: int
    column: str


@dataclass(frozen=True, slots=True)
class RowArrays:
    """The relation's rows as they lie on the person row: parallel arrays, one item per row of the relation.

    days: Array(Date) expression. values: field key -> Array(integer) expression, items never null.
    columns: ready answers. All must tell of exactly the rows that `lake_source` yields.
    """

    days: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    columns: tuple[WindowColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class DaySums:
    """The relation's rows added up by person and day, for questions without `where`.

    lake_source: SELECT yielding `uid`, `day`, `times` (rows) and `amount_fen`; a day may come in several rows.
    amounts: fields of which `amount_fen` is the sum (values never missing).
    """

    lake_source: str
    amounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows about people: "person" (one row each), "order", "line", "event:<type>".

    lake_source: ClickHouse SELECT yielding the brand's rows with `uid` UInt32, `day` Date and `at` DateTime64(3)
    (both not for person) and all that the fields' expressions need; it may use {brand_id:UInt16} and {as_of:Date}
    (rows of that day and later are not known yet). verb: past participle for sentences, e.g. Text("购买", "bought").
    """

    key: str
    label: Text
    lake_source: str
    fields: tuple[Field, ...] = ()
    verb: Text | None = None
    arrays: RowArrays | None = None
    by_day: DaySums | None = None


class FieldCatalog:
    """The relations and fields on offer. Boot fills the process-wide one; tests make their own."""

    def __init__(self, *items: Relation | Field) -> None:
        self._relations: dict[str, Relation] = {}
        self._fields: dict[str, Field] = {}
        self.register(*items)

    def register(self, *items: Relation | Field) -> None:
        """Add relations (with their fields) and fields. The same again is fine.

        Raises: TypeError when a key is taken by something else, or a field's relation is not there.
        """
        for item in items:
            known = self._relations if isinstance(item, Relation) else self._fields
            if known.get(item.key, item) != item:
                raise TypeError(f"{item.key!r} is already in the field catalogue as something else.")
            if isinstance(item, Relation):
                self._relations[item.key] = item
                self.register(*item.fields)
            else:
                self._add_field(item)

    def _add_field(self, item: Field) -> None:
        if item.relation not in self._relations:
            raise TypeError(f"Field {item.key!r} names the relation {item.relation!r}, which is not registered.")
        if not item.key.startswith(f"{item.relation}."):
            raise TypeError(f"Field {item.key!r} must be named {item.relation!r} + '.' + its name.")
        self._fields[item.key] = item

    def get(self, key: str) -> Field:
        """Return the field. Raises BadInput naming what is known of its relation."""
        if key not in self._fields:
            near = [f.key for f in self._fields.values() if key.startswith(f"{f.relation}.")]
            known = ", ".join(sorted(near or self._fields)[:30])
            raise BadInput(f"There is no field {key!r}.", f"Known: {known}.", code="rule.unknown_field")
        return self._fields[key]

    def relation(self, key: str) -> Relation:
        """Return the relation. Raises BadInput naming the known ones."""
        if key not in self._relations:
            known = ", ".join(sorted(self._relations))
            raise BadInput(f"There is no relation {key!r}.", f"Known: {known}.", code="rule.unknown_relation")
        return self._relations[key]

    def relations(self) -> tuple[Relation, ...]:
        """Return all relations, in the order in which they came."""
        return tuple(self._relations.values())

    def fields_of(self, relation: str) -> tuple[Field, ...]:
        """Return the relation's fields, in the order in which they came."""
        return tuple(f for f in self._fields.values() if f.relation == relation)

    def json(self) -> dict[str, Any]:
        """Return relations with fields, and operators, for the builder."""
        return {
            "relations": [
                {
                    "key": relation.key,
                    "label": label_json(relation.label),
                    "fields": [f.json() for f in self.fields_of(relation.key) if not f.hidden],
                }
                for relation in self._relations.values()
            ],
            "operators": operators_json(),
        }


fields = FieldCatalog()
"""The process-wide catalogue, filled by the rooms at boot."""
