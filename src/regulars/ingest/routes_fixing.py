"""HTTP of mending many rows at once: what is wrong in the same way is put right in one go."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.ingest import api
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/quarantine-groups", tags=["ingest"])
Writer = Annotated[Ctx, Permitted("ingest.write", all_stores=True)]
Reader = Annotated[Ctx, Permitted("ingest.read", all_stores=True)]


class GroupOut(BaseModel):
    """Rows that are wrong in the same way. value: as shown in them, personal ones masked. import_id 0: over HTTP."""

    import_id: int
    source: str
    field: str
    code: str
    value: str
    rows: int
    reason: Text


class GroupList(BaseModel):
    """What is wrong with the rows that wait, the commonest first."""

    items: list[GroupOut]


class GroupIn(BaseModel):
    """Which rows: of an import, with this reason about this field; value null = whatever stands there.

    source: as the group names it, which tells apart what came from several sources (import_id 0); null = any.
    """

    import_id: int
    source: str | None = Field(default=None, max_length=300)
    field: str = Field(max_length=300)
    code: str = Field(max_length=50)
    value: str | None = Field(default=None, max_length=10_000)


class ReplaceIn(GroupIn):
    """What to write into the field of all these rows."""

    new: str = Field(max_length=10_000)


class IdsOut(BaseModel):
    """Rows by id, at most 5,000."""

    ids: list[int]


def _wanted(body: GroupIn) -> dict[str, Any]:
    return {name: getattr(body, name) for name in GroupIn.model_fields}


@router.get("")
def groups(ctx: Reader, limit: Annotated[int, Query(ge=1, le=500)] = 200) -> GroupList:
    """List what is wrong with the rows that wait."""
    return GroupList(
        items=[
            GroupOut(
                import_id=g.import_id, source=g.source, field=g.field, code=g.code, value=g.value, rows=g.rows,
                reason=g.reason,
            )
            for g in api.groups(ctx, limit)
        ]
    )  # fmt: skip


@router.post("/ids")
def ids(body: GroupIn, ctx: Reader) -> IdsOut:
    """Name the rows of a group, to replay them or give them up."""
    return IdsOut(ids=api.ids_of_group(ctx, _wanted(body)))


@router.post("/replace")
def replace(body: ReplaceIn, ctx: Writer) -> IdsOut:
    """Write one value into the field of all rows of a group; replay them afterwards."""
    return IdsOut(ids=api.replace_value(ctx, _wanted(body), body.new))
