"""How good the data is, over HTTP: what comes in, who is behind, how much of each field is known."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from regulars.core.ctx import Ctx
from regulars.profiles import api_quality
from regulars.profiles.api_quality import Coming, FieldFact, Reader, Way
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/data", tags=["data"])
_Reader = Annotated[Ctx, Permitted("ingest.read")]
_Writer = Annotated[Ctx, Permitted("ingest.write")]


class RefundsOut(BaseModel):
    """Refund lines that found no sale, wholly or in part; they count in the cash net only."""

    lines: int
    unmatched: int
    partly: int
    unmatched_fen: int


class QualityOut(BaseModel):
    """What comes in, what is refused, and who is behind. business_now: the time the windows count back from."""

    business_now: datetime
    sources: list[Coming]
    ways: list[Way]
    readers: list[Reader]


class FieldList(BaseModel):
    """Every field that conditions can ask about, and the personal ones."""

    items: list[FieldFact]
    next_cursor: None = None
    total: int


@router.get("/quality")
def quality(ctx: _Reader) -> QualityOut:
    """Return what comes in, what is refused, and who is behind."""
    return QualityOut(
        business_now=ctx.now,
        sources=api_quality.coming(ctx),
        ways=api_quality.ways(ctx),
        readers=api_quality.readers(ctx),
    )


@router.get("/quality/refunds")
def refunds(ctx: _Reader) -> RefundsOut:
    """Return how many refunds found no sale."""
    found = api_quality.unmatched_refunds(ctx)
    return RefundsOut(**{name: found[name] for name in RefundsOut.model_fields})


@router.get("/fields")
def fields(ctx: _Reader) -> FieldList:
    """List the fields with what was measured of them last."""
    found = api_quality.catalogue(ctx)
    return FieldList(items=found, total=len(found))


@router.post("/fields/measure", status_code=202)
def measure(ctx: _Writer) -> dict[str, int]:
    """Measure the fields now, in the background; it is done every night anyway."""
    return {"operation_id": api_quality.ask(ctx).id}
