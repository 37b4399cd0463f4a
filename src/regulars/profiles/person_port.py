"""The room's part of a person, and the person as rules see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.rule import Field, fields
from regulars.infra.crypto import vault
from regulars.profiles import api_notes, rebuild
from regulars.profiles.intake import secret_context
from regulars.profiles.store import facts, relations
from regulars.profiles.store import notes as store_notes


class ProfileData:
    """Facts by suid go with an erasure; what is derived follows a merge or un-merge."""

    room = "profiles"

    def realigned(self, ctx: Ctx, uids: Sequence[int]) -> None:
        """Make anew orders, matches and states of the people concerned, in every brand."""
        rebuild.rebuild_touched(ctx.for_brand(GROUP_BRAND_ID), uids)

    def erase(self, ctx: Ctx, suids: Sequence[int]) -> int:
        """Delete facts and states; a file sent again does not bring them back."""
        return rebuild.forget(ctx, suids) if suids else 0

    def export(self, ctx: Ctx, suids: Sequence[int]) -> dict[str, Any]:
        """Return every fact, personal attributes in plain."""
        found = facts.export(ctx, suids)
        for row in found["attributes"]:
            secret = row.pop("secret")
            if secret is not None:
                row["value"] = vault().decrypt(secret, secret_context(row["suid"], row["key"])).decode()
        found["notes"] = [
            {"brand_id": n["brand_id"], "text": api_notes.text(n), "author": n["author"], "written_at": n["written_at"]}
            for n in store_notes.of(ctx, suids, all_brands=True)
        ]
        return {name: [{k: _plain(v) for k, v in row.items()} for row in rows] for name, rows in found.items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


class View:
    """A person as rules see it: values by field key, rows by relation, read when first asked for."""

    def __init__(self, ctx: Ctx, suids: Sequence[int], state: Mapping[str, Any]) -> None:
        self._ctx = ctx
        self._suids = list(suids)
        self._values = state
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def field(self, key: str) -> object | None:
        """Return a person field's value, None when missing."""
        return self._values.get(key)

    def rows(self, relation: str) -> Sequence[Mapping[str, Any]]:
        """Return the person's rows of a relation, fields by their full key."""
        if relation not in self._rows:
            asked = fields.fields_of(relation)
            found = relations.rows(self._ctx, fields.relation(relation).lake_source, self._suids, _columns(asked))
            self._rows[relation] = [_by_key(asked, row) for row in found]
        return self._rows[relation]

    def segments(self) -> Collection[int]:
        """Return none: which segments a person is in is known a floor above."""
        return ()


def state_values(ctx: Ctx, uid: int) -> dict[str, Any] | None:
    """Return the person fields' values, None when there is no such person."""
    asked = fields.fields_of("person")
    row = relations.person_row(ctx, fields.relation("person").lake_source, uid, _columns(asked))
    return _by_key(asked, row) if row else None


def _columns(asked: Sequence[Field]) -> str:
    return ", ".join(f"({f.lake}) AS f{n}" for n, f in enumerate(asked))


def _by_key(asked: Sequence[Field], row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"day": row.get("day"), "at": row.get("at")}
    for n, f in enumerate(asked):
        value = row[f"f{n}"]
        values[f.key] = bool(value) if f.type == "bool" else value
        if f.missing is not None and value == f.missing:
            values[f.key] = None
    return values
