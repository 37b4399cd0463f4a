"""Taking in facts: order lines under their natural key, attributes under the vault's key."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.errors import BadInput
from regulars.infra.crypto import vault
from regulars.profiles.contract import AttributeFact, ConsentFact, MembershipFact, SettledLines
from regulars.profiles.store import facts as store_facts
from regulars.profiles.store import lines as store_lines
from regulars.profiles.store.lines import KEY, LINES

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

OWNED = ("sale", "refund")
"""Kinds of lines that belong to somebody; stock and cash belong to nobody."""

_REQUIRED = {"shop", "document_id", "ordinal", "kind", "occurred_at", "business_on", "quantity", "amount_fen", "suid"}


def write_lines(ctx: Ctx, table: pa.Table, *, token: str, whole: bool = False) -> list[int]:
    """Write order lines; see `api.write_lines`."""
    return write_settled(ctx, settle_lines(ctx, table, whole=whole), token=token)


def settle_lines(ctx: Ctx, table: pa.Table, *, whole: bool = False) -> SettledLines:
    """Keep whose documents these are; see `api.settle_lines`."""
    _one_brand(ctx)
    version = store_lines.next_version(ctx)
    lines, shrunk = _fixed(ctx, _shaped(ctx, table), whole=whole)
    return SettledLines(lines, shrunk, version)


def write_settled(ctx: Ctx, settled: SettledLines, *, token: str) -> list[int]:
    """Write lines that are settled; see `api.write_settled`."""
    lines, shrunk, version = settled.lines, settled.shrunk, settled.version
    touched = pc.unique(lines.column("suid")).to_pylist() + pc.unique(shrunk.column("suid")).to_pylist()
    erased = store_lines.erased_among(ctx, touched)
    if erased:
        gone = pa.array(erased, pa.uint32())
        lines = lines.filter(pc.invert(pc.is_in(lines.column("suid"), value_set=gone)))
        shrunk = shrunk.filter(pc.invert(pc.is_in(shrunk.column("suid"), value_set=gone)))
    store_lines.insert_lines(ctx, lines, version, f"{token}:order_lines" if token else "")
    store_lines.delete_lines(ctx, shrunk, version, f"{token}:order_lines:shrunk" if token else "")
    return sorted(set(touched) - set(erased) - {0})


def _one_brand(ctx: Ctx) -> None:
    if ctx.brand_id == GROUP_BRAND_ID:
        raise BadInput("Facts belong to a brand, not to the group.", "Choose a brand.", code="brand.required")


def _shaped(ctx: Ctx, table: pa.Table) -> pa.Table:
    """Bring the table to the columns and types of lines; texts that are missing are empty."""
    missing = sorted(_REQUIRED - set(table.column_names))
    if missing:
        raise BadInput(f"Order lines need the columns {', '.join(missing)}.", "Add them to the mapping.")
    defaults: dict[str, str | int | Decimal] = {
        "currency": ctx.currency,
        "origin": "live",
        "unit_price": Decimal(0),
        "quantity": 0,
    }
    columns: list[pa.ChunkedArray | pa.Array] = []
    for field in LINES:
        if field.name in table.column_names:
            column = table.column(field.name).cast(field.type, safe=field.name != "occurred_at")
        else:
            column = pa.nulls(table.num_rows, field.type)
        if pa.types.is_string(field.type) or field.name in defaults:
            column = pc.fill_null(column, pa.scalar(defaults.get(field.name, ""), field.type))
        columns.append(column)
    shaped = pa.table(columns, schema=LINES)
    owned = pc.is_in(shaped.column("kind"), value_set=pa.array(OWNED, pa.string()))
    suid = pc.fill_null(pc.if_else(owned, shaped.column("suid"), pa.scalar(0, pa.uint32())), 0)
    if pc.any(pc.and_(owned, pc.equal(suid, 0))).as_py():
        raise BadInput(
            "Sales and refunds need a person; anonymous baskets get a number of their own.",
            "Give them an identifier, if only the order's.",
            code="line.nobody",
        )
    return shaped.set_column(LINES.get_field_index("suid"), LINES.field("suid"), suid)


def _fixed(ctx: Ctx, lines: pa.Table, *, whole: bool) -> tuple[pa.Table, pa.Table]:
    """Give the lines of each document the suid that the document has had since it was first seen."""
    owned = lines.filter(pc.is_in(lines.column("kind"), value_set=pa.array(OWNED, pa.string())))
    documents = owned.group_by(list(KEY)).aggregate([("suid", "min"), ("ordinal", "max")])
    documents = documents.rename_columns([*KEY, "suid", "lines"])
    fixed, shrunk = store_lines.fix_documents(ctx, documents, whole=whole)
    if fixed.num_rows == 0:
        return lines, shrunk
    joined = lines.join(fixed, keys=list(KEY), join_type="left outer")
    suid = pc.coalesce(joined.column("fixed_suid"), joined.column("suid"))
    at = joined.schema.get_field_index("suid")
    return joined.set_column(at, LINES.field("suid"), suid).select(LINES.names), shrunk


def record_attributes(ctx: Ctx, facts: Sequence[AttributeFact]) -> None:
    """Record what was learnt about people; see `api.record_attributes`."""
    newest = _newest([*facts, *_months_of_birth(facts)])
    if not newest:
        return
    _one_brand(ctx)
    version = store_lines.next_version(ctx)
    store_facts.add_attributes(ctx, [(f, _secret(f), _blind(f)) for f in newest])
    store_facts.copy_to_lake(ctx, sorted({f.suid for f in newest if store_facts.is_plain(f.key)}), version)


def _newest(facts: Sequence[AttributeFact]) -> list[AttributeFact]:
    newest: dict[tuple[int, str], AttributeFact] = {}
    for fact in sorted(facts, key=lambda f: (f.known_at, f.value)):
        newest[fact.suid, fact.key] = fact
    return [newest[key] for key in sorted(newest)]


def _months_of_birth(facts: Sequence[AttributeFact]) -> list[AttributeFact]:
    """Keep month and day of a birthday (YYYY-MM-DD or MM-DD) in plain; the year stays under the key."""
    found: list[AttributeFact] = []
    for fact in facts:
        month, _, day = fact.value[-5:].partition("-")
        if fact.key == "birthday" and month.isdigit() and day.isdigit() and 1 <= int(month) <= 12:
            value = str(int(month) * 100 + int(day))
            found.append(AttributeFact(fact.suid, "birth_md", value, fact.known_at, fact.known_on))
    return found


def _secret(fact: AttributeFact) -> bytes | None:
    if store_facts.is_plain(fact.key):
        return None
    return vault().encrypt(fact.value, secret_context(fact.suid, fact.key))


def _blind(fact: AttributeFact) -> str | None:
    return name_index(fact.value) if fact.key == "name" else None


def name_index(name: str) -> str:
    """Return the blind index of a name: the same for every way of writing its spaces and letters."""
    return vault().blind_index("attribute:name", "", "".join(name.lower().split()))


def let_names_be_searched(ctx: Ctx, limit: int) -> int:
    """Give names that were kept before they could be searched their index; return how many."""
    rows = store_facts.names_not_blind(ctx, limit)
    for row in rows:
        plain = vault().decrypt(row["secret"], secret_context(row["suid"], row["key"])).decode()
        row["blind"] = name_index(plain)
    store_facts.set_blind(ctx, rows)
    return len(rows)


def secret_context(suid: int, key: str) -> str:
    """Return what a personal attribute's ciphertext is bound to."""
    return f"person_attribute/{suid}/{key}"


def record_memberships(ctx: Ctx, facts: Sequence[MembershipFact]) -> None:
    """Record who joined; see `api.record_memberships`."""
    if facts:
        _one_brand(ctx)
        version = store_lines.next_version(ctx)
        store_facts.add_memberships(ctx, sorted(facts, key=lambda f: (f.suid, f.joined_at)))
        store_facts.copy_to_lake(ctx, sorted({f.suid for f in facts}), version)


def record_consents(ctx: Ctx, facts: Sequence[ConsentFact]) -> int:
    """Record changes of consent; see `api.record_consents`."""
    if not facts:
        return 0
    _one_brand(ctx)
    version = store_lines.next_version(ctx)
    new = store_facts.add_consents(ctx, facts)
    store_facts.copy_to_lake(ctx, sorted({f.suid for f in facts}), version)
    return new
