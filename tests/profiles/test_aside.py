"""People put aside: whatever a rule may ask about rows can be asked of those put aside too."""

from __future__ import annotations

import pytest

from regulars.core.ctx import Ctx
from regulars.core.rule import fields
from regulars.core.rule.catalog import PERSON
from regulars.profiles import api

ROWS = sorted(one.key for one in fields.relations() if one.key != PERSON)


@pytest.mark.parametrize("relation", ROWS)
def test_every_field_of_a_relation_is_there_of_people_put_aside(ctx: Ctx, relation: str):
    asked = ", ".join(["uid", "at", "day", *(field.lake for field in fields.fields_of(relation))])
    whole = fields.relation(relation).lake_source
    with api.alone_aside(ctx):
        api.put_aside(ctx, {1: [1]}, {relation: whole})
        for source in (api.aside_source(relation), whole):
            found = ctx.lake.rows(f"SELECT {asked} FROM ({source})", {"brand_id": ctx.brand_id, "as_of": ctx.today})
            assert found == []
